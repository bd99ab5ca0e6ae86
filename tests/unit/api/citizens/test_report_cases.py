"""An accepted report becomes a case like any other; who sent it stands in none of it."""

import hashlib
import io
import json
import logging
import uuid
import zipfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from api.cases.review import Decision
from api.citizens.analyses import LEASE, film_name, picture_name
from api.citizens.report_cases import NO_FILM, ReportedAct
from api.citizens.reported import ReportState
from api.citizens.reports import KEPT_ANSWERED
from api.console.review.dossier import clips
from api.errors import OffsetMismatch, StaleVersion
from api.persistence.tables import case_documents, cases, citizen_report_files, events
from api.principals import SYSTEM, Principal
from domain.camera import Position
from domain.cases.checklist import missing_musts
from domain.cases.evidence import RECEIVED_PREFIX, FileRole
from domain.cases.roles import Role
from domain.cases.shown_acts import CLOCK_WITHIN
from domain.cases.states import Blocker, CaseState
from domain.cases.unblurring import IN_REVIEW
from domain.errors import CentreError, Conflict, Invalid, NotAllowed, NotFound
from domain.report_analysis import FILM_PART_BYTES, AnalysedPicture, ReportFindings
from plumbing.package_checks import verify_package
from plumbing.signing import generate_key_pair, key_id_of
from tests.builders.centre import QUEUE, CentreBuilder
from tests.builders.phone_videos import OWNER, VOICE, phone_video
from tests.unit.api.citizens.test_report_analyses import JPEG, OTHER, WORKER, findings, pulled
from tests.unit.api.citizens.test_reports import CONTACT, HAI, LAN, NAME, one, photo, report
from tests.unit.api.conftest import MakeCentre

HERE = Position(latitude_deg=16.4637, longitude_deg=107.5909)
LOOKS = ("first_look", "middle_look", "last_look")


@pytest.fixture
def signing(tmp_path: Path, database_url: str, make_centre: MakeCentre) -> CentreBuilder:
    """A centre with a key."""
    generate_key_pair(tmp_path / "keys", key_name="centre.key", public_name="centre.pub")
    record = {"key_file": tmp_path / "keys" / "centre.key", "checkpoints": tmp_path / "checkpoints"}
    return make_centre(database_url=database_url, record=record)


def looked_at(centre: CentreBuilder, *contents: bytes) -> uuid.UUID:
    """A report of a video (or of what is given) in which a worker saw three pictures."""
    report_id = one(centre, *(contents or (phone_video(),)))
    while (task := centre.centre.report_analyses.pull(WORKER)) is not None:
        count = 3 if task.media_type == "video/mp4" else 1
        for number in range(1, count + 1):
            centre.centre.report_analyses.take_picture(WORKER, task.lease_id, number, JPEG)
        seen = tuple(
            AnalysedPicture(offset_s=float(number), resolution_wh=(320, 240), things=()) for number in range(count)
        )
        told = ReportFindings(pictures=seen, models=findings().models)
        centre.centre.report_analyses.finish(WORKER, task.lease_id, told)
    return report_id


def taken_at(centre: CentreBuilder, report_id: uuid.UUID) -> Any:
    return centre.centre.reports.open(LAN, report_id).files[0].taken_at


def act(centre: CentreBuilder, report_id: uuid.UUID, **changes: Any) -> ReportedAct:
    """What an operator says: all that a case of an act without a helmet asks for."""
    said = {
        "offence_code": "NO_HELMET_DRIVER",
        "vehicle_kind": "motorbike",
        "acted_at": taken_at(centre, report_id) or centre.clock.now() - timedelta(hours=1),
        "road": "Lê Lợi",
        "ward": "Thuận Hóa",
        "direction": "về cầu Trường Tiền",
        "position": HERE,
        "instrument": "Luật TTATGT 36/2024, điều 33",
        "moments": {name: picture_name("video-1.mp4", number) for number, name in enumerate(LOOKS, start=1)},
        "note": "không đội mũ bảo hiểm",
    }
    return ReportedAct(**(said | changes))


