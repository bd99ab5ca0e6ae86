"""From pictures of one vehicle to its plate: find, set straight, read, agree."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from detectors.plates.agreement import HIDDEN_CHARACTER, NO_READ, NOT_LAWFUL, Agreement, TrackRead, agree
from detectors.plates.colour import ground_colour, voted_colour
from detectors.plates.corners import PlateShape
from detectors.plates.finder import PlateBox
from detectors.plates.looks import PlateLook
from detectors.plates.ownership import SEVERAL_PLATES, why_not_owned
from detectors.plates.reader import PlatePicture, PlateReader
from detectors.plates.reads import PlateText
from detectors.plates.rectify import rectified
from detectors.plates.selection import MOST_READS, legibility
from detectors.plates.sight import PlateCrop, PlateFinding, VehicleSight
from detectors.plates.spacing import lacks_a_character
from domain.geometry import BoxPx, ImageBgr
from domain.instants import HUE_TIME
from domain.model_ref import ModelRef
from domain.plates.grammar import PlateGrammar
from domain.plates.reading import PlateColour, PlateLayout, PlateRead, PlateReading
from domain.plates.reasons import MAY_BE_COVERED

TOO_SMALL = "the plate is too small to read"
NO_PLATE = "no plate was found on the vehicle"
WORSE_PICTURE = "better pictures of the plate were read"
NOT_LAWFUL_READ = "not a lawful plate for this vehicle"
OTHER_TEXT = "another text was agreed"

LEAST_WIDTH_PX: dict[PlateLayout, float] = {"one_line": 45.0, "two_lines": 50.0}
"""Below these widths the share of plates read right falls off (``benchmarks/plates.md``)."""
_MOST_CROPS = 3
_LARGE = 1.5  # times the least width: almost every plate of that size can be read
_LARGE_PICTURES = 3
_MOTORCYCLES_OWN = 0.16  # of its box's width; before a car the same plate takes a tenth of the car's box
_LOOK_WH: dict[PlateLayout, tuple[int, int]] = {"one_line": (128, 32), "two_lines": (96, 64)}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Candidate:
    """The vehicle's own plate in one picture."""

    at: datetime
    box_xyxy_px: BoxPx
    picture_bgr: ImageBgr
    shape: PlateShape
    straight_bgr: ImageBgr
    width_share: float  # of the vehicle's box
    corner_xy: tuple[int, int]  # of the picture in the camera's

    @property
    def quality(self) -> float:
        """How well it may be read."""
        return legibility(self.shape.corners_px, self.straight_bgr)

    @property
    def look(self) -> PlateLook | None:
        """What it looked like, to be told from other pictures of the plate."""
        x, y = self.shape.corners_px.mean(axis=0).tolist()
        middle_xy_px = (x + self.corner_xy[0], y + self.corner_xy[1])
        return PlateLook.of(self.straight_bgr, middle_xy_px, self.shape.width_px)

    def dropped(self, reason: str) -> PlateRead:
        """The read that was not made, and why."""
        return _unread(self.at, self.box_xyxy_px, reason, self.shape.layout)


class Finder(Protocol):
    """What ``PlateFinder`` offers."""

    @property
    def model(self) -> ModelRef:
        """Which weights look."""
        ...

    def find(self, picture_bgr: ImageBgr, vehicle_box_xyxy_px: BoxPx) -> tuple[PlateBox, ...]:
        """Plates in and just around a vehicle's box, best first.

        Raises:
            DetectionError: the inference failed; nothing is known about this vehicle.
        """
        ...


class Corners(Protocol):
    """What ``PlateCorners`` offers."""

    @property
    def model(self) -> ModelRef:
        """Which weights look."""
        ...

    def locate(self, picture_bgr: ImageBgr, plate_box_xyxy_px: BoxPx) -> PlateShape:
        """Find the corners of the plate in a box.

        Raises:
            DetectionError: the inference failed.
        """
        ...


