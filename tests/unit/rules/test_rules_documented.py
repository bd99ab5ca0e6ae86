"""Every rule brings its page, drawing, example, words and offences, and what is generated of them is not stale."""

import re
from pathlib import Path

import pytest

from api.console.words import WORDS
from docs.rules.acts import ACTS
from docs.rules.generate import INDEX, index_text, links_of, reasons_of, rule_texts
from docs.rules.scene import FOLDER, KINDS, OWN_RULES, example_file, file_name
from domain.alert_words import ALERT_WORDS, TO_DO_WORDS
from domain.cases.act_words import MOMENT_WORDS, REFUSAL_WORDS
from domain.event import FindingKind
from domain.instants import from_text
from domain.law.catalogue import built_in_catalogue
from rules.registry import RULES
from tests.builders.alert_scenes import ALERT_SCENES, AlertScene
from tests.builders.drives import run, scenes
from tests.builders.rule_scenes import SCENES, RuleScene

ROOT = Path(__file__).resolve().parents[3]
SECTIONS = ("What to draw", "When it makes a case", "What it refuses", "What is left to the reviewer", "Parameters")
ALERT_SECTIONS = (
    "What to draw",
    "When it is an alert",
    "What it refuses",
    "What is left to the operator",
    "Parameters",
)
COUNT_SECTIONS = (
    "What to draw",
    "What it counts",
    "What it refuses",
    "What is left to the operator",
    "Parameters",
)
REMINDER_SECTIONS = (
    "What to draw",
    "When it reminds, and when it is a case",
    "What it refuses",
    "What is left to the ward",
    "Parameters",
)
OF_KIND = {
    FindingKind.CASE: SECTIONS,
    FindingKind.ALERT: ALERT_SECTIONS,
    FindingKind.COUNT: COUNT_SECTIONS,
    FindingKind.REMINDER: REMINDER_SECTIONS,
}
STALE = "stale: run python -m docs.rules.generate"


@pytest.mark.parametrize("code", OWN_RULES)
def test_a_rule_brings_page_drawing_example_words_and_offences(code: str) -> None:
    page = FOLDER / f"{file_name(code)}.md"
    text = page.read_text(encoding="utf-8")
    assert text.startswith(f"# {code}: ")
    sections = OF_KIND[KINDS[code]]
    for section, following in zip(sections, (*sections[1:], None), strict=True):
        _, found, rest = text.partition(f"\n## {section}\n")
        own = rest.partition(f"\n## {following}\n")[0] if following else rest
        assert found, f"{page.name} has no part: {section}"
        assert len(own.strip()) > 60, f"{page.name}: {section} is empty"
    assert f"({file_name(code)}.svg)" in text
    assert f"({example_file(code).relative_to(FOLDER)})" in text
    assert code in ACTS
    if RULES[code].OFFENCES:  # alerts show no moments
        assert [name for name in RULES[code].MOMENTS if name not in MOMENT_WORDS] == []
    assert [reason for reason in reasons_of(code) if reason not in REFUSAL_WORDS] == []
    for kind, offence in RULES[code].OFFENCES.items():
        assert built_in_catalogue().row_for(offence, kind, from_text("2026-06-01T00:00:00Z")).code == offence
    assert all(field.description for field in RULES[code].PARAMETERS.model_fields.values())


@pytest.mark.parametrize("code", OWN_RULES)
def test_its_drawing_and_tables_are_those_of_the_rule(code: str) -> None:
    for path, text in rule_texts(code).items():
        assert path.read_text(encoding="utf-8") == text, STALE


def test_the_list_is_that_of_the_rules() -> None:
    assert INDEX.read_text(encoding="utf-8") == index_text(), STALE


def test_nothing_is_left_of_rules_that_are_gone() -> None:
    names = {file_name(code) for code in OWN_RULES}
    assert {path.stem for path in (FOLDER / "examples").iterdir()} == names
    assert {path.stem for path in FOLDER.glob("*.svg")} == names
    assert {path.stem for path in FOLDER.glob("*.md")} == names | {
        "README",
        "alerts",
        "standing",
        "stop-lines",
        "occupying",
    }
    assert set(ACTS) == set(OWN_RULES)


def test_every_reason_of_the_rules_stands_on_a_page() -> None:
    given = set()
    for path in (path for room in ("offences", "alerts", "kit") for path in (ROOT / "rules" / room).glob("*.py")):
        given |= set(re.findall(r'^REFUSED_\w+ = "(\w+)"', path.read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert given - {reason for code in OWN_RULES for reason in reasons_of(code)} == set()


@pytest.mark.parametrize("page", sorted(FOLDER.glob("*.md")), ids=lambda path: path.name)
def test_its_links_lead_somewhere(page: Path) -> None:
    assert [target for target in links_of(page) if not (FOLDER / target).exists()] == []


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.offence)
def test_moments_and_measurements_have_words_in_both_languages(scene: RuleScene) -> None:
    case = run(scene.camera, scenes(scene.act)).cases[0]
    keys = [f"moment.{moment.name}" for moment in case.moments] + [f"measure.{name}" for name in case.measurements]
    assert [key for key in keys if key not in WORDS] == []


@pytest.mark.parametrize("scene", ALERT_SCENES, ids=lambda scene: scene.rule)
def test_measurements_of_alerts_have_words_in_both_languages(scene: AlertScene) -> None:
    alert = run(scene.camera, scenes(scene.alarm)).alerts[0]
    assert [name for name in alert.measurements if f"measure.{name}" not in WORDS] == []


@pytest.mark.parametrize("scene", ALERT_SCENES, ids=lambda scene: scene.rule)
def test_operators_have_words_for_every_alert(scene: AlertScene) -> None:
    assert scene.rule in ALERT_WORDS
    assert scene.rule in TO_DO_WORDS
