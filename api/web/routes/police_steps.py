"""What the police tell of cases that they hold, and what they hold."""

import uuid
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Query, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.centre import Centre
from api.errors import StoreUnavailable
from api.police.documents import HeldCases, IssuedNotice, OpenedCase, Outcome, PoliceCaseState, Receipt, Waiting
from api.police.form_pdf import form_pdf
from api.police.forms import Form, FormDocument
from api.police.steps import MAX_PAGE, Told
from api.principals import Permission, Principal
from api.web.documents import Document
from api.web.fields import CaseIdPath, FileNamePath, Note, ReasonCode, Sha256
from api.web.problems import Problem, problem_of, problem_responses
from api.web.routes.cases import FILE_RESPONSES, file_answer
from api.web.sessions import TheCentre, allow
from domain.cases.states import Action
from domain.errors import CentreError

router = APIRouter(prefix="/police", tags=["police"])
Officer = Annotated[Principal, allow(Permission.QUEUE_USE)]
MOST_STEPS = 100
_PDF: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}}}
}
StepName = Literal[
    Action.VERIFY,
    Action.EXTEND_VERIFICATION,
    Action.POLICE_REJECT,
    Action.REFER_COMMUNE,
    Action.REFER_WARD_PC,
    Action.IDENTIFY_OWNER,
    Action.SEND_NOTICE,
    Action.PUBLISH,
    Action.OWNER_RESPONDS,
    Action.CONTEST,
    Action.UPHOLD,
    Action.NAME_DRIVER,
    Action.MAKE_RECORD,
    Action.ISSUE_DECISION,
    Action.RECORD_PAYMENT,
    Action.ENFORCE,
    Action.SETTLE,
    Action.POLICE_CANCEL,
]
_NEEDS = {
    "acknowledge": {"lease_id", "package_sha256"},
    "return": {"lease_id", "reason_code"},
    "process": {"outcome"},
}
_EXTRA = ("lease_id", "package_sha256", "outcome")


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProgressRequest(_Request):
    """A step that the police took."""

    step: StepName
    reason_code: ReasonCode | None = None
    note: Note = ""


class OneOfMany(_Request):
    """A step with one of many cases."""

    case_id: uuid.UUID
    step: StepName | Literal["acknowledge", "return", "process"]
    lease_id: uuid.UUID | None = None  # acknowledge, return
    package_sha256: Sha256 | None = None  # acknowledge
    outcome: Outcome | None = None  # process
    reason_code: ReasonCode | None = None
    note: Note = ""

    @model_validator(mode="after")
    def _fits(self) -> "OneOfMany":
        needed = _NEEDS.get(self.step, set())
        missing = sorted(name for name in needed if getattr(self, name) is None)
        extra = sorted(name for name in _EXTRA if name not in needed and getattr(self, name) is not None)
        if missing or extra:
            raise ValueError(f"the step {self.step} needs {missing or 'nothing more'}, not {extra or 'less'}")
        return self


class ManySteps(_Request):
    """Steps with many cases; each is taken or refused by itself, in order."""

    steps: Annotated[list[OneOfMany], Field(min_length=1, max_length=MOST_STEPS)]


class StepAnswer(Document):
    """What became of one step: a receipt, a state, or why not."""

    case_id: uuid.UUID
    step: str
    receipt: Receipt | None = None
    state: PoliceCaseState | None = None
    problem: Problem | None = None


class StepAnswers(Document):
    """In the order in which they were asked."""

    items: tuple[StepAnswer, ...]


@router.get("/cases")
def list_held(
    principal: Officer,
    centre: TheCentre,
    cursor: Annotated[str | None, Query(max_length=40)] = None,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
) -> HeldCases:
    """Cases that are with the caller's organisation, whichever of its keys or officers took them."""
    return centre.police_steps.held(principal, after=cursor, limit=limit)


@router.get("/cases/{case_id}", responses=problem_responses(404))
def get_held(principal: Officer, centre: TheCentre, case_id: CaseIdPath) -> OpenedCase:
    """One case that is with the caller's organisation, with the steps that are open and what its citizen objects."""
    return centre.police_steps.open(principal, case_id)


@router.get("/cases/{case_id}/files/{name}", response_class=StreamingResponse, responses=FILE_RESPONSES)
def get_file(
    principal: Officer,
    centre: TheCentre,
    case_id: CaseIdPath,
    name: FileNamePath,
    byte_range: Annotated[str | None, Header(alias="Range", max_length=200)] = None,
) -> Response:
    """A whole file of a case that is with the caller's organisation, or the bytes asked for."""
    return file_answer(centre, case_id, centre.police_steps.file(principal, case_id, name), byte_range)


