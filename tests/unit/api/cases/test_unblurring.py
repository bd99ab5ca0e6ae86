"""Originals are seen by who judges an open case, and by who has said why; everybody else gets the blurred copy."""

import hashlib
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import pytest

from api.cases import unblur
from api.cases.review import Decision
from api.errors import TooMuch
from api.principals import SYSTEM, Principal
from domain.cases.case import Case
from domain.cases.evidence import EvidenceFile, FileRole
from domain.cases.roles import Role
from domain.errors import Conflict, Invalid, NotAllowed
from tests.builders.cases import build_case, build_message
from tests.builders.centre import CLIP, CentreBuilder, evidence_of, full_manifest

LAN = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
AUDITOR = Principal(actor="user:an", name="An", role=Role.AUDITOR)
COPY = b"not really a blurred clip"


def taken_in(centre: CentreBuilder, **changes: Any) -> uuid.UUID:
    """A case whose package holds a blurred copy of its clip."""
    case: Case = build_case(**changes)
    copy = EvidenceFile(
        name="blurred-clip.mp4",
        role=FileRole.CLIP_BLURRED,
        media_type="video/mp4",
        size_bytes=len(COPY),
        sha256=hashlib.sha256(COPY).hexdigest(),
        clip="clip.mp4",
    )
    manifest = full_manifest(case)
    message = build_message(
        case, centre.box_key(case.box_id), manifest.model_copy(update={"files": (*manifest.files, copy)})
    )
    assert centre.take_in(message, evidence_of(case) | {"blurred-clip.mp4": COPY}).on_record
    return case.case_id


def decide(centre: CentreBuilder, case_id: uuid.UUID, decision: Decision) -> None:
    centre.centre.review.decide(LAN, case_id, decision, expected_version=centre.stored(case_id).version)


def test_who_judges_an_open_case_sees_it_and_nobody_else_without_a_reason(centre: CentreBuilder) -> None:
    case_id = taken_in(centre)
    evidence = centre.centre.evidence
    assert evidence.read_whole(LAN, case_id, "clip.mp4") == CLIP
    assert evidence.read_whole(AUDITOR, case_id, "clip.mp4") == COPY
    with pytest.raises(Conflict, match="say why"):
        evidence.read_whole(AUDITOR, case_id, "still-0.jpg")
    assert evidence.read_whole(LAN, case_id, "still-0.jpg"), "who judges it sees what there is"
    centre.confirm(centre.stored(case_id))
    assert evidence.read_whole(LAN, case_id, "clip.mp4") == COPY, "it is judged: the purpose has ended"
    until = centre.centre.unblurring.begin(AUDITOR, case_id, reason_code="COMPLAINT", note="of 5 January", minutes=10)
    assert evidence.read_whole(AUDITOR, case_id, "clip.mp4") == CLIP
    assert evidence.read_whole(LAN, case_id, "clip.mp4") == COPY, "it is one person's act"
    history = centre.centre.cases.history(AUDITOR, case_id)
    looks = [(event.action, event.actor, event.body.get("what")) for event in history]
    assert ("view", AUDITOR.actor, "blurred-clip.mp4") in looks
    assert looks[-1] == ("view", AUDITOR.actor, "clip.mp4")
    (act,) = [event for event in history if event.action == "unblur"]
    assert act.body["reason_code"] == "COMPLAINT"
    assert act.actor == AUDITOR.actor
    centre.clock.advance((until - centre.clock.now()).total_seconds())
    assert evidence.read_whole(AUDITOR, case_id, "clip.mp4") == COPY
    assert centre.centre.audit.verify(SYSTEM).intact


def test_a_rejected_case_shows_nobody_and_every_act_has_its_reason_and_its_end(sqlite_centre: CentreBuilder) -> None:
    case_id = taken_in(sqlite_centre)
    begin = sqlite_centre.centre.unblurring.begin
    for wrong in ({"reason_code": "CURIOUS"}, {"minutes": 61}, {"minutes": 0}):
        with pytest.raises(Invalid):
            begin(AUDITOR, case_id, **({"reason_code": "COURT", "note": "", "minutes": 5} | wrong))  # type: ignore[arg-type]
    with pytest.raises(NotAllowed):
        begin(sqlite_centre.officer(), case_id, reason_code="COURT", note="", minutes=5)
    begin(AUDITOR, case_id, reason_code="COURT", note="", minutes=5)
    decide(sqlite_centre, case_id, Decision(decision="reject", reason_code="ROADWORKS"))
    assert sqlite_centre.centre.evidence.read_whole(AUDITOR, case_id, "clip.mp4") == COPY
    assert sqlite_centre.centre.evidence.read_whole(LAN, case_id, "clip.mp4") == COPY
    with pytest.raises(Conflict):
        begin(AUDITOR, case_id, reason_code="COURT", note="", minutes=5)


