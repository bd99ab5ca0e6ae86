"""The stretched pictures of fixed cameras (``street/vn_fixed_cams``): their places, their ratio, their own boxes.

Their boxes of a motorcycle hold its rider too, and far vehicles have none, so they are no labels of ours as they are.
"""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

FOLDER = "street/vn_fixed_cams"

#: What the pictures were before they were stretched to 640x640: 16:9, of the same height.
UNSTRETCHED_WH = (1138, 640)

#: Places, looked at by eye, by number of view in the set's ``view_clusters.json``. Views of a place show the same road,
#: so a place is held out whole. The boulevard's side (the same trees) chooses, its front trains.
_OF_ONE_VIEW = {72: "pavement", 76: "street", 74: "trees", 440: "crossing", 313: "screenshot"}
_JUNCTION = (47, 75)
_BOULEVARD_SIDE = (*range(60, 64), *range(258, 266))
_HIGHWAY = (69, *range(77, 98), 269, *range(298, 308), *range(311, 313), *range(314, 352), 438, *range(441, 448))

MOST_OF_A_TEST_VIEW = 30

#: The set's classes as ours; ``van`` is a car as in ``labels_vn``.
_CLASS_OF = {0: "bicycle", 1: "bus", 2: "car", 3: "truck", 4: "truck", 5: "motorcycle", 6: "truck", 7: "car"}


def place_of(view: int) -> str:
    """Name the place that a view shows."""
    if view in _OF_ONE_VIEW:
        return _OF_ONE_VIEW[view]
    if view in _JUNCTION:
        return "junction"
    if view in _BOULEVARD_SIDE:
        return "boulevard side"
    return "highway" if view in _HIGHWAY else "boulevard"


#: Which list a place belongs to.
SPLIT_OF = {
    "junction": "train_fixed",
    "boulevard": "train_fixed",
    "street": "val_fixed",
    "boulevard side": "val_fixed",
    "pavement": "test_fixed",
    "trees": "test_fixed",
    "crossing": "test_fixed",
    "highway": "test_fixed",
}


def views(data: Path) -> dict[str, int]:
    """Name of a picture, as in the lists, to the number of its view."""
    clusters = json.loads((data / FOLDER / "view_clusters.json").read_text(encoding="utf-8"))
    return {f"{FOLDER}/images/{stem}.jpg": view for stem, view in sorted(clusters.items())}


def lists(data: Path) -> dict[str, list[str]]:
    """Divide the pictures into lists by place; of a view at most ``MOST_OF_A_TEST_VIEW`` judge, evenly chosen."""
    out: dict[str, list[str]] = {split: [] for split in SPLIT_OF.values()}
    of_view: dict[int, list[str]] = {}
    for name, view in views(data).items():
        of_view.setdefault(view, []).append(name)
    for view, names in sorted(of_view.items()):
        split = SPLIT_OF.get(place_of(view))
        if split is None:
            continue
        most = MOST_OF_A_TEST_VIEW if split == "test_fixed" else len(names)
        out[split] += [names[round(k)] for k in np.linspace(0, len(names) - 1, min(most, len(names)))]
    return out


def unstretched(name: str, picture_bgr: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Give a picture of the set its ratio back; any other is returned as it is."""
    if not name.startswith(FOLDER):
        return picture_bgr
    return np.asarray(cv2.resize(picture_bgr, UNSTRETCHED_WH, interpolation=cv2.INTER_LINEAR), np.uint8)


def marks(data: Path, name: str, labels: tuple[str, ...]) -> NDArray[np.float32]:
    """The set's own boxes of a picture: (n, 5) x1, y1, x2, y2 in pixels of ``UNSTRETCHED_WH`` and class of ``labels``.

    A motorcycle's box holds its rider.
    """
    width, height = UNSTRETCHED_WH
    rows = []
    file = data / Path(name.replace("/images/", "/labels/")).with_suffix(".txt")
    for line in file.read_text(encoding="utf-8").splitlines():
        number, cx, cy, w, h = map(float, line.split()[:5])
        label = labels.index(_CLASS_OF[int(number)])
        box = ((cx - w / 2) * width, (cy - h / 2) * height, (cx + w / 2) * width, (cy + h / 2) * height)
        rows.append([*box, float(label)])
    return np.array(rows, np.float32).reshape(-1, 5)
