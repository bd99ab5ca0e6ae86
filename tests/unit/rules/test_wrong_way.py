"""WRONG_WAY in a lane on the right half of the picture whose lawful direction is up."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.camera import ZoneKind
from domain.geometry import BoxPx
from rules.kit.line.ruling import REFUSED_NOT_A_VEHICLE
from rules.offences.wrong_way import REFUSED_JUMPED, REFUSED_LEFT_LANE, REFUSED_TURNED_BACK
from rules.outcome import REFUSED_TOLD_BEFORE
from tests.builders.drives import CameraBuilder, Drive, Findings, at, box_at, every, path, run, scenes


def one_way() -> CameraBuilder:
    lane = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
    builder = CameraBuilder().zone("lane", ZoneKind.LANE, *lane, direction_norm=((0.75, 0.9), (0.75, 0.1)))
    return builder.zone("left", ZoneKind.LANE, (0, 0), (0.5, 0), (0.5, 1), (0, 1)).rule("WRONG_WAY")


def judged(*drives: Drive, builder: CameraBuilder | None = None) -> Findings:
    return run((builder or one_way()).build(), scenes(drives))


def drive(
    places: Callable[[float], tuple[float, float]], *, end_s: float = 5, track_id: int = 1, label: str = "car"
) -> Drive:
    return Drive(track_id=track_id, sightings=path(places, every(0.2, 0, end_s)), label=label)


def against(second: float) -> tuple[float, float]:
    return (1400, 300 + 120 * second)


class TestGoingAgainst:
    def test_is_one_case_with_both_moments(self) -> None:
        (case,) = judged(drive(against)).cases
        assert case.violation.code == "WRONG_WAY"
        assert [moment.name for moment in case.moments] == ["entered", "against_flow"]
        assert at(0) <= case.began_at <= at(0.2)
        assert case.measurements["against_direction_picture_heights"] == pytest.approx(0.156, abs=0.03)
        assert case.measurements["lasted_s"] == pytest.approx(1.8, abs=0.21)
        assert case.site.zone_ids == ("lane",)

    def test_with_the_direction_is_nothing(self) -> None:
        found = judged(drive(lambda second: (1400, 1000 - 120 * second)))
        assert found.cases == ()
        assert found.refusals == {}

    def test_the_left_half_of_a_two_way_road_has_no_direction_here(self) -> None:
        assert judged(drive(lambda second: (500, 300 + 120 * second))).cases == ()

    def test_across_the_lane_is_nothing(self) -> None:
        assert judged(drive(lambda second: (1000 + 150 * second, 500 + 40 * second))).cases == ()

    def test_rolling_back_a_little_is_nothing(self) -> None:
        def place(second: float) -> tuple[float, float]:
            return (1400, 700 + min(second, 2) * 40 if second < 3 else 780 - 120 * (second - 3))

        found = judged(drive(place, end_s=8))
        assert found.cases == ()
        assert found.refused("WRONG_WAY") == {REFUSED_TURNED_BACK: 1}

    def test_leaving_the_lane_too_soon_is_counted(self) -> None:
        found = judged(drive(lambda second: (1000 - 40 * second, 300 + 80 * second)))
        assert found.cases == ()
        assert found.refused("WRONG_WAY") == {REFUSED_LEFT_LANE: 1}

    def test_forward_then_against_begins_at_the_turn(self) -> None:
        def place(second: float) -> tuple[float, float]:
            return (1400, 900 - 150 * second if second < 2 else 600 + 120 * (second - 2))

        (case,) = judged(drive(place, end_s=6)).cases
        assert at(2) <= case.began_at <= at(2.4)

    def test_a_track_that_goes_over_from_one_who_drives_lawfully_shows_the_rider_alone(self) -> None:
        lawful = path(lambda second: (1400, 900 - 120 * second), every(0.2, 0, 3))
        rider = path(lambda second: (1424, 560 + 120 * (second - 3.2)), every(0.2, 3.2, 6))
        (case,) = judged(Drive(track_id=1, sightings=[*lawful, *rider])).cases
        assert case.moments[0].at >= at(3.2)
        assert all(moment.box_xyxy_px[0] == box_at(1424, 0)[0] for moment in case.moments)

    def test_across_the_lane_more_than_against_it_is_nothing(self) -> None:
        assert judged(drive(lambda second: (1000 + 120 * second, 400 + 110 * second))).cases == ()

    def test_fast_and_short_is_not_long_enough(self) -> None:
        assert judged(drive(lambda second: (1400, 300 + 300 * second), end_s=0.8)).cases == ()

    def test_a_person_is_no_driver(self) -> None:
        found = judged(drive(against, label="person"))
        assert found.cases == ()
        assert found.refused("WRONG_WAY") == {REFUSED_NOT_A_VEHICLE: 1}

    def test_a_bicycle_has_no_row_in_the_catalogue(self) -> None:
        found = judged(drive(against, label="bicycle"))
        assert found.cases == ()
        assert found.refused("WRONG_WAY") == {"no_catalogue_row": 1}


class TestJitter:
    def test_one_box_that_jumps_ahead_or_back_decides_nothing(self) -> None:
        """Standing, with one box far back: by that box alone it would have gone the least way."""
        sightings = [(second, box_at(1400, 700 - (60 if second == 0.4 else 0))) for second in every(0.2, 0, 3)]
        sightings += [(second, box_at(1400, 700 + 55 * (second - 3))) for second in every(0.2, 3.2, 5)]
        assert judged(Drive(track_id=1, sightings=sightings)).cases == ()

    def test_jitter_at_a_standstill_is_nothing(self) -> None:
        sightings = [(second, box_at(1400, 700 + 25 * (-1) ** round(second * 5))) for second in every(0.2, 0, 20)]
        assert judged(Drive(track_id=1, sightings=sightings)).cases == ()


class TestOneAct:
    def test_a_jump_of_the_track_starts_afresh(self) -> None:
        first = path(lambda second: (1400, 300 + 100 * second), every(0.2, 0, 1))
        second = path(lambda second: (1400, 800 + 10 * (second - 1)), every(0.2, 1.2, 3))
        found = judged(Drive(track_id=1, sightings=[*first, *second]))
        assert found.cases == ()
        assert found.refused("WRONG_WAY") == {REFUSED_JUMPED: 1}

    def test_a_new_id_on_the_way_is_not_told_again(self) -> None:
        one = Drive(track_id=1, sightings=path(against, every(0.2, 0, 2.4)))
        two = Drive(track_id=2, sightings=path(against, every(0.2, 2.6, 6)))
        found = judged(one, two)
        assert len(found.cases) == 1
        assert found.refused("WRONG_WAY") == {REFUSED_TOLD_BEFORE: 1}

    def test_two_vehicles_are_two_cases(self) -> None:
        assert len(judged(drive(against), drive(lambda s: (1700, 250 + 120 * s), track_id=2)).cases) == 2


class TestOnCalibratedGround:
    @staticmethod
    def builder() -> CameraBuilder:
        """The picture's height is 40 m of road, its width 20 m."""
        return one_way().ground_points(((0, 0), (0, 40)), ((1, 0), (20, 40)), ((1, 1), (20, 0)), ((0, 1), (0, 0)))

    def test_counts_metres(self) -> None:
        (case,) = judged(drive(against), builder=self.builder()).cases
        assert case.measurements["against_direction_m"] == pytest.approx(10.7, abs=0.3)

    def test_pushed_on_foot_is_nothing_however_far(self) -> None:
        pushed = drive(lambda second: (1400, 300 + 33 * second), end_s=18)
        assert judged(pushed, builder=self.builder()).cases == ()

    def test_less_than_ten_metres_is_nothing(self) -> None:
        assert judged(drive(against, end_s=2.0), builder=self.builder()).cases == ()

    def test_a_way_that_may_be_shorter_than_measured_is_nothing(self) -> None:
        """Measured points in a strip of the picture say little of what lies beyond them."""
        low = ((0, 0.97), (0, 1.2)), ((1, 0.97), (20, 1.2)), ((1, 1), (20, 0)), ((0, 1), (0, 0))
        shorter = drive(against, end_s=3.0)
        assert len(judged(shorter, builder=self.builder()).cases) == 1
        assert judged(shorter, builder=one_way().ground_points(*low)).cases == ()

    def test_the_uncertainty_stands_in_the_case(self) -> None:
        (case,) = judged(drive(against), builder=self.builder()).cases
        uncertainty_m, against_m = case.measurements["uncertainty_m"], case.measurements["against_direction_m"]
        assert isinstance(uncertainty_m, float)
        assert isinstance(against_m, float)
        assert 0 < uncertainty_m < 0.5
        assert against_m - 2 * uncertainty_m >= 10


