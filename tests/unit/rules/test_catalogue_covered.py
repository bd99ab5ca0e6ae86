"""Every offence that a camera may see has a rule, or a reason why not; what only a meter measures has none for good."""

import pytest

from domain.law.catalogue import CatalogueRow, built_in_catalogue
from rules.registry import RULES
from rules.without_rule import WITHOUT_RULE, rows_without_rule

CATALOGUE = built_in_catalogue()
SEEN_BY_CAMERAS = [row for row in CATALOGUE.rows if row.camera_feasibility[0] in "AB"]
FOUND = {(code, kind) for rule in RULES.values() for kind, code in rule.OFFENCES.items()}


@pytest.mark.parametrize("row", SEEN_BY_CAMERAS, ids=lambda row: f"{row.code}-{row.vehicle}")
def test_an_offence_that_cameras_may_see_has_a_rule_or_a_reason(row: CatalogueRow) -> None:
    assert ((row.code, row.vehicle) in FOUND) != (row.code in WITHOUT_RULE)


def test_reasons_are_of_rows_that_are_there_and_have_no_rule() -> None:
    without = {row.code for row in rows_without_rule(CATALOGUE)}
    assert set(WITHOUT_RULE) == without


def test_no_rule_yields_what_only_a_verified_meter_may_measure() -> None:
    speeding = {row.code for row in CATALOGUE.rows if row.code.startswith("SPEED")}
    assert len(speeding) >= 5
    assert speeding <= set(WITHOUT_RULE)
    assert not speeding & {code for code, _ in FOUND}