def made(centre: CentreBuilder, report_id: uuid.UUID, who: Principal = LAN, **changes: Any) -> uuid.UUID:
    version = changes.pop("version", centre.centre.reports.open(LAN, report_id).version)
    return centre.centre.report_cases.make(who, report_id, act(centre, report_id, **changes), expected_version=version)


def test_a_case_of_a_report_is_reviewed_like_any_other_and_reaches_the_police(
    signing: CentreBuilder, tmp_path: Path
) -> None:
    centre, original = signing, phone_video()
    filed = centre.centre.report_intake.take(report(original))
    (waiting,) = centre.centre.reports.list(LAN)
    report_id = waiting.report_id
    task = pulled(centre)
    for number in (1, 2, 3):
        centre.centre.report_analyses.take_picture(WORKER, task.lease_id, number, JPEG)
    pictures = tuple(AnalysedPicture(offset_s=n * 1.0, resolution_wh=(320, 240), things=()) for n in range(3))
    told = ReportFindings(pictures=pictures, models=findings().models)
    centre.centre.report_analyses.finish(WORKER, task.lease_id, told)

    def sender_sees() -> ReportState:
        return centre.centre.report_intake.state(filed.number, filed.code, address="1.2.3.4")[0]

    case_id = made(centre, report_id)
    seen, files = centre.centre.cases.get(HAI, case_id)
    assert (seen.state, seen.integrity, seen.case.violation.code) == (CaseState.QUEUED, "valid", "NO_HELMET_DRIVER")
    assert seen.blocked_by == (Blocker.PLATE_MISSING,), "each reviewer reads the plate himself"
    assert missing_musts(seen.case, seen.manifest) == ()
    assert seen.case.site.legal_class == "supplied_by_citizen"
    assert seen.case.clock_error_ms == CLOCK_WITHIN.total_seconds() * 1000
    assert {file.name for file in files} == {
        "video-1.mp4",
        "overlay.json",
        *(picture_name("video-1.mp4", number) for number in (1, 2, 3)),
    }
    assert all(file.complete for file in files)
    assert any(hashlib.sha256(original).hexdigest() in remark for remark in seen.manifest.remarks)
    kept = centre.centre.evidence._files
    name = f"{RECEIVED_PREFIX}video-1.mp4"
    assert b"".join(kept.read(str(case_id), name, start_byte=0, end_byte=len(original))) == original
    with pytest.raises(NotFound):
        centre.centre.evidence.file(HAI, case_id, name)
    shown = centre.centre.reports.open(LAN, report_id)
    assert (shown.state, shown.case_id, sender_sees()) == (ReportState.ACCEPTED, case_id, ReportState.UNDER_REVIEW)
    (detected,) = (each for each in centre.centre.cases.history(HAI, case_id) if each.action == "detect")
    assert (detected.actor, detected.body["origin"]["entry"]) == (LAN.actor, "report")
    centre.clock.advance(KEPT_ANSWERED.total_seconds() / 10)
    assert centre.confirm(seen).state == CaseState.READY
    assert "second_confirm" in {each.action for each in centre.centre.cases.history(HAI, case_id)}
    officer = centre.officer()
    centre.centre.police.pull(officer, QUEUE, n=1, lease_s=60, idempotency_key="k")
    assert sender_sees() is ReportState.PASSED_ON
    package = b"".join(centre.centre.police.package(officer, case_id))
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        archive.extractall(tmp_path / "package")
    checked = verify_package(
        tmp_path / "package",
        {key_id_of(centre_public(centre)): centre_public(centre)},
        beside={each.name for each in (tmp_path / "package").iterdir()},
    )
    assert checked.is_valid, checked
    overlay = json.loads(centre.centre.evidence.read_whole(HAI, case_id, "overlay.json"))
    assert overlay["masks"] == [], "players show nothing of which masks are unknown"
    assert checked.source is not None
    assert checked.source.verdict is None
    assert not secrets_in(package), "neither his name nor what the telephone writes and hears"
    assert centre.centre.audit.verify(SYSTEM).intact


