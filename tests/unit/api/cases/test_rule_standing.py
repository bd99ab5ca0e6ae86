"""A rule that is surely below its floor at a camera goes back to shadow by itself, says so, and rises by judgements."""

from hypothesis import given
from hypothesis import strategies as st

from api.cases.review import Decision
from api.principals import SYSTEM, Principal
from domain.cases.precision import Precision
from domain.cases.roles import Role
from domain.cases.standing import AT_LEAST, FLOOR, falls, rises
from domain.cases.states import CaseState
from tests.builders.cases import build_case
from tests.builders.centre import CentreBuilder

LAN = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
NO = Decision(decision="reject", reason_code="FALSE_DETECTION", note="nothing")
RIGHT = Decision(decision="judge_right")


def say(centre: CentreBuilder, decision: Decision, times: int, **case: str) -> None:
    for _ in range(times):
        stored = centre.queued_case(**case)
        centre.centre.review.decide(LAN, stored.case_id, decision, expected_version=stored.version)


def test_it_falls_counts_no_more_and_rises_when_its_shadow_cases_were_right(centre: CentreBuilder) -> None:
    rules, key = centre.centre.rules, ("PARK_PAVEMENT", "cam-1", "1")
    say(centre, NO, 3)
    assert rules.review() == ([], []), "three are too few to be sure"
    say(centre, NO, 9)
    say(centre, Decision(decision="confirm"), 20, camera_id="cam-2")
    waiting = centre.queued_case()
    assert rules.review() == ([key], [])
    assert rules.review() == ([], [])
    shadow = centre.queued_case()
    assert (shadow.state, shadow.shadow) == (CaseState.DETECTED, True)
    assert centre.stored(waiting.case_id).state == CaseState.QUEUED, "what came before is judged by people"
    assert centre.queued_case(camera_id="cam-2").state == CaseState.QUEUED, "another camera's is another's"
    newer = build_case().provenance.model_copy(update={"rule_version": "2"})
    assert centre.queued_case(provenance=newer).state == CaseState.QUEUED, "a new version begins anew"
    told = centre.signed_in("auditor", Role.AUDITOR).get("/api/v1/rule-outcomes").json()
    fallen = [(each["camera_id"], each["right"], each["judged"]) for each in told if each["fallen_at"]]
    assert fallen == [("cam-1", 0, 12)]
    assert centre.centre.audit.verify(SYSTEM).intact
    centre.clock.advance(60)
    say(centre, RIGHT, 15)
    assert rules.review() == ([], [])
    say(centre, RIGHT, 1)
    assert rules.review() == ([], [key])
    centre.clock.advance(60)
    assert centre.queued_case().state == CaseState.QUEUED
    assert rules.review() == ([], []), "what was wrong before it fell does not pull it down again"
    assert centre.centre.audit.verify(SYSTEM).intact


@given(st.integers(0, 300), st.integers(0, 300))
def test_no_numbers_let_it_fall_and_rise_at_once(right: int, wrong: int) -> None:
    precision = Precision(right=right, judged=right + wrong)
    assert not (falls(precision) and rises(precision))
    if right + wrong < AT_LEAST:
        assert not falls(precision)
    if precision.share is not None and precision.share >= FLOOR:
        assert not falls(precision)
