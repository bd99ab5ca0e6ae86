"""Cutting a case's clips as soon as they are due, before the ring forgets them, and putting them on the disk."""

import logging
from typing import Protocol

from domain.camera import CameraConfig
from domain.cases.case import Case
from domain.errors import EvidenceError, FileError
from domain.fleet.health import ProblemCode
from edge.evidence.video.case_clips import CameraVideo, cut_clips
from edge.evidence.video.spool import SPOOL, ClipSpool, CutCase
from edge.health.problems import ProblemBoard

logger = logging.getLogger(__name__)

STORE_FULL = "the box's store for evidence was full"
MAY_LAG_S = 15.0
"""How long after it is due a clip may be cut: a ring of 30 s less 10 s of clip, less a group of pictures."""


class EvidenceRoom(Protocol):
    """What ``edge.outbox.outbox.Outbox`` knows of room."""

    def has_room_for(self, size_bytes: int) -> bool:
        """Whether that many bytes of media may still be kept."""
        ...


class ClipCutter:
    """Cuts the clips of cases; called by the cutting thread only.

    Args:
        outbox: knows how much evidence may be kept.
        spool: where the clips go.
        problems: where it stands that they cannot be written.
    """

    def __init__(self, *, outbox: EvidenceRoom, spool: ClipSpool, problems: ProblemBoard) -> None:
        self._outbox = outbox
        self._spool = spool
        self._problems = problems

    def cut(self, case: Case, camera: CameraConfig | None, video: CameraVideo) -> CutCase:
        """Cut what there is; what cannot be had is a gap in words.

        Raises:
            EvidenceError: the box may keep no more evidence.
            FileError: it cannot be written: nothing of it was kept, and it may be tried again while the ring lasts.
            OutboxError: the outbox does not answer.
        """
        gaps: list[str] = []
        try:
            clips = cut_clips(case, video, gaps)
        except (EvidenceError, FileError):
            raise
        except Exception as e:
            logger.exception("Clips could not be cut", extra={"action": "cut_failed", "case_id": str(case.case_id)})
            return without_media(case, camera, f"evidence could not be gathered ({type(e).__name__})")
        size_bytes = sum(len(clip.clip.content) for clip in clips)
        if clips and not self._outbox.has_room_for(self._spool.size_bytes + size_bytes):
            raise EvidenceError(STORE_FULL)
        try:
            kept = self._spool.keep(case.case_id, camera, clips, gaps)
        except FileError as e:
            self._problems.report(ProblemCode.PACKAGE_FAILED, f"cut clips cannot be written: {e}", about=SPOOL)
            raise
        self._problems.clear(ProblemCode.PACKAGE_FAILED, about=SPOOL)
        return kept


def without_media(case: Case, camera: CameraConfig | None, reason: str) -> CutCase:
    """Nothing was cut for a case, and why."""
    return CutCase(case_id=case.case_id, camera=camera, gaps=(f"no media: {reason}",))
