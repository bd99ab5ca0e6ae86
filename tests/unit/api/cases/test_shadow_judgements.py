"""Cases of rules in shadow mode are judged right or wrong, and never go further."""

import pytest

from api.cases.case_rows import StoredCase
from api.cases.review import Decision, DecisionName
from api.persistence.case_search import CaseFilter
from api.principals import SYSTEM, Principal
from domain.camera import Mode
from domain.cases.roles import Role
from domain.cases.states import CaseState
from domain.errors import Conflict, Invalid, NotAllowed
from tests.builders.cases import build_case
from tests.builders.centre import QUEUE, CentreBuilder

LAN = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
RIGHT = Decision(decision="judge_right")
WRONG = Decision(decision="judge_wrong", reason_code="FALSE_DETECTION", note="a shadow on the road")


def decide(centre: CentreBuilder, stored: StoredCase, decision: Decision, who: Principal = LAN) -> StoredCase:
    version = centre.stored(stored.case_id).version
    return centre.centre.review.decide(who, stored.case_id, decision, expected_version=version)


def test_a_judgement_is_on_record_with_its_reason_and_can_be_mended(centre: CentreBuilder) -> None:
    stored = centre.queued_case(mode=Mode.SHADOW)
    assert stored.state is CaseState.DETECTED
    assert decide(centre, stored, WRONG).state is CaseState.JUDGED_WRONG
    assert decide(centre, stored, RIGHT).state is CaseState.JUDGED_RIGHT
    judged = [event for event in centre.centre.cases.history(LAN, stored.case_id) if event.action.startswith("judge")]
    assert [(event.action, event.actor) for event in judged] == [("judge_wrong", LAN.actor), ("judge_right", LAN.actor)]
    assert judged[0].body["reason_code"] == "FALSE_DETECTION"
    assert judged[0].body["note"] == "a shadow on the road"
    assert centre.centre.cases.counts(LAN, shadow=True)[CaseState.JUDGED_RIGHT] == 1
    page = centre.centre.cases.list(LAN, CaseFilter(shadow=True, states=(CaseState.JUDGED_RIGHT,)))
    assert [item.case_id for item in page.items] == [stored.case_id]
    assert centre.centre.audit.verify(SYSTEM).intact


@pytest.mark.parametrize("step", ["confirm", "reject", "withdraw", "requeue", "close"])
def test_a_shadow_case_takes_no_step_towards_the_police(centre: CentreBuilder, step: DecisionName) -> None:
    supervisor = Principal(actor="user:minh", name="Minh", role=Role.SUPERVISOR)
    reason = None if step in {"confirm", "requeue"} else "DUPLICATE"
    asked = Decision(decision=step, reason_code=reason, note="please")
    for earlier in (None, RIGHT, WRONG):
        stored = centre.queued_case(mode=Mode.SHADOW)
        if earlier is not None:
            decide(centre, stored, earlier)
        with pytest.raises(Conflict):
            decide(centre, stored, asked, supervisor)
    assert not centre.centre.police.pull(centre.officer(), QUEUE, n=50, lease_s=60, idempotency_key="k").cases


def test_only_reviewers_judge_only_shadow_cases_and_wrong_needs_a_reason(sqlite_centre: CentreBuilder) -> None:
    shadow, real = sqlite_centre.queued_case(mode=Mode.SHADOW), sqlite_centre.queued_case()
    with pytest.raises(Invalid):
        decide(sqlite_centre, shadow, Decision(decision="judge_wrong"))
    for role in set(Role) - {Role.OPERATOR, Role.SUPERVISOR}:
        with pytest.raises(NotAllowed):
            decide(sqlite_centre, shadow, RIGHT, Principal(actor="user:x", name="x", role=role))
    for judgement in (RIGHT, WRONG):
        with pytest.raises(Conflict):
            decide(sqlite_centre, real, judgement)


def test_precision_is_told_by_offence_and_camera_with_its_interval(centre: CentreBuilder) -> None:
    for number in range(5):
        decide(centre, centre.queued_case(mode=Mode.SHADOW), WRONG if number == 0 else RIGHT)
    decide(centre, centre.queued_case(mode=Mode.SHADOW, camera_id="cam-2", code="RED_LIGHT"), WRONG)
    centre.queued_case(mode=Mode.SHADOW, camera_id="cam-3")  # nobody has judged it
    centre.ready_case(camera_id="cam-4")
    rows = centre.key_client(Role.AUDITOR).get("/api/v1/shadow-precision").json()
    assert [(row["code"], row["camera_id"], row["right"], row["judged"]) for row in rows] == [
        ("PARK_PAVEMENT", "cam-1", 4, 5),
        ("RED_LIGHT", "cam-2", 0, 1),
    ]
    assert (round(rows[0]["interval95_low"], 3), round(rows[0]["interval95_high"], 3)) == (0.376, 0.964)


def test_a_new_version_of_a_rule_is_not_measured_by_what_the_old_one_did(centre: CentreBuilder) -> None:
    new = build_case().provenance.model_copy(update={"rule_version": "1.2"})
    for decision in (WRONG, WRONG, RIGHT):
        decide(centre, centre.queued_case(mode=Mode.SHADOW), decision)
    for _ in range(3):
        decide(centre, centre.queued_case(mode=Mode.SHADOW, provenance=new), RIGHT)
    rows = centre.key_client(Role.AUDITOR).get("/api/v1/shadow-precision").json()
    told = [(row["camera_id"], row["rule_version"], row["right"], row["judged"]) for row in rows]
    assert told == [("cam-1", "1", 1, 3), ("cam-1", "1.2", 3, 3)]


def test_a_judgement_comes_by_http_on_the_version_that_was_seen(sqlite_centre: CentreBuilder) -> None:
    stored = sqlite_centre.queued_case(mode=Mode.SHADOW)
    client = sqlite_centre.signed_in("lan", Role.OPERATOR)
    path = f"/api/v1/cases/{stored.case_id}/decision"
    old = client.post(path, json={"decision": "judge_right"}, headers={"If-Match": '"0"'})
    assert old.status_code == 412
    answer = client.post(path, json={"decision": "judge_right"}, headers={"If-Match": f'"{stored.version}"'})
    assert (answer.status_code, answer.json()["state"]) == (200, "judged_right")
