"""Who sees on a blurred copy what it should hide says so: it is shown and let out no more, and counted."""

import hashlib
import uuid
from datetime import timedelta
from typing import Any

import pytest

from api.cases.redaction_misses import COUNTED, TAKEN_BACK, Readable
from api.principals import SYSTEM, Principal
from domain.cases.exporting import Answer, Content, Standing
from domain.cases.roles import Role
from domain.errors import Conflict, Invalid, NotAllowed, NotFound
from domain.grants import Scope
from tests.builders.centre import CLIP, CentreBuilder
from tests.unit.api.cases.test_unblurring import AUDITOR, COPY, LAN, taken_in

HUY = Principal(actor="user:huy", name="Huy", role=Role.OPERATOR)
BOSS = Principal(actor="user:boss", name="Boss", role=Role.SUPERVISOR)
COPY_NAME = "blurred-clip.mp4"


def judged(centre: CentreBuilder, **changes: Any) -> uuid.UUID:
    """A case that nobody judges any more, with a blurred copy of its clip."""
    case_id = taken_in(centre, **changes)
    centre.confirm(centre.stored(case_id))
    return case_id


def test_a_copy_on_which_somebody_can_be_known_is_shown_no_more_and_counted_once(centre: CentreBuilder) -> None:
    case_id, other, misses = judged(centre), judged(centre, subject_key="track:77"), centre.centre.redaction_misses
    evidence, camera_id = centre.centre.evidence, centre.stored(case_id).case.site.camera_id
    assert misses.by_camera(AUDITOR) == []
    assert evidence.read_whole(AUDITOR, case_id, "clip.mp4") == COPY
    assert misses.report(AUDITOR, case_id, COPY_NAME, Readable.FACE)
    centre.clock.advance(60)
    assert not misses.report(LAN, case_id, COPY_NAME, Readable.FACE), "said before"
    assert misses.report(LAN, case_id, COPY_NAME, Readable.PLATE)
    for name in ("clip.mp4", COPY_NAME):
        with pytest.raises(Conflict, match="can be known"):
            evidence.read_whole(AUDITOR, case_id, name)
    assert evidence.read_whole(AUDITOR, other, "clip.mp4") == COPY, "it is said of one copy"
    centre.centre.unblurring.begin(AUDITOR, case_id, reason_code="EVIDENCE_CHECK", note="", minutes=5)
    assert evidence.read_whole(AUDITOR, case_id, "clip.mp4") == CLIP
    (counted,) = misses.by_camera(AUDITOR)
    assert (counted.camera_id, counted.copies, counted.faces, counted.plates) == (camera_id, 1, 1, 1)
    assert counted.newest_at == centre.clock.now()
    said = [event for event in centre.centre.cases.history(AUDITOR, case_id) if event.action == "redaction_missed"]
    assert [(event.actor, event.body["readable"]) for event in said] == [
        (AUDITOR.actor, "face"),
        (LAN.actor, "plate"),
    ]
    assert centre.stored(case_id).version == centre.stored(other).version, "the case itself is as it was"
    assert centre.centre.audit.verify(SYSTEM).intact
    centre.clock.advance((COUNTED + timedelta(seconds=1)).total_seconds())
    assert misses.by_camera(AUDITOR) == []
    with pytest.raises(Conflict, match="can be known"):
        evidence.read_whole(AUDITOR, case_id, COPY_NAME)


def test_what_was_said_by_mistake_is_taken_back_with_a_reason_and_the_figure_is_right_again(
    centre: CentreBuilder,
) -> None:
    case_id, misses, evidence = judged(centre), centre.centre.redaction_misses, centre.centre.evidence
    misses.report(LAN, case_id, COPY_NAME, Readable.FACE)
    misses.report(LAN, case_id, COPY_NAME, Readable.PLATE)
    for note in ("", " . ", "\x00"):
        with pytest.raises(Invalid, match="why it was a mistake"):
            misses.take_back(LAN, case_id, COPY_NAME, Readable.FACE, note=note)
    for other in (HUY, AUDITOR):
        with pytest.raises(NotAllowed):
            misses.take_back(other, case_id, COPY_NAME, Readable.FACE, note="it is a tree")
    with pytest.raises(NotFound):
        misses.take_back(LAN, case_id, "blurred-still-0.jpg", Readable.FACE, note="of nothing that was said")
    misses.take_back(LAN, case_id, COPY_NAME, Readable.FACE, note="it is a tree")
    (counted,) = misses.by_camera(AUDITOR)
    assert (counted.copies, counted.faces, counted.plates) == (1, 0, 1)
    with pytest.raises(Conflict, match="can be known"):
        evidence.read_whole(AUDITOR, case_id, "clip.mp4")
    misses.take_back(BOSS, case_id, COPY_NAME, Readable.PLATE, note="the plate is the subject's")
    assert evidence.read_whole(AUDITOR, case_id, "clip.mp4") == COPY
    assert misses.by_camera(AUDITOR) == []
    with pytest.raises(NotFound):
        misses.take_back(LAN, case_id, COPY_NAME, Readable.FACE, note="once more")
    back = [event for event in centre.centre.cases.history(AUDITOR, case_id) if event.action == TAKEN_BACK]
    assert [(event.actor, event.body["readable"], event.body["note"]) for event in back] == [
        (LAN.actor, "face", "it is a tree"),
        (BOSS.actor, "plate", "the plate is the subject's"),
    ]
    centre.clock.advance(60)
    assert misses.report(AUDITOR, case_id, COPY_NAME, Readable.FACE), "it can be said again"
    (counted,) = misses.by_camera(AUDITOR)
    assert (counted.copies, counted.faces, counted.plates, counted.newest_at) == (1, 1, 0, centre.clock.now())
    assert centre.centre.audit.verify(SYSTEM).intact


