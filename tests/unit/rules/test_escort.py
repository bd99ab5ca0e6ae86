"""Who walks beside what is pushed, also where his track jumps or ends before it is judged."""

from collections.abc import Sequence

import pytest

from rules.facts.escort import Walkers, escorted_share
from rules.facts.follower import Follower
from rules.facts.ground_plane import GroundPlane
from tests.builders.drives import SIZE_WH, CameraBuilder, Drive, scenes
from tests.builders.rule_scenes import along, drive

_AHEAD = along((0, 600, 1000), (10, 600, 300))


def _walker(seconds: float) -> Drive:
    places = along((0, 660, 1000), (10, 660, 300))
    return drive(places, seconds=seconds, track_id=2, label="person", height_px=130)


def _jumping(walker: Drive, at_s: float) -> Drive:
    """From then on its boxes are those of somebody else, far away."""
    elsewhere = [
        (second, box if second < at_s else (box[0] + 700, box[1] - 100, box[2] + 700, box[3] - 100))
        for second, box in walker.sightings
    ]
    return Drive(track_id=2, sightings=elsewhere, label="person")


def _share(walkers: Sequence[Drive], seconds: float = 8.0) -> float:
    follower = Follower(GroundPlane(camera=CameraBuilder().build(), resolution_wh=SIZE_WH))
    known = Walkers()
    for scene in scenes([drive(_AHEAD, label="motorcycle", seconds=seconds), *walkers]):
        users = follower.step(scene)
        people = known.step(users, scene.at)
    return escorted_share(tuple(next(user for user in users if user.track.track_id == 1).way), people)


def test_nobody_walks_beside_it() -> None:
    assert _share([]) == 0.0


@pytest.mark.parametrize("walker", [_walker(8.0), _walker(5.0), _jumping(_walker(8.0), 5.0)])
def test_he_is_known_after_his_track_jumped_or_ended(walker: Drive) -> None:
    assert _share([walker]) >= 0.5


def test_who_walked_there_earlier_does_not_push_it() -> None:
    assert _share([_walker(2.0)]) < 0.5


def test_after_a_minute_nobody_is_known_any_more() -> None:
    follower = Follower(GroundPlane(camera=CameraBuilder().build(), resolution_wh=SIZE_WH))
    known = Walkers()
    for scene in scenes([_walker(5.0)], goes_on_s=64.0):
        people = known.step(follower.step(scene), scene.at)
    assert people == ()
