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

LIVE_S = DEAD_S = (
    4.0  # a fifth of a camera that changes every twenty seconds, as the limits below are of the usual ones
)
JUDGED_WITHIN_S = 3.0
CYCLES = 2
SLACK_S = 1.5  # health is looked at once a second


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


def watch(box: LiveBox, for_s: float) -> list[Look]:
    until_s = time.monotonic() + for_s
    looks = []
    while time.monotonic() < until_s:
        looks.append(look(box))
        time.sleep(0.1)
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
            dead = watch(box, DEAD_S)
            live()
            alive = watch(box, LIVE_S)
            check_dead(dead)
            check_alive(alive)
        camera.kill()  # what the camera itself still holds of lines that fell silent
        camera.start()
        box.wait_until_well()
        settled(before)


def check_dead(looks: list[Look]) -> None:
    """Nothing is judged, so it is not well for longer than the limit, and never well again before it lives."""
    last_judged_s = max(
        (one.at_s for before, one in pairwise(looks) if one.judged > before.judged), default=looks[0].at_s
    )
    late = [one for one in looks if one.at_s > last_judged_s + JUDGED_WITHIN_S + SLACK_S]
    assert all(one.not_judged and not one.well for one in late)
    assert looks[-1].not_judged or looks[-1].at_s < last_judged_s + JUDGED_WITHIN_S + SLACK_S
    assert changes(looks, lambda one: one.well) <= 1
    assert changes(looks, lambda one: one.not_judged) <= 1


def check_alive(looks: list[Look]) -> None:
    """Pictures are judged again, it becomes well once, and stays so."""
    assert looks[-1].judged > looks[0].judged
    assert not looks[-1].not_judged
    assert changes(looks, lambda one: one.not_judged) <= 1
    assert changes(looks, lambda one: one.well) <= 1


def changes(looks: list[Look], of: Callable[[Look], bool]) -> int:
    return sum(of(before) != of(one) for before, one in pairwise(looks))


def settled(before: tuple[int, int]) -> None:
    """As many threads and open files as before it first died, give or take what is being opened just now."""
    found: list[tuple[int, int]] = []

    def as_before() -> bool:
        found.append(held())
        return found[-1][0] <= before[0] and found[-1][1] <= before[1]

    wait_until(as_before, 20.0, f"threads and files as before: {before}; found {found[-3:]}")
