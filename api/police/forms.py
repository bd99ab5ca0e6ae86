"""Forms 02, 03 and 04 of a case as the police fill them in, with all that the centre knows of it and nothing else.

02 is the notice to the owner. 03 sends the case to another unit, 04 tells the unit that found it how it ended. What the
centre does not know (who owns the vehicle, who signs) stays an empty line: it is never guessed. Of Circular 73/2024
the centre holds the numbers and what they are for, not the printed layout: see docs/adr/0140.
"""

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, Final

from pydantic import BaseModel, ConfigDict
from sqlalchemy import Connection, Row, select

from api.cases.case_rows import StoredCase, stored_case
from api.cases.view_log import ViewLog
from api.persistence.case_queries import whole_case
from api.persistence.ledger import body_of
from api.persistence.store import Store
from api.persistence.tables import events, notices
from api.police.rows import is_with
from api.principals import Permission, Principal
from domain.cases.states import NOTICED_STATES, POLICE_STATES, REFERRED_STATES, Action, CaseState
from domain.cases.words import KIND_WORDS, STATE_WORDS, Words
from domain.errors import Conflict, NotFound
from domain.instants import HUE_TIME, Instant
from domain.law.rejection import rejection_reasons

LAW: Final = "Thông tư 73/2024/TT-BCA"


class Form(StrEnum):
    """Which form."""

    NOTICE = "02"
    REFERRAL = "03"
    OUTCOME = "04"


TITLES: Final[Mapping[Form, Words]] = {
    Form.NOTICE: Words("Thông báo vi phạm", "Notice of a violation"),
    Form.REFERRAL: Words("Phiếu chuyển vụ việc", "Referral of a case"),
    Form.OUTCOME: Words("Thông báo kết quả giải quyết", "Outcome of a case"),
}
_REFERABLE: Final = frozenset(
    {
        CaseState.VERIFYING,
        CaseState.VERIFICATION_EXTENDED,
        CaseState.REFERRED_COMMUNE,
        CaseState.REFERRED_WARD_PC,
    }
)
_ENDED: Final = frozenset(
    {
        CaseState.DECISION_ISSUED,
        CaseState.PAID,
        CaseState.ENFORCED,
        CaseState.SETTLED,
        CaseState.PROCESSED,
        CaseState.POLICE_REJECTED,
        CaseState.CANCELLED,
        CaseState.EXPIRED,
    }
)
OPEN_IN: Final[Mapping[Form, frozenset[CaseState]]] = {
    Form.NOTICE: NOTICED_STATES | {CaseState.OWNER_IDENTIFIED},
    Form.REFERRAL: _REFERABLE,
    Form.OUTCOME: _ENDED,
}
"""Where a case stands when its form can be made."""
_KNOWN: Final = POLICE_STATES | {CaseState.CANCELLED, CaseState.EXPIRED}


class FormField(BaseModel):
    """One line of a form."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    key: str
    label_vi: str
    label_en: str
    value: str | None  # None: the centre does not know it; the police fill it in


class FormDocument(BaseModel):
    """A form of a case, line by line."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    form: Form
    title_vi: str
    title_en: str
    law: str
    case_id: uuid.UUID
    state: str
    as_of: Instant  # since when the case stands there; the form's own date
    fields: tuple[FormField, ...]


class Forms:
    """Fills in forms of cases that an organisation holds.

    Args:
        store: the centre's memory.
        views: notes who opened what.
        public_url: what citizens call the centre; None where it has no such address.
    """

    def __init__(self, store: Store, views: ViewLog, *, public_url: str | None) -> None:
        self._store = store
        self._views = views
        self._public_url = public_url

    def fill(self, actor: Principal, case_id: uuid.UUID, form: Form, *, code: str | None = None) -> FormDocument:
        """A form as it stands now; looking is noted in the record.

        Args:
            actor: of the police.
            case_id: of a case with the caller's organisation.
            form: which.
            code: that was just made, to be printed on the notice; it is kept nowhere.

        Raises:
            NotFound: the case is not with the caller's organisation.
            Conflict: the form is not open where the case stands.
        """
        actor.require(Permission.QUEUE_USE)
        with self._store.read() as connection:
            row = connection.execute(whole_case(str(case_id))).one_or_none()
            known = row is not None and row.state in _KNOWN
            if (
                row is None
                or not known
                or not (is_with(row, actor, self._store.clock.now()) or _referred_by(connection, row, actor))
            ):
                raise NotFound(f"the case {case_id} is not with you")
            stored = stored_case(row)
            held = connection.execute(select(notices).where(notices.c.case_id == str(case_id))).one_or_none()
            steps = connection.execute(
                select(events).where(events.c.case_id == str(case_id)).order_by(events.c.seq)
            ).all()
        if stored.state not in OPEN_IN[form]:
            where = ", ".join(sorted(OPEN_IN[form]))
            raise Conflict(f"form {form} is made where a case is one of {where}; this one is {stored.state}")
        self._views.note(actor, str(case_id), f"form-{form}")
        if form is Form.NOTICE:
            lines = _notice(stored, held, code, self._public_url)
        else:
            lines = _referral(stored, steps) if form is Form.REFERRAL else _outcome(stored, held, steps)
        return FormDocument(
            form=form,
            title_vi=TITLES[form].vi,
            title_en=TITLES[form].en,
            law=LAW,
            case_id=case_id,
            state=stored.state,
            as_of=stored.entered_at,
            fields=tuple(lines),
        )


