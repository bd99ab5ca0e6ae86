"""Citizens' reports are read and answered by an operator, and forgotten in time.

Who sent one is shown to a supervisor who says why. A report accuses nobody: an operator reads it and makes of it what
it is.
"""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, select, update

from api.cases.case_rows import locked
from api.cases.unblur import Why, say_why
from api.citizens.alike_cases import alike_cases
from api.citizens.analyses import analysis_of, copy_names, film_name
from api.citizens.decoding import VIDEO
from api.citizens.reported import (
    ANSWERS,
    MAX_WORDS,
    AlikeCase,
    AnalysisState,
    PlaceCheck,
    Report,
    Reporter,
    ReportFile,
    ReportState,
    plain,
)
from api.citizens.unhidden import require_not_turned_down, require_unhidden
from api.errors import StaleVersion
from api.evidence_store.port import EvidenceStore
from api.persistence.store import Store, Work
from api.persistence.tables import citizen_report_files, citizen_reporters, citizen_reports, report_analyses
from api.principals import Permission, Principal
from domain.camera import Position
from domain.errors import Conflict, Invalid, NotFound
from domain.law.catalogue import built_in_catalogue

MAX_PAGE: Final = 100
KEPT_ANSWERED: Final = timedelta(days=30)
KEPT_UNANSWERED: Final = timedelta(days=90)


