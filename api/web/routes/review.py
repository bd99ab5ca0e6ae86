"""Work that is handed out: the next case, who has one open, how reviewers fare, cameras whose cases wait."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict

from api.counts.csv_text import figures_csv
from api.principals import Permission, Principal
from api.web.documents_of_review import (
    BacklogDocument,
    DroppedDocument,
    FloodDocument,
    HoldDocument,
    OutcomeDocument,
    ReviewerDocument,
)
from api.web.fields import CaseIdPath, Note, ReasonCode, WordPath
from api.web.problems import problem_responses
from api.web.routes.counts import CSV, Days, download
from api.web.sessions import TheCentre, allow
from domain.cases.clocks import DueSoon

router = APIRouter(tags=["review"])
Decider = Annotated[Principal, allow(Permission.CASES_DECIDE)]
Overseer = Annotated[Principal, allow(Permission.REVIEWERS_READ)]
CountsReader = Annotated[Principal, allow(Permission.COUNTS_READ)]
Watcher = Annotated[Principal, allow(Permission.HEALTH_READ)]
Lifter = Annotated[Principal, allow(Permission.FLOODS_LIFT)]


class LiftRequest(BaseModel):
    """Why the camera's cases are handed out again."""

    model_config = ConfigDict(extra="forbid")

    note: Note


class CloseRequest(BaseModel):
    """Why everything that came with a flood is rejected."""

    model_config = ConfigDict(extra="forbid")

    reason_code: ReasonCode
    note: Note = ""


@router.post("/review/next", responses={204: {"description": "Nothing waits"}, **problem_responses(409)})
def take_next(response: Response, principal: Decider, centre: TheCentre) -> HoldDocument | None:
    """Hold the next case: that of the oldest act among those that nobody has open and the caller has not answered."""
    hold = centre.holds.take_next(principal)
    if hold is None:
        response.status_code = HTTPStatus.NO_CONTENT
        return None
    return HoldDocument.of(hold, principal)


@router.put("/cases/{case_id}/hold", responses={204: {"description": "Nobody reviews it"}, **problem_responses(404)})
def hold_case(response: Response, principal: Decider, centre: TheCentre, case_id: CaseIdPath) -> HoldDocument | None:
    """Hold a case while looking at it; the answer names the hold that stands, perhaps another's."""
    hold = centre.holds.take(principal, case_id)
    if hold is None:
        response.status_code = HTTPStatus.NO_CONTENT
        return None
    return HoldDocument.of(hold, principal)


@router.delete("/cases/{case_id}/hold", status_code=HTTPStatus.NO_CONTENT, responses=problem_responses(404))
def let_go(principal: Decider, centre: TheCentre, case_id: CaseIdPath) -> None:
    """End one's own hold."""
    centre.holds.let_go(principal, case_id)


@router.get("/reviewers")
def get_reviewers(principal: Overseer, centre: TheCentre) -> list[ReviewerDocument]:
    """How reviewers fare against known negatives, each other and supervisors."""
    return [ReviewerDocument.of(who, figures) for who, figures in centre.reviewers.figures(principal).items()]


@router.get("/rule-outcomes")
def get_rule_outcomes(principal: CountsReader, centre: TheCentre, *, by_hour: bool = False) -> list[OutcomeDocument]:
    """How each rule's counting cases of the last thirty days fared at each camera, as people and police said."""
    return [OutcomeDocument.of(each) for each in centre.rules.outcomes(principal, by_hour=by_hour)]


@router.get("/backlog")
def get_backlog(principal: CountsReader, centre: TheCentre) -> BacklogDocument:
    """How much waits, and when it misses the three days at the speed of the last day."""
    return BacklogDocument.of(centre.review_queue.forecast(principal))


@router.get("/floods")
def get_floods(principal: Watcher, centre: TheCentre) -> list[FloodDocument]:
    """Cameras that sent ten times what they usually do; their cases are handed to nobody meanwhile."""
    return [FloodDocument.of(each) for each in centre.floods.list(principal)]


@router.post("/floods/{camera_id}/lift", status_code=HTTPStatus.NO_CONTENT, responses=problem_responses(404, 409))
def lift_flood(principal: Lifter, centre: TheCentre, camera_id: WordPath, body: LiftRequest) -> None:
    """Let a camera's cases be handed out again; only for supervisors."""
    centre.floods.lift(principal, camera_id, note=body.note)


@router.post("/floods/{camera_id}/close", status_code=HTTPStatus.ACCEPTED, responses=problem_responses(404, 409, 422))
def close_flood(principal: Lifter, centre: TheCentre, camera_id: WordPath, body: CloseRequest) -> None:
    """Reject for one reason, from ten seconds on, what came with a flood and nobody looked at; only for supervisors."""
    centre.floods.close(principal, camera_id, reason_code=body.reason_code, note=body.note)


@router.delete("/floods/{camera_id}/close", status_code=HTTPStatus.NO_CONTENT, responses=problem_responses(404, 409))
def take_back_close(principal: Lifter, centre: TheCentre, camera_id: WordPath) -> None:
    """Take that back, within the ten seconds."""
    centre.floods.take_back(principal, camera_id)


@router.get("/clocks")
def get_clocks(principal: CountsReader, centre: TheCentre) -> dict[DueSoon, int]:
    """How many cases are near the end of the three or the ten days, or past it."""
    return dict(centre.workload.due(principal))


@router.get("/dropped-cases")
def get_dropped(principal: CountsReader, centre: TheCentre) -> list[DroppedDocument]:
    """Cases that were dropped unseen in the last thirty days because the queue was full, by day."""
    return [DroppedDocument(day=each.day, cases=each.cases) for each in centre.workload.dropped(principal)]


@router.get("/figures.csv", response_class=StreamingResponse, responses=CSV)
def get_figures_csv(principal: CountsReader, centre: TheCentre, span: Days) -> StreamingResponse:
    """Cases by day of the act, offence, ward and the city's own states, row by row; a year at most."""
    return download(figures_csv(centre.figures.counts(principal, span)), "figures")
