"""An accepted report becomes a case: an operator says what its pictures show; the case is reviewed like any other.

Who reported is in no case, package or event. What leaves the centre is the copy of each file without sound and
metadata, which could tell; the file as it came stays beside it, named by its hash in the signed manifest.
"""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Row, select, update

from api.cases.case_rows import locked
from api.cases.centre_cases import CentreCases, SharedFile, new_document
from api.citizens.analyses import analysis_of, film_name, picture_name
from api.citizens.decoding import VIDEO
from api.citizens.reported import MAX_WORDS, ReportState, plain
from api.errors import StaleVersion
from api.evidence_store.port import EvidenceStore
from api.persistence.store import Store
from api.persistence.tables import citizen_report_files, citizen_reports, report_analyses
from api.principals import Permission, Principal
from domain.camera import Mode, Position
from domain.cases.case import Case, CaseMoment, CaseSubject, Origin, Provenance, Site, case_id
from domain.cases.entries import CENTRE, Entry
from domain.cases.evidence import BLURRED_PREFIX, OVERLAY_FILE, CaseMessage, EvidenceFile, FileRole
from domain.cases.shown_acts import CLOCK_WITHIN, clock_error_ms, measured, moments_of
from domain.cases.violations import violation_of
from domain.errors import CatalogueError, Conflict, Invalid, NotFound
from domain.fleet.version import software_version
from domain.instants import truncate_to_ms
from domain.law.catalogue import built_in_catalogue
from domain.plates.by_hand import VEHICLES_WITH_PLATES
from domain.report_analysis import AnalysedPicture, ReportFindings

