"""Plates of vehicles tracked through real pictures, against labels by hand."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av

from benchmarks.pictures import bgr_of, read_bgr
from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.plates.ownership import is_same_vehicle
from detectors.plates.pipeline import PlatePipeline
from detectors.plates.selection import worth_decoding
from detectors.plates.sight import PlateFinding, VehicleSight
from detectors.sessions import open_session
from detectors.tracking.tracker import SteadyTracker
from domain.geometry import BoxPx, ImageBgr, box_iou
from domain.seen.track import VEHICLE_KIND_OF_LABEL, Track
from edge.networks.street_network import built_in_manifest

START = datetime(2026, 1, 5, 7, tzinfo=UTC)
STREET_PLATES = {"59P253509", "29C27223"}
JUNCTION_EVERY_S = 1.25
LABELS = Path(__file__).parent / "junction.tsv"
AROUND = 0.25  # of the vehicle, on each side: kept of a picture, as for a case
LABEL_IOU = 0.5


@dataclass(slots=True, kw_only=True)
class Passing:
    """One tracked vehicle with what was seen of it."""

    kind: str
    sights: list[VehicleSight] = field(default_factory=list)
    places: list[tuple[int, BoxPx]] = field(default_factory=list)  # number of the picture, the vehicle's box in it

    def read(self, pipeline: PlatePipeline) -> PlateFinding:
        """Its plate, from the pictures worth looking at."""
        chosen = worth_decoding([(one.at, box) for one, (_, box) in zip(self.sights, self.places, strict=True)])
        return pipeline.read([self.sights[place] for place in chosen], self.kind)


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A vehicle in one picture whose plate was read by eye.

    Every character that cannot be told is a "?"; a single "?" stands for no plate in sight.
    """

    picture: int
    vehicle_box_xyxy_px: BoxPx
    text: str


def street_pictures(data: Path) -> Iterator[tuple[datetime, ImageBgr]]:
    """The handheld street clip, every picture."""
    with av.open(str(data / "plates/street_videos/test_1.mp4")) as container:
        for frame in container.decode(video=0):
            yield START + timedelta(seconds=float(frame.time or 0)), bgr_of(frame)


def junction_pictures(data: Path) -> Iterator[tuple[datetime, ImageBgr]]:
    """The junction camera, one picture in 1.25 s."""
    for number, path in enumerate(sorted((data / "street/vn_redlight/frames").glob("frame_*.jpg"))):
        yield START + timedelta(seconds=JUNCTION_EVERY_S * number), read_bgr(path)


def passings(pictures: Iterable[tuple[datetime, ImageBgr]]) -> dict[int, Passing]:
    """Every vehicle that the product's detector and tracker follow, by track id."""
    spec = find_model(read_manifest(built_in_manifest()), "street-n", DetectorSpec)
    detector = OnnxDetector(spec=spec, session=open_session(spec))
    tracker, found = SteadyTracker(), dict[int, Passing]()
    for number, (at, picture_bgr) in enumerate(pictures):
        tracks = tracker.update(at, detector.look([picture_bgr])[0])
        vehicles = [track for track in tracks if track.label in VEHICLE_KIND_OF_LABEL]
        for track in vehicles:
            kind = VEHICLE_KIND_OF_LABEL[track.label]
            if track.observed and kind != "bicycle":
                passing = found.setdefault(track.track_id, Passing(kind=kind))
                passing.kind = kind
                passing.sights.append(_sight(at, picture_bgr, track, vehicles))
                passing.places.append((number, track.newest.box_xyxy_px))
    return found


def _sight(at: datetime, picture_bgr: ImageBgr, track: Track, vehicles: list[Track]) -> VehicleSight:
    own = track.newest.box_xyxy_px
    kind = VEHICLE_KIND_OF_LABEL[track.label]
    others = [
        other.newest.box_xyxy_px
        for other in vehicles
        if other is not track
        and not is_same_vehicle(own, kind, other.newest.box_xyxy_px, VEHICLE_KIND_OF_LABEL[other.label])
    ]
    grow_x, grow_y = AROUND * (own[2] - own[0]), AROUND * (own[3] - own[1])
    left, top = max(0, int(own[0] - grow_x)), max(0, int(own[1] - grow_y))
    view = picture_bgr[top : int(own[3] + grow_y) + 1, left : int(own[2] + grow_x) + 1].copy()
    return VehicleSight(
        at=at,
        picture_bgr=view,
        vehicle_box_xyxy_px=_moved(own, -left, -top),
        other_vehicles_xyxy_px=tuple(_moved(box, -left, -top) for box in others),
        corner_xy=(left, top),
    )


def _moved(box: BoxPx, x: float, y: float) -> BoxPx:
    return (box[0] + x, box[1] + y, box[2] + x, box[3] + y)


def read_labels() -> list[Label]:
    """The junction's vehicles that were looked at by eye."""
    with LABELS.open(encoding="utf-8", newline="") as file:
        return [
            Label(
                picture=int(row["picture"]),
                vehicle_box_xyxy_px=(float(row["x1"]), float(row["y1"]), float(row["x2"]), float(row["y2"])),
                text=row["text"],
            )
            for row in csv.DictReader(file, delimiter="\t")
        ]


def label_of(passing: Passing, labels: Iterable[Label]) -> Label | None:
    """The label of a tracked vehicle; None where nobody looked."""
    return next(
        (
            label
            for label in labels
            for picture, box in passing.places
            if picture == label.picture and box_iou(box, label.vehicle_box_xyxy_px) >= LABEL_IOU
        ),
        None,
    )


def street_table(pipeline: PlatePipeline, data: Path) -> None:
    """Print what was read in the street clip; two plates can be read in it by eye."""
    print("| street clip: vehicle | pictures | said | truth holds it |\n|---|---|---|---|")
    silent = Counter[str]()
    for passing in passings(street_pictures(data)).values():
        reading = passing.read(pipeline).reading
        if reading.text is None:
            silent[str(reading.reason)] += 1
        else:
            print(f"| {passing.kind} | {len(passing.sights)} | {reading.text} | {reading.text in STREET_PLATES} |")
    print("\nUnread: " + "; ".join(f"{reason} {count}" for reason, count in silent.most_common()) + "\n")


def junction_table(pipeline: PlatePipeline, data: Path) -> None:
    """Print how the junction's vehicles ended: those that a human can read, and all others."""
    labels = read_labels()
    readable, silent, unreadable = Counter[str](), Counter[str](), Counter[str]()
    for passing in passings(junction_pictures(data)).values():
        label, reading = label_of(passing, labels), passing.read(pipeline).reading
        if label is None or "?" in label.text:
            unreadable["agreed" if reading.text else "unread"] += 1
            if reading.text:
                print(f"- agreed though no human could: {reading.text}")
        elif reading.text is None:
            readable["unread"] += 1
            silent[str(reading.reason)] += 1
        else:
            readable["right" if reading.text == label.text else "wrong"] += 1
            if reading.text != label.text:
                print(f"- wrong: {label.text} told as {reading.text}")
    print("| junction | right | wrong | unread |\n|---|---|---|---|")
    print(f"| a human can read it | {readable['right']} | {readable['wrong']} | {readable['unread']} |")
    print(f"| no human can, or nobody looked | - | {unreadable['agreed']} | {unreadable['unread']} |")
    print("\nUnread though readable: " + "; ".join(f"{reason} {n}" for reason, n in silent.most_common()) + "\n")
