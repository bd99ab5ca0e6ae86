"""Citizens' reports: bounded, hashed, decoded without rights, held against the map; nobody else knows who sent one."""

import asyncio
import hashlib
import io
import json
import logging
import re
import subprocess
import sys
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import shapely
from PIL import Image
from sqlalchemy import inspect, select
from sqlalchemy.exc import StatementError
from starlette.types import Message

from api.citizens.decoding import UploadDecoder
from api.citizens.report_intake import ARRIVES_WITHIN, MOST_A_DAY, ReportIntake
from api.citizens.reported import MAX_PHOTO_BYTES, MAX_WORDS, NewReport, PlaceCheck, ReportState, Upload
from api.citizens.reports import KEPT_ANSWERED
from api.errors import StaleVersion, StoreUnavailable, TooManyAttempts, TooMuch, Unauthenticated
from api.people.secrets_of_accounts import CODE_LENGTH
from api.people.throttle import FREE_FAILURES, FREE_FAILURES_ALTOGETHER, LONGEST_WAIT_S
from api.persistence.database_roles import KNOWN_TO_THE_CENTRE_ALONE
from api.persistence.tables import citizen_reporters, citizen_reports, events
from api.places.ward_map import Ward, WardMap
from api.principals import ROLES_WITH, SYSTEM, Permission, Principal
from domain.cases.roles import Role
from domain.errors import Conflict, Invalid, NotAllowed, NotFound
from tests.builders.asgi_client import AsgiClient
from tests.builders.centre import ORIGIN, PASSWORD, CentreBuilder
from tests.builders.phone_videos import OWNER, phone_video

LAN = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
HAI = Principal(actor="user:hai", name="Hải", role=Role.SUPERVISOR)
NAME, CONTACT = "Nguyễn Thị Kín", "0905 123 456"
HUE, DA_NANG = (16.4637, 107.5909), (16.0544, 108.2022)
PAGE = "/cong-dan/phan-anh"
VIDEO = b"\0\0\0 ftypisom" + b"x" * 2000  # no more than its first box


def photo(place: tuple[float, float] | None = None, *, shade: int = 90, taken_at: str = "2026:01:05 11:59:00") -> bytes:
    picture, exif = Image.new("RGB", (320, 240), (shade, 80, 70)), Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = taken_at
    exif[0x010F] = "Secret Camera Maker"
    if place is not None:
        gps = exif.get_ifd(0x8825)
        for key, letter, value in ((1, "N", place[0]), (3, "E", place[1])):
            gps[key], gps[key + 1] = letter, (float(int(value)), 0.0, (value - int(value)) * 3600)
    written = io.BytesIO()
    picture.save(written, "JPEG", exif=exif)
    return written.getvalue()


def report(*contents: bytes, **changes: Any) -> NewReport:
    given = {"words": "Ô tô đỗ trên vỉa hè", "place": "12 Lê Lợi", "name": NAME, "contact": CONTACT}
    return NewReport(uploads=[Upload(content=each) for each in contents or (photo(),)], **given | changes)


def one(centre: CentreBuilder, *contents: bytes) -> uuid.UUID:
    before = {each.report_id for each in centre.centre.reports.list(LAN)}
    centre.centre.report_intake.take(report(*contents))
    (new,) = {each.report_id for each in centre.centre.reports.list(LAN)} - before
    return new


def actions(centre: CentreBuilder, action: str) -> list[Any]:
    with centre.database.read() as connection:
        return list(connection.execute(select(events).where(events.c.action == action)))


def with_wards(centre: CentreBuilder) -> ReportIntake:
    wards = WardMap([Ward(key="thuan-hoa", name="Thuận Hóa", outline=shapely.box(107.55, 16.44, 107.63, 16.49))])
    services = centre.centre
    return ReportIntake(
        services.store, files=services.evidence._files, throttle=services.sign_in._throttle, wards=wards
    )


