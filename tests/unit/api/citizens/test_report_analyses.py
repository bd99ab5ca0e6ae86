"""Workers look at citizens' pictures for the centre: one at a time, tried thrice; nobody's name ever reaches them."""

import struct
import uuid
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from api.citizens.analyses import AGAIN_AFTER, LEASE, MOST_TRIES, Looks, picture_name
from api.citizens.reported import AnalysisState, ReportState
from api.citizens.reports import KEPT_ANSWERED
from api.persistence.tables import events, report_analyses
from api.principals import ROLES_WITH, SYSTEM, Permission, Principal
from domain.cases.roles import Role
from domain.errors import Invalid, NotAllowed, NotFound
from domain.grants import Scope
from domain.model_ref import ModelRef
from domain.plates.reading import PlateRead, PlateReading
from domain.report_analysis import (
    AnalysedPicture,
    AnalysisFailure,
    AnalysisProblem,
    AnalysisTask,
    ReportFindings,
    SeenPlate,
    SeenThing,
)
from plumbing.jpeg_size import jpeg_size
from tests.builders.cases import NOON, build_case
from tests.builders.centre import CentreBuilder
from tests.builders.phone_videos import OWNER, VOICE, phone_video
from tests.unit.api.citizens.test_reports import CONTACT, HUE, LAN, NAME, one, photo, report

WORKER = Principal(actor="key:worker", name="worker", role=Role.ANALYSER)
OTHER = Principal(actor="key:other", name="other", role=Role.ANALYSER)
JPEG = photo()
BOX = (10.0, 10.0, 100.0, 100.0)


def findings(*plates: str, pictures: int = 1) -> ReportFindings:
    things = tuple(
        SeenThing(
            label="car",
            score=0.9,
            box_xyxy_px=BOX,
            plate=SeenPlate(text=text, confidence=0.8 if text else 0.0, reason="" if text else "too small"),
        )
        for text in plates
    )
    picture = AnalysedPicture(offset_s=0.0, resolution_wh=(320, 240), things=things)
    return ReportFindings(pictures=(picture,) * pictures, models=(ModelRef(name="net", sha256="0" * 64),))


def pulled(centre: CentreBuilder, worker: Principal = WORKER) -> AnalysisTask:
    task = centre.centre.report_analyses.pull(worker)
    assert task is not None
    return task


def seen(centre: CentreBuilder, report_id: uuid.UUID, number: int = 0) -> Any:
    return centre.centre.reports.open(LAN, report_id).files[number].analysis


def test_a_file_is_leased_looked_at_and_shown_beside_the_report(centre: CentreBuilder) -> None:
    analyses, report_id = centre.centre.report_analyses, one(centre, photo(), phone_video())
    assert seen(centre, report_id).state is AnalysisState.WAITING
    task = pulled(centre)
    assert seen(centre, report_id).state is AnalysisState.LEASED
    assert len(analyses.content(WORKER, task.lease_id)) == task.size_bytes
    with pytest.raises(Invalid, match="bring every picture"):
        analyses.finish(WORKER, task.lease_id, findings("75F112345"))
    for wrong in (b"<html>", b"\xff\xd8\xff" + b"0" * 1024 * 1024):
        with pytest.raises(Invalid):
            analyses.take_picture(WORKER, task.lease_id, 1, wrong)
    for content in (JPEG + b"first", JPEG):
        analyses.take_picture(WORKER, task.lease_id, 1, content)
    analyses.finish(WORKER, task.lease_id, findings("75F112345", ""))
    found = seen(centre, report_id)
    assert (found.state, found.problem, found.findings.plates) == (AnalysisState.DONE, None, ("75F112345",))
    assert centre.centre.reports.picture(LAN, report_id, picture_name("photo-1.jpg", 1)) == JPEG
    for name in (picture_name("photo-1.jpg", 2), picture_name("photo-9.jpg", 1), "hidden-1-nothing.jpg"):
        with pytest.raises(NotFound):
            centre.centre.reports.picture(LAN, report_id, name)
    with pytest.raises(NotFound, match="not yours, or over"):
        analyses.finish(WORKER, task.lease_id, findings())
    video = pulled(centre)
    assert video.media_type == "video/mp4"
    assert analyses.pull(OTHER) is None
    assert centre.centre.audit.verify(SYSTEM).intact