def centre_public(centre: CentreBuilder) -> Any:
    return centre.centre.report_cases._cases._key.public_key()


def secrets_in(content: bytes) -> list[str]:
    """What tells who sent a report."""
    told = [NAME.encode(), json.dumps(NAME)[1:-1].encode(), CONTACT.encode(), OWNER.encode(), VOICE]
    return [repr(each) for each in told if each in content]


def test_nothing_but_the_one_answer_to_a_supervisor_tells_who_reported(
    signing: CentreBuilder, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    centre = signing
    report_id = looked_at(centre)
    case_id = made(centre, report_id)
    told = []
    for role in (Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR):
        client = centre.signed_in(f"a-{role}", role)
        parts = ("", "/history", "/reminder", "/duplicates")
        told += [client.get(f"/api/v1/cases/{case_id}{part}").content for part in parts]
        told.append(client.get("/api/v1/cases").content)
        files = centre.centre.cases.get(HAI, case_id)[1]
        told += [client.get(f"/api/v1/cases/{case_id}/files/{file.name}").content for file in files]
    with centre.database.read() as connection:
        told += [row.body.encode() for row in connection.execute(select(events.c.body))]
        told += [
            (row.case_json + row.manifest_json).encode()
            for row in connection.execute(select(case_documents).where(case_documents.c.case_id == str(case_id)))
        ]
    told.append(caplog.text.encode())
    assert [each for content in told for each in secrets_in(content)] == []


@pytest.mark.parametrize(
    ("changes", "missing"),
    [
        ({"direction": ""}, "place"),
        ({"instrument": ""}, "instrument"),
        ({"moments": dict.fromkeys(LOOKS, picture_name("video-1.mp4", 1))}, "looks"),
    ],
)
def test_what_a_report_does_not_show_blocks_by_name(
    signing: CentreBuilder, changes: dict[str, Any], missing: str
) -> None:
    if "moments" in changes:
        with pytest.raises(Invalid, match="follow one another"):
            made(signing, looked_at(signing), **changes)
        return
    stored = signing.stored(made(signing, looked_at(signing), **changes))
    assert missing_musts(stored.case, stored.manifest) == (missing,)
    assert Blocker.MUST_ITEM_MISSING in stored.blocked_by
    with pytest.raises(Conflict, match="must_item_missing"):
        signing.confirm(stored)


def test_a_time_that_the_file_does_not_say_proves_nothing(signing: CentreBuilder) -> None:
    report_id = looked_at(signing)
    far = taken_at(signing, report_id) - CLOCK_WITHIN - timedelta(seconds=1)
    stored = signing.stored(made(signing, report_id, acted_at=far))
    assert missing_musts(stored.case, stored.manifest) == ("time",)
    without = looked_at(signing)
    with signing.database.write() as connection:
        connection.execute(update(citizen_report_files).values(taken_at=None))
    stored = signing.stored(made(signing, without))
    assert missing_musts(stored.case, stored.manifest) == ("time",)


def test_moments_of_two_files_make_no_case_since_nobody_knows_their_order(signing: CentreBuilder) -> None:
    report_id = looked_at(signing, phone_video(), photo())
    names = (picture_name("video-1.mp4", 3), picture_name("video-1.mp4", 2), picture_name("photo-2.jpg", 1))
    with pytest.raises(Invalid, match="one video"):
        made(signing, report_id, moments=dict(zip(LOOKS, names, strict=True)))


def test_of_another_video_and_another_photo_nobody_makes_up_when_they_were_taken(signing: CentreBuilder) -> None:
    stored = signing.stored(made(signing, looked_at(signing, phone_video(), phone_video(), photo())))
    told = {file.name: (file.started_at, file.ended_at, file.at) for file in stored.manifest.files}
    assert told["video-1.mp4"][0] == stored.began_at
    others = {name: when for name, when in told.items() if "video-2" in name or "photo-3" in name}
    assert {"video-2.mp4", "photo-3.jpg", picture_name("video-2.mp4", 1), picture_name("photo-3.jpg", 1)} <= set(others)
    assert set(others.values()) == {(None, None, None)}
    assert missing_musts(stored.case, stored.manifest) == ()
    shown = {clip["name"]: clip for clip in clips(stored, signing.centre.cases.get(HAI, stored.case_id)[1], "en")}
    assert (shown["video-2.mp4"]["started_at_ms"], shown["video-2.mp4"]["decisive"]) == (None, [])
    assert shown["video-1.mp4"]["marks"]


def test_a_citizens_film_has_no_copy_so_only_who_judges_or_says_why_sees_it(signing: CentreBuilder) -> None:
    case_id, evidence = made(signing, looked_at(signing)), signing.centre.evidence
    assert any(remark.endswith(NO_FILM) for remark in signing.stored(case_id).manifest.remarks)
    auditor = Principal(actor="user:an", name="An", role=Role.AUDITOR)
    assert evidence.read_whole(HAI, case_id, "video-1.mp4"), "he judges it"
    for who in (auditor, HAI):
        with pytest.raises(Conflict, match="say why"):
            evidence.read_whole(who, case_id, "video-1.mp4")
        assert evidence.read_whole(who, case_id, picture_name("video-1.mp4", 1)), "heads and plates are hidden on it"
        if who is auditor:
            signing.confirm(signing.stored(case_id))
    client = signing.signed_in("b", Role.AUDITOR)
    assert client.get(f"/api/v1/cases/{case_id}/files/video-1.mp4").status_code == 409
    signing.centre.unblurring.begin(auditor, case_id, reason_code="COURT", note="", minutes=5)
    assert evidence.read_whole(auditor, case_id, "video-1.mp4")


def test_where_a_worker_made_a_copy_of_the_film_it_is_what_everybody_else_is_shown(signing: CentreBuilder) -> None:
    signing.centre.report_intake.take(report(phone_video()))
    (waiting,) = signing.centre.reports.list(LAN)
    task, looks = pulled(signing), signing.centre.report_analyses
    for number in (1, 2, 3):
        looks.take_picture(WORKER, task.lease_id, number, JPEG)
    pictures = tuple(AnalysedPicture(offset_s=n * 1.0, resolution_wh=(320, 240), things=()) for n in range(3))
    told, copy = ReportFindings(pictures=pictures, models=findings().models), phone_video(form="mp4", size_wh=(160, 96))
    for wrong, part in ((b"", 1), (b"no film", 1), (bytes(FILM_PART_BYTES + 1), 2)):
        with pytest.raises(Invalid):
            looks.take_film_part(WORKER, task.lease_id, part, wrong)
    looks.take_film_part(WORKER, task.lease_id, 1, copy[:-5])
    with pytest.raises(OffsetMismatch):
        looks.take_film_part(WORKER, task.lease_id, 2, copy[-5:])
    with pytest.raises(Invalid, match="bring all"):
        looks.finish(WORKER, task.lease_id, told)
    looks.take_film_part(WORKER, task.lease_id, 1, copy[:-5])
    signing.clock.advance(LEASE.total_seconds() + 1)
    task = pulled(signing, OTHER)
    for number in (1, 2, 3):
        looks.take_picture(OTHER, task.lease_id, number, JPEG)
    looks.take_film_part(OTHER, task.lease_id, 1, copy)
    looks.finish(OTHER, task.lease_id, told)
    (file,) = signing.centre.reports.open(LAN, waiting.report_id).files
    assert file.hidden_film == film_name("video-1.mp4")
    assert signing.centre.reports.picture(LAN, waiting.report_id, file.hidden_film) == copy
    case_id, evidence = made(signing, waiting.report_id), signing.centre.evidence
    auditor = Principal(actor="user:an", name="An", role=Role.AUDITOR)
    seen = signing.stored(case_id)
    (listed,) = [each for each in seen.manifest.files if each.role is FileRole.CLIP_BLURRED]
    assert (listed.name, listed.clip, listed.sha256) == (
        "blurred-video-1.mp4",
        "video-1.mp4",
        hashlib.sha256(copy).hexdigest(),
    )
    assert not any(remark.endswith(NO_FILM) for remark in seen.manifest.remarks)
    assert evidence.read_whole(auditor, case_id, "video-1.mp4") == copy
    assert evidence.read_whole(HAI, case_id, "video-1.mp4") != copy, "he judges it"
    signing.confirm(seen)
    assert evidence.read_whole(HAI, case_id, "video-1.mp4") == copy
    assert signing.centre.audit.verify(SYSTEM).intact
    signing.clock.advance(KEPT_ANSWERED.total_seconds() + 1)
    assert signing.centre.reports.forget_old() == 1
    assert signing.centre.reports._files.held_bytes(str(waiting.report_id), file.hidden_film) == 0


def test_a_report_shows_its_file_as_long_as_its_case_is_judged_and_never_when_that_was_rejected(
    signing: CentreBuilder,
) -> None:
    services = signing.centre
    first, second = (looked_at(signing, phone_video(form=form)) for form in ("mov", "mp4"))
    confirmed, rejected = made(signing, first), made(signing, second)
    for report_id in (first, second):
        assert services.reports.picture(LAN, report_id, "video-1.mp4"), "judging is the purpose"
    services.review.decide(
        HAI,
        rejected,
        Decision(decision="reject", reason_code="ROADWORKS"),
        expected_version=signing.stored(rejected).version,
    )
    with pytest.raises(Conflict, match="turned down"):
        services.reports.see_unhidden(HAI, second, reason_code="COURT", note="", minutes=5)
    with pytest.raises(Conflict, match="turned down"):
        services.reports.picture(HAI, second, "video-1.mp4")
    assert services.reports.picture(HAI, second, picture_name("video-1.mp4", 1)), "nobody is to be known on it"
    signing.read_by(LAN, confirmed)
    assert signing.stored(confirmed).state in IN_REVIEW
    with services.store.write() as work:
        its = cases.c.case_id == str(confirmed)
        work.connection.execute(update(cases).where(its).values(state=CaseState.READY.value))
    with pytest.raises(Conflict, match="say why"):
        services.reports.picture(LAN, first, "video-1.mp4")
    services.reports.see_unhidden(LAN, first, reason_code="POLICE_ASKS", note="", minutes=5)
    assert services.reports.picture(LAN, first, "video-1.mp4")


@pytest.mark.parametrize("after", [timedelta(minutes=6), timedelta(days=27_000), timedelta(days=-400)])
def test_what_nobody_can_have_filmed_or_nobody_fines_any_more_makes_no_case(
    signing: CentreBuilder, after: timedelta
) -> None:
    report_id = looked_at(signing)
    with pytest.raises(Invalid, match="in the year before"):
        made(signing, report_id, acted_at=signing.clock.now() + after)


@pytest.mark.parametrize("code", ["NO_HELMET_DRIVER", "PHONE"])
def test_a_photo_alone_lacks_the_film_and_three_looks(signing: CentreBuilder, code: str) -> None:
    report_id = looked_at(signing, photo())
    moments = dict.fromkeys(LOOKS, picture_name("photo-1.jpg", 1))
    stored = signing.stored(made(signing, report_id, moments=moments, offence_code=code))
    assert {"clip", "two_stills", "looks"} <= set(missing_musts(stored.case, stored.manifest))


def test_a_report_gives_one_case_and_only_of_what_pictures_show(signing: CentreBuilder) -> None:
    report_id = looked_at(signing)
    for code in ("RED_LIGHT", "PARK_PAVEMENT", "SPEED_20", "WRONG_WAY", "NO_SUCH"):
        with pytest.raises(Invalid, match="alone do not show"):
            made(signing, report_id, offence_code=code)
    for wrong in (
        {"vehicle_kind": "car"},
        {"vehicle_kind": "person/organisation"},
        {"moments": {"first_look": picture_name("video-1.mp4", 1)}},
        {"moments": dict.fromkeys(LOOKS, picture_name("video-9.mp4", 1))},
        {"note": " . "},
    ):
        with pytest.raises(Invalid):
            made(signing, report_id, **wrong)
    with pytest.raises(NotAllowed):
        made(signing, report_id, who=Principal(actor="user:a", name="A", role=Role.AUDITOR))
    with pytest.raises(StaleVersion):
        made(signing, report_id, version=7)
    with pytest.raises(NotFound):
        signing.centre.report_cases.make(LAN, uuid.UUID(int=1), act(signing, report_id), expected_version=1)
    case_id = made(signing, report_id)
    for again in (LAN, HAI):
        with pytest.raises(Conflict, match="already"):
            made(signing, report_id, who=again)
    with pytest.raises(CentreError):
        signing.centre.reports.answer(
            LAN, report_id, ReportState.UNUSABLE, expected_version=2, offence_code=None, note="no"
        )
    assert signing.stored(case_id).files_missing == 0


def test_without_a_worker_or_a_key_there_is_no_case(signing: CentreBuilder, tmp_path: Path) -> None:
    report_id = one(signing, phone_video())
    with pytest.raises(Conflict, match="no worker"):
        made(signing, report_id)
    keyless = CentreBuilder(tmp_path / "keyless")
    other = looked_at(keyless)
    with pytest.raises(Conflict, match="no key"):
        made(keyless, other)
    keyless.close()


def test_nothing_stays_of_a_case_that_was_not_made(signing: CentreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    report_id, files = looked_at(signing), signing.centre.evidence._files
    shared: list[str] = []
    share = files.share

    def noting(case_id: str, name: str, *, with_id: str, as_name: str) -> None:
        share(case_id, name, with_id=with_id, as_name=as_name)
        shared.append(with_id)

    monkeypatch.setattr(files, "share", noting)
    monkeypatch.setattr(signing.centre.admission, "put", lambda *_, **__: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        made(signing, report_id)
    assert shared
    assert not any(files.held_bytes(shared[0], name) for name in ("video-1.mp4", f"{RECEIVED_PREFIX}video-1.mp4"))
    assert signing.centre.reports.open(LAN, report_id).state is ReportState.RECEIVED
    assert files.held_bytes(str(report_id), "video-1.mp4"), "the report's own stay"


def test_its_files_stay_with_the_case_when_the_report_is_forgotten(signing: CentreBuilder) -> None:
    report_id = looked_at(signing)
    case_id = made(signing, report_id)
    signing.clock.advance(KEPT_ANSWERED.total_seconds() + 1)
    assert signing.centre.reports.forget_old() == 1
    files = signing.centre.evidence._files
    assert not files.held_bytes(str(report_id), "video-1.mp4")
    assert signing.centre.evidence.read_whole(HAI, case_id, "video-1.mp4")
    assert files.held_bytes(str(case_id), f"{RECEIVED_PREFIX}video-1.mp4")


def test_it_goes_by_http_too(signing: CentreBuilder) -> None:
    report_id = looked_at(signing)
    said = act(signing, report_id)
    body = {
        "version": 1,
        "offence_code": said.offence_code,
        "vehicle_kind": said.vehicle_kind,
        "acted_at": said.acted_at.isoformat(),
        "road": said.road,
        "ward": said.ward,
        "direction": said.direction,
        "latitude_deg": HERE.latitude_deg,
        "longitude_deg": HERE.longitude_deg,
        "instrument": said.instrument,
        "moments": said.moments,
        "note": said.note,
    }
    lan, auditor = signing.signed_in("lan", Role.OPERATOR), signing.signed_in("a", Role.AUDITOR)
    url = f"/api/v1/reports/{report_id}/case"
    assert auditor.post(url, json=body).status_code == 403
    assert lan.post(url, json=body | {"latitude_deg": 91}).status_code == 422
    answer = lan.post(url, json=body)
    assert answer.status_code == 201
    assert lan.get(f"/api/v1/cases/{answer.json()['case_id']}").status_code == 200
    assert lan.get(f"/api/v1/reports/{report_id}").json()["case_id"] == answer.json()["case_id"]
    assert lan.post(url, json=body).status_code == 409