def test_a_report_is_hashed_as_it_came_and_its_sender_sees_the_state(centre: CentreBuilder) -> None:
    content, intake, reports = photo(HUE), centre.centre.report_intake, centre.centre.reports
    video = phone_video(place=None)
    filed = intake.take(report(content, video))
    (listed,) = reports.list(LAN)
    opened = reports.open(LAN, listed.report_id)
    assert [file.sha256 for file in opened.files] == [hashlib.sha256(each).hexdigest() for each in (content, video)]
    assert [file.name for file in opened.files] == ["photo-1.jpg", "video-2.mp4"]
    assert opened.place_check is PlaceCheck.NO_MAP
    shown = reports.picture(LAN, listed.report_id, "photo-1.jpg")
    assert b"Secret Camera Maker" in content
    assert b"Secret" not in shown
    assert not Image.open(io.BytesIO(shown)).getexif()
    assert OWNER.encode() in video
    assert OWNER.encode() not in reports.picture(LAN, listed.report_id, "video-2.mp4")
    assert intake.state(filed.number, filed.code, address="home")[0] is ReportState.RECEIVED
    with pytest.raises(Unauthenticated):
        intake.state(filed.number, "0" * CODE_LENGTH, address="home")
    with pytest.raises(Unauthenticated):
        intake.state("2600000000", filed.code, address="home")
    answered = reports.answer(
        LAN,
        listed.report_id,
        ReportState.ACCEPTED,
        expected_version=1,
        offence_code="PARK_PAVEMENT",
        note="75F1 123.45",
    )
    assert answered.state is ReportState.ACCEPTED
    assert intake.state(filed.number, filed.code, address="home")[0] is ReportState.ACCEPTED
    assert centre.centre.audit.verify(SYSTEM).intact


def answer(centre: CentreBuilder, report_id: uuid.UUID, state: ReportState) -> None:
    offence = "PARK_PAVEMENT" if state is ReportState.ACCEPTED else None
    centre.centre.reports.answer(LAN, report_id, state, expected_version=1, offence_code=offence, note="xem ảnh")


def test_after_the_answer_only_who_says_why_sees_a_file_with_nobody_hidden(centre: CentreBuilder) -> None:
    report_id, reports = one(centre, photo(), phone_video()), centre.centre.reports
    names = [file.name for file in reports.open(LAN, report_id).files]
    for name in names:
        assert reports.picture(LAN, report_id, name), "who answers sees what he answers"
    answer(centre, report_id, ReportState.ACCEPTED)
    looks = len(actions(centre, "report_seen"))
    assert not reports.open(LAN, report_id).shows_unhidden
    for who in (LAN, HAI):
        for name in names:
            with pytest.raises(Conflict, match="say why"):
                reports.picture(who, report_id, name)
    assert len(actions(centre, "report_seen")) == looks + 1, "what was refused is no look"
    for wrong in ({"reason_code": "CURIOUS"}, {"minutes": 61}, {"minutes": 0}):
        with pytest.raises(Invalid):
            reports.see_unhidden(HAI, report_id, **({"reason_code": "COURT", "note": "", "minutes": 5} | wrong))  # type: ignore[arg-type]
    for role in set(Role) - ROLES_WITH[Permission.REPORTS_READ]:
        with pytest.raises(NotAllowed):
            reports.see_unhidden(
                Principal(actor="user:x", name="x", role=role), report_id, reason_code="COURT", note="", minutes=5
            )
    until = reports.see_unhidden(HAI, report_id, reason_code="COMPLAINT", note="đơn số 12", minutes=10)
    assert reports.picture(HAI, report_id, names[0])
    assert reports.open(HAI, report_id).shows_unhidden
    other = one(centre, photo(shade=3))
    answer(centre, other, ReportState.ACCEPTED)
    for who, its in ((LAN, report_id), (HAI, other)):
        with pytest.raises(Conflict, match="say why"):
            reports.picture(who, its, names[0])
    (said,) = actions(centre, "unblur")
    assert (said.actor, said.case_id) == (HAI.actor, None)
    assert json.loads(said.body) == {
        "reason_code": "COMPLAINT",
        "note": "đơn số 12",
        "report_id": str(report_id),
        "until": "2026-01-05T07:10:00.000Z",
    }
    centre.clock.advance((until - centre.clock.now()).total_seconds())
    with pytest.raises(Conflict, match="say why"):
        reports.picture(HAI, report_id, names[0])
    assert centre.centre.audit.verify(SYSTEM).intact


