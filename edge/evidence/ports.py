"""What a camera's evidence needs of the box around it; ``EvidenceLine`` offers it, and a replay does in its own way."""

import uuid
from typing import Protocol

from domain.camera import CameraConfig
from domain.cases.case import Case
from edge.evidence.stages import Job
from edge.evidence.video.case_clips import CameraVideo
from edge.evidence.video.spool import CutCase
from edge.outbox.values import Recorded


class CaseStore(Protocol):
    """Where cases are stored."""

    def record(self, case: Case) -> Recorded:
        """Take in a case; it is stored when this returns.

        Raises:
            OutboxError: it could not be stored.
        """
        ...

    def is_collecting(self, case_id: uuid.UUID) -> bool:
        """Whether a case is stored and its package not finished."""
        ...

    def has_room_for(self, size_bytes: int) -> bool:
        """Whether that many bytes of media may still be kept.

        Raises:
            OutboxError: nobody knows.
        """
        ...


class Cutter(Protocol):
    """Cuts the clips of cases."""

    def cut(self, case: Case, camera: CameraConfig | None, video: CameraVideo) -> CutCase:
        """Cut what there is; what cannot be had is a gap in words.

        Raises:
            EvidenceError: no more evidence may be kept.
            FileError: it cannot be written now.
            OutboxError: the store does not answer.
        """
        ...


class PackageMaker(Protocol):
    """Makes of a case and its clips what is handed on."""

    def build(self, case: Case, cut: CutCase) -> bool:
        """Whether it is made; if not it is tried again."""
        ...


class Stage(Protocol):
    """Does jobs in order."""

    def submit(self, job: Job) -> None:
        """Put a job at the end of the line."""
        ...


class Stages(Protocol):
    """Cutting, which cannot wait, and packaging, which can."""

    @property
    def cutting(self) -> Stage:
        """For what the ring forgets."""
        ...

    @property
    def packaging(self) -> Stage:
        """For what is on the disk."""
        ...


class Line(Protocol):
    """From the recorded case to what is handed on."""

    @property
    def outbox(self) -> CaseStore:
        """Where cases are stored."""
        ...

    @property
    def cutter(self) -> Cutter:
        """Cuts their clips."""
        ...

    @property
    def builder(self) -> PackageMaker:
        """Makes their packages."""
        ...

    @property
    def stages(self) -> Stages:
        """Where both happen."""
        ...
