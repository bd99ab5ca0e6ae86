"""Evidence: taken in piece by piece, hashed as it comes, shown only when whole."""

import hashlib
import logging
import threading
import uuid
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import ColumnElement, Connection, select, update

from api.errors import EvidenceLost, HashMismatch, OffsetMismatch, TooLarge
from api.evidence_store.port import EvidenceStore
from api.persistence.store import Store
from api.persistence.tables import cases, evidence_files
from api.principals import SYSTEM, Permission, Principal
from api.services.case_rows import announce, change_case, load_case, load_files, lock_case, move
from api.services.notifier import CaseNotifier
from api.services.view_log import ViewLog
from domain.cases.evidence import EvidenceFile
from domain.cases.states import Action, CaseState
from domain.errors import NotFound

if TYPE_CHECKING:
    from hashlib import _Hash

logger = logging.getLogger(__name__)
MAX_PIECE_BYTES = 4 * 1024 * 1024
MAX_RUNNING_HASHES = 512


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadState:
    """How much of a file is here."""

    offset_bytes: int
    size_bytes: int
    complete: bool
    sha256: str


class EvidenceDesk:
    """Takes evidence from boxes and shows it to people.

    Args:
        store: the centre's memory.
        files: where the bytes lie.
        notifier: told when a file is whole.
        views: notes who saw what.
    """

    def __init__(self, store: Store, *, files: EvidenceStore, notifier: CaseNotifier, views: ViewLog) -> None:
        self._store = store
        self._files = files
        self._notifier = notifier
        self._views = views
        self._hashes = RunningHashes()

    def upload_state(self, actor: Principal, case_id: uuid.UUID, name: str) -> UploadState:
        """How much of a file is here.

        Raises:
            NotAllowed: the caller is no box.
            NotFound: the centre does not know the case (of this box) or the file.
        """
        actor.require(Permission.EVIDENCE_UPLOAD)
        with self._store.read() as connection:
            return _upload_state(connection, actor, case_id, name)

    def receive(
        self, actor: Principal, case_id: uuid.UUID, name: str, *, offset_bytes: int, content: bytes
    ) -> UploadState:
        """Take in the next bytes of a file.

        Raises:
            NotAllowed: the caller is no box.
            NotFound: the centre does not know the case (of this box) or the file.
            OffsetMismatch: the upload goes on elsewhere.
            TooLarge: more bytes than a piece or the file has.
            HashMismatch: the finished file is not the one that the manifest names; its bytes are forgotten.
            StoreUnavailable: nothing was taken in.
        """
        actor.require(Permission.EVIDENCE_UPLOAD)
        if len(content) > MAX_PIECE_BYTES:
            raise TooLarge(f"a piece has at most {MAX_PIECE_BYTES} bytes")
        with self._store.database.exclusive(f"evidence/{case_id}/{name}"):
            with self._store.read() as connection:
                state = _upload_state(connection, actor, case_id, name)
            if offset_bytes != state.offset_bytes:
                raise OffsetMismatch(state.offset_bytes)
            if offset_bytes + len(content) > state.size_bytes:
                raise TooLarge(f"the file has only {state.size_bytes} bytes")
            if state.complete:
                return state
            return self._take(case_id, name, state, content)

    def file(self, actor: Principal, case_id: uuid.UUID, name: str) -> EvidenceFile:
        """A whole file that a person may see; seeing it is noted in the record.

        Raises:
            NotAllowed: the role may not see evidence.
            NotFound: there is no such case or file, or it is not whole yet.
        """
        actor.require(Permission.CASES_READ)
        with self._store.read() as connection:
            files = load_files(connection, load_case(connection, case_id))
        found = next((each for each in files if each.name == name and each.complete), None)
        if found is None:
            raise NotFound(f"the case {case_id} has no whole file {name}")
        self._views.note(actor, str(case_id), name)
        return found.file

    def pieces(self, case_id: uuid.UUID, name: str, *, start_byte: int, end_byte: int) -> Iterator[bytes]:
        """Bytes of a file that ``file`` has let through.

        Raises:
            EvidenceLost: they are gone.
            StoreUnavailable: the store cannot be reached.
        """
        if end_byte <= start_byte:
            return iter(())
        return self._files.read(str(case_id), name, start_byte=start_byte, end_byte=end_byte)

    def read_whole(self, actor: Principal, case_id: uuid.UUID, name: str) -> bytes:
        """A whole file at once, for small ones such as overlays; raises as ``file`` and ``pieces``."""
        file = self.file(actor, case_id, name)
        return b"".join(self.pieces(case_id, name, start_byte=0, end_byte=file.size_bytes))

    def _take(self, case_id: uuid.UUID, name: str, state: UploadState, content: bytes) -> UploadState:
        key = (str(case_id), name)
        try:
            digest = self._hashes.take(key, state.offset_bytes) or self._hash_again(key, state.offset_bytes)
            self._files.append(*key, offset_bytes=state.offset_bytes, content=content)
        except EvidenceLost:
            logger.exception("Bytes of an upload are gone", extra={"action": "upload_lost", "case_id": key[0]})
            self._set_offset(key, 0)
            raise OffsetMismatch(0) from None
        digest.update(content)
        offset = state.offset_bytes + len(content)
        if offset < state.size_bytes:
            self._set_offset(key, offset)
            self._hashes.put(key, offset, digest)
            return UploadState(offset_bytes=offset, size_bytes=state.size_bytes, complete=False, sha256=state.sha256)
        if digest.hexdigest() != state.sha256:
            self._files.discard(*key)
            self._refuse(key, digest.hexdigest())
            raise HashMismatch(f"{name} is not the file that the manifest names")
        self._files.finish(*key, size_bytes=state.size_bytes)
        self._complete(case_id, name, state)
        self._files.discard(*key)
        return UploadState(offset_bytes=offset, size_bytes=offset, complete=True, sha256=state.sha256)

    def _hash_again(self, key: tuple[str, str], size_bytes: int) -> "_Hash":
        """The hash of what is here already, after a restart of the centre."""
        digest = hashlib.sha256()
        if size_bytes:
            for piece in self._files.unfinished(*key, size_bytes=size_bytes):
                digest.update(piece)
        return digest

    def _set_offset(self, key: tuple[str, str], offset_bytes: int) -> None:
        with self._store.write() as work:
            work.connection.execute(update(evidence_files).where(_is(key)).values(offset_bytes=offset_bytes))

    def _refuse(self, key: tuple[str, str], sha256: str) -> None:
        with self._store.write() as work:
            work.connection.execute(update(evidence_files).where(_is(key)).values(offset_bytes=0))
            work.record(SYSTEM, "evidence_refused", case_id=key[0], body={"file": key[1], "sha256": sha256})

    def _complete(self, case_id: uuid.UUID, name: str, state: UploadState) -> None:
        with self._store.write() as work:
            row = lock_case(work, case_id)
            values = {"offset_bytes": state.size_bytes, "complete": True}
            work.connection.execute(update(evidence_files).where(_is((row.case_id, name))).values(**values))
            work.record(SYSTEM, "evidence_complete", case_id=row.case_id, body={"file": name, "sha256": state.sha256})
            row = change_case(work, row, files_missing=row.files_missing - 1)
            if row.files_missing == 0 and row.state == CaseState.DETECTED and not row.shadow:
                move(work, row, Action.QUEUE, SYSTEM, notifier=self._notifier)
            else:
                announce(work, row, self._notifier)


