"""Every question about cases that the running centre asks, by name; none of them walks the whole table.

The plans are a test on both databases (``tests/unit/api/persistence/test_query_plans.py``); a question that is written
elsewhere fails it.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ParamSpec

from sqlalchemy import ColumnElement, Update, func, literal, select, true, tuple_, update
from sqlalchemy.sql import Select

from api.persistence.scopes import in_scope
from api.persistence.tables import (
    InstantText,
    arriving_cases,
    case_counts,
    case_documents,
    cases,
    events,
    evidence_files,
)
from domain.cases.states import CaseState
from domain.grants import Scope

P = ParamSpec("P")
QUERIES: dict[str, Callable[..., "Select[Any] | Update"]] = {}
"""Every question by name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseFilter:
    """Which cases to list; an empty field asks for nothing. Shadow cases are listed only where asked for."""

    states: tuple[CaseState, ...] = ()
    codes: tuple[str, ...] = ()
    cameras: tuple[str, ...] = ()
    began_from: datetime | None = None  # included
    began_to: datetime | None = None  # excluded
    shadow: bool = False  # True: only shadow cases; False: only the others


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPlace:
    """The last case of a page; the next page goes on behind it."""

    received_at: datetime
    case_id: str


def _question(function: Callable[P, "Select[Any]"]) -> Callable[P, "Select[Any]"]:
    QUERIES[function.__name__] = function
    return function


def _of(scope: Scope) -> "ColumnElement[bool]":
    return in_scope(scope, ward_key=cases.c.ward_key, queue=cases.c.queue)


@_question
def case_list(wanted: CaseFilter, scope: Scope, after: ListPlace | None, limit: int) -> "Select[Any]":
    """Cases of a scope that fit, newest arrival first."""
    statement = select(cases).where(cases.c.shadow == wanted.shadow, _of(scope))
    if wanted.states:
        statement = statement.where(cases.c.state.in_([state.value for state in wanted.states]))
    if wanted.codes:
        statement = statement.where(cases.c.code.in_(wanted.codes))
    if wanted.cameras:
        statement = statement.where(cases.c.camera_id.in_(wanted.cameras))
    if wanted.began_from is not None:
        statement = statement.where(cases.c.began_at >= wanted.began_from)
    if wanted.began_to is not None:
        statement = statement.where(cases.c.began_at < wanted.began_to)
    if after is not None:
        place = tuple_(literal(after.received_at, InstantText()), literal(after.case_id))
        statement = statement.where(tuple_(cases.c.received_at, cases.c.case_id) < place)
    return statement.order_by(cases.c.received_at.desc(), cases.c.case_id.desc()).limit(limit)


@_question
def counts(shadow: bool) -> "Select[Any]":  # noqa: FBT001 - asked by name
    """How many cases are in each state."""
    return select(case_counts.c.state, case_counts.c.cases).where(case_counts.c.shadow == shadow)


@_question
def judgements(states: Collection[CaseState], scope: Scope) -> "Select[Any]":
    """How many shadow cases of a scope, of each offence, camera and version of the rule were judged how."""
    columns = (cases.c.code, cases.c.camera_id, cases.c.rule_version, cases.c.state)
    names = (func.max(cases.c.name_vi), func.max(cases.c.name_en), func.max(cases.c.camera_name), func.count())
    labels = ("name_vi", "name_en", "camera_name", "cases")
    counted = [column.label(label) for column, label in zip(names, labels, strict=True)]
    judged = select(*columns, *counted).where(cases.c.shadow == true(), cases.c.state.in_(sorted(states)), _of(scope))
    return judged.group_by(*columns).order_by(*columns)


@_question
def case_row(case_id: str) -> "Select[Any]":
    """One case without its documents."""
    return select(cases).where(cases.c.case_id == case_id)


@_question
def whole_case(case_id: str) -> "Select[Any]":
    """One case with its documents."""
    documents = (case_documents.c.case_json, case_documents.c.manifest_json, case_documents.c.signature_json)
    return select(cases, *documents).join(case_documents).where(cases.c.case_id == case_id)