def test_a_lease_is_its_workers_and_ends(centre: CentreBuilder) -> None:
    one(centre)
    analyses, task = centre.centre.report_analyses, pulled(centre)
    for use in (
        lambda: analyses.content(OTHER, task.lease_id),
        lambda: analyses.take_picture(OTHER, task.lease_id, 1, JPEG),
        lambda: analyses.finish(OTHER, task.lease_id, findings()),
        lambda: analyses.fail(OTHER, task.lease_id, AnalysisFailure(problem=AnalysisProblem.KILLED, again=False)),
        lambda: analyses.content(WORKER, uuid.UUID(int=7)),
    ):
        with pytest.raises(NotFound):
            use()
    assert analyses.pull(OTHER) is None, "it is out"
    centre.clock.advance(LEASE.total_seconds() + 1)
    again = pulled(centre, OTHER)
    with pytest.raises(NotFound):
        analyses.content(WORKER, task.lease_id)
    assert analyses.content(OTHER, again.lease_id)


def test_what_waits_and_what_got_no_look_is_counted_where_the_centre_is_watched(centre: CentreBuilder) -> None:
    analyses, began = centre.centre.report_analyses, centre.clock.now()
    assert analyses.standing() == Looks(waiting=0, waiting_since=None, failed=0)
    one(centre, photo(), phone_video())
    centre.clock.advance(60)
    answered = one(centre, photo(shade=91))
    task = pulled(centre)
    assert (analyses.standing().waiting, analyses.standing().failed) == (3, 0), "one of them is out"
    analyses.fail(WORKER, task.lease_id, AnalysisFailure(problem=AnalysisProblem.KILLED, again=False))
    assert analyses.standing() == Looks(waiting=2, waiting_since=began, failed=1)
    centre.centre.reports.answer(
        LAN, answered, ReportState.UNUSABLE, expected_version=1, offence_code=None, note="blurred"
    )
    assert analyses.standing() == Looks(waiting=1, waiting_since=began, failed=1)
    told = dict(line.rsplit(" ", 1) for line in centre.client().get("/metrics").text.splitlines() if line[0] != "#")
    names = ("waiting", "failed", "waiting_since_seconds")
    assert [float(told[f"matthan_report_looks_{name}"]) for name in names] == [1.0, 1.0, began.timestamp()]


