"""Where it is measured: fixed cameras with zones drawn by hand on ground that is mostly empty."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import cv2
import numpy as np

from benchmarks.pictures import read_bgr
from domain.geometry import ImageBgr, PointNorm

_WIDE_WH = (1138, 640)  # what was stretched to 640 x 640 before it came here

Part = Literal["tuned", "held out"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One camera with its zones."""

    name: str
    part: Part
    pictures: str  # a folder of pictures, a film, or the number of a view in view_clusters.json
    zones: dict[str, tuple[PointNorm, ...]]
    every: int = 1  # so many pictures of a film are one


PLACES = (
    Place(
        name="pavement in low sun",
        part="tuned",
        pictures="view:72",
        zones={
            "pavement": (
                (0.10, 0.82),
                (0.24, 0.58),
                (0.38, 0.45),
                (0.45, 0.50),
                (0.55, 0.75),
                (0.60, 0.93),
                (0.26, 0.93),
            ),
            "road": ((0.62, 0.45), (0.80, 0.45), (0.98, 0.70), (0.98, 0.95), (0.72, 0.95)),
        },
    ),
    Place(
        name="street in the evening",
        part="tuned",
        pictures="view:74",
        zones={
            "pavement": ((0.70, 0.62), (0.86, 0.45), (0.90, 0.60), (0.90, 0.95), (0.66, 0.95)),
            "road": ((0.18, 0.70), (0.35, 0.62), (0.65, 0.62), (0.60, 0.92), (0.18, 0.92)),
        },
    ),
    Place(
        name="highway",
        part="tuned",
        pictures="view:301",
        zones={"road": ((0.25, 0.45), (0.55, 0.45), (0.62, 0.92), (0.20, 0.92))},
    ),
    Place(
        name="Hanoi junction",
        part="tuned",
        pictures="hanoi_junctions/16h15.25.9.22.mp4",
        zones={"road": ((0.30, 0.44), (0.70, 0.44), (0.75, 0.60), (0.30, 0.60))},
        every=12,
    ),
    Place(
        name="shop street",
        part="held out",
        pictures="view:76",
        zones={
            "pavement": ((0.02, 0.75), (0.40, 0.46), (0.46, 0.46), (0.06, 0.90), (0.01, 0.90)),
            "road": ((0.45, 0.60), (0.62, 0.35), (0.74, 0.35), (0.74, 0.95), (0.25, 0.95)),
        },
    ),
    Place(
        name="corner in November",
        part="held out",
        pictures="view:47",
        zones={
            "pavement": ((0.05, 0.55), (0.14, 0.48), (0.18, 0.48), (0.13, 0.90), (0.02, 0.90)),
            "road": ((0.22, 0.40), (0.45, 0.40), (0.62, 0.95), (0.20, 0.95)),
        },
    ),
    Place(
        name="corner in June",
        part="held out",
        pictures="view:75",
        zones={
            "pavement": ((0.11, 0.62), (0.19, 0.42), (0.21, 0.42), (0.14, 0.90), (0.04, 0.90)),
            "road": ((0.23, 0.40), (0.42, 0.40), (0.60, 0.95), (0.20, 0.95)),
        },
    ),
    Place(
        name="junction with a lamp",
        part="held out",
        pictures="vn_redlight/frames",
        zones={"road": ((0.12, 0.45), (0.42, 0.30), (0.46, 0.42), (0.46, 0.80), (0.22, 0.85))},
    ),
    Place(
        name="car park",
        part="held out",
        pictures="../clips/car-detection.mp4",
        zones={"road": ((0.05, 0.40), (0.95, 0.40), (0.95, 0.95), (0.05, 0.95))},
        every=10,
    ),
)


def pictures_of(place: Place, street: Path) -> Iterator[ImageBgr]:
    """A place's pictures in order of time, as the camera took them.

    Args:
        place: whose.
        street: the folder of street data.
    """
    if place.pictures.startswith("view:"):
        yield from _of_view(street / "vn_fixed_cams", int(place.pictures[5:]))
    elif place.pictures.endswith(".mp4"):
        yield from _of_film(street / place.pictures, place.every)
    else:
        for path in sorted((street / place.pictures).glob("*.jpg")):
            yield read_bgr(path)


def _of_view(folder: Path, view: int) -> Iterator[ImageBgr]:
    clusters: dict[str, int] = json.loads((folder / "view_clusters.json").read_text(encoding="utf-8"))
    names = [name for name, number in clusters.items() if number == view]
    for name in sorted(names, key=lambda one: int(re.findall(r"\d+", one)[0])):
        squeezed = read_bgr(folder / "images" / f"{name}.jpg")
        yield np.asarray(cv2.resize(squeezed, _WIDE_WH, interpolation=cv2.INTER_LINEAR), np.uint8)


def _of_film(path: Path, every: int) -> Iterator[ImageBgr]:
    film = cv2.VideoCapture(str(path))
    number = 0
    while True:
        found, image_bgr = film.read()
        if not found:
            return
        if number % every == 0:
            yield np.asarray(image_bgr, np.uint8)
        number += 1
