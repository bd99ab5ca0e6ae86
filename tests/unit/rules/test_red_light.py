"""RED_LIGHT and STOP_LINE at a level line at y = 540 px; traffic goes up the picture."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import pytest

from domain.camera import ZoneKind
from domain.event import Release
from domain.geometry import BoxPx
from domain.seen.scene import Scene
from domain.seen.timeline import SignalState
from rules.facts.follower import Follower
from rules.facts.ground_plane import GroundPlane
from rules.facts.line.approach import Approaches
from rules.facts.line.measures import LineMeasures
from rules.facts.line.watch import StopLineWatch
from rules.kit.line.ruling import (
    REFUSED_BOX_CUT,
    REFUSED_EXIT_UNKNOWN,
    REFUSED_NOT_A_VEHICLE,
    REFUSED_NOT_BEFORE_UNDER_RED,
    REFUSED_NOT_FAR_ENOUGH,
    REFUSED_SIGNAL_UNKNOWN,
    REFUSED_WITHIN_GRACE,
)
from rules.offences.red_light import REFUSED_LAWFUL_TURN, REFUSED_STOPPED
from rules.offences.stop_line import REFUSED_ENTERED
from rules.outcome import REFUSED_TOLD_BEFORE
from tests.builders.drives import RED, SIZE_WH, CameraBuilder, Drive, Findings, at, every, path, run, scenes

LINE_PX = 540


def straight(
    *, start_px: float = 800, speed_px_s: float = 150, x_px: float = 900
) -> Callable[[float], tuple[float, float]]:
    """A way straight up the picture."""
    return lambda second: (x_px, start_px - speed_px_s * second)


def drive(places: Callable[[float], tuple[float, float]] | None = None, *, end_s: float = 5, **more: object) -> Drive:
    sightings = path(places or straight(), every(0.2, 0, end_s))
    return Drive(track_id=7, sightings=sightings, **more)  # type: ignore[arg-type]


def both(*drives: Drive, signal: Sequence[tuple[float, str]] = RED, until_s: float | None = None) -> Findings:
    camera = CameraBuilder().rule("RED_LIGHT").rule("STOP_LINE").build()
    seconds = None if until_s is None else every(0.2, 0, until_s)
    return run(camera, scenes(drives, seconds, signal=signal, goes_on_s=4))


def heard_late(drive: Drive, *, green_s: float, heard_s: float) -> Iterator[Scene]:
    """Red every two seconds until the crossing, then a green that began before it."""
    told = tuple((second, "red") for second in range(-30, 2, 2))
    heard = False
    for scene in scenes([drive], every(0.2, 0, 10), signal=told, max_age_s=5):
        if scene.at >= at(heard_s):
            scene.signals["S1"].record(scene.at if heard else at(green_s), SignalState.GREEN)
            heard = True
        yield scene


class TestRunningTheRed:
    def test_one_case_with_both_moments_and_what_the_lamp_showed(self) -> None:
        found = both(drive())
        (case,) = found.cases
        assert case.violation.code == "RED_LIGHT"
        assert [(moment.name, moment.signal) for moment in case.moments] == [
            ("before_line", SignalState.RED),
            ("after_line", SignalState.RED),
        ]
        before, after = case.moments
        assert before.box_xyxy_px[3] < 800
        assert before.box_xyxy_px[3] > LINE_PX > after.box_xyxy_px[3]
        assert after.at - before.at >= timedelta(seconds=0.5)
        assert case.site.instruments == ("line photographed 2026-01-02",)
        assert found.refused("STOP_LINE") == {REFUSED_ENTERED: 1}

    def test_the_crossing_is_interpolated_between_the_sightings_on_both_sides(self) -> None:
        (case,) = both(drive()).cases
        assert case.began_at == at(260 / 150).replace(microsecond=case.began_at.microsecond)
        assert case.measurements["red_before_crossing_s"] == pytest.approx(30 + 260 / 150, abs=0.002)

    @pytest.mark.parametrize("state", ["green", "yellow", "dark", "flashing_yellow"])
    def test_no_red_is_no_case_and_no_refusal(self, state: str) -> None:
        found = both(drive(), signal=((-30, "red"), (-20, state)))
        assert found.cases == ()
        assert found.refusals == {}

    def test_two_vehicles_side_by_side_are_two_cases(self) -> None:
        other = Drive(track_id=8, sightings=path(straight(x_px=1010), every(0.2, 0, 5)))
        assert both(drive(), other).codes == ["RED_LIGHT", "RED_LIGHT"]

    def test_a_follower_that_appears_where_the_first_was_lost_is_its_own_case(self) -> None:
        first = Drive(track_id=1, sightings=path(straight(), every(0.2, 0, 3.4)))
        follower = Drive(track_id=2, sightings=path(straight(start_px=1300), every(0.2, 3.6, 8)))
        assert both(first, follower).codes == ["RED_LIGHT", "RED_LIGHT"]

    def test_low_rates_of_pictures_do(self) -> None:
        slow = Drive(track_id=7, sightings=path(straight(speed_px_s=90), every(1.25, 0, 7.5)))
        assert both(slow).codes == ["RED_LIGHT"]

    def test_a_person_has_no_row_in_the_catalogue(self) -> None:
        found = both(drive(label="person"))
        assert found.cases == ()
        assert found.refused("RED_LIGHT") == {REFUSED_NOT_A_VEHICLE: 1}


@pytest.mark.parametrize("neighbour", [None, "CROWD"])
def test_what_other_rules_judge_in_the_junction_changes_nothing(neighbour: str | None) -> None:
    """Three wait in the junction, out of the way; one runs the red beside them."""
    corners = ((0.1, 0.1), (0.9, 0.1), (0.9, 0.5), (0.1, 0.5))
    camera = CameraBuilder().zone("junction", ZoneKind.LANE, *corners)
    camera.rule("RED_LIGHT", junction_zone="junction")
    if neighbour is not None:
        camera.rule(neighbour, zones=("junction",))
    others = [
        Drive(track_id=20 + n, sightings=path(lambda _, n=n: (300 + 120 * n, 300), every(0.2, 0, 5))) for n in range(3)
    ]
    found = run(camera.build(), scenes([drive(), *others], goes_on_s=4))
    assert "RED_LIGHT" in found.codes
    assert "jam" not in found.refused("RED_LIGHT")


class TestWhatMustBeKnown:
    def test_red_too_short_is_grace(self) -> None:
        crossing_s = 260 / 150
        found = both(drive(), signal=((-30, "green"), (crossing_s - 0.45, "red")))
        assert found.cases == ()
        assert found.refused("RED_LIGHT") == {REFUSED_WITHIN_GRACE: 1}

    def test_red_long_enough_is_a_case(self) -> None:
        assert both(drive(), signal=((-30, "green"), (260 / 150 - 0.7, "red"))).codes == ["RED_LIGHT"]

    def test_grace_counts_from_the_first_report_where_the_beginning_was_not_seen(self) -> None:
        found = both(drive(), signal=((260 / 150 - 0.3, "red"),))
        assert found.cases == ()

    def test_not_seen_before_the_line_while_red_was_shown(self) -> None:
        gap = Drive(track_id=7, sightings=path(straight(), [0, 0.2, 0.4, 2.6, 2.8, 3.0, 3.2, 3.4]))
        found = both(gap, signal=((-30, "green"), (0.5, "red")))
        assert found.cases == ()
        assert found.refused("RED_LIGHT") == {REFUSED_NOT_BEFORE_UNDER_RED: 1}

    def test_nothing_known_of_the_signal(self) -> None:
        found = both(drive(), signal=())
        assert found.cases == ()
        assert found.refused("RED_LIGHT") == {REFUSED_SIGNAL_UNKNOWN: 1}

    def test_unknown_at_the_crossing(self) -> None:
        found = both(drive(), signal=((-30, "red"), (1.0, "unknown"), (2.5, "red")))
        assert found.cases == ()
        assert found.refused("RED_LIGHT") == {REFUSED_SIGNAL_UNKNOWN: 1}

    def test_unknown_before_it_is_far_enough(self) -> None:
        found = both(drive(), signal=((-30, "red"), (1.75, "unknown")))
        assert found.cases == ()
        assert found.refused("RED_LIGHT") == {REFUSED_SIGNAL_UNKNOWN: 1}

    def test_a_feed_that_fell_silent_is_unknown(self) -> None:
        camera = CameraBuilder(max_age_s=5).rule("RED_LIGHT").build()
        found = run(camera, scenes([drive()], signal=((-10, "red"), (-4, "red")), max_age_s=5))
        assert found.cases == ()
        assert found.refused("RED_LIGHT") == {REFUSED_SIGNAL_UNKNOWN: 1}

    @pytest.mark.parametrize("code", ["RED_LIGHT", "STOP_LINE"])
    def test_a_red_whose_end_was_on_its_way(self, code: str) -> None:
        """Green began before the crossing and was heard when it was long over."""
        camera = CameraBuilder(max_age_s=5).rule(code).build()
        found = run(camera, heard_late(drive(), green_s=1.0, heard_s=4.6))
        assert found.cases == ()

    @pytest.mark.parametrize("lost", [False, True], ids=["seen on", "lost soon after"])
    def test_a_feed_that_died_just_before(self, lost: bool) -> None:
        camera = CameraBuilder(max_age_s=5).rule("RED_LIGHT").build()
        told = tuple((second, "red") for second in range(-30, 2, 2))
        found = run(camera, scenes([drive(end_s=3.4 if lost else 5)], every(0.2, 0, 10), signal=told, max_age_s=5))
        assert found.cases == ()
        assert found.refused("RED_LIGHT") == {REFUSED_SIGNAL_UNKNOWN: 1}

    @pytest.mark.parametrize("lost", [False, True], ids=["seen on", "lost soon after"])
    def test_a_feed_that_goes_on_confirms_the_red(self, lost: bool) -> None:
        camera = CameraBuilder(max_age_s=5).rule("RED_LIGHT").build()
        told = tuple((second, "red") for second in range(-30, 12, 4))
        found = run(camera, scenes([drive(end_s=3.4 if lost else 5)], every(0.2, 0, 10), signal=told, max_age_s=5))
        assert [case.violation.code for case in found.cases] == ["RED_LIGHT"]

    def test_green_before_it_is_clearly_beyond(self) -> None:
        found = both(drive(), signal=((-30, "red"), (1.75, "green")))
        assert found.cases == ()
        assert found.refused("RED_LIGHT") == {REFUSED_NOT_FAR_ENOUGH: 1}

    def test_a_track_that_begins_beyond_the_line(self) -> None:
        found = both(drive(straight(start_px=530)))
        assert found.cases == ()
        assert found.refusals == {}

    def test_a_track_that_begins_on_the_line(self) -> None:
        camera = CameraBuilder().rule("RED_LIGHT").build()
        slanted = camera.lines[0].model_copy(update={"points_norm": ((0.1, 0.48), (0.9, 0.52))})
        camera = camera.model_copy(update={"lines": (slanted,)})
        assert run(camera, scenes([drive(straight(start_px=541))])).cases == ()

    def test_a_way_round_the_lines_end(self) -> None:
        assert both(drive(straight(x_px=100))).cases == ()

    def test_the_opposite_direction(self) -> None:
        assert both(drive(lambda second: (900, 300 + 150 * second))).cases == ()

    def test_lost_before_it_is_clearly_beyond(self) -> None:
        short = Drive(track_id=7, sightings=path(straight(), every(0.2, 0, 1.8)))
        found = both(short, until_s=6)
        assert found.cases == ()
        assert found.refused("RED_LIGHT") == {REFUSED_NOT_FAR_ENOUGH: 1}

    def test_only_the_lower_edge_moves(self) -> None:
        """Something drives past in front of a waiting vehicle and covers it from below."""
        boxes: list[tuple[float, BoxPx]] = [(second, (850.0, 300.0, 950.0, 600.0)) for second in every(0.2, 0, 2)]
        boxes += [(2.2, (850.0, 300.0, 950.0, 520.0)), (2.4, (850.0, 300.0, 950.0, 460.0))]
        boxes += [(second, (850.0, 300.0, 950.0, 450.0)) for second in every(0.2, 2.6, 4)]
        found = both(Drive(track_id=7, sightings=boxes), until_s=8)
        assert found.cases == ()
        assert found.refused("RED_LIGHT") == {REFUSED_BOX_CUT: 1}

    def test_a_clock_that_is_off_suspends_the_rules_and_is_counted_once(self) -> None:
        camera = CameraBuilder().rule("RED_LIGHT").build()
        found = run(camera, scenes([drive()], clock_error_ms=lambda second: 9000 if second >= 1 else 10))
        assert found.cases == ()
        assert found.refusals == {("RED_LIGHT", "suspended_clock_off"): 1}

    def test_sightings_of_a_suspended_span_are_not_used_later(self) -> None:
        camera = CameraBuilder().rule("RED_LIGHT").build()
        found = run(camera, scenes([drive()], clock_error_ms=lambda second: 9000 if 0.9 < second < 2.5 else 10))
        assert found.cases == ()


class TestRollingOverAndStopping:
    @staticmethod
    def roll_and_stop(second: float) -> tuple[float, float]:
        return (900, max(800 - 150 * second, 500))

    def test_is_stop_line_alone_told_when_the_red_ends(self) -> None:
        found = both(drive(self.roll_and_stop, end_s=12), signal=(*RED, (10, "green")))
        (case,) = found.cases
        assert case.violation.code == "STOP_LINE"
        assert [moment.name for moment in case.moments] == ["before_line", "over_line", "still_over_line"]
        assert {moment.signal for moment in case.moments} == {SignalState.RED}
        assert case.moments[2].at - case.moments[1].at >= timedelta(seconds=2)
        assert found.refused("RED_LIGHT") == {REFUSED_STOPPED: 1}

    def test_its_moments_are_held_while_the_red_lasts(self) -> None:
        found = both(drive(self.roll_and_stop, end_s=12), signal=(*RED, (10, "green")))
        (case,) = found.cases
        held = {at for key, at in found.held.items() if "STOP_LINE" in key}
        assert {moment.at for moment in case.moments} == held
        released = {key for key in found.released if "STOP_LINE" in key}
        assert released == {key for key in found.held if "STOP_LINE" in key}
        assert all(found.outputs.index(case) < found.outputs.index(Release(key=key)) for key in released)
        assert [key for key in found.held if "RED_LIGHT" in key] == [
            key for key in found.released if "RED_LIGHT" in key
        ]

    def test_going_on_while_red_is_red_light_alone(self) -> None:
        def place(second: float) -> tuple[float, float]:
            return (900, 500 - max(0.0, 150 * (second - 8))) if second > 2 else self.roll_and_stop(second)

        found = both(drive(place, end_s=11))
        assert found.codes == ["RED_LIGHT"]
        (case,) = found.cases
        assert case.measurements["stood_over_line"] is True
        assert case.moments[0].at in found.held.values()
        assert found.refused("STOP_LINE") == {REFUSED_ENTERED: 1}

    def test_going_on_after_green_is_stop_line_alone(self) -> None:
        def place(second: float) -> tuple[float, float]:
            return (900, 500 - max(0.0, 150 * (second - 8))) if second > 2 else self.roll_and_stop(second)

        assert both(drive(place, end_s=11), signal=(*RED, (7.5, "green"))).codes == ["STOP_LINE"]

    def test_rolling_back_after_a_stop_is_stop_line_still(self) -> None:
        def place(second: float) -> tuple[float, float]:
            return (900, min(500 + max(0.0, 100 * (second - 7)), 620)) if second > 2 else self.roll_and_stop(second)

        assert both(drive(place, end_s=11), signal=(*RED, (10, "green"))).codes == ["STOP_LINE"]

    def test_standing_too_short_is_nothing(self) -> None:
        found = both(drive(self.roll_and_stop, end_s=6), signal=(*RED, (3.5, "green")))
        assert found.cases == ()

    def test_standing_before_the_line_is_nothing(self) -> None:
        found = both(drive(lambda second: (900, max(800 - 150 * second, 548)), end_s=8), signal=(*RED, (7, "green")))
        assert found.cases == ()
        assert found.refusals == {}

    def test_stopped_vehicle_whose_track_is_given_up_is_stop_line(self) -> None:
        found = both(drive(self.roll_and_stop, end_s=6), until_s=12)
        assert found.codes == ["STOP_LINE"]


class TestOneActOneCase:
    def test_two_tracks_of_one_vehicle(self) -> None:
        twin = Drive(track_id=9, sightings=path(straight(x_px=905), every(0.2, 0.4, 5)))
        found = both(drive(), twin)
        assert found.codes == ["RED_LIGHT"]
        assert found.refused("RED_LIGHT") == {REFUSED_TOLD_BEFORE: 1}

    @pytest.mark.parametrize("switch_s", [0.6, 1.2, 1.6, 1.8, 2.0, 2.6, 3.4])
    def test_a_new_id_on_the_way_never_doubles(self, switch_s: float) -> None:
        seconds = every(0.2, 0, 5)
        one = Drive(track_id=1, sightings=path(straight(), [second for second in seconds if second < switch_s]))
        two = Drive(track_id=2, sightings=path(straight(), [second for second in seconds if second >= switch_s]))
        assert len(both(one, two).cases) <= 1

    @pytest.mark.parametrize("swap_s", [1.0, 1.6, 2.0, 2.4, 2.8, 3.2])
    def test_ids_swapped_with_a_waiting_vehicle_never_invent(self, swap_s: float) -> None:
        seconds = every(0.2, 0, 5)
        runner, waiting = path(straight(), seconds), path(lambda _: (1040, 600), seconds)
        one = [*(x for x in runner if x[0] < swap_s), *(x for x in waiting if x[0] >= swap_s)]
        two = [*(x for x in waiting if x[0] < swap_s), *(x for x in runner if x[0] >= swap_s)]
        assert len(both(Drive(track_id=1, sightings=one), Drive(track_id=2, sightings=two)).cases) <= 1

    def test_a_track_that_goes_over_to_a_vehicle_far_beyond(self) -> None:
        waiting = path(lambda _: (900, 600), every(0.2, 0, 3))
        far = path(lambda second: (300, 300 - 40 * (second - 3)), every(0.2, 3.2, 5))
        assert both(Drive(track_id=1, sightings=[*waiting, *far])).cases == ()

    def test_wobbling_at_the_line_is_nothing(self) -> None:
        wobble = [(second, 540 + (6 if index % 2 else -6)) for index, second in enumerate(every(0.2, 0, 20))]
        standing = Drive(
            track_id=1, sightings=[(second, (850, bottom - 120, 950, bottom)) for second, bottom in wobble]
        )
        assert both(standing).cases == ()


class TestLawfulTurns:
    @staticmethod
    def with_right_turn(*drives: Drive) -> Findings:
        camera = CameraBuilder().zone("east", ZoneKind.JUNCTION, (0.8, 0.2), (1, 0.2), (1, 0.45), (0.8, 0.45))
        camera.rule("RED_LIGHT", lawful_exit_zones=["east"])
        return run(camera.build(), scenes(drives))

    @staticmethod
    def right_turn(second: float) -> tuple[float, float]:
        return (900 + max(0.0, 260 * (second - 2.5)), max(800 - 150 * second, 380))

    def test_leaving_by_an_allowed_exit(self) -> None:
        found = self.with_right_turn(drive(self.right_turn, end_s=7))
        assert found.cases == ()
        assert found.refused("RED_LIGHT") == {REFUSED_LAWFUL_TURN: 1}

    def test_going_straight_on_is_a_case(self) -> None:
        assert self.with_right_turn(drive(straight(speed_px_s=120), end_s=6)).codes == ["RED_LIGHT"]

    def test_lost_on_the_way_to_an_allowed_exit_is_unknown(self) -> None:
        found = self.with_right_turn(drive(self.right_turn, end_s=4))
        assert found.cases == ()
        assert found.refused("RED_LIGHT") == {REFUSED_EXIT_UNKNOWN: 1}


def test_memory_stays_bounded() -> None:
    camera = CameraBuilder().rule("RED_LIGHT").build()
    measures = LineMeasures(line="stop")
    approaches = Approaches(camera=camera, measures=measures.crossing(), resolution_wh=SIZE_WH)
    watch = StopLineWatch(camera=camera, measures=measures, resolution_wh=SIZE_WH)
    follower = Follower(GroundPlane(camera=camera, resolution_wh=SIZE_WH))
    drives = [Drive(track_id=index, sightings=path(straight(), [index * 0.2])) for index in range(400)]
    largest = 0
    for scene in scenes(drives, keep_s=0.3):
        users = follower.step(scene)
        watch.step(scene, users, approaches.step(follower.placed, follower.gone, ()))
        largest = max(largest, len(watch) + len(approaches))
    assert largest <= 60
