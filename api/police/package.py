"""The sealed package that the police get: the same bytes for the same case, every time."""

import hashlib
import zipfile
from collections.abc import Callable, Iterator, Mapping

from api.cases.case_rows import StoredCase
from api.errors import EvidenceLost
from domain.canonical import canonical_bytes
from plumbing.package_archive import entry


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
    stored: StoredCase,
    read: Callable[[str, int], Iterator[bytes]],
    done: Callable[[str], None],
    *,
    sealed: Mapping[str, bytes],
) -> Iterator[bytes]:
    """The package as a ZIP archive, piece by piece: the documents, the manifest's files, and what the centre sealed.

    Args:
        stored: the case.
        read: gives the content of a file by name and size.
        done: called with the hex SHA-256 of the whole package before its last piece is given.
        sealed: the centre's own files by name; none at a centre without a key.

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
            archive.writestr(entry(name, 0), canonical_bytes(document))
            yield taken()
        for file in stored.manifest.files:
            content = hashlib.sha256()
            with archive.open(entry(file.name, file.size_bytes), "w") as target:
                for piece in read(file.name, file.size_bytes):
                    content.update(piece)
                    target.write(piece)
                    yield taken()
            if content.hexdigest() != file.sha256:
                raise EvidenceLost(f"{file.name} of the case {stored.case_id} is not the file that was taken in")
        for name, made in sealed.items():
            archive.writestr(entry(name, len(made)), made)
            yield taken()
    last = taken()
    done(digest.hexdigest())
    yield last
