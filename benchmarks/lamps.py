"""How well the colour of a traffic light is read; prints a Markdown table.

.venv/bin/python benchmarks/lamps.py --data ../shared/data

The clip's own demo drew a frame around the light in the colour of its state, and a word above it. The region read lies
inside that frame; where a looser or shifted region is read, everything drawn is painted over first.
"""

import argparse
import json
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.lamps import read_lamps

HOUSING_XYXY_PX = (1778, 102, 1829, 246)
DRAWN_FRAME_XYXY_PX = (1772, 96, 1835, 252)
DRAWN_WORD_XYXY_PX = (1768, 82, 1808, 100)

Picture = NDArray[np.uint8]
Change = Callable[[Picture, np.random.Generator], Picture]


def true_states(data: Path) -> list[str]:
    """The state in every picture, as looked at by eye."""
    truth = json.loads((data / "street/vn_redlight/ground_truth.json").read_text())
    return [span["state"] for span in truth["signal"] for _ in range(span["from"], span["to"] + 1)]


def without_drawings(picture: Picture) -> Picture:
    """Paint over the drawn frame and word."""
    mask = np.zeros(picture.shape[:2], np.uint8)
    x1, y1, x2, y2 = DRAWN_FRAME_XYXY_PX
    cv2.rectangle(mask, (x1, y1), (x2, y2), 255, 9)
    x1, y1, x2, y2 = DRAWN_WORD_XYXY_PX
    cv2.rectangle(mask, (x1, y1), (x2, y2), 255, -1)
    part = (slice(40, 320), slice(1680, picture.shape[1]))
    clean = picture.copy()
    clean[part] = cv2.inpaint(picture[part], mask[part], 3, cv2.INPAINT_TELEA)
    return clean


def region(picture: Picture, *, grown: float = 0.0, shift_px: tuple[int, int] = (0, 0)) -> Picture:
    """The housing, grown on every side by a share of its width, and shifted."""
    x1, y1, x2, y2 = HOUSING_XYXY_PX
    more = round(grown * (x2 - x1))
    dx, dy = shift_px
    return picture[y1 - more + dy : y2 + more + dy, x1 - more + dx : x2 + more + dx]


def shrunk(picture: Picture, height_px: int) -> Picture:
    """As a light further away would be seen."""
    width = max(round(picture.shape[1] * height_px / picture.shape[0]), 1)
    return np.asarray(cv2.resize(picture, (width, height_px), interpolation=cv2.INTER_AREA), np.uint8)


def darkened(picture: Picture, share: float, random: np.random.Generator) -> Picture:
    """Less light and the noise that comes with it."""
    noisy = picture * share + random.normal(0, 6, picture.shape)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def covered(picture: Picture, colour_bgr: tuple[int, int, int], share: float) -> Picture:
    """Something of one colour in front of the upper part."""
    hidden = picture.copy()
    hidden[: round(share * len(hidden))] = colour_bgr
    return hidden


CHANGES: dict[str, Change] = {
    "as recorded, region = housing": lambda picture, _: region(picture),
    "region 10 % larger on every side": lambda picture, _: region(picture, grown=0.1),
    "region 25 % larger on every side": lambda picture, _: region(picture, grown=0.25),
    "camera moved 8 px down": lambda picture, _: region(picture, shift_px=(0, -8)),
    "camera moved 60 px down": lambda picture, _: region(picture, shift_px=(0, -60)),
    "light 40 px high": lambda picture, _: shrunk(region(picture), 40),
    "light 20 px high": lambda picture, _: shrunk(region(picture), 20),
    "half the light and noise": lambda picture, random: darkened(region(picture), 0.5, random),
    "a quarter of the light and noise": lambda picture, random: darkened(region(picture), 0.25, random),
    "red lorry in front of the whole light": lambda picture, _: covered(region(picture), (40, 30, 190), 1.0),
    "red lorry in front of the upper half": lambda picture, _: covered(region(picture), (40, 30, 190), 0.5),
    "grey bus in front of the upper half": lambda picture, _: covered(region(picture), (120, 120, 120), 0.5),
    "JPEG quality 20": lambda picture, _: np.asarray(
        cv2.imdecode(cv2.imencode(".jpg", region(picture), [cv2.IMWRITE_JPEG_QUALITY, 20])[1], cv2.IMREAD_COLOR),
        np.uint8,
    ),
}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    arguments = parser.parse_args()
    truth = true_states(arguments.data)
    folder = arguments.data / "street/vn_redlight/frames"
    pictures = [without_drawings(cv2.imread(str(folder / f"frame_{n:04d}.jpg"))) for n in range(len(truth))]
    states = Counter(truth)
    print(f"{len(truth)} pictures: " + ", ".join(f"{count} {state}" for state, count in states.items()) + "\n")
    print("| seen how | right | unknown | wrong | of these: red told though not red |\n|---|---|---|---|---|")
    for name, change in CHANGES.items():
        random = np.random.default_rng(1)
        told = [str(read_lamps(change(picture, random)).state) for picture in pictures]
        right = sum(a == b for a, b in zip(told, truth, strict=True))
        unknown = told.count("unknown")
        false_red = sum(a == "red" != b for a, b in zip(told, truth, strict=True))
        print(f"| {name} | {right} | {unknown} | {len(truth) - right - unknown} | {false_red} |")
    crops = [region(picture) for picture in pictures]
    began = time.process_time()
    for crop in crops:
        read_lamps(crop)
    print(f"\nCPU per reading: {1000 * (time.process_time() - began) / len(crops):.2f} ms")


if __name__ == "__main__":
    main()
