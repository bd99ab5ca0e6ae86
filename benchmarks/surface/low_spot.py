"""Whether water up to a drawn line can be told from rain, shadows and headlamps by the texture that it hides.

.venv/bin/python -m benchmarks.surface.low_spot --data ../shared/data

The lower 60 % of each zone lies below the waterline. The texture of each block (mean of the Laplacian's size over its
brightness) is held against the median of empty looks, in the same weather or all in plain weather; what is above the
line and around the zone must stay as it is, so its own loss is taken off. An episode is 12 looks; its score is their
median. A threshold that no dry episode of the tuned places reaches is then tried on the held-out ones, whose water is
composed in other ways.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.surface.places import PLACES, pictures_of
from benchmarks.surface.streets import Street
from benchmarks.surface.weather import WEATHERS, Weather
from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.sessions import open_session
from detectors.surface.sight import MARGIN
from domain.cases.precision import wilson
from domain.geometry import ImageBgr
from edge.networks.street_network import built_in_manifest
from edge.networks.surface_network import SURFACE

_BELOW: Final = 0.6  # of the zone's height in the picture
_LEARNED, _LOOKS, _EPISODES = 30, 12, 3
_MOST_PICTURES = 60
Water = Callable[[ImageBgr, NDArray[np.float32], np.random.Generator], ImageBgr]
Cells = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """One score: how much texture went below the line, beyond what went elsewhere."""

    part: str
    street: str
    weather: str
    water: str  # how it is composed; empty: none
    learned: str  # in which weather the empty ground was
    score: float


def mirror(image_bgr: ImageBgr, mask: NDArray[np.float32], random: np.random.Generator) -> ImageBgr:
    """A smooth mirror of what stands above, with ripples."""
    return _laid(image_bgr, mask, random, ripple=3.0, tint=0.45, cover=0.85)


def ruffled(image_bgr: ImageBgr, mask: NDArray[np.float32], random: np.random.Generator) -> ImageBgr:
    """Wind and rain on it: strong ripples, more of the ground seen through."""
    return _laid(image_bgr, mask, random, ripple=7.0, tint=0.3, cover=0.65)


def muddy(image_bgr: ImageBgr, mask: NDArray[np.float32], random: np.random.Generator) -> ImageBgr:
    """Brown, mirrors next to nothing, with low waves."""
    height, width = image_bgr.shape[:2]
    waves = cv2.GaussianBlur(random.standard_normal((height, width)).astype(np.float32), (0, 0), 4) * 45
    mud = np.array([88, 108, 124], np.float32) * float(image_bgr.mean()) / 115 + waves[..., None]
    return np.clip(image_bgr + (mud - image_bgr) * mask[..., None] * 0.92, 0, 255).astype(np.uint8)


def _laid(
    image_bgr: ImageBgr,
    mask: NDArray[np.float32],
    random: np.random.Generator,
    *,
    ripple: float,
    tint: float,
    cover: float,
) -> ImageBgr:
    height, width = image_bgr.shape[:2]
    rows = np.arange(height, dtype=np.float32)[:, None] + random.normal(0, ripple * 0.7, (height, 1)).astype(np.float32)
    columns = np.arange(width, dtype=np.float32)[None, :] + ripple * np.sin(rows / 4 + random.uniform(0, 6))
    mirrored = cv2.remap(
        np.ascontiguousarray(np.flipud(image_bgr)),
        columns.astype(np.float32),
        np.broadcast_to(rows, (height, width)).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REFLECT,
    )
    water = (1 - tint) * cv2.GaussianBlur(mirrored, (0, 0), 2) + tint * np.array([95, 110, 120], np.float32)
    return np.clip(image_bgr + (water - image_bgr) * mask[..., None] * cover, 0, 255).astype(np.uint8)


WATERS: Final[dict[str, dict[str, Water]]] = {
    "tuned": {"mirror": mirror},
    "held out": {"mirror": mirror, "ruffled": ruffled, "muddy": muddy},
}


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the recorded data")
    given = parser.parse_args()
    found = [one for street in _streets(given.data / "street") for one in _episodes(street)]
    for learned in ("same", "plain"):
        _print([one for one in found if one.learned == learned], learned)


def _print(found: Sequence[Episode], learned: str) -> None:
    limit = max(one.score for one in found if one.part == "tuned" and not one.water)
    print(f"\nempty ground learned in {learned} weather; threshold {limit:.3f}\n\n| part | water | ", end="")
    print(" | ".join((*(one.name for one in WEATHERS), "all")) + " |\n|---|---|---|---|---|---|---|")
    for part, waters in WATERS.items():
        for water in ("", *waters):
            cells = [f"| {part} | {water or 'none'} "]
            for weather in (*(one.name for one in WEATHERS), "all"):
                own = [
                    one for one in found if (one.part, one.water) == (part, water) and weather in {one.weather, "all"}
                ]
                told = sum(one.score > limit for one in own)
                low, high = wilson(told, len(own))
                cells.append(f"| {told} of {len(own)} ({low:.0%} to {high:.0%}) ")
            print("".join(cells) + "|")


def _streets(data: Path) -> Iterator[Street]:
    spec = find_model(read_manifest(built_in_manifest()), "street-n", DetectorSpec)
    detector, network = OnnxDetector(spec=spec, session=open_session(spec)), SURFACE.open()
    for place in PLACES:
        pictures = list(pictures_of(place, data))[:_MOST_PICTURES]
        for zone in place.zones:
            yield Street(place, zone, pictures, detector, network)


def _episodes(street: Street) -> Iterator[Episode]:
    mask, below = _under_the_line(street)
    banks = {}
    for weather in WEATHERS:
        random = street.random("low spot", weather.name)
        empty = np.stack([_texture(street, weather, street.halves[0], random) for _ in range(_LEARNED)])
        banks[weather.name] = np.nanmedian(empty, axis=0)
        held_against = {"same": banks[weather.name], "plain": banks[WEATHERS[0].name]}
        for name, water in {"": None, **WATERS[street.part]}.items():
            for _ in range(_EPISODES):
                laid = None if water is None else (water, mask)
                looks = [_texture(street, weather, street.halves[1], random, laid) for _ in range(_LOOKS)]
                for learned, bank in held_against.items():
                    score = float(np.nanmedian([_loss(look - bank, street, below) for look in looks]))
                    yield Episode(
                        part=street.part,
                        street=street.name,
                        weather=weather.name,
                        water=name,
                        learned=learned,
                        score=score,
                    )


def _under_the_line(street: Street) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Where water lies in the picture, and which cells of the grid are below the line and in the zone."""
    corners = np.array(street.polygon) * np.array(street.wh)
    mask = np.zeros((street.wh[1], street.wh[0]), np.float32)
    cv2.fillPoly(mask, [corners.astype(np.int32)], 1.0)
    low, high = corners[:, 1].max(), corners[:, 1].min()
    mask[: round(low - _BELOW * (low - high))] = 0.0
    x1, y1, x2, y2 = street.ground.crop_xyxy_px
    cells = cv2.resize(mask[y1:y2, x1:x2], street.ground.grid_hw[::-1], interpolation=cv2.INTER_AREA)
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), 3), np.float32), np.asarray(cells > 0.9)