@pytest.mark.parametrize("state", [ReportState.NOT_ACCEPTED, ReportState.UNUSABLE])
def test_a_report_that_was_turned_down_shows_nobody_at_all(sqlite_centre: CentreBuilder, state: ReportState) -> None:
    report_id, reports = one(sqlite_centre), sqlite_centre.centre.reports
    answer(sqlite_centre, report_id, state)
    with pytest.raises(Conflict, match="turned down"):
        reports.see_unhidden(HAI, report_id, reason_code="COURT", note="", minutes=5)
    with pytest.raises(Conflict, match="turned down"):
        reports.picture(HAI, report_id, "photo-1.jpg")
    page = sqlite_centre.signed_in("hai", Role.SUPERVISOR)
    assert page.get(f"/api/v1/reports/{report_id}/files/photo-1.jpg").status_code == 409
    assert page.post(f"/api/v1/reports/{report_id}/unblurring", json={"reason_code": "COURT"}).status_code == 409


def test_reports_count_among_the_originals_that_one_person_sees(
    centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.cases.unblur.MOST_CASES_A_DAY", 2)
    services, case_id = centre.centre, centre.queued_case().case_id
    ids = [one(centre, photo(shade=shade)) for shade in (10, 20)]
    for report_id in ids:
        answer(centre, report_id, ReportState.ACCEPTED)

    def see(report_id: uuid.UUID) -> None:
        services.reports.see_unhidden(HAI, report_id, reason_code="COURT", note="", minutes=1)

    services.unblurring.begin(HAI, case_id, reason_code="COURT", note="", minutes=1)
    see(ids[0])
    see(ids[0])
    with pytest.raises(TooMuch, match="at most 2 cases and reports"):
        see(ids[1])
    (counted,) = services.unblurring.by_person(HAI)
    assert (counted.actor, counted.cases, counted.times) == (HAI.actor, 2, 3)


def test_who_sent_it_is_in_one_table_and_told_to_a_supervisor_who_says_why(
    centre: CentreBuilder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    report_id = one(centre)
    reports = centre.centre.reports
    seen = json.dumps([str(reports.open(LAN, report_id)), str(reports.list(HAI))], ensure_ascii=False)
    secrets = (NAME, CONTACT)
    assert not [secret for secret in secrets if secret in seen]
    told = reports.reporter(HAI, report_id, why="ask for the time")
    assert told is not None
    assert (told.name, told.contact) == secrets
    with pytest.raises(Invalid, match="why"):
        reports.reporter(HAI, report_id, why=" ... ")
    for role in set(Role) - {Role.SUPERVISOR}:
        with pytest.raises(NotAllowed):
            reports.reporter(Principal(actor="user:x", name="x", role=role), report_id, why="curious")
    with centre.database.read() as connection:
        for table in inspect(connection).get_table_names():
            held = connection.exec_driver_sql(f"SELECT * FROM {table}").all()  # noqa: S608 - its own tables
            assert (table == "citizen_reporters") == any(secret in str(held) for secret in secrets), table
        asked = connection.execute(select(events).where(events.c.action == "reporter_asked")).one()
    assert asked.actor == HAI.actor
    assert not [secret for secret in secrets if secret in caplog.text]
    assert "citizen_reporters" in KNOWN_TO_THE_CENTRE_ALONE
    assert centre.centre.audit.verify(SYSTEM).intact


def test_no_role_finds_the_reporter_behind_any_door(sqlite_centre: CentreBuilder) -> None:
    report_id = one(sqlite_centre)
    supervisor = sqlite_centre.signed_in("hai", Role.SUPERVISOR)
    others = [
        sqlite_centre.signed_in("lan", Role.OPERATOR),
        sqlite_centre.signed_in("kiem", Role.AUDITOR),
        sqlite_centre.signed_in("sep", Role.ADMIN),
        sqlite_centre.signed_in("px", Role.WARD, wards=("thuan-hoa",)),
        sqlite_centre.key_client(Role.POLICE, queues=("traffic_police",)),
    ]
    paths = ("reports", f"reports/{report_id}", "events?limit=100", "users", "boxes")
    for client in others:
        for path in paths:
            assert NAME not in client.get(f"/api/v1/{path}").text
        refused = client.post(f"/api/v1/reports/{report_id}/reporter", json={"why": "curious"})
        assert refused.status_code == 403
        assert NAME not in refused.text
    told = supervisor.post(f"/api/v1/reports/{report_id}/reporter", json={"why": "ask for the time"})
    assert told.json() == {"known": True, "name": NAME, "contact": CONTACT}


@pytest.mark.parametrize(
    ("places", "check"),
    [
        ([HUE], PlaceCheck.IN_WARD),
        ([DA_NANG], PlaceCheck.ELSEWHERE),
        ([HUE, DA_NANG], PlaceCheck.ELSEWHERE),
        ([None], PlaceCheck.MISSING),
        ([None, HUE], PlaceCheck.IN_WARD),
        ([(0.0, 0.0)], PlaceCheck.ELSEWHERE),
    ],
)
def test_the_place_of_the_photos_is_held_against_the_map_and_never_guessed(
    sqlite_centre: CentreBuilder, places: list[tuple[float, float] | None], check: PlaceCheck
) -> None:
    intake = with_wards(sqlite_centre)
    contents = [photo(place, shade=90 + number) for number, place in enumerate(places)]
    intake.take(report(*contents))
    (listed,) = sqlite_centre.centre.reports.list(LAN)
    assert listed.place_check is check
    assert listed.ward == ("Thuận Hóa" if check is PlaceCheck.IN_WARD else "")


def test_the_very_same_picture_in_two_reports_is_said(sqlite_centre: CentreBuilder) -> None:
    content, reports = photo(), sqlite_centre.centre.reports
    first, second = one(sqlite_centre, content), one(sqlite_centre, VIDEO, content)
    number = reports.open(LAN, first).number
    also_in = {file.name: file.also_in for file in reports.open(LAN, second).files}
    assert also_in == {"video-1.mp4": (), "photo-2.jpg": (number,)}


def bomb() -> bytes:
    written = io.BytesIO()
    Image.new("1", (20_000, 20_000)).save(written, "PNG", compress_level=1)
    return written.getvalue()


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (bomb(), "too_many_pixels"),
        (b"\xff\xd8\xff" + b"not a photo" * 50, "no_photo"),
        (photo()[:400], "no_photo"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 100, "no_photo"),
        (b"\xff\xd8\xff\xe1\xff\xffExif\0\0" + b"\xff" * 70_000, "no_photo"),
    ],
)
def test_what_breaks_a_decoder_is_kept_and_named_and_shown_to_nobody(
    sqlite_centre: CentreBuilder, content: bytes, problem: str
) -> None:
    report_id, reports = one(sqlite_centre, content), sqlite_centre.centre.reports
    (file,) = reports.open(LAN, report_id).files
    assert (file.problem, file.sha256) == (problem, hashlib.sha256(content).hexdigest())
    with pytest.raises(NotFound):
        reports.picture(LAN, report_id, file.name)


