"""What the surface look finds and what it tells for nothing; prints Markdown tables.

.venv/bin/python -m benchmarks.surface --data ../shared/data --part "held out"
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from benchmarks.pictures import read_bgr
from benchmarks.surface.cost import print_cost
from benchmarks.surface.episodes import METHODS, Result, episodes
from benchmarks.surface.places import PLACES, pictures_of
from benchmarks.surface.streets import Street
from benchmarks.surface.things import cut_things, rendered_things
from benchmarks.surface.unaltered import look_through
from benchmarks.surface.water import rises
from benchmarks.surface.weather import WEATHERS
from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.sessions import open_session
from domain.cases.precision import wilson
from edge.networks.street_network import built_in_manifest
from edge.networks.surface_network import SURFACE

_LOOKS_AN_HOUR = 1800
_MOST_PICTURES = 60
_SHARES = ((0.0, 0.01), (0.01, 0.03), (0.03, 0.08), (0.08, 1.0))
_HEIGHTS_PX = ((0, 48), (48, 96), (96, 144), (144, 1000))


def main() -> None:
    """Print the tables of one part."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the recorded data")
    parser.add_argument("--part", choices=("tuned", "held out"), default="held out")
    parser.add_argument("--episodes", type=int, default=4, help="a zone and weather; half of them with a thing")
    parser.add_argument("--show", type=Path, help="folder for pictures of what is told of unaltered pictures")
    parser.add_argument("--water", action="store_true", help="print what composed water gives, and nothing else")
    parser.add_argument("--cost", action="store_true", help="print what a look costs, and nothing else")
    given = parser.parse_args()
    if given.cost:
        print_cost(SURFACE.open())
        return
    streets = list(_streets(given.data / "street", given.part))
    if given.water:
        _print_water(streets)
        return
    _print_unaltered(streets, given.show)
    coco = given.data / "street" / "coco_subset"
    photographs = [read_bgr(path) for path in sorted((coco / "images").glob("*.jpg"))[:40]]
    things = cut_things(coco) + rendered_things(photographs, 40, seed=3)
    results = [episodes(street, weather, things, given.episodes) for street in streets for weather in WEATHERS]
    _print_areas(results)
    _print_found(results)
    _print_false(results)


def _streets(street_data: Path, part: str) -> Iterator[Street]:
    spec = find_model(read_manifest(built_in_manifest()), "street-n", DetectorSpec)
    detector, network = OnnxDetector(spec=spec, session=open_session(spec)), SURFACE.open()
    for place in PLACES:
        if place.part == part:
            pictures = list(pictures_of(place, street_data))[:_MOST_PICTURES]
            for zone in place.zones:
                yield Street(place, zone, pictures, detector, network)


def _print_unaltered(streets: Sequence[Street], show: Path | None) -> None:
    print("\n| unaltered pictures | looks | unknown | changes told |\n|---|---|---|---|")
    for street in streets:
        quiet = look_through(street, show)
        print(f"| {quiet.street} | {quiet.looks} | {quiet.unknown_looks} | {quiet.changes} |")


def _print_water(streets: Sequence[Street]) -> None:
    found = [one for street in streets for one in rises(street)]
    print("\n| composed, in the rain | told as flooded (95 %) | unknown |\n|---|---|---|")
    for name, water in (("water over the zone", True), ("no water", False)):
        own = [one for one in found if one.water == water]
        print(f"| {name} | {_share([one.told for one in own])} | {sum(one.unknown is not None for one in own)} |")


def _print_areas(results: Sequence[Result]) -> None:
    print("\n| area under the curve, one look, one block | " + " | ".join(w.name for w in WEATHERS) + " | all |")
    print("|---|" + "---|" * (len(WEATHERS) + 1))
    for method in METHODS:
        cells = []
        for weather in (*WEATHERS, None):
            own = [one for one in results if weather is None or one.weather == weather.name]
            cells.append(_area_cell(own, method))
        print(f"| {method} | " + " | ".join(cells) + " |")


def _area_cell(results: Sequence[Result], method: str) -> str:
    """Pooled over streets, with an interval over resampled streets."""
    random = np.random.default_rng(1)

    def area(of: Sequence[Result]) -> float:
        return area_under_curve(
            np.concatenate([one.unlike[method] for one in of]), np.concatenate([one.alike[method] for one in of])
        )

    drawn = [area([results[index] for index in random.integers(0, len(results), len(results))]) for _ in range(100)]
    low, high = np.quantile(drawn, (0.025, 0.975))
    return f"{area(results):.3f} ({low:.3f} to {high:.3f})"


def area_under_curve(higher: NDArray[np.float64], lower: NDArray[np.float64]) -> float:
    """How often one of the first is above one of the second."""
    values = np.concatenate([higher, lower])
    ranks = np.empty(len(values))
    ranks[values.argsort(kind="stable")] = np.arange(1, len(values) + 1)
    return float((ranks[: len(higher)].sum() - len(higher) * (len(higher) + 1) / 2) / (len(higher) * len(lower)))


def _print_found(results: Sequence[Result]) -> None:
    print("\n| things laid down | found (95 %) |\n|---|---|")
    laid = [item for one in results for item in one.found]
    for low, high in _SHARES:
        own = [found for thing, found in laid if low <= thing.share_of_zone < high]
        print(f"| {low * 100:g} to {high * 100:g} % of the zone | {_share(own)} |")
    for low, high in _HEIGHTS_PX:
        own = [found for thing, found in laid if low <= thing.height_px < high]
        print(f"| {low} to {high} px high | {_share(own)} |")
    for weather in WEATHERS:
        own = [found for one in results if one.weather == weather.name for _, found in one.found]
        print(f"| {weather.name} | {_share(own)} |")
    print(f"| all | {_share([found for _, found in laid])} |")


def _print_false(results: Sequence[Result]) -> None:
    print("\n| told for nothing | looks | unknown | changes | a zone-hour (95 %) |\n|---|---|---|---|---|")
    for name in (*(weather.name for weather in WEATHERS), "all"):
        own = [one for one in results if name in {one.weather, "all"}]
        looks = sum(one.looks for one in own)
        false = sum(one.false_finds for one in own)
        low, high = wilson(false, looks)
        print(
            f"| {name} | {looks} | {sum(one.unknown_looks for one in own)} | {false} | "
            f"{false / looks * _LOOKS_AN_HOUR:.1f} ({low * _LOOKS_AN_HOUR:.1f} to {high * _LOOKS_AN_HOUR:.1f}) |"
        )


def _share(found: Sequence[bool]) -> str:
    if not found:
        return "none"
    low, high = wilson(sum(found), len(found))
    return f"{sum(found)} of {len(found)} ({low * 100:.0f} to {high * 100:.0f} %)"


if __name__ == "__main__":
    main()
