"""A citizen opens the page of his own case by number and code, sees blurred copies only, and objects."""

import re
import uuid
from datetime import timedelta

import pytest
from sqlalchemy import select

from api.cases.objection_words import words_of
from api.citizens.own_case import MAX_WORDS, VISIT
from api.errors import TooManyAttempts, Unauthenticated
from api.people.secrets_of_accounts import CODE_LENGTH
from api.people.throttle import FREE_FAILURES
from api.persistence.ledger import body_of
from api.persistence.tables import events, notice_visits, notices
from api.police.steps import Told
from api.principals import SYSTEM, Principal
from api.web.routes.citizens import VISIT_COOKIE
from domain.cases.clocks import ClockKind
from domain.cases.roles import Role
from domain.cases.states import NOTICED_STATES, Action, CaseState
from domain.errors import Conflict, Invalid, NotFound
from tests.builders.asgi_client import AsgiClient
from tests.builders.centre import CLIP, ORIGIN, QUEUE, CentreBuilder
from tests.builders.citizens import COPIES, blurred_case, noticed_case, received_case

PAGE = "/cong-dan/vu-viec"
FILES = f"{PAGE}/tep"
WORDS = "Không phải xe của tôi: hôm đó xe ở gara.\r\nBiển số đọc sai."


def browser(centre: CentreBuilder) -> AsgiClient:
    return centre.client(Origin=ORIGIN)


def opened(centre: CentreBuilder, number: str, code: str) -> AsgiClient:
    client = browser(centre)
    answer = client.post(PAGE, data={"number": number, "code": code})
    assert answer.status_code == 303, answer.text
    return client


def test_number_and_code_open_the_page_with_law_proof_pictures_and_the_way_to_object(centre: CentreBuilder) -> None:
    _, notice = noticed_case(centre, centre.officer())
    spaced = (
        f" {notice.number[:2]}-{notice.number[2:]} ",
        f"{notice.code[:4].lower()} {notice.code[4:8]}-{notice.code[8:]}",
    )
    client = opened(centre, *spaced)
    shown = client.get(PAGE)
    assert shown.status_code == 200
    assert '<html lang="vi">' in shown.text
    for words in ("Chưa xử phạt", "Đã gửi thông báo", "Lê Lợi", "Quyết định 12/2025", "0,04 giây", "Gửi phản đối"):
        assert words in shown.text, words
    english = client.get(f"{PAGE}?lang=en").text
    assert '<html lang="en">' in english
    assert "0.04 s" in english
    assert "<script" not in shown.text
    assert centre.centre.audit.verify(SYSTEM).intact


def test_only_blurred_copies_come_whatever_is_asked_for(sqlite_centre: CentreBuilder) -> None:
    _, notice = noticed_case(sqlite_centre, sqlite_centre.officer())
    client = opened(sqlite_centre, notice.number, notice.code)
    shown = client.get(PAGE).text
    assert set(re.findall(r'src="/cong-dan/vu-viec/tep/([^"]+)"', shown)) == set(COPIES)
    for name, content in COPIES.items():
        assert client.get(f"{FILES}/{name}").content == content
    part = client.get(f"{FILES}/blurred-clip.mp4", headers={"Range": "bytes=4-9"})
    assert (part.status_code, part.content) == (206, COPIES["blurred-clip.mp4"][4:10])
    for name in ("clip.mp4", "still-0.jpg", "overlay.json", "blurred-still-1.jpg", "..%2f..%2fcentre.sqlite3"):
        answer = client.get(f"{FILES}/{name}")
        assert answer.status_code in {404, 422}, name
        assert CLIP not in answer.content


def test_without_a_blurred_copy_no_picture_is_shown_and_it_is_said_where_there_are_some(
    sqlite_centre: CentreBuilder,
) -> None:
    _, notice = noticed_case(sqlite_centre, sqlite_centre.officer(), blurred=False)
    shown = opened(sqlite_centre, notice.number, notice.code).get(PAGE).text
    assert "không có bản đã che" in shown
    assert "<img" not in shown
    assert "<video" not in shown


