"""Water on a low spot: told by the texture that it hides, not by light, traffic, blur or dark; over a restart, too."""

import json
from collections.abc import Callable, Iterable

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.surface.bank_document import document_of, from_document
from detectors.surface.low_spot import YOUNG_LOOKS, LowSpot
from detectors.surface.low_spot_document import spot_document
from detectors.surface.watch import SurfaceWatch
from detectors.surface.water_watch import LOOK_EVERY_S, WaterWatch
from domain.geometry import ImageBgr
from domain.seen.detections import Detections
from domain.seen.frame import BgrPicture, Frame
from domain.seen.looks import SurfaceUnknown, WaterReading
from domain.seen.view import ViewState
from tests.builders.drives import at, detections
from tests.builders.low_spot_scenes import asphalt, low_spot

CAMERA = low_spot().build()
SPOTS = [(CAMERA.zones[0], CAMERA.lines[-1])]
NOBODY = detections([])
A_BUS = Detections(
    boxes_xyxy_px=np.array([[130, 180, 520, 350]], np.float32),
    scores=np.array([0.9], np.float32),
    class_ids=np.array([0]),
    labels=("bus",),
)


class Spot:
    """A watch that is shown pictures, one every five seconds."""

    def __init__(self, learned: bytes | None = None) -> None:
        self.kept = SurfaceWatch() if learned is None else from_document(learned, "cam-1")
        self.second = 1000.0 if learned is not None else 0.0
        self.readings: list[WaterReading] = []

    @property
    def watch(self) -> WaterWatch:
        return self.kept.waters

    def show(
        self,
        pictures: Iterable[ImageBgr],
        *,
        seen: Detections = NOBODY,
        view: ViewState = ViewState.SOUND,
        every_s: float = LOOK_EVERY_S,
    ) -> WaterReading:
        for picture in pictures:
            self.second += every_s
            frame = Frame(
                camera_id="cam-1",
                index=0,
                captured_at=at(self.second),
                clock_error_ms=0.0,
                picture=BgrPicture(picture),
            )
            self.readings += self.watch.see(frame, seen, SPOTS, view=view)
        return self.readings[-1]


def dry(looks: int, *, gain: float = 1.0) -> list[ImageBgr]:
    return [asphalt(number, gain=gain) for number in range(looks)]


def flooded(looks: int, *, water: float = 0.85, gain: float = 1.0) -> list[ImageBgr]:
    return [asphalt(number, water=water, gain=gain) for number in range(looks)]


@pytest.fixture(scope="module")
def learned() -> bytes:
    spot = Spot()
    first = spot.show(dry(YOUNG_LOOKS), every_s=25.0)
    assert {reading.unknown for reading in spot.readings[:-1]} == {SurfaceUnknown.YOUNG}
    assert first.unknown in {SurfaceUnknown.YOUNG, SurfaceUnknown.CROWDED}
    return document_of(spot.kept, "cam-1")


def test_water_that_hides_the_ground_is_told_since_its_first_look_and_until_it_has_gone(learned: bytes) -> None:
    spot = Spot(learned)
    assert spot.show(dry(12)).since is None
    began = at(spot.second + LOOK_EVERY_S)
    wet = spot.show(flooded(12))
    assert wet.since == began
    assert wet.strength > 1.0
    assert spot.show(dry(12)).since is None


@pytest.mark.parametrize(
    "altered",
    [
        lambda: dry(24, gain=0.55),
        lambda: dry(24, gain=1.25),
        lambda: [cv2.GaussianBlur(one, (0, 0), 2.0) for one in dry(24)],
        lambda: [cv2.flip(one, 1) for one in dry(24)],
        lambda: flooded(24, water=0.15),
    ],
    ids=["darker", "brighter", "all of it blurred", "other stones of the same kind", "wet"],
)
def test_what_changes_all_or_little_is_no_water(learned: bytes, altered: Callable[[], list[ImageBgr]]) -> None:
    spot = Spot(learned)
    spot.show(dry(12))
    spot.show(altered())
    assert {reading.since for reading in spot.readings} == {None}


def test_a_bus_for_a_moment_makes_nothing_of_it_and_for_two_minutes_it_is_unknown(learned: bytes) -> None:
    spot = Spot(learned)
    spot.show(flooded(14))
    assert spot.show(flooded(6), seen=A_BUS).since is not None
    assert spot.show(flooded(20), seen=A_BUS).unknown is SurfaceUnknown.CROWDED
    assert spot.show(flooded(10)).since is not None


def test_darkness_and_an_unsound_view_are_unknown(learned: bytes) -> None:
    spot = Spot(learned)
    spot.show(dry(12))
    assert spot.show(dry(1, gain=0.05)).unknown is SurfaceUnknown.DARK
    assert spot.show(dry(1), view=ViewState.COVERED).unknown is SurfaceUnknown.VIEW
    assert spot.show(dry(1)).known
    assert spot.show(dry(1), view=ViewState.MOVED).unknown is SurfaceUnknown.VIEW
    assert spot.show(dry(1)).unknown is SurfaceUnknown.YOUNG, "what was learned of another view is forgotten"