class RunningHashes:
    """Hashes of uploads under way; a forgotten one is computed again from the bytes that are here."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: OrderedDict[tuple[str, str], tuple[int, _Hash]] = OrderedDict()

    def take(self, key: tuple[str, str], offset_bytes: int) -> "_Hash | None":
        """Take out the hash of the first ``offset_bytes`` bytes of a file."""
        with self._lock:
            found = self._running.pop(key, None)
        return found[1] if found and found[0] == offset_bytes else None

    def put(self, key: tuple[str, str], offset_bytes: int, digest: "_Hash") -> None:
        """Keep a hash for the next piece."""
        with self._lock:
            self._running[key] = (offset_bytes, digest)
            while len(self._running) > MAX_RUNNING_HASHES:
                self._running.popitem(last=False)


def _is(key: tuple[str, str]) -> ColumnElement[bool]:
    return (evidence_files.c.case_id == key[0]) & (evidence_files.c.name == key[1])


def _upload_state(connection: Connection, actor: Principal, case_id: uuid.UUID, name: str) -> UploadState:
    statement = select(evidence_files, cases.c.box_id).join(cases).where(_is((str(case_id), name)))
    row = connection.execute(statement).one_or_none()
    if row is None or row.box_id != actor.box_id:
        raise NotFound(f"the centre does not know {name} of the case {case_id}")
    return UploadState(
        offset_bytes=row.offset_bytes, size_bytes=row.size_bytes, complete=row.complete, sha256=row.sha256
    )
