"""What a worker's networks have to look at of citizens' reports: leased one by one, tried thrice, then given up.

A worker asks; the centre runs no network. It hands out the copy without metadata and sound, and nothing of the report.
"""

import hashlib
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, and_, func, insert, select, update

from api.cases.case_rows import locked
from api.citizens.reported import Analysis, AnalysisState, ReportState
from api.evidence_store.port import EvidenceStore
from api.persistence.store import Store, Work
from api.persistence.tables import citizen_report_files, citizen_reports, report_analyses
from api.principals import SYSTEM, Permission, Principal
from domain.canonical import canonical_bytes, sha256_of
from domain.errors import Invalid, NotFound
from domain.report_analysis import (
    FILM_PART_BYTES,
    LONGEST_PICTURE_PX,
    MOST_PICTURE_BYTES,
    MOST_PICTURES,
    AnalysisFailure,
    AnalysisProblem,
    AnalysisTask,
    ReportFindings,
)
from plumbing.jpeg_size import is_jpeg_within
from plumbing.mp4_boxes import is_whole_mp4

LEASE: Final = timedelta(minutes=5)
AGAIN_AFTER: Final = timedelta(minutes=2)
MOST_TRIES: Final = 3
_AT_ONCE: Final = 20  # files that are given up in one turn


def wait_for_a_look(work: Work, files: Iterable[Mapping[str, Any]]) -> None:
    """Put the files that were taken apart in the line."""
    waiting = {"state": AnalysisState.WAITING.value, "tries": 0, "due_at": work.now}
    nothing: dict[str, Any] = {"lease_id": None, "worker": "", "problem": "", "findings": ""}
    rows = [
        {"report_id": file["report_id"], "name": file["name"]} | waiting | nothing
        for file in files
        if not file["problem"]
    ]
    if rows:
        work.connection.execute(insert(report_analyses), rows)


def analysis_of(row: Row[Any] | None) -> Analysis | None:
    """Read a row; None: nobody was ever asked to look at the file."""
    if row is None:
        return None
    state = AnalysisState(row.state)
    failed, done = state is AnalysisState.FAILED, state is AnalysisState.DONE
    return Analysis(
        state=state,
        problem=AnalysisProblem(row.problem) if failed else None,
        findings=ReportFindings.model_validate_json(row.findings) if done else None,
    )


def picture_name(name: str, number: int) -> str:
    """The name of the copy of a file's picture on which heads and plates are hidden.

    Examples:
        >>> picture_name("video-2.mp4", 1)
        'hidden-1-video-2.jpg'
    """
    return f"hidden-{number}-{name.partition('.')[0]}.jpg"


def film_name(name: str) -> str:
    """The name of the copy of a whole video on which heads and plates are hidden.

    Examples:
        >>> film_name("video-2.mp4")
        'hidden-video-2.mp4'
    """
    return f"hidden-{name}"


def copy_names(name: str) -> list[str]:
    """Every name that a copy of a file with heads and plates hidden may have."""
    return [*picture_names(name), film_name(name)]