@router.get("/waiting")
def get_waiting(principal: Officer, centre: TheCentre) -> list[Waiting]:
    """How many cases wait for the caller, by queue, up to a thousand."""
    return list(centre.police_steps.waiting(principal))


@router.post("/cases/{case_id}/progress", responses=problem_responses(404, 409))
def progress(principal: Officer, centre: TheCentre, case_id: CaseIdPath, told: ProgressRequest) -> PoliceCaseState:
    """Tell of a step with a received case; told again, the same answer."""
    return centre.police_steps.take(
        principal, case_id, Told(step=told.step, reason_code=told.reason_code, note=told.note)
    )


@router.post("/cases/{case_id}/notice", responses=problem_responses(404, 409))
def issue_notice(principal: Officer, centre: TheCentre, case_id: CaseIdPath) -> IssuedNotice:
    """Number and code for the notice; takes the step ``send_notice`` where it was not taken. Again: another code."""
    return centre.notices.issue(principal, case_id)


@router.post("/cases/{case_id}/notice.pdf", response_class=Response, responses=_PDF | problem_responses(404, 409))
def issue_notice_as_form(principal: Officer, centre: TheCentre, case_id: CaseIdPath) -> Response:
    """As ``notice``, answered with form 02 on which number and code are printed."""
    issued = centre.notices.issue(principal, case_id)
    return _pdf(centre.forms.fill(principal, case_id, Form.NOTICE, code=issued.code))


@router.get("/cases/{case_id}/forms/{form}", responses=problem_responses(404, 409))
def get_form(principal: Officer, centre: TheCentre, case_id: CaseIdPath, form: Form) -> FormDocument:
    """Form 02, 03 or 04 of a case, line by line; what the centre does not know is null."""
    return centre.forms.fill(principal, case_id, form)


@router.get("/cases/{case_id}/forms/{form}/pdf", response_class=Response, responses=_PDF | problem_responses(404, 409))
def get_form_pdf(principal: Officer, centre: TheCentre, case_id: CaseIdPath, form: Form) -> Response:
    """The same as PDF, with lines to write on; the code of a notice is on the PDF of ``notice.pdf`` alone."""
    return _pdf(centre.forms.fill(principal, case_id, form))


@router.post("/steps")
def take_many(principal: Officer, centre: TheCentre, wanted: ManySteps) -> StepAnswers:
    """Acknowledge, return, process or tell progress of many cases; one that is refused keeps back no other."""
    return StepAnswers(items=tuple(_answer(centre, principal, each) for each in wanted.steps))


def _pdf(form: FormDocument) -> Response:
    headers = {"Content-Disposition": f'inline; filename="mau-{form.form}-{form.case_id}.pdf"'}
    return Response(form_pdf(form), media_type="application/pdf", headers=headers)


def _answer(centre: Centre, principal: Principal, asked: OneOfMany) -> StepAnswer:
    try:
        done = _take(centre, principal, asked)
    except StoreUnavailable:
        raise  # nothing more can be done; the whole request may be sent again
    except CentreError as error:
        return StepAnswer(case_id=asked.case_id, step=asked.step, problem=problem_of(error))
    if isinstance(done, Receipt):
        return StepAnswer(case_id=asked.case_id, step=asked.step, receipt=done)
    return StepAnswer(case_id=asked.case_id, step=asked.step, state=done)


def _take(centre: Centre, principal: Principal, asked: OneOfMany) -> Receipt | PoliceCaseState:
    case_id, lease_id = asked.case_id, asked.lease_id
    if asked.step == "acknowledge" and lease_id is not None and asked.package_sha256 is not None:
        return centre.police.acknowledge(principal, case_id, lease_id=lease_id, package_sha256=asked.package_sha256)
    if asked.step == "return" and lease_id is not None and asked.reason_code is not None:
        return centre.police.give_back(
            principal, case_id, lease_id=lease_id, reason_code=asked.reason_code, note=asked.note
        )
    if asked.step == "process" and asked.outcome is not None:
        return centre.police.processed(principal, case_id, outcome=asked.outcome, note=asked.note)
    told = Told(step=Action(asked.step), reason_code=asked.reason_code, note=asked.note)
    return centre.police_steps.take(principal, case_id, told)
