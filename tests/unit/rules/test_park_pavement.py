"""PARK_PAVEMENT on a pavement that is the left half of the picture; threshold 60 s."""

from collections.abc import Callable, Sequence
from datetime import date, time, timedelta
from typing import Any

import pytest

from domain.camera import Hours, Mode, RuleUse, ZoneKind
from domain.cases.case import Case
from domain.event import Release
from rules.offences.park_pavement import (
    REFUSED_BAN_ENDED,
    REFUSED_LEFT,
    REFUSED_LOST,
    REFUSED_REPLACED,
    ParkPavement,
    ParkPavementParameters,
)
from rules.rule import Refusals
from tests.builders.drives import CameraBuilder, Drive, Findings, at, engine_for, every, path, run, scenes

PLACE = (400.0, 700.0)


def camera_with(**parameters: Any) -> CameraBuilder:
    builder = CameraBuilder().zone("pavement", ZoneKind.PAVEMENT, (0, 0), (0.5, 0), (0.5, 1), (0, 1))
    return builder.rule("PARK_PAVEMENT", **{"threshold_s": 60.0, **parameters})


def parked(
    track_id: int,
    start_s: float,
    end_s: float,
    *,
    place: tuple[float, float] = PLACE,
    label: str = "motorcycle",
    step_s: float = 0.5,
    width_px: float = 100,
    height_px: float = 120,
) -> Drive:
    seconds = every(step_s, start_s, end_s)
    return Drive(
        track_id=track_id,
        sightings=path(lambda _: place, seconds, width_px=width_px, height_px=height_px),
        label=label,
    )


def judged(
    *drives: Drive, builder: CameraBuilder | None = None, until_s: float, keep_s: float = 2.0, step_s: float = 0.5
) -> Findings:
    return run((builder or camera_with()).build(), scenes(drives, every(step_s, 0, until_s), keep_s=keep_s))


def moving(
    track_id: int, places: Callable[[float], tuple[float, float]], seconds: Sequence[float], label: str = "motorcycle"
) -> Drive:
    return Drive(track_id=track_id, sightings=path(places, seconds), label=label)


class TestAStay:
    def test_longer_than_the_threshold_is_one_case_with_first_and_last_sighting(self) -> None:
        found = judged(parked(1, 5, 200), until_s=200)
        (case,) = found.cases
        assert case.violation.code == "PARK_PAVEMENT"
        assert [(moment.name, moment.at) for moment in case.moments] == [
            ("first_sighting", at(5)),
            ("last_sighting", at(65)),
        ]
        assert case.measurements["dwell_s"] == 60
        assert case.measurements["observed_share"] == 1
        assert case.subject.vehicle_kind == "motorbike"
        assert case.subject.key.startswith("place:pavement:")

    def test_its_first_sighting_is_held_until_the_case_is_told(self) -> None:
        found = judged(parked(1, 5, 200), until_s=200)
        assert list(found.held.values()) == [at(5)]
        assert found.released == tuple(found.held)
        (case,) = found.cases
        assert found.outputs.index(case) < found.outputs.index(Release(key=found.released[0]))

    def test_shorter_is_nothing_and_lets_the_held_moment_go(self) -> None:
        leaving = [*path(lambda _: PLACE, every(0.5, 5, 40))]
        leaving += path(lambda second: (400 + 60 * (second - 40), 700), every(0.5, 40.5, 46))
        found = judged(Drive(track_id=1, sightings=leaving, label="motorcycle"), until_s=80)
        assert found.cases == ()
        assert found.refused("PARK_PAVEMENT") == {REFUSED_LEFT: 1}
        assert list(found.held) == list(found.released)

    @pytest.mark.parametrize("place", [(1200.0, 700.0), (970.0, 700.0)])
    def test_off_the_pavement_is_nothing(self, place: tuple[float, float]) -> None:
        assert judged(parked(1, 0, 100, place=place), until_s=100).cases == ()

    def test_in_a_permitted_bay_is_nothing(self) -> None:
        builder = camera_with().zone("bay", ZoneKind.PERMITTED_BAY, (0.1, 0.5), (0.3, 0.5), (0.3, 0.8), (0.1, 0.8))
        assert judged(parked(1, 0, 100), builder=builder, until_s=100).cases == ()

    def test_driving_along_the_pavement_is_nothing(self) -> None:
        assert judged(moving(1, lambda second: (300, 1000 - 8 * second), every(0.5, 0, 100)), until_s=100).cases == ()

    def test_a_person_or_a_chair_is_no_vehicle(self) -> None:
        assert judged(parked(1, 0, 100, label="person"), until_s=100).cases == ()

    def test_two_vehicles_side_by_side_are_two_cases_with_different_ids(self) -> None:
        found = judged(parked(1, 0, 100), parked(2, 0, 100, place=(460, 700)), until_s=100)
        assert len({case.case_id for case in found.cases}) == 2

    def test_a_bicycle_has_a_row_of_its_own(self) -> None:
        (case,) = judged(parked(1, 0, 100, label="bicycle"), until_s=100).cases
        assert case.violation.vehicle_kind == "bicycle"


