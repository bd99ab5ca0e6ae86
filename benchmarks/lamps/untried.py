"""Worsenings that came last of all: nothing was chosen on them before they judged (lamps_grid.md says what came out).

    python -m benchmarks.lamps.untried --data ../shared/data [--every N]

Single looks at heads upon streets and at both junctions, the region right, half a housing off in each direction, and
half upon a second light that stands close.
"""

import argparse
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.lamps.grid import standing_heads
from benchmarks.lamps.table import Tally, look
from benchmarks.lamps.views import View, junction_by_day, small_lamp
from benchmarks.lamps.worsening import DIRECTIONS, Change, Picture, Region, shifted
from edge.networks.lamp_network import LAMP_FIT

HEADER = "| | region off by | right | unknown | wrong | red-green swaps | false red |"
Looked = tuple[Picture, Region, str]
_LENSES = {"red": (40, 40, 235), "yellow": (40, 190, 240), "green": (120, 225, 60)}
_LEAVES = ((40, 150, 70), (60, 190, 110), (35, 95, 50), (45, 120, 150))


def _seen(picture: NDArray[np.float64]) -> Picture:
    return np.clip(picture, 0, 255).astype(np.uint8)


def _lit(picture: Picture, region: Region) -> NDArray[np.float64]:
    """Where something glows in the housing, from 0 to 1, (h, w, 1)."""
    x1, y1, x2, y2 = (max(side, 0) for side in region)
    hsv, glows = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV), np.zeros(picture.shape[:2])
    inside = hsv[y1:y2, x1:x2]
    glows[y1:y2, x1:x2] = (inside[..., 1] > 90) & (inside[..., 2] > 120)
    return np.asarray(cv2.GaussianBlur(glows, (0, 0), max((x2 - x1) / 20, 0.6)), np.float64)[..., None]


def night_halo(picture: Picture, region: Region, random: np.random.Generator) -> Picture:
    """Fog at night: the lit lamp's colour as a halo wider than the housing, over the other lamps, and little else."""
    lit, wide_px = _lit(picture, region), region[2] - region[0]
    colour = (picture * lit).sum((0, 1)) / max(float(lit.sum()), 1.0)
    halo = cv2.GaussianBlur(lit[..., 0], (0, 0), max(wide_px * random.uniform(0.5, 1.2), 2.0))[..., None]
    share = random.uniform(0.4, 0.9) / max(float(halo.max()), 1e-6)
    return _seen(picture * (0.1 + 0.9 * lit) + colour * halo * share + random.normal(0, 8, picture.shape))


def bands(picture: Picture, region: Region, random: np.random.Generator) -> Picture:
    """LEDs that flicker before a rolling shutter: the glow is cut by dark bands, now and then all of it."""
    rows = np.arange(picture.shape[0])[:, None, None]
    period = (region[3] - region[1]) * random.uniform(0.25, 1.5)
    wave = np.sin(2 * np.pi * (rows / period + random.random())) > random.uniform(-0.5, 0.8)
    return _seen(picture * (1 - _lit(picture, region) * (1 - np.where(wave, 1.0, 0.12))))


def arrow(picture: Picture, region: Region, random: np.random.Generator) -> Picture:
    """The lit lamp shows an arrow: what glows outside it is dark."""
    lit = _lit(picture, region)
    rows, columns = np.nonzero(lit[..., 0] > 0.5)
    if not len(rows):
        return picture
    shape, side = np.zeros(picture.shape[:2], np.float32), int(np.ptp(columns)) + 1
    middle = np.array([columns.mean(), rows.mean()])
    angle = random.choice([0.0, np.pi / 2, np.pi, -np.pi / 2])
    reach = 0.42 * side * np.array([np.cos(angle), np.sin(angle)])
    start, end = (tuple(np.round(middle + sign * reach).astype(int).tolist()) for sign in (-1, 1))
    cv2.arrowedLine(shape, start, end, 1.0, max(round(side / 6), 1), tipLength=0.5)
    return _seen(picture * (1 - 0.85 * lit * (1 - shape[..., None])))