CHILD = Path(sys.modules[UploadDecoder.__module__].__file__ or "").with_name("photo_child.py")
WORSE = f"""
import runpy, sys, os, socket
child = runpy.run_path({str(CHILD)!r})
child["give_up_rights"](memory_bytes=1 << 30, cpu_s=10)
"""


def worse(tmp_path: Path, code: str) -> list[str]:
    """A decoder that a photo has taken over, after it gave up its rights."""
    script = tmp_path / "worse.py"
    script.write_text(WORSE + code)
    return [sys.executable, "-I", str(script)]


def test_a_decoder_that_was_taken_over_reaches_no_file_no_network_and_no_other_process(tmp_path: Path) -> None:
    code = f"""
got = []
for name, do in {{
    "read": lambda: open("/etc/passwd"),
    "write": lambda: open({str(tmp_path / "left")!r}, "w"),
    "socket": lambda: socket.socket(),
    "child": lambda: os.fork(),
    "more": lambda: __import__("resource").setrlimit(7, (100, 100)),
    "memory": lambda: bytearray(4 * 1024 ** 3),
}}.items():
    try:
        do()
        got.append(name)
    except BaseException:
        pass
sys.stderr.write(",".join(got) or "nothing")
sys.exit(2)
"""
    done = subprocess.run(worse(tmp_path, code), capture_output=True, text=True, timeout=60, check=False, cwd="/")
    assert done.stderr == "nothing"
    assert not (tmp_path / "left").exists()