def test_a_wrong_number_and_a_wrong_code_get_the_same_answer(sqlite_centre: CentreBuilder) -> None:
    _, notice = noticed_case(sqlite_centre, sqlite_centre.officer())
    other = "2611111111" if notice.number != "2611111111" else "2622222222"
    wrong = "0" * CODE_LENGTH
    client = browser(sqlite_centre)
    answers = [
        client.post(PAGE, data=said)
        for said in ({"number": notice.number, "code": wrong}, {"number": other, "code": notice.code}, {})
    ]
    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.text for answer in answers}) == 1
    assert VISIT_COOKIE not in client.cookies


def test_wrong_number_and_wrong_code_ask_the_database_the_same(
    centre: CentreBuilder,
) -> None:
    """What takes the same steps takes the same time."""
    from sqlalchemy import event  # noqa: PLC0415

    _, notice = noticed_case(centre, centre.officer())
    engine = centre.centre.store.database.engine

    def asked(number: str, code: str) -> list[str]:
        sent: list[str] = []

        def note(conn: object, cursor: object, statement: str, *_: object) -> None:
            sent.append(statement)

        event.listen(engine, "before_cursor_execute", note)
        with pytest.raises(Unauthenticated):
            centre.centre.citizens.open(number, code, address="home")
        event.remove(engine, "before_cursor_execute", note)
        return sent

    assert asked(notice.number, "0" * CODE_LENGTH) == asked("2699999999", notice.code) != []


def test_tries_are_bounded_for_a_number_and_no_more_is_told_while_it_waits(sqlite_centre: CentreBuilder) -> None:
    _, notice = noticed_case(sqlite_centre, sqlite_centre.officer())
    door = sqlite_centre.centre.citizens
    for _ in range(FREE_FAILURES):
        with pytest.raises(Unauthenticated):
            door.open(notice.number, "0" * CODE_LENGTH, address="a")
    with pytest.raises(TooManyAttempts):
        door.open(notice.number, notice.code, address="a")
    answer = browser(sqlite_centre).post(PAGE, data={"number": notice.number, "code": notice.code})
    assert answer.status_code == 303, "from elsewhere the person comes in"
    client = browser(sqlite_centre)
    for _ in range(FREE_FAILURES):
        client.post(PAGE, data={"number": "2600000000", "code": "x"})
    waits = client.post(PAGE, data={"number": "2600000000", "code": "x"})
    assert waits.status_code == 429
    assert int(waits.headers["Retry-After"]) > 0


def test_a_code_is_kept_as_a_hash_only_and_another_one_ends_the_first_with_its_visits(centre: CentreBuilder) -> None:
    officer = centre.officer()
    case_id, notice = noticed_case(centre, officer)
    client = opened(centre, notice.number, notice.code)
    again = centre.centre.notices.issue(officer, case_id)
    assert (again.number, again.state) == (notice.number, CaseState.NOTICE_SENT)
    assert again.code != notice.code
    assert "Số thông báo" in client.get(PAGE).text, "the visit is over, the form is back"
    with pytest.raises(Unauthenticated):
        centre.centre.citizens.open(notice.number, notice.code, address="home")
    with centre.database.read() as connection:
        row = connection.execute(select(notices)).one()
        record = "".join(each.body for each in connection.execute(select(events)))
    for code in (notice.code, again.code):
        assert code not in str(row)
        assert code not in record
    assert row.code_sha256 not in record
    opened(centre, again.number, again.code)
    assert centre.centre.audit.verify(SYSTEM).intact


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE notices SET code_sha256 = '{hash}'",
        "UPDATE notices SET number = '2600000000'",
        "UPDATE notices SET issued_at = '2020-01-01T00:00:00.000Z'",
        "UPDATE notice_visits SET token_sha256 = '{hash}'",
        "UPDATE notice_visits SET began_at = '2030-01-01T00:00:00.000Z'",
        "UPDATE objection_words SET words = 'Tôi xin nhận lỗi'",
        "UPDATE objection_words SET words_sha256 = '{hash}'",
        "UPDATE objection_words SET salt = 'no salt'",
        "UPDATE objection_words SET salt = substr(salt, 1, 62), words = char(65) || words",
        "DELETE FROM objection_words",
    ],
)
def test_a_code_or_visit_put_in_by_hand_is_found(sqlite_centre: CentreBuilder, change: str) -> None:
    _, notice = noticed_case(sqlite_centre, sqlite_centre.officer())
    client = opened(sqlite_centre, notice.number, notice.code)
    client.post(f"{PAGE}/phan-doi", data={"words": WORDS})
    assert sqlite_centre.centre.audit.verify(SYSTEM).intact
    with sqlite_centre.database.write() as connection:
        connection.exec_driver_sql(change.format(hash="0" * 64))
    assert not sqlite_centre.centre.audit.verify(SYSTEM).intact


