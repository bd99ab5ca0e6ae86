"""FLOODING from pictures to alerts: composed floods found, and alerts for nothing on composed and on real dry ground.

.venv/bin/python -m benchmarks.surface.flooding --data ../shared/data --part "held out"
.venv/bin/python -m benchmarks.surface.flooding --data ../shared/data --dry

A camera runs with the rule as on a box: view guard, look, rule, alert; people and vehicles are found in the pictures
before water and weather are composed. The empty ground is learned in plain weather for eleven minutes, then a minute of
dry looks goes before three and a half of water up to the line, or of none.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.surface.low_spot import WATERS, Water
from benchmarks.surface.places import PLACES, Place, pictures_of
from benchmarks.surface.weather import WEATHERS, Weather
from detectors.surface.watch import SurfaceWatch
from detectors.tracking.tracker import SteadyTracker
from detectors.view.finding import Finding
from detectors.view.guard import ViewGuard
from domain.alert import Alert
from domain.camera import CameraConfig, Line, LineKind, Mode, Position, RuleUse, Stream, Zone, ZoneKind
from domain.cases.precision import wilson
from domain.geometry import ImageBgr, PointNorm
from domain.law.catalogue import built_in_catalogue
from domain.low_spots import below
from domain.ports import Detector
from domain.seen.detections import Detections
from domain.seen.frame import BgrPicture, Frame
from domain.seen.view import ViewState
from edge.configuration.settings import ModelSettings
from edge.networks.street_network import open_network
from edge.run.camera_run import CameraRun
from edge.run.run_maker import RunMaker

_BELOW: Final = 0.6  # of the zone's height in the picture
_MOST_PICTURES: Final = 60
_LEARNED, _LEARNED_EVERY_S = 66, 10.0
_DRY, _THEN, _EVERY_S = 12, 40, 5.0
_AROUND_PX: Final = 64  # of a zone, under the same weather
_START: Final = datetime(2026, 1, 5, 2, tzinfo=UTC)
_HOUR: Final = 11.0
_LEAST_PICTURES: Final = 8  # of a view
_SPOTS: Final[dict[str, tuple[PointNorm, ...]]] = {
    "left": ((0.03, 0.5), (0.32, 0.5), (0.3, 0.95), (0.03, 0.95)),
    "middle": ((0.36, 0.5), (0.64, 0.5), (0.66, 0.95), (0.34, 0.95)),
    "right": ((0.68, 0.5), (0.97, 0.5), (0.97, 0.95), (0.7, 0.95)),
}
"""Where nobody drew a low spot: anything may lie there, roofs and trees too."""


@dataclass(slots=True, kw_only=True)
class Told:
    """What one episode gave."""

    alerts: list[Alert] = field(default_factory=list)
    strengths: list[float] = field(default_factory=list)
    unknown: Counter[str] = field(default_factory=Counter)
    looks: int = 0


class Spot:
    """One low spot of a place with the pictures of its camera.

    Args:
        name: of the place and zone.
        polygon: of the zone.
        pictures: of the camera, in order of time.
        detections: in them.
    """

    def __init__(
        self,
        name: str,
        polygon: tuple[PointNorm, ...],
        pictures: Sequence[ImageBgr],
        detections: Sequence[Detections],
    ) -> None:
        self.name = name
        self.pictures = pictures
        self._detections = detections
        self.camera = _camera(polygon)
        self._second = 0.0
        self._index = 0
        self.run: CameraRun
        self.begin_again(ViewGuard(), SurfaceWatch())

    @property
    def halves(self) -> tuple[range, range]:
        """Pictures to learn from, and later ones to be tested on."""
        middle = len(self.pictures) // 2
        return range(middle), range(middle, len(self.pictures))

    @property
    def mask(self) -> NDArray[np.float32]:
        """Where water lies, (h, w), 0 to 1."""
        height, width = self.pictures[0].shape[:2]
        corners = np.array(below(self.camera.zones[0], self.camera.lines[0])) * (width, height)
        mask = np.zeros((height, width), np.float32)
        cv2.fillPoly(mask, [corners.astype(np.int32)], 1.0)
        return np.asarray(cv2.GaussianBlur(mask, (0, 0), 3), np.float32)

    def show(self, image_bgr: ImageBgr, number: int, every_s: float, told: Told) -> None:
        """One picture more."""
        self._second += every_s
        self._index += 1
        frame = Frame(
            camera_id=self.camera.id,
            index=self._index,
            captured_at=_START + timedelta(seconds=self._second),
            clock_error_ms=0.0,
            picture=BgrPicture(image_bgr),
        )
        seen = self.run.look(frame, self._detections[number])
        for reading in seen.waters:
            told.looks += 1
            if reading.unknown is None:
                told.strengths.append(reading.strength)
            else:
                told.unknown[reading.unknown.value] += 1
        outputs = self.run.judge(seen) or ()
        told.alerts += [one for one in outputs if isinstance(one, Alert) and one.end is None]

    def begin_again(self, view: ViewGuard, surfaces: SurfaceWatch) -> None:
        """A fresh run with what was learned."""
        self.run = RunMaker(
            box_id="b",
            catalogue=built_in_catalogue(),
            detector=None,
            make_tracker=lambda ids: SteadyTracker(ids=ids),
            view_of=lambda _: deepcopy(view),
            surfaces_of=lambda _: deepcopy(surfaces),
        ).make(self.camera)


class TakenAsSound(ViewGuard):
    """Pictures minutes apart, shown as seconds apart, look unsteady; who learned what is not asked here."""

    @property
    def finding(self) -> Finding:
        """Always the same."""
        return Finding(state=ViewState.SOUND, seen_share=1.0)

    def see(self, frame: Frame, config_version: int) -> ViewState:
        """Look at nothing."""
        del frame, config_version
        return ViewState.SOUND


def _camera(polygon: tuple[PointNorm, ...]) -> CameraConfig:
    """The lower part of the zone lies below the line."""
    x, y = zip(*polygon, strict=True)
    level = max(y) - _BELOW * (max(y) - min(y))
    return CameraConfig(
        id="cam-1",
        version=1,
        name="cam",
        road="road",
        ward="ward",
        position=Position(latitude_deg=16.46, longitude_deg=107.59),
        heading_deg=0,
        stream=Stream(url="file:none.mp4"),
        reference_still_wh=(1920, 1080),
        zones=(Zone(id="low", kind=ZoneKind.LOW_SPOT, polygon_norm=polygon),),
        lines=(
            Line(
                id="water",
                kind=LineKind.WATERLINE,
                points_norm=((min(x), level), (max(x), level)),
                beyond_norm=((min(x) + max(x)) / 2, max(y)),
            ),
        ),
        rules=(RuleUse(rule="FLOODING", mode=Mode.WARN, valid_from=date(2026, 1, 1)),),
    )


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


def _spots(place: Place, data: Path, detector: Detector) -> Iterator[Spot]:
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


def _print_dry(data: Path, detector: Detector) -> None:
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