FORM = 'sys.stdout.buffer.write(b\'{"taken_at": null, "latitude_deg": %s, "longitude_deg": 0}\\n%s\')'


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("while True: pass", "timed_out"),
        ("os.kill(os.getpid(), 9)", "killed"),
        ("sys.exit(3)", "no_photo"),
        ("sys.stderr.write('<script>'); sys.exit(2)", "no_photo"),
        ("sys.stdout.write('{}')", "no_photo"),
        (FORM % ("1e999", "\\xff\\xd8\\xff"), "no_photo"),
        (FORM % ("91", "\\xff\\xd8\\xff"), "no_photo"),
        (FORM % ("0", "<html>"), "no_photo"),
        (FORM % ("0", "\\xff\\xd8\\xff"), ""),
    ],
)
def test_what_the_decoder_does_is_one_word_here(tmp_path: Path, code: str, problem: str) -> None:
    decoder = UploadDecoder(within_s=4.0 if problem == "timed_out" else 60.0, command=worse(tmp_path, code))
    assert decoder.decode(photo(), "image/jpeg").problem == problem


@pytest.mark.parametrize(
    "wrong",
    [
        {"words": " ... "},
        {"uploads": []},
        {"uploads": [Upload(content=photo())] * 4},
        {"uploads": [Upload(content=b"")]},
        {"uploads": [Upload(content=b"<svg onload=alert(1)>")]},
        {"uploads": [Upload(content=b"PK\x03\x04" + b"0" * 100)]},
        {"uploads": [Upload(content=b"\xff\xd8\xff" + b"0" * MAX_PHOTO_BYTES)]},
    ],
)
def test_what_is_no_report_is_refused_before_anything_is_kept(
    sqlite_centre: CentreBuilder, wrong: dict[str, Any]
) -> None:
    new = NewReport(**{"uploads": [Upload(content=photo())], "words": "a car", "place": ""} | wrong)
    with pytest.raises(Invalid):
        sqlite_centre.centre.report_intake.take(new)
    assert sqlite_centre.centre.reports.list(LAN) == ()


def test_one_address_and_one_day_bring_so_many(sqlite_centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    intake = sqlite_centre.centre.report_intake
    for _ in range(FREE_FAILURES):
        intake.admit("home")
    with pytest.raises(TooManyAttempts):
        intake.admit("home")
    intake.admit("elsewhere")
    intake.take(report(VIDEO))
    assert MOST_A_DAY > 100
    monkeypatch.setattr("api.citizens.report_intake.MOST_A_DAY", 1)
    with pytest.raises(TooMuch):
        intake.admit("third")


@pytest.mark.parametrize("path", ["/api/v1/reports", "/cong-dan/phan-anh"])
def test_who_sends_too_much_is_refused_before_a_byte_is_read(sqlite_centre: CentreBuilder, path: str) -> None:
    for _ in range(FREE_FAILURES):
        sqlite_centre.centre.report_intake.admit("127.0.0.1")
    read, answers = 0, list[Message]()

    async def receive() -> Message:
        nonlocal read
        read += 1
        return {"type": "http.request", "body": b"x" * 65536, "more_body": True}

    async def send(message: Message) -> None:
        answers.append(message)

    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": b"",
        "headers": [(b"host", b"127.0.0.1"), (b"content-type", b"multipart/form-data; boundary=b")],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 80),
        "state": {},
    }
    asyncio.run(sqlite_centre.app(scope, receive, send))
    assert answers[0]["status"] == 429
    assert dict(answers[0]["headers"])[b"retry-after"].isdigit()
    assert read == 0