def test_a_notice_is_the_step_of_who_holds_the_case_and_has_its_turn(sqlite_centre: CentreBuilder) -> None:
    officer, notices_of = sqlite_centre.officer(), sqlite_centre.centre.notices
    case_id = received_case(sqlite_centre, officer, blurred_case(sqlite_centre))
    with pytest.raises(Conflict, match="owner is identified first"):
        notices_of.issue(officer, case_id)
    for step in (Action.VERIFY, Action.IDENTIFY_OWNER):
        sqlite_centre.centre.police_steps.take(officer, case_id, Told(step=step))
    with pytest.raises(NotFound):
        notices_of.issue(sqlite_centre.officer("other"), case_id)
    issued = notices_of.issue(officer, case_id)
    assert sqlite_centre.stored(case_id).state is CaseState.NOTICE_SENT is issued.state
    told = Told(step=Action.SEND_NOTICE)
    assert sqlite_centre.centre.police_steps.take(officer, case_id, told).state is CaseState.NOTICE_SENT


def test_the_door_of_the_notice_speaks_http(sqlite_centre: CentreBuilder) -> None:
    client = sqlite_centre.key_client(Role.POLICE, queues=(QUEUE,))
    officer_case = sqlite_centre.ready_case()
    lease = client.post(
        f"/api/v1/police/queues/{QUEUE}/pull", json={"n": 1}, headers={"Idempotency-Key": uuid.uuid4().hex}
    ).json()
    assert lease["cases"][0]["case_id"] == str(officer_case.case_id)
    url = f"/api/v1/police/cases/{officer_case.case_id}/notice"
    assert client.post(url).status_code == 409


def test_an_objection_is_a_state_with_its_clock_on_record_in_the_citizens_own_words(centre: CentreBuilder) -> None:
    officer = centre.officer()
    case_id, notice = noticed_case(centre, officer)
    client = opened(centre, notice.number, notice.code)
    assert client.post(f"{PAGE}/phan-doi", data={"words": WORDS}).status_code == 303
    stored = centre.stored(case_id)
    assert stored.state is CaseState.CONTESTED
    clock = next(each for each in stored.clocks if each.kind is ClockKind.OBJECTION)
    assert clock.ends_at - clock.began_at == timedelta(days=30)
    shown = client.get(PAGE).text
    assert "hôm đó xe ở gara.\nBiển số đọc sai." in shown
    assert "phải trả lời trước" in shown
    assert "Gửi phản đối" not in shown
    with centre.database.read() as connection:
        event = connection.execute(select(events).where(events.c.action == Action.OBJECT)).one()
    assert event.actor == f"citizen:{notice.number}"
    assert "gara" not in event.body, "the record has the hash of the words alone"
    supervisor = Principal(actor="user:sep", name="Sep", role=Role.SUPERVISOR)
    history = centre.centre.cases.history(supervisor, case_id)
    assert [each.objection for each in history if each.action == Action.OBJECT] == [WORDS.replace("\r\n", "\n")]
    again = client.post(f"{PAGE}/phan-doi", data={"words": WORDS})
    assert again.status_code == 409
    assert "không còn ở bước" in again.text
    take = centre.centre.police_steps.take
    assert take(officer, case_id, Told(step=Action.UPHOLD, note="looked at again")).state is CaseState.UPHELD
    assert "giữ nguyên kết luận" in client.get(PAGE).text
    assert centre.centre.audit.verify(SYSTEM).intact


