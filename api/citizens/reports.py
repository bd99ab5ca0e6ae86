"""Citizens' reports: taken in as they come, hashed, checked against the map; answered by an operator.

Who reports may say who he is; that stands in a table of its own, on no record, in no list, log or export, and is shown
to a supervisor who says why. A report accuses nobody: an operator reads it and makes of it what it is.
"""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, delete, func, insert, select, update

from api.cases.case_rows import locked
from api.citizens.photos import PhotoDecoder
from api.citizens.reported import (
    MAX_LINE,
    MAX_WORDS,
    Filed,
    NewReport,
    PlaceCheck,
    Report,
    Reporter,
    ReportFile,
    ReportState,
    Upload,
    media_types,
    plain,
)
from api.errors import StaleVersion, TooMuch, Unauthenticated
from api.evidence_store.port import EvidenceStore
from api.people.secrets_of_accounts import CODE_LENGTH, new_code, same_secret, sha256_text, typed_code
from api.people.throttle import Throttle
from api.persistence.store import Store, Work
from api.persistence.tables import citizen_report_files, citizen_reporters, citizen_reports
from api.places.ward_map import WardMap
from api.principals import Permission, Principal
from domain.camera import Position
from domain.cases.roles import Role
from domain.errors import Conflict, Invalid, NotFound
from domain.instants import HUE_TIME
from domain.law.catalogue import built_in_catalogue

MOST_A_DAY: Final = 500
MAX_PAGE: Final = 100
KEPT_ANSWERED: Final = timedelta(days=30)
KEPT_UNANSWERED: Final = timedelta(days=90)
_REPORTER: Final = Principal(actor="reporter", name="", role=Role.CITIZEN)
_LATER_S: Final = 3600
_NOBODY_SHA256: Final = sha256_text("no report has this code")


