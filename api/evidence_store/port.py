"""The port: where evidence files lie. Offsets and completeness are the database's to know."""

from collections.abc import Iterator
from typing import Protocol

READ_CHUNK_BYTES = 256 * 1024


class EvidenceStore(Protocol):
    """Bytes of files, by case id and by the file's name in the manifest.

    A file grows piece by piece while it is unfinished, and is readable only once it is finished. The caller sees to it
    that one file is changed by one caller at a time.
    """

    def append(self, case_id: str, name: str, *, offset_bytes: int, content: bytes) -> None:
        """Put bytes at an offset of an unfinished file; what a broken try left beyond it is dropped.

        Raises:
            EvidenceLost: fewer bytes than ``offset_bytes`` are here.
            StoreUnavailable: the store cannot be reached or is full.
        """
        ...

    def unfinished(self, case_id: str, name: str, *, size_bytes: int) -> Iterator[bytes]:
        """The first ``size_bytes`` bytes of an unfinished file, in pieces.

        Raises:
            EvidenceLost: fewer bytes are here.
            StoreUnavailable: the store cannot be reached.
        """
        ...

    def finish(self, case_id: str, name: str, *, size_bytes: int) -> None:
        """Make the first ``size_bytes`` bytes readable as the file, all at once; may be done again.

        Raises:
            EvidenceLost: fewer bytes are here.
            StoreUnavailable: the store cannot be reached or is full.
        """
        ...

    def discard(self, case_id: str, name: str) -> None:
        """Forget what is kept of the unfinished file; the finished one stays.

        Raises:
            StoreUnavailable: the store cannot be reached.
        """
        ...

    def read(self, case_id: str, name: str, *, start_byte: int, end_byte: int) -> Iterator[bytes]:
        """Bytes ``start_byte`` (included) to ``end_byte`` (excluded) of a finished file, in pieces.

        Raises:
            EvidenceLost: the file is not here or too short.
            StoreUnavailable: the store cannot be reached.
        """
        ...
