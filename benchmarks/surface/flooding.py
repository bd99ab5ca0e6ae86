"""FLOODING from pictures to alerts: composed floods found, and alerts for nothing on composed and on real dry ground.

.venv/bin/python -m benchmarks.surface.flooding --data ../shared/data --part "held out"
.venv/bin/python -m benchmarks.surface.flooding --data ../shared/data --dry

A camera runs with the rule as on a box: view guard, look, rule, alert; people and vehicles are found in the pictures
before water and weather are composed. The empty ground is learned in plain weather for eleven minutes, then 40 s of
dry looks go before two minutes of water up to the line, or of none; an alert waits for one.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from benchmarks.surface.low_spot import WATERS, Water
from benchmarks.surface.places import PLACES, Place, pictures_of
from benchmarks.surface.spots import Spot, TakenAsSound, Told
from benchmarks.surface.weather import WEATHERS, Weather
from detectors.onnx_detector import OnnxDetector
from detectors.surface.watch import SurfaceWatch
from detectors.view.guard import ViewGuard
from domain.cases.precision import wilson
from domain.geometry import ImageBgr, PointNorm
from edge.configuration.settings import ModelSettings
from edge.networks.street_network import open_network
from edge.run.camera_run import CameraRun

_MOST_PICTURES: Final = 60
_LEARNED, _LEARNED_EVERY_S = 66, 10.0
_DRY, _THEN, _EVERY_S = 8, 24, 5.0
_AROUND_PX: Final = 64  # of a zone, under the same weather
_HOUR: Final = 11.0
_LEAST_PICTURES: Final = 8  # of a view
_SPOTS: Final[dict[str, tuple[PointNorm, ...]]] = {
    "left": ((0.03, 0.5), (0.32, 0.5), (0.3, 0.95), (0.03, 0.95)),
    "middle": ((0.36, 0.5), (0.64, 0.5), (0.66, 0.95), (0.34, 0.95)),
    "right": ((0.68, 0.5), (0.97, 0.5), (0.97, 0.95), (0.7, 0.95)),
}
"""Where nobody drew a low spot: anything may lie there, roofs and trees too."""


def _random(*of: object) -> np.random.Generator:
    return np.random.default_rng(list(repr(of).encode()))


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the recorded data")
    parser.add_argument("--part", choices=("tuned", "held out"), default="held out")
    parser.add_argument("--learned", choices=("plain", "same"), default="plain", help="weather of the empty ground")
    parser.add_argument("--episodes", type=int, default=2, help="of each spot, weather and water")
    parser.add_argument("--dry", action="store_true", help="all real pictures of dry ground, and nothing else")
    given = parser.parse_args()
    cv2.setNumThreads(1)
    detector = open_network(ModelSettings(name="street-n"), Path())
    if given.dry:
        _print_dry(given.data / "street", detector)
        return
    places = [place for place in PLACES if place.part == given.part]
    spots = (spot for place in places for spot in _spots(place, given.data / "street", detector))
    _print_floods(_episodes(spots, WATERS[given.part], given.learned, given.episodes), WATERS[given.part])


def _spots(place: Place, data: Path, detector: OnnxDetector) -> Iterator[Spot]:
    pictures = list(pictures_of(place, data))[:_MOST_PICTURES]
    detections = [detector.look([picture])[0] for picture in pictures]
    for zone, polygon in place.zones.items():
        yield Spot(f"{place.name}, {zone}", polygon, pictures, detections)


def _altered(spot: Spot, image_bgr: ImageBgr, weather: Weather, random: np.random.Generator) -> ImageBgr:
    """Weather over the zone and what surrounds it; over the whole of a picture it takes too long."""
    height, width = image_bgr.shape[:2]
    corners = np.array(spot.camera.zones[0].polygon_norm) * (width, height)
    x1, y1 = np.maximum(corners.min(axis=0).astype(int) - _AROUND_PX, 0).tolist()
    x2, y2 = np.minimum(corners.max(axis=0).astype(int) + _AROUND_PX, (width, height)).tolist()
    altered = image_bgr.copy()
    altered[y1:y2, x1:x2] = weather.effect(image_bgr[y1:y2, x1:x2], _HOUR, random)
    return altered


Episode = tuple[str, str, str, Told]
"""Spot, weather, water ("": none), what it gave."""


def _episodes(spots: Iterable[Spot], waters: dict[str, Water], learned: str, episodes: int) -> Iterator[Episode]:
    for spot in spots:
        kept: dict[str, CameraRun] = {}
        for weather in WEATHERS:
            ground = WEATHERS[0] if learned == "plain" else weather
            if ground.name not in kept:
                kept[ground.name] = _learn(spot, ground)
            run = kept[ground.name]
            for water in ("", *waters):
                for number in range(episodes):
                    spot.begin_again(run.view, run.surfaces)
                    random = _random(spot.name, weather.name, water, number)
                    yield spot.name, weather.name, water, _play(spot, weather, waters.get(water), random)


def _learn(spot: Spot, weather: Weather) -> CameraRun:
    spot.begin_again(ViewGuard(), SurfaceWatch())
    random = _random(spot.name, weather.name, "learned")
    for _ in range(_LEARNED):
        number = int(random.choice(spot.halves[0]))
        spot.show(_altered(spot, spot.pictures[number], weather, random), number, _LEARNED_EVERY_S, Told())
    return spot.run


def _play(spot: Spot, weather: Weather, water: Water | None, random: np.random.Generator) -> Told:
    told, mask = Told(), spot.mask
    for step in range(_DRY + _THEN):
        number = int(random.choice(spot.halves[1]))
        image = spot.pictures[number]
        if water is not None and step >= _DRY:
            image = water(image, mask, random)
        spot.show(_altered(spot, image, weather, random), number, _EVERY_S, told)
    return told


def _print_floods(found: Iterable[Episode], waters: Iterable[str]) -> None:
    all_found = []
    for one in found:
        all_found.append(one)
        name, weather, water, told = one
        strengths = sorted(told.strengths[-40:]) or [float("nan")]
        middle = strengths[len(strengths) // 2]
        print(
            f"{name} | {weather} | {water or 'dry'} | alerts {len(told.alerts)} | middle {middle:.2f} "
            f"| most {strengths[-1]:.2f} | unknown {dict(told.unknown)}",
            flush=True,
        )
    print("\n| water | " + " | ".join((*(one.name for one in WEATHERS), "all")) + " |\n|---|---|---|---|---|---|")
    for water in ("", *waters):
        cells = []
        for weather in (*(one.name for one in WEATHERS), "all"):
            own = [told for _, when, what, told in all_found if what == water and weather in {when, "all"}]
            cells.append(_share(sum(bool(told.alerts) for told in own), len(own)))
        print(f"| {water or 'none'} | " + " | ".join(cells) + " |")
    right = sum(len(told.alerts) for _, _, water, told in all_found if water)
    wrong = sum(len(told.alerts) for _, _, water, told in all_found if not water)
    print(f"\nalerts: {right} of water, {wrong} of none; precision {_share(right, right + wrong)}")
    print(f"told more than once: {sum(len(told.alerts) > 1 for *_, told in all_found)}")


def _share(part: int, whole: int) -> str:
    if whole == 0:
        return "-"
    low, high = wilson(part, whole)
    return f"{part} of {whole} ({low:.0%} to {high:.0%})"


def _print_dry(data: Path, detector: OnnxDetector) -> None:
    """Each real picture once, in order, on ground that somebody drew and on ground that nobody did."""
    print("| real pictures | spots | looks | known | most strength | alerts |\n|---|---|---|---|---|---|")
    total: Counter[str] = Counter()
    for name, part, zones, pictures in _real(data):
        detections = [detector.look([picture])[0] for picture in pictures]
        told = Told()
        for zone, polygon in zones.items():
            spot = Spot(f"{name}, {zone}", polygon, pictures, detections)
            _look_through(spot, told)
        most = max(told.strengths, default=float("nan"))
        print(
            f"| {name} ({part}) | {len(zones)} | {told.looks} | {len(told.strengths)} | {most:.2f} "
            f"| {len(told.alerts)} |",
            flush=True,
        )
        total.update(spots=len(zones), looks=told.looks, known=len(told.strengths), alerts=len(told.alerts))
    print(
        f"| all | {total['spots']} | {total['looks']} | {total['known']} | | {total['alerts']} |\n\n"
        f"{total['known'] * _EVERY_S / 3600:.1f} hours at a look every five seconds"
    )


def _real(data: Path) -> Iterator[tuple[str, str, dict[str, tuple[PointNorm, ...]], list[ImageBgr]]]:
    for place in PLACES:
        yield place.name, place.part, dict(place.zones), list(pictures_of(place, data))[: 4 * _MOST_PICTURES]
    clusters: dict[str, int] = json.loads((data / "vn_fixed_cams/view_clusters.json").read_text(encoding="utf-8"))
    drawn = {place.pictures for place in PLACES}
    for view, count in sorted(Counter(clusters.values()).items()):
        if count >= _LEAST_PICTURES and f"view:{view}" not in drawn:
            place = Place(name=f"view {view}", part="held out", pictures=f"view:{view}", zones=_SPOTS)
            yield place.name, "not drawn", dict(_SPOTS), list(pictures_of(place, data))


def _look_through(spot: Spot, told: Told) -> None:
    """Learn the first half, over and over; then go through the second, three times at least."""
    spot.begin_again(TakenAsSound(), SurfaceWatch())
    first, second = spot.halves
    for step in range(_LEARNED):
        number = first[step % len(first)]
        spot.show(spot.pictures[number], number, _LEARNED_EVERY_S, Told())
    for step in range(max(3 * len(second), _DRY + _THEN)):
        number = second[step % len(second)]
        spot.show(spot.pictures[number], number, _EVERY_S, told)


if __name__ == "__main__":
    main()
