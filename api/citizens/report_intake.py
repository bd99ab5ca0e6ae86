"""Citizens' reports come in: bounded, hashed as they come, held against the map; their senders see where they are.

Who reports may say who he is; that stands in a table of its own, on no record, in no list, log or export.
"""

import hashlib
import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, func, insert, select

from api.citizens.analyses import wait_for_a_look
from api.citizens.decoding import TOO_LONG, VIDEO, Decoded, UploadDecoder
from api.citizens.reported import (
    MAX_FILES,
    MAX_LINE,
    MAX_VIDEO_S,
    MAX_WORDS,
    Filed,
    NewReport,
    PlaceCheck,
    ReportState,
    Upload,
    media_types,
    plain,
    progress_of,
)
from api.errors import StoreUnavailable, TooMuch, Unauthenticated
from api.evidence_store.port import EvidenceStore
from api.people.secrets_of_accounts import CODE_LENGTH, new_code, same_secret, sha256_text, typed_code
from api.people.throttle import Throttle, line_of
from api.persistence.case_queries import report_with_case
from api.persistence.store import Store, Work
from api.persistence.tables import arriving_reports, citizen_report_files, citizen_reporters, citizen_reports
from api.places.ward_map import WardMap
from api.principals import Principal
from domain.camera import Position
from domain.cases.roles import Role
from domain.cases.states import FINAL_STATES, POLICE_STATES, CaseState
from domain.errors import Invalid
from domain.instants import HUE_TIME

MOST_A_DAY: Final = 500
ARRIVES_WITHIN: Final = timedelta(hours=6)
_REPORTER: Final = Principal(actor="reporter", name="", role=Role.CITIZEN)
_LATER_S: Final = 3600
_KEPT: Final = [name for number in range(1, MAX_FILES + 1) for name in (f"photo-{number}.jpg", f"video-{number}.mp4")]
_NAMES: Final = [*_KEPT, *(f"shown-{name}" for name in _KEPT)]
"""Every name that a file of a report may have as it comes."""
_TIMED: Final = POLICE_STATES | FINAL_STATES
"""Since when a case stands there is told; before, it would tell when somebody looked at it."""
_NOBODY_SHA256: Final = sha256_text("no report has this code")


