"""The installer's page names every rule and parameter."""

from pathlib import Path

import pytest

from rules.registry import RULES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "rules.md"


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_parameter_is_on_the_page_with_its_meaning(code: str) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert code in page
    for name, field in RULES[code].PARAMETERS.model_fields.items():
        assert any(f"| `{name}` |" in line and str(field.description) in line for line in page.splitlines()), name