def _texture(
    street: Street,
    weather: Weather,
    numbers: range,
    random: np.random.Generator,
    laid: tuple[Water, NDArray[np.float32]] | None = None,
) -> Cells:
    """Of one look: log of each cell's texture; NaN where somebody covers it."""
    number = int(random.choice(numbers))
    image = street.pictures[number] if laid is None else laid[0](street.pictures[number], laid[1], random)
    crop = street.ground.cut(weather.effect(image, float(random.uniform(8.5, 11.75)), random))
    grey = cv2.GaussianBlur(cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY).astype(np.float32), (0, 0), 1.0)
    edges = np.abs(cv2.Laplacian(grey, cv2.CV_32F))
    size = street.ground.grid_hw[::-1]
    texture = cv2.resize(edges, size, interpolation=cv2.INTER_AREA) / (
        cv2.resize(grey, size, interpolation=cv2.INTER_AREA) + 8
    )
    cells: Cells = np.asarray(np.log(texture + 1e-3), np.float64)
    cells[street.ground.covered(street.detections[number], margin=MARGIN)] = np.nan
    return cells


def _loss(change: Cells, street: Street, below: NDArray[np.bool_]) -> float:
    elsewhere = np.ones(street.ground.grid_hw, np.bool_)
    elsewhere &= ~cv2.dilate(below.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(np.bool_)
    if not np.isfinite(change[below]).any() or not np.isfinite(change[elsewhere]).any():
        return float("nan")
    return float(np.nanmedian(change[elsewhere]) - np.nanmedian(change[below]))


if __name__ == "__main__":
    main()
