"""What lies behind a plate: painted metal, dark gaps, lamps and edges, drawn."""

import cv2
import numpy as np

from deploy.plate_renderer.dice import chance, one_of
from domain.geometry import ImageBgr

LAMP_BGR = ((30, 30, 200), (40, 40, 120), (60, 140, 230), (210, 220, 225))


def synthetic_background(size_wh: tuple[int, int], rng: np.random.Generator) -> ImageBgr:
    """Draw a patch that looks like parts of a vehicle: a smooth ground with boxes, lamps and edges."""
    w, h = size_wh
    base = np.clip(rng.uniform(15, 200) + rng.normal(0, 7, (3, 4, 3)), 0, 255).astype(np.uint8)
    image = np.asarray(cv2.resize(base, (w, h), interpolation=cv2.INTER_CUBIC), np.uint8)
    for _ in range(int(rng.integers(2, 8))):
        colour = np.clip(rng.uniform(5, 210) + rng.normal(0, 9, 3), 0, 255).tolist()
        x, y = rng.uniform(0, 1, 2) * size_wh
        box_wh = rng.uniform((0.1, 0.05), (0.9, 0.5)) * size_wh
        box = cv2.boxPoints(((x, y), (float(box_wh[0]), float(box_wh[1])), float(rng.normal(0, 12))))
        cv2.fillConvexPoly(image, np.round(box).astype(np.int32), colour, cv2.LINE_AA)
    if chance(rng, 0.4):
        centre = (round(rng.uniform(0, w)), round(rng.uniform(0, h * 0.5)))
        axes = (max(1, round(rng.uniform(0.05, 0.25) * w)), max(1, round(rng.uniform(0.03, 0.15) * h)))
        cv2.ellipse(image, centre, axes, 0, 0, 360, one_of(rng, LAMP_BGR), -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.5, 2.0))), np.uint8)
