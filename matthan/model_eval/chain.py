"""How the whole way from a vehicle to its plate ends: found, set straight, read, agreed over a visit's pictures."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from itertools import groupby

from detectors.plates.corners import PlateCorners
from detectors.plates.finder import PlateBox, PlateFinder
from detectors.plates.pipeline import PlatePipeline
from detectors.plates.reader import PlateReader
from detectors.plates.sight import VehicleSight
from domain.cases.precision import wilson
from domain.errors import ConfigurationError
from domain.geometry import BoxPx, ImageBgr
from domain.instants import HUE_TIME
from domain.model_ref import ModelRef
from domain.plates.grammar import plate_grammar
from domain.plates.reading import PlateLayout
from matthan.model_eval.groups import GROUPINGS, group_of, in_order
from matthan.model_eval.intervals import format_share
from matthan.model_eval.labelled import LabelledPicture

_LAYOUTS: dict[int, PlateLayout] = {1: "one_line", 2: "two_lines"}
_USUAL_STEP_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitResult:
    """One vehicle: what stands on its plate and what was told."""

    name: str
    truth: str
    layout: PlateLayout
    pictures: int
    width_px: float | None  # of the plate's box in the largest picture
    told: str | None  # None: unread
    reason: str | None  # why it is unread


class _LabelledPlates:
    """A finder that is told where the plates are."""

    def __init__(self) -> None:
        self._boxes: dict[int, list[BoxPx]] = {}

    @property
    def model(self) -> ModelRef:
        """No network."""
        return ModelRef(name="labelled-boxes", sha256="0" * 64)

    def expect(self, picture_bgr: ImageBgr, boxes_xyxy_px: list[BoxPx]) -> None:
        """Where the plates of a picture are."""
        self._boxes[id(picture_bgr)] = boxes_xyxy_px

    def find(self, picture_bgr: ImageBgr, vehicle_box_xyxy_px: BoxPx) -> tuple[PlateBox, ...]:  # noqa: ARG002
        """The boxes of that picture."""
        return tuple(PlateBox(box_xyxy_px=box, score=1.0) for box in self._boxes[id(picture_bgr)])


def judge_visits(
    pictures: Sequence[LabelledPicture],
    *,
    finder: PlateFinder | None,
    corners: PlateCorners,
    reader: PlateReader,
    on: date,
) -> list[VisitResult]:
    """Read every visit whose text is known, as a case would.

    Args:
        pictures: those of one visit carry its name; one without a visit is a visit of its own.
        finder: finds plates; None: their labelled boxes are taken.
        corners: sets them straight.
        reader: reads.
        on: the day whose grammar holds.

    Raises:
        ConfigurationError: no picture has a text, or one cannot be read.
        DetectionError: an inference failed.
    """
    known = sorted((one for one in pictures if one.text), key=lambda one: (one.visit or one.name, one.at_s or 0.0))
    if not known:
        raise ConfigurationError("no picture has a text: the column 'text' of manifest.tsv says what a plate reads")
    told = _LabelledPlates()
    pipeline = PlatePipeline(finder=finder or told, corners=corners, reader=reader, grammar=plate_grammar())
    return [
        _judged(name, list(some), pipeline, told, on)
        for name, some in groupby(known, key=lambda one: one.visit or one.name)
    ]


def _judged(
    name: str, pictures: list[LabelledPicture], pipeline: PlatePipeline, told: _LabelledPlates, on: date
) -> VisitResult:
    truth = _plain(str(pictures[0].text))
    if any(_plain(str(one.text)) != truth for one in pictures):
        raise ConfigurationError(f"the pictures of visit {name} have different texts; expected one plate a visit")
    start = datetime.combine(on, time(12), HUE_TIME)
    sights = []
    for place, one in enumerate(pictures):
        at_s = _USUAL_STEP_S * place if one.at_s is None else one.at_s
        image_bgr = one.read()
        whole: BoxPx = (0.0, 0.0, float(image_bgr.shape[1]), float(image_bgr.shape[0]))
        told.expect(image_bgr, [box.box_xyxy_px for box in one.boxes])
        sights.append(
            VehicleSight(
                at=start + timedelta(seconds=at_s),
                picture_bgr=image_bgr,
                vehicle_box_xyxy_px=one.vehicle_box_xyxy_px or whole,
                other_vehicles_xyxy_px=(),
            )
        )
    first = pictures[0]
    vehicle = first.vehicle or ("car" if first.lines == 1 else "motorbike")
    reading = pipeline.read(sights, vehicle).reading
    widths = [one.boxes[0].box_xyxy_px[2] - one.boxes[0].box_xyxy_px[0] for one in pictures if one.boxes]
    layouts = [read.layout for read in reading.reads if read.layout is not None]
    seen: PlateLayout = max(layouts, key=layouts.count) if layouts else "two_lines"
    return VisitResult(
        name=name,
        truth=truth,
        layout=_LAYOUTS[first.lines] if first.lines else seen,
        pictures=len(pictures),
        width_px=max(widths, default=None),
        told=reading.text,
        reason=reading.reason,
    )


def chain_rows(results: Sequence[VisitResult], on: date) -> list[tuple[str, ...]]:
    """Grouping, group, visits, told right, told wrong, unread: all, then every group of every grouping.

    Args:
        results: of one chain.
        on: the day whose grammar holds.
    """
    rows = [("all", "", *_cells(results))]
    for by in GROUPINGS:
        groups = [group_of(one.truth, one.layout, one.width_px, by, on) for one in results]
        for group in in_order(groups):
            some = [one for one, mine in zip(results, groups, strict=True) if mine == group]
            rows.append((by, group, *_cells(some)))
    return rows


def _cells(results: Sequence[VisitResult]) -> tuple[str, ...]:
    right = sum(one.told == one.truth for one in results)
    wrong = sum(one.told not in (None, one.truth) for one in results)
    low, high = wilson(wrong, len(results))
    return (
        str(len(results)),
        format_share(right, len(results)),
        f"{wrong} ({low:.2%} to {high:.2%})",
        str(len(results) - right - wrong),
    )


def answered(results: Sequence[VisitResult], answers: dict[str, str]) -> list[VisitResult]:
    """The same visits with what another reader told: its text by visit, empty or none where it told nothing."""
    return [replace(one, told=_plain(answers.get(one.name, "")) or None, reason=None) for one in results]


def _plain(text: str) -> str:
    return "".join(character for character in text.upper() if character.isalnum())
