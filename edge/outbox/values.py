"""What the outbox answers, and how full it is."""

import uuid
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Recorded(StrEnum):
    """What became of a case that was handed in."""

    NEW = "new"
    REPEATED = "repeated"  # the same content is here or was here
    DIFFERENT = "different"  # the same id with other content; the first one stays


class Settled(StrEnum):
    """What the centre's word on a case did."""

    ACCEPTED = "accepted"
    REPEATED = "repeated"
    DIFFERENT = "different"  # for another form of this case than ours
    UNKNOWN = "unknown"  # no such case waits here, or it is not on record


class FileState(StrEnum):
    """Where one file of a package stands."""

    WAITING = "waiting"  # for the centre to ask for it
    DAMAGED = "damaged"  # our own copy no longer fits the signed manifest; it is not sent


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxFile:
    """One file on its way to the centre."""

    case_id: uuid.UUID
    name: str
    path: Path
    size_bytes: int
    sha256: str
    state: FileState


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboxStatus:
    """How full the outbox is."""

    collecting: int
    ready: int
    damaged_files: int
    evidence_bytes: int
    max_evidence_bytes: int

    @property
    def unsent_cases(self) -> int:
        """Cases that the centre does not hold complete."""
        return self.collecting + self.ready
