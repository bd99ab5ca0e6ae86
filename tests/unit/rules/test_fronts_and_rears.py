"""Where the front is, for a camera that sees fronts, rears or both; a level line at y = 540 px."""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.camera import CameraConfig, VehicleSide
from domain.geometry import BoxPx
from rules.kit.line.ruling import REFUSED_FRONT_UNKNOWN, REFUSED_WITHIN_GRACE
from tests.builders.drives import RED, CameraBuilder, Drive, Findings, at, box_at, every, path, run, scenes

LINE_PX = 540
Way = Callable[[float], tuple[float, float]]
lean = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])

GROUND = (  # a camera 7 m up, the line 25 m away: metres across and along the road
    ((0.2, 0.9), (-4.0, 14.0)),
    ((0.8, 0.9), (4.0, 14.0)),
    ((0.35, 0.5), (-4.0, 25.0)),
    ((0.65, 0.5), (4.0, 25.0)),
)


def camera(sees: VehicleSide | None, *, calibrated: bool = False) -> CameraConfig:
    builder = CameraBuilder(sees=sees).rule("RED_LIGHT").rule("STOP_LINE")
    return (builder.ground_points(*GROUND) if calibrated else builder).build()


def up(start_px: float, speed_px_s: float, *, stop_px: float = -1e9, x_px: float = 900) -> Way:
    """Away from the camera, perhaps to a stop."""
    return lambda second: (x_px, max(start_px - speed_px_s * second, stop_px))


def found(
    sees: VehicleSide | None,
    way: Way,
    seconds: Sequence[float],
    signal: Sequence[tuple[float, str]] = RED,
    *,
    label: str = "car",
    label_share: float = 1.0,
    calibrated: bool = False,
) -> Findings:
    drive = Drive(track_id=1, sightings=path(way, seconds), label=label, label_share=label_share)
    return run(camera(sees, calibrated=calibrated), scenes([drive], signal=signal, goes_on_s=4))


class TestRears:
    @pytest.mark.parametrize("calibrated", [False, True])
    @pytest.mark.parametrize("label", ["motorcycle", "car", "truck", "bus"])
    @pytest.mark.parametrize("change", ["green", "yellow"])
    def test_who_passed_before_the_red_is_not_accused_when_the_rear_passes(
        self, change: str, label: str, calibrated: bool
    ) -> None:
        """The front is over the line at 2 s, the rear passes at 6 s, the light changes between."""
        seen = found(
            VehicleSide.REARS,
            lambda second: (
                900,
                700 - 75 * second if second < 2 else max(550 - 3 * (second - 2), 300 - 1e3 * (second < 8)),
            ),
            every(0.1, 0, 11),
            ((-30, change), (3.0, "red")),
            label=label,
            calibrated=calibrated,
        )
        assert seen.cases == ()

    def test_a_truck_that_waited_with_its_front_over_the_line(self) -> None:
        waits = path(lambda _: (940, 592), every(0.1, 0, 6))
        goes = path(lambda second: (980, 592 - 60 * (second - 6)), every(0.1, 6.1, 12), width_px=160, height_px=150)
        sightings = [(second, (box[0] - 10, box[1] - 30, box[2] - 10, box[3])) for second, box in waits] + goes
        drive = Drive(track_id=1, sightings=sightings, label="truck")
        signal = ((-30, "green"), (4.99, "yellow"), (5.0, "red"))
        assert run(camera(VehicleSide.REARS), scenes([drive], signal=signal)).cases == ()

    def test_grace_counts_for_the_front(self) -> None:
        """The rear passes 1.2 s after the change, the front may have passed within the grace."""
        seen = found(VehicleSide.REARS, up(800, 100), every(0.1, 0, 6), ((-30, "green"), (1.4, "red")))
        assert seen.cases == ()
        assert seen.refused("RED_LIGHT") == {REFUSED_WITHIN_GRACE: 1}

    @pytest.mark.parametrize("calibrated", [False, True])
    @pytest.mark.parametrize("label", ["motorcycle", "car", "truck"])
    def test_running_the_red_is_a_case(self, label: str, calibrated: bool) -> None:
        seen = found(VehicleSide.REARS, up(900, 120), every(0.1, 0, 6), label=label, calibrated=calibrated)
        assert seen.codes == ["RED_LIGHT"]
        assert seen.cases[0].moments[0].box_xyxy_px[3] > LINE_PX > seen.cases[0].moments[1].box_xyxy_px[3]
        assert seen.cases[0].began_at < at(3.0), "the front passes before the rear does"

    @pytest.mark.parametrize("calibrated", [False, True])
    def test_standing_with_the_front_over_the_line_and_the_rear_before_it(self, calibrated: bool) -> None:
        seen = found(
            VehicleSide.REARS, up(800, 120, stop_px=555), every(0.1, 0, 9), (*RED, (8, "green")), calibrated=calibrated
        )
        assert seen.codes == ["STOP_LINE"]

    def test_standing_where_only_the_longest_vehicle_would_be_over_the_line(self) -> None:
        way = up(800, 120, stop_px=555 + 0.3 * 120)
        assert found(VehicleSide.REARS, way, every(0.1, 0, 9), (*RED, (8, "green"))).cases == ()

    def test_a_class_in_doubt_is_no_case_where_it_would_matter(self) -> None:
        way, seconds, signal = up(800, 120, stop_px=560), every(0.1, 0, 9), (*RED, (8, "green"))
        assert found(VehicleSide.REARS, way, seconds, signal).codes == ["STOP_LINE"]
        assert found(VehicleSide.REARS, way, seconds, signal, label_share=0.6).cases == ()


