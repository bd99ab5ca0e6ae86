"""PARK_PAVEMENT on a pavement that is the left half of the picture; threshold 60 s."""

from collections.abc import Callable, Sequence
from datetime import date, time, timedelta
from typing import Any

import pytest

from domain.camera import Hours, Mode, RuleUse, ZoneKind
from domain.cases.case import Case
from domain.event import Hold, Release
from domain.seen.scene import Scene
from rules.acts.memory import CameraMemory
from rules.engine import RuleEngine
from rules.facts.stays.stay_book import REFUSED_LEFT, REFUSED_LOST, REFUSED_NOT_WATCHED, REFUSED_REPLACED
from rules.facts.stays.stays import REFUSED_BAN_ENDED
from rules.kit.parking import ParkingParameters
from tests.builders.drives import CameraBuilder, Drive, Findings, at, box_at, engine_for, every, path, run, scenes

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
        patient = camera_with(max_unseen_s=300.0, min_observed_share=0.1)
        found = judged(parked(1, 0, 40), parked(2, 200, 300), builder=patient, until_s=300)
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
        assert len(found.cases) == (0 if step_s < ParkingParameters(threshold_s=1).settle_s else 1)

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
    """A reload, a run that failed, a restart: another engine goes on with the camera's memory."""

    PICTURES = tuple(scenes([parked(1, 0, 300)], every(0.5, 0, 300)))
    LATER = tuple(scenes([parked(1, 70, 300)], every(0.5, 70, 300)))
    MUCH_LATER = tuple(scenes([parked(1, 160.5, 300)], every(0.5, 160.5, 300)))

    @staticmethod
    def cases(
        before: Sequence[Scene], after: Sequence[Scene], *, through_disk: bool = False
    ) -> tuple[list[Case], RuleEngine]:
        camera = camera_with().build()
        memory = CameraMemory()
        first = engine_for(camera, memory=memory)
        outputs = [item for scene in before for item in first.step(scene)]
        outputs += first.finish()
        if through_disk:
            memory = CameraMemory.from_document(memory.document("cam-1"), "cam-1")
        second = engine_for(camera.model_copy(update={"version": camera.version + 1}), memory=memory)
        outputs += [item for scene in after for item in second.step(scene)]
        return [item for item in outputs if isinstance(item, Case)], second

    @pytest.mark.parametrize("through_disk", [False, True])
    def test_what_became_a_case_and_still_stands_is_no_second_one(self, through_disk: bool) -> None:
        told, _ = self.cases(self.PICTURES[:160], self.PICTURES[160:], through_disk=through_disk)
        assert len(told) == 1

    @pytest.mark.parametrize("through_disk", [False, True])
    def test_a_stay_in_progress_goes_on(self, through_disk: bool) -> None:
        (case,), _ = self.cases(self.PICTURES[:80], self.PICTURES[80:], through_disk=through_disk)
        assert (case.began_at, case.ended_at) == (at(0), at(60))
        assert "not_watched_s" not in case.measurements

    def test_its_first_sighting_is_held_again(self) -> None:
        camera, memory = camera_with().build(), CameraMemory()
        first = engine_for(camera, memory=memory)
        for scene in self.PICTURES[:80]:
            first.step(scene)
        (released,) = first.finish()
        assert isinstance(released, Release)
        assert engine_for(camera, memory=memory).step(self.PICTURES[80]) == (Hold(key=released.key, at=at(0)),)

    def test_the_span_in_which_the_box_was_down_stands_in_the_case(self) -> None:
        (case,), _ = self.cases(self.PICTURES[:80], self.LATER, through_disk=True)
        assert case.began_at == at(0)
        assert case.measurements["not_watched_s"] == 30.5
        assert case.measurements["not_watched"] == "2026-01-05T01:00:39.500Z to 2026-01-05T01:01:10.000Z"
        assert case.measurements["longest_gap_s"] == 30.5

    def test_after_a_longer_span_the_stay_begins_again(self) -> None:
        (case,), second = self.cases(self.PICTURES[:80], self.MUCH_LATER, through_disk=True)
        assert case.began_at == at(160.5)
        assert second.refusals["PARK_PAVEMENT", REFUSED_NOT_WATCHED] == 1

    def test_another_vehicle_that_stands_there_afterwards_begins_its_own_stay(self) -> None:
        camera, memory = camera_with().build(), CameraMemory()
        first = engine_for(camera, memory=memory)
        for scene in self.PICTURES[:80]:
            first.step(scene)
        first.finish()
        second = engine_for(camera, memory=CameraMemory.from_document(memory.document("cam-1"), "cam-1"))
        other = parked(1, 70, 200, place=(422, 706))  # a motorcycle's breadth beside it
        outputs = [item for scene in scenes([other], every(0.5, 70, 200)) for item in second.step(scene)]
        (case,) = [item for item in outputs if isinstance(item, Case)]
        assert case.began_at == at(70)

    def test_a_case_that_never_reached_the_disk_is_made_again_with_the_same_id(self) -> None:
        """The power goes between the case and the next copy of the memory: the older copy goes on."""
        camera, memory = camera_with().build(), CameraMemory()
        first = engine_for(camera, memory=memory)
        for scene in self.PICTURES[:115]:
            first.step(scene)
        older = memory.document("cam-1")
        (lost,) = [item for scene in self.PICTURES[115:125] for item in first.step(scene) if isinstance(item, Case)]
        second = engine_for(camera, memory=CameraMemory.from_document(older, "cam-1"))
        (again,) = [item for scene in self.PICTURES[140:] for item in second.step(scene) if isinstance(item, Case)]
        assert again.case_id == lost.case_id

    def test_a_pavement_that_is_drawn_no_more_is_left_alone(self) -> None:
        camera, memory = camera_with().build(), CameraMemory()
        first = engine_for(camera, memory=memory)
        for scene in self.PICTURES[:80]:
            first.step(scene)
        builder = CameraBuilder().zone("pavement", ZoneKind.PAVEMENT, (0.6, 0), (1, 0), (1, 1))
        second = engine_for(builder.rule("PARK_PAVEMENT", threshold_s=60.0).build(), memory=memory)
        assert [item for scene in self.PICTURES[80:] for item in second.step(scene)] == []


