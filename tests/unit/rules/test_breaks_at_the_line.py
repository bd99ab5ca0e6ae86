"""A track that breaks at the stop line goes on under the next one only where that surely shows the same vehicle."""

from collections.abc import Callable, Iterable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.camera import VehicleSide
from tests.builders.drives import CameraBuilder, Drive, Findings, box_at, every, run, scenes
from tests.builders.rule_scenes import AHEAD_FROM_LINE, STANDS_OVER, along, drive

CAMERA = CameraBuilder().rule("RED_LIGHT").rule("STOP_LINE").build()
CROSSES_S = 460 / 140  # AHEAD_FROM_LINE is at the line


def parts(whole: Drive, cut_s: float, unseen_s: float) -> list[Drive]:
    first = [item for item in whole.sightings if item[0] <= cut_s]
    second = [item for item in whole.sightings if item[0] > cut_s + unseen_s]
    return [
        Drive(track_id=number, sightings=seen, label=whole.label, label_share=whole.label_share)
        for number, seen in ((1, first), (2, second))
        if seen
    ]


def found(*drives: Drive) -> Findings:
    return run(CAMERA, scenes(drives))


@pytest.mark.parametrize("unseen_s", [0.05, 0.45, 0.75])
@pytest.mark.parametrize("before_s", [0.6, 0.3, 0.1, -0.1, -0.3])
def test_a_crossing_goes_on_under_the_next_track(before_s: float, unseen_s: float) -> None:
    (case,) = found(*parts(drive(AHEAD_FROM_LINE), CROSSES_S - before_s, unseen_s)).cases
    assert case.violation.code == "RED_LIGHT"
    assert case.subject.track_ids == (1, 2)
    before, after = case.moments
    assert before.box_xyxy_px[3] > 540 > after.box_xyxy_px[3]


def test_so_does_a_stop_over_the_line() -> None:
    (case,) = found(*parts(drive(STANDS_OVER), 3.4, 0.4)).cases
    assert (case.violation.code, case.subject.track_ids) == ("STOP_LINE", (1, 2))


def test_a_track_that_begins_beyond_where_another_waits_is_of_another() -> None:
    """The one that waited is covered; the one that appears came from elsewhere, and nobody saw it before the line."""
    waits = drive(lambda _: (1000, 570), seconds=3)
    crosses: Callable[[float], tuple[float, float]] = lambda second: (1000, 490 - 140 * (second - 3.2))  # noqa: E731
    appears = Drive(track_id=2, sightings=[item for item in drive(crosses).sightings if item[0] > 3.2], label="car")
    assert found(waits, appears).cases == ()


def test_with_somebody_near_nobody_knows_who_it_is() -> None:
    beside = drive(lambda second: (1070, AHEAD_FROM_LINE(second)[1] + 40), track_id=9)
    seen = found(*parts(drive(AHEAD_FROM_LINE), CROSSES_S - 0.2, 0.4), beside)
    assert [case.subject.track_ids for case in seen.cases] == [(9,)]


@given(cut_s=st.floats(0.5, 6.5), unseen_s=st.floats(0.05, 2.0), aside_px=st.integers(-400, 400))
@settings(max_examples=40, deadline=None)
def test_two_vehicles_are_never_made_into_one(cut_s: float, unseen_s: float, aside_px: int) -> None:
    """The first stops before the line and is lost; the second is first seen beyond it."""
    stops = drive(lambda second: (1000, max(1000 - 140 * second, 565)))
    first, *_ = parts(stops, max(cut_s, 3.6), unseen_s)
    begins_s = max(cut_s, 3.6) + unseen_s
    away = drive(lambda second: (1000 + aside_px, 500 - 140 * (second - begins_s)), seconds=9, track_id=2)
    second = Drive(track_id=2, sightings=[item for item in away.sightings if item[0] > begins_s], label="car")
    assert found(first, second).cases == ()


