from collections.abc import Sequence
from itertools import count

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detectors.tracking.settings import TrackerSettings
from detectors.tracking.tracker import SteadyTracker
from domain.seen.track import Track
from tests.builders.detecting import detections_of, instant

Row = tuple[float, float, float, float, float, str]

PARKED: Row = (400, 300, 640, 460, 0.8, "car")


def box(x: float, y: float, width: float, height: float, label: str, score: float = 0.9) -> Row:  # noqa: PLR0917 - as a box is written
    return (x, y, x + width, y + height, score, label)


def play(
    tracker: SteadyTracker, pictures: Sequence[Sequence[Row]], *, every_s: float = 0.2, from_s: float = 0.0
) -> list[tuple[Track, ...]]:
    return [
        tracker.update(instant(from_s + n * every_s), detections_of(*rows)) for n, rows in enumerate(pictures, start=1)
    ]


def ids(told: Sequence[tuple[Track, ...]]) -> set[int]:
    return {track.track_id for tracks in told for track in tracks}


def test_a_parked_car_keeps_its_id_through_minutes_without_detections() -> None:
    tracker = SteadyTracker()
    told = play(tracker, [[PARKED]] * 20)
    told += play(tracker, [[]] * 500, from_s=10)
    told += play(tracker, [[box(404, 297, 238, 161, "car")]], from_s=150)
    assert len(ids(told)) == 1
    (track,) = told[-1]
    assert track.observed
    assert track.first_seen_at == instant(0.2)


def test_a_parked_car_is_given_up_in_the_end() -> None:
    tracker = SteadyTracker(TrackerSettings(still_gap_s=30))
    play(tracker, [[PARKED]] * 20)
    assert len(play(tracker, [[]], from_s=33)[0]) == 1
    assert play(tracker, [[]], from_s=40) == [()]


@pytest.mark.parametrize(
    "other",
    [
        box(400, 250, 300, 260, "truck"),  # larger
        box(470, 300, 240, 160, "car"),  # beside
        box(400, 300, 240, 160, "person"),  # of another kind
    ],
)
def test_another_object_near_a_long_unseen_ones_place_is_a_new_track(other: Row) -> None:
    tracker = SteadyTracker()
    first = ids(play(tracker, [[PARKED]] * 20))
    told = play(tracker, [[other]] * 3, from_s=60)
    assert {track.track_id for track in told[-1] if track.observed}.isdisjoint(first)


def test_one_who_drives_onto_the_place_keeps_an_own_id_and_the_unseen_one_ends() -> None:
    tracker = SteadyTracker()
    (parked,) = ids(play(tracker, [[PARKED]] * 20))
    arriving = [[box(1000 - min(n, 60) * 10, 300, 240, 160, "car")] for n in range(100)]
    told = play(tracker, arriving, from_s=10)
    (arrived,) = [track for track in told[-1] if track.observed]
    assert arrived.track_id != parked
    assert [track.track_id for track in told[-1]] == [arrived.track_id]


def test_someone_walking_past_a_parked_car_takes_nothing_from_it() -> None:
    tracker = SteadyTracker()
    passing = [
        [box(300 + 12 * n, 320, 60, 150, "person"), *([] if 10 <= n <= 25 else [PARKED])] for n in range(-20, 40)
    ]
    told = play(tracker, passing)
    by_label = {track.label: track for track in told[-1]}
    assert len(ids(told)) == 2
    assert len(by_label["car"].points) == 44
    assert len(by_label["person"].points) == 60


def test_crossing_movers_keep_their_ids_through_a_short_occlusion() -> None:
    tracker = SteadyTracker()
    pictures: list[list[Row]] = []
    for n in range(40):
        left, right = box(20 * n, 200, 90, 60, "motorcycle"), box(780 - 20 * n, 205, 90, 60, "motorcycle")
        pictures.append([left] if 17 <= n <= 21 else [left, right])
    told = play(tracker, pictures, every_s=0.1)
    assert len(ids(told)) == 2
    for track in told[-1]:
        steps = np.diff([point.box_xyxy_px[0] for point in track.points])
        assert len(set(np.sign(steps).tolist())) == 1


def test_a_mover_found_again_on_its_way_is_the_same_and_one_off_its_way_is_not() -> None:
    for x, same in ((600 + 8 * 25 + 120, True), (40, False)):
        tracker = SteadyTracker()
        play(tracker, [[box(25 * n, 200, 90, 60, "car")] for n in range(25)], every_s=0.1)
        told = play(tracker, [[box(x + n, 200, 90, 60, "car")] for n in range(3)], every_s=0.1, from_s=2.5 + 1.2)
        observed = {track.track_id for track in told[-1] if track.observed}
        assert (observed == {1}) is same