def test_of_a_package_without_copies_nothing_readable_is_shown_but_to_who_judges_or_says_why(
    centre: CentreBuilder,
) -> None:
    case_id, evidence, begin = centre.queued_case().case_id, centre.centre.evidence, centre.centre.unblurring.begin
    readable = ("clip.mp4", "still-0.jpg")
    for name in readable:
        assert evidence.read_whole(LAN, case_id, name), "judging is the purpose"
        with pytest.raises(Conflict, match="say why"):
            evidence.read_whole(AUDITOR, case_id, name)
    assert evidence.read_whole(AUDITOR, case_id, "overlay.json"), "nobody is to be known on it"
    assert evidence.read_whole(AUDITOR, case_id, "plate-1.jpg"), "the plate is the subject's"
    centre.confirm(centre.stored(case_id))
    for name in readable:
        with pytest.raises(Conflict, match="say why"):
            evidence.read_whole(LAN, case_id, name)
    begin(LAN, case_id, reason_code="POLICE_ASKS", note="", minutes=5)
    assert evidence.read_whole(LAN, case_id, "clip.mp4") == CLIP
    looks = [event.body.get("what") for event in centre.centre.cases.history(AUDITOR, case_id)]
    assert looks.count("clip.mp4") == 1, "his look while he judged is the same one; what was refused is none"
    assert centre.centre.audit.verify(SYSTEM).intact
    rejected = centre.queued_case().case_id
    decide(centre, rejected, Decision(decision="reject", reason_code="ROADWORKS"))
    for who in (LAN, AUDITOR):
        with pytest.raises(Conflict, match="rejected"):
            evidence.read_whole(who, rejected, "clip.mp4")


def test_nobody_sees_originals_in_bulk_and_who_saw_how_many_is_counted(
    centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.cases.unblur.MOST_CASES_A_DAY", 3)
    unblurring, boss = centre.centre.unblurring, Principal(actor="user:boss", name="Boss", role=Role.SUPERVISOR)
    ids = [taken_in(centre, subject_key=f"track:{number}") for number in range(4)]

    def see(who: Principal, case_id: uuid.UUID) -> None:
        unblurring.begin(who, case_id, reason_code="COURT", note="", minutes=1)

    assert unblurring.by_person(boss) == ()
    for case_id in ids[:3]:
        see(AUDITOR, case_id)
    see(AUDITOR, ids[0])
    with pytest.raises(TooMuch, match="at most 3 cases and reports"):
        see(AUDITOR, ids[3])
    see(LAN, ids[3])
    assert [(each.actor, each.cases, each.times) for each in unblurring.by_person(boss)] == [
        (AUDITOR.actor, 3, 4),
        (LAN.actor, 1, 1),
    ]
    with pytest.raises(NotAllowed):
        unblurring.by_person(LAN)
    centre.clock.advance(24 * 3600 + 1)
    see(AUDITOR, ids[3])
    centre.clock.advance(31 * 24 * 3600)
    assert unblurring.by_person(boss) == ()


def test_who_asks_for_many_originals_at_once_gets_no_more_of_them(
    centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.cases.unblur.MOST_CASES_A_DAY", 1)
    all_counted, count = threading.Barrier(3), unblur._require_few

    def counted_together(*asked: Any) -> None:
        count(*asked)
        with suppress(threading.BrokenBarrierError):
            all_counted.wait(1)

    monkeypatch.setattr("api.cases.unblur._require_few", counted_together)
    ids = [taken_in(centre, subject_key=f"track:{number}") for number in range(3)]

    def see(case_id: uuid.UUID) -> bool:
        with suppress(TooMuch):
            centre.centre.unblurring.begin(AUDITOR, case_id, reason_code="COURT", note="", minutes=1)
            return True
        return False

    with ThreadPoolExecutor(3) as threads:
        assert sorted(threads.map(see, ids)) == [False, False, True]


def test_the_door_gives_the_copy_and_says_which_file_it_is(sqlite_centre: CentreBuilder) -> None:
    case_id = taken_in(sqlite_centre)
    client = sqlite_centre.signed_in("an", Role.AUDITOR)
    path = f"/api/v1/cases/{case_id}"
    before = client.get(f"{path}/files/clip.mp4")
    assert (before.content, before.headers["ETag"].strip(chr(34))) == (COPY, hashlib.sha256(COPY).hexdigest())
    assert client.post(f"{path}/unblurring", json={"reason_code": "POLICE_ASKS", "minutes": 1}).status_code == 200
    assert client.get(f"{path}/files/clip.mp4").content == CLIP
    assert client.get(f"{path}/files/clip.mp4", headers={"Range": "bytes=0-3"}).content == CLIP[:4]