class TestOneIsLeftBehind:
    """The track of one that waits goes over to one that passes: somebody new is found where it stood."""

    WAITS_PX, PASSES_X_PX = 570, 1040

    def swapped(
        self,
        *,
        found_after_s: float,
        found_at: tuple[float, float],
        end_s: float = 14,
        hole_s: tuple[float, float] = (99, 99),
    ) -> Findings:
        def seen(of: Iterable[float]) -> list[float]:
            return [second for second in of if not hole_s[0] < second < hole_s[1]]

        waits = [(second, box_at(1000, self.WAITS_PX, width_px=90, height_px=110)) for second in every(0.1, 0, 3)]
        goes = [
            (second, box_at(self.PASSES_X_PX, 560 - 140 * (second - 3), width_px=90, height_px=110))
            for second in seen(every(0.1, 3.1, 7))
        ]
        again = [
            (second, box_at(*found_at, width_px=90, height_px=110))
            for second in seen(every(0.1, 3 + found_after_s, 12))
        ]
        drives = [
            Drive(track_id=1, sightings=[*waits, *goes], label="motorcycle"),
            Drive(track_id=2, sightings=again, label="motorcycle"),
        ]
        return run(CAMERA, scenes(drives, seen(every(0.1, 0, end_s))))

    @pytest.mark.parametrize("found_after_s", [0.3, 1.0, 2.0])
    def test_then_nobody_knows_who_crossed(self, found_after_s: float) -> None:
        seen = self.swapped(found_after_s=found_after_s, found_at=(1002, 572))
        assert seen.cases == ()
        assert seen.refused("RED_LIGHT") == {"left_behind": 1}

    @pytest.mark.parametrize("end_s", [4.2, 5.0, 6.4])
    @pytest.mark.parametrize("found_after_s", [1.0, 2.0, 2.9, 60.0])
    def test_nobody_is_accused_by_a_camera_that_is_stopped_before_that_is_known(
        self, found_after_s: float, end_s: float
    ) -> None:
        seen = self.swapped(found_after_s=found_after_s, found_at=(1002, 572), end_s=end_s)
        assert seen.cases == ()
        stood_again = end_s - (3 + found_after_s) > 0.5
        assert seen.refused("RED_LIGHT") == {"left_behind" if stood_again else "left_behind_unseen": 1}

    @pytest.mark.parametrize("found_after_s", [1.5, 2.0, 2.5, 60.0])
    def test_nobody_is_accused_where_pictures_are_missing_meanwhile(self, found_after_s: float) -> None:
        seen = self.swapped(found_after_s=found_after_s, found_at=(1002, 572), hole_s=(4.25, 6.75))
        assert seen.cases == ()
        assert seen.refused("RED_LIGHT") == {"left_behind_unseen": 1}

    def test_nor_is_who_stands_over_the_line(self) -> None:
        """He was last seen before it at 2.6 s."""
        assert run(CAMERA, scenes([drive(STANDS_OVER, seconds=6.2)])).codes == ["STOP_LINE"]
        stopped = run(CAMERA, scenes([drive(STANDS_OVER, seconds=6.0)]))
        assert stopped.cases == ()
        assert stopped.refused("STOP_LINE") == {"left_behind_unseen": 1}

    @pytest.mark.parametrize("found_at", [(1000, 660), (880, 570)])
    def test_who_closes_up_behind_or_waits_beside_it_changes_nothing(self, found_at: tuple[float, float]) -> None:
        assert self.swapped(found_after_s=1.0, found_at=found_at).codes == ["RED_LIGHT"]

    def test_who_comes_there_from_elsewhere_changes_nothing(self) -> None:
        closes_up = drive(lambda second: (1000, max(1060 - 140 * (second - 2), 572)), seconds=12, track_id=3)
        comes = [item for item in closes_up.sightings if item[0] > 3]
        waits = [(second, box_at(1000, self.WAITS_PX)) for second in every(0.1, 0, 3)]
        goes = [(second, box_at(1000, 560 - 140 * (second - 3))) for second in every(0.1, 3.1, 7)]
        first = Drive(track_id=1, sightings=[*waits, *goes], label="car")
        second = Drive(track_id=2, sightings=comes, label="car")
        assert run(CAMERA, scenes([first, second], every(0.1, 0, 14))).codes == ["RED_LIGHT"]

    def test_who_comes_there_much_later_changes_nothing(self) -> None:
        assert self.swapped(found_after_s=4.0, found_at=(1000, 570)).codes == ["RED_LIGHT"]


def test_a_track_that_stays_where_it_jumped_to_is_another_way() -> None:
    """It never comes back to the one that waits before the line."""
    waits = [(second, box_at(1000, 600)) for second in every(0.1, 0, 3)]
    away = [(second, box_at(1200, 520 - 140 * (second - 3))) for second in every(0.1, 3.1, 6)]
    assert found(Drive(track_id=1, sightings=[*waits, *away], label="car")).cases == ()