def test_while_a_picture_is_written_its_file_is_leased_to_nobody_else(
    centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    one(centre)
    analyses, task, append = centre.centre.report_analyses, pulled(centre), centre.centre.evidence._files.append

    def slow(*args: Any, **content: Any) -> None:
        centre.clock.advance(LEASE.total_seconds() + 1)
        if not centre.database.is_sqlite:  # which has one writer, and who asks meanwhile waits
            assert analyses.pull(OTHER) is None
        append(*args, **content)

    with monkeypatch.context() as patch:
        patch.setattr(centre.centre.evidence._files, "append", slow)
        analyses.take_picture(WORKER, task.lease_id, 1, JPEG)
    assert analyses.pull(OTHER) is not None


def test_a_picture_that_tells_of_more_pixels_than_people_are_shown_is_refused(sqlite_centre: CentreBuilder) -> None:
    report_id, analyses = one(sqlite_centre), sqlite_centre.centre.report_analyses
    task = pulled(sqlite_centre)
    lying = JPEG.replace(struct.pack(">HH", 240, 320), struct.pack(">HH", 65_500, 65_500))
    assert jpeg_size(lying) == (65_500, 65_500)
    for content in (lying, b"\xff\xd8\xff hidden", JPEG[:20]):
        with pytest.raises(Invalid, match="pixels"):
            analyses.take_picture(WORKER, task.lease_id, 1, content)
    with pytest.raises(NotFound):
        sqlite_centre.centre.reports.picture(LAN, report_id, picture_name("photo-1.jpg", 1))
    analyses.take_picture(WORKER, task.lease_id, 1, JPEG)


def test_what_ends_its_workers_is_given_up_and_keeps_no_other_waiting(centre: CentreBuilder) -> None:
    poison = one(centre)
    for _ in range(MOST_TRIES):
        pulled(centre)
        centre.clock.advance(LEASE.total_seconds() + 1)
    behind = one(centre, photo(shade=91))
    task = pulled(centre)
    found = seen(centre, poison)
    assert (found.state, found.problem, found.findings) == (AnalysisState.FAILED, AnalysisProblem.GAVE_UP, None)
    assert seen(centre, behind).state is AnalysisState.LEASED
    centre.centre.report_analyses.take_picture(WORKER, task.lease_id, 1, JPEG)
    centre.centre.report_analyses.finish(WORKER, task.lease_id, findings())
    assert centre.centre.audit.verify(SYSTEM).intact


def test_a_failure_is_tried_again_later_and_shown_as_a_failure(centre: CentreBuilder) -> None:
    report_id, analyses = one(centre), centre.centre.report_analyses
    failure = AnalysisFailure(problem=AnalysisProblem.NETWORKS_FAILED, again=True)
    for _ in range(MOST_TRIES):
        task = pulled(centre)
        analyses.fail(WORKER, task.lease_id, failure)
        assert analyses.pull(WORKER) is None, "not at once"
        centre.clock.advance(AGAIN_AFTER.total_seconds() + 1)
    assert analyses.pull(WORKER) is None
    found = seen(centre, report_id)
    assert (found.state, found.problem) == (AnalysisState.FAILED, AnalysisProblem.NETWORKS_FAILED)
    hopeless = one(centre, photo(shade=92))
    task = pulled(centre)
    analyses.fail(WORKER, task.lease_id, AnalysisFailure(problem=AnalysisProblem.NOT_DECODED, again=False))
    assert seen(centre, hopeless).problem is AnalysisProblem.NOT_DECODED
    with centre.database.read() as connection:
        told = connection.execute(select(events).where(events.c.action == "report_not_analysed")).all()
    assert len(told) == 2


def test_what_is_answered_or_forgotten_needs_no_look(centre: CentreBuilder) -> None:
    report_id, reports = one(centre), centre.centre.reports
    task = pulled(centre)
    centre.centre.report_analyses.take_picture(WORKER, task.lease_id, 1, JPEG)
    centre.centre.report_analyses.finish(WORKER, task.lease_id, findings("75F112345"))
    other = one(centre, photo(shade=93))
    for answered in (report_id, other):
        reports.answer(LAN, answered, ReportState.UNUSABLE, expected_version=1, offence_code=None, note="blurred")
    assert centre.centre.report_analyses.pull(WORKER) is None
    centre.clock.advance(KEPT_ANSWERED.total_seconds() + 1)
    assert reports.forget_old() == 2
    with centre.database.read() as connection:
        assert connection.execute(select(report_analyses)).all() == [], "no plate outlives the picture"
    with pytest.raises(NotFound):
        reports.picture(LAN, report_id, picture_name("photo-1.jpg", 1))


def test_a_worker_learns_nothing_of_who_sent_it_or_what_was_said(sqlite_centre: CentreBuilder) -> None:
    secrets = [NAME, CONTACT, OWNER, "Ô tô đỗ trên vỉa hè", "12 Lê Lợi", "Secret Camera Maker"]
    filed = sqlite_centre.centre.report_intake.take(report(photo(HUE), phone_video(), acted_at=NOON))
    (listed,) = sqlite_centre.centre.reports.list(LAN)
    secrets += [filed.number, filed.code, str(listed.report_id)]
    worker = sqlite_centre.key_client(Role.ANALYSER)
    told = b""
    while (answer := worker.post("/api/v1/edge/report-analyses")).status_code == 200:
        task = answer.json()
        told += answer.content + repr(answer.headers).encode()
        got = worker.get(f"/api/v1/edge/report-analyses/{task['lease_id']}/file")
        assert got.status_code == 200
        told += got.content + repr(got.headers).encode()
    assert answer.status_code == 204
    assert len(told) > 3000
    assert not [secret for secret in secrets if secret.encode() in told]
    assert VOICE not in told
    for path in ("reports", f"reports/{listed.report_id}", f"reports/{listed.report_id}/files/photo-1.jpg", "cases"):
        assert worker.get(f"/api/v1/{path}").status_code == 403
    assert worker.post(f"/api/v1/reports/{listed.report_id}/reporter", json={"why": "x"}).status_code == 403
    rights = {permission for permission, roles in ROLES_WITH.items() if Role.ANALYSER in roles}
    assert rights == {Permission.REPORTS_ANALYSE, Permission.SELF_READ}


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.ANALYSER}))
def test_nobody_else_is_a_worker(sqlite_centre: CentreBuilder, role: Role) -> None:
    with pytest.raises(NotAllowed):
        sqlite_centre.centre.report_analyses.pull(Principal(actor="user:x", name="x", role=role))


