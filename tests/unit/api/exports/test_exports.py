"""Evidence leaves by the word of two people, once, marked on every picture, and on record."""

import io
import json
import threading
import uuid
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from sqlalchemy import update

from api.cases.review import Decision
from api.errors import TooMuch
from api.exports.archive import READ_ME_FILE, SHEET_FILE
from api.exports.exports import MOST_A_DAY
from api.exports.rows import ANSWERED, ASKED, PRODUCED, Export
from api.persistence.ledger import Entry
from api.persistence.store import Work
from api.persistence.tables import users
from api.principals import SYSTEM, Principal
from domain.cases.case import CaseMoment
from domain.cases.duplicates import Judgement
from domain.cases.evidence import FileRole
from domain.cases.exporting import Answer, Content, Standing
from domain.cases.roles import Role
from domain.errors import CentreError, Conflict, Invalid, NotAllowed, NotFound
from domain.grants import Scope
from domain.plates.reading import PlateRead, PlateReading
from tests.builders.cases import NOON, build_case, build_message
from tests.builders.centre import PASSWORD, QUEUE, CentreBuilder
from tests.builders.shown_evidence import FPS, SECONDS, SIZE_WH, shown_evidence

LAN = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
BOSS = Principal(actor="user:boss", name="Boss", role=Role.SUPERVISOR)
OTHER = Principal(actor="user:sep", name="Sep", role=Role.SUPERVISOR)
AUDITOR = Principal(actor="user:kiem", name="Kiem", role=Role.AUDITOR)
ELSEWHERE = Principal(actor="user:xa", name="Xa", role=Role.SUPERVISOR, scope=Scope(wards=frozenset({"phu-bai"})))
REJECT = Decision(decision="reject", reason_code="FALSE_DETECTION")
BOX_PX = (100.0, 80.0, 240.0, 300.0)
TEXT = "75F112345"
WHY: dict[str, Any] = {"recipient": "Tòa án nhân dân thành phố Huế", "reason_code": "COURT", "note": "12/2026"}


@pytest.fixture
def centre(centre: CentreBuilder) -> CentreBuilder:
    """A centre where everybody has an account."""
    for name, role in (("lan", Role.OPERATOR), ("boss", Role.SUPERVISOR), ("sep", Role.SUPERVISOR)):
        centre.user(name, role)
    return centre


def shown_case(centre: CentreBuilder, subject: str = "track:9") -> uuid.UUID:
    """A case, not decided yet, whose clip and stills can be decoded; a blurred copy of the clip lies beside it."""
    moments = (
        CaseMoment(name="first_sighting", at=NOON, box_xyxy_px=BOX_PX),
        CaseMoment(name="last_sighting", at=NOON + timedelta(seconds=4), box_xyxy_px=BOX_PX),
    )
    sure = (0.99,) * len(TEXT)
    read = PlateRead(
        at=NOON + timedelta(seconds=1), box_xyxy_px=(300, 200, 380, 256), text=TEXT, character_confidences=sure
    )
    case = build_case(
        code="PARK_PAVEMENT",
        subject_key=subject,
        began_at=NOON,
        ended_at=NOON + timedelta(seconds=4),
        moments=moments,
        resolution_wh=SIZE_WH,
        plate=PlateReading(status="agreed", text=TEXT, character_confidences=sure, reads=(read,)),
    )
    manifest, contents = shown_evidence(case, with_copy=True)
    message = build_message(case, centre.box_key(case.box_id), manifest)
    assert centre.take_in(message, contents).on_record
    return case.case_id


def ready_case(centre: CentreBuilder, subject: str = "track:9") -> uuid.UUID:
    case_id = shown_case(centre, subject)
    centre.confirm(centre.stored(case_id))
    return case_id


def ask(
    centre: CentreBuilder, case_id: uuid.UUID, content: Content = Content.ORIGINALS, who: Principal = LAN
) -> Export:
    return centre.centre.exports.ask(who, case_id, content=content, **WHY)


def approved(centre: CentreBuilder, case_id: uuid.UUID, content: Content = Content.ORIGINALS) -> Export:
    export = ask(centre, case_id, content)
    return centre.centre.exports.answer(BOSS, export.export_id, Answer.APPROVED, note="")