def down_over_the_line(*, covered_from_s: float) -> Findings:
    """Towards the camera: it waits 20 px before the line, goes at 5 s, and is covered by half until it is over it."""
    down = CAMERA.lines[0].model_copy(update={"beyond_norm": (0.5, 0.9)})
    camera = CAMERA.model_copy(update={"lines": (down,), "sees": VehicleSide.FRONTS})
    whole = drive(lambda second: (1000, min(300 + 80 * second, 520) if second < 5 else 520 + 140 * (second - 5)))
    sightings = [
        (second, (x1, y1, x2, y2 - 0.4 * (y2 - y1)) if covered_from_s < second <= 5.2 else (x1, y1, x2, y2))
        for second, (x1, y1, x2, y2) in whole.sightings
    ]
    return run(camera, scenes([Drive(track_id=1, sightings=sightings, label="car")], goes_on_s=4))


def test_who_was_seen_whole_before_the_line_under_this_red_may_be_covered_by_half_as_it_goes() -> None:
    assert down_over_the_line(covered_from_s=4.5).codes == ["RED_LIGHT"]


def test_who_was_covered_by_half_all_along_may_have_been_over_the_line() -> None:
    assert down_over_the_line(covered_from_s=-1).refused("RED_LIGHT") == {"box_cut": 1}


@pytest.mark.parametrize(("between", "codes"), [("red", 1), ("green", 2)])
def test_who_goes_back_and_stands_over_the_line_again_did_so_once_in_one_red(between: str, codes: int) -> None:
    way = along((0, 1000, 800), (2, 1000, 490), (8, 1000, 490), (9, 1000, 600), (12, 1000, 600), (13, 1000, 490))
    signal = ((-60.0, "green"), (-30.0, "red"), (10.0, between), (11.0, "red"), (25.0, "green"))
    seen = run(CAMERA, scenes([drive(way, seconds=24)], every(0.1, 0, 30), signal=signal))
    assert seen.codes == ["STOP_LINE"] * codes


def test_who_is_hidden_while_he_stops_over_the_line_is_not_judged_by_his_last_motion() -> None:
    """His track lives on, and shows him standing there."""
    stops = drive(along((0, 1000, 700), (2, 1000, 500), (30, 1000, 500)), seconds=14)
    hidden = [item for item in stops.sightings if not 1.95 < item[0] < 4.5]
    signal = ((-60.0, "green"), (-30.0, "red"), (12.0, "green"))
    kept = scenes([Drive(track_id=1, sightings=hidden, label="car")], every(0.1, 0, 16), signal=signal, keep_s=6)
    assert run(CAMERA, kept).codes == ["STOP_LINE"]


def standing_then(*later: tuple[float, float], until_s: float = 14.0) -> Findings:
    """It waits 30 px before the line for four seconds, then goes by these places and stands at the last of them."""
    corners = [(0.0, 800.0), (2.0, 570.0), (4.0, 570.0), *later]
    stops = drive(along(*((second, 1000, y) for second, y in corners), (30, 1000, corners[-1][1])), seconds=until_s)
    return run(CAMERA, scenes([stops], every(0.1, 0, 24), signal=((-60.0, "green"), (-30.0, "red"), (18.0, "green"))))


def test_who_rolls_on_over_the_line_and_stands_there_is_told() -> None:
    assert standing_then((5.0, 500)).codes == ["STOP_LINE"]


def test_a_name_that_moves_on_while_nobody_does_is_of_another_vehicle() -> None:
    """Two stand on each other in the picture, and the tracker gives the one's name to the other."""
    seen = standing_then((4.1, 515))
    assert seen.codes == []
    assert (seen.refused("STOP_LINE"), seen.refused("RED_LIGHT")) == ({"leapt": 1}, {"leapt": 1})


def test_who_goes_on_unseen_beyond_the_line_may_be_another() -> None:
    through = drive(AHEAD_FROM_LINE, seconds=9)
    hidden = [item for item in through.sightings if not CROSSES_S + 0.4 < item[0] < CROSSES_S + 2.4]
    seen = run(CAMERA, scenes([Drive(track_id=1, sightings=hidden, label="car")], every(0.1, 0, 16), keep_s=6))
    assert seen.codes == []
    assert seen.refusals["RED_LIGHT", "unseen_at_line"] == 1


def test_who_is_not_seen_while_he_stands_there_is_the_same() -> None:
    goes = drive(
        along((0, 1000, 800), (2, 1000, 570), (4, 1000, 570), (4.6, 1000, 520), (9, 1000, 520), (12, 1000, 200)),
        seconds=12,
    )
    hidden = [item for item in goes.sightings if not 5.5 < item[0] < 8]
    drives = [Drive(track_id=1, sightings=hidden, label="car")]
    assert run(CAMERA, scenes(drives, every(0.1, 0, 20), keep_s=6)).codes == ["RED_LIGHT"]