class TestRowsOfMotorcycles:
    """Neighbours overlap by half; whatever happens to one, the other's stay stays its own."""

    NEIGHBOUR = (440.0, 700.0)

    def test_a_row_is_no_jam_and_each_vehicle_is_one_case(self) -> None:
        """Another rule watches the same pavement for who drives along it, so that the row is known to stand."""
        row = [parked(index, 0, 100, place=(200.0 + 60 * index, 700.0)) for index in range(6)]
        found = judged(*row, builder=camera_with().rule("DRIVE_PAVEMENT"), until_s=100)
        assert len({case.subject.key for case in found.cases}) == 6
        assert found.refused("PARK_PAVEMENT") == {}

    def test_a_stay_does_not_slide_onto_its_neighbour_when_its_vehicle_leaves_unseen(self) -> None:
        """The track jumps to the neighbour, whose own track ends."""
        stolen = path(lambda _: PLACE, every(0.5, 0, 32))
        stolen += path(lambda _: self.NEIGHBOUR, every(0.5, 32.5, 100))
        first = Drive(track_id=1, sightings=stolen, label="motorcycle")
        (case,) = judged(first, parked(2, 0, 32, place=self.NEIGHBOUR), until_s=100).cases
        assert [moment.box_xyxy_px for moment in case.moments] == [box_at(*self.NEIGHBOUR)] * 2
        assert case.measurements["longest_gap_s"] == 0.5

    def test_ids_that_go_round_in_a_row_change_nothing(self) -> None:
        row = [(300.0 + 42 * index, 700.0) for index in range(4)]
        drives = []
        for index in range(4):
            sightings = [(second, box_at(*row[(index + int(second // 7)) % 4])) for second in every(0.5, 0, 100)]
            drives.append(Drive(track_id=index + 1, sightings=sightings, label="motorcycle"))
        found = judged(*drives, until_s=100)
        assert sorted(case.moments[-1].box_xyxy_px for case in found.cases) == sorted(box_at(*place) for place in row)
        assert {case.ended_at for case in found.cases} == {at(60)}

    def test_the_next_vehicle_does_not_take_up_the_stay_of_one_that_left_unseen(self) -> None:
        """A stands 36 s and leaves unseen; B comes, stands beside its place, moves into it, and stands 96 s."""

        def place_of_b(second: float) -> tuple[float, float]:
            if second < 70:
                return (436 + 90 * (70 - second), 700)
            return (436 if second < 79 else max(400, 436 - 20 * (second - 79)), 700)

        first = parked(1, 0, 36, step_s=0.1)
        second = moving(2, place_of_b, every(0.1, 66, 156))
        again = parked(3, 346, 366, step_s=0.1)
        found = judged(first, second, again, until_s=366, step_s=0.1)
        (case,) = found.cases
        assert case.began_at >= at(70)
        assert case.measurements["longest_gap_s"] < 1

    @pytest.mark.parametrize("pictures", [1, 4, 8, 12])
    def test_a_box_that_merges_with_a_passer_by_makes_no_second_case(self, pictures: int) -> None:
        merged = every(0.5, 6, 6 + (pictures - 1) * 0.5)
        sightings = [
            (second, (70.0, 601.0, 605.0, 845.0) if second in merged else (290.0, 604.0, 560.0, 814.0))
            for second in every(0.5, 0, 20)
        ]
        found = judged(
            Drive(track_id=1, sightings=sightings, label="bicycle"), builder=camera_with(threshold_s=4.0), until_s=20
        )
        assert len(found.cases) == 1

    def test_what_returns_after_nobody_saw_it_must_stand_exactly_there(self) -> None:
        found = judged(parked(1, 0, 40), parked(2, 80, 130, place=(420, 705)), until_s=130)
        assert found.cases == ()

    def test_a_stay_is_told_only_in_a_picture_that_shows_its_near_neighbour_beside_it(self) -> None:
        """One vehicle whose box is now here, now there, is never two cases."""
        here = [(second, box_at(400, 700)) for second in every(0.5, 0, 120) if int(second // 4) % 2 == 0]
        there = [(second, box_at(422, 706)) for second in every(0.5, 0, 120) if int(second // 4) % 2 == 1]
        found = judged(
            Drive(track_id=1, sightings=here, label="motorcycle"),
            Drive(track_id=2, sightings=there, label="motorcycle"),
            until_s=120,
        )
        assert len(found.cases) <= 1


class TestANewStayBegins:
    def test_when_the_first_vehicle_was_seen_to_leave(self) -> None:
        leaving = path(lambda _: PLACE, every(0.5, 0, 40))
        leaving += path(lambda second: (400 + 60 * (second - 40), 700), every(0.5, 40.5, 48))
        found = judged(Drive(track_id=1, sightings=leaving, label="motorcycle"), parked(2, 60, 110), until_s=110)
        assert found.cases == ()

    def test_when_another_was_seen_to_come_into_the_place(self) -> None:
        coming = path(lambda second: (800 - 80 * (second - 60), 700), every(0.5, 60, 65))
        coming += path(lambda _: PLACE, every(0.5, 65.5, 110))
        patient = camera_with(max_unseen_s=60.0)
        found = judged(
            parked(1, 0, 40), Drive(track_id=2, sightings=coming, label="motorcycle"), builder=patient, until_s=110
        )
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
        builder = camera_with(max_unseen_s=30.0)
        found = judged(parked(1, 0, 40), parked(2, 80, 130), builder=builder, until_s=130)
        assert found.cases == ()
        assert found.refused("PARK_PAVEMENT") == {REFUSED_LOST: 1}

    def test_when_another_came_whose_track_changes_its_name_as_it_arrives(self) -> None:
        """The first one's departure was hidden by those who pass; the second one's arrival was not."""
        coming = path(lambda second: (700 - 75 * (second - 52), 700), every(0.5, 52, 56))
        coming += path(lambda _: PLACE, every(0.5, 56.5, 57))
        found = judged(
            parked(1, 0, 40),
            Drive(track_id=2, sightings=coming, label="motorcycle"),
            parked(3, 57.5, 100),
            until_s=100,
            keep_s=0.4,
        )
        assert found.cases == ()
        assert found.refused("PARK_PAVEMENT") == {REFUSED_REPLACED: 1}

    def test_but_not_when_a_bus_hid_the_place_for_long(self) -> None:
        """Its track goes over to the bus, which stands before it for half a minute."""
        taken = path(lambda _: PLACE, every(0.5, 0, 80))
        bus = Drive(track_id=2, sightings=path(lambda _: (500, 900), every(0.5, 80, 115), width_px=700, height_px=500))
        found = judged(
            Drive(track_id=1, sightings=taken, label="motorcycle"), bus, parked(3, 116, 240), until_s=240, keep_s=2
        )
        assert len(found.cases) == 1

    @pytest.mark.parametrize(("neighbour_s", "cases"), [(200.0, 3), (75.0, 2)])
    def test_when_it_was_missed_while_its_neighbour_was_seen(self, neighbour_s: float, cases: int) -> None:
        """Who came was never seen to come; where the detector sees nobody near, it is the same vehicle."""
        neighbour = parked(3, 0, neighbour_s, place=(480.0, 700.0))
        found = judged(parked(1, 0, 75), parked(2, 100, 200), neighbour, until_s=200)
        assert len(found.cases) == cases

    def test_but_not_when_someone_like_a_person_stands_in_its_place(self) -> None:
        """The detector takes the vehicle for a person for a while: the place was not free."""
        taken_for = parked(4, 76, 100, label="person")
        found = judged(
            parked(1, 0, 75), taken_for, parked(2, 101, 200), parked(3, 0, 200, place=(480.0, 700.0)), until_s=200
        )
        assert len(found.cases) == 2

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
    memory = CameraMemory()
    engine = engine_for(camera_with(survive_loss_s=20.0, max_unseen_s=20.0).build(), memory=memory)
    drives = [
        parked(index, index * 2.0, index * 2.0 + 4, place=(100 + 37 * (index % 20), 300 + 29 * (index % 23)))
        for index in range(150)
    ]
    largest = 0
    for scene in scenes(drives, every(0.5, 0, 300), keep_s=0.4):
        engine.step(scene)
        kept = memory.kept["PARK_PAVEMENT:0"]
        assert isinstance(kept, dict)
        stays = kept["stays"]
        assert isinstance(stays, list)
        largest = max(largest, len(stays))
    assert 0 < largest <= 15
