"""The words of an objection: read by those who must answer, kept as long as media, proven by the record's hash."""

import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from api.cases.case_rows import lock_case
from api.cases.moves import move
from api.cases.objection_words import LOOK, objections_of, words_of
from api.persistence.schema import migrate
from api.persistence.tables import events
from api.police.steps import Told
from api.principals import SYSTEM, Principal
from domain.cases.roles import Role
from domain.cases.states import Action, CaseState
from domain.errors import NotFound
from domain.grants import Scope
from tests.builders.asgi_client import AsgiClient
from tests.builders.centre import ORIGIN, QUEUE, CentreBuilder
from tests.builders.citizens import WORDS, noticed_case, objected_case

PAGE = "/cong-dan/vu-viec"
MONTH_S = timedelta(days=31).total_seconds()
SUPERVISOR = Principal(actor="user:sep", name="Sep", role=Role.SUPERVISOR)


def looks(centre: CentreBuilder, case_id: uuid.UUID, actor: str) -> list[str]:
    history = centre.centre.cases.history(SUPERVISOR, case_id)
    return [each.body["what"] for each in history if each.action == "view" and each.actor == actor]


def citizens_page(centre: CentreBuilder, number: str, code: str) -> AsgiClient:
    client = centre.client(Origin=ORIGIN)
    assert client.post(PAGE, data={"number": number, "code": code}).status_code == 303
    return client


def test_the_unit_that_holds_the_case_reads_them_by_api_and_nobody_else_and_it_is_on_record(
    centre: CentreBuilder,
) -> None:
    officer, steps = centre.officer(), centre.centre.police_steps
    case_id, _ = noticed_case(centre, officer)
    assert steps.open(officer, case_id).objections == ()
    assert LOOK not in looks(centre, case_id, officer.actor), "there were no words to look at"
    mine = centre.centre.citizens
    issued = centre.centre.notices.issue(officer, case_id)
    mine.object(mine.open(issued.number, issued.code, address="192.0.2.7"), WORDS)
    (found,) = steps.open(officer, case_id).objections
    assert found.words == WORDS
    assert looks(centre, case_id, officer.actor)[-1] == LOOK
    assert "objections" not in steps.held(officer).items[0].model_dump(), "a list tells no words"
    strangers = (
        centre.officer("other"),
        Principal(actor=officer.actor, name="x", role=Role.POLICE, scope=Scope(wards=frozenset({"an-cuu"}))),
    )
    for stranger in strangers:
        with pytest.raises(NotFound):
            steps.open(stranger, case_id)
    assert LOOK not in looks(centre, case_id, "key:other")


def test_the_doors_of_police_and_centre_tell_them_and_the_records_body_stays_as_it_is(centre: CentreBuilder) -> None:
    officer = centre.officer()
    case_id, _ = objected_case(centre, officer)
    supervisor = centre.signed_in("sep", Role.SUPERVISOR)
    told = supervisor.get(f"/api/v1/cases/{case_id}/history").json()["items"]
    (event,) = [each for each in told if each["action"] == "object"]
    assert event["objection"] == WORDS
    assert event["body"].keys() == {"from", "state", "words_sha256"}
    assert looks(centre, case_id, "user:sep")[-1] == LOOK
    assert {each["objection"] for each in told if each["action"] != "object"} == {None}
    other = centre.key_client(Role.POLICE, queues=(QUEUE,))
    assert other.get(f"/api/v1/police/cases/{case_id}").status_code == 404
    assert centre.centre.audit.verify(SYSTEM).intact


