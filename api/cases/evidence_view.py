"""Evidence shown to people: whole files only, blurred where a copy exists, and every look is on record."""

import uuid
from collections.abc import Iterator, Mapping

from sqlalchemy import Connection

from api.cases.case_rows import StoredCase, StoredFile, load_as_it_stands, load_files
from api.cases.redaction_misses import not_hidden
from api.cases.unblur import Unblurring
from api.cases.view_log import ViewLog
from api.evidence_store.port import EvidenceStore
from api.persistence.store import Store
from api.principals import Permission, Principal
from domain.cases.evidence import BLURRED_PREFIX, BLURRED_ROLES, SHOW_PEOPLE, EvidenceFile, FileRole
from domain.cases.unblurring import NEVER
from domain.errors import Conflict, NotFound


class EvidenceView:
    """Shows evidence of cases that are on record.

    Args:
        store: the centre's memory.
        files: where the bytes lie.
        views: notes who saw what.
        unblurring: says who sees originals.
    """

    def __init__(self, store: Store, *, files: EvidenceStore, views: ViewLog, unblurring: Unblurring) -> None:
        self._store = store
        self._files = files
        self._views = views
        self._unblurring = unblurring

    def file(self, actor: Principal, case_id: uuid.UUID, name: str) -> EvidenceFile:
        """A whole file that a person may see; seeing it is noted in the record.

        Where the package holds a blurred copy of it, that copy is the answer, unless the caller sees originals now.
        Where it holds none (a box may have failed to make them, and older ones made none), only who sees originals
        sees it, as a copy on which somebody could be known.

        Raises:
            NotAllowed: the role may not see evidence.
            NotFound: there is no such case or file, or the file never came.
            Conflict: people are to be known on it, and the caller has not said why he sees originals.
        """
        actor.require(Permission.CASES_READ)
        with self._store.read() as connection:
            stored = load_as_it_stands(connection, case_id, actor)
            files = {each.name: each for each in load_files(connection, stored) if each.complete}
            found = self._shown(connection, actor, stored, files, name)
        if found is None or found.file.role == FileRole.SOURCE:  # goes with the package: it tells a network's scores
            raise NotFound(f"the case {case_id} has no whole file {name}")
        self._views.note(actor, str(case_id), found.name)
        return found.file

    def _shown(
        self, connection: Connection, actor: Principal, stored: StoredCase, files: Mapping[str, StoredFile], name: str
    ) -> StoredFile | None:
        """What of a file is shown: itself, or its copy."""
        found, copy = files.get(name), files.get(f"{BLURRED_PREFIX}{name}")
        if found is None:
            return None
        if found.file.role in BLURRED_ROLES:
            copy = found
        hides = copy is not None and copy.file.role in BLURRED_ROLES
        shows_people = hides or found.file.role in SHOW_PEOPLE
        if not shows_people or self._unblurring.sees_originals(connection, actor, stored):
            return found
        if stored.state in NEVER and (copy is None or not hides or copy.name in not_hidden(connection, stored)):
            raise Conflict("the case was rejected, so nobody sees who is in it")
        if copy is None or not hides:
            raise Conflict("no copy of this file has people hidden: say why you look at the original")
        if copy.name in not_hidden(connection, stored):
            raise Conflict("somebody can be known on the copy of this file: say why you look at the original")
        return copy

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
        return b"".join(self.pieces(case_id, file.name, start_byte=0, end_byte=file.size_bytes))