def fetched(centre: CentreBuilder, export: Export, who: Principal = LAN) -> zipfile.ZipFile:
    with centre.centre.exports.produce(who, export.export_id).archive as archive:
        return zipfile.ZipFile(io.BytesIO(archive.read()))


def intact(centre: CentreBuilder) -> bool:
    found = centre.centre.audit.verify(SYSTEM)
    assert found.intact, found
    return True


def pixels(content: bytes) -> NDArray[np.float64]:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), dtype=np.float64)


def test_one_asks_another_approves_and_the_first_fetches_it_once(centre: CentreBuilder) -> None:
    case_id = ready_case(centre)
    before = centre.stored(case_id)
    export = ask(centre, case_id)
    assert (export.standing, export.asked_by) == (Standing.ASKED, LAN.actor)
    with pytest.raises(Conflict, match="asked, not approved"):
        centre.centre.exports.produce(LAN, export.export_id)
    centre.clock.advance(60)
    answered = centre.centre.exports.answer(BOSS, export.export_id, Answer.APPROVED, note="as the court asks")
    assert (answered.standing, answered.answered_by) == (Standing.APPROVED, BOSS.actor)
    with pytest.raises(Conflict, match="who asked for it"):
        centre.centre.exports.produce(BOSS, export.export_id)
    archive = fetched(centre, export)
    sheet = json.loads(archive.read(SHEET_FILE))
    assert (sheet["asked_by"], sheet["approved_by"], sheet["recipient"]) == (LAN.actor, BOSS.actor, WHY["recipient"])
    assert {each["name"] for each in sheet["files"]} | {SHEET_FILE, READ_ME_FILE} == set(archive.namelist())
    assert "niêm phong" in archive.read(READ_ME_FILE).decode()
    with pytest.raises(Conflict, match="produced"):
        centre.centre.exports.produce(LAN, export.export_id)
    said = [e for e in centre.centre.cases.history(AUDITOR, case_id) if e.action in {ASKED, ANSWERED, PRODUCED}]
    assert [(event.action, event.actor) for event in said] == [
        (ASKED, LAN.actor),
        (ANSWERED, BOSS.actor),
        (PRODUCED, LAN.actor),
    ]
    assert set(said[-1].body["files"]) == {each["name"] for each in sheet["files"]}
    (listed,) = centre.centre.exports.list(AUDITOR).items
    assert (listed.standing, listed.archive_sha256) == (Standing.PRODUCED, said[-1].body["archive_sha256"])
    after = centre.stored(case_id)
    assert (after.version, after.state) == (before.version, before.state), "what the police get is not touched by it"
    assert intact(centre)