class TestByHeading:
    @pytest.mark.parametrize("sees", [VehicleSide.BOTH, None])
    def test_up_the_picture_it_shows_its_rear(self, sees: VehicleSide | None) -> None:
        signal = ((-30, "green"), (1.4, "red"))
        assert found(sees, up(800, 100), every(0.1, 0, 6), signal).cases == ()
        assert found(VehicleSide.FRONTS, up(800, 100), every(0.1, 0, 6), signal).codes == ["RED_LIGHT"]

    @pytest.mark.parametrize("sees", [VehicleSide.BOTH, None, VehicleSide.FRONTS])
    def test_down_the_picture_it_shows_its_front(self, sees: VehicleSide | None) -> None:
        whole = camera(sees)
        line = whole.lines[0].model_copy(update={"beyond_norm": (0.5, 0.9)})
        drive = Drive(track_id=1, sightings=path(lambda second: (900, 300 + 120 * second), every(0.1, 0, 5)))
        seen = run(whole.model_copy(update={"lines": (line,)}), scenes([drive], goes_on_s=4))
        assert seen.codes == ["RED_LIGHT"]
        assert abs((seen.cases[0].began_at - at(2.0)).total_seconds()) < 0.02

    def test_from_the_side_nobody_knows(self) -> None:
        whole = camera(VehicleSide.BOTH)
        line = whole.lines[0].model_copy(update={"points_norm": ((0.5, 0.1), (0.5, 0.9)), "beyond_norm": (0.9, 0.5)})
        drive = Drive(track_id=1, sightings=path(lambda second: (500 + 150 * second, 600), every(0.1, 0, 7)))
        seen = run(whole.model_copy(update={"lines": (line,)}), scenes([drive]))
        assert seen.cases == ()
        assert seen.refused("RED_LIGHT") == {REFUSED_FRONT_UNKNOWN: 1}


class TestOneBoxDecidesNothing:
    SECONDS = (*every(0.1, 0.1, 4.5), 5.6)

    @pytest.mark.parametrize("sees", [VehicleSide.REARS, None])
    @pytest.mark.parametrize("repeats", range(4))
    def test_the_last_box_repeated_after_a_gap_changes_nothing(self, sees: VehicleSide | None, repeats: int) -> None:
        way = path(up(742, 60), self.SECONDS, width_px=80, height_px=150)
        held = [(round(5.6 + 0.1 * number, 1), way[-1][1]) for number in range(1, repeats + 1)]
        drive = Drive(track_id=1, sightings=[*way, *held], label="motorcycle")
        assert run(camera(sees), scenes([drive], every(0.1, 0, 10))).codes == ["RED_LIGHT"]

    @pytest.mark.parametrize("stray_s", every(0.2, 0.2, 3.0))
    def test_a_stray_box_before_the_line_makes_nobody_come_from_there(self, stray_s: float) -> None:
        """It stands over the line since green; one bounding box under red lies before it, then it drives on."""

        def place(second: float) -> tuple[float, float]:
            return (900, 500 + (60 if second == stray_s else 0) - 100 * max(0.0, second - 4))

        assert found(VehicleSide.FRONTS, place, every(0.1, 0, 8)).cases == ()

    @pytest.mark.parametrize("stray_s", every(0.5, 3.0, 5.0))
    def test_a_stray_box_does_not_begin_a_stop_anew(self, stray_s: float) -> None:
        def place(second: float) -> tuple[float, float]:
            return (900, 560 if second == stray_s else max(800 - 150 * second, 500))

        seen = found(VehicleSide.FRONTS, place, every(0.1, 0, 6), (*RED, (5.2, "green")))
        assert seen.codes == ["STOP_LINE"]

    def test_a_vehicle_that_shakes_more_than_it_stands_over_is_not_over(self) -> None:
        chance = random.Random(1)
        sightings = [
            (second, tuple(value + chance.gauss(0, 12) for value in box_at(900, max(800 - 150 * second, 533))))
            for second in every(0.1, 0, 12)
        ]
        drive = Drive(track_id=1, sightings=sightings)  # type: ignore[arg-type]
        assert run(camera(VehicleSide.FRONTS), scenes([drive], signal=(*RED, (11, "green")))).cases == ()


