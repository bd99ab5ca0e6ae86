"""Every rule has an example camera: its drawn act becomes a case, an alert or a count, its lawful drive nothing."""

import pytest

from docs.rules.acts import ACTS
from docs.rules.scene import KINDS, OWN_RULES, Way, example_file, view_of
from domain.event import FindingKind
from matthan.config_check import check_files
from tests.builders.act_scenes import drives_of, is_occupied, occupied
from tests.builders.drives import Findings, run, scenes


def driven(code: str, way: Way) -> Findings:
    camera = view_of(code).camera
    if is_occupied(code, way):
        return run(camera, occupied(code, way))
    return run(camera, scenes(drives_of(code, way), signal=ACTS[code].signal))


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