@_question
def waiting_for_police(queue: str, scope: Scope, limit: int) -> "Select[Any]":
    """Confirmed cases of a queue that lie in a scope, the longest waiting first."""
    waiting = select(cases).where(cases.c.state == CaseState.READY.value, cases.c.queue == queue, _of(scope))
    return waiting.order_by(cases.c.ready_at, cases.c.case_id).limit(limit)


@_question
def held_by(holder: str, scope: Scope, states: Collection[CaseState], after: str | None, limit: int) -> "Select[Any]":
    """Cases of a scope that an organisation holds, by id."""
    held = select(cases).where(cases.c.lease_holder == holder, cases.c.state.in_(sorted(states)), _of(scope))
    if after is not None:
        held = held.where(cases.c.case_id > after)
    return held.order_by(cases.c.case_id).limit(limit)


@_question
def queues_with_cases() -> "Select[Any]":
    """Queues in which a confirmed case waits."""
    return select(cases.c.queue).where(cases.c.state == CaseState.READY.value).distinct()


@_question
def ended_leases(now: datetime, limit: int) -> "Select[Any]":
    """Cases whose lease has ended, the oldest first."""
    ended = select(cases).where(cases.c.state == CaseState.TRANSFERRED.value, cases.c.lease_expires_at <= now)
    return ended.order_by(cases.c.lease_expires_at, cases.c.case_id).limit(limit)


@_question
def under_lease(lease_id: str) -> "Select[Any]":
    """Cases that a running lease still holds."""
    held = select(cases).where(cases.c.lease_id == lease_id, cases.c.state == CaseState.TRANSFERRED.value)
    return held.order_by(cases.c.case_id)


@_question
def signed_by_unknown(box_id: str) -> "Select[Any]":
    """Cases of a box whose signer was not known, with their documents."""
    documents = (case_documents.c.case_json, case_documents.c.manifest_json, case_documents.c.signature_json)
    of_box = select(cases, *documents).join(case_documents).where(cases.c.box_id == box_id)
    return of_box.where(cases.c.integrity == "unknown_signer")


@_question
def forgotten_packages(before: datetime) -> "Select[Any]":
    """Arriving packages that their box has not offered since, of cases that are not on record."""
    known = select(cases.c.case_id).where(cases.c.case_id == arriving_cases.c.case_id)
    return select(arriving_cases).where(arriving_cases.c.touched_at < before, ~known.exists())


@_question
def files_of(case_id: str) -> "Select[Any]":
    """How much of each file of a case is here."""
    return select(evidence_files).where(evidence_files.c.case_id == case_id)


@_question
def changes_after(seq: int, limit: int) -> "Select[Any]":
    """What changed on record since an event, with where the cases stand now."""
    columns = (events.c.seq, events.c.action, cases.c.case_id, cases.c.state, cases.c.version, cases.c.queue)
    changed = select(*columns).join(cases, cases.c.case_id == events.c.case_id).where(events.c.seq > seq)
    return changed.order_by(events.c.seq).limit(limit)


def change_cases(case_ids: Collection[str], values: Mapping[str, Any]) -> Update:
    """Change some cases by their ids; every one gets another version."""
    changed = update(cases).where(cases.c.case_id.in_(case_ids))
    return changed.values(version=cases.c.version + 1, **values)


def set_package(case_id: str, sha256: str) -> Update:
    """Keep the hash of the package that was built; what a person decides on is not changed by it."""
    return update(cases).where(cases.c.case_id == case_id).values(package_sha256=sha256)


def extend_cases(case_ids: Collection[str], expires_at: datetime) -> Update:
    """Let the lease of some cases end later; what a person decides on is not changed by it."""
    return update(cases).where(cases.c.case_id.in_(case_ids)).values(lease_expires_at=expires_at)


QUERIES["extend_cases"] = extend_cases
QUERIES["change_cases"] = change_cases
QUERIES["set_package"] = set_package