def test_a_city_reports_more_in_an_hour_than_one_address_may(sqlite_centre: CentreBuilder) -> None:
    intake = sqlite_centre.centre.report_intake
    for number in range(FREE_FAILURES_ALTOGETHER + 5):
        intake.admit(f"10.0.1.{number}")
        intake.take(report(VIDEO))
    assert len(sqlite_centre.centre.reports.list(LAN, limit=100)) == FREE_FAILURES_ALTOGETHER + 5


def test_a_photo_of_a_camera_whose_clock_was_never_set_is_taken(sqlite_centre: CentreBuilder) -> None:
    for taken_at in ("0001:01:01 00:00:00", "9999:12:31 23:59:59", "0000:00:00 00:00:00"):
        report_id = one(sqlite_centre, photo(taken_at=taken_at))
        (file,) = sqlite_centre.centre.reports.open(LAN, report_id).files
        assert (file.problem, file.taken_at) == ("", None)


@pytest.mark.parametrize("year", [1, 9999])
def test_an_act_of_another_age_is_refused_and_nothing_stays(
    sqlite_centre: CentreBuilder, tmp_path: Path, year: int
) -> None:
    form = {"words": "Đỗ trên vỉa hè", "acted_at": f"{year:04d}-01-01T00:00:00+07:00"}
    files = {"files": ("a.mp4", VIDEO, "video/mp4")}
    answer = sqlite_centre.client().post("/api/v1/reports", data=form, files=files, headers={"Origin": ORIGIN})
    assert answer.status_code == 422
    assert not [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()]


@pytest.mark.parametrize("fault", [ValueError, StatementError("wrong", "INSERT", {}, ValueError())])
def test_nothing_stays_whatever_fails(
    sqlite_centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, fault: Exception
) -> None:
    def broken(*_: object) -> None:
        raise fault

    monkeypatch.setattr("api.citizens.report_intake._free_number", broken)
    with pytest.raises((ValueError, StatementError)):
        sqlite_centre.centre.report_intake.take(report(VIDEO))
    assert not [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()]


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"avif"])
def test_a_photo_in_a_videos_container_is_asked_for_as_jpeg(sqlite_centre: CentreBuilder, brand: bytes) -> None:
    with pytest.raises(Invalid):
        sqlite_centre.centre.report_intake.take(report(b"\0\0\0 ftyp" + brand + b"x" * 99))


