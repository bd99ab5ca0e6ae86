"""A rule accuses only where it was measured to be right: else its cases are shadow, and whoever asks is told why."""

import re
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

import rules.registry
from docs.rules.scene import OWN_RULES, example_file
from domain.camera import Mode
from domain.event import FindingKind
from matthan.config_check import check_files
from matthan.rule_words import described
from rules.proof import LEAST_PRECISION, NEVER_MEASURED, RuleFigure
from rules.registry import RULES
from tests.builders.drives import run, scenes
from tests.builders.rule_scenes import SCENES, RuleScene

ROOT = Path(__file__).resolve().parents[3]
ACCUSING = sorted(code for code in OWN_RULES if RULES[code].KIND in {FindingKind.CASE, FindingKind.REMINDER})
NEVER = {"PUSHCART", "UTURN_PLACE"}  # of which nothing is measured; who measures one takes it out
SOLID_LINE = next(scene for scene in SCENES if scene.code == "LANE_CHANGE")


@pytest.mark.parametrize("code", ACCUSING)
def test_a_rule_names_its_figure_or_the_figure_of_its_weights(code: str) -> None:
    rule = RULES[code]
    assert bool(rule.PROOF) + (rule.MEASURED is not None) == (code not in NEVER)


@pytest.mark.parametrize("code", [code for code in ACCUSING if RULES[code].MEASURED is not None])
def test_the_page_that_a_figure_names_holds_it_with_its_command(code: str) -> None:
    figure = RULES[code].MEASURED
    assert figure is not None
    page = (ROOT / figure.source).read_text(encoding="utf-8")
    assert "python -m benchmarks." in page
    share = f"{figure.right / figure.judged:.3f}"
    rows = [line for line in page.splitlines() if line.startswith("|") and re.search(rf"\b{code}\b", line)]
    assert any(f"| {figure.judged} |" in row and share in row for row in rows), f"no row: {code} {figure}"


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.code)
def test_a_case_has_the_mode_of_the_file_only_if_the_figure_carries_it(scene: RuleScene) -> None:
    held = RULES[scene.code].why_shadow({}) is not None
    modes = {case.mode for case in run(scene.camera, scenes(scene.act), figures={}).cases}
    assert modes <= {Mode.SHADOW if held else Mode.ENFORCE}


def test_who_is_right_too_seldom_is_shadow() -> None:
    assert [case.mode for case in run(SOLID_LINE.camera, scenes(SOLID_LINE.act)).cases] == [Mode.SHADOW]


@pytest.mark.parametrize(
    ("figure", "mode"),
    [
        (None, Mode.SHADOW),
        (RuleFigure(version="1", right=0, judged=0, source=""), Mode.SHADOW),
        (RuleFigure(version="1", right=949, judged=1000, source=""), Mode.SHADOW),
        (RuleFigure(version="1", right=950, judged=1000, source=""), Mode.ENFORCE),
    ],
)
def test_the_floor_is_the_share(figure: RuleFigure | None, mode: Mode, monkeypatch: pytest.MonkeyPatch) -> None:
    rule = replace(RULES["LANE_CHANGE"], MEASURED=figure)
    monkeypatch.setattr(rules.registry, "RULES", MappingProxyType({**RULES, rule.CODE: rule}))
    assert LEAST_PRECISION == 0.95
    assert [case.mode for case in run(SOLID_LINE.camera, scenes(SOLID_LINE.act)).cases] == [mode]


@pytest.mark.parametrize("code", ["LANE_CHANGE", "UTURN_PLACE"])
def test_check_config_says_in_both_languages_why_it_runs_in_shadow(code: str, tmp_path: Path) -> None:
    written = example_file(code).read_text(encoding="utf-8")
    path = tmp_path / "camera.yaml"
    path.write_text(written.replace("mode: shadow", "mode: enforce"), encoding="utf-8")
    why = RULES[code].why_shadow({})
    assert why is not None
    found = check_files([path], {})
    (warning,) = [fault for fault in found.warnings if "runs in shadow whatever" in fault.problem]
    assert warning.where == "rules.0.mode"
    assert why.en in warning.problem
    assert why.vi in warning.problem
    assert found.faults == ()


def test_check_config_says_nothing_of_a_rule_that_was_right(tmp_path: Path) -> None:
    written = example_file("RED_LIGHT").read_text(encoding="utf-8")
    path = tmp_path / "camera.yaml"
    path.write_text(written.replace("mode: shadow", "mode: enforce"), encoding="utf-8")
    assert [fault for fault in check_files([path], {}).warnings if "shadow" in fault.problem] == []


def test_the_list_of_rules_says_it() -> None:
    figure = RULES["LANE_CHANGE"].MEASURED
    assert figure is not None
    assert figure.words.en in described(RULES["LANE_CHANGE"])
    assert figure.words.vi in described(RULES["LANE_CHANGE"])
    assert NEVER_MEASURED.vi in described(RULES["UTURN_PLACE"])
    assert "shadow" not in described(RULES["CROWD"])