def test_it_leaves_in_no_export_of_copies(sqlite_centre: CentreBuilder) -> None:
    case_id, exports = judged(sqlite_centre), sqlite_centre.centre.exports
    for name in ("asker", "boss"):
        sqlite_centre.user(name, Role.SUPERVISOR)
    asker, boss = (Principal(actor=f"user:{name}", name=name, role=Role.SUPERVISOR) for name in ("asker", "boss"))
    sqlite_centre.centre.redaction_misses.report(LAN, case_id, COPY_NAME, Readable.PLATE)
    asked = exports.ask(asker, case_id, content=Content.COPIES, recipient="Tòa án", reason_code="COURT", note="")
    exports.answer(boss, asked.export_id, Answer.APPROVED, note="")
    with pytest.raises(Conflict, match="no whole file"):
        exports.produce(asker, asked.export_id)


def test_what_is_said_while_an_export_is_being_made_keeps_it_in(
    sqlite_centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id, exports = judged(sqlite_centre), sqlite_centre.centre.exports
    asker, boss = (sqlite_centre.user(name, Role.SUPERVISOR) for name in ("asker", "boss"))
    asked = exports.ask(asker, case_id, content=Content.COPIES, recipient="Tòa án", reason_code="COURT", note="")
    exports.answer(boss, asked.export_id, Answer.APPROVED, note="")

    def written(archive: Any, *_: Any, **__: Any) -> str:
        sqlite_centre.centre.redaction_misses.report(LAN, case_id, COPY_NAME, Readable.FACE)
        return hashlib.sha256(archive.read()).hexdigest()

    monkeypatch.setattr("api.exports.exports.write_archive", written)  # the copy is no video
    with pytest.raises(Conflict, match="make the export again"):
        exports.produce(asker, asked.export_id)
    assert exports.list(boss).items[0].standing == Standing.APPROVED


def test_only_of_a_copy_and_by_who_sees_the_case(sqlite_centre: CentreBuilder) -> None:
    case_id, misses = judged(sqlite_centre), sqlite_centre.centre.redaction_misses
    for name in ("clip.mp4", "still-0.jpg", "blurred-none.jpg", "manifest.json"):
        with pytest.raises(NotFound):
            misses.report(LAN, case_id, name, Readable.FACE)
    with pytest.raises(NotAllowed):
        misses.report(sqlite_centre.officer(), case_id, COPY_NAME, Readable.FACE)
    far = Principal(actor="user:far", name="Far", role=Role.OPERATOR, scope=Scope(wards=frozenset({"kim-long"})))
    with pytest.raises(NotFound):
        misses.report(far, case_id, COPY_NAME, Readable.FACE)
    with pytest.raises(NotAllowed):
        misses.by_camera(sqlite_centre.officer())


def test_that_somebody_said_so_tells_no_reviewer_that_he_looked(sqlite_centre: CentreBuilder) -> None:
    case_id = taken_in(sqlite_centre)
    sqlite_centre.centre.redaction_misses.report(AUDITOR, case_id, COPY_NAME, Readable.FACE)
    history = sqlite_centre.centre.cases.history
    assert "redaction_missed" not in {event.action for event in history(HUY, case_id)}
    sqlite_centre.centre.redaction_misses.take_back(AUDITOR, case_id, COPY_NAME, Readable.FACE, note="a mistake")
    assert TAKEN_BACK not in {event.action for event in history(HUY, case_id)}
    assert "redaction_missed" in {event.action for event in history(AUDITOR, case_id)}
    assert sqlite_centre.centre.evidence.read_whole(HUY, case_id, "clip.mp4") == CLIP, "who judges sees the original"
