"""How well traffic lights are read; prints Markdown tables.

.venv/bin/python -m benchmarks.lamps.table --data ../shared/data

``--colours-only`` leaves the lamp-fit network out, for comparison.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from benchmarks.lamps.views import View, heads, junction_by_day, small_lamp
from benchmarks.lamps.worsening import CHANGES, DIRECTIONS, Change, Picture, Region, grown, shifted
from detectors.lamps.fit_network import LampFit
from detectors.lamps.looking import read_lamps
from detectors.lamps.reader import LampReader
from domain.seen.frame import BgrPicture, Frame
from domain.seen.timeline import SignalState
from edge.networks.lamp_network import LAMP_FIT

_BEGAN_AT = datetime(2026, 1, 5, tzinfo=UTC)
_HEADER = "| | right | unknown | wrong | red-green swaps | false red |"
_SWAPS = ({"red", "green"},)


class Tally:
    """Readings against the truth."""

    def __init__(self) -> None:
        self._pairs: Counter[tuple[str, str]] = Counter()
        self.named = 0  # sequences in which the region was named a misfit
        self.sequences = 0

    def add(self, read: str, truth: str) -> None:
        """Count one reading."""
        self._pairs[read, truth] += 1

    def row(self, name: str) -> str:
        """One line of a table."""
        total = sum(self._pairs.values())
        right = sum(count for (read, truth), count in self._pairs.items() if read == truth)
        unknown = sum(count for (read, _), count in self._pairs.items() if read == "unknown")
        swaps = sum(count for pair, count in self._pairs.items() if set(pair) in _SWAPS)
        false_red = sum(count for (read, truth), count in self._pairs.items() if read == "red" != truth)
        named = f" {self.named} of {self.sequences} |" if self.sequences else ""
        return f"| {name} | {right} | {unknown} | {total - right - unknown} | {swaps} | {false_red} |{named}"


def over_time(view: View, change: Change, regions: Iterable[Region], fit: LampFit | None) -> Tally:
    """The reader as the box drives it, on the whole sequence, for each region."""
    random = np.random.default_rng(1)
    pictures = [change(picture, view.region, random) for picture in view.pictures]
    tally = Tally()
    for x1, y1, x2, y2 in regions:
        height, width = pictures[0].shape[:2]
        reader = LampReader(region_norm=(x1 / width, y1 / height, x2 / width, y2 / height), fit=fit)
        named = False
        for index, (picture, truth) in enumerate(zip(pictures, view.truth, strict=True)):
            at = _BEGAN_AT + timedelta(seconds=index * view.every_s)
            frame = Frame(
                camera_id="cam-1", index=index, captured_at=at, clock_error_ms=0.0, picture=BgrPicture(picture)
            )
            tally.add(str(reader.read(frame)), truth)
            named |= reader.misfit
        tally.named += named
        tally.sequences += 1
    return tally


def fits(region: Region, view: View) -> bool:
    """Whether a region lies within the picture: no other can be drawn."""
    x1, y1, x2, y2 = region
    height, width = view.pictures[0].shape[:2]
    return min(x1, y1) >= 0 and x2 <= width and y2 <= height


def look(picture: Picture, region: Region, fit: LampFit | None) -> str:
    """What a single look tells, as a box has it before it asks the looks around it."""
    state = read_lamps(picture, region).state
    if fit is None or state == SignalState.UNKNOWN or fit.look(picture, region).bears_out(state):
        return str(state)
    return str(SignalState.UNKNOWN)


def print_view(view: View, fit: LampFit | None) -> None:
    """One table of a view: its region as it is, and wrong in those of eight directions that stay within the picture."""
    print(f"\n{view.name}: {dict(Counter(view.truth))}\n\n{_HEADER} misfit named |\n|---|---|---|---|---|---|---|")
    for share in (-0.1, 0.1, 0.25):
        tally = over_time(view, CHANGES["as recorded"], [grown(view.region, share)], fit)
        print(tally.row(f"as recorded, region {share:+.0%} of its width on every side"), flush=True)
    for name, change in CHANGES.items():
        print(over_time(view, change, [view.region], fit).row(name), flush=True)
        for housings, words in ((0.25, "a quarter of the housing"), (0.5, "half the housing"), (None, "45 px")):
            regions = [region for way in DIRECTIONS if fits(region := shifted(view.region, way, housings), view)]
            print(over_time(view, change, regions, fit).row(f"{name}, region off by {words}"), flush=True)


def print_heads(data: Path, part: str, fit: LampFit | None) -> None:
    """Single pictures of many lights."""
    pictures = heads(data, part)
    counts = dict(Counter(state for _, state in pictures))
    print(f"\npypi_tlc, {part}, single pictures: {counts}\n\n{_HEADER}\n|---|---|---|---|---|---|")
    for name, change in CHANGES.items():
        random, tally = np.random.default_rng(1), Tally()
        for picture, truth in pictures:
            region = (0, 0, picture.shape[1], picture.shape[0])
            tally.add(look(change(picture, region, random), region, fit), truth)
        print(tally.row(name), flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--part", choices=("train", "test"), default="test", help="of the lamp heads")
    parser.add_argument("--colours-only", action="store_true", help="without the lamp-fit network")
    arguments = parser.parse_args()
    fit = None if arguments.colours_only else LAMP_FIT.open()
    views = [junction_by_day(arguments.data), small_lamp(arguments.data)]
    print_heads(arguments.data, arguments.part, fit)
    for view in views:
        print_view(view, fit)
    began = time.process_time()
    for picture in views[0].pictures:
        look(picture, views[0].region, fit)
    print(f"\nCPU per reading: {1000 * (time.process_time() - began) / len(views[0].pictures):.2f} ms")


if __name__ == "__main__":
    main()
