"""Every rule has an example camera: its drawn act becomes a case, an alert or a count, its lawful drive nothing."""

import pytest
import shapely

from docs.rules.acts import ACTS
from docs.rules.scene import KINDS, ON_THE_GROUND, OWN_RULES, Way, example_file, view_of
from domain.event import FindingKind
from matthan.config_check import check_files
from tests.builders.drives import Drive, Findings, run, scenes
from tests.builders.pavement_scenes import Pavement, Thing


def driven(code: str, way: Way) -> Findings:
    view = view_of(code)
    if KINDS[code] is FindingKind.REMINDER or way.label in ON_THE_GROUND:
        return occupied(code, way)
    step_s = 0.5 if way.corners[-1][0] > 60 else 0.1
    drives = [
        Drive(
            track_id=number + 1,
            sightings=[(second, view.box_px(way.places(second)[number], way.label)) for second in way.seconds(step_s)],
            label=way.label,
            riders=way.riders,
        )
        for number in range(way.group)
    ]
    return run(view.camera, scenes(drives, signal=ACTS[code].signal))


def occupied(code: str, way: Way) -> Findings:
    """The same for what occupies a place, which the ground shows, or a network that knows carts; it is looked after."""
    view, (zone, *_) = view_of(code), view_of(code).camera.zones
    (place,), end_s = way.places(0), way.corners[-1][0]
    box, polygon = view.box_px(place, way.label), shapely.Polygon(zone.polygon_norm)
    width_px, height_px = view.camera.reference_still_wh
    ground = shapely.box(box[0] / width_px, box[1] / height_px, box[2] / width_px, box[3] / height_px)
    is_ground = way.label in ON_THE_GROUND
    change = (box, 0.0, end_s) if is_ground else None
    person = Thing(box=view.box_px(place, "person"), label="person", spans=((0.0, end_s),), track_id=1)
    cart = Thing(box=box, label=way.label, spans=((0.0, end_s),), track_id=2)
    street = Pavement(
        changed=() if change is None else (change,),
        things=(person,) if way.label == "goods" else () if is_ground else (cart,),
        share=float(ground.intersection(polygon).area / polygon.area),
        zone_id=zone.id,
    )
    step_s = 1.0 if KINDS[code] is FindingKind.ALERT else 5.0
    return run(view.camera, street.scenes(end_s + 300, step_s=step_s))


@pytest.mark.parametrize("code", OWN_RULES)
def test_its_example_passes_the_check(code: str) -> None:
    found = check_files([example_file(code)], {})
    assert (found.faults, found.warnings) == ((), ())
    assert f"{code} (shadow); lengths in metres" in found.sound[0]


@pytest.mark.parametrize("code", OWN_RULES)
def test_the_act_of_its_drawing_is_found_once_and_the_lawful_drive_not_at_all(code: str) -> None:
    found, lawful = driven(code, ACTS[code].act), driven(code, ACTS[code].lawful)
    kind, alerts = KINDS[code], {alert.rule for alert in found.alerts}
    makes_cases = kind in {FindingKind.CASE, FindingKind.REMINDER}
    assert found.codes == ([ACTS[code].offence] if makes_cases else [])
    assert bool(found.reminders) == (kind is FindingKind.REMINDER)
    assert alerts == ({code} if kind is FindingKind.ALERT else set())
    assert bool(found.passages) == (kind is FindingKind.COUNT)
    assert (lawful.codes, lawful.alerts, lawful.passages, lawful.reminders) == ([], (), (), ())
