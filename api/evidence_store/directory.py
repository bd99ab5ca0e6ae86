"""Evidence in a directory: ``CASE_ID/NAME`` when published, ``CASE_ID/NAME.part`` before."""

import fcntl
import hashlib
import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from api.errors import EvidenceLost, OffsetMismatch, StoreUnavailable
from api.evidence_store.port import READ_CHUNK_BYTES


class DirectoryEvidenceStore:
    """Files on a disk of the centre.

    Args:
        root: made when missing; readable by the centre's user only.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        with _translated():
            root.mkdir(mode=0o700, parents=True, exist_ok=True)

    def held_bytes(self, case_id: str, name: str) -> int:
        """See the port."""
        with _translated():
            for path in (self._part(case_id, name), self._final(case_id, name)):
                with suppress(FileNotFoundError):
                    return path.stat().st_size
            return 0

    def append(self, case_id: str, name: str, *, offset_bytes: int, content: bytes) -> None:
        """See the port; the file's own size is the offset, and its lock keeps two senders apart."""
        part, final = self._part(case_id, name), self._final(case_id, name)
        with _translated():
            if not part.exists() and final.exists():
                raise OffsetMismatch(final.stat().st_size)
            part.parent.mkdir(mode=0o700, exist_ok=True)
            with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
                fcntl.flock(file, fcntl.LOCK_EX)
                end = file.seek(0, os.SEEK_END)
                if end != offset_bytes:
                    raise OffsetMismatch(end)
                file.write(content)

    def sha256(self, case_id: str, name: str) -> str:
        """See the port."""
        with _translated():
            with suppress(FileNotFoundError):
                return _sha256(self._part(case_id, name))
            return _sha256(self._final(case_id, name))

    def publish(self, case_id: str, names: Collection[str]) -> None:
        """See the port; the bytes are on the disk before the names are, and both when this returns."""
        with _translated():
            for name in names:
                part, final = self._part(case_id, name), self._final(case_id, name)
                with suppress(FileNotFoundError):  # it was published before
                    _sync(part)
                    part.replace(final)
                final.stat()
            if names:
                _sync(self._root / case_id)
                _sync(self._root)

    def share(self, case_id: str, name: str, *, with_id: str, as_name: str) -> None:
        """See the port; both names are of one file, which nobody writes to again."""
        part = self._part(with_id, as_name)
        with _translated():
            source = self._final(case_id, name)
            source.stat()
            part.parent.mkdir(mode=0o700, exist_ok=True)
            part.unlink(missing_ok=True)
            part.hardlink_to(source)

    def discard(self, case_id: str, names: Collection[str]) -> None:
        """See the port."""
        with _translated():
            for name in names:
                self._part(case_id, name).unlink(missing_ok=True)
                self._final(case_id, name).unlink(missing_ok=True)
            folder = self._root / case_id
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()

    def read(self, case_id: str, name: str, *, start_byte: int, end_byte: int) -> Iterator[bytes]:
        """See the port."""
        if end_byte <= start_byte:
            return iter(())  # of an empty file nothing lies here
        return _pieces(self._final(case_id, name), start_byte, end_byte)

    def _final(self, case_id: str, name: str) -> Path:
        return self._root / case_id / name

    def _part(self, case_id: str, name: str) -> Path:
        return self._root / case_id / f"{name}.part"


def _pieces(path: Path, start_byte: int, end_byte: int) -> Iterator[bytes]:
    with _translated():
        path.open("rb").close()  # now, so that a missing file is an error before the first byte is sent
    return _read(
        path, start_byte, end_byte
    )  # opens it with the first piece: who leaves before that leaves nothing open


def _read(path: Path, start_byte: int, end_byte: int) -> Iterator[bytes]:
    with _translated(), path.open("rb") as file:
        file.seek(start_byte)
        left = end_byte - start_byte
        while left > 0:
            piece = file.read(min(left, READ_CHUNK_BYTES))
            if not piece:
                raise EvidenceLost(f"{path.name} is shorter than {end_byte} bytes")
            left -= len(piece)
            yield piece


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise EvidenceLost("an evidence file that should be here is not") from error
    except OSError as error:
        raise StoreUnavailable(f"the evidence directory cannot be used ({error.strerror})") from error