def test_every_picture_and_clip_bears_the_mark_and_nothing_of_it_is_covered(centre: CentreBuilder) -> None:
    case_id = ready_case(centre)
    files = {file.name: file for file in centre.stored(case_id).manifest.files}
    archive = fetched(centre, approved(centre, case_id))
    pictures = [name for name in archive.namelist() if name.endswith(".jpg")]
    assert {files[name].role for name in pictures} >= {FileRole.STILL_FULL, FileRole.PLATE_CROP}
    evidence = centre.centre.evidence
    centre.centre.unblurring.begin(AUDITOR, case_id, reason_code="COURT", note="", minutes=10)
    for name in pictures:
        original, marked = pixels(evidence.read_whole(AUDITOR, case_id, name)), pixels(archive.read(name))
        height, width = original.shape[:2]
        assert marked.shape[0] > height
        band = marked[height + 2 :, :width]
        assert band.max() > 200, f"{name}: nothing is written below it"
        changed = np.abs(marked[:height, :width] - original).mean(axis=2) > 12
        assert changed.mean() < 0.4, f"{name}: the mark covers what it shows"
        if files[name].role == FileRole.STILL_FULL:
            assert changed.mean() > 0.003, f"{name}: nothing is written across it"
    with av.open(io.BytesIO(archive.read("clip.mp4"))) as clip:
        frames = list(clip.decode(video=0))
    assert len(frames) == round(SECONDS * FPS)
    assert frames[0].width == SIZE_WH[0]
    assert frames[0].height > SIZE_WH[1]
    times_s = [float(frame.pts * frame.time_base) for frame in frames]
    assert np.allclose(np.diff(times_s), 1 / FPS, atol=1e-3)
    for frame in frames[:: len(frames) // 4]:
        assert frame.to_ndarray(format="gray")[SIZE_WH[1] + 2 :].max() > 180, "a picture of the clip has no mark"


def test_copies_leave_blurred_and_what_has_no_copy_stays(centre: CentreBuilder) -> None:
    case_id = ready_case(centre)
    roles = {file.name: file.role for file in centre.stored(case_id).manifest.files}
    archive = fetched(centre, approved(centre, case_id, Content.COPIES))
    left = {roles[name] for name in archive.namelist() if name in roles}
    assert left == {FileRole.CLIP_BLURRED, FileRole.PLATE_CROP}


def test_one_person_with_two_accounts_is_not_two_people(centre: CentreBuilder) -> None:
    """Also not by an account made after the one that asked was ended, and not while nobody has said whose it is."""
    case_id, accounts = ready_case(centre), centre.centre.accounts
    export = ask(centre, case_id)
    accounts.disable_user(SYSTEM, "lan")
    accounts.create_user(
        SYSTEM, username="lan2", display_name="Trưởng ca", person="NV-Lan", role=Role.SUPERVISOR, password=PASSWORD
    )
    also_lan = Principal(actor="user:lan2", name="Trưởng ca", role=Role.SUPERVISOR)
    with pytest.raises(Conflict, match="is yours too"):
        centre.centre.exports.answer(also_lan, export.export_id, Answer.APPROVED, note="")
    with centre.database.write() as connection:  # as accounts from before are
        connection.execute(update(users).where(users.c.username == "lan2").values(person=None))
    with pytest.raises(Conflict, match="nobody has stated"):
        centre.centre.exports.answer(also_lan, export.export_id, Answer.APPROVED, note="")
    assert centre.centre.exports.answer(BOSS, export.export_id, Answer.APPROVED, note="").standing == Standing.APPROVED


def test_one_person_asks_for_so_many_a_day(centre: CentreBuilder) -> None:
    case_id = ready_case(centre)
    for _ in range(MOST_A_DAY):
        ask(centre, case_id)
    with pytest.raises(TooMuch, match="a day"):
        ask(centre, case_id)
    ask(centre, case_id, who=BOSS)
    centre.clock.advance(24 * 3600 + 1)
    ask(centre, case_id)


def test_who_asks_for_many_at_once_gets_no_more_of_them(centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.exports.exports.MOST_A_DAY", 1)
    monkeypatch.setattr("api.exports.exports._require_open", lambda _: None)  # three acts of one place: undecided
    ids = [shown_case(centre, f"track:{number}") for number in range(3)]
    all_counted, record = threading.Barrier(3), Work.record

    def counted_together(work: Work, actor: Principal, action: str, **of: Any) -> Entry:
        if action == ASKED:
            with suppress(threading.BrokenBarrierError):
                all_counted.wait(1)
        return record(work, actor, action, **of)

    monkeypatch.setattr(Work, "record", counted_together)

    def asked(case_id: uuid.UUID) -> bool:
        with suppress(TooMuch):
            ask(centre, case_id)
            return True
        return False

    with ThreadPoolExecutor(3) as threads:
        assert sorted(threads.map(asked, ids)) == [False, False, True]


def test_the_list_goes_on_to_the_oldest(centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.exports.exports.MOST_LISTED", 3)
    case_id, exports = ready_case(centre), centre.centre.exports
    asked = []
    for number in range(7):  # three at each instant
        centre.clock.advance(60 if number % 3 == 0 else 0)
        asked.append(ask(centre, case_id))
    found, cursor = [], None
    while True:
        page = exports.list(LAN, cursor=cursor)
        found += page.items
        cursor = page.next_cursor
        if cursor is None:
            break
        assert len(page.items) == 3
    wanted = sorted(asked, key=lambda each: str(each.export_id))
    assert found == sorted(wanted, key=lambda each: each.asked_at, reverse=True)
    with pytest.raises(Invalid, match="cursor"):
        exports.list(LAN, cursor=str(uuid.UUID(int=5)))


def test_who_may_not_have_it_waits_for_nobody(centre: CentreBuilder) -> None:
    export = approved(centre, ready_case(centre))
    with centre.centre.exports._turn, pytest.raises(Conflict, match="who asked for it"):
        centre.centre.exports.produce(BOSS, export.export_id)


def test_a_refusal_says_why_and_nothing_leaves(centre: CentreBuilder) -> None:
    export = ask(centre, ready_case(centre))
    answer = centre.centre.exports.answer
    with pytest.raises(Invalid, match="why"):
        answer(BOSS, export.export_id, Answer.REFUSED, note=" . ")
    assert answer(BOSS, export.export_id, Answer.REFUSED, note="the court has not asked").standing == Standing.REFUSED
    with pytest.raises(Conflict, match="refused"):
        centre.centre.exports.produce(LAN, export.export_id)
    with pytest.raises(Conflict, match="refused"):
        answer(OTHER, export.export_id, Answer.APPROVED, note="")
    assert intact(centre)


def test_nobody_approves_his_own_and_only_who_may(centre: CentreBuilder) -> None:
    case_id = ready_case(centre)
    own = ask(centre, case_id, who=BOSS)
    answer = centre.centre.exports.answer
    with pytest.raises(Conflict, match="another person"):
        answer(BOSS, own.export_id, Answer.APPROVED, note="")
    for who in (LAN, AUDITOR):
        with pytest.raises(NotAllowed):
            answer(who, own.export_id, Answer.APPROVED, note="")
    with pytest.raises(NotFound):
        answer(ELSEWHERE, own.export_id, Answer.APPROVED, note="")
    with pytest.raises(NotFound):
        ask(centre, case_id, who=ELSEWHERE)
    with pytest.raises(NotFound):
        answer(OTHER, uuid.UUID(int=5), Answer.APPROVED, note="")
    with pytest.raises(NotAllowed):
        ask(centre, case_id, who=AUDITOR)
    assert centre.centre.exports.list(ELSEWHERE).items == ()
    with pytest.raises(NotAllowed):
        centre.centre.exports.list(centre.officer())
    assert answer(OTHER, own.export_id, Answer.APPROVED, note="").standing == Standing.APPROVED


@pytest.mark.parametrize("changes", [{"reason_code": "CURIOUS"}, {"recipient": " . "}])
def test_a_reason_and_a_recipient_are_needed(centre: CentreBuilder, changes: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        centre.centre.exports.ask(LAN, ready_case(centre), content=Content.COPIES, **(WHY | changes))


def test_what_is_typed_on_the_page_is_bounded_and_cannot_turn_the_mark_round(centre: CentreBuilder) -> None:
    case_id = ready_case(centre)
    typed = {"recipient": "Tòa\x00 án\u202e Huế", "note": "7\x00/2026\n" + "n" * 100_000}
    export = centre.centre.exports.ask(LAN, case_id, content=Content.COPIES, **(WHY | typed))
    assert export.recipient == "Tòa án Huế"
    assert (export.note[:8], len(export.note)) == ("7 /2026 ", 2000)
    centre.centre.exports.answer(BOSS, export.export_id, Answer.REFUSED, note="no\x00" + "n" * 100_000)
    said = centre.centre.cases.history(AUDITOR, case_id)[-1]
    assert (said.action, len(said.body["note"])) == (ANSWERED, 2000)
    assert intact(centre)


def test_the_word_of_two_people_holds_for_a_while(centre: CentreBuilder) -> None:
    case_id = ready_case(centre)
    never_answered, never_fetched = ask(centre, case_id), approved(centre, case_id)
    centre.clock.advance(24 * 3600)
    with pytest.raises(Conflict, match="lapsed"):
        centre.centre.exports.produce(LAN, never_fetched.export_id)
    centre.clock.advance(48 * 3600)
    with pytest.raises(Conflict, match="lapsed"):
        centre.centre.exports.answer(BOSS, never_answered.export_id, Answer.APPROVED, note="")
    assert {each.standing for each in centre.centre.exports.list(BOSS).items} == {Standing.LAPSED}
    assert intact(centre)


def test_nothing_leaves_of_a_case_that_is_judged_or_is_none(centre: CentreBuilder) -> None:
    case_id = shown_case(centre)
    with pytest.raises(Conflict, match="judged"):
        ask(centre, case_id)
    centre.centre.review.decide(LAN, case_id, REJECT, expected_version=centre.stored(case_id).version)
    with pytest.raises(Conflict, match="none"):
        ask(centre, case_id)


def test_of_two_cases_of_one_act_only_the_one_that_goes_on_leaves(centre: CentreBuilder) -> None:
    lead, later = shown_case(centre, "track:1"), shown_case(centre, "track:2")
    seen = centre.centre.cases.get(LAN, later)[0].version
    centre.centre.duplicates.judge(LAN, later, lead, Judgement.SAME, expected_version=seen, lead_id=lead)
    centre.confirm(centre.stored(lead))
    with pytest.raises(Conflict, match="duplicate"):
        ask(centre, later)
    assert ask(centre, lead).standing == Standing.ASKED


def test_what_came_back_between_the_answers_does_not_leave(centre: CentreBuilder) -> None:
    case_id = ready_case(centre)
    asked, let_out = ask(centre, case_id), approved(centre, case_id)
    lease = centre.centre.police.pull(centre.officer(), QUEUE, n=1, lease_s=600, idempotency_key="k")
    assert lease.lease_id is not None
    give_back = centre.centre.police.give_back
    give_back(centre.officer(), case_id, lease_id=lease.lease_id, reason_code="PLATE_UNREADABLE", note="")
    with pytest.raises(Conflict, match="judged"):
        centre.centre.exports.produce(LAN, let_out.export_id)
    with pytest.raises(Conflict, match="judged"):
        centre.centre.exports.answer(BOSS, asked.export_id, Answer.APPROVED, note="")


def test_what_cannot_be_marked_does_not_leave_and_may_be_tried_again(centre: CentreBuilder) -> None:
    case_id = centre.ready_case().case_id  # its clip is no clip
    export = approved(centre, case_id)
    for _ in range(2):
        with pytest.raises(CentreError, match="could not be written anew"):
            centre.centre.exports.produce(LAN, export.export_id)
    assert centre.centre.exports.list(LAN).items[0].standing == Standing.APPROVED
    assert intact(centre)


def test_of_two_that_fetch_at_once_one_gets_it(centre: CentreBuilder) -> None:
    export = approved(centre, ready_case(centre))
    found: list[object] = []

    def fetch() -> None:
        try:
            found.append(fetched(centre, export))
        except CentreError as refused:
            found.append(refused)

    threads = [threading.Thread(target=fetch) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(isinstance(each, Conflict) for each in found) == [False, True]
    assert intact(centre)


def test_the_doors(sqlite_centre: CentreBuilder) -> None:
    centre = sqlite_centre
    case_id = ready_case(centre)
    lan, boss = centre.signed_in("lan", Role.OPERATOR), centre.signed_in("boss", Role.SUPERVISOR)
    asked = lan.post(f"/api/v1/cases/{case_id}/exports", json={"content": "copies", **WHY})
    assert asked.status_code == 201
    url = f"/api/v1/exports/{asked.json()['export_id']}"
    assert lan.post(f"{url}/answer", json={"answer": "approved"}).status_code == 403
    assert boss.post(f"{url}/answer", json={"answer": "approved"}).json()["standing"] == "approved"
    answer = lan.post(f"{url}/file")
    assert answer.headers["content-type"] == "application/zip"
    number = asked.json()["number"]
    assert answer.headers["content-disposition"] == f'attachment; filename="ban-xuat-{number}.zip"'
    assert zipfile.ZipFile(io.BytesIO(answer.content)).testzip() is None
    assert lan.post(f"{url}/file").status_code == 409
    (listed,) = boss.get("/api/v1/exports").json()["items"]
    assert (listed["standing"], listed["number"]) == ("produced", number)