def test_who_of_two_unseen_movers_it_is_stays_open() -> None:
    tracker = SteadyTracker()
    pair = [[box(25 * n, 200, 90, 60, "car"), box(25 * n, 250, 90, 60, "car")] for n in range(25)]
    before = ids(play(tracker, pair, every_s=0.1))
    told = play(tracker, [[box(1000, 225, 90, 60, "car")]] * 3, every_s=0.1, from_s=2.5 + 1.3)
    assert {track.track_id for track in told[-1] if track.observed}.isdisjoint(before)


@pytest.mark.parametrize("shown", [0.35, 0.5, 0.7])
def test_one_who_was_covered_in_part_stays_itself_when_nothing_covers_it_any_more(shown: float) -> None:
    tracker = SteadyTracker()
    parts = [[box(300, 200 + 2 * n, 70, 140 * shown, "motorcycle")] for n in range(10)]
    told = play(tracker, parts, every_s=0.1)
    told += play(tracker, [[box(300, 220 + 2 * n, 70, 140, "motorcycle")] for n in range(10)], every_s=0.1, from_s=1.0)
    told += play(tracker, [[box(300, 240 + 2 * n, 70, 140 * shown, "motorcycle")] for n in range(5)], from_s=2.0)
    assert len(ids(told)) == 1
    assert all(track.observed for track in told[-1])


def test_one_that_appears_beside_a_missed_one_pushes_no_track_along() -> None:
    """One of two is missed while a third appears on the other side: no chain of bad matches instead of one good."""
    standing = [box(200, 200, 60, 120, "motorcycle"), box(240, 200, 60, 120, "motorcycle")]
    tracker = SteadyTracker()
    before = play(tracker, [standing] * 10)[-1]
    told = play(tracker, [[standing[1], box(280, 200, 60, 120, "motorcycle")]] * 5, from_s=2.0)[-1]
    (right,) = [track.track_id for track in before if track.newest.box_xyxy_px[0] == 240]
    assert {track.newest.box_xyxy_px[0] for track in told if track.track_id == right} == {240}


def test_a_box_that_is_repeated_while_its_vehicle_drives_on_is_no_sighting() -> None:
    tracker = SteadyTracker()
    way = [[box(40 * n, 200, 60, 100, "motorcycle")] for n in range(20)]
    told = play(tracker, [*way[:10], *[way[9]] * 3, *way[13:]], every_s=0.1)
    assert len(ids(told)) == 1
    xs = [point.box_xyxy_px[0] for point in told[-1][0].points]
    assert len(xs) == len(set(xs)) == 17


def test_one_that_stops_is_seen_standing_though_every_box_is_the_same() -> None:
    way = [[box(40 * min(n, 10), 200, 60, 100, "motorcycle")] for n in range(40)]
    told = play(SteadyTracker(), way, every_s=0.1)
    assert len(ids(told)) == 1
    assert told[-1][0].observed
    assert len(told[-1][0].points) >= 34


@given(steps=st.lists(st.integers(0, 2), min_size=15, max_size=40), pace=st.integers(10, 35))
@settings(max_examples=50, deadline=None)
def test_repeated_pictures_break_no_track(steps: list[int], pace: int) -> None:
    """Every picture may be handed out up to three times while two drive on, at most three in a row."""
    tracker, n, told = SteadyTracker(), 0, []
    for repeats in [0, 0, 0, 0, *steps]:
        x = pace * n
        rows = [box(x, 200, 80, 120, "motorcycle"), box(2000 - x, 500, 80, 120, "motorcycle")]
        for _ in range(repeats + 1):
            told.append(tracker.update(instant(n / 10), detections_of(*rows)))
            n += 1
    assert len(ids(told)) <= 2


def test_unsure_detections_keep_a_track_and_begin_none() -> None:
    tracker = SteadyTracker()
    told = play(tracker, [[PARKED]] * 3)
    told += play(tracker, [[(*PARKED[:4], 0.15, "car"), box(10, 10, 50, 50, "car", 0.2)]] * 20, from_s=0.6)
    assert len(ids(told)) == 1
    assert len(told[-1][0].points) == 23


def test_one_sighting_is_no_track() -> None:
    assert play(SteadyTracker(), [[PARKED], [], []]) == [(), (), ()]


