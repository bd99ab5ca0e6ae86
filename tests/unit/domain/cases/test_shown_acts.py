"""Ways in for cases that no box found, and what a citizen's clock is worth."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.cases.checklist import ITEMS
from domain.cases.entries import ENTERED_BY, Entry, first_state
from domain.cases.roles import Role
from domain.cases.shown_acts import CAME_WITHIN, CLOCK_WITHIN, clock_error_ms, measured, moments_of
from domain.cases.states import CaseState
from domain.errors import NotAllowed
from domain.law.catalogue import built_in_catalogue

NOON = datetime(2026, 1, 5, 5, tzinfo=UTC)
spans = st.timedeltas(min_value=timedelta(days=-10), max_value=timedelta(days=10))


@given(st.sampled_from(Entry), st.sampled_from(Role), st.booleans())
def test_a_case_comes_in_by_one_of_its_ways_and_waits_for_its_first_look(
    entry: Entry, role: Role, shadow: bool
) -> None:
    if role not in ENTERED_BY[entry]:
        with pytest.raises(NotAllowed):
            first_state(entry, role=role, shadow=shadow)
        return
    assert first_state(entry, role=role, shadow=shadow) == (CaseState.DETECTED if shadow else CaseState.QUEUED)
    assert role is Role.EDGE or entry is not Entry.BOX, "no person says that a box found something"


@given(spans, spans)
def test_a_citizens_clock_is_never_said_to_be_good_and_only_bounded_where_the_file_agrees(
    apart: timedelta, came: timedelta
) -> None:
    found = clock_error_ms(NOON, file_says=NOON + apart, received_at=NOON + came)
    agrees = abs(apart) <= CLOCK_WITHIN and timedelta(0) <= came <= CAME_WITHIN
    assert found == (CLOCK_WITHIN.total_seconds() * 1000 if agrees else None)
    assert clock_error_ms(NOON, file_says=None, received_at=NOON + came) is None


def test_no_offence_that_asks_for_a_measured_value_is_made_a_case_of_pictures_alone() -> None:
    measured_items = {"red_before_and_after", "red_for", "over_line_red", "stood", "against", "along", "on_line"}
    measured_items |= {"dwell", "first_and_last", "ten_minutes", "meter"}
    shown = {row.code for row in built_in_catalogue().rows if moments_of(row.code)}
    assert {"NO_HELMET_DRIVER", "OVERLOAD_2PAX", "PHONE", "UTURN", "UTURN_SIGN", "BANNED_TURN"} <= shown
    for code in sorted(shown):
        asked = {item.key for item in ITEMS if item.codes and code.startswith(item.codes)}
        assert not asked & measured_items, code
        assert len(moments_of(code)) == 3
    assert measured("NO_HELMET_DRIVER", 2) == {"looks": 2}