@pytest.mark.parametrize("words", ["", "   ", "...!?", "\x00\x07", "\u200b"])
def test_an_objection_has_words(sqlite_centre: CentreBuilder, words: str) -> None:
    case_id, notice = noticed_case(sqlite_centre, sqlite_centre.officer())
    client = opened(sqlite_centre, notice.number, notice.code)
    answer = client.post(f"{PAGE}/phan-doi", data={"words": words})
    assert answer.status_code == 422
    assert "Hãy viết lý do" in answer.text
    assert sqlite_centre.stored(case_id).state is CaseState.NOTICE_SENT


def test_what_a_citizen_types_stays_text_and_is_bounded(sqlite_centre: CentreBuilder) -> None:
    case_id, notice = noticed_case(sqlite_centre, sqlite_centre.officer())
    client = opened(sqlite_centre, notice.number, notice.code)
    hostile = "<script>alert(1)</script>{{7*7}}' OR '1'='1\x00\x1b[31m \u202e" + "đ" * 3000
    assert client.post(f"{PAGE}/phan-doi", data={"words": hostile}).status_code == 303
    shown = client.get(PAGE).text
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in shown
    with sqlite_centre.database.read() as connection:
        (note,) = words_of(connection, str(case_id)).values()
    assert len(note) == MAX_WORDS
    assert note.isprintable()
    assert sqlite_centre.stored(case_id).state is CaseState.CONTESTED
    assert client.post(f"{PAGE}/phan-doi", data={"words": "x" * 70_000}).status_code == 413


