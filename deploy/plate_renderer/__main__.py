"""Write a folder of rendered plates: ``python -m deploy.plate_renderer --out FOLDER --count N --seed S``."""

import argparse
import time
from pathlib import Path

import cv2
import numpy as np

from deploy.plate_renderer.artwork import draw, fitting_scale
from deploy.plate_renderer.camera import Photograph, photograph
from deploy.plate_renderer.formats import sample_plate
from domain.geometry import ImageBgr

SHEET_COLUMNS = 10
TILE_WH = (128, 96)
PLATE_WIDTHS_PX = (45.0, 105.0)


def main() -> None:
    """Render, write the pictures, their labels and a contact sheet."""
    cv2.setNumThreads(1)
    parser = argparse.ArgumentParser(description="Render Vietnamese number plates with labels and a contact sheet.")
    parser.add_argument("--out", type=Path, required=True, help="folder to write into; made if missing")
    parser.add_argument("--count", type=int, default=100, help="how many pictures")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same pictures")
    parser.add_argument("--severity", type=float, default=None, help="0..1 for all; default: spread over 0..1")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    tiles: list[ImageBgr] = []
    rows = ["file\ttext\tlines\tcorners\tkind\tcolour"]
    rendering_s = 0.0
    for number in range(options.count):
        rng = np.random.default_rng((options.seed, number))
        begin_s = time.process_time()
        photo, colour = one(rng, options.severity)
        rendering_s += time.process_time() - begin_s
        name = f"{number:06d}.png"
        cv2.imwrite(str(options.out / name), photo.image_bgr)
        corners = ",".join(f"{value:.2f}" for value in photo.corners_px.ravel())
        lines = 1 if photo.layout == "one_line" else 2
        rows.append(f"{name}\t{photo.text}\t{lines}\t{corners}\t{photo.kind}\t{colour}")
        if len(tiles) < 20 * SHEET_COLUMNS:
            tiles.append(photo.image_bgr)
    (options.out / "labels.tsv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    cv2.imwrite(str(options.out / "contact_sheet.png"), contact_sheet(tiles))
    rate = options.count / rendering_s
    print(f"wrote {options.count} pictures, labels.tsv and contact_sheet.png to {options.out}")
    print(f"{rate:.0f} pictures of {TILE_WH[0]}x{TILE_WH[1]} per second of one core, without writing them")


def one(rng: np.random.Generator, severity: float | None) -> tuple[Photograph, str]:
    """Photograph one sampled plate at a street camera's size; also tell the colour of its ground."""
    plate, width_px = sample_plate(rng), float(rng.uniform(*PLATE_WIDTHS_PX))
    photo = photograph(
        draw(plate, fitting_scale(plate, width_px), rng),
        rng,
        TILE_WH,
        severity=float(rng.uniform()) if severity is None else severity,
        plate_width_px=width_px,
    )
    return photo, plate.colour


def contact_sheet(tiles: list[ImageBgr]) -> ImageBgr:
    """Lay pictures of one size side by side."""
    columns = min(SHEET_COLUMNS, len(tiles))
    blank = np.zeros_like(tiles[0])
    padded = tiles + [blank] * (-len(tiles) % columns)
    return np.vstack([np.hstack(padded[i : i + columns]) for i in range(0, len(padded), columns)])


if __name__ == "__main__":
    main()
