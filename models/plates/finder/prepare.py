"""Writes the samples of the plate finder: gate photos, marked street vehicles, and rendered plates mounted on both.

    PYTHONPATH=. python models/plates/finder/prepare.py --data DATA --work WORK

Rendered plates are laid over real ones (all colours and layouts at the place where a plate belongs) and onto vehicles
that show none; what a finder takes for a plate and is none (``decoys.py``) likewise. Only training pictures get any;
what judges is real. The same seed writes the same samples.

    matthan models eval WORK plate-finder --format tsv --only WORK/test_street.txt

judges a finder on them.
"""

from __future__ import annotations

import argparse
import os
from pathlib import Path

import cv2
import numpy as np
from decoys import with_decoys
from numpy.typing import NDArray
from plate_data import Labelled, Writer, gate_pictures, street_vehicles, write_for_eval

from deploy.plate_renderer import draw, fitting_scale, kind_weights, mounted, sample_plate
from deploy.plate_renderer.sensor import exposed

SEED = 24
REPEATS = {"gate": 1, "street": 3}
BARE_REPEATS = 4
DECOY_REPEATS = 2
MOST_DECOYS = 3
PRESS = "vn_press_motorbikes"  # judged by itself: no street camera took these
GATE_WITH_DECOYS = 0.25  # share of the gate photos that are shown again with some
MOST_OF_A_VEHICLE = 0.42  # of its width: the widest plate that is mounted where none was
LEAST_WIDTH_PX = 12.0
COVERING = 1.25  # a rendered plate that hides a real one is so much wider
WHITE_SHARE = 0.45


def plate_weights() -> dict[str, float]:
    """The street's mix, with every kind made common enough to be learned."""
    weights = kind_weights()
    floor = (1 - WHITE_SHARE) / len(weights)
    total = sum(weights.values())
    return {kind: WHITE_SHARE * weight / total + floor for kind, weight in weights.items()}


def with_plate(
    picture_bgr: NDArray[np.uint8], centre_px: tuple[float, float], width_px: float, rng: np.random.Generator
) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Mount a rendered plate and photograph the whole anew.

    Args:
        picture_bgr: (h, w, 3).
        centre_px: Where the plate's middle goes.
        width_px: Its width.
        rng: The source of chance.

    Returns:
        The picture and the plate's box (4,), clipped to the picture.
    """
    plate = sample_plate(rng, plate_weights())
    around = picture_bgr[
        max(0, int(centre_px[1] - width_px)) : int(centre_px[1] + width_px) + 1,
        max(0, int(centre_px[0] - width_px)) : int(centre_px[0] + width_px) + 1,
    ]
    light = float(np.clip(np.percentile(around, 80) / 210 * rng.uniform(0.75, 1.35), 0.25, 1.15))
    severity = float(rng.uniform(0, 0.8))
    photo = mounted(
        picture_bgr,
        draw(plate, fitting_scale(plate, width_px), rng),
        rng,
        centre_px=centre_px,
        plate_width_px=width_px,
        severity=severity,
        light=light,
    )
    image = exposed(photo.image_bgr, rng, severity * 0.6, width_px)
    height, width = image.shape[:2]
    low, high = photo.corners_px.min(axis=0), photo.corners_px.max(axis=0)
    box = np.array([*low, *high], np.float32).clip(0, (width, height, width, height))
    return image, box


def covered(sample: Labelled, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Hide the real plate of a sample under a rendered one."""
    x1, y1, x2, y2 = (float(v) for v in sample.boxes[0])
    width = max(COVERING * (x2 - x1), 1.6 * (y2 - y1), LEAST_WIDTH_PX)
    picture, box = with_plate(sample.picture_bgr, ((x1 + x2) / 2, (y1 + y2) / 2), width, rng)
    return picture, np.concatenate([box[None], sample.boxes[1:]])


def added(sample: Labelled, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Mount a rendered plate on a vehicle that shows none, where plates are: low and near the middle."""
    height, width = sample.picture_bgr.shape[:2]
    centre = (
        width * float(np.clip(rng.normal(0.5, 0.15), 0.2, 0.8)),
        height * float(np.clip(rng.normal(0.68, 0.15), 0.3, 0.92)),
    )
    wide = max(float(rng.uniform(0.12, MOST_OF_A_VEHICLE)) * min(width, height * 1.3), LEAST_WIDTH_PX)
    picture, box = with_plate(sample.picture_bgr, centre, wide, rng)
    return picture, box[None]


def decoyed(sample: Labelled, rng: np.random.Generator) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
    """Lay over a sample what is no plate."""
    count = int(rng.integers(1, MOST_DECOYS + 1))
    return with_decoys(sample.picture_bgr, sample.boxes, rng, count), sample.boxes


def main() -> None:
    """Read the arguments and write the samples."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("MATTHAN_DATA", "../shared/data")))
    parser.add_argument("--work", type=Path, required=True, help="folder outside the repository")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    rng = np.random.default_rng(SEED)
    writers = {part: Writer(arguments.work, part) for part in ("train", "val", "test")}
    for sample in gate_pictures(arguments.data):
        writers[sample.part].add(sample.picture_bgr, sample.boxes, f"gate/{sample.name}")
        if sample.part == "train" and len(sample.boxes) == 1:
            for _ in range(REPEATS["gate"]):
                writers["train"].add(*covered(sample, rng), f"gate rendered/{sample.name}")
            if rng.random() < GATE_WITH_DECOYS:
                writers["train"].add(*decoyed(sample, rng), f"gate decoys/{sample.name}")
    for sample in street_vehicles(arguments.data):
        folder = "press" if sample.part == "test" and sample.source == PRESS else "street"
        writers[sample.part].add(sample.picture_bgr, sample.boxes, f"{folder}/{sample.name}")
        if sample.part != "train":
            continue
        for _ in range(REPEATS["street"] if len(sample.boxes) else BARE_REPEATS):
            made = covered(sample, rng) if len(sample.boxes) else added(sample, rng)
            writers["train"].add(*made, f"street rendered/{sample.name}")
        for _ in range(DECOY_REPEATS):
            writers["train"].add(*decoyed(sample, rng), f"street decoys/{sample.name}")
    print({part: writer.close() for part, writer in writers.items()})
    write_for_eval(arguments.work)


if __name__ == "__main__":
    main()
