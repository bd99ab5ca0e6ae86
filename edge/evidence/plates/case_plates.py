"""Reads the plate of a case's subject in the clips of its package."""

import logging
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from detectors.plates.sight import PlateFinding, VehicleSight
from domain.cases.case import Case
from domain.errors import DetectionError
from domain.fleet.health import ProblemCode
from domain.plates import reasons as plate_reasons
from domain.plates.reading import PlateReading
from edge.evidence.clip_pictures import read_pictures
from edge.evidence.masking import MaskNorm
from edge.evidence.package import Content
from edge.evidence.plates.plate_pictures import PlatePictures
from edge.evidence.plates.plate_views import KINDS_WITH_PLATE, PlateView
from edge.evidence.video.clips import CutClip
from edge.health.problems import ProblemBoard

logger = logging.getLogger(__name__)


class PlatePipeline(Protocol):
    """What ``detectors.plates.pipeline.PlatePipeline`` offers."""

    def read(self, sights: Sequence[VehicleSight], vehicle_kind: str) -> PlateFinding:
        """Read the plate of one vehicle in several pictures.

        Raises:
            DetectionError: an inference failed; nothing is known about the plate.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlateEvidence:
    """What came of looking for a case's plate."""

    reading: PlateReading
    contents: tuple[Content, ...] = ()  # crops, best first, and the full picture that the best one was cut from


def unread(reason: str) -> PlateReading:
    """No plate, and why."""
    return PlateReading(status="unread", reason=reason)


def why_no_plate(case: Case) -> str | None:
    """Why the case's subject carries no number plate at all; None where it does."""
    kind = case.subject.vehicle_kind
    if kind in KINDS_WITH_PLATE:
        return None
    return plate_reasons.BICYCLE if kind == "bicycle" else plate_reasons.NO_VEHICLE


class CasePlates:
    """Reads plates for packages; used by the evidence thread alone.

    Args:
        pipeline: the networks; None where no plate reader is configured.
        problems: where it is reported while reading fails.
    """

    def __init__(self, *, pipeline: PlatePipeline | None, problems: ProblemBoard) -> None:
        self._pipeline = pipeline
        self._problems = problems

    def needless(self, case: Case) -> str | None:
        """Why there is nothing to look for in any picture; None where there is."""
        return why_no_plate(case) or (plate_reasons.NO_READER if self._pipeline is None else None)

    def pictures_for(self, case: Case, clips: Sequence[CutClip]) -> PlatePictures:
        """What takes the subject's pictures out of the pass through a package's clips."""
        try:
            return PlatePictures(case, clips, is_wanted=self.needless(case) is None)
        except Exception as e:  # noqa: BLE001 - as in ``read``
            nothing = PlatePictures(case, (), is_wanted=False)
            nothing.fault = e
            return nothing

    def read(self, case: Case, pictures: PlatePictures, stills: Sequence[Content]) -> PlateEvidence:
        """Look for the plate of a case's subject; never raises, since no failure here may cost the package.

        Nor is a failure a gap, which would keep the case from being confirmed: it says itself why its plate is unread.

        Args:
            case: as the rule gave it.
            pictures: of the subject, from the clips of its package.
            stills: files of the package so far; a full picture among them is not kept twice.
        """
        reason = self.needless(case)
        if self._pipeline is None or reason is not None:
            return PlateEvidence(reading=unread(reason or plate_reasons.NO_READER))
        try:
            found = _look(self._pipeline, case, pictures, stills)
        except Exception as e:  # noqa: BLE001 - a package without its plate is worth more than none
            return self._failed(case, e)
        self._problems.clear(ProblemCode.PLATES_FAILED)
        return found

    def read_in(self, case: Case, clips: Sequence[CutClip], masks: Sequence[MaskNorm]) -> PlateReading:
        """The same where nothing else is wanted of the clips."""
        pictures = self.pictures_for(case, clips)
        read_pictures(clips, [pictures], masks)
        return self.read(case, pictures, ()).reading

    def _failed(self, case: Case, error: Exception) -> PlateEvidence:
        """Tell a failure by its kind and place only: the words of a foreign error may hold the plate."""
        words = str(error) if isinstance(error, DetectionError) else type(error).__name__
        place = traceback.extract_tb(error.__traceback__)[-1]
        logger.error(
            "A plate could not be read",
            extra={
                "action": "plate_failed",
                "case_id": str(case.case_id),
                "camera_id": case.site.camera_id,
                "reason": words,
                "place": f"{place.name}:{place.lineno}",
            },
        )
        self._problems.report(ProblemCode.PLATES_FAILED, f"plates cannot be read: {words}")
        return PlateEvidence(reading=unread(plate_reasons.READING_FAILED))


def _look(pipeline: PlatePipeline, case: Case, pictures: PlatePictures, stills: Sequence[Content]) -> PlateEvidence:
    if pictures.fault is not None:
        raise pictures.fault
    if not pictures.has_clips:
        return PlateEvidence(reading=unread(plate_reasons.NO_MEDIA))
    if not pictures.were_seen:
        return PlateEvidence(reading=unread(plate_reasons.NOT_OBSERVED))
    views = [pictures.views[at] for at in sorted(pictures.views)]
    if not views:
        return PlateEvidence(reading=unread(plate_reasons.NOT_DECODED))
    finding = pipeline.read([view.sight for view in views], case.subject.vehicle_kind)
    contents = pictures.shown(finding.crops, stills)
    reading = _in_case(finding.reading, pictures.views)
    if reading.status == "agreed" and not contents:
        lost = {"status": "unread", "text": None, "character_confidences": (), "reason": plate_reasons.NOT_KEPT}
        return PlateEvidence(reading=reading.model_copy(update=lost))
    return PlateEvidence(reading=reading, contents=contents)


def _in_case(reading: PlateReading, views: Mapping[datetime, PlateView]) -> PlateReading:
    reads = [
        read.model_copy(update={"box_xyxy_px": views[read.at].in_case(read.box_xyxy_px)}) for read in reading.reads
    ]
    return reading.model_copy(update={"reads": tuple(reads)})