def _referred_by(connection: Connection, row: Row[Any], actor: Principal) -> bool:
    """Whether the caller's organisation referred a case that the next unit has not pulled yet: it makes its form 03."""
    if row.state not in REFERRED_STATES or row.lease_holder is not None:
        return False
    referred = events.c.action.in_([Action.REFER_COMMUNE.value, Action.REFER_WARD_PC.value])
    newest = select(events).where(events.c.case_id == row.case_id, referred).order_by(events.c.seq.desc()).limit(1)
    event = connection.execute(newest).one_or_none()
    return event is not None and body_of(event).get("holder") == actor.holder


def _line(key: str, vi: str, en: str, value: str | None) -> FormField:
    return FormField(key=key, label_vi=vi, label_en=en, value=value or None)


def act_lines(stored: StoredCase) -> Iterator[FormField]:
    """What every form says of the act."""
    case, site = stored.case, stored.case.site
    plate, kind = case.plate, KIND_WORDS.get(case.subject.vehicle_kind)
    yield _line("vehicle", "Loại phương tiện", "Kind of vehicle", kind.vi if kind else case.subject.vehicle_kind)
    yield _line("plate", "Biển số", "Plate", stored.plate_by_hand or (plate.text if plate.status == "agreed" else None))
    yield _line("plate_colour", "Màu biển số (theo ảnh)", "Colour of the plate (as seen)", plate.colour)
    yield _line("act", "Hành vi vi phạm", "Act", stored.name_vi)
    yield _line("legal_ref", "Điều khoản", "Legal basis", case.violation.legal_ref)
    yield _line("when", "Thời gian", "When", f"{_local(case.began_at)} – {_local(case.ended_at)}")
    yield _line("where", "Địa điểm", "Where", stored.where)
    device = " · ".join(part for part in (site.camera_name, site.camera_serial, site.camera_owner) if part)
    yield _line("device", "Thiết bị ghi nhận", "Recorded by", device)
    yield _line("instruments", "Biển báo, vạch, văn bản", "Signs, markings, instruments", "; ".join(site.instruments))
    yield _line("case_id", "Mã hồ sơ tại trung tâm", "Case at the centre", str(stored.case_id))


def _person() -> Iterator[FormField]:
    yield _line("owner_name", "Chủ phương tiện", "Owner", None)
    yield _line("owner_address", "Địa chỉ", "Address", None)


def _signer() -> Iterator[FormField]:
    yield _line("office", "Cơ quan lập", "Made by", None)
    yield _line("signed_by", "Người ký (cấp bậc, họ tên)", "Signed by (rank, name)", None)


def _notice(stored: StoredCase, held: Row[Any] | None, code: str | None, public_url: str | None) -> Iterator[FormField]:
    yield _line("number", "Số thông báo", "Number of the notice", held.number if held else None)
    yield from _person()
    yield from act_lines(stored)
    yield _line("appear_at", "Nơi đến giải quyết", "Where to appear", None)
    yield _line("appear_until", "Hạn đến giải quyết", "Appear by", None)
    address = None if public_url is None else f"{public_url.rstrip('/')}/cong-dan/vu-viec"
    yield _line("look_up", "Xem hình ảnh và phản đối tại", "See the pictures and object at", address)
    yield _line("code", "Mã tra cứu", "Code", None if code is None else f"{code[:4]}-{code[4:8]}-{code[8:]}")
    yield from _signer()


def _referral(stored: StoredCase, steps: Sequence[Row[Any]]) -> Iterator[FormField]:
    yield _line("from_office", "Cơ quan chuyển", "Referred by", None)
    yield _line("to_office", "Cơ quan nhận", "Referred to", _receiver(stored.state))
    yield from _person()
    yield from act_lines(stored)
    receipt = next((body_of(step) for step in reversed(steps) if step.action == Action.ACKNOWLEDGE), {})
    yield _line("package_sha256", "Mã băm gói chứng cứ", "Hash of the package", receipt.get("package_sha256"))
    yield _line("files", "Số tệp kèm theo", "Files enclosed", str(len(stored.manifest.files)))
    yield _line("referred_at", "Ngày chuyển", "Referred on", _when(steps, Action.REFER_COMMUNE, Action.REFER_WARD_PC))
    yield from _signer()


def _outcome(stored: StoredCase, held: Row[Any] | None, steps: Sequence[Row[Any]]) -> Iterator[FormField]:
    yield _line("number", "Số thông báo", "Number of the notice", held.number if held else None)
    yield from act_lines(stored)
    yield _line("outcome", "Kết quả", "Outcome", STATE_WORDS[stored.state].vi)
    last = next((body_of(step) for step in reversed(steps) if body_of(step).get("state") == stored.state), {})
    reason = rejection_reasons().get(last.get("reason_code") or "")
    yield _line("reason", "Lý do", "Reason", reason.vi if reason else None)
    yield _line("objected_at", "Phản đối ngày", "Objection of", _when(steps, Action.OBJECT, Action.CONTEST))
    yield _line("decided_at", "Ngày ra quyết định", "Decision of", _when(steps, Action.ISSUE_DECISION))
    yield _line("decision_number", "Số quyết định", "Number of the decision", None)
    yield _line("ended_at", "Ngày kết thúc", "Ended on", _local(stored.entered_at))
    yield _line("warning_lifted", "Gỡ cảnh báo đăng kiểm", "Warning lifted", _when(steps, Action.SETTLE))
    yield from _signer()


def _receiver(state: CaseState) -> str | None:
    receivers = {
        CaseState.REFERRED_COMMUNE: "Công an phường, xã",
        CaseState.REFERRED_WARD_PC: "Ủy ban nhân dân phường, xã",
    }
    return receivers.get(state)


def _when(steps: Sequence[Row[Any]], *actions: Action) -> str | None:
    found = [step.at for step in steps if step.action in actions]
    return _local(found[-1]) if found else None


def _local(instant: datetime) -> str:
    return instant.astimezone(HUE_TIME).strftime("%H:%M:%S %d/%m/%Y")