class Reports:
    """Shows reports, answers them, forgets what is over.

    Args:
        store: the centre's memory.
        files: where the bytes lie.
    """

    def __init__(self, store: Store, files: EvidenceStore) -> None:
        self._store = store
        self._files = files

    def list(self, actor: Principal, *, state: ReportState | None = None, limit: int = 50) -> tuple[Report, ...]:
        """Reports without their files, those that wait longest first.

        Raises:
            NotAllowed: the role may not read reports.
        """
        actor.require(Permission.REPORTS_READ)
        asked = select(citizen_reports)
        if state is not None:
            asked = asked.where(citizen_reports.c.state == state.value)
        asked = asked.order_by(citizen_reports.c.received_at, citizen_reports.c.number).limit(min(limit, MAX_PAGE))
        with self._store.read() as connection:
            return tuple(_report(row) for row in connection.execute(asked))

    def open(self, actor: Principal, report_id: uuid.UUID) -> Report:
        """One report with its files; looking is on record.

        Raises:
            NotAllowed: the role may not read reports.
            NotFound: there is none of that id.
        """
        actor.require(Permission.REPORTS_READ)
        files, mine = citizen_report_files.c, citizen_report_files.c.report_id == str(report_id)
        with self._store.write() as work:
            row = _row(work, report_id)
            held = work.connection.execute(select(citizen_report_files).where(mine).order_by(files.name)).all()
            same = select(files.sha256, citizen_reports.c.number).join(
                citizen_reports, citizen_reports.c.report_id == files.report_id
            )
            same = same.where(files.sha256.in_([each.sha256 for each in held]), files.report_id != str(report_id))
            elsewhere = work.connection.execute(same.order_by(citizen_reports.c.number).limit(MAX_PAGE)).all()
            looks = select(report_analyses).where(report_analyses.c.report_id == str(report_id))
            analyses = {each.name: each for each in work.connection.execute(looks)}
            shown = tuple(_file(each, list(elsewhere), analyses.get(each.name), self._film(each)) for each in held)
            alike = self._alike(work, actor, row, shown)
            unhidden = _sees_unhidden(work, actor, row)
            work.record(actor, "report_seen", body={"report_id": str(report_id)})
        return replace(_report(row, shown, alike), shows_unhidden=unhidden)

    def picture(self, actor: Principal, report_id: uuid.UUID, name: str) -> bytes:
        """What people are shown of a file; looking is on record.

        Args:
            actor: who looks.
            report_id: of the report.
            name: of a photo or video, for the copy without metadata and sound; or of a picture (``picture_name``) or
                film (``film_name``) on which a worker hid heads and plates.

        Raises:
            NotAllowed: the role may not read reports.
            NotFound: there is none, it could not be decoded, or its time is over.
            Conflict: nobody is hidden in it, the report was answered, and the caller has not said why.
        """
        actor.require(Permission.REPORTS_READ)
        its = citizen_report_files.c.report_id == str(report_id)
        with self._store.write() as work:
            rows = work.connection.execute(select(citizen_report_files).where(its)).all()
            of = [row for row in rows if name == row.name or name in copy_names(row.name)]
            if not of or of[0].problem or of[0].removed_at is not None:
                raise NotFound("there is no such picture")
            shown = f"shown-{name}" if name == of[0].name else name
            if name == of[0].name:
                require_unhidden(work.connection, actor, _row(work, report_id), work.now)
            size = of[0].shown_bytes if name == of[0].name else self._files.held_bytes(str(report_id), name)
            if not size:
                raise NotFound("there is no such picture")
            work.record(actor, "report_seen", body={"report_id": str(report_id), "file": name})
        return b"".join(self._files.read(str(report_id), shown, start_byte=0, end_byte=size))

    def see_unhidden(
        self, actor: Principal, report_id: uuid.UUID, *, reason_code: str, note: str, minutes: float
    ) -> datetime:
        """Let the caller see the files of an answered report with nobody hidden; why is on record.

        Returns:
            Until when.

        Raises:
            NotAllowed, NotFound: not this role's, or no such report.
            Invalid: the reason is unknown, or the time is too long.
            Conflict: the report was turned down.
            TooMuch: the caller sees the originals of too many cases and reports.
        """
        actor.require(Permission.REPORTS_READ)
        why = Why(reason_code=reason_code, note=note, minutes=minutes)
        with self._store.database.exclusive(f"originals:{actor.actor}"), self._store.write() as work:
            require_not_turned_down(work.connection, _row(work, report_id))
            return say_why(work, actor, why, report_id=str(report_id))

    def _film(self, row: Row[Any]) -> str | None:
        name = film_name(row.name)
        is_video = row.media_type == VIDEO and row.removed_at is None
        return name if is_video and self._files.held_bytes(row.report_id, name) else None

    def _alike(self, work: Work, actor: Principal, row: Row[Any], files: Sequence[ReportFile]) -> tuple[AlikeCase, ...]:
        seen = [file.analysis.findings for file in files if file.analysis and file.analysis.findings]
        return alike_cases(
            work.connection,
            actor,
            plates=list(dict.fromkeys(plate for each in seen for plate in each.plates)),
            times=[at for at in (row.acted_at, *(file.taken_at for file in files)) if at is not None],
            places=[
                Position(latitude_deg=file.latitude_deg, longitude_deg=file.longitude_deg)
                for file in files
                if file.latitude_deg is not None and file.longitude_deg is not None
            ],
            received_at=row.received_at,
        )

    def reporter(self, actor: Principal, report_id: uuid.UUID, *, why: str) -> Reporter | None:
        """Who sent a report, where he said so; who asks and why is on record, the answer is not.

        Raises:
            NotAllowed: the role may not know.
            Invalid: no reason was given.
            NotFound: there is no such report.
        """
        actor.require(Permission.REPORTERS_READ)
        if not any(letter.isalnum() for letter in why):
            raise Invalid("say why you need to know who sent the report")
        with self._store.write() as work:
            _row(work, report_id)
            of = citizen_reporters.c
            row = work.connection.execute(
                select(of.name, of.contact).where(of.report_id == str(report_id))
            ).one_or_none()
            work.record(actor, "reporter_asked", body={"report_id": str(report_id), "why": plain(why, MAX_WORDS)})
        return None if row is None else Reporter(name=row.name, contact=row.contact)

    def answer(
        self,
        actor: Principal,
        report_id: uuid.UUID,
        state: ReportState,
        *,
        expected_version: int,
        offence_code: str | None,
        note: str,
    ) -> Report:
        """Say what a report is; once.

        Args:
            actor: an operator.
            report_id: of a report that waits.
            state: any but received.
            expected_version: that the operator saw.
            offence_code: what it shows, where it is accepted; none otherwise.
            note: plate, place, time as the operator reads them, or why not; for the centre alone.

        Raises:
            NotAllowed, NotFound: not this role's, or no such report.
            StaleVersion, Conflict: it was changed meanwhile, or answered already.
            Invalid: the offence is missing, not wanted or none of the catalogue, or the note has no words.
        """
        actor.require(Permission.REPORTS_ANSWER)
        codes = {row.code for row in built_in_catalogue().rows}
        if state not in ANSWERS:
            raise Invalid("an answer says what became of it")
        if (offence_code in codes) != (state is ReportState.ACCEPTED) or (offence_code and offence_code not in codes):
            raise Invalid("an accepted report names an offence of the catalogue, another none")
        if not any(letter.isalnum() for letter in note):
            raise Invalid("say in the note what is seen, or why it cannot be used")
        with self._store.write() as work:
            row = _row(work, report_id)
            if row.version != expected_version:
                raise StaleVersion("the report was changed meanwhile; look again")
            if row.state != ReportState.RECEIVED:
                raise Conflict("the report was answered already")
            values = {"state": state.value, "changed_at": work.now, "version": row.version + 1}
            values |= {"offence_code": offence_code, "note": plain(note, MAX_WORDS)}
            its = citizen_reports.c.report_id == str(report_id)
            changed = update(citizen_reports).where(its).values(**values).returning(citizen_reports)
            now = work.connection.execute(changed).one()
            body = {"report_id": str(report_id), "state": state.value, "offence_code": offence_code}
            work.record(actor, "report_answered", body=body)
        return _report(now)

    def forget_old(self, *, until_next: timedelta = timedelta(0)) -> int:
        """Remove what is over: the bytes, what was seen in them, and who sent them; that they came stays.

        Args:
            until_next: how long nobody calls this again; what would be over by then goes now.

        Returns:
            How many files.
        """
        then, of = self._store.clock.now() + until_next, citizen_reports.c
        over = ((of.state != ReportState.RECEIVED.value) & (of.changed_at < then - KEPT_ANSWERED)) | (
            of.received_at < then - KEPT_UNANSWERED
        )
        files = citizen_report_files.c
        due = select(files.report_id, files.name).join(citizen_reports, of.report_id == files.report_id)
        with self._store.read() as connection:
            rows = connection.execute(due.where(over, files.removed_at.is_(None)).limit(MAX_PAGE)).all()
        for row in rows:
            self._files.discard(row.report_id, [row.name, f"shown-{row.name}", *copy_names(row.name)])
            seen = (report_analyses.c.report_id == row.report_id) & (report_analyses.c.name == row.name)
            its = (files.report_id == row.report_id) & (files.name == row.name)
            with self._store.write() as work:
                work.connection.execute(update(citizen_report_files).where(its).values(removed_at=work.now))
                work.connection.execute(delete(report_analyses).where(seen))
                work.connection.execute(delete(citizen_reporters).where(citizen_reporters.c.report_id == row.report_id))
        return len(rows)


