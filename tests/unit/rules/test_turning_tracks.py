"""A vehicle whose track is lost as it turns, and goes on under another."""

import itertools
from collections.abc import Sequence

import pytest

from domain.camera import LineKind, Turn
from rules.facts.follower import Follower
from rules.facts.ground_plane import GroundPlane
from rules.facts.succession import successions
from tests.builders.drives import SIZE_WH, CameraBuilder, Drive, run, scenes
from tests.builders.rule_scenes import around, drive

CAMERA = (
    CameraBuilder()
    .line("south-in", LineKind.GATE, (0.2, 0.75), (0.45, 0.75), beyond=(0.3, 0.1))
    .line("south-out", LineKind.GATE, (0.5, 0.75), (0.8, 0.75), beyond=(0.6, 0.1))
    .movement("turn-back", "south-in", "south-out", Turn.AROUND)
    .rule("UTURN")
    .build()
)


def _parts(whole: Drive, *cuts_s: float, unseen_s: float = 0.25) -> Sequence[Drive]:
    """One vehicle under several tracks, one after the other."""
    edges = (-1.0, *cuts_s, 99.0)
    return [
        Drive(
            track_id=number,
            sightings=[item for item in whole.sightings if begin + (unseen_s if number > 1 else 0) < item[0] <= end],
            label=whole.label,
            label_share=whole.label_share,
        )
        for number, (begin, end) in enumerate(itertools.pairwise(edges), start=1)
    ]


@pytest.mark.parametrize("cuts_s", [(2.6,), (3.5,), (2.6, 4.4)])
def test_the_path_goes_on_under_the_next_track(cuts_s: tuple[float, ...]) -> None:
    found = run(CAMERA, scenes(_parts(drive(around), *cuts_s)))
    assert found.codes == ["UTURN_SIGN"]
    assert found.cases[0].subject.track_ids == tuple(range(1, len(cuts_s) + 2))


def test_who_else_is_near_makes_it_unknown() -> None:
    x, y = around(3.6)
    other = drive(lambda _: (x + 60, y + 20), track_id=9)
    assert run(CAMERA, scenes([*_parts(drive(around), 3.5), other])).codes == []


def test_a_track_that_begins_elsewhere_or_later_is_of_another() -> None:
    first, second = _parts(drive(around), 3.5)
    late = Drive(track_id=2, sightings=[item for item in second.sightings if item[0] > 4.8], label="car")
    assert run(CAMERA, scenes([first, late])).codes == []
    aside = [(at_s, (x1, y1 + 200, x2, y2 + 200)) for at_s, (x1, y1, x2, y2) in second.sightings]
    assert run(CAMERA, scenes([first, Drive(track_id=2, sightings=aside, label="car")])).codes == []


@pytest.mark.parametrize(("x_px", "expected"), [(600, [(1, 2)]), (40, [])])
def test_at_the_edge_one_leaves_and_another_comes_in(x_px: float, expected: list[tuple[int, int]]) -> None:
    whole = drive(lambda second: (x_px, 500 + 10 * second), seconds=6)
    follower = Follower(GroundPlane(camera=CAMERA, resolution_wh=SIZE_WH))
    found = [
        (item.before.track.track_id, item.after.track.track_id)
        for scene in scenes(_parts(whole, 3.0))
        for item in successions(follower.step(scene), SIZE_WH)
    ]
    assert found == expected


def test_a_motorcycle_does_not_go_on_as_a_car() -> None:
    first, second = _parts(drive(around, label="motorcycle"), 3.5)
    car = Drive(track_id=2, sightings=second.sightings, label="car")
    assert run(CAMERA, scenes([first, car])).codes == []


def test_the_least_sure_track_says_how_sure_the_class_is() -> None:
    first, second = _parts(drive(around, label="motorcycle"), 3.5)
    doubtful = Drive(track_id=1, sightings=first.sightings, label="motorcycle", label_share=0.6)
    found = run(CAMERA, scenes([doubtful, second]))
    assert found.codes == []
    assert found.refusals["UTURN", "class_in_doubt"] == 1


@pytest.mark.parametrize(("unseen_s", "expected"), [(0.4, [(1, 2)]), (1.2, [(1, 2)]), (1.8, [])])
def test_who_drove_on_is_looked_for_where_he_was_going(unseen_s: float, expected: list[tuple[int, int]]) -> None:
    whole = drive(lambda second: (300 + 250 * second, 500), seconds=6)
    follower = Follower(GroundPlane(camera=CAMERA, resolution_wh=SIZE_WH))
    found = [
        (item.before.track.track_id, item.after.track.track_id)
        for scene in scenes(_parts(whole, 2.0, unseen_s=unseen_s))
        for item in successions(follower.step(scene), SIZE_WH)
    ]
    assert found == expected


def test_who_of_two_was_lost_there_is_not_known() -> None:
    first, second = _parts(drive(around), 3.5)
    x, y = around(3.6)
    beside = Drive(
        track_id=9, sightings=[item for item in drive(lambda _: (x + 40, y), track_id=9).sightings if item[0] < 3.4]
    )
    assert run(CAMERA, scenes([first, second, beside])).codes == []


@pytest.mark.parametrize(("speed_px_s", "expected"), [(250, []), (40, [(1, 2)])])
def test_who_drove_on_is_not_found_behind_where_he_was_lost(speed_px_s: float, expected: list[tuple[int, int]]) -> None:
    first, _ = _parts(drive(lambda second: (600 + speed_px_s * (second - 2.0), 500), seconds=6), 2.0)
    _, oncoming = _parts(drive(lambda second: (525 - 250 * (second - 2.4), 500), seconds=4), 2.3, unseen_s=0.05)
    follower = Follower(GroundPlane(camera=CAMERA, resolution_wh=SIZE_WH))
    found = [
        (item.before.track.track_id, item.after.track.track_id)
        for scene in scenes([first, oncoming])
        for item in successions(follower.step(scene), SIZE_WH)
    ]
    assert found == expected
