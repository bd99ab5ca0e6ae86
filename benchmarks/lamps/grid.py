"""Every worsening, with the region off by a tenth to half a housing in eight directions; prints Markdown tables.

    python -m benchmarks.lamps.grid --data ../shared/data

Counts for each view, worsening or company, and how far the region is off: right, unknown, wrong, red and green swapped,
red where there is none, and how often the misfit was named. Each of the lamp heads is put upon a street and looked at.
``--looks-only`` leaves the sequences out, ``--colours-only`` the lamp-fit network, ``--every N`` takes each Nth head.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from benchmarks.lamps.company import companies, in_company
from benchmarks.lamps.table import Tally, fits, look, over_time
from benchmarks.lamps.unlearned import UNLEARNED
from benchmarks.lamps.views import View, heads, junction_by_day, small_lamp
from benchmarks.lamps.worsening import CHANGES, DIRECTIONS, Picture, Region, moved_and_scaled, shifted
from benchmarks.pictures import read_bgr
from detectors.lamps.fit_network import LampFit
from edge.networks.lamp_network import LAMP_FIT

SHARES = (0.1, 0.2, 0.3, 0.4, 0.5)
_HEADER = "| | region off by | right | unknown | wrong | red-green swaps | false red | misfit named |"
_BACKGROUNDS = 40
_ANYWHERE = 4  # regions of a picture
EVERY_CHANGE = CHANGES | UNLEARNED


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--colours-only", action="store_true", help="without the lamp-fit network")
    parser.add_argument("--looks-only", action="store_true", help="single looks at heads upon streets alone")
    parser.add_argument("--every", type=int, default=1, help="take each so-manieth head")
    given = parser.parse_args()
    fit = None if given.colours_only else LAMP_FIT.open()
    for view in [] if given.looks_only else [junction_by_day(given.data), small_lamp(given.data)]:
        _print_view(view, fit)
    _print_heads(given.data, given.every, fit)


def _print_view(view: View, fit: LampFit | None) -> None:
    print(f"\n{view.name}\n\n{_HEADER}\n|---|---|---|---|---|---|---|---|")
    cases = [(name, view, change) for name, change in EVERY_CHANGE.items()]
    cases += [(name, in_company(view, company), CHANGES["as recorded"]) for name, company in companies(view).items()]
    for name, seen, change in cases:
        print(over_time(seen, change, [view.region], fit).row(f"{name} | 0"), flush=True)
        for share in SHARES:
            regions = [region for way in DIRECTIONS if fits(region := shifted(view.region, way, share), view)]
            print(over_time(seen, change, regions, fit).row(f"{name} | {share:.0%}"), flush=True)


def _print_heads(data: Path, every: int, fit: LampFit | None) -> None:
    print(f"\npypi_tlc, test, on streets, single looks\n\n{_HEADER.removesuffix(' misfit named |')}")
    print("|---|---|---|---|---|---|---|")
    standing = list(standing_heads(data))[::every]
    for name, change in EVERY_CHANGE.items():
        random = np.random.default_rng(1)
        changed = [(change(picture, region, random), region, state) for picture, region, state in standing]
        for share in (0.0, *SHARES):
            tally = Tally()
            for picture, region, state in changed:
                for way in DIRECTIONS if share else [(0, 0)]:
                    tally.add(look(picture, shifted(region, way, share), fit), state)
            print(tally.row(f"{name} | {share:.0%}"), flush=True)
        tally, anywhere = Tally(), np.random.default_rng(2)
        for picture, region, state in changed:
            for _ in range(_ANYWHERE):
                if (lies := moved_and_scaled(region, picture, anywhere)) is not None:
                    tally.add(look(picture, lies, fit), state)
        print(tally.row(f"{name} | any shift and size"), flush=True)


def standing_heads(data: Path) -> Iterator[tuple[Picture, Region, str]]:
    """Each head on a part of a street: picture, region, state."""
    streets = sorted((data / "street/vn_fixed_cams").rglob("*.jpg"))
    streets = streets[:: max(len(streets) // _BACKGROUNDS, 1)]
    for number, (head, state) in enumerate(heads(data, "test")):
        high, wide = head.shape[:2]
        street = read_bgr(streets[number % len(streets)])
        picture = np.asarray(cv2.resize(street, (5 * wide, 3 * high)), np.uint8)
        picture[high : 2 * high, 2 * wide : 3 * wide] = head
        yield picture, (2 * wide, high, 3 * wide, 2 * high), state


if __name__ == "__main__":
    main()