class TestOneStaySurvives:
    def test_minutes_without_any_sighting_and_says_so(self) -> None:
        found = judged(parked(1, 0, 40), parked(2, 200, 300), until_s=300)
        (case,) = found.cases
        assert case.moments[0].at == at(0)
        assert case.moments[1].at - case.moments[0].at >= timedelta(seconds=200)
        assert case.measurements["longest_gap_s"] == 160
        assert case.measurements["unobserved_s"] == 160
        assert case.measurements["observed_share"] == pytest.approx(43 / 203, abs=0.01)
        assert case.subject.track_ids == (1, 2)

    @pytest.mark.parametrize("step_s", [3.0, 7.5, 20.0])
    def test_a_new_track_every_few_seconds(self, step_s: float) -> None:
        drives = []
        start_s, index = 0.0, 1
        while start_s < 150:
            drives.append(parked(index, start_s, start_s + step_s))
            start_s, index = start_s + step_s + 1.0, index + 1
        found = judged(*drives, until_s=160, keep_s=0.4)
        assert len(found.cases) == (0 if step_s < ParkPavementParameters(threshold_s=1).settle_s else 1)

    def test_someone_walking_in_front(self) -> None:
        """The person hides the lower half for a while, then all of it."""
        seen = path(lambda _: PLACE, every(0.5, 0, 30))
        seen += [(second, (350.0, 580.0, 450.0, 640.0)) for second in every(0.5, 30.5, 33)]
        seen += path(lambda _: PLACE, every(0.5, 45, 100))
        walker = moving(2, lambda second: (100 + 20 * (second - 28), 720), every(0.5, 28, 48), label="person")
        found = judged(Drive(track_id=1, sightings=seen, label="motorcycle"), walker, until_s=100, keep_s=180)
        (case,) = found.cases
        assert case.moments[0].at == at(0)

    def test_a_change_of_light_that_shifts_and_stretches_the_box(self) -> None:
        dusk = parked(2, 130, 200, place=(406, 706), width_px=110, height_px=125)
        found = judged(parked(1, 0, 100), dusk, until_s=200)
        assert len(found.cases) == 1

    def test_its_id_going_over_to_a_vehicle_that_passes(self) -> None:
        """The passer-by takes the parked vehicle's track away; the parked one gets a new track."""
        taken = path(lambda _: PLACE, every(0.5, 0, 30))
        taken += path(lambda second: (400 + 70 * (second - 30), 700), every(0.5, 30.5, 37))
        found = judged(
            Drive(track_id=1, sightings=taken, label="motorcycle"), parked(2, 32, 120), until_s=120, keep_s=2
        )
        (case,) = found.cases
        assert case.moments[0].at == at(0)

    def test_a_told_stay_is_not_told_again_after_a_loss_or_the_next_day(self) -> None:
        hours = (Hours(start=time(7), end=time(8, 5)), Hours(start=time(8, 10), end=time(9)))
        builder = CameraBuilder().zone("pavement", ZoneKind.PAVEMENT, (0, 0), (0.5, 0), (0.5, 1), (0, 1))
        use = RuleUse(
            rule="PARK_PAVEMENT",
            mode=Mode.WARN,
            valid_from=date(2026, 1, 1),
            hours=hours,
            parameters={"threshold_s": 60.0},
        )
        found = judged(
            parked(1, 0, 400, step_s=2),
            parked(2, 500, 1200, step_s=2),
            builder=builder.use(use),
            until_s=1200,
            step_s=2,
        )
        assert len(found.cases) == 1

    def test_twins_of_one_vehicle(self) -> None:
        found = judged(parked(1, 0, 100), parked(2, 0, 100, place=(404, 702)), until_s=100)
        assert len(found.cases) == 1


