"""A fixed camera's view: what moved, covered, blurred or blinded it is found, and nothing else is."""

import copy
import functools
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.view.bank_document import document_of, from_document
from detectors.view.finding import hold_to_first
from detectors.view.glance import glance_at
from detectors.view.guard import ViewGuard
from detectors.view.steadiness import Steadiness
from domain.geometry import ImageBgr
from domain.seen.frame import BgrPicture, Frame
from domain.seen.view import ViewState
from tests.builders.drives import at
from tests.builders.still_street import StillStreet

STEP_S = 0.5
LEARNING = 80
STREET = StillStreet()

Alteration = Callable[[ImageBgr], ImageBgr]


class Watched:
    """A guard that is shown two pictures a second."""

    def __init__(self, guard: ViewGuard | None = None) -> None:
        self.guard = guard or ViewGuard()
        self.number = 0

    def see(self, picture: ImageBgr, version: int = 1) -> ViewState:
        """The next."""
        self.number += 1
        frame = Frame(
            camera_id="cam-1",
            index=self.number,
            captured_at=at(self.number * STEP_S),
            clock_error_ms=None,
            picture=BgrPicture(picture),
        )
        return self.guard.see(frame, version)

    def after(self, looks: int, make: Callable[[int], ImageBgr] = STREET.picture, version: int = 1) -> ViewState:
        """What is believed after so many."""
        state = ViewState.UNKNOWN
        for _ in range(looks):
            state = self.see(make(self.number), version)
        return state


@pytest.fixture(scope="module")
def learned() -> Watched:
    one = Watched()
    assert one.after(55) is ViewState.UNKNOWN, "half a minute of looks is needed"
    assert one.after(25) is ViewState.SOUND
    return one


@pytest.fixture
def watched(learned: Watched) -> Watched:
    return copy.deepcopy(learned)


@pytest.mark.parametrize(
    ("across_px", "down_px", "turn_deg"),
    [(6.4, 0, 0), (-6.4, 0, 0), (0, 6.4, 0), (13, 0, 0), (-20, 25, 0), (0, 0, 1), (0, 0, -1), (0, 0, 5), (9, 4, -2)],
)
def test_a_moved_camera_is_found_within_5_s_with_how_far(
    watched: Watched, across_px: float, down_px: float, turn_deg: float
) -> None:
    state = watched.after(10, lambda n: STREET.picture(n, across_px=across_px, down_px=down_px, turn_deg=turn_deg))
    assert state is ViewState.MOVED
    finding = watched.guard.finding
    assert finding.shift_share == pytest.approx(np.hypot(across_px, down_px) / 640, abs=0.006)
    assert abs(finding.turn_deg) == pytest.approx(abs(turn_deg), abs=0.5)
    assert f"turned by {abs(finding.turn_deg):.1f} degrees" in finding.words


def test_a_camera_that_shows_another_street_has_moved(watched: Watched) -> None:
    assert watched.after(10, StillStreet(2).picture) is ViewState.MOVED
    assert watched.guard.finding.words == "the picture shows something else than what was learned"


def _cover(share: float) -> Alteration:
    def covered(picture: ImageBgr) -> ImageBgr:
        hidden = picture.copy()
        hidden[:, : round(share * picture.shape[1])] = 90
        return hidden

    return covered