@pytest.mark.parametrize("media_first", [True, False])
def test_they_end_with_the_media_and_the_record_keeps_that_there_was_an_objection(
    centre: CentreBuilder, media_first: bool
) -> None:
    """Also where the media ended before somebody objected; not while it is argued about."""
    officer = centre.officer()
    case_id, notice = noticed_case(centre, officer)
    job = centre.centre.retention
    if media_first:
        centre.clock.advance(MONTH_S)
        assert job.run(apply=True)["handed_over"].cases == 1
    client = citizens_page(centre, notice.number, notice.code)
    assert client.post(f"{PAGE}/phan-doi", data={"words": WORDS}).status_code == 303
    centre.clock.advance(MONTH_S)
    assert not any(each.cases for each in job.run(apply=True).values())
    with centre.database.read() as connection:
        assert len(words_of(connection, str(case_id))) == 1, "while it is contested"
    centre.centre.police_steps.take(officer, case_id, Told(step=Action.UPHOLD, note="looked at again"))
    centre.clock.advance(MONTH_S)
    planned = job.run(apply=False)
    assert (planned["handed_over"].cases, planned["handed_over"].objections) == (1, 1)
    assert (planned["handed_over"].files == 0) == media_first
    with centre.database.read() as connection:
        assert len(words_of(connection, str(case_id))) == 1, "a dry run changes nothing"
    assert centre.centre.audit.verify(SYSTEM).intact
    assert job.run(apply=True) == planned
    with centre.database.read() as connection:
        assert words_of(connection, str(case_id)) == {}
        assert "gara" not in "".join(each.body for each in connection.execute(select(events)))
    history = centre.centre.cases.history(SUPERVISOR, case_id)
    assert [each.objection for each in history if each.action == Action.OBJECT] == [None]
    assert history[-1].body["objections"] == 1
    assert [each.words for each in centre.centre.police_steps.open(officer, case_id).objections] == [None]
    shown = citizens_page(centre, notice.number, notice.code).get(PAGE).text
    assert "đã hết thời hạn lưu giữ và đã xóa tại trung tâm" in shown
    assert "gara" not in shown
    assert centre.centre.audit.verify(SYSTEM).intact
    assert not any(each.cases for each in job.run(apply=True).values()), "once"


def test_words_put_back_after_their_end_are_found(centre: CentreBuilder) -> None:
    officer = centre.officer()
    case_id, _ = objected_case(centre, officer)
    centre.centre.police_steps.take(officer, case_id, Told(step=Action.UPHOLD, note="looked at again"))
    with centre.database.read() as connection:
        (kept,) = connection.execute(text("SELECT * FROM objection_words")).all()
    centre.clock.advance(MONTH_S)
    centre.centre.retention.run(apply=True)
    assert centre.centre.audit.verify(SYSTEM).intact
    with centre.database.write() as connection:
        again = text("INSERT INTO objection_words VALUES (:case_id, :words_sha256, :salt, :words)")
        connection.execute(again, dict(kept._mapping))
    assert not centre.centre.audit.verify(SYSTEM).intact


def test_objections_of_before_stay_on_the_record_through_the_upgrade_and_are_read_as_they_were(
    centre: CentreBuilder,
) -> None:
    """A database of schema 0034 with an objection in it: history never changes, whatever its words."""
    officer = centre.officer()
    case_id, notice = noticed_case(centre, officer)
    with centre.database.write() as connection:  # what 0035 and later ones make, taken back
        for table in ("objection_words", "refused_tries"):
            connection.execute(text(f"DROP TABLE {table}"))
        connection.execute(text("UPDATE alembic_version SET version_num = '0034'"))
    citizen = Principal(actor=f"citizen:{notice.number}", name=notice.number, role=Role.CITIZEN)
    with centre.centre.store.write() as work:
        row = lock_case(work, case_id, citizen)
        move(work, row, Action.OBJECT, citizen, notifier=centre.centre.notifier, body={"note": WORDS})
    migrate(centre.database)
    with centre.database.read() as connection:
        assert [each.words for each in objections_of(connection, str(case_id))] == [WORDS]
    assert centre.centre.audit.verify(SYSTEM).intact
    assert [each.words for each in centre.centre.police_steps.open(officer, case_id).objections] == [WORDS]
    assert "xe ở gara" in citizens_page(centre, notice.number, notice.code).get(PAGE).text
    objected_case(centre, officer)  # the next one is kept beside the record
    with centre.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM objection_words")).scalar_one() == 1
    centre.centre.police_steps.take(officer, case_id, Told(step=Action.UPHOLD, note="looked at again"))
    centre.clock.advance(MONTH_S)
    assert centre.centre.retention.run(apply=True)["handed_over"].objections == 0
    history = centre.centre.cases.history(SUPERVISOR, case_id)
    assert [each.objection for each in history if each.action == Action.OBJECT] == [WORDS]
    assert centre.stored(case_id).state is CaseState.UPHELD
    assert centre.centre.audit.verify(SYSTEM).intact
