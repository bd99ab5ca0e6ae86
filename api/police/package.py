"""The sealed package that the police get: the same bytes for the same case, every time."""

import hashlib
import zipfile
from collections.abc import Callable, Iterator

from api.cases.case_rows import StoredCase
from api.errors import EvidenceLost
from domain.canonical import canonical_bytes

_MADE_AT = (1980, 1, 1, 0, 0, 0)  # a constant, so that the bytes do not depend on when it was packed
_UNIX = 3
_READ_BY_ALL = 0o100644 << 16


class _Sink:
    """Collects what the archive writes until it is taken."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def write(self, content: bytes) -> int:
        self._waiting += content
        return len(content)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        content = bytes(self._waiting)
        self._waiting.clear()
        return content


def package(
    stored: StoredCase, read: Callable[[str, int], Iterator[bytes]], done: Callable[[str], None]
) -> Iterator[bytes]:
    """The package as a ZIP archive, piece by piece: case.json, manifest.json, signature.json and the manifest's files.

    Args:
        stored: the case.
        read: gives the content of a file by name and size.
        done: called with the hex SHA-256 of the whole package before its last piece is given.

    Yields:
        The archive's bytes in order.

    Raises:
        EvidenceLost: a file is gone, or is not the one that the manifest names; the archive breaks off there.
    """
    digest, sink = hashlib.sha256(), _Sink()

    def taken() -> bytes:
        piece = sink.take()
        digest.update(piece)
        return piece

    documents = {"case.json": stored.case, "manifest.json": stored.manifest, "signature.json": stored.signature}
    with zipfile.ZipFile(sink, "w", compression=zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
        for name, document in documents.items():
            archive.writestr(_entry(name, 0), canonical_bytes(document))
            yield taken()
        for file in stored.manifest.files:
            content = hashlib.sha256()
            with archive.open(_entry(file.name, file.size_bytes), "w") as target:
                for piece in read(file.name, file.size_bytes):
                    content.update(piece)
                    target.write(piece)
                    yield taken()
            if content.hexdigest() != file.sha256:
                raise EvidenceLost(f"{file.name} of the case {stored.case_id} is not the file that was taken in")
    last = taken()
    done(digest.hexdigest())
    yield last


def _entry(name: str, size_bytes: int) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_MADE_AT)
    entry.create_system = _UNIX
    entry.external_attr = _READ_BY_ALL
    entry.file_size = size_bytes
    return entry
