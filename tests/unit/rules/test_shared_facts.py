"""Facts that rules share: stays of one place under several signs, stretches against a direction, running medians."""

from hypothesis import given
from hypothesis import strategies as st

from domain.camera import CalendarEntry, ZoneKind
from domain.event import Hold, Release
from rules.acts.memory import CameraMemory
from rules.facts.contact import Contact
from rules.facts.stretches import StretchEnd, stretches_against
from tests.builders.drives import CameraBuilder, Drive, at, engine_for, every, path, run, scenes

WHOLE = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
PLACE = (400.0, 700.0)


def two_signs(**second: object) -> CameraBuilder:
    builder = CameraBuilder().zone("no-parking", ZoneKind.NO_PARKING, *WHOLE).zone("bridge", ZoneKind.BRIDGE, *WHOLE)
    builder.zone("lane", ZoneKind.LANE, *WHOLE)
    return builder.rule("PARK_NO_PARKING", threshold_s=60.0).rule("PARK_BRIDGE", **{"threshold_s": 90.0, **second})


def parked(end_s: float) -> Drive:
    return Drive(track_id=1, sightings=path(lambda _: PLACE, every(0.5, 0, end_s)), label="car")


class TestStaysUnderSeveralSigns:
    def test_are_followed_and_held_once(self) -> None:
        found = run(two_signs().build(), scenes([parked(200)], every(0.5, 0, 200)))
        assert [type(one) for one in found.outputs if isinstance(one, Hold | Release)] == [Hold, Release]
        assert found.codes == ["PARK_NO_PARKING"]

    def test_by_other_limits_are_followed_apart(self) -> None:
        found = run(two_signs(settle_s=10.0).build(), scenes([parked(50)], every(0.5, 0, 50)))
        assert len(found.held) == 2
        assert found.cases == ()

    def test_go_on_when_a_rule_joins_them_and_the_file_is_read_again(self) -> None:
        memory = CameraMemory()
        alone = CameraBuilder().zone("bridge", ZoneKind.BRIDGE, *WHOLE).zone("lane", ZoneKind.LANE, *WHOLE)
        pictures = list(scenes([parked(150)], every(0.5, 0, 150)))
        first = engine_for(alone.rule("PARK_BRIDGE", threshold_s=90.0).build(), memory=memory)
        for scene in pictures[:80]:
            first.step(scene)
        first.finish()
        second = engine_for(two_signs().build(), memory=memory)
        outputs = [one for scene in pictures[80:] for one in second.step(scene)]
        (case,) = (one for one in outputs if hasattr(one, "case_id"))
        assert case.began_at == at(0)

    def test_that_one_sign_is_lifted_for_are_still_judged_by_the_other(self) -> None:
        builder = two_signs()
        builder.calendar.append(
            CalendarEntry(begins_at=at(-60), ends_at=at(600), rules=("PARK_NO_PARKING",), reason="roadworks")
        )
        found = run(builder.build(), scenes([parked(200)], every(0.5, 0, 200)))
        assert found.codes == ["PARK_LEFT_BRIDGE_DOUBLE"]
        assert found.refused("PARK_NO_PARKING") == {"rule_not_in_force": 1}
        assert len(found.released) == 1


def contact(second: float, along: float) -> Contact:
    box = (0.0, 0.0, 10.0, 10.0)
    return Contact(
        at=at(second),
        leg=0,
        number=0,
        box_xyxy_px=box,
        steady_xyxy_px=box,
        point_px=(5.0, 10.0),
        width_px=10.0,
        height_px=10.0,
        ground=(along, 0.0),
    )


class TestStretches:
    @given(st.lists(st.tuples(st.floats(0.1, 4.0), st.floats(-5.0, 5.0)), max_size=40))
    def test_every_sighting_is_in_one_at_most_and_none_lies_ahead_of_its_first(
        self, steps: list[tuple[float, float]]
    ) -> None:
        second, way = 0.0, []
        for gap_s, along in steps:
            second += gap_s
            way.append(contact(round(second, 3), along))
        found = list(stretches_against(way, (1.0, 0.0), back=1.0, max_gap_s=2.0))
        shown = [one.at for stretch in found for one in stretch.contacts]
        assert shown == sorted(set(shown))
        assert not way or shown[-1] == way[-1].at
        for stretch in found:
            assert max(stretch.along) == stretch.along[0]
            assert stretch.reach >= 0
        assert all(stretch.end is not None for stretch in found[:-1])

    def test_turning_back_and_not_being_seen_end_them(self) -> None:
        way = [contact(0, 5), contact(1, 3), contact(2, 4.5), contact(3, 2), contact(9, 0)]
        ends = [stretch.end for stretch in stretches_against(way, (1.0, 0.0), back=1.0, max_gap_s=2.0)]
        assert ends == [StretchEnd.TURNED_BACK, StretchEnd.UNSEEN, None]