def away(second: float, *, speed_mps: float = 6.0, from_m: float = 14.0) -> BoxPx:
    """A rider who goes away along a road seen in perspective: the box shrinks and slows down."""
    scale = 1200 / (from_m + speed_mps * second)
    x_px, foot_px = 1300 + 2 * scale, 250 + 7 * scale
    return (x_px - 0.5 * scale, foot_px - 1.7 * scale, x_px + 0.5 * scale, foot_px)


def up_is_wrong() -> CameraBuilder:
    lane = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
    builder = CameraBuilder().zone("lane", ZoneKind.LANE, *lane, direction_norm=((0.75, 0.1), (0.75, 0.9)))
    return builder.rule("WRONG_WAY", min_distance_norm=0.1)


def rider(track_id: int, start_s: float, spans: tuple[tuple[float, float], ...], speed_mps: float = 6.0) -> list[Drive]:
    """A rider who sets out at a second and is seen in spans, each by a track of its own."""
    return [
        Drive(
            track_id=track_id + number,
            sightings=[
                (second, away(second - start_s, speed_mps=speed_mps))
                for second in every(0.2, start_s + begin, start_s + end)
            ],
            label="motorcycle",
        )
        for number, (begin, end) in enumerate(spans)
    ]


class TestLostAndFoundAgainFartherOn:
    @pytest.mark.parametrize("unseen_s", [3.0, 6.0, 9.0])
    def test_is_one_act(self, unseen_s: float) -> None:
        spans = ((0.0, 3.0), (3.0 + unseen_s, 40.0))
        found = judged(*rider(1, 0.0, spans, speed_mps=2.0), builder=up_is_wrong())
        assert len(found.cases) == 1

    @settings(max_examples=25, deadline=None)
    @given(headway_s=st.floats(4.0, 9.0), lost_s=st.floats(3.0, 6.0), speed_mps=st.floats(4.0, 8.0))
    def test_one_who_follows_is_another(self, headway_s: float, lost_s: float, speed_mps: float) -> None:
        headway_s, lost_s = round(headway_s / 0.2) * 0.2, round(lost_s / 0.2) * 0.2
        first = rider(1, 0.0, ((0.0, lost_s),), speed_mps)
        second = rider(5, headway_s, ((0.0, 6.0),), speed_mps)
        assert len(judged(*first, *second, builder=up_is_wrong()).cases) == 2