class ReportIntake:
    """The door of citizens: takes reports in, tells where they are.

    Args:
        store: the centre's memory.
        files: where the bytes lie.
        throttle: bounds what one address sends.
        wards: borders to hold places against; None: this centre has none.
        decoder: takes files apart.
    """

    def __init__(
        self,
        store: Store,
        *,
        files: EvidenceStore,
        throttle: Throttle,
        wards: WardMap | None,
        decoder: UploadDecoder | None = None,
    ) -> None:
        self._store = store
        self._files = files
        self._throttle = throttle
        self._wards = wards
        self._decoder = decoder or UploadDecoder()

    def admit(self, address: str) -> None:
        """Count who sends, before a byte of what is sent is read.

        Args:
            address: where the request came from.

        Raises:
            TooManyAttempts: the address sends too many.
            TooMuch: too many came today.
        """
        sender = f"report:{line_of(address)}"  # each line by itself, never the whole city
        self._throttle.begin(sender, sender)  # and no failure of those who sign in from there
        since = self._store.clock.now() - timedelta(days=1)
        lately = select(func.count()).select_from(citizen_reports).where(citizen_reports.c.received_at > since)
        with self._store.read() as connection:
            if connection.execute(lately).scalar_one() >= MOST_A_DAY:
                raise TooMuch("too many reports came today", retry_after_s=_LATER_S)

    def take(self, new: NewReport) -> Filed:
        """Take a report in, of a sender who was admitted.

        Raises:
            Invalid: no file, too many, too large or too long, or no photo (JPEG, PNG) or video (MP4); or no words.
            TooMuch: too many photos are decoded now.
            StoreUnavailable: nothing was taken, as where it took so long that it was given up.
        """
        kinds = media_types(new)
        report_id = uuid.uuid4()
        rows: list[dict[str, Any]] = []
        with self._store.write() as work:  # before its files: a process that is killed leaves none that nobody knows
            work.connection.execute(insert(arriving_reports).values(report_id=str(report_id), began_at=work.now))
        try:
            for number, (upload, kind) in enumerate(zip(new.uploads, kinds, strict=True), start=1):
                rows.append(self._keep(report_id, number, upload, kind))
            return self._file(new, report_id, rows)
        except Exception:  # it may be on record, where only the answer to the commit was lost: giving up looks first
            self._give_up(str(report_id))
            raise

    def forget_abandoned(self) -> int:
        """Remove the files of reports that never got onto record, since the process that took them in was killed.

        Returns:
            How many.

        Raises:
            StoreUnavailable: the next round goes on.
        """
        before = self._store.clock.now() - ARRIVES_WITHIN
        with self._store.read() as connection:
            old = select(arriving_reports.c.report_id).where(arriving_reports.c.began_at < before)
            ids = connection.execute(old).scalars().all()
        return sum(self._give_up(report_id) for report_id in ids)

    def _give_up(self, report_id: str) -> bool:
        """Remove a report's files, unless it got onto record; whichever comes first shuts the other out."""
        with self._store.write() as work:
            if not _no_longer_arrives(work, report_id):
                return False
            self._files.discard(report_id, _NAMES)  # inside the transaction: if it fails, the report is still known
        return True

    def _file(self, new: NewReport, report_id: uuid.UUID, rows: list[dict[str, Any]]) -> Filed:
        """Put a report on record whose files are here."""
        check, ward = self._check_place(rows)
        code = new_code()
        with self._store.write() as work:
            if not _no_longer_arrives(work, str(report_id)):
                raise StoreUnavailable("the report took too long to come in; send it again")
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
            wait_for_a_look(work, rows)
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
            row = connection.execute(report_with_case(number)).one_or_none()
        fits = same_secret(f"{number}:{code}", row.code_sha256 if row is not None else _NOBODY_SHA256)
        if row is None or not fits:
            raise Unauthenticated("no report has this number and this code")
        self._throttle.succeeded(this)
        case_state = CaseState(row.case_state) if row.case_state else None
        shown = progress_of(ReportState(row.state), case_state)
        return shown, row.entered_at if case_state in _TIMED else row.changed_at

    def _keep(self, report_id: uuid.UUID, number: int, upload: Upload, kind: str) -> dict[str, Any]:
        """Put a file where it stays, as it came, and beside it the copy that people are shown."""
        content = upload.content
        name = f"video-{number}.mp4" if kind == VIDEO else f"photo-{number}.jpg"
        decoded: Decoded = self._decoder.decode(content, kind)
        if decoded.problem == TOO_LONG:
            raise Invalid(f"a video is of at most {MAX_VIDEO_S} seconds")
        held = {name: content} | ({f"shown-{name}": decoded.shown} if decoded.shown else {})
        for each, its in held.items():
            self._files.append(str(report_id), each, offset_bytes=0, content=its)
        self._files.publish(str(report_id), list(held))
        return {
            "report_id": str(report_id),
            "name": name,
            "media_type": kind,
            "size_bytes": len(content),
            "shown_bytes": len(decoded.shown),
            "sha256": hashlib.sha256(content).hexdigest(),
            "problem": decoded.problem,
            "taken_at": decoded.taken_at,
            "latitude_deg": decoded.latitude_deg,
            "longitude_deg": decoded.longitude_deg,
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


def _no_longer_arrives(work: Work, report_id: str) -> bool:
    """End a report's coming in; False: it has ended already."""
    its = arriving_reports.c.report_id == report_id
    return work.connection.execute(delete(arriving_reports).where(its)).rowcount == 1


def _free_number(work: Work) -> str:
    year = work.now.astimezone(HUE_TIME).year % 100
    while True:
        number = f"{year:02d}{secrets.randbelow(10**8):08d}"
        taken = select(citizen_reports.c.report_id).where(citizen_reports.c.number == number)
        if work.connection.execute(taken).first() is None:
            return number
