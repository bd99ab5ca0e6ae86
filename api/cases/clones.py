"""One clip, two acts: a person clones a case for the other vehicle or the other offence that its evidence shows.

The clone has an id, a subject, an offence and a life of its own, and shares the originals byte for byte. With them it
holds what the box signed of the first case, so that its signature over the same files can be checked.
"""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Row

from api.cases.blind import CLONED
from api.cases.case_rows import StoredCase, case_after, load_case, lock_case, shown_version, stored_case
from api.cases.centre_cases import CentreCases
from api.cases.clone_files import CloneFiles, originals_of, received_of
from api.cases.told_overlay import OtherVehicle
from api.errors import StaleVersion
from api.persistence.case_queries import case_row, whole_case
from api.persistence.store import Store
from api.principals import Permission, Principal
from domain.cases.case import Case, CaseMoment, CaseSubject, Origin, Provenance, case_id
from domain.cases.entries import CENTRE, Entry
from domain.cases.evidence import CaseMessage
from domain.cases.shown_acts import measured, moments_of
from domain.cases.states import CaseState
from domain.cases.violations import violation_of
from domain.errors import CatalogueError, Conflict, Invalid, NotFound
from domain.fleet.version import software_version
from domain.law.catalogue import built_in_catalogue
from domain.plates.reading import NOT_READ