@pytest.mark.parametrize(
    ("alter", "expected"),
    [
        (_cover(1.0), ViewState.COVERED),
        (_cover(0.8), ViewState.COVERED),
        (lambda p: np.asarray(cv2.GaussianBlur(p, (0, 0), 3), np.uint8), ViewState.BLURRED),
        (lambda p: np.full_like(p, 255), ViewState.BLINDED),
        (lambda p: p // 40, ViewState.BLINDED),
    ],
)
def test_a_view_that_nothing_can_be_judged_in_is_found_within_5_s_and_over_when_it_is_back(
    watched: Watched, alter: Alteration, expected: ViewState
) -> None:
    assert watched.after(10, lambda n: alter(STREET.picture(n))) is expected
    assert watched.after(30, lambda n: alter(STREET.picture(n))) is expected, "however long it lasts"
    assert watched.after(10) is ViewState.SOUND


@pytest.mark.parametrize(
    "make",
    [
        lambda n: STREET.picture(n, across_px=(n % 3 - 1) * 1.5),
        lambda n: STREET.picture(n, light=0.6),
        lambda n: STREET.picture(n, light=1.4),
        lambda n: _cover(0.3)(STREET.picture(n)),
        lambda n: _cover(1.0)(STREET.picture(n)) if n % 12 < 4 else STREET.picture(n),  # a lorry passes
    ],
    ids=["a mast sways", "less light", "more light", "a bus stands", "a lorry passes"],
)
def test_what_is_lawful_is_no_finding(watched: Watched, make: Callable[[int], ImageBgr]) -> None:
    for _ in range(36):
        assert watched.see(make(watched.number)) is ViewState.SOUND


def test_dusk_hands_over_to_night_and_night_knows_a_move_of_its_own(watched: Watched) -> None:
    for step in range(200):
        assert watched.see(STREET.picture(step, light=1 - 0.75 * step / 200)) is ViewState.SOUND
    assert len(watched.guard.bank.references) >= 3 if watched.guard.bank else False
    assert watched.after(60, lambda n: STREET.picture(n, light=0.25)) is ViewState.SOUND
    assert watched.after(10, lambda n: STREET.picture(n, light=0.25, across_px=8)) is ViewState.MOVED


def test_a_moved_view_stays_so_until_it_is_back(watched: Watched) -> None:
    assert watched.after(70, lambda n: STREET.picture(n, across_px=12)) is ViewState.MOVED
    assert watched.after(10) is ViewState.SOUND


def test_a_higher_version_of_the_camera_s_file_takes_a_moved_view_as_it_is(watched: Watched) -> None:
    assert watched.after(10, lambda n: STREET.picture(n, across_px=12)) is ViewState.MOVED
    assert watched.after(2, lambda n: STREET.picture(n, across_px=12), version=2) is ViewState.NEW
    assert watched.after(LEARNING, lambda n: STREET.picture(n, across_px=12), version=2) is ViewState.SOUND
    assert watched.after(10, version=2) is ViewState.MOVED


def test_a_higher_version_alone_forgets_nothing(watched: Watched) -> None:
    assert watched.after(10, version=2) is ViewState.SOUND
    assert watched.after(10, lambda n: STREET.picture(n, across_px=12), version=2) is ViewState.MOVED


def test_a_mast_that_sags_by_a_hair_a_day_is_held_to_what_was_learned_first(watched: Watched) -> None:
    bank = watched.guard.bank
    assert bank is not None
    (reference,) = bank.references.values()
    reference.first = reference.field.copy()
    hold_to_first(reference)
    assert reference.field is not reference.first
    assert watched.after(10) is ViewState.SOUND, "what has not crept stays"
    sagged = Watched()
    sagged.after(70, lambda n: STREET.picture(n, down_px=7))
    assert sagged.guard.bank is not None
    (reference.field,) = (one.field for one in sagged.guard.bank.references.values())  # the mean went along
    assert watched.after(10, lambda n: STREET.picture(n, down_px=7)) is ViewState.SOUND
    hold_to_first(reference)
    assert watched.after(10, lambda n: STREET.picture(n, down_px=7)) is ViewState.MOVED
    again = from_document(document_of(bank, "cam-1"), "cam-1")
    (kept,) = again.references.values()
    assert kept.first is not None
    assert np.abs(kept.first - reference.first).max() < 0.02


def test_a_restart_goes_on_with_what_was_learned(watched: Watched) -> None:
    assert watched.guard.bank is not None
    again = Watched(ViewGuard(from_document(document_of(watched.guard.bank, "cam-1"), "cam-1")))
    assert again.after(3) is ViewState.UNKNOWN
    assert again.after(7) is ViewState.SOUND
    moved = Watched(ViewGuard(from_document(document_of(watched.guard.bank, "cam-1"), "cam-1")))
    assert moved.after(10, lambda n: STREET.picture(n, turn_deg=2)) is ViewState.MOVED


def test_a_restart_in_a_light_that_was_never_seen_is_unknown_and_learned(watched: Watched) -> None:
    assert watched.guard.bank is not None
    again = Watched(ViewGuard(from_document(document_of(watched.guard.bank, "cam-1"), "cam-1")))
    other = StillStreet(3)  # night shows other edges than day: as good as another street
    assert again.after(50, lambda n: other.picture(n, light=0.3)) is ViewState.UNKNOWN
    assert again.after(40, lambda n: other.picture(n, light=0.3)) is ViewState.SOUND
    assert again.after(10, lambda n: other.picture(n, light=0.3, down_px=10)) is ViewState.MOVED


@pytest.mark.parametrize("version", [1, 2])
def test_a_restart_in_a_light_that_was_never_seen_does_not_take_a_moved_view_for_its_own(
    watched: Watched, version: int
) -> None:
    revision = watched.guard.revision
    assert watched.after(10, lambda n: STREET.picture(n, across_px=30)) is ViewState.MOVED
    assert watched.guard.revision == revision + 1, "worth a copy at once"
    assert watched.guard.bank is not None
    again = Watched(ViewGuard(from_document(document_of(watched.guard.bank, "cam-1"), "cam-1")))
    other = StillStreet(3)
    state = again.after(100, lambda n: other.picture(n, light=0.3), version)
    assert state is (ViewState.MOVED if version == 1 else ViewState.SOUND)
    if version == 1:
        assert again.after(10) is ViewState.SOUND, "turned back"
        assert again.guard.bank is not None
        assert again.guard.bank.unsound is None


def _swinging(number: int) -> ImageBgr:
    """As held in a hand: every look from a little elsewhere."""
    random = np.random.default_rng(number)
    across, down = random.uniform(-8, 8, 2).tolist()
    return StillStreet(5).picture(number, across_px=across, down_px=down, turn_deg=float(random.uniform(-1, 1)))


@pytest.mark.parametrize(
    ("make", "within_looks"),
    [
        pytest.param(_swinging, 4, id="held in a hand"),
        pytest.param(lambda n: StillStreet(n // 2 + 7).picture(n), 5, id="something else every second"),
        pytest.param(lambda n: StillStreet(6).picture(n, across_px=3.2 * n), 5, id="1 % of the width a second"),
        pytest.param(lambda n: StillStreet(6).picture(n, across_px=0.5 * n), 24, id="0.16 % of the width a second"),
        pytest.param(lambda n: StillStreet(6).picture(n, turn_deg=0.2 * n), 12, id="0.4 degrees a second"),
    ],
)
def test_a_view_that_moves_while_it_is_learned_is_never_known(
    make: Callable[[int], ImageBgr], within_looks: int
) -> None:
    carried = Watched()
    states = [carried.see(make(number)) for number in range(40)]
    found = states.index(ViewState.UNSTEADY)
    assert found <= within_looks
    assert set(states[found:]) == {ViewState.UNSTEADY}


def test_a_camera_that_is_hung_up_is_known_after_it_stood_still_for_half_a_minute() -> None:
    carried = Watched()
    assert carried.after(20, _swinging) is ViewState.UNSTEADY
    street = StillStreet(5)
    states = [carried.see(street.picture(number)) for number in range(80)]
    known = next(number for number, state in enumerate(states) if not state.stops_rules)
    assert 45 <= known <= 70
    assert set(states[known:]) <= {ViewState.UNKNOWN, ViewState.SOUND}
    assert states[-1] is ViewState.SOUND


def _in_hard_rain(number: int) -> ImageBgr:
    """Streaks all over, elsewhere in every look; nothing behind them is in its place for long."""
    picture = cv2.convertScaleAbs(StillStreet(5).picture(number), alpha=0.3, beta=60)
    height, width = picture.shape[:2]
    for x, y in np.random.default_rng(number).integers(0, (width, height), (3000, 2)).tolist():
        cv2.line(picture, (x, y), (x + 2, y + height // 25), (210, 210, 210), 1)
    return np.asarray(picture, np.uint8)


def test_a_camera_that_is_first_run_in_hard_rain_says_so_and_learns_its_view_when_that_ends() -> None:
    begun = Watched()
    assert begun.after(200, _in_hard_rain) is ViewState.UNSTEADY
    assert not begun.guard.learned, "a minute and a half of it teaches nothing"
    assert "hard rain" in begun.guard.finding.words
    assert begun.after(140, StillStreet(5).picture) is ViewState.SOUND
    assert begun.guard.learned


@pytest.mark.parametrize("dwell_s", [12, 25, 35])
def test_a_camera_on_a_tour_is_never_judged_by_its_other_view(dwell_s: int) -> None:
    """Lines lie anywhere there."""
    touring = Watched()
    for across_px in (0, 160, 0, 160):
        touring.see(STREET.picture(touring.number, across_px=80))  # it turns
        make = functools.partial(STREET.picture, across_px=across_px)
        states = [touring.see(make(touring.number)) for _ in range(2 * dwell_s)]
        assert not across_px or all(state.stops_rules for state in states[8:])


@pytest.mark.parametrize("step_s", [0.5, 1.25, 3.0])
def test_a_view_that_stands_still_is_never_unsteady_however_seldom_it_is_looked_at(step_s: float) -> None:
    steadiness, street = Steadiness(), StillStreet(4)
    for number in range(20):
        light = 1.0 - 0.5 * number / 20
        steadiness.note(at(number * step_s), glance_at(street.picture(number, light=light), 180))
        shown = number >= 2 and number * step_s >= 1.5
        assert steadiness.state is (ViewState.UNKNOWN if shown else ViewState.NEW)


def test_looks_from_before_a_set_clock_or_a_long_gap_say_nothing() -> None:
    steadiness, one, other = Steadiness(), StillStreet(4), StillStreet(9)
    instants = [(0, one), (1, one), (2, one), (30, other), (31, other), (32, other), (20, one), (21, one), (22, one)]
    states = []
    for number, (second, street) in enumerate(instants):
        steadiness.note(at(second), glance_at(street.picture(number), 180))
        states.append(steadiness.state)
    assert states == 3 * [ViewState.NEW, ViewState.NEW, ViewState.UNKNOWN]


def test_a_clip_that_is_carried_by_hand_is_never_known(shared_data: Path) -> None:
    av = pytest.importorskip("av")
    with av.open(str(shared_data / "plates/street_videos/test_1.mp4")) as clip:
        pictures = [frame.to_ndarray(format="bgr24") for n, frame in enumerate(clip.decode(video=0)) if n % 15 == 0]
    carried = Watched()
    states = [carried.see(picture) for picture in pictures]
    assert set(states[:3]) == {ViewState.NEW}
    assert set(states[3:]) == {ViewState.UNSTEADY}


def test_a_picture_without_structure_is_never_learned() -> None:
    blank = Watched()
    assert blank.after(130, lambda n: np.full((360, 640, 3), 90 + n % 2, np.uint8)) is ViewState.UNKNOWN
    assert Watched().after(20, lambda _: np.zeros((360, 640, 3), np.uint8)) is ViewState.BLINDED


def test_the_same_view_in_another_size_is_the_same_view(watched: Watched) -> None:
    seen = {
        watched.see(np.asarray(cv2.resize(STREET.picture(watched.number), (352, 288)), np.uint8)) for _ in range(20)
    }
    assert ViewState.MOVED not in seen


def test_a_clock_that_is_set_back_ends_nothing(watched: Watched) -> None:
    watched.number -= 60
    assert watched.after(20) is ViewState.SOUND


@pytest.mark.parametrize(
    "damage",
    [
        lambda text: text.replace(b'"cam-1"', b'"cam-2"'),
        lambda text: text.replace(b'"field":"', b'"field":"!'),
        lambda text: text.replace(b'"height_px":180', b'"height_px":240'),
        lambda text: text[: len(text) // 2],
        lambda _: b"",
    ],
)
def test_a_damaged_document_is_refused(watched: Watched, damage: Callable[[bytes], bytes]) -> None:
    assert watched.guard.bank is not None
    content = document_of(watched.guard.bank, "cam-1")
    assert len(content) < 400_000
    with pytest.raises(ValueError, match=r"."):
        from_document(damage(content), "cam-1")


def test_a_recorded_junction_is_sound_and_a_degree_is_found(shared_data: Path) -> None:
    """The second half of a minute of dense traffic against the first."""
    av = pytest.importorskip("av")
    path = shared_data / "street/hanoi_junctions/16h15.25.9.22.mp4"
    with av.open(str(path)) as clip:
        pictures = [frame.to_ndarray(format="bgr24") for n, frame in enumerate(clip.decode(video=0)) if n % 3 == 0]
    junction = Watched()
    states = [junction.see(picture) for picture in pictures]
    assert list(dict.fromkeys(states[:60])) == [ViewState.NEW, ViewState.UNKNOWN]
    assert states[3] is ViewState.UNKNOWN, "it is seen to stand still after 1.5 s"
    assert set(states[68:]) == {ViewState.SOUND}
    size = (pictures[0].shape[1], pictures[0].shape[0])
    turn = cv2.getRotationMatrix2D((size[0] / 2, size[1] / 2), 1.0, 1.0)
    assert (
        junction.after(10, lambda n: np.asarray(cv2.warpAffine(pictures[n % 100], turn, size), np.uint8))
        is ViewState.MOVED
    )
