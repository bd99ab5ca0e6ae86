"""The rule of docs/add-a-rule.md, as it stands on the page: it runs, over a reload too, and its act is one case."""

import re
import sys
from pathlib import Path
from types import MappingProxyType, ModuleType

import pytest

import rules.registry
from domain.camera import CameraConfig, ZoneKind
from domain.cases.case import Case
from rules.acts.memory import CameraMemory
from tests.builders.drives import CameraBuilder, Drive, engine_for, every, path, run, scenes

PAGE = Path(__file__).parents[3] / "docs" / "add-a-rule.md"


@pytest.fixture(autouse=True)
def register(monkeypatch: pytest.MonkeyPatch) -> None:
    """The page's Python blocks as one module, its rule registered."""
    blocks = re.findall(r"^```python\n(.*?)^```", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    module = ModuleType("the_page")
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(compile("\n\n".join(blocks), str(PAGE), "exec"), module.__dict__)  # noqa: S102 - our own page
    made = module.__dict__["DRIVE_PAVEMENT"]
    monkeypatch.setattr(rules.registry, "RULES", MappingProxyType({**rules.registry.RULES, made.CODE: made}))


def camera(**parameters: object) -> CameraConfig:
    builder = CameraBuilder().zone("pavement", ZoneKind.PAVEMENT, (0, 0), (0.5, 0), (0.5, 1), (0, 1))
    return builder.rule("DRIVE_PAVEMENT", **parameters).build()


def driven(end_s: float = 8) -> Drive:
    places = path(lambda second: (400, 1000 - 80 * second), every(0.2, 0, end_s))
    return Drive(track_id=1, sightings=places, label="motorcycle")


def test_it_yields_one_case() -> None:
    (case,) = run(camera(), scenes([driven()])).cases
    assert case.violation.code == "DRIVE_PAVEMENT"
    assert [moment.name for moment in case.moments] == ["entered", "still_on"]


def test_too_short_is_counted() -> None:
    short = [*driven(1).sightings, *path(lambda second: (1200, 1000 - 80 * second), every(0.2, 1.2, 2))]
    found = run(camera(), scenes([Drive(track_id=1, sightings=short, label="motorcycle")]))
    assert found.cases == ()
    assert found.refused("DRIVE_PAVEMENT") == {"left_soon": 1}


@pytest.mark.parametrize("reload_at", [5, 12, 20, 30])
def test_a_reload_makes_no_second_case_though_the_rule_does_nothing_for_it(reload_at: int) -> None:
    memory = CameraMemory()
    engine = engine_for(camera(), memory=memory)
    outputs: list[object] = []
    for index, scene in enumerate(scenes([driven()])):
        if index == reload_at:
            outputs += engine.finish()
            engine = engine_for(camera(min_time_s=1.0), memory=memory)
        outputs += engine.step(scene)
    outputs += engine.finish()
    assert len([item for item in outputs if isinstance(item, Case)]) == 1


def test_its_parameters_are_checked_like_any_other() -> None:
    (problem,) = map(str, rules.registry.rule_problems(camera(), camera(zones=["x"]).rules[0]))
    assert "x is no zone of kind pavement" in problem