RULE: Final = "CLONE"
SAME_SUBJECT: Final = 1
_GONE: Final = frozenset({CaseState.AUTO_DISCARDED, CaseState.EXPIRED, CaseState.DUPLICATE})
_LABELS: Final[Mapping[str, str]] = {"motorbike": "motorcycle"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondAct:
    """What else the evidence of a case shows, as a person says."""

    offence_code: str
    vehicle_kind: str
    subject: int  # 1: the vehicle of the case; 2 and more: the second, the third in its clip
    moments: Mapping[str, str]  # by the name of each decisive moment: the full still that shows it
    note: str
    track_id: int | None = None  # that shows another vehicle, in the box's overlay; None: on copies its plate is hidden


class Clones:
    """Makes clones.

    Args:
        store: the centre's memory.
        files: puts a clone's files together.
        centre_cases: signs a clone and puts it on record.
    """

    def __init__(self, store: Store, files: CloneFiles, centre_cases: CentreCases) -> None:
        self._store = store
        self._files = files
        self._cases = centre_cases

    def make(self, actor: Principal, case_id_: uuid.UUID, act: SecondAct, *, expected_version: int) -> StoredCase:
        """Make a case of a second act in the evidence of one; asked again, the clone that there is.

        What was measured of the first act is not carried over: what the second act's offence asks for and nothing
        shows keeps it from being confirmed, by name.

        Args:
            actor: an operator or supervisor.
            case_id_: whose evidence shows it.
            act: what is shown.
            expected_version: of that case, as it was looked at.

        Raises:
            NotAllowed: the role may not decide.
            NotFound: there is no such case for the caller.
            StaleVersion: it changed since it was looked at.
            Invalid: it is the act of the case itself, no row of the catalogue, or the moments are not the offence's.
            Conflict: the case has ended, lacks files, was not signed by a known box, or is a clone; or the centre has
                no key; or the first vehicle cannot be hidden in the copies.
            EvidenceLost, StoreUnavailable: its files cannot be had; nothing was changed.
            TooMuch: pictures of other clones are being written.
        """
        actor.require(Permission.CASES_DECIDE)
        if not any(letter.isalnum() for letter in act.note):
            raise Invalid("say in the note what else the evidence shows")
        with self._store.database.exclusive(f"clone:{case_id_}"):
            with self._store.read() as connection:
                row = connection.execute(whole_case(str(case_id_))).one_or_none()
                if row is None or not actor.sees_case(row):
                    raise NotFound(f"there is no case {case_id_}")
                self._cases.require_key()
                source = stored_case(row)
                case = _clone_of(source, act)
                if connection.execute(case_row(str(case.case_id))).one_or_none() is not None:
                    return load_case(connection, case.case_id, actor)
            _require_whole(row, source)
            same = act.subject == SAME_SUBJECT
            shared, remarks = self._files.of(source, case, same_subject=same, moments=act.moments)
            gaps = source.manifest.gaps
            beside = received_of(source)
            with self._cases.making(case, shared, remarks=remarks, gaps=gaps, received=beside) as message:
                return self._put(actor, source, message, note=act.note, expected_version=expected_version)

    def vehicles(self, actor: Principal, case_id_: uuid.UUID) -> tuple[OtherVehicle, ...]:
        """Cars and motorcycles that the box saw in the clips of a case beside its own, in order of time.

        Raises:
            NotAllowed, NotFound: as for ``make``.
            Conflict: what the box told cannot be read.
            EvidenceLost, StoreUnavailable: it cannot be had.
        """
        actor.require(Permission.CASES_DECIDE)
        with self._store.read() as connection:
            source = load_case(connection, case_id_, actor)
        return self._files.vehicles(source)

    def _put(
        self, actor: Principal, source: StoredCase, message: CaseMessage, *, note: str, expected_version: int
    ) -> StoredCase:
        case = message.case
        with self._store.write() as work:
            row = lock_case(work, source.case_id, actor)
            if shown_version(work.connection, row, actor) != expected_version:
                raise StaleVersion("the case changed since you looked at it")
            _require_whole(row, source)
            body: dict[str, Any] = {"clone_id": str(case.case_id), "code": case.violation.code, "note": note}
            work.record(actor, CLONED, case_id=row.case_id, body=body | {"subject": case.subject.key})
            self._cases.put(work, message, actor=actor, but=row.case_id)
            return case_after(work, case.case_id, actor)


def is_cloneable(stored: StoredCase) -> bool:
    """Whether a second act can be taken out of a case's evidence now, as far as its state tells."""
    whole = stored.integrity == "valid" and not stored.files_missing
    return not _is_clone(stored.case) and not stored.shadow and stored.state not in _GONE and whole


def _require_whole(row: Row[Any], source: StoredCase) -> None:
    if _is_clone(source.case):
        raise Conflict("a clone is not cloned: take the act out of the first case")
    if row.shadow or CaseState(row.state) in _GONE:
        raise Conflict("a case that ended, or is only measured, is not cloned")
    if row.files_missing or row.integrity != "valid":
        raise Conflict("a case is cloned while all its files are here and its signature is known")


def _is_clone(case: Case) -> bool:
    return case.origin is not None and case.origin.entry == Entry.CLONE.value


def _clone_of(source: StoredCase, act: SecondAct) -> Case:
    """The document of a clone."""
    case, catalogue = source.case, built_in_catalogue()
    if act.subject == SAME_SUBJECT and act.offence_code == case.violation.code:
        raise Invalid("that is the act of the case itself: name another vehicle or another offence")
    if act.subject == SAME_SUBJECT and act.vehicle_kind != case.subject.vehicle_kind:
        raise Invalid("the vehicle of the case is of another kind")
    try:
        law = catalogue.row_for(act.offence_code, act.vehicle_kind, case.began_at)
    except CatalogueError as error:
        raise Invalid("the catalogue has no such offence of such a vehicle on that day") from error
    if act.track_id is not None and (act.subject == SAME_SUBJECT or case.origin is not None):
        raise Invalid("a track is named of another vehicle that a box saw")
    key = f"clone:{source.case_id}:{act.offence_code}:{act.subject}"
    named = _moments(source, act)
    own_id = case_id(box_id=CENTRE, camera_id=case.site.camera_id, rule=RULE, subject_key=key, began_at=case.began_at)
    same = act.subject == SAME_SUBJECT
    return Case.model_validate(
        dict(case)
        | {
            "case_id": own_id,
            "box_id": CENTRE,
            "violation": violation_of(law, catalogue),
            "subject": CaseSubject(
                key=key,
                label=case.subject.label if same else _LABELS.get(act.vehicle_kind, act.vehicle_kind),
                label_share=case.subject.label_share if same else 1.0,
                vehicle_kind=act.vehicle_kind,
                track_ids=case.subject.track_ids if same else () if act.track_id is None else (act.track_id,),
            ),
            "moments": named or case.moments,
            "measurements": measured(act.offence_code, len(set(act.moments.values()))),
            "plate": case.plate if same else NOT_READ,
            "provenance": Provenance(
                software_version=software_version(),
                rule=RULE,
                rule_version="1",
                rule_parameters={},
                camera_config_version=case.provenance.camera_config_version,
                camera_config_sha256=case.provenance.camera_config_sha256,
                detector=case.provenance.detector,
                tracker=case.provenance.tracker,
            ),
            "origin": Origin(entry=Entry.CLONE.value, source_id=source.case_id, source_sha256=source.message_sha256),
        }
    )


def _moments(source: StoredCase, act: SecondAct) -> tuple[CaseMoment, ...]:
    """The decisive moments that a person named, in their order; none of an offence that pictures alone do not show."""
    wanted = moments_of(act.offence_code)
    if set(act.moments) != set(wanted):
        raise Invalid(f"the moments of this offence are {', '.join(wanted) or 'those of the case'}")
    stills = {file.name: file.at for file in originals_of(source.manifest.files) if file.at is not None}
    unknown = sorted(set(act.moments.values()) - stills.keys())
    if unknown:
        raise Invalid(f"the case has no full still {unknown[0]}")
    instants = [stills[act.moments[name]] for name in wanted]
    if instants != sorted(set(instants)):
        raise Invalid("the pictures of the moments follow one another")
    width, height = source.case.resolution_wh
    whole = (0.0, 0.0, float(width), float(height))
    return tuple(CaseMoment(name=name, at=at, box_xyxy_px=whole) for name, at in zip(wanted, instants, strict=True))