class TestAReload:
    def test_what_was_told_and_still_stands_is_not_told_again(self) -> None:
        camera = camera_with().build()
        first = engine_for(camera)
        pictures = list(scenes([parked(1, 0, 300)], every(0.5, 0, 300)))
        told = [item for scene in pictures[:160] for item in first.step(scene) if isinstance(item, Case)]
        changed = camera.model_copy(update={"version": camera.version + 1})
        second = engine_for(changed, before=first)
        first.finish()
        told += [item for scene in pictures[160:] for item in second.step(scene) if isinstance(item, Case)]
        assert len(told) == 1

    def test_what_was_not_told_begins_again(self) -> None:
        camera = camera_with().build()
        first = engine_for(camera)
        pictures = list(scenes([parked(1, 0, 300)], every(0.5, 0, 300)))
        assert not [item for scene in pictures[:80] for item in first.step(scene) if isinstance(item, Case)]
        assert [type(item) for item in first.finish()] == [Release]
        second = engine_for(camera, before=first)
        told = [item for scene in pictures[80:] for item in second.step(scene) if isinstance(item, Case)]
        assert len(told) == 1


class TestANewStayBegins:
    def test_when_the_first_vehicle_was_seen_to_leave(self) -> None:
        leaving = path(lambda _: PLACE, every(0.5, 0, 40))
        leaving += path(lambda second: (400 + 60 * (second - 40), 700), every(0.5, 40.5, 48))
        found = judged(Drive(track_id=1, sightings=leaving, label="motorcycle"), parked(2, 60, 110), until_s=110)
        assert found.cases == ()

    def test_when_another_was_seen_to_come_into_the_place(self) -> None:
        coming = path(lambda second: (800 - 80 * (second - 60), 700), every(0.5, 60, 65))
        coming += path(lambda _: PLACE, every(0.5, 65.5, 110))
        found = judged(parked(1, 0, 40), Drive(track_id=2, sightings=coming, label="motorcycle"), until_s=110)
        assert found.cases == ()
        assert found.refused("PARK_PAVEMENT") == {REFUSED_REPLACED: 1}

    @pytest.mark.parametrize(
        ("label", "width_px", "height_px"), [("car", 100, 120), ("motorcycle", 190, 200), ("truck", 240, 260)]
    )
    def test_when_a_vehicle_of_another_class_or_size_stands_there(
        self, label: str, width_px: float, height_px: float
    ) -> None:
        other = parked(2, 60, 110, label=label, width_px=width_px, height_px=height_px)
        found = judged(parked(1, 0, 40), other, until_s=110)
        assert found.cases == ()

    def test_when_nobody_knows_for_too_long(self) -> None:
        builder = camera_with(survive_loss_s=30.0)
        found = judged(parked(1, 0, 40), parked(2, 80, 130), builder=builder, until_s=130)
        assert found.cases == ()
        assert found.refused("PARK_PAVEMENT") == {REFUSED_LOST: 1}

    def test_after_a_told_one_left(self) -> None:
        leaving = path(lambda _: PLACE, every(0.5, 0, 70))
        leaving += path(lambda second: (400 + 60 * (second - 70), 700), every(0.5, 70.5, 78))
        found = judged(Drive(track_id=1, sightings=leaving, label="motorcycle"), parked(2, 100, 200), until_s=200)
        assert len({case.case_id for case in found.cases}) == 2


class TestHoursOfTheBan:
    @staticmethod
    def builder() -> CameraBuilder:
        """The ban holds from 08:01 to 08:02:30 in Hue; scenes begin at 08:00."""
        builder = CameraBuilder().zone("pavement", ZoneKind.PAVEMENT, (0, 0), (0.5, 0), (0.5, 1), (0, 1))
        hours = (Hours(start=time(8, 1), end=time(8, 2, 30)),)
        parameters = {"threshold_s": 60.0}
        return builder.use(
            RuleUse(rule="PARK_PAVEMENT", valid_from=date(2026, 1, 1), hours=hours, parameters=parameters)
        )

    def test_the_stay_counts_from_the_beginning_of_the_ban(self) -> None:
        (case,) = judged(parked(1, 0, 200), builder=self.builder(), until_s=200).cases
        assert case.began_at == at(60)

    def test_a_stay_that_outlasts_the_ban_too_short_is_nothing(self) -> None:
        found = judged(parked(1, 100, 400), builder=self.builder(), until_s=400)
        assert found.cases == ()
        assert found.refused("PARK_PAVEMENT") == {REFUSED_BAN_ENDED: 1}


def test_memory_stays_bounded() -> None:
    camera = camera_with().build()
    rule = ParkPavement(
        camera=camera, parameters=ParkPavementParameters(threshold_s=60, survive_loss_s=20), refusals=Refusals()
    )
    drives = [
        parked(index, index * 2.0, index * 2.0 + 4, place=(100 + 37 * (index % 20), 300 + 29 * (index % 23)))
        for index in range(150)
    ]
    largest = 0
    for scene in scenes(drives, every(0.5, 0, 300), keep_s=0.4):
        rule.step(scene, active=True)
        largest = max(largest, len(rule.stays))
    assert 0 < largest <= 15
