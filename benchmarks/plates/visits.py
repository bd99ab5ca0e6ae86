"""Simulated visits: one still of a plate becomes several pictures of it, as a street camera sees a passing vehicle.

What spoils a picture is the plate renderer's camera model. Within a visit most pictures share one state of the camera
and all of them share dirt, shadow and pose, so that their errors are alike, as they are on the road.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.pictures import read_bgr
from deploy.plate_renderer.background import synthetic_background
from deploy.plate_renderer.sensor import exposed, through_the_air
from detectors.plates.finder import PlateBox
from detectors.plates.sight import VehicleSight
from domain.geometry import BoxPx, ImageBgr
from domain.model_ref import ModelRef
from domain.plates.reading import PlateLayout

SPLITS = Path(__file__).parents[2] / "models" / "plates" / "splits"
START = datetime(2026, 1, 5, 7, tzinfo=UTC)
FRAMES = (5, 12)
WIDTHS_PX = (30.0, 110.0)  # of the plate in a visit's largest picture
SAME_CAMERA_STATE = 0.6  # share of pictures that have the visit's own blur, light and noise
AROUND = 0.7  # of the plate's size, on each side: what the pictures show
FINER = 2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Still:
    """A picture of one plate."""

    picture_bgr: ImageBgr
    plate_box_xyxy_px: BoxPx
    text: str
    layout: PlateLayout
    vehicle: Literal["car", "motorbike"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Visit:
    """One vehicle passing: what the pipeline is given, and the truth."""

    sights: tuple[VehicleSight, ...]
    plate_boxes_xyxy_px: tuple[BoxPx, ...]  # as a finder would give them
    width_px: float  # of the plate in the largest picture
    severity: float  # of what spoils the pictures: light, weather, dirt, blur, noise; 0 to 1
    still: Still


class KnownPlates:
    """A finder that is told where the plate is: simulated pictures show little more than the plate."""

    def __init__(self) -> None:
        self._boxes: dict[int, BoxPx] = {}

    @property
    def model(self) -> ModelRef:
        """No network."""
        return ModelRef(name="known-plates", sha256="0" * 64)

    def expect(self, coming: Visit) -> None:
        """Where the plates of the next visit's pictures are."""
        pictures = [id(sight.picture_bgr) for sight in coming.sights]
        self._boxes = dict(zip(pictures, coming.plate_boxes_xyxy_px, strict=True))

    def find(self, picture_bgr: ImageBgr, vehicle_box_xyxy_px: BoxPx) -> tuple[PlateBox, ...]:  # noqa: ARG002
        """The box of that picture."""
        return (PlateBox(box_xyxy_px=self._boxes[id(picture_bgr)], score=1.0),)


def stills(data: Path, part: str) -> list[Still]:
    """Gate photos of motorcycles and crops of long car plates of one part of the split."""
    names = set((SPLITS / f"{part}.txt").read_text(encoding="utf-8").split())
    return [*_motorcycles(data, names), *_cars(data, names)]