PLATE = "75F112345"


def read_case(centre: CentreBuilder, minutes: float, text: str = PLATE, **changes: Any) -> str:
    began = NOON + timedelta(minutes=minutes)
    base = build_case(subject_key=f"alike:{minutes}:{text}", began_at=began)
    read = PlateRead(at=base.moments[0].at, box_xyxy_px=BOX, text=text, character_confidences=(0.9,) * len(text))
    plate = PlateReading(status="agreed", text=text, character_confidences=(0.9,) * len(text), reads=(read,))
    message = centre.message(subject_key=f"alike:{minutes}:{text}", began_at=began, plate=plate, **changes)
    assert centre.take_in(message).on_record
    return str(message.case.case_id)


def looked_at(centre: CentreBuilder, *plates: str, content: bytes) -> Any:
    report_id = one(centre, content)
    task = pulled(centre)
    centre.centre.report_analyses.take_picture(WORKER, task.lease_id, 1, JPEG)
    centre.centre.report_analyses.finish(WORKER, task.lease_id, findings(*plates))
    return report_id


def test_cases_of_the_plate_the_time_and_the_place_are_proposed(centre: CentreBuilder) -> None:
    same_plate = read_case(centre, 30.0, code="PARK_PAVEMENT")
    near = read_case(centre, 3.0, "75F198765")
    read_case(centre, 45.0, "75F198764")  # near, at another time
    read_case(centre, -60.0 * 24, PLATE)  # the plate, on another day
    report_id = looked_at(centre, PLATE, content=photo(HUE, taken_at="2026:01:05 12:00:00"))
    alike = centre.centre.reports.open(LAN, report_id).alike
    assert [each.case_id for each in alike] == [same_plate, near]
    assert [each.same_plate for each in alike] == [True, False]
    assert alike[0].apart_s == pytest.approx(1800)
    assert alike[1].apart_m is not None
    assert alike[1].apart_m < 150
    elsewhere = Principal(actor="user:an", name="An", role=Role.OPERATOR, scope=Scope(wards=frozenset({"an-cuu"})))
    assert centre.centre.reports.open(elsewhere, report_id).alike == ()


def test_where_no_plate_time_or_place_is_known_nothing_is_proposed(sqlite_centre: CentreBuilder) -> None:
    read_case(sqlite_centre, 3.0)
    report_id = looked_at(sqlite_centre, "", content=photo(None, taken_at="0001:01:01 00:00:00"))
    assert sqlite_centre.centre.reports.open(LAN, report_id).alike == ()