def test_of_a_report_that_cannot_be_filed_nothing_stays(
    sqlite_centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    intake = sqlite_centre.centre.report_intake

    def away(*_: object) -> None:
        raise StoreUnavailable("the database is away")

    monkeypatch.setattr("api.citizens.report_intake._free_number", away)
    with pytest.raises(StoreUnavailable):
        intake.take(report(photo(), VIDEO))
    left = [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()]
    assert left == []


def killed(*_: object) -> None:
    raise SystemExit  # nothing of ours runs any more


def test_what_a_killed_process_left_is_removed_and_what_is_on_record_stays(
    centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    intake, reports = centre.centre.report_intake, centre.centre.reports
    whole = one(centre, photo(), VIDEO)
    with monkeypatch.context() as patch:
        patch.setattr("api.citizens.report_intake._free_number", killed)
        with pytest.raises(SystemExit):
            intake.take(report(photo(shade=91), VIDEO))
    lost = {path for path in (tmp_path / "evidence").rglob("*") if path.is_file() and path.parent.name != str(whole)}
    assert len(lost) == 3, "two as they came, one as it is shown"
    assert intake.forget_abandoned() == 0, "it may still be coming in"
    centre.clock.advance(ARRIVES_WITHIN.total_seconds() + 1)
    assert (intake.forget_abandoned(), intake.forget_abandoned()) == (1, 0)
    assert not [path for path in lost if path.exists()]
    assert reports.picture(LAN, whole, "photo-1.jpg")
    assert [each.report_id for each in reports.list(LAN)] == [whole]


def test_a_report_that_was_given_up_meanwhile_is_not_put_on_record_without_its_files(
    centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    intake, check_place = centre.centre.report_intake, ReportIntake._check_place

    def slow(*args: Any) -> Any:
        centre.clock.advance(ARRIVES_WITHIN.total_seconds() + 1)
        assert intake.forget_abandoned() == 1
        return check_place(*args)

    monkeypatch.setattr(ReportIntake, "_check_place", slow)
    with pytest.raises(StoreUnavailable, match="send it again"):
        intake.take(report())
    assert centre.centre.reports.list(LAN) == ()
    assert not [path for path in (tmp_path / "evidence").rglob("*") if path.is_file()]


def test_an_answer_is_given_once_on_what_was_seen(centre: CentreBuilder) -> None:
    report_id, reports = one(centre), centre.centre.reports
    accepted: dict[str, Any] = {"expected_version": 1, "offence_code": "PARK_PAVEMENT", "note": "seen"}
    with pytest.raises(NotAllowed):
        reports.answer(
            Principal(actor="user:p", name="P", role=Role.POLICE), report_id, ReportState.ACCEPTED, **accepted
        )
    for changes in ({"offence_code": None}, {"offence_code": "NO_SUCH"}, {"note": "..."}):
        with pytest.raises(Invalid):
            reports.answer(LAN, report_id, ReportState.ACCEPTED, **accepted | changes)
    with pytest.raises(Invalid):
        reports.answer(LAN, report_id, ReportState.RECEIVED, **accepted | {"offence_code": None})
    with pytest.raises(Invalid):
        reports.answer(LAN, report_id, ReportState.UNUSABLE, **accepted)
    with pytest.raises(StaleVersion):
        reports.answer(LAN, report_id, ReportState.ACCEPTED, **accepted | {"expected_version": 2})
    reports.answer(LAN, report_id, ReportState.ACCEPTED, **accepted)
    with pytest.raises(Conflict):
        reports.answer(LAN, report_id, ReportState.ACCEPTED, **accepted | {"expected_version": 2})
    with pytest.raises(NotFound):
        reports.answer(LAN, uuid.UUID(int=7), ReportState.ACCEPTED, **accepted)


def test_what_is_old_goes_and_that_it_came_stays(sqlite_centre: CentreBuilder) -> None:
    report_id, reports = one(sqlite_centre), sqlite_centre.centre.reports
    reports.answer(LAN, report_id, ReportState.UNUSABLE, expected_version=1, offence_code=None, note="blurred")
    assert reports.forget_old() == 0
    sqlite_centre.clock.advance(KEPT_ANSWERED.total_seconds() - 3599)
    assert reports.forget_old(until_next=timedelta(minutes=59)) == 0
    assert reports.forget_old(until_next=timedelta(hours=1)) == 1, "it would be over before the next round"
    assert reports.forget_old() == 0
    with pytest.raises(NotFound):
        reports.picture(LAN, report_id, "photo-1.jpg")
    assert reports.reporter(HAI, report_id, why="too late") is None
    assert len(reports.open(LAN, report_id).files) == 1
    with sqlite_centre.database.read() as connection:
        assert connection.execute(select(citizen_reporters)).all() == []
        assert len(connection.execute(select(citizen_reports)).all()) == 1


def send(client: AsgiClient, path: str, content: bytes = b"", **fields: str) -> Any:
    said = {"words": "Ô tô đỗ trên vỉa hè <script>alert(1)</script>", "name": NAME} | fields
    return client.post(path, data=said, files=[("files", ("../../evil.php", content or photo(HUE), "text/html"))])


def test_the_page_takes_a_report_and_tells_its_state(sqlite_centre: CentreBuilder) -> None:
    client = sqlite_centre.client(Origin=ORIGIN)
    assert "<script" not in client.get(PAGE).text
    answer = send(client, PAGE)
    assert answer.status_code == 201
    number = re.search(r"<strong>(\d{10})</strong>", answer.text)
    code = re.search(r"<strong>([0-9A-Z-]{14})</strong>", answer.text)
    assert number is not None
    assert code is not None
    asked = client.post(f"{PAGE}/tinh-trang", data={"number": number[1], "code": code[1]})
    assert "chờ cán bộ xem" in asked.text
    wrong = client.post(f"{PAGE}/tinh-trang", data={"number": number[1], "code": "0" * 12})
    unknown = client.post(f"{PAGE}/tinh-trang", data={"number": "2600000000", "code": code[1]})
    assert (wrong.status_code, wrong.text) == (403, unknown.text)
    assert send(client, PAGE, b"no photo").status_code == 422
    assert "1 đến 3 ảnh" in send(client, PAGE, b"no photo").text
    assert client.post(PAGE, data={"words": "no file"}).status_code == 422
    (listed,) = sqlite_centre.centre.reports.list(LAN)
    assert "<script>" in listed.words, "text is text; whoever shows it escapes it"
    assert len(listed.words) <= MAX_WORDS


def test_the_door_of_the_api_does_the_same_for_programs(sqlite_centre: CentreBuilder) -> None:
    client = sqlite_centre.client()
    filed = send(client, "/api/v1/reports")
    assert filed.status_code == 201
    state = client.post("/api/v1/reports/state", json=filed.json())
    assert state.json()["state"] == "received"
    operator = sqlite_centre.signed_in("lan", Role.OPERATOR)
    (listed,) = operator.get("/api/v1/reports?state=received").json()["items"]
    url = f"/api/v1/reports/{listed['report_id']}"
    picture = operator.get(f"{url}/files/photo-1.jpg")
    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/jpeg")
    assert picture.headers["x-content-type-options"] == "nosniff"
    said = {"state": "not_accepted", "version": 1, "note": "a lawful bay"}
    assert operator.post(f"{url}/answer", json=said).json()["state"] == "not_accepted"
    assert client.post("/api/v1/reports/state", json=filed.json()).json()["state"] == "not_accepted"
    assert client.get("/api/v1/reports").status_code == 401
    assert send(client, "/api/v1/reports", b"\xff\xd8\xff" + b"0" * (MAX_PHOTO_BYTES + 1)).status_code == 422


def test_only_the_centres_own_people_have_a_permission_for_reports() -> None:
    assert ROLES_WITH[Permission.REPORTS_READ] == {Role.OPERATOR, Role.SUPERVISOR}
    assert ROLES_WITH[Permission.REPORTERS_READ] == {Role.SUPERVISOR}


def test_the_addresses_of_one_line_are_one_sender(sqlite_centre: CentreBuilder) -> None:
    intake = sqlite_centre.centre.report_intake
    for number in range(FREE_FAILURES):
        intake.admit(f"2001:db8:1:2::{number}")
    with pytest.raises(TooManyAttempts):
        intake.admit("2001:db8:1:2:ffff::7")
    intake.admit("2001:db8:1:3::7")


def test_reports_of_an_address_keep_nobody_there_from_signing_in(sqlite_centre: CentreBuilder) -> None:
    sqlite_centre.user("lan", Role.OPERATOR)
    for _ in range(FREE_FAILURES_ALTOGETHER):
        sqlite_centre.clock.advance(LONGEST_WAIT_S)
        sqlite_centre.centre.report_intake.admit("hall")
    assert sqlite_centre.centre.sign_in.sign_in("lan", PASSWORD, address="hall").principal.actor == "user:lan"