class TestAtTheLine:
    """What drivers, trackers and signals do there."""

    def test_a_vehicle_that_stops_over_the_line_and_reverses(self) -> None:
        def place(second: float) -> tuple[float, float]:
            return (900, max(800 - 150 * second, 490) if second < 3 else min(490 + 60 * (second - 3), 640))

        assert found(VehicleSide.FRONTS, place, every(0.1, 0, 9), (*RED, (8, "green"))).cases == ()

    def test_one_that_turns_round_before_the_line(self) -> None:
        def place(second: float) -> tuple[float, float]:
            return (900 - 40 * second, 560 + abs(second - 3) * 90)

        assert found(None, place, every(0.1, 0, 6)).cases == ()

    @pytest.mark.parametrize("speed_px_s", [8, 15, 30])
    def test_one_that_creeps_over_it_is_never_two_cases(self, speed_px_s: float) -> None:
        seen = found(
            VehicleSide.FRONTS, up(600, speed_px_s), every(0.2, 0, 150 / speed_px_s + 8), (*RED, (40, "green"))
        )
        assert len(seen.cases) <= 1

    @pytest.mark.parametrize("state", ["green", "yellow", "dark", "unknown"])
    @pytest.mark.parametrize("change_s", [0.5, 1.0, 1.4])
    def test_the_light_that_is_not_red_at_the_line(self, change_s: float, state: str) -> None:
        signal = ((-30, "red"), (change_s, state))
        assert found(VehicleSide.REARS, up(700, 90), every(0.1, 0, 6), signal).cases == ()

    @pytest.mark.parametrize("switch_s", every(0.2, 1.0, 4.0))
    @pytest.mark.parametrize("sees", list(VehicleSide))
    def test_a_new_id_near_the_line_never_doubles(self, sees: VehicleSide, switch_s: float) -> None:
        whole = path(up(800, 110), every(0.1, 0, 7))
        parts = [item for item in whole if item[0] < switch_s], [item for item in whole if item[0] >= switch_s]
        drives = [Drive(track_id=number, sightings=part) for number, part in enumerate(parts, 1)]
        assert len(run(camera(sees), scenes(drives)).cases) <= 1

    @pytest.mark.parametrize("gap", [(1.5, 2.5), (2.0, 4.5), (2.2, 6.5)])
    def test_a_waiting_vehicle_and_a_runner_far_ahead_are_not_one(self, gap: tuple[float, float]) -> None:
        """The track of one that waits is found again, after a gap, on another one that has long crossed."""
        waits = path(lambda _: (900, 700), every(0.1, 0, gap[0]))
        other = path(lambda second: (900, 330 - 20 * (second - gap[1])), every(0.1, gap[1], gap[1] + 2))
        drive = Drive(track_id=1, sightings=[*waits, *other], label="motorcycle")
        assert run(camera(VehicleSide.REARS), scenes([drive], keep_s=10)).cases == ()

    def test_a_rear_that_is_covered_from_below_is_not_over_the_line(self) -> None:
        """Others ride up behind a waiting motorcycle and hide its lower third."""
        box = box_at(900, 620, width_px=60, height_px=120)
        cut = (box[0], box[1], box[2], box[3] - 40)
        sightings = [(second, box_at(900, max(760 - 100 * second, 620), width_px=60)) for second in every(0.1, 0, 3)]
        sightings += [(second, cut) for second in every(0.1, 3.1, 9)]
        drive = Drive(track_id=1, sightings=sightings, label="motorcycle")
        assert run(camera(VehicleSide.REARS), scenes([drive], signal=(*RED, (8, "green")))).cases == ()

    @pytest.mark.parametrize("shown", [0.4, 0.5, 0.6])
    def test_one_whose_lower_part_was_covered_until_it_was_over_the_line_was_not_seen_to_cross(
        self, shown: float
    ) -> None:
        """A truck stands before it; when the truck has gone, the whole motorcycle is over the line and drives on."""
        part = [
            (second, (870.0, 480.0, 930.0, 480 + 140 * shown)) for second in every(0.1, 0, 3)
        ]  # fmt: skip
        whole = path(lambda second: (900, 620 + 60 * (second - 3)), every(0.1, 3.1, 7), width_px=60, height_px=140)
        seen_from_ahead = camera(VehicleSide.FRONTS)
        line = seen_from_ahead.lines[0].model_copy(
            update={"beyond_norm": (0.5, 0.9), "points_norm": ((0.1, 580 / 1080), (0.9, 580 / 1080))}
        )
        drive = Drive(track_id=1, sightings=[*part, *whole], label="motorcycle")
        seen = run(seen_from_ahead.model_copy(update={"lines": (line,)}), scenes([drive], every(0.1, 0, 12)))
        assert seen.cases == ()