def figures_within(picture: Picture, region: Region, random: np.random.Generator) -> Picture:
    """A countdown in the middle lens, in the colour that is lit, or in any."""
    x1, y1, x2, y2 = region
    lit, seen = _lit(picture, region), picture.copy()
    colour = (picture * lit).sum((0, 1)) / max(float(lit.sum()), 1.0)
    if random.random() < 0.5:
        colour = np.array(_LENSES[str(random.choice(list(_LENSES)))], np.float64)
    third = max((y2 - y1) // 3, 3)
    cv2.rectangle(seen, (x1, y1 + third), (x2, y1 + 2 * third), (25, 25, 25), -1)
    text, scale = str(random.integers(1, 99)), third / 34
    where = (x1 + (x2 - x1) // 8, y1 + 2 * third - third // 5)
    cv2.putText(
        seen, text, where, cv2.FONT_HERSHEY_SIMPLEX, scale, colour.tolist(), max(round(third / 10), 1), cv2.LINE_AA
    )
    return seen


def branch(picture: Picture, region: Region, random: np.random.Generator) -> Picture:
    """A branch in the sun before it: leaves in greens and a yellow, over a third to most of the housing."""
    x1, y1, x2, y2 = region
    seen, wide_px = picture.copy(), x2 - x1
    ends = [(round(random.uniform(x1 - wide_px, x2)), round(random.uniform(y1, y2))) for _ in range(2)]
    cv2.line(seen, ends[0], ends[1], (45, 60, 75), max(wide_px // 8, 1))
    for _ in range(int(random.integers(6, 30))):
        middle = (round(random.uniform(x1 - wide_px / 2, x2 + wide_px / 2)), round(random.uniform(y1, y2)))
        axes = (max(round(wide_px * random.uniform(0.1, 0.3)), 1), max(round(wide_px * random.uniform(0.04, 0.14)), 1))
        colour = np.clip(np.array(_LEAVES[int(random.integers(len(_LEAVES)))]) * random.uniform(0.6, 1.3), 0, 255)
        cv2.ellipse(seen, middle, axes, float(random.uniform(0, 180)), 0, 360, colour.tolist(), -1, cv2.LINE_AA)
    return seen


def rain_in_lamps(picture: Picture, region: Region, random: np.random.Generator) -> Picture:
    """Rain at night in the light of rear lamps and signs: streaks in red and green over what is dark."""
    seen = picture * (0.2 + 0.8 * _lit(picture, region))
    wide_px, area = region[2] - region[0], picture.shape[0] * picture.shape[1]
    layer = np.zeros(picture.shape, np.float64)
    for _ in range(max(area // 1200, 12)):
        x, y = int(random.integers(picture.shape[1])), int(random.integers(picture.shape[0]))
        colour = _LENSES[str(random.choice(list(_LENSES)))]
        cv2.line(layer, (x, y), (x + 2, y + int(random.integers(6, 30))), colour, max(wide_px // 24, 1))
    return _seen(seen + random.uniform(0.3, 0.8) * layer + random.normal(0, 8, picture.shape))


def drops(picture: Picture, region: Region, random: np.random.Generator) -> Picture:
    """Drops on the glass: discs in which the picture stands on its head."""
    seen, wide_px = picture.copy(), region[2] - region[0]
    for _ in range(6):
        radius = max(round(wide_px * random.uniform(0.25, 0.9)), 3)
        x = int(random.integers(region[0] - wide_px, region[2] + wide_px))
        y = int(random.integers(region[1] - radius, region[3] + radius))
        top, left = max(y - radius, 0), max(x - radius, 0)
        part = seen[top : y + radius, left : x + radius]
        if part.shape[0] < 3 or part.shape[1] < 3:
            continue
        mask = np.zeros(part.shape[:2], np.uint8)
        cv2.circle(mask, (part.shape[1] // 2, part.shape[0] // 2), min(part.shape[:2]) // 2, 1, -1)
        part[mask > 0] = cv2.GaussianBlur(part[::-1], (0, 0), max(radius / 8, 0.6))[mask > 0]
    return seen


def phantom(picture: Picture, region: Region, random: np.random.Generator) -> Picture:
    """Low sun from behind the camera: every lens throws its own colour back, the unlit ones too."""
    x1, y1, x2, y2 = region
    layer, share = np.zeros(picture.shape, np.float64), random.uniform(0.3, 0.9)
    for place, colour in enumerate(_LENSES.values()):
        middle = ((x1 + x2) // 2, round(y1 + (y2 - y1) * (2 * place + 1) / 6))
        cv2.circle(layer, middle, max(round((x2 - x1) * 0.33), 1), colour, -1)
    return _seen(np.maximum(picture, share * cv2.GaussianBlur(layer, (0, 0), max((x2 - x1) / 16, 0.6))))


def half_dead(picture: Picture, region: Region, random: np.random.Generator) -> Picture:
    """A lamp of which most LEDs are dead: single points glow."""
    lit = _lit(picture, region)
    alive = (random.random(picture.shape[:2]) < random.uniform(0.1, 0.5))[..., None]
    return _seen(picture * (1 - 0.85 * lit * ~alive))


UNTRIED: dict[str, Change] = {
    "halo in fog at night": night_halo,
    "bands of a rolling shutter": bands,
    "arrow in the lamp": arrow,
    "countdown in the middle lens": figures_within,
    "branch before it": branch,
    "rain in coloured light": rain_in_lamps,
    "drops on the glass": drops,
    "sun thrown back by every lens": phantom,
    "most LEDs dead": half_dead,
}


def beside_another(standing: list[Looked]) -> Iterator[Looked]:
    """Each head with another one of another state that touches it, at either side, above or below."""
    for number, (picture, (x1, y1, x2, y2), state) in enumerate(standing):
        other = next((one for one in standing[number + 1 :] + standing[:number] if one[2] != state), None)
        if other is None:
            continue
        far, (a1, b1, a2, b2), _ = other
        wide, high = x2 - x1, y2 - y1
        patch = np.asarray(cv2.resize(far[b1:b2, a1:a2], (wide, high)), np.uint8)
        for dx, dy in ((-1, 0), (1, 0), (0, -1), (0, 1)):
            left, top = x1 + dx * wide, y1 + dy * high
            if left < 0 or top < 0 or left + wide > picture.shape[1] or top + high > picture.shape[0]:
                continue
            seen = picture.copy()
            seen[top : top + high, left : left + wide] = patch
            yield seen, (x1, y1, x2, y2), state


def of_view(view: View, every: int) -> list[Looked]:
    """The pictures of a view with its region."""
    pairs = list(zip(view.pictures, view.truth, strict=True))[::every]
    return [(picture, view.region, state) for picture, state in pairs]


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--every", type=int, default=1, help="take each so-manieth picture")
    given = parser.parse_args()
    fit = LAMP_FIT.open()
    views = [junction_by_day(given.data), small_lamp(given.data)]
    sets = {"pypi_tlc, test, on streets": list(standing_heads(given.data))[:: given.every]}
    sets |= {view.name: of_view(view, given.every * step) for view, step in zip(views, (1, 4), strict=True)}
    for name, looked in sets.items():
        print(f"\n{name}: {len(looked)} pictures\n\n{HEADER}")
        print("|---|---|---|---|---|---|---|")
        company = {"another light touches it": list(beside_another(looked))}
        for what in chain(UNTRIED, company):
            random = np.random.default_rng(3)
            change = UNTRIED.get(what)
            changed = company.get(what) or [
                (change(picture, region, random), region, state) for picture, region, state in looked if change
            ]
            for share in (0.0, 0.25, 0.5):
                tally = Tally()
                for picture, region, state in changed:
                    for way in DIRECTIONS if share else [(0, 0)]:
                        lies = shifted(region, way, share)
                        if min(lies[:2]) >= 0 and lies[2] <= picture.shape[1] and lies[3] <= picture.shape[0]:
                            tally.add(look(picture, lies, fit), state)
                print(tally.row(f"{what} | {share:.0%}"), flush=True)


if __name__ == "__main__":
    main()
