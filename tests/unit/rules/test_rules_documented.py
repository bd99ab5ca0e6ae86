"""The installer's page names every rule and parameter."""

from pathlib import Path

import pytest

from api.console.words import WORDS
from domain.alert_words import ALERT_WORDS, TO_DO_WORDS
from rules.registry import RULES
from tests.builders.alert_scenes import ALERT_SCENES, AlertScene
from tests.builders.drives import run, scenes
from tests.builders.rule_scenes import SCENES, RuleScene

PAGE = Path(__file__).resolve().parents[3] / "docs" / "rules.md"


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_parameter_is_on_the_page_with_its_meaning(code: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert code in page
    for name, field in RULES[code].PARAMETERS.model_fields.items():
        assert any(f"| `{name}` |" in line and str(field.description) in line for line in page.splitlines()), name


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
