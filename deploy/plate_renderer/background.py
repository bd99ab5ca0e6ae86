"""What lies behind a plate: painted metal, dark gaps, lamps and edges, drawn."""

import cv2
import numpy as np

from domain.geometry import ImageBgr

LAMP_BGR = ((30, 30, 200), (40, 40, 120), (60, 140, 230), (210, 220, 225))


def synthetic_background(size_wh: tuple[int, int], rng: np.random.Generator) -> ImageBgr:
    """Draw a patch that looks like parts of a vehicle: a smooth ground with boxes, lamps and edges."""
    w, h = size_wh
    base = rng.uniform(15, 200) + rng.normal(0, 12, (3, 4, 3))
    image = cv2.resize(np.clip(base, 0, 255).astype(np.float32), (w, h), interpolation=cv2.INTER_CUBIC)
    image = np.clip(image + rng.normal(0, 3, (h, w, 1)).astype(np.float32), 0, 255).astype(np.uint8)
    for _ in range(int(rng.integers(2, 8))):
        shade = rng.uniform(5, 210) + rng.normal(0, 15, 3)
        colour = np.clip(shade, 0, 255).tolist()
        x, y = float(rng.uniform(-0.2, 1.0)) * w, float(rng.uniform(-0.2, 1.0)) * h
        box_w, box_h = float(rng.uniform(0.1, 0.9)) * w, float(rng.uniform(0.05, 0.5)) * h
        tilt = float(rng.normal(0, 12))
        box = cv2.boxPoints(((x + box_w / 2, y + box_h / 2), (box_w, box_h), tilt))
        cv2.fillConvexPoly(image, np.round(box).astype(np.int32), colour, cv2.LINE_AA)
    if rng.random() < 0.4:
        colour = LAMP_BGR[int(rng.integers(len(LAMP_BGR)))]
        centre = (round(rng.uniform(0, w)), round(rng.uniform(0, h * 0.5)))
        axes = (max(1, round(rng.uniform(0.05, 0.25) * w)), max(1, round(rng.uniform(0.03, 0.15) * h)))
        cv2.ellipse(image, centre, axes, 0, 0, 360, colour, -1, cv2.LINE_AA)
    return cv2.GaussianBlur(image, (0, 0), float(rng.uniform(0.5, 2.0)))