ACTED_WITHIN: Final = timedelta(days=366)
"""Before the report came: of what is older no decision is taken any more."""
CAMERA: Final = "citizens"
RULE: Final = "CITIZEN_REPORT"
NO_FILM: Final = " has no blurred copy: the worker made none"
_ANSWERABLE = frozenset({ReportState.RECEIVED, ReportState.ACCEPTED})
_LABELS: Final[Mapping[str, str]] = {"motorbike": "motorcycle"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedAct:
    """What an operator says that a report shows."""

    offence_code: str
    vehicle_kind: str
    acted_at: datetime  # at the first of the named pictures, as he reads it
    road: str
    ward: str
    direction: str
    position: Position
    instrument: str  # the sign, marking or order that held there
    moments: Mapping[str, str]  # by the name of each decisive moment: the picture that shows it
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Picture:
    """A picture of a report's file."""

    row: Row[Any]  # of the file
    name: str
    seen: AnalysedPicture
    findings: ReportFindings


class ReportCases:
    """Makes cases of reports.

    Args:
        store: the centre's memory.
        files: where the bytes lie.
        centre_cases: signs the case and puts it on record.
    """

    def __init__(self, store: Store, files: EvidenceStore, centre_cases: CentreCases) -> None:
        self._store = store
        self._files = files
        self._cases = centre_cases

    def make(self, actor: Principal, report_id: uuid.UUID, act: ReportedAct, *, expected_version: int) -> uuid.UUID:
        """Accept a report, and make a case of it.

        What the offence asks for and the report does not show keeps the case from being confirmed, by name.

        Args:
            actor: an operator.
            report_id: of a report that waits, or was accepted without a case.
            act: what it shows.
            expected_version: that the operator saw.

        Returns:
            The id of the case.

        Raises:
            NotAllowed, NotFound: not this role's, or no such report.
            Invalid: pictures alone do not show the offence, the moments are not its, a picture is not the report's, or
                not of the video that shows the others; or the act does not lie in the year before the report came.
            StaleVersion: the report was changed meanwhile.
            Conflict: it has a case or another answer already, no worker has looked at its files, or the centre has no
                key.
            EvidenceLost, StoreUnavailable: its files cannot be had; nothing was changed.
        """
        actor.require(Permission.REPORTS_ANSWER)
        self._cases.require_key()
        if not any(letter.isalnum() for letter in act.note):
            raise Invalid("say in the note what is seen, or why it cannot be used")
        _check_moments(act)
        with self._store.database.exclusive(f"report:{report_id}"):
            report, pictures = self._read(report_id)
            _require_open(report, expected_version)
            _check_time(act.acted_at, report.received_at)
            named = _named(act, pictures)
            started_at = truncate_to_ms(act.acted_at - timedelta(seconds=named[0][1].seen.offset_s))
            case = _case(report, act, named, started_at)
            shared, remarks = self._shared(report, case, named, pictures, started_at)
            received = {name: (report.report_id, name) for name in _files_of(pictures)}
            with self._cases.making(case, shared, remarks=remarks, received=received) as message:
                self._put(actor, act, message, expected_version=expected_version)
        return case.case_id

    def _put(self, actor: Principal, act: ReportedAct, message: CaseMessage, *, expected_version: int) -> None:
        case = message.case
        report_id = case.origin.source_id if case.origin else None
        its = citizen_reports.c.report_id == str(report_id)
        with self._store.write() as work:
            row = work.connection.execute(locked(select(citizen_reports).where(its), work.connection)).one()
            _require_open(row, expected_version)
            self._cases.put(work, message, actor=actor)
            values = {"state": ReportState.ACCEPTED.value, "changed_at": work.now, "version": row.version + 1}
            values |= {"offence_code": act.offence_code, "note": plain(act.note, MAX_WORDS)}
            work.connection.execute(update(citizen_reports).where(its).values(case_id=str(case.case_id), **values))
            body = {"report_id": str(report_id), "state": ReportState.ACCEPTED.value, "case_id": str(case.case_id)}
            work.record(actor, "report_answered", body=body | {"offence_code": act.offence_code})

    def _read(self, report_id: uuid.UUID) -> tuple[Row[Any], dict[str, _Picture]]:
        """A report, and its pictures by name."""
        files, looks = citizen_report_files, report_analyses
        with self._store.read() as connection:
            its = select(citizen_reports).where(citizen_reports.c.report_id == str(report_id))
            report = connection.execute(its).one_or_none()
            held = select(files).where(files.c.report_id == str(report_id)).order_by(files.c.name)
            seen = select(looks).where(looks.c.report_id == str(report_id))
            rows = connection.execute(held).all()
            analyses = {row.name: analysis_of(row) for row in connection.execute(seen)}
        if report is None:
            raise NotFound(f"there is no report {report_id}")
        found: dict[str, _Picture] = {}
        for row in rows:
            look = analyses.get(row.name)
            if row.problem or row.removed_at is not None or look is None or look.findings is None:
                continue
            for number, picture in enumerate(look.findings.pictures, start=1):
                name = picture_name(row.name, number)
                found[name] = _Picture(row=row, name=name, seen=picture, findings=look.findings)
        if not found:
            raise Conflict("no worker has looked at the files of this report: a case needs their pictures")
        return report, found

    def _shared(
        self,
        report: Row[Any],
        case: Case,
        named: Sequence[tuple[str, _Picture]],
        pictures: Mapping[str, _Picture],
        started_at: datetime,
    ) -> tuple[list[SharedFile], tuple[str, ...]]:
        """The package's files, and what must be known of them."""
        moment_of = {picture.name: moment for moment, picture in named}
        timed = {picture.row.name for _, picture in named}  # of other files nobody has read a time
        shared, remarks = [], []
        for name, row in _files_of(pictures).items():
            of_file = [each for each in pictures.values() if each.row.name == name]
            is_video = row.media_type == VIDEO
            began_at = started_at if name in timed else None
            ended_at = started_at + timedelta(seconds=max(each.seen.offset_s for each in of_file))
            file = EvidenceFile(
                name=name,
                role=FileRole.CLIP if is_video else FileRole.STILL_FULL,
                media_type=row.media_type if is_video else "image/jpeg",
                size_bytes=row.shown_bytes,
                sha256=self._files.sha256(report.report_id, f"shown-{name}"),
                started_at=began_at if is_video else None,
                ended_at=truncate_to_ms(ended_at) if is_video and began_at else None,
            )
            shared.append(SharedFile(file=file, source=(report.report_id, f"shown-{name}")))
            remarks.append(
                f"{name} is a citizen's file without sound and metadata; as it came it has SHA-256 {row.sha256} and"
                " stays at the centre; nobody verified its clock and place"
            )
            copy = self._film(report, file) if is_video else None
            if copy is not None:
                shared.append(copy)
            elif is_video:
                remarks.append(f"{name}{NO_FILM}")
            shared += [self._still(report, each, moment_of.get(each.name), began_at) for each in of_file]
        shared.append(new_document(OVERLAY_FILE, FileRole.OVERLAY, _overlay(case, [each.file for each in shared])))
        return shared, tuple(remarks)

    def _film(self, report: Row[Any], video: EvidenceFile) -> SharedFile | None:
        """A video's copy with heads and plates hidden; None: the worker made none."""
        name = film_name(video.name)
        size = self._files.held_bytes(report.report_id, name)
        if not size:
            return None
        hashed = {"size_bytes": size, "sha256": self._files.sha256(report.report_id, name), "clip": video.name}
        copy = {"name": f"{BLURRED_PREFIX}{video.name}", "role": FileRole.CLIP_BLURRED, "media_type": VIDEO}
        return SharedFile(file=video.model_copy(update=copy | hashed), source=(report.report_id, name))

    def _still(
        self, report: Row[Any], picture: _Picture, moment: str | None, started_at: datetime | None
    ) -> SharedFile:
        is_video = picture.row.media_type == VIDEO
        file = EvidenceFile(
            name=picture.name,
            role=FileRole.STILL_FULL_BLURRED,
            media_type="image/jpeg",
            size_bytes=self._files.held_bytes(report.report_id, picture.name),
            sha256=self._files.sha256(report.report_id, picture.name),
            clip=picture.row.name if is_video else None,
            moment=moment,
            at=_at(picture, started_at) if started_at else None,
        )
        return SharedFile(file=file, source=(report.report_id, picture.name))


def _overlay(case: Case, files: Sequence[EvidenceFile]) -> dict[str, Any]:
    """Nothing is drawn over a stranger's film and nothing masked; players show none of which that is not told."""
    return {
        "schema_version": "1.1",
        "case_id": str(case.case_id),
        "resolution_wh": list(case.resolution_wh),
        "clips": [{"name": file.name, "frames": []} for file in files if file.role is FileRole.CLIP],
        "lines": [],
        "zones": [],
        "signals": [],
        "masks": [],
        "moments": [],
    }


def _require_open(report: Row[Any], expected_version: int) -> None:
    if report.case_id is not None:
        raise Conflict("a case was made of this report already")
    if report.version != expected_version:
        raise StaleVersion("the report was changed meanwhile; look again")
    if report.state not in _ANSWERABLE:
        raise Conflict("the report was answered already")


def _check_time(acted_at: datetime, received_at: datetime) -> None:
    if not received_at - ACTED_WITHIN <= acted_at <= received_at + CLOCK_WITHIN:
        raise Invalid("the act lies in the year before the report came")


def _check_moments(act: ReportedAct) -> None:
    wanted = moments_of(act.offence_code)
    if not wanted:
        raise Invalid(f"pictures of a citizen alone do not show {act.offence_code}: no case can be made of them")
    if act.vehicle_kind not in VEHICLES_WITH_PLATES:
        raise Invalid("the vehicle is a car or a motorbike")
    if set(act.moments) != set(wanted):
        raise Invalid(f"the moments of this offence are {', '.join(wanted)}")


def _named(act: ReportedAct, pictures: Mapping[str, _Picture]) -> list[tuple[str, _Picture]]:
    """The decisive moments in their order, with the pictures that show them: of one file, one after another."""
    unknown = sorted(set(act.moments.values()) - pictures.keys())
    if unknown:
        raise Invalid(f"the report has no picture {unknown[0]}")
    named = [(moment, pictures[act.moments[moment]]) for moment in moments_of(act.offence_code)]
    offsets = [picture.seen.offset_s for _, picture in named]
    has_video = any(picture.row.media_type == VIDEO for _, picture in named)
    if has_video and len({picture.row.name for _, picture in named}) > 1:
        raise Invalid("the pictures of the moments are of one video: two files have two clocks")
    if has_video and (offsets != sorted(offsets) or len(set(offsets)) != len(offsets)):
        raise Invalid("the pictures of the moments follow one another")
    return named


def _at(picture: _Picture, started_at: datetime) -> datetime:
    return truncate_to_ms(started_at + timedelta(seconds=picture.seen.offset_s))


def _files_of(pictures: Mapping[str, _Picture]) -> dict[str, Row[Any]]:
    return {each.row.name: each.row for each in pictures.values()}


def _case(report: Row[Any], act: ReportedAct, named: Sequence[tuple[str, _Picture]], started_at: datetime) -> Case:
    catalogue = built_in_catalogue()
    try:
        law = catalogue.row_for(act.offence_code, act.vehicle_kind, act.acted_at)
    except CatalogueError as error:
        raise Invalid("the catalogue has no such offence of such a vehicle on that day") from error
    key, began_at = f"report:{report.report_id}", _at(named[0][1], started_at)
    first = named[0][1]
    width, height = first.seen.resolution_wh
    different = {picture.name for _, picture in named}
    return Case(
        case_id=case_id(box_id=CENTRE, camera_id=CAMERA, rule=RULE, subject_key=key, began_at=began_at),
        box_id=CENTRE,
        mode=Mode.ENFORCE,
        violation=violation_of(law, catalogue),
        site=Site(
            camera_id=CAMERA,
            camera_name="Phản ánh của người dân",
            road=act.road,
            ward=act.ward,
            direction=act.direction,
            position=act.position,
            heading_deg=0.0,
            legal_class="supplied_by_citizen",
            zone_ids=(),
            instruments=(act.instrument,) if act.instrument else (),
        ),
        began_at=began_at,
        ended_at=_at(named[-1][1], started_at),
        clock_error_ms=clock_error_ms(started_at, file_says=first.row.taken_at, received_at=report.received_at),
        subject=CaseSubject(
            key=key,
            label=_LABELS.get(act.vehicle_kind, act.vehicle_kind),
            label_share=1.0,
            vehicle_kind=act.vehicle_kind,
            track_ids=(),
        ),
        moments=tuple(
            CaseMoment(name=moment, at=_at(picture, started_at), box_xyxy_px=(0.0, 0.0, width, height))
            for moment, picture in named
        ),
        resolution_wh=(width, height),
        measurements=measured(act.offence_code, len(different)),
        provenance=Provenance(
            software_version=software_version(),
            rule=RULE,
            rule_version="1",
            rule_parameters={},
            camera_config_version=0,
            camera_config_sha256="",
            detector=first.findings.models[0] if first.findings.models else None,
            tracker="none",
        ),
        origin=Origin(entry=Entry.REPORT.value, source_id=uuid.UUID(report.report_id), source_sha256=first.row.sha256),
    )