def _sees_unhidden(work: Work, actor: Principal, row: Row[Any]) -> bool:
    try:
        require_unhidden(work.connection, actor, row, work.now)
    except Conflict:
        return False
    return True


def _row(work: Work, report_id: uuid.UUID) -> Row[Any]:
    asked = select(citizen_reports).where(citizen_reports.c.report_id == str(report_id))
    row = work.connection.execute(locked(asked, work.connection)).one_or_none()
    if row is None:
        raise NotFound(f"there is no report {report_id}")
    return row


def _report(row: Row[Any], files: tuple[ReportFile, ...] = (), alike: tuple[AlikeCase, ...] = ()) -> Report:
    return Report(
        report_id=uuid.UUID(row.report_id),
        number=row.number,
        state=ReportState(row.state),
        version=row.version,
        received_at=row.received_at,
        changed_at=row.changed_at,
        words=row.words,
        place=row.place,
        acted_at=row.acted_at,
        place_check=PlaceCheck(row.place_check),
        ward=row.ward,
        offence_code=row.offence_code,
        note=row.note,
        case_id=uuid.UUID(row.case_id) if row.case_id else None,
        files=files,
        alike=alike,
    )


def _file(row: Row[Any], elsewhere: Sequence[Any], analysis: Row[Any] | None, film: str | None) -> ReportFile:
    return ReportFile(
        name=row.name,
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        sha256=row.sha256,
        problem=row.problem,
        taken_at=row.taken_at,
        latitude_deg=row.latitude_deg,
        longitude_deg=row.longitude_deg,
        also_in=tuple(each.number for each in elsewhere if each.sha256 == row.sha256),
        analysis=analysis_of(analysis),
        hidden_film=film if analysis is not None and analysis.state == AnalysisState.DONE else None,
    )
