"""The port: where evidence files lie. How much of a file is held the store knows; what it must be, the caller."""

from collections.abc import Collection, Iterator
from typing import Protocol

READ_CHUNK_BYTES = 256 * 1024


class EvidenceStore(Protocol):
    """Bytes of files, by case id and by the file's name in the manifest.

    A file grows while its package arrives, and can be read by people once its package was published. Bytes that were
    taken in may be gone after a power cut until then; whoever publishes has checked their hash before.
    """

    def held_bytes(self, case_id: str, name: str) -> int:
        """How many bytes of a file are here, arriving or published; 0 for one that nobody knows.

        Raises:
            StoreUnavailable: the store cannot be reached.
        """
        ...

    def append(self, case_id: str, name: str, *, offset_bytes: int, content: bytes) -> None:
        """Put bytes at the end of an arriving file.

        Raises:
            OffsetMismatch: the end is elsewhere; nothing was changed.
            StoreUnavailable: the store cannot be reached or is full.
        """
        ...

    def sha256(self, case_id: str, name: str) -> str:
        """Hash of all bytes of a file that are here, arriving or published, as they lie in the store.

        Raises:
            EvidenceLost: no byte is here.
            StoreUnavailable: the store cannot be reached.
        """
        ...

    def publish(self, case_id: str, names: Collection[str]) -> None:
        """Make arriving files readable and durable, each all at once; may be done again.

        Raises:
            EvidenceLost: one of them is not here.
            StoreUnavailable: the store cannot be reached or is full.
        """
        ...

    def share(self, case_id: str, name: str, *, with_id: str, as_name: str) -> None:
        """Let another case have a published file too, byte for byte, arriving; each has it until it is discarded there.

        A file that is arriving under that name is replaced.

        Raises:
            EvidenceLost: the file is not here.
            StoreUnavailable: the store cannot be reached or is full.
        """
        ...

    def discard(self, case_id: str, names: Collection[str]) -> None:
        """Forget files, arriving or published.

        Raises:
            StoreUnavailable: the store cannot be reached.
        """
        ...

    def read(self, case_id: str, name: str, *, start_byte: int, end_byte: int) -> Iterator[bytes]:
        """Bytes ``start_byte`` (included) to ``end_byte`` (excluded) of a published file, in pieces.

        Raises:
            EvidenceLost: the file is not here or too short.
            StoreUnavailable: the store cannot be reached.
        """
        ...