def picture_names(name: str) -> list[str]:
    """Every name that a picture of a file may have."""
    return [picture_name(name, number) for number in range(1, MOST_PICTURES + 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """How many files of reports that nobody answered yet wait for a worker's look, and of how many none came."""

    waiting: int
    waiting_since: datetime | None  # the report that waits longest came then; None: none waits
    failed: int


class ReportAnalyses:
    """The door of workers.

    Every method raises ``NotAllowed`` for who is none, and all that name a lease ``NotFound`` where it is not the
    caller's or is over.

    Args:
        store: the centre's memory.
        files: where the bytes lie.
    """

    def __init__(self, store: Store, files: EvidenceStore) -> None:
        self._store = store
        self._files = files

    def pull(self, actor: Principal) -> AnalysisTask | None:
        """Lease the file that waits longest, of a report that nobody answered yet; None: nothing waits."""
        actor.require(Permission.REPORTS_ANALYSE)
        with self._store.write() as work:
            self._give_up(work)
            row = work.connection.execute(
                locked(self._due(work).limit(1), work.connection, skip_locked=True, of=report_analyses)
            ).one_or_none()
            if row is None:
                return None
            lease_id, ends_at = uuid.uuid4(), work.now + LEASE
            values = {"state": AnalysisState.LEASED.value, "tries": row.tries + 1, "due_at": ends_at}
            self._change(work, row, **values, lease_id=str(lease_id), worker=actor.actor)
            self._files.discard(row.report_id, [film_name(row.name)])  # of a worker that did not come back
        is_video = row.media_type == "video/mp4"
        return AnalysisTask(
            lease_id=lease_id,
            lease_ends_at=ends_at,
            media_type="video/mp4" if is_video else "image/jpeg",
            size_bytes=row.shown_bytes,
        )

    def content(self, actor: Principal, lease_id: uuid.UUID) -> bytes:
        """The copy of a leased file, without metadata and sound.

        Raises:
            EvidenceLost, StoreUnavailable: it cannot be had.
        """
        actor.require(Permission.REPORTS_ANALYSE)
        with self._store.write() as work:
            row = self._leased(work, actor, lease_id)
        shown = f"shown-{row.name}"
        return b"".join(self._files.read(row.report_id, shown, start_byte=0, end_byte=row.shown_bytes))

    def take_picture(self, actor: Principal, lease_id: uuid.UUID, number: int, content: bytes) -> None:
        """Keep a picture of the file with heads and plates hidden; brought again it takes the earlier one's place.

        Raises:
            Invalid: it is no JPEG, or too large.
        """
        actor.require(Permission.REPORTS_ANALYSE)
        if len(content) > MOST_PICTURE_BYTES or not is_jpeg_within(content, LONGEST_PICTURE_PX):
            raise Invalid(f"a picture is a JPEG of at most {MOST_PICTURE_BYTES} bytes and {LONGEST_PICTURE_PX} pixels")
        with self._store.write() as work:
            row = self._leased(work, actor, lease_id)
            name = picture_name(row.name, number)
            # inside the transaction, so that no later worker's picture is replaced by one of a lease that is over
            self._files.discard(row.report_id, [name])
            self._files.append(row.report_id, name, offset_bytes=0, content=content)
            self._files.publish(row.report_id, [name])

    def take_film_part(self, actor: Principal, lease_id: uuid.UUID, part: int, content: bytes) -> None:
        """Keep the next part of a video's copy with heads and plates hidden; the first one begins it anew.

        Raises:
            Invalid: it is no part of a video's copy.
            OffsetMismatch: another part comes next.
        """
        actor.require(Permission.REPORTS_ANALYSE)
        if not 0 < len(content) <= FILM_PART_BYTES or (part == 1 and content[4:8] != b"ftyp"):
            raise Invalid(f"a part of an MP4 has at most {FILM_PART_BYTES} bytes")
        with self._store.write() as work:
            row = self._leased(work, actor, lease_id)
            name = film_name(row.name)
            if part == 1:
                self._files.discard(row.report_id, [name])
            offset = (part - 1) * FILM_PART_BYTES
            self._files.append(row.report_id, name, offset_bytes=offset, content=content)

    def finish(self, actor: Principal, lease_id: uuid.UUID, findings: ReportFindings) -> None:
        """Note what the networks saw.

        Raises:
            Invalid: a picture that the findings name was not brought, or not all of the video's copy.
        """
        actor.require(Permission.REPORTS_ANALYSE)
        with self._store.write() as work:
            row = self._leased(work, actor, lease_id)
            names = picture_names(row.name)[: len(findings.pictures)]
            if not all(self._files.held_bytes(row.report_id, name) for name in names):
                raise Invalid("bring every picture before what was seen in it")
            film = self._film(row)
            done = {"state": AnalysisState.DONE.value, "problem": "", "findings": canonical_bytes(findings).decode()}
            self._change(work, row, **done, lease_id=None)
            body = {"report_id": row.report_id, "file": row.name, "findings_sha256": sha256_of(findings)}
            work.record(actor, "report_analysed", body=body | ({"film_sha256": film} if film else {}))

    def _film(self, row: Row[Any]) -> str | None:
        """The hash of the video's copy, which is whole and can be read from now on; None: there is none."""
        name = film_name(row.name)
        size = self._files.held_bytes(row.report_id, name)
        if not size:
            return None
        self._files.publish(row.report_id, [name])
        content = b"".join(self._files.read(row.report_id, name, start_byte=0, end_byte=size))
        if not is_whole_mp4(content):
            self._files.discard(row.report_id, [name])
            raise Invalid("bring all of a video's copy before what was seen in it")
        return hashlib.sha256(content).hexdigest()

    def fail(self, actor: Principal, lease_id: uuid.UUID, failure: AnalysisFailure) -> None:
        """Take a file back that could not be looked at; it waits a while for another try, unless none would help."""
        actor.require(Permission.REPORTS_ANALYSE)
        with self._store.write() as work:
            row = self._leased(work, actor, lease_id)
            if failure.again and row.tries < MOST_TRIES:
                waits = {"state": AnalysisState.WAITING.value, "due_at": work.now + AGAIN_AFTER, "lease_id": None}
                self._change(work, row, **waits, problem=failure.problem.value)
            else:
                self._fail(work, row, actor, failure.problem)

    def standing(self) -> Looks:
        """Of all reports, without anything of one, for who watches the centre."""
        of, reports = report_analyses.c, citizen_reports
        counted = select(of.state, func.count(), func.min(reports.c.received_at)).join_from(
            report_analyses, reports, reports.c.report_id == of.report_id
        )
        counted = counted.where(reports.c.state == ReportState.RECEIVED.value).group_by(of.state)
        with self._store.read() as connection:
            found = {state: (count, since) for state, count, since in connection.execute(counted)}
        waits = [found[state] for state in (AnalysisState.WAITING.value, AnalysisState.LEASED.value) if state in found]
        return Looks(
            waiting=sum(count for count, _ in waits),
            waiting_since=min((since for _, since in waits), default=None),
            failed=found.get(AnalysisState.FAILED.value, (0, None))[0],
        )

    def _due(self, work: Work) -> Any:
        """Files that may be leased now, those that wait longest first."""
        of = report_analyses.c
        files, reports = citizen_report_files, citizen_reports
        same_file = and_(files.c.report_id == of.report_id, files.c.name == of.name)
        found = select(report_analyses, files.c.media_type, files.c.shown_bytes).join(files, same_file)
        found = found.join(reports, reports.c.report_id == of.report_id)
        waits = of.state.in_([AnalysisState.WAITING.value, AnalysisState.LEASED.value]) & (of.due_at <= work.now)
        found = found.where(waits, of.tries < MOST_TRIES, files.c.removed_at.is_(None))
        found = found.where(reports.c.state == ReportState.RECEIVED.value)
        return found.order_by(of.due_at, of.report_id, of.name)

    def _give_up(self, work: Work) -> None:
        """What was leased so often and never came back ends workers: it is handed out no more."""
        of = report_analyses.c
        over = and_(of.state == AnalysisState.LEASED.value, of.due_at <= work.now, of.tries >= MOST_TRIES)
        lost = select(report_analyses).where(over).order_by(of.due_at).limit(_AT_ONCE)
        for row in work.connection.execute(locked(lost, work.connection, skip_locked=True)).all():
            self._fail(work, row, SYSTEM, AnalysisProblem.GAVE_UP)

    def _fail(self, work: Work, row: Row[Any], actor: Principal, problem: AnalysisProblem) -> None:
        self._change(work, row, state=AnalysisState.FAILED.value, problem=problem.value, lease_id=None)
        body = {"report_id": row.report_id, "file": row.name, "problem": problem.value}
        work.record(actor, "report_not_analysed", body=body)

    def _leased(self, work: Work, actor: Principal, lease_id: uuid.UUID) -> Row[Any]:
        of, files = report_analyses.c, citizen_report_files
        same_file = and_(files.c.report_id == of.report_id, files.c.name == of.name)
        asked = select(report_analyses, files.c.shown_bytes).join(files, same_file)
        mine = and_(of.lease_id == str(lease_id), of.worker == actor.actor, of.due_at > work.now)
        asked = asked.where(mine, files.c.removed_at.is_(None))
        row = work.connection.execute(locked(asked, work.connection, of=report_analyses)).one_or_none()
        if row is None:
            raise NotFound("this lease is not yours, or over")
        return row

    def _change(self, work: Work, row: Row[Any], **values: Any) -> None:
        of = report_analyses.c
        its = and_(of.report_id == row.report_id, of.name == row.name)
        work.connection.execute(update(report_analyses).where(its).values(**values))