def test_the_class_is_a_vote_weighted_by_score() -> None:
    rows: list[list[Row]] = [[(*PARKED[:4], 0.9, "car")]] * 6 + [[(*PARKED[:4], 0.6, "truck")]] * 4
    (track,) = play(SteadyTracker(), rows)[-1]
    assert track.label == "car"
    assert track.label_share == pytest.approx(5.4 / 7.8, abs=1e-6)
    assert track.vehicle_kind == "car"


def test_two_names_for_one_object_are_one_track() -> None:
    twice: list[Row] = [(*PARKED[:4], 0.8, "car"), (401, 302, 639, 461, 0.7, "truck")]
    told = play(SteadyTracker(), [twice] * 10)
    assert len(ids(told)) == 1


def test_an_object_named_wrongly_for_a_moment_stays_itself() -> None:
    rows = [[box(20 * n, 100, 60, 120, "person" if 8 <= n <= 10 else "motorcycle")] for n in range(20)]
    told = play(SteadyTracker(), rows, every_s=0.1)
    assert len(ids(told)) == 1
    assert told[-1][0].label == "motorcycle"


def test_points_and_tracks_are_bounded() -> None:
    tracker = SteadyTracker(TrackerSettings(max_points=8, max_tracks=20))
    random = np.random.default_rng(3)
    for n in range(60):
        corners = random.uniform(0, 1800, (15, 2))
        rows: list[Row] = [box(x, y, 40, 40, "car") for x, y in corners.tolist()]
        told = tracker.update(instant(n / 10), detections_of(PARKED, *rows))
        assert len(told) <= 20
    assert max(len(track.points) for track in told) == 8
    assert told[0].first_seen_at == instant(0)


def test_ids_go_on_where_a_successor_is_handed_the_same_source() -> None:
    source = count(1)
    before = ids(play(SteadyTracker(ids=source), [[PARKED]] * 5))
    assert ids(play(SteadyTracker(ids=source), [[PARKED]] * 5)).isdisjoint(before)


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="low_score"):
        TrackerSettings(low_score=0.6, high_score=0.5)
    with pytest.raises(ValueError, match="still_gap_s must be more than 0 s"):
        TrackerSettings(still_gap_s=0)
    with pytest.raises(ValueError, match="at least 1"):
        TrackerSettings(max_points=0)


@given(
    gaps=st.lists(st.sampled_from([0.04, 0.1, 0.2, 0.35]), min_size=12, max_size=40),
    dropped=st.sets(st.integers(3, 39), max_size=6),
    seed=st.integers(0, 1000),
)
@settings(max_examples=50, deadline=None)
def test_irregular_pictures_of_two_movers_and_a_parked_car_are_three_tracks(
    gaps: list[float], dropped: set[int], seed: int
) -> None:
    random = np.random.default_rng(seed)
    tracker, at_s, told = SteadyTracker(), 0.0, []
    for n, gap in enumerate(gaps):
        at_s += gap
        if n in dropped:
            continue
        rows = np.array(
            [
                [100 + 80 * at_s, 100, 180 + 80 * at_s, 150],
                [900 - 60 * at_s, 500, 960 - 60 * at_s, 600],
                [400, 300, 640, 400],
            ]
        )
        rows = rows + random.normal(0, 1.0, rows.shape)
        order = random.permutation(3)
        labels = ("car", "motorcycle", "truck")
        seen: list[Row] = [(*rows[i].tolist(), 0.8, labels[i]) for i in order.tolist()]  # type: ignore[misc]
        told.append(tracker.update(instant(at_s), detections_of(*seen)))
    assert len(ids(told)) == 3
    assert len(told[-1]) == 3


@given(seed=st.integers(0, 1000))
@settings(max_examples=25, deadline=None)
def test_the_same_pictures_give_the_same_tracks_and_ids_are_never_used_twice(seed: int) -> None:
    random = np.random.default_rng(seed)
    pictures = []
    for _ in range(25):
        corners = random.uniform(0, 300, (int(random.integers(0, 8)), 2))
        pictures.append(
            [box(x, y, 60, 50, str(random.choice(["car", "person"])), float(random.random())) for x, y in corners]
        )
    first, second = play(SteadyTracker(), pictures), play(SteadyTracker(), pictures)
    assert first == second
    born: dict[int, object] = {}
    for tracks in first:
        seen_ids = [track.track_id for track in tracks]
        assert len(seen_ids) == len(set(seen_ids))
        for track in tracks:
            assert born.setdefault(track.track_id, track.first_seen_at) == track.first_seen_at
