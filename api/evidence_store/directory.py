"""Evidence in a directory: ``CASE_ID/NAME`` when finished, ``CASE_ID/NAME.part`` before."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from api.errors import EvidenceLost, StoreUnavailable
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

    def append(self, case_id: str, name: str, *, offset_bytes: int, content: bytes) -> None:
        """See the port; the bytes are on the disk when this returns."""
        part, final = self._part(case_id, name), self._final(case_id, name)
        with _translated():
            part.parent.mkdir(mode=0o700, exist_ok=True)
            if not part.exists() and final.exists():
                final.replace(part)  # finished, but the database never heard of it
            with os.fdopen(os.open(part, os.O_RDWR | os.O_CREAT, 0o600), "r+b") as file:
                if os.fstat(file.fileno()).st_size < offset_bytes:
                    raise EvidenceLost(f"the first {offset_bytes} bytes of {name} are gone")
                file.truncate(offset_bytes)
                file.seek(offset_bytes)
                file.write(content)
                file.flush()
                os.fsync(file.fileno())

    def unfinished(self, case_id: str, name: str, *, size_bytes: int) -> Iterator[bytes]:
        """See the port."""
        part, final = self._part(case_id, name), self._final(case_id, name)
        return _pieces(part if part.exists() else final, 0, size_bytes)

    def finish(self, case_id: str, name: str, *, size_bytes: int) -> None:
        """See the port; a rename, so a reader sees all of it or nothing."""
        part, final = self._part(case_id, name), self._final(case_id, name)
        with _translated():
            if not part.exists() and final.exists():
                return
            if part.stat().st_size < size_bytes:
                raise EvidenceLost(f"{name} is shorter than {size_bytes} bytes")
            part.replace(final)
            _sync_directory(final.parent)
            _sync_directory(self._root)

    def discard(self, case_id: str, name: str) -> None:
        """See the port."""
        with _translated():
            self._part(case_id, name).unlink(missing_ok=True)

    def read(self, case_id: str, name: str, *, start_byte: int, end_byte: int) -> Iterator[bytes]:
        """See the port."""
        return _pieces(self._final(case_id, name), start_byte, end_byte)

    def _final(self, case_id: str, name: str) -> Path:
        return self._root / case_id / name

    def _part(self, case_id: str, name: str) -> Path:
        return self._root / case_id / f"{name}.part"


def _pieces(path: Path, start_byte: int, end_byte: int) -> Iterator[bytes]:
    with _translated():
        path.open("rb").close()  # now, so that a missing file is told before the first byte is sent
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


def _sync_directory(path: Path) -> None:
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