@st.composite
def crossing(draw: st.DrawFn) -> tuple[VehicleSide, list[tuple[float, BoxPx]]]:
    chance = random.Random(draw(st.integers(0, 2**32 - 1)))
    speed_px_s, stop_px = chance.uniform(60, 200), chance.choice([-1e9, chance.uniform(440, 640)])
    sightings = path(up(chance.uniform(720, 860), speed_px_s, stop_px=stop_px), every(0.1, 0, 9))
    shaken = [
        (second, (box[0] + chance.gauss(0, 2), box[1] + chance.gauss(0, 2), box[2] + chance.gauss(0, 2),
                  box[3] + chance.gauss(0, 2)))
        for second, box in sightings if chance.random() > 0.1
    ]  # fmt: skip
    return draw(st.sampled_from(list(VehicleSide))), shaken


def judged(sees: VehicleSide, sightings: list[tuple[float, BoxPx]], *others: Drive) -> list[tuple[str, float]]:
    drives = [Drive(track_id=1, sightings=sightings), *others]
    seen = run(camera(sees), scenes(drives, every(0.1, 0, 14), signal=(*RED, (8, "green"))))
    return [(case.violation.code, (case.began_at - at(0)).total_seconds()) for case in seen.cases]


class TestWhateverHappens:
    @lean
    @given(crossing())
    def test_mirrored_it_is_the_same(self, seen: tuple[VehicleSide, list[tuple[float, BoxPx]]]) -> None:
        sees, sightings = seen
        mirrored = [(second, (1920 - box[2], box[1], 1920 - box[0], box[3])) for second, box in sightings]
        assert judged(sees, sightings) == judged(sees, mirrored)

    @lean
    @given(crossing(), st.integers(1, 100_000))
    def test_at_another_time_it_is_the_same(
        self, seen: tuple[VehicleSide, list[tuple[float, BoxPx]]], shift_s: int
    ) -> None:
        sees, sightings = seen
        later = [
            replace(scene, at=scene.at)
            for scene in scenes(
                [Drive(track_id=1, sightings=[(second + shift_s, box) for second, box in sightings])],
                [second + shift_s for second in every(0.1, 0, 14)],
                signal=tuple((second + shift_s, state) for second, state in (*RED, (8, "green"))),
            )
        ]
        cases = run(camera(sees), later).cases
        shifted = [(case.violation.code, (case.began_at - at(shift_s)).total_seconds()) for case in cases]
        assert [code for code, _ in shifted] == [code for code, _ in judged(sees, sightings)]

    @lean
    @given(crossing(), st.integers(0, 2**32 - 1))
    def test_an_unrelated_track_changes_nothing(
        self, seen: tuple[VehicleSide, list[tuple[float, BoxPx]]], seed: int
    ) -> None:
        sees, sightings = seen
        chance = random.Random(seed)
        far = [(second, box_at(300 + chance.gauss(0, 2), 950)) for second in every(0.1, 0, 9)]
        assert judged(sees, sightings) == judged(sees, sightings, Drive(track_id=2, sightings=far))

    @lean
    @given(st.integers(0, 2**32 - 1), st.sampled_from(list(VehicleSide)), st.floats(0, 4))
    def test_what_never_crossed_is_no_case(self, seed: int, sees: VehicleSide, sigma_px: float) -> None:
        """Longest vehicles included: its lower edge stays a box height before the line, and shakes."""
        chance = random.Random(seed)
        sightings = [
            (second, tuple(value + chance.gauss(0, sigma_px) for value in box_at(900, max(900 - 90 * second, 665))))
            for second in every(0.1, 0, 9)
            if chance.random() > 0.15
        ]
        assert judged(sees, sightings) == []  # type: ignore[arg-type]
