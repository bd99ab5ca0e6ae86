"""A camera alternately live and dead, over real RTSP: health follows what is judged, and nothing is left behind."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from tests.builders.live_box import LiveBox
from tests.builders.scripted_camera import Script, ScriptedCamera
from tests.builders.synthetic_video import CodedPicture, Recipe, coded_pictures, steady
from tests.builders.watching import wait_until

pytestmark = pytest.mark.server

JUDGED_WITHIN_S = 3.0
CYCLES = 2
STAYS_S = 1.2  # health is looked at once a second
PATIENCE_S = 30.0
LEAST_SILENCE_S = 1.0  # a camera is called stalled after 1.5 s, and may have been judged up to a round before


@dataclass(frozen=True, slots=True)
class Look:
    """The health page at one instant."""

    at_s: float
    well: bool
    not_judged: bool
    judged: int


@pytest.fixture(scope="module")
def pictures() -> list[CodedPicture]:
    return coded_pictures(steady(100), Recipe(keyframe_every=25))


def look(box: LiveBox) -> Look:
    status, document = box.health()
    codes = {problem["code"] for problem in document["problems"]}
    return Look(time.monotonic(), status == 200, "not_judged" in codes, box.judged)


def watch(box: LiveBox, until: Callable[[Look], bool], what: str) -> list[Look]:
    """Looks until one shows what is waited for, and some more."""
    looks = [look(box)]
    wait_until(lambda: looks.append(look(box)) or until(looks[-1]), PATIENCE_S, what)  # type: ignore[func-returns-value]
    stays_until_s = looks[-1].at_s + STAYS_S
    while looks[-1].at_s < stays_until_s:
        looks.append(look(box))
    return looks


def held() -> tuple[int, int]:
    """Threads and open files of this process."""
    return threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("death", ["power cut", "silence"])
def test_health_changes_with_the_camera_and_no_more_often_and_nothing_leaks(
    pictures: list[CodedPicture], death: str
) -> None:
    script = Script(pictures=pictures)
    camera = ScriptedCamera(script)

    def die() -> None:
        if death == "power cut":
            camera.kill()
        else:
            script.stall_after = 0  # a socket that stays open, and nothing comes

    def live() -> None:
        if death == "power cut":
            camera.start()
        else:
            script.stall_after = None

    with camera, LiveBox(camera.url, judged_within_s=JUDGED_WITHIN_S) as box:
        box.wait_until_well()
        before = held()
        for _ in range(CYCLES):
            die()
            dead = watch(box, lambda one: one.not_judged, "nothing is judged")
            live()
            alive = watch(box, lambda one: one.well, "it is well again")
            check_dead(dead)
            check_alive(alive)
        camera.kill()  # what the camera itself still holds of lines that fell silent
        camera.start()
        box.wait_until_well()
        settled(before)


def check_dead(looks: list[Look]) -> None:
    """It is not well from then on, and was never well again without a picture judged since it last was."""
    assert looks[-1].not_judged
    assert not looks[-1].well
    assert_follows_what_is_judged(looks)


def check_alive(looks: list[Look]) -> None:
    """Pictures are judged again, it becomes well, and stays so while they are."""
    assert looks[-1].judged > looks[0].judged
    assert_follows_what_is_judged(looks)
    for number, one in enumerate(looks):
        if looks[number - 1].well and not one.well and number:
            assert one.at_s - last_judged_s(looks[: number + 1]) > LEAST_SILENCE_S, (
                "it fell though pictures were judged"
            )


def assert_follows_what_is_judged(looks: list[Look]) -> None:
    judged = looks[0].judged
    for before, one in pairwise(looks):
        if before.well and not one.well:
            judged = before.judged
        if one.well and not before.well:
            assert one.judged > judged, "well again, and nothing was judged"


def last_judged_s(looks: list[Look]) -> float:
    return max((one.at_s for before, one in pairwise(looks) if one.judged > before.judged), default=looks[0].at_s)


def settled(before: tuple[int, int]) -> None:
    """As many threads and open files as before it first died, give or take what is being opened just now."""
    found: list[tuple[int, int]] = []

    def as_before() -> bool:
        found.append(held())
        return found[-1][0] <= before[0] and found[-1][1] <= before[1]

    wait_until(as_before, 60.0, f"threads and files as before: {before}; found {found[-3:]}")