class PlatePipeline:
    """Reads the plate of one vehicle from several pictures; the answer is a plate, or why there is none.

    Args:
        finder: finds plates.
        corners: sets them straight.
        reader: reads them.
        grammar: of lawful plates.
        weigh: says over all reads when a plate counts as read.
    """

    def __init__(
        self,
        *,
        finder: Finder,
        corners: Corners,
        reader: PlateReader,
        grammar: PlateGrammar,
        weigh: Callable[[Sequence[TrackRead]], Agreement] = agree,
    ) -> None:
        self._finder = finder
        self._corners = corners
        self._reader = reader
        self._grammar = grammar
        self._agree = weigh

    @property
    def models(self) -> tuple[ModelRef, ...]:
        """Which weights look, in the order of their work."""
        return (self._finder.model, self._corners.model, self._reader.model)

    def find(self, picture_bgr: ImageBgr, part_xyxy_px: BoxPx) -> tuple[BoxPx, ...]:
        """Every plate in a part of a picture, whatever carries it, in pixels of the picture.

        Raises:
            DetectionError: the inference failed.
        """
        return tuple(plate.box_xyxy_px for plate in self._finder.find(picture_bgr, part_xyxy_px))

    def read(self, sights: Sequence[VehicleSight], vehicle_kind: str) -> PlateFinding:
        """Read the plate of one vehicle.

        Args:
            sights: the vehicle in pictures of different instants.
            vehicle_kind: the violation catalogue's word for it.

        Raises:
            DetectionError: an inference failed; nothing is known about the plate.
        """
        found: list[_Candidate] = []
        reads: list[PlateRead] = []
        for sight in sights:
            seen = self._look(sight)
            if isinstance(seen, _Candidate):
                found.append(seen)
            elif seen is not None:
                reads.append(seen)
        found.sort(key=lambda one: (-one.quality, one.at))
        reads += [one.dropped(WORSE_PICTURE) for one in found[MOST_READS:]]
        best = found[:MOST_READS]
        texts = self._reader.read([PlatePicture(picture_bgr=one.picture_bgr, shape=one.shape) for one in best])
        weighed = [self._weigh(one, text, vehicle_kind) for one, text in zip(best, texts, strict=True)]
        verdict = self._agree(weighed)
        reads += [_plate_read(one, read, verdict) for one, read in zip(best, weighed, strict=True)]
        crops = [
            PlateCrop(at=one.at, box_xyxy_px=one.box_xyxy_px)
            for one, read in zip(best, weighed, strict=True)
            if verdict.text is None or read.lawful == verdict.text
        ]
        return PlateFinding(
            reading=self._reading(
                verdict, reads, voted_colour([ground_colour(one.straight_bgr) for one in best]), best, vehicle_kind
            ),
            crops=tuple(crops[:_MOST_CROPS]),
        )

    def _look(self, sight: VehicleSight) -> _Candidate | PlateRead | None:
        """The vehicle's plate in one picture, or why one that was found is not read; None where none is seen."""
        owned: list[BoxPx] = []
        refused: PlateRead | None = None
        for plate in self._finder.find(sight.picture_bgr, sight.vehicle_box_xyxy_px):
            reason = why_not_owned(plate.box_xyxy_px, sight.vehicle_box_xyxy_px, sight.other_vehicles_xyxy_px)
            if reason is None:
                owned.append(plate.box_xyxy_px)
            elif refused is None:
                refused = _unread(sight.at, plate.box_xyxy_px, reason)
        if not owned:
            return refused
        if len(owned) > 1:
            return _unread(sight.at, owned[0], SEVERAL_PLATES)
        shape = self._corners.locate(sight.picture_bgr, owned[0])
        if shape.width_px < LEAST_WIDTH_PX[shape.layout]:
            return _unread(sight.at, owned[0], TOO_SMALL, shape.layout)
        return _Candidate(
            at=sight.at,
            box_xyxy_px=owned[0],
            picture_bgr=sight.picture_bgr,
            shape=shape,
            straight_bgr=rectified(sight.picture_bgr, shape.corners_px, _LOOK_WH[shape.layout]),
            width_share=shape.width_px / (sight.vehicle_box_xyxy_px[2] - sight.vehicle_box_xyxy_px[0]),
            corner_xy=sight.corner_xy,
        )

    def _weigh(self, candidate: _Candidate, text: PlateText, vehicle_kind: str) -> TrackRead:
        layout, on = candidate.shape.layout, candidate.at.astimezone(HUE_TIME).date()
        lawful = self._grammar.repaired(
            text.text, text.confidences, vehicle=vehicle_kind, layout=layout, on=on, upper=text.upper
        )
        other_kind = lawful is None and _may_be_told_wrong(vehicle_kind, candidate)
        if other_kind and self._grammar.readings(text.text, vehicle=None, layout=layout, on=on, upper=text.upper):
            lawful = text.text
        hidden = (lawful or text.text) if lacks_a_character(text, lawful) else None
        return TrackRead(
            at=candidate.at,
            text=text,
            lawful=lawful if hidden is None else None,
            hidden=hidden,
            layout=layout,
            other_kind=other_kind,
            look=candidate.look,
        )

    def _reading(
        self,
        verdict: Agreement,
        reads: Sequence[PlateRead],
        colour: PlateColour | None,
        best: Sequence[_Candidate],
        vehicle_kind: str,
    ) -> PlateReading:
        ordered = tuple(sorted(reads, key=lambda read: read.at))
        if verdict.text is None:
            return PlateReading(
                status="unread",
                reads=ordered,
                reason=_why_unread(verdict, ordered, best),
                colour=colour,
                models=self.models,
            )
        on = best[0].at.astimezone(HUE_TIME).date()
        kinds = self._grammar.readings(verdict.text, vehicle=vehicle_kind, layout=verdict.layout, on=on)
        kinds = kinds or self._grammar.readings(verdict.text, vehicle=None, layout=verdict.layout, on=on)
        fitting = [lawful.kind.id for lawful in kinds if colour is None or colour in lawful.kind.colours]
        return PlateReading(
            status="agreed",
            text=verdict.text,
            character_confidences=tuple(round(confidence, 3) for confidence in verdict.confidences),
            reads=ordered,
            kind=fitting[0] if len(set(fitting)) == 1 else None,
            colour=colour,
            models=self.models,
        )


