"""LANE_CHANGE: who stood in the way, where wheels stand, and a vehicle whose track breaks on the line."""

import pytest

from domain.camera import CameraConfig, LineKind
from tests.builders.drives import CameraBuilder, Drive, every, path, run, scenes
from tests.builders.rule_scenes import Place, along, drive

OVER = along((1, 860, 900), (5, 1060, 200))


def _camera(*, calibrated: bool = False) -> CameraConfig:
    """A solid line up the middle; calibrated, a hundred pixels are a metre."""
    builder = CameraBuilder().line("solid", LineKind.SOLID_LINE, (0.5, 0.05), (0.5, 0.95), beyond=(0.8, 0.5))
    if calibrated:
        builder.ground_points(*(((x, y), (19.2 * x, 10.8 * (1 - y))) for x in (0.1, 0.9) for y in (0.1, 0.5, 0.9)))
    return builder.rule("LANE_CHANGE").build()


def _drives_off(second: float) -> Place:
    """Stood in the lane, and has driven off before the change is complete."""
    return (870, 500) if second < 3.0 else (870, max(60.0, 500 - 300 * (second - 3.0)))


def test_who_stood_in_the_lane_as_it_was_left_was_an_obstacle_though_he_has_driven_off() -> None:
    found = run(_camera(), scenes([drive(OVER), drive(_drives_off, track_id=2, label="truck")]))
    assert found.codes == []
    assert found.refusals["LANE_CHANGE", "obstacle_ahead"] == 1


@pytest.mark.parametrize(("begins_s", "codes"), [(11, []), (31, ["LANE_CHANGE"])])
def test_who_was_lost_long_before_where_he_stood_is_no_obstacle(begins_s: float, codes: list[str]) -> None:
    """Lost at 5 s: for some seconds somebody may hide him; the tracker keeps him for minutes, though he may be gone."""
    late = drive(along((begins_s, 860, 900), (begins_s + 4, 1060, 200)), seconds=begins_s + 7.0)
    lost = drive(lambda _: (870, 500), seconds=5.0, track_id=2, label="truck")
    assert run(_camera(), scenes([late, lost], keep_s=120.0)).codes == codes


@pytest.mark.parametrize(("stops_at_s", "codes"), [(3.0, []), (4.2, ["LANE_CHANGE"])])
def test_who_came_to_a_stand_after_the_change_was_no_obstacle(stops_at_s: float, codes: list[str]) -> None:
    """The change is complete at 4.0 s and judged at 6.8 s."""
    other = drive(along((0, 870, 200 + 100 * stops_at_s), (stops_at_s, 870, 200)), track_id=2)
    assert run(_camera(), scenes([drive(OVER), other])).codes == codes


@pytest.mark.parametrize(("aside_px", "codes"), [(150, []), (500, ["LANE_CHANGE"])])
def test_on_calibrated_ground_an_obstacle_stands_so_near_that_nobody_drives_past(
    aside_px: float, codes: list[str]
) -> None:
    other = drive(lambda _: (860 - aside_px, 500), track_id=2, label="car")
    assert run(_camera(calibrated=True), scenes([drive(OVER, label="motorcycle"), other])).codes == codes


@pytest.mark.parametrize(("label", "codes"), [("motorcycle", ["LANE_CHANGE"]), ("car", [])])
def test_the_wheels_of_a_motorcycle_stand_in_its_middle(label: str, codes: list[str]) -> None:
    change = along((1, 915, 900), (5, 1005, 200))
    assert run(_camera(), scenes([drive(change, label=label)])).codes == codes


def _broken(unseen_s: float, aside_px: float = 0.0) -> list[Drive]:
    """One vehicle under two tracks; the second one may lie aside of its way."""
    seconds = every(0.1, 0.0, 6.0)
    later = path(lambda second: (OVER(second)[0] + aside_px, OVER(second)[1]), seconds)
    return [
        Drive(track_id=1, sightings=[item for item in path(OVER, seconds) if item[0] <= 2.6]),
        Drive(track_id=2, sightings=[item for item in later if item[0] > 2.6 + unseen_s]),
    ]


def test_a_change_goes_on_under_the_next_track() -> None:
    found = run(_camera(), scenes(_broken(0.3)))
    assert found.codes == ["LANE_CHANGE"]
    assert found.cases[0].subject.track_ids == (1, 2)


def test_who_begins_on_the_other_side_has_changed_no_lane() -> None:
    assert run(_camera(), scenes(_broken(0.3, aside_px=90))).codes == []


def test_a_box_that_stands_on_the_line_for_long_is_no_change() -> None:
    slow = along((0, 860, 1000), (1, 915, 900), (7.5, 1010, 300), (9, 1060, 200))
    found = run(_camera(), scenes([drive(slow, seconds=10.0)]))
    assert found.codes == []
    assert found.refusals["LANE_CHANGE", "stays_on_line"] == 1


def test_who_goes_level_through_the_picture_crosses_a_road_that_leads_aslant_through_it() -> None:
    builder = CameraBuilder().line("solid", LineKind.SOLID_LINE, (0.2, 0.15), (0.7, 0.85), beyond=(0.8, 0.2))
    across = drive(along((1, 500, 560), (5, 1300, 540)), label="motorcycle")
    along_it = drive(along((1, 750, 100), (5, 1050, 1000)), label="motorcycle")
    found = run(builder.rule("LANE_CHANGE").build(), scenes([across]))
    assert found.codes == []
    assert found.refusals["LANE_CHANGE", "crosses_the_road"] == 1
    assert run(builder.build(), scenes([along_it])).codes == ["LANE_CHANGE"]


def test_a_change_waits_until_the_vehicle_was_seen_to_drive_on() -> None:
    seen = [item for item in drive(OVER, seconds=8.0).sightings if item[0] <= 5.0]
    found = run(_camera(), scenes([Drive(track_id=1, sightings=seen)], goes_on_s=6.0))
    assert found.codes == ["LANE_CHANGE"], "who is lost beyond the line has changed his lane all the same"