def test_a_flood_is_not_learned_and_what_stays_for_a_fortnight_is(learned: bytes) -> None:
    spot = Spot(learned)
    spot.show(dry(12))
    spot.show(flooded(12))
    assert spot.show(flooded(60), every_s=14_000).unknown is SurfaceUnknown.CROWDED, "too few looks in two minutes"
    assert spot.show(flooded(12)).since is not None, "nine days later"
    spot.show(flooded(12), every_s=6 * 86_400 / 12)
    spot.show(flooded(12))
    assert spot.show(flooded(1)).unknown is SurfaceUnknown.YOUNG


@pytest.mark.parametrize("looks", [0, 5, 12, 20])
def test_a_restart_goes_on_with_the_same_water(learned: bytes, looks: int) -> None:
    spot, other = Spot(learned), Spot(learned)
    for one in (spot, other):
        one.show([*dry(12), *flooded(looks)])
    other.kept = from_document(document_of(other.kept, "cam-1"), "cam-1")
    wet, again = (one.show(flooded(20)) for one in (spot, other))
    assert again.strength == pytest.approx(wet.strength, abs=0.02)
    assert again.since is not None
    assert wet.since is not None
    assert again.since >= wet.since
    if looks == 20:
        assert again.since == wet.since


def test_a_copy_is_worth_keeping_when_water_comes(learned: bytes) -> None:
    spot = Spot(learned)
    spot.show(dry(12))
    before = spot.kept.revision
    spot.show(flooded(12))
    assert spot.kept.revision > before


def test_a_clock_that_is_set_back_forgets_no_ground(learned: bytes) -> None:
    spot = Spot(learned)
    spot.show([*dry(12), *flooded(12)])
    spot.second -= 3600
    assert spot.show(flooded(12)).since is not None
    assert all(reading.since is None or reading.since <= reading.at for reading in spot.readings)


@pytest.mark.parametrize(
    "change",
    [{"textures": "AAAA"}, {"textures": "%"}, {"looks": 49}, {"grid_hw": None}, {"picture_wh": [0, 1]}, {"odd": 1}],
)
def test_a_damaged_copy_is_refused(learned: bytes, change: dict[str, object]) -> None:
    document = json.loads(learned)
    document["low_spots"][0].update(change)
    with pytest.raises(ValueError, match=r"low.spot"):
        from_document(json.dumps(document).encode(), "cam-1")


def test_copies_from_before_low_spots_are_read(learned: bytes) -> None:
    document = json.loads(learned)
    del document["low_spots"]
    assert from_document(json.dumps(document).encode(), "cam-1").waters.spots == {}


BELOW = np.zeros((6, 8), np.bool_)
BELOW[3:] = True
ABOVE = np.zeros((6, 8), np.bool_)
ABOVE[:2] = True


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-90, 900), st.floats(-2, 2), st.floats(-2, 2), st.floats(0, 1)), min_size=1, max_size=120
    )
)
def test_whatever_is_looked_at_water_is_told_only_when_known_and_never_before_it_was_seen(
    steps: list[tuple[float, float, float, float]],
) -> None:
    random = np.random.default_rng(1)
    spot = LowSpot(
        polygon_norm=((0, 0), (1, 0), (1, 1)),
        line_norm=((0, 0.5), (1, 0.5), (0.5, 1)),
        picture_wh=(8, 6),
        begun_at=at(0),
    )
    second, first = 0.0, 0.0
    for step_s, elsewhere, under, hidden in steps:
        second += step_s
        first = min(first, second)
        texture = np.where(BELOW, under, elsewhere).astype(np.float32)
        texture[random.random(texture.shape) < hidden] = np.nan
        unknown = spot.see(at(second), texture, BELOW, ABOVE)
        assert (unknown is SurfaceUnknown.YOUNG) == (len(spot.dry) < YOUNG_LOOKS)
        assert spot.since is None or at(first) <= spot.since <= at(second)
        again = spot_document("dip", spot).read()
        assert (again.since, again.kept_at, len(again.dry)) == (spot.since, spot.kept_at, len(spot.dry))


def test_water_that_is_just_short_of_the_limit_is_no_fault() -> None:
    spot = LowSpot(
        polygon_norm=((0, 0), (1, 0), (1, 1)),
        line_norm=((0, 0.5), (1, 0.5), (0.5, 1)),
        picture_wh=(8, 6),
        begun_at=at(0),
    )
    ground = np.zeros(BELOW.shape, np.float32)
    for look in range(YOUNG_LOOKS):
        spot.see(at(look * 20), ground, BELOW, ABOVE)
    for look in range(12):
        unknown = spot.see(at(1000 + look * 5), np.where(BELOW, -0.499, ground).astype(np.float32), BELOW, ABOVE)
    assert (unknown, spot.strength, spot.since) == (None, 1.0, at(1000))