def _rows(data: Path, folder: str, names: set[str]) -> Iterator[tuple[ImageBgr, dict[str, str]]]:
    with (data / "plates" / folder / "manifest.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            name = f"plates/{folder}/{row['file']}"
            if name in names:
                yield read_bgr(data / name), row


def _motorcycles(data: Path, names: set[str]) -> Iterator[Still]:
    for picture_bgr, row in _rows(data, "greenparking", names):
        x, y, width, height = (float(value) for value in row["box_xywh"].split(","))
        yield Still(
            picture_bgr=picture_bgr,
            plate_box_xyxy_px=(x, y, x + width, y + height),
            text=row["text"],
            layout="two_lines",
            vehicle="motorbike",
        )


def _cars(data: Path, names: set[str]) -> Iterator[Still]:
    """The crops hold the plate alone; something is drawn around it."""
    for number, (crop_bgr, row) in enumerate(_rows(data, "car1line_crops", names)):
        height, width = crop_bgr.shape[:2]
        picture_bgr = synthetic_background((3 * width, 5 * height), np.random.default_rng(number))
        picture_bgr[2 * height : 3 * height, width : 2 * width] = crop_bgr
        box = (float(width), 2.0 * height, 2.0 * width, 3.0 * height)
        yield Still(picture_bgr=picture_bgr, plate_box_xyxy_px=box, text=row["text"], layout="one_line", vehicle="car")


def visit(still: Still, seed: int, *, widths_px: tuple[float, float] = WIDTHS_PX, around: float = AROUND) -> Visit:
    """A vehicle that comes nearer, seen 5 to 12 times within some seconds.

    Args:
        still: what is shown.
        seed: of everything that is drawn by lot.
        widths_px: least and most of the plate in the largest picture.
        around: of the plate's size, on each side: what the pictures show.
    """
    rng = np.random.default_rng(seed)
    count = int(rng.integers(FRAMES[0], FRAMES[1] + 1))
    largest_px, severity = float(rng.uniform(*widths_px)), float(rng.uniform())
    growing_px = np.linspace(largest_px * rng.uniform(0.6, 1.0), largest_px, count)
    turn_rad, squeeze = rng.normal(0, 0.04), rng.uniform(0.75, 1.0)
    sights: list[VehicleSight] = []
    boxes: list[BoxPx] = []
    for place, width_px in enumerate(growing_px.tolist()):
        scene, corners = _scene(still, width_px, (turn_rad + rng.normal(0, 0.01), squeeze), around, rng)
        scene = through_the_air(scene, corners, np.random.default_rng(seed), severity)
        state = seed if rng.random() < SAME_CAMERA_STATE else int(rng.integers(1 << 32))
        picture = exposed(scene, np.random.default_rng(state), severity, width_px)
        sights.append(
            VehicleSight(
                at=START + timedelta(seconds=0.2 * place),
                picture_bgr=picture,
                vehicle_box_xyxy_px=(0.0, 0.0, float(picture.shape[1]), float(picture.shape[0])),
                other_vehicles_xyxy_px=(),
            )
        )
        boxes.append(_found(corners, rng))
    return Visit(
        sights=tuple(sights), plate_boxes_xyxy_px=tuple(boxes), width_px=largest_px, severity=severity, still=still
    )


def faulty(still: Still, seed: int) -> Still:
    """The still with one fault over a character: a mirrored lamp, a screw or a drop of paint.

    Every picture of its visit shows the same fault, so that what is read wrong is read wrong alike.
    """
    rng = np.random.default_rng((seed, 7))
    x1, y1, x2, y2 = still.plate_box_xyxy_px
    height = (y2 - y1) * (1.0 if still.layout == "one_line" else 0.5)
    middle = (x1 + rng.uniform(0.08, 0.92) * (x2 - x1), y1 + rng.uniform(0.15, 0.85) * (y2 - y1))
    radius = height * rng.uniform(0.12, 0.3)
    shade = float(rng.choice([20.0, 120.0, 235.0, 250.0]))
    y, x = np.ogrid[: still.picture_bgr.shape[0], : still.picture_bgr.shape[1]]
    off = np.hypot(x - middle[0], (y - middle[1]) * rng.uniform(0.6, 1.6)) / radius
    weight = (np.clip(1.5 - off, 0, 1) * rng.uniform(0.7, 1.0))[..., None]
    picture_bgr = np.clip(still.picture_bgr * (1 - weight) + shade * weight, 0, 255).astype(np.uint8)
    return replace(still, picture_bgr=picture_bgr)


def _scene(
    still: Still, width_px: float, pose: tuple[float, float], around: float, rng: np.random.Generator
) -> tuple[ImageBgr, NDArray[np.float32]]:
    """The plate with what is around it at a size, turned and squeezed as from the side; and its corners (4, 2)."""
    turn_rad, squeeze = pose
    x1, y1, x2, y2 = still.plate_box_xyxy_px
    scale = width_px / (x2 - x1)
    wide, high = width_px * squeeze, (y2 - y1) * scale
    size_wh = (round(wide * (1 + 2 * around)) + 2, round(high * (1 + 2 * around)) + 2)
    cosine, sine = np.cos(turn_rad), np.sin(turn_rad)
    linear = np.array([[cosine, -sine], [sine, cosine]]) @ np.diag([scale * squeeze, scale])
    middle = np.array(size_wh) / 2 + rng.uniform(-0.5, 0.5, 2)
    offset = middle - linear @ ((x1 + x2) / 2, (y1 + y2) / 2)
    fine = np.column_stack((linear, offset)) * FINER
    large = cv2.warpAffine(
        still.picture_bgr,
        fine,
        (size_wh[0] * FINER, size_wh[1] * FINER),
        flags=cv2.INTER_CUBIC if scale * FINER > 1 else cv2.INTER_AREA,
        borderMode=cv2.BORDER_REPLICATE,
    )
    corners = np.array([(x1, y1), (x2, y1), (x2, y2), (x1, y2)]) @ linear.T + offset
    scene = cv2.resize(large, size_wh, interpolation=cv2.INTER_AREA)
    return np.asarray(scene, np.uint8), corners.astype(np.float32)


def _found(corners_px: NDArray[np.float32], rng: np.random.Generator) -> BoxPx:
    """The box around the corners, off by some per cent as a finder's boxes are."""
    low, high = corners_px.min(axis=0), corners_px.max(axis=0)
    x1, y1, x2, y2 = (np.concatenate((low, high)) + rng.normal(0, 0.03, 4) * np.tile(high - low, 2)).tolist()
    return (x1, y1, x2, y2)