def test_another_site_cannot_object_in_the_citizens_browser(sqlite_centre: CentreBuilder) -> None:
    case_id, notice = noticed_case(sqlite_centre, sqlite_centre.officer())
    client = opened(sqlite_centre, notice.number, notice.code)
    client.headers.clear()
    for headers in ({}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site", "Origin": ORIGIN}):
        for path in ("phan-doi", "dong"):
            assert client.post(f"{PAGE}/{path}", data={"words": WORDS}, headers=headers).status_code == 403
    assert sqlite_centre.stored(case_id).state is CaseState.NOTICE_SENT
    cookie = opened(sqlite_centre, notice.number, notice.code)
    answer = cookie.post(PAGE, data={"number": notice.number, "code": notice.code})
    set_cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in set_cookie
    assert "SameSite=strict" in set_cookie
    assert f"Path={PAGE}" in set_cookie


def test_a_visit_ends_by_time_by_hand_and_nobody_makes_one_up(centre: CentreBuilder) -> None:
    _, notice = noticed_case(centre, centre.officer())
    late, closed = opened(centre, notice.number, notice.code), opened(centre, notice.number, notice.code)
    kept = dict(closed.cookies)
    assert closed.post(f"{PAGE}/dong").status_code == 303
    closed.cookies.update(kept)
    assert "Số thông báo" in closed.get(PAGE).text
    assert closed.get(f"{FILES}/blurred-clip.mp4").status_code == 403
    centre.clock.advance(VISIT.total_seconds())
    assert late.get(f"{FILES}/blurred-clip.mp4").status_code == 403
    assert late.post(f"{PAGE}/phan-doi", data={"words": WORDS}).status_code == 403
    centre.centre.citizens.forget_ended()
    with centre.database.read() as connection:
        assert connection.execute(select(notice_visits)).all() == []
    stranger = browser(centre)
    stranger.cookies.set(VISIT_COOKIE, "' OR '1'='1")
    assert "Số thông báo" in stranger.get(PAGE).text
    assert centre.centre.audit.verify(SYSTEM).intact


def test_of_a_cancelled_case_the_page_tells_so_and_shows_no_picture(sqlite_centre: CentreBuilder) -> None:
    officer = sqlite_centre.officer()
    case_id, notice = noticed_case(sqlite_centre, officer)
    client = opened(sqlite_centre, notice.number, notice.code)
    assert client.post(f"{PAGE}/phan-doi", data={"words": WORDS}).status_code == 303
    told = Told(step=Action.POLICE_CANCEL, reason_code="PLATE_VEHICLE_MISMATCH")
    sqlite_centre.centre.police_steps.take(officer, case_id, told)
    shown = client.get(PAGE).text
    assert "Vụ việc đã hủy." in shown
    assert "kết thúc mà không xử phạt" in shown
    assert client.get(f"{FILES}/blurred-clip.mp4").status_code == 404


def test_a_look_is_on_the_cases_own_record(sqlite_centre: CentreBuilder) -> None:
    case_id, notice = noticed_case(sqlite_centre, sqlite_centre.officer())
    client = opened(sqlite_centre, notice.number, notice.code)
    client.get(PAGE)
    client.get(f"{FILES}/blurred-clip.mp4")
    with sqlite_centre.database.read() as connection:
        of_case = select(events).where(events.c.case_id == str(case_id), events.c.actor == f"citizen:{notice.number}")
        looks = [body_of(row)["what"] for row in connection.execute(of_case.order_by(events.c.seq))]
    assert looks == ["case", "blurred-clip.mp4"]


def test_no_api_takes_a_citizen_in(sqlite_centre: CentreBuilder) -> None:
    _, notice = noticed_case(sqlite_centre, sqlite_centre.officer())
    client = opened(sqlite_centre, notice.number, notice.code)
    assert client.get("/api/v1/me").status_code == 401
    admin = sqlite_centre.signed_in("admin", Role.ADMIN)
    account = {"username": "x", "display_name": "X", "role": "citizen", "password": "a long enough password"}
    assert admin.post("/api/v1/users", json=account).status_code == 422
    assert admin.post("/api/v1/api-keys", json={"name": "x", "role": "citizen"}).status_code == 422
    with pytest.raises(Invalid):
        sqlite_centre.user("citizen", Role.CITIZEN)


def test_every_answer_is_safe_against_other_pages_and_kept_by_no_cache(sqlite_centre: CentreBuilder) -> None:
    client = browser(sqlite_centre)
    for path in ("/cong-dan", PAGE, f"{FILES}/blurred-clip.mp4", f"{FILES}/NO", "/cong-dan/style.css"):
        headers = client.get(path).headers
        assert "default-src 'none'" in headers["content-security-policy"], path
        assert "script-src" not in headers["content-security-policy"]
        assert headers["x-frame-options"] == "DENY"
        assert headers["x-robots-tag"] == "noindex"
    assert client.get(PAGE).headers["cache-control"] == "no-store"
    assert "Mắt Thần" in client.get("/cong-dan").text


def test_the_open_states_are_those_from_the_notice_on() -> None:
    assert CaseState.OWNER_IDENTIFIED not in NOTICED_STATES
    assert CaseState.CANCELLED not in NOTICED_STATES


def test_the_outcome_of_an_objection_counts_in_the_precision_of_the_rule(sqlite_centre: CentreBuilder) -> None:
    officer, door = sqlite_centre.officer(), sqlite_centre.centre.citizens
    take = sqlite_centre.centre.police_steps.take

    def precision() -> tuple[int, int]:
        found = sqlite_centre.centre.rules.outcomes(
            Principal(actor="user:a", name="A", role=Role.AUDITOR), by_hour=False
        )
        return (found[0].precision.right, found[0].precision.judged) if found else (0, 0)

    def contested() -> uuid.UUID:
        case_id, notice = noticed_case(sqlite_centre, officer)
        door.object(door.open(notice.number, notice.code, address="home"), WORDS)
        return case_id

    upheld, wrong, twice = contested(), contested(), contested()
    assert precision() == (0, 0), "nothing is known yet"
    take(officer, upheld, Told(step=Action.UPHOLD, note="looked at again"))
    assert precision() == (1, 1)
    take(officer, wrong, Told(step=Action.POLICE_CANCEL, reason_code="PLATE_VEHICLE_MISMATCH"))
    assert precision() == (1, 2)
    take(officer, twice, Told(step=Action.POLICE_CANCEL, reason_code="DUPLICATE"))
    assert precision() == (1, 2), "that it was a duplicate says nothing of the rule"
