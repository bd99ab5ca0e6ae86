"""What every Tracker keeps, on the product's own and on the fake that other tests use."""

from collections.abc import Callable

import numpy as np
import pytest

from detectors.tracking.tracker import SteadyTracker
from domain.ports import Tracker
from domain.seen.detections import Detections
from domain.seen.track import Track
from tests.builders.detecting import NameTracker, detections_of, instant

MakeTracker = Callable[[], Tracker]


@pytest.fixture(params=[SteadyTracker, NameTracker])
def make_tracker(request: pytest.FixtureRequest) -> MakeTracker:
    make: MakeTracker = request.param
    return make


def street_at(picture: int) -> Detections:
    """A car that drives to the right, a person that walks down and is hidden in pictures 10 to 14."""
    x, y = 100 + 12 * picture, 50 + 5 * picture
    car = (x, 300, x + 120, 380, 0.9, "car")
    person = (600, y, 640, y + 110, 0.8, "person")
    return detections_of(car) if 10 <= picture <= 14 else detections_of(car, person)


def follow(tracker: Tracker, pictures: int = 30) -> list[tuple[Track, ...]]:
    return [tracker.update(instant(picture / 10), street_at(picture)) for picture in range(pictures)]


def test_each_object_is_one_track_from_its_first_sighting(make_tracker: MakeTracker) -> None:
    told = follow(make_tracker())
    assert len({track.track_id for tracks in told for track in tracks}) == 2
    assert {(track.label, track.first_seen_at) for track in told[-1]} == {
        ("car", instant(0)),
        ("person", instant(0)),
    }
    assert {len(track.points) for track in told[-1]} == {30, 25}


def test_points_are_real_sightings_in_order(make_tracker: MakeTracker) -> None:
    for tracks in follow(make_tracker()):
        for track in tracks:
            times = [point.at for point in track.points]
            assert times == sorted(set(times))
            for point in track.points:
                picture = round((point.at - instant(0)).total_seconds() * 10)
                seen = [tuple(box) for box in street_at(picture).boxes_xyxy_px.tolist()]
                assert point.box_xyxy_px in seen


def test_a_hidden_object_is_not_observed_and_gains_no_points(make_tracker: MakeTracker) -> None:
    told = follow(make_tracker())
    for picture in range(10, 15):
        (person,) = [track for track in told[picture] if track.label == "person"]
        assert not person.observed
        assert person.last_seen_at == instant(0.9)
    (person,) = [track for track in told[15] if track.label == "person"]
    assert person.observed


def test_two_trackers_share_nothing(make_tracker: MakeTracker) -> None:
    alone, first, second = make_tracker(), make_tracker(), make_tracker()
    wanted = follow(alone)
    both = [
        (first.update(instant(n / 10), street_at(n)), second.update(instant(n / 10), street_at(n))) for n in range(30)
    ]
    assert [one for one, _ in both] == wanted == [other for _, other in both]


@pytest.mark.parametrize("later_s", [0.0, -0.1, -100.0])
def test_time_never_stands_or_goes_back(make_tracker: MakeTracker, later_s: float) -> None:
    tracker = make_tracker()
    tracker.update(instant(1), street_at(0))
    with pytest.raises(ValueError, match="later"):
        tracker.update(instant(1 + later_s), street_at(1))


def test_nothing_seen_is_a_normal_picture(make_tracker: MakeTracker) -> None:
    tracker = make_tracker()
    for picture in range(5):
        assert tracker.update(instant(picture), Detections.nothing(("car",))) == ()


def test_detections_are_not_written_to(make_tracker: MakeTracker) -> None:
    tracker = make_tracker()
    for picture in range(5):
        detections = street_at(picture)
        for column in (detections.boxes_xyxy_px, detections.scores, detections.class_ids):
            column.setflags(write=False)
        before = detections.boxes_xyxy_px.copy()
        tracker.update(instant(picture / 10), detections)
        np.testing.assert_array_equal(detections.boxes_xyxy_px, before)


def test_it_has_a_name_for_the_record(make_tracker: MakeTracker) -> None:
    assert "/" in make_tracker().name