class Reports:
    """Takes reports in, shows them, answers them.

    Args:
        store: the centre's memory.
        files: where the bytes lie.
        throttle: bounds what one address sends.
        wards: borders to hold places against; None: this centre has none.
        decoder: decodes photos.
    """

    def __init__(
        self,
        store: Store,
        *,
        files: EvidenceStore,
        throttle: Throttle,
        wards: WardMap | None,
        decoder: PhotoDecoder | None = None,
    ) -> None:
        self._store = store
        self._files = files
        self._throttle = throttle
        self._wards = wards
        self._decoder = decoder or PhotoDecoder()

    def take(self, new: NewReport, *, address: str) -> Filed:
        """Take a report in.

        Raises:
            Invalid: no file, too many or too large, or no photo (JPEG, PNG) or video (MP4); or no words.
            TooManyAttempts: the address sends too many.
            TooMuch: too many came today, or too many photos are decoded now.
            StoreUnavailable: nothing was taken.
        """
        kinds = media_types(new)
        self._throttle.begin(f"report:{address}", address)  # each address by itself, never the whole city
        self._require_room()
        report_id = uuid.uuid4()
        rows: list[dict[str, Any]] = []
        try:
            for number, (upload, kind) in enumerate(zip(new.uploads, kinds, strict=True), start=1):
                rows.append(self._keep(report_id, number, upload, kind))
            return self._file(new, report_id, rows)
        except Exception:  # nothing is on record, so nothing stays
            names = [row["name"] for row in rows]
            self._files.discard(str(report_id), [*names, *(f"shown-{name}" for name in names)])
            raise

    def _file(self, new: NewReport, report_id: uuid.UUID, rows: list[dict[str, Any]]) -> Filed:
        """Put a report on record whose files are here."""
        check, ward = self._check_place(rows)
        code = new_code()
        with self._store.write() as work:
            number_of_it = _free_number(work)
            code_sha256 = sha256_text(f"{number_of_it}:{code}")
            values = {
                "report_id": str(report_id),
                "number": number_of_it,
                "code_sha256": code_sha256,
                "received_at": work.now,
                "state": ReportState.RECEIVED.value,
                "changed_at": work.now,
                "version": 1,
                "words": plain(new.words, MAX_WORDS),
                "place": plain(new.place, MAX_LINE),
                "acted_at": new.acted_at,
                "place_check": check.value,
                "ward": ward,
                "note": "",
            }
            work.connection.execute(insert(citizen_reports).values(**values))
            work.connection.execute(insert(citizen_report_files), rows)
            name, contact = plain(new.name, MAX_LINE), plain(new.contact, MAX_LINE)
            if name or contact:
                work.connection.execute(
                    insert(citizen_reporters).values(report_id=str(report_id), name=name, contact=contact)
                )
            hashes = {row["name"]: row["sha256"] for row in rows}
            body = {"number": number_of_it, "files": hashes, "place_check": check.value}
            work.record(_REPORTER, "report_received", body=body | {"report_id": str(report_id)})
        return Filed(number=number_of_it, code=code)

    def state(self, number: str, code: str, *, address: str) -> tuple[ReportState, datetime]:
        """Where a report is, for who sent it.

        Raises:
            Unauthenticated: no report has this number and this code; which is wrong is not told.
            TooManyAttempts: they were tried too often.
        """
        number = "".join(digit for digit in number if digit in "0123456789")[:10]
        code = typed_code(code[:64])[:CODE_LENGTH]
        this = self._throttle.begin(f"report:{number}", address)
        with self._store.read() as connection:
            row = connection.execute(select(citizen_reports).where(citizen_reports.c.number == number)).one_or_none()
        fits = same_secret(f"{number}:{code}", row.code_sha256 if row is not None else _NOBODY_SHA256)
        if row is None or not fits:
            raise Unauthenticated("no report has this number and this code")
        self._throttle.succeeded(this)
        return ReportState(row.state), row.changed_at

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
            work.record(actor, "report_seen", body={"report_id": str(report_id)})
        return _report(row, tuple(_file(each, list(elsewhere)) for each in held))

    def picture(self, actor: Principal, report_id: uuid.UUID, name: str) -> bytes:
        """The shown copy of a photo (JPEG), or a video as it came; looking is on record.

        Raises:
            NotAllowed: the role may not read reports.
            NotFound: there is none, it could not be decoded, or its time is over.
        """
        actor.require(Permission.REPORTS_READ)
        its = (citizen_report_files.c.report_id == str(report_id)) & (citizen_report_files.c.name == name)
        with self._store.write() as work:
            row = work.connection.execute(select(citizen_report_files).where(its)).one_or_none()
            if row is None or row.problem or row.removed_at is not None:
                raise NotFound("there is no such picture")
            work.record(actor, "report_seen", body={"report_id": str(report_id), "file": name})
        shown, size = (f"shown-{name}", row.shown_bytes) if row.shown_bytes else (name, row.size_bytes)
        return b"".join(self._files.read(str(report_id), shown, start_byte=0, end_byte=size))

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
        if state is ReportState.RECEIVED:
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

    def forget_old(self) -> int:
        """Remove the bytes of reports whose time is over, and who sent them; that they came stays.

        Returns:
            How many files.
        """
        now, of = self._store.clock.now(), citizen_reports.c
        over = ((of.state != ReportState.RECEIVED.value) & (of.changed_at < now - KEPT_ANSWERED)) | (
            of.received_at < now - KEPT_UNANSWERED
        )
        files = citizen_report_files.c
        due = select(files.report_id, files.name).join(citizen_reports, of.report_id == files.report_id)
        with self._store.read() as connection:
            rows = connection.execute(due.where(over, files.removed_at.is_(None)).limit(MAX_PAGE)).all()
        for row in rows:
            self._files.discard(row.report_id, [row.name, f"shown-{row.name}"])
            its = (files.report_id == row.report_id) & (files.name == row.name)
            with self._store.write() as work:
                work.connection.execute(update(citizen_report_files).where(its).values(removed_at=work.now))
                work.connection.execute(delete(citizen_reporters).where(citizen_reporters.c.report_id == row.report_id))
        return len(rows)

    def _require_room(self) -> None:
        since = self._store.clock.now() - timedelta(days=1)
        lately = select(func.count()).select_from(citizen_reports).where(citizen_reports.c.received_at > since)
        with self._store.read() as connection:
            if connection.execute(lately).scalar_one() >= MOST_A_DAY:
                raise TooMuch("too many reports came today", retry_after_s=_LATER_S)

    def _keep(self, report_id: uuid.UUID, number: int, upload: Upload, kind: str) -> dict[str, Any]:
        """Put a file where it stays, as it came, and beside it the copy that people are shown."""
        content = upload.content
        is_video = kind == "video/mp4"
        name = f"video-{number}.mp4" if is_video else f"photo-{number}.jpg"
        decoded = None if is_video else self._decoder.decode(content)
        held = {name: content} | ({f"shown-{name}": decoded.shown} if decoded and decoded.shown else {})
        for each, its in held.items():
            self._files.append(str(report_id), each, offset_bytes=0, content=its)
        self._files.publish(str(report_id), list(held))
        return {
            "report_id": str(report_id),
            "name": name,
            "media_type": kind,
            "size_bytes": len(content),
            "shown_bytes": len(decoded.shown) if decoded else 0,
            "sha256": hashlib.sha256(content).hexdigest(),
            "problem": decoded.problem if decoded else "",
            "taken_at": decoded.taken_at if decoded else None,
            "latitude_deg": decoded.latitude_deg if decoded else None,
            "longitude_deg": decoded.longitude_deg if decoded else None,
            "removed_at": None,
        }

    def _check_place(self, rows: Sequence[dict[str, Any]]) -> tuple[PlaceCheck, str]:
        """Hold the places that the photos name against the wards; one that lies elsewhere is said."""
        places = [
            Position(latitude_deg=row["latitude_deg"], longitude_deg=row["longitude_deg"])
            for row in rows
            if row["latitude_deg"] is not None
        ]
        if not places:
            return PlaceCheck.MISSING, ""
        if self._wards is None:
            return PlaceCheck.NO_MAP, ""
        found = [self._wards.find(place) for place in places]
        names = {each.ward.name for each in found if each is not None}
        if None in found or len(names) != 1:
            return PlaceCheck.ELSEWHERE, ""
        return PlaceCheck.IN_WARD, names.pop()


def _row(work: Work, report_id: uuid.UUID) -> Row[Any]:
    asked = select(citizen_reports).where(citizen_reports.c.report_id == str(report_id))
    row = work.connection.execute(locked(asked, work.connection)).one_or_none()
    if row is None:
        raise NotFound(f"there is no report {report_id}")
    return row


def _free_number(work: Work) -> str:
    year = work.now.astimezone(HUE_TIME).year % 100
    while True:
        number = f"{year:02d}{secrets.randbelow(10**8):08d}"
        taken = select(citizen_reports.c.report_id).where(citizen_reports.c.number == number)
        if work.connection.execute(taken).first() is None:
            return number


def _report(row: Row[Any], files: tuple[ReportFile, ...] = ()) -> Report:
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
        files=files,
    )


def _file(row: Row[Any], elsewhere: Sequence[Any]) -> ReportFile:
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
    )
