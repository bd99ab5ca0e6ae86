"""Searches: a person's filters, and looking a plate up."""

from typing import Annotated

from fastapi import APIRouter, Path

from api.principals import Permission, Principal
from api.web.documents_of_search import (
    FilterName,
    FilterRequest,
    FoundCasesDocument,
    LookUpAlarmDocument,
    LookUpDocument,
    LookUpRequest,
    SavedFilterDocument,
    SightingDocument,
    SightingRequest,
)
from api.web.fields import CaseIdPath
from api.web.problems import problem_responses
from api.web.sessions import TheCentre, allow
from domain.cases.plate_search import PlatePattern

router = APIRouter(tags=["search"])
Oneself = Annotated[Principal, allow(Permission.SELF_READ)]
Searcher = Annotated[Principal, allow(Permission.PLATES_LOOK_UP)]
Auditor = Annotated[Principal, allow(Permission.AUDIT_READ)]


@router.get("/me/filters", responses=problem_responses(409))
def list_filters(principal: Oneself, centre: TheCentre) -> list[SavedFilterDocument]:
    """One's own filters of the search page."""
    return [SavedFilterDocument.of(each) for each in centre.saved_filters.list(principal)]


@router.put("/me/filters", status_code=204, responses=problem_responses(409))
def keep_filter(principal: Oneself, centre: TheCentre, asked: FilterRequest) -> None:
    """Keep a filter under a name, in place of what was there."""
    centre.saved_filters.keep(principal, asked.name, asked.filter.wanted())


@router.delete("/me/filters/{filter_name}", status_code=204, responses=problem_responses(404, 409))
def forget_filter(principal: Oneself, centre: TheCentre, filter_name: Annotated[FilterName, Path()]) -> None:
    """Remove one of one's own."""
    centre.saved_filters.forget(principal, filter_name)


@router.post("/plate-look-ups")
def look_up_plate(principal: Searcher, centre: TheCentre, asked: LookUpRequest) -> FoundCasesDocument:
    """Cases with such a plate, for a purpose; who asked for which plate and why is on record before the answer.

    In ``plate``, ``?`` is any one character and ``*`` some; ``near`` allows one wrong character. Police see what their
    organisation holds.
    """
    pattern = PlatePattern.of(asked.plate, near=asked.near)
    found = centre.plates.find(principal, pattern, purpose=asked.purpose, note=asked.note, cursor=asked.cursor)
    return FoundCasesDocument.of(found)


@router.post("/cases/{case_id}/sightings", responses=problem_responses(404, 409))
def look_up_sightings(
    principal: Searcher, centre: TheCentre, case_id: CaseIdPath, asked: SightingRequest
) -> list[SightingDocument]:
    """Where else the vehicle of a case was seen in the last days, for a purpose; on record before the answer.

    ``near`` allows one wrong character. Only for a case that accuses somebody and whose plate is known; police ask for
    cases that their organisation holds.
    """
    found = centre.sightings.find(principal, case_id, purpose=asked.purpose, note=asked.note, near=asked.near)
    return [SightingDocument.of(each) for each in found]


@router.get("/audit/plate-look-ups")
def list_look_ups(principal: Auditor, centre: TheCentre) -> list[LookUpDocument]:
    """The newest look-ups of everybody, for auditors."""
    return [LookUpDocument.of(each) for each in centre.plates.list(principal)]


@router.get("/audit/plate-look-up-alarms")
def list_look_up_alarms(principal: Auditor, centre: TheCentre) -> list[LookUpAlarmDocument]:
    """Who looked up far more plates in a shift than is usual, for auditors."""
    return [LookUpAlarmDocument.of(each) for each in centre.plates.alarms(principal)]
