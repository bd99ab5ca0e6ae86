"""Looking at riders as the product does, and the camera that the benchmark judges with."""

import csv
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import dist
from pathlib import Path

from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.riders.head_classifier import HeadClassifier
from detectors.riders.head_region import head_region
from detectors.riders.seating import seat_riders
from detectors.sessions import open_session
from detectors.tracking.tracker import SteadyTracker
from detectors.view.guard import ViewGuard
from domain.camera import CameraConfig, Mode, Position, RuleUse, Stream, Zone, ZoneKind
from domain.geometry import BoxPx, ImageBgr, SizeWh
from domain.law.catalogue import built_in_catalogue
from edge.configuration.settings import HeadSettings
from edge.networks.head_network import open_head_network
from edge.networks.street_network import built_in_manifest
from edge.run.camera_run import CameraRun
from edge.run.run_maker import RunMaker

_MARKS = Path(__file__).parents[2] / "models" / "heads" / "region_labels.tsv"
_SAME_HEAD_PX = 6.0
DETECTOR_WH = (1280, 736)
CODES = ("NO_HELMET_DRIVER", "NO_HELMET_CARRY", "OVERLOAD_2PAX", "OVERLOAD_3PAX")


def open_networks() -> tuple[OnnxDetector, HeadClassifier]:
    """The detector at 1280x736, and the network that looks at heads."""
    street = find_model(read_manifest(built_in_manifest()), "street-n", DetectorSpec)
    street = street.model_copy(update={"input_size_wh": DETECTOR_WH})
    detector = OnnxDetector(spec=street, session=open_session(street))
    return detector, open_head_network(HeadSettings(), Path())


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the networks say of one picture."""

    motorcycles: Sequence[BoxPx]
    counts: Sequence[str]
    people: Sequence[int | None]  # on each motorcycle; None: not known
    seated: Sequence[Sequence[BoxPx]]  # boxes of those people, also where the count is not known
    heads: Sequence[tuple[BoxPx, str]]  # of every rider: where, and what it wears
    looks_ms: float


class Marks:
    """What heads wear by eye, marked before anything was told of them, and which pictures the network learned from."""

    def __init__(self) -> None:
        with _MARKS.open(encoding="utf-8", newline="") as file:
            lines = (line for line in file if not line.startswith("#"))
            rows = list(csv.DictReader(lines, delimiter="\t"))
        self.learned = frozenset(Path(row["picture"]).name for row in rows if row["part"] == "train")
        self._heads: dict[str, list[tuple[tuple[float, float], str]]] = {}
        for row in rows:
            middle = _middle(tuple(float(value) for value in row["head"].split(",")))
            self._heads.setdefault(Path(row["picture"]).name, []).append((middle, row["class"]))

    def of(self, name: str, head_xyxy_px: BoxPx) -> str:
        """What a head of a picture wears, or that nobody marked it."""
        middle = _middle(head_xyxy_px)
        near = [wear for at, wear in self._heads.get(name, ()) if dist(at, middle) <= _SAME_HEAD_PX]
        return near[0] if near else "not marked"


def _middle(box: Sequence[float]) -> tuple[float, float]:
    return (box[0] + box[2]) / 2, (box[1] + box[3]) / 2


def find(picture: ImageBgr, detector: OnnxDetector, heads: HeadClassifier) -> Found:
    """Look at everybody in a picture."""
    (detections,) = detector.look([picture])
    of: dict[str, list[BoxPx]] = {"person": [], "motorcycle": []}
    for row, (x1, y1, x2, y2) in enumerate(detections.boxes_xyxy_px.tolist()):
        of.get(detections.label_of(row), []).append((x1, y1, x2, y2))
    began_s = time.process_time()
    seatings = seat_riders(of["motorcycle"], of["person"])
    regions = list(dict.fromkeys(head_region(of["person"][row]) for seating in seatings for row in seating.people))
    told = heads.look(picture, regions)
    return Found(
        motorcycles=of["motorcycle"],
        counts=[seating.count for seating in seatings],
        people=[None if seating.count == "unknown" else len(seating.people) for seating in seatings],
        seated=[[of["person"][row] for row in seating.people] for seating in seatings],
        heads=[(look.head_xyxy_px, look.wear) for look in told],
        looks_ms=1000 * (time.process_time() - began_s),
    )


def camera_of(size_wh: SizeWh) -> CameraConfig:
    """A camera with one lane over the whole picture, and all rules about riders."""
    return CameraConfig(
        id="riders",
        version=1,
        name="riders",
        road="-",
        ward="-",
        position=Position(latitude_deg=21.0, longitude_deg=105.8),
        heading_deg=0,
        stream=Stream(url="file:clip.mp4", analysed_fps=6),
        reference_still_wh=size_wh,
        zones=(Zone(id="all", kind=ZoneKind.LANE, polygon_norm=((0, 0), (1, 0), (1, 1), (0, 1))),),
        rules=tuple(RuleUse(rule=code, mode=Mode.SHADOW, valid_from=date(2026, 1, 1)) for code in CODES),
    )


def run_of(
    camera: CameraConfig,
    detector: OnnxDetector,
    heads: HeadClassifier,
    view: ViewGuard | None = None,
) -> CameraRun:
    """A fresh run; of a view that was learned before, where one is given."""
    return RunMaker(
        box_id="bench",
        catalogue=built_in_catalogue(),
        detector=detector.model,
        make_tracker=lambda ids: SteadyTracker(ids=ids),
        heads=heads,
        view_of=lambda _: view if view is not None else ViewGuard(),
    ).make(camera)
