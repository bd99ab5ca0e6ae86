"""``matthan rules``, and rules that other packages bring."""

import subprocess
import sys
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest
from typer.testing import CliRunner

from domain.cases.act_words import REFUSAL_WORDS
from domain.errors import ConfigurationError
from domain.instants import from_text
from domain.law.catalogue import built_in_catalogue
from matthan.cli import build_app
from matthan.new_rule import write_package
from rules.interlocks import ALL, Interlocks
from rules.offences import lane_change
from rules.registry import RULES
from rules.third_party import installed_rules
from tests.builders.drives import CameraBuilder, run, scenes
from tests.builders.rule_scenes import SCENES

ROOT = Path(__file__).parents[3]


def called(*words: str) -> str:
    result = CliRunner().invoke(build_app(), ["rules", *words])
    assert result.exit_code == 0, result.output
    return result.output


def test_list_names_every_rule_with_its_offences() -> None:
    listed = called("list")
    assert [code for code in RULES if code not in listed] == []
    assert "[car: UTURN_SIGN, motorbike: UTURN]" in listed


def test_list_names_the_offences_that_no_rule_finds_and_why() -> None:
    listed = called("list")
    assert "PHONE [motorbike]  không có quy tắc · no rule: " in listed
    assert "no network here sees a phone in a hand" in listed
    assert "NO_HELMET_DRIVER 1.1" in listed
    assert "chỉ chạy thử tới khi chứng minh được 'bare, riders_1' · shadow until bare, riders_1 is proven" in listed
    assert "chỉ chạy thử tới khi chứng minh được 'riders_3' · shadow until riders_3 is proven" in listed


def test_explain_says_why_a_case_was_made(tmp_path: Path) -> None:
    case = run(SCENES[2].camera, scenes(SCENES[2].act)).cases[0]
    (tmp_path / "case.json").write_text(case.model_dump_json(), encoding="utf-8")
    vietnamese, english = (
        called("explain", str(tmp_path / "case.json")),
        called("explain", str(tmp_path / "case.json"), "--en"),
    )
    assert "Đè vạch liền" in vietnamese
    assert "Quy tắc LANE_CHANGE" in vietnamese
    assert "On the solid line" in english
    assert "min_sightings_on_line = 3  (pictures in which it is on or over the line, 3 to 50)" in english


def test_explain_says_what_a_refusal_means() -> None:
    assert "Ùn tắc" in called("explain", "jam")
    assert "a jam" in called("explain", "jam", "--en")


def test_what_is_no_case_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.json").write_text("{}", encoding="utf-8")
    result = CliRunner().invoke(build_app(), ["rules", "explain", str(tmp_path / "x.json")])
    assert isinstance(result.exception, ConfigurationError)
    assert "is no case" in str(result.exception)


@pytest.mark.parametrize("name", ["BUS_STOP_BLOCKED", "CLASS_OF_MODULE_NAME"])
def test_a_new_rule_runs_and_its_tests_pass(name: str, tmp_path: Path) -> None:
    made = write_package(name, tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(made)],
        cwd=made,
        env={"PYTHONPATH": f"{made}:{ROOT}", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "3 passed" in done.stdout


@pytest.mark.parametrize("name", ["RED_LIGHT", "lower", "X", "../OUT"])
def test_a_name_that_cannot_be_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError):
        write_package(name, tmp_path)
    assert list(tmp_path.iterdir()) == []


def point(name: str, value: str) -> EntryPoint:
    return EntryPoint(name=name, value=value, group="matthan.rules")


def test_another_packages_rule_is_found() -> None:
    found = list(installed_rules([], [point("LANE_CHANGE", "rules.offences.lane_change:LANE_CHANGE")]))
    assert found == [lane_change.LANE_CHANGE]


@pytest.mark.parametrize(
    ("value", "own", "words"),
    [
        ("rules.offences.lane_change:LANE_CHANGE", ["LANE_CHANGE"], "two rules are called LANE_CHANGE"),
        ("rules.offences.nowhere:X", [], "cannot be loaded"),
        ("rules.offences.lane_change:judge", [], "must name a FactRule"),
    ],
)
def test_what_is_wrong_with_another_packages_rule_is_named(value: str, own: list[str], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        list(installed_rules(own, [point("X", value)]))


@pytest.mark.parametrize("code", sorted(RULES))
def test_its_offences_are_in_the_catalogue(code: str) -> None:
    catalogue = built_in_catalogue()
    for kind, offence in RULES[code].OFFENCES.items():
        assert catalogue.row_for(offence, kind, from_text("2026-06-01T00:00:00Z")).code == offence


def test_every_reason_has_words() -> None:
    """Constants in the rules, and the interlocks'."""
    constants: set[str] = set()
    for path in (ROOT / "rules").rglob("*.py"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("REFUSED_") and " = " in line:
                constants.add(line.split('"')[1])
    interlocks = Interlocks(CameraBuilder().build()).list
    reasons = {one.REASON for one in interlocks}
    assert len(reasons) == len(interlocks)
    assert {one.NAME for one in interlocks} == ALL
    assert sorted((constants | reasons) - set(REFUSAL_WORDS)) == []