def _may_be_told_wrong(vehicle_kind: str, candidate: _Candidate) -> bool:
    """Whether a plate of another kind of vehicle may be this one's own, because the vehicle was told wrong.

    A plate in one line is no motorcycle's. A motorcycle's own is wide beside its box, and narrow on a car before which
    the motorcycle stands. A car's plate in two lines on a motorcycle is what is left of a longer text: never believed.
    """
    if vehicle_kind == "motorbike":
        return candidate.shape.layout == "one_line"
    return candidate.shape.layout == "two_lines" and candidate.width_share >= _MOTORCYCLES_OWN


def _plate_read(candidate: _Candidate, read: TrackRead, verdict: Agreement) -> PlateRead:
    """A read as the case keeps it: with the repair, if there was one."""
    dropped_because = None
    if read.lawful is None:
        dropped_because = HIDDEN_CHARACTER if read.hidden is not None else NOT_LAWFUL_READ
    elif verdict.text is not None and read.lawful != verdict.text:
        dropped_because = OTHER_TEXT
    return PlateRead(
        at=candidate.at,
        box_xyxy_px=candidate.box_xyxy_px,
        text=read.lawful or read.text.text,
        character_confidences=tuple(round(confidence, 3) for confidence in read.text.confidences),
        dropped_because=dropped_because,
        layout=candidate.shape.layout,
    )


def _unread(at: datetime, box_xyxy_px: BoxPx, reason: str, layout: PlateLayout | None = None) -> PlateRead:
    return PlateRead(
        at=at, box_xyxy_px=box_xyxy_px, text="", character_confidences=(), dropped_because=reason, layout=layout
    )


def _why_unread(verdict: Agreement, reads: Sequence[PlateRead], best: Sequence[_Candidate]) -> str:
    """The verdict's reason, or where nothing could be weighed what stood in the way most often."""
    large = [one for one in best if one.shape.width_px >= _LARGE * LEAST_WIDTH_PX[one.shape.layout]]
    if verdict.reason == NOT_LAWFUL and len(large) >= _LARGE_PICTURES:
        return MAY_BE_COVERED
    if verdict.reason != NO_READ:
        return str(verdict.reason)
    reasons = sorted({str(read.dropped_because) for read in reads})
    if not reasons:
        return NO_PLATE
    return max(reasons, key=lambda reason: sum(read.dropped_because == reason for read in reads))
