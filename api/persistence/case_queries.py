"""What the running centre asks about cases, but for lists and searches (``case_search.py``)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Update,
    and_,
    bindparam,
    case,
    false,
    func,
    literal_column,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.sql import Select

from api.persistence.questions import QUERIES, question
from api.persistence.scopes import in_scope
from api.persistence.tables import (
    arriving_cases,
    camera_floods,
    case_counts,
    case_documents,
    case_exports,
    case_holds,
    case_pairs,
    case_plates,
    cases,
    citizen_reports,
    events,
    evidence_files,
    notices,
    objection_words,
    rule_standings,
)
from domain.cases.evidence import FileRole
from domain.cases.looks import SecondLook
from domain.cases.standing import NO_FAULT_REASONS, OUTCOMES
from domain.cases.states import AWAITING_POLICE, AWAITING_REVIEW, JUDGED_STATES, Action, CaseState
from domain.grants import Scope


def _of(scope: Scope) -> "ColumnElement[bool]":
    return in_scope(scope, ward_key=cases.c.ward_key, queue=cases.c.queue)


@question
def counts(shadow: bool) -> "Select[Any]":  # noqa: FBT001 - asked by name
    """How many cases are in each state."""
    return select(case_counts.c.state, case_counts.c.cases).where(case_counts.c.shadow == shadow)


@question
def judgements(states: Collection[CaseState], scope: Scope) -> "Select[Any]":
    """How many shadow cases of a scope, of each offence, camera and version of the rule were judged how."""
    columns = (cases.c.code, cases.c.camera_id, cases.c.rule_version, cases.c.state)
    names = (func.max(cases.c.name_vi), func.max(cases.c.name_en), func.max(cases.c.camera_name), func.count())
    labels = ("name_vi", "name_en", "camera_name", "cases")
    counted = [column.label(label) for column, label in zip(names, labels, strict=True)]
    judged = select(*columns, *counted).where(cases.c.shadow == true(), cases.c.state.in_(sorted(states)), _of(scope))
    return judged.group_by(*columns).order_by(*columns)


@question
def case_row(case_id: str) -> "Select[Any]":
    """One case without its documents."""
    return select(cases).where(cases.c.case_id == case_id)


@question
def case_rows(case_ids: Collection[str]) -> "Select[Any]":
    """Some cases without their documents."""
    return select(cases).where(cases.c.case_id.in_(case_ids))


@question
def whole_case(case_id: str) -> "Select[Any]":
    """One case with its documents."""
    documents = (case_documents.c.case_json, case_documents.c.manifest_json, case_documents.c.signature_json)
    return select(cases, *documents).join(case_documents).where(cases.c.case_id == case_id)


_POLICE_STATES: BindParameter[list[CaseState]] = bindparam(
    "awaiting_police", sorted(AWAITING_POLICE), expanding=True, literal_execute=True
)
_WAITS_FOR_POLICE = (cases.c.state.in_(_POLICE_STATES), cases.c.lease_holder.is_(None))
"""Written out, as in ``ix_cases_waiting``: an index of some rows serves who is seen to ask for those."""


@question
def waiting_for_police(queue: str, scope: Scope, limit: int) -> "Select[Any]":
    """Cases of a queue that lie in a scope and are with nobody, the longest waiting first."""
    waiting = select(cases).where(*_WAITS_FOR_POLICE, cases.c.queue == queue, _of(scope))
    return waiting.order_by(cases.c.ready_at, cases.c.case_id).limit(limit)


@question
def held_by(holder: str, scope: Scope, states: Collection[CaseState], after: str | None, limit: int) -> "Select[Any]":
    """Cases of a scope that an organisation holds, by id."""
    held = select(cases).where(cases.c.lease_holder == holder, cases.c.state.in_(sorted(states)), _of(scope))
    if after is not None:
        held = held.where(cases.c.case_id > after)
    return held.order_by(cases.c.case_id).limit(limit)


@question
def queues_with_cases() -> "Select[Any]":
    """Queues in which a case waits."""
    return select(cases.c.queue).where(*_WAITS_FOR_POLICE).distinct()


@question
def waiting_by_queue(scope: Scope, limit: int) -> "Select[Any]":
    """How many confirmed cases of a scope wait in each queue, of so many that wait altogether."""
    some = select(cases.c.queue).where(*_WAITS_FOR_POLICE, _of(scope)).limit(limit).subquery()
    return select(some.c.queue, func.count().label("cases")).group_by(some.c.queue).order_by(some.c.queue)


@question
def ended_leases(now: datetime, limit: int) -> "Select[Any]":
    """Cases whose lease has ended, the oldest first."""
    ended = select(cases).where(cases.c.state == CaseState.TRANSFERRED.value, cases.c.lease_expires_at <= now)
    return ended.order_by(cases.c.lease_expires_at, cases.c.case_id).limit(limit)


@question
def newest_step(case_id: str, actions: Collection[str]) -> "Select[Any]":
    """Which of some steps of a case was taken last."""
    steps = select(events.c.action).where(events.c.case_id == case_id, events.c.action.in_(sorted(actions)))
    return steps.order_by(events.c.seq.desc()).limit(1)


@question
def steps_of(case_ids: Collection[str], actions: Collection[str]) -> "Select[Any]":
    """Some steps of some cases, those of each in order."""
    columns = (events.c.case_id, events.c.action, events.c.at, events.c.body)
    steps = select(*columns).where(events.c.case_id.in_(sorted(case_ids)), events.c.action.in_(sorted(actions)))
    return steps.order_by(events.c.case_id, events.c.seq)


@question
def under_lease(lease_id: str) -> "Select[Any]":
    """Cases that a running lease still holds."""
    held = select(cases).where(cases.c.lease_id == lease_id, cases.c.state == CaseState.TRANSFERRED.value)
    return held.order_by(cases.c.case_id)


@question
def signed_by_unknown(box_id: str) -> "Select[Any]":
    """Cases of a box whose signer was not known, with their documents."""
    documents = (case_documents.c.case_json, case_documents.c.manifest_json, case_documents.c.signature_json)
    of_box = select(cases, *documents).join(case_documents).where(cases.c.box_id == box_id)
    return of_box.where(cases.c.integrity == "unknown_signer")


@question
def forgotten_packages(before: datetime) -> "Select[Any]":
    """Arriving packages that their box has not offered since, of cases that are not on record."""
    known = select(cases.c.case_id).where(cases.c.case_id == arriving_cases.c.case_id)
    return select(arriving_cases).where(arriving_cases.c.touched_at < before, ~known.exists())


@question
def files_of(case_id: str) -> "Select[Any]":
    """How much of each file of a case is here."""
    return select(evidence_files).where(evidence_files.c.case_id == case_id)


@question
def acts_of_plate(plate: str, began_from: datetime, began_to: datetime, limit: int) -> "Select[Any]":
    """Counting cases of a plate whose act began in a span, with their documents, the newest act first."""
    return _acts(cases.c.plate_key == plate, began_from, began_to, limit)


@question
def acts_near(cells: Collection[str], code: str, began_from: datetime, began_to: datetime, limit: int) -> "Select[Any]":
    """Counting cases of an offence in some cells of the map, as above."""
    return _acts(cases.c.place_cell.in_(cells) & (cases.c.code == code), began_from, began_to, limit)


@question
def cases_near(cells: Collection[str], began_from: datetime, began_to: datetime, limit: int) -> "Select[Any]":
    """Counting cases of any offence in some cells of the map, as above."""
    return _acts(cases.c.place_cell.in_(cells), began_from, began_to, limit)


def _acts(which: "ColumnElement[bool]", began_from: datetime, began_to: datetime, limit: int) -> "Select[Any]":
    found = select(cases, case_documents.c.case_json).join(case_documents).where(cases.c.shadow == false(), which)
    found = found.where(cases.c.began_at >= began_from, cases.c.began_at <= began_to)
    return found.order_by(cases.c.began_at.desc(), cases.c.case_id).limit(limit)


@question
def pairs_of(case_id: str, limit: int) -> "Select[Any]":
    """What is said of a case and others that may be the same act, the oldest proposal first."""
    of_case = (case_pairs.c.later_id == case_id) | (case_pairs.c.earlier_id == case_id)
    order = (case_pairs.c.proposed_at, case_pairs.c.later_id, case_pairs.c.earlier_id)
    return select(case_pairs).where(of_case).order_by(*order).limit(limit)


@question
def plates_entered(case_id: str) -> "Select[Any]":
    """What reviewers read themselves of a case's plate, the oldest entry first."""
    entered = select(case_plates).where(case_plates.c.case_id == case_id)
    return entered.order_by(case_plates.c.entered_at, case_plates.c.actor)


@question
def newest_exports(scope: Scope, limit: int, after: tuple[datetime, str] | None = None) -> "Select[Any]":
    """Exports of the cases of a scope, the newest first; behind (when it was asked for, its id)."""
    of = case_exports.c
    found = select(case_exports).where(
        select(cases.c.case_id).where(cases.c.case_id == of.case_id, _of(scope)).exists()
    )
    if after is not None:
        at, export_id = after
        found = found.where(of.asked_at <= at, (of.asked_at < at) | (of.export_id > export_id))
    return found.order_by(of.asked_at.desc(), of.export_id).limit(limit)


@question
def led_by(case_id: str, limit: int) -> "Select[Any]":
    """Cases that were merged into one, by id."""
    return select(cases).where(cases.c.lead_id == case_id).order_by(cases.c.case_id).limit(limit)


@question
def led_by_any(case_ids: Collection[str]) -> "Select[Any]":
    """Cases that were merged into any of some, by id."""
    return select(cases).where(cases.c.lead_id.in_(case_ids)).order_by(cases.c.case_id)


@question
def led_by_ended(states: Collection[CaseState], began_after: datetime, limit: int) -> "Select[Any]":
    """Leads that stand in some states although a duplicate of theirs, of an act after an instant, is closed."""
    lead = cases.alias("lead")
    closed = select(cases.c.lead_id).where(
        cases.c.shadow == false(), cases.c.state == CaseState.DUPLICATE.value, cases.c.began_at > began_after
    )
    of_ended = select(lead).where(lead.c.case_id.in_(closed), lead.c.state.in_(sorted(states)))
    return of_ended.order_by(lead.c.case_id).limit(limit)


@question
def known_negatives(since: datetime, began_from: datetime, limit: int) -> "Select[Any]":
    """Cases that two people rejected since, each for himself, and that measured nobody yet; the newest first.

    Args:
        since: of the second answer.
        began_from: an act that is older than all that wait would be known by that.
        limit: how many.
    """
    found = select(cases).where(
        cases.c.state == CaseState.REJECTED.value,
        cases.c.second_answer == "reject",
        cases.c.first_answer == "reject",
        cases.c.entered_at >= since,
        cases.c.began_at >= began_from,
        func.coalesce(cases.c.second_look, "") != SecondLook.SEEDED.value,
    )
    return found.order_by(cases.c.entered_at.desc(), cases.c.case_id).limit(limit)


@question
def hold_of(case_id: str) -> "Select[Any]":
    """Who has a case open."""
    return select(case_holds).where(case_holds.c.case_id == case_id)


@question
def next_for(
    actors: Collection[str], scope: Scope, now: datetime, limit: int, after: tuple[datetime, str] | None = None
) -> "Select[Any]":
    """What a reviewer may be handed, the oldest act first: held by nobody, no flood, not answered by himself.

    Args:
        actors: the accounts that are his.
        scope: what he may see.
        now: holds that ended before it are none.
        limit: at most so many.
        after: only what comes after this act and case.
    """
    held = select(case_holds.c.case_id).where(case_holds.c.case_id == cases.c.case_id, case_holds.c.expires_at > now)
    flood = select(camera_floods.c.camera_id).where(
        camera_floods.c.camera_id == cases.c.camera_id, camera_floods.c.lifted_at.is_(None)
    )
    waiting = select(cases).where(
        cases.c.shadow == false(),
        cases.c.state.in_(sorted(AWAITING_REVIEW)),
        _of(scope),
        func.coalesce(cases.c.first_by, "").not_in(sorted(actors)),
        func.coalesce(cases.c.second_by, "").not_in(sorted(actors)),
        ~held.exists(),
        ~flood.exists(),
    )
    if after is not None:
        began_at, case_id = after
        same_instant = and_(cases.c.began_at == began_at, cases.c.case_id > case_id)
        waiting = waiting.where(cases.c.began_at >= began_at, or_(cases.c.began_at > began_at, same_instant))
    return waiting.order_by(cases.c.began_at, cases.c.case_id).limit(limit)


@question
def past_limitation(states: Collection[CaseState], before: datetime, limit: int) -> "Select[Any]":
    """Cases in some states whose act lies before an instant."""
    old = select(cases).where(cases.c.shadow == false(), cases.c.state.in_(sorted(states)), cases.c.began_at < before)
    return old.order_by(cases.c.began_at, cases.c.case_id).limit(limit)


@question
def unreviewed(before: datetime, now: datetime, case_ids: Collection[str] | None, limit: int) -> "Select[Any]":
    """Cases (of some, or all) that wait for a first look since they came in, before an instant, and nobody has open."""
    held = select(case_holds.c.case_id).where(case_holds.c.case_id == cases.c.case_id, case_holds.c.expires_at > now)
    waiting = select(cases).where(
        cases.c.shadow == false(),
        cases.c.state == CaseState.QUEUED.value,
        cases.c.received_at <= before,
        cases.c.entered_at == cases.c.received_at,
        ~held.exists(),
    )
    if case_ids is not None:
        waiting = waiting.where(cases.c.case_id.in_(case_ids))
    return waiting.order_by(cases.c.received_at, cases.c.case_id).limit(limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodSpan:
    """What came with a flood, for one supervisor: what he has open himself is his to reject."""

    camera_id: str
    came_from: datetime
    came_to: datetime
    now: datetime
    supervisor: str


def _came_with_flood(span: FloodSpan) -> "ColumnElement[bool]":
    """Cases of a camera that came in a span, wait for their first look since, and nobody else has open."""
    held = select(case_holds.c.case_id).where(
        case_holds.c.case_id == cases.c.case_id,
        case_holds.c.expires_at > span.now,
        case_holds.c.holder != span.supervisor,
    )
    return and_(
        cases.c.shadow == false(),
        cases.c.camera_id == span.camera_id,
        cases.c.received_at >= span.came_from,
        cases.c.received_at <= span.came_to,
        cases.c.state == CaseState.QUEUED.value,
        cases.c.entered_at == cases.c.received_at,
        ~held.exists(),
    )


@question
def of_flood(span: FloodSpan, limit: int) -> "Select[Any]":
    """Cases of a flood that nobody looked at, by id."""
    return select(cases).where(_came_with_flood(span)).order_by(cases.c.case_id).limit(limit)


@question
def count_of_flood(span: FloodSpan, scope: Scope) -> "Select[Any]":
    """How many there are in a scope."""
    return select(func.count()).where(_came_with_flood(span), _of(scope))


@question
def arrivals(camera_id: str | None, since: datetime) -> "Select[Any]":
    """How many cases each camera (or one) brought since."""
    came = select(cases.c.camera_id, func.count().label("cases")).where(
        cases.c.shadow == false(), cases.c.received_at >= since
    )
    if camera_id is not None:
        came = came.where(cases.c.camera_id == camera_id)
    return came.group_by(cases.c.camera_id)


@question
def outcomes(since: datetime, shadow: bool) -> "Select[Any]":  # noqa: FBT001 - asked by name
    """What became of cases since: by offence, camera, version of the rule, state and hour.

    Of a rule that fell and rose only what came since it rose, of shadow cases only what came since their rule fell.
    """
    keys = (cases.c.code, cases.c.camera_id, cases.c.rule_version)
    rules = rule_standings.c
    same = (rules.code == keys[0]) & (rules.camera_id == keys[1]) & (rules.rule_version == keys[2])
    hour = func.substr(cases.c.began_at, 12, 2).label("hour_utc")
    counted = select(*keys, cases.c.state, hour, func.count().label("cases"))
    found = counted.join(rule_standings, same, isouter=not shadow).where(
        cases.c.shadow == shadow,
        cases.c.state.in_(sorted(JUDGED_STATES if shadow else OUTCOMES - JUDGED_STATES)),
        (cases.c.state != CaseState.CANCELLED.value) | cases.c.reason_code.not_in(sorted(NO_FAULT_REASONS)),
        cases.c.entered_at >= since,
        cases.c.received_at >= (rules.fallen_at if shadow else func.coalesce(rules.risen_at, "")),
    )
    return found.group_by(*keys, cases.c.state, hour)


@question
def waiting_acts(limit: int) -> "Select[Any]":
    """When the acts of the cases that wait for people began, the oldest first."""
    waiting = select(cases.c.began_at).where(cases.c.shadow == false(), cases.c.state.in_(sorted(AWAITING_REVIEW)))
    return waiting.order_by(cases.c.began_at).limit(limit)


@question
def newest_of(case_id: str, actions: Collection[str]) -> "Select[Any]":
    """When the newest of some steps of a case was taken."""
    steps = select(events.c.at).where(events.c.case_id == case_id, events.c.action.in_(sorted(actions)))
    return steps.order_by(events.c.seq.desc()).limit(1)


@question
def redaction_misses(since: datetime) -> "Select[Any]":
    """What was said to be readable on copies since an instant, in order, with the camera."""
    said = select(events.c.case_id, events.c.body, events.c.hash, events.c.at, cases.c.camera_id)
    joined = said.join(cases, cases.c.case_id == events.c.case_id)
    # as a literal: the index holds these events alone
    of_redaction = events.c.action == literal_column("'redaction_missed'")
    return joined.where(of_redaction, events.c.at >= since).order_by(events.c.seq)


@question
def originals_seen(since: datetime) -> "Select[Any]":
    """Every act of somebody who said since an instant why he sees the originals of a case or report, oldest first."""
    of = events.c
    # as a literal: the index holds these events alone
    said = select(of.actor, of.at, of.case_id, of.body).where(of.action == literal_column("'unblur'"), of.at >= since)
    return said.order_by(of.at, of.seq)


@question
def report_with_case(number: str) -> "Select[Any]":
    """The citizen's report of a number, with where the case stands that was made of it."""
    of_case = select(citizen_reports, cases.c.state.label("case_state"), cases.c.entered_at)
    joined = of_case.join(cases, cases.c.case_id == citizen_reports.c.case_id, isouter=True)
    return joined.where(citizen_reports.c.number == number)


@question
def noticed_case(number: str) -> "Select[Any]":
    """The notice of a number, with where its case stands."""
    of_case = select(notices, cases.c.state).join(cases, cases.c.case_id == notices.c.case_id)
    return of_case.where(notices.c.number == number)


@question
def cases_by_state(began_from: datetime, began_to: datetime) -> "Select[Any]":
    """Counting cases of acts in a span: by hour, offence, ward, state, and whether an organisation has or had them."""
    hour, handed_over = func.substr(cases.c.began_at, 1, 13), cases.c.lease_holder.is_not(None)
    keys = (hour, cases.c.code, cases.c.ward, cases.c.state, handed_over)
    counted = select(
        hour.label("hour_utc"),
        cases.c.code,
        cases.c.ward,
        cases.c.state,
        handed_over.label("handed_over"),
        func.max(cases.c.name_vi).label("name_vi"),
        func.max(cases.c.name_en).label("name_en"),
        func.count().label("cases"),
    ).where(cases.c.shadow == false(), cases.c.began_at >= began_from, cases.c.began_at < began_to)
    return counted.group_by(*keys).order_by(*keys)


@question
def steps_between(first_seq: int, behind_seq: int, actions: Collection[str]) -> "Select[Any]":
    """Steps of the record between two entries, the second excluded, with their case's offence, in order.

    With a receipt comes the pull before it, which says where the case had waited.
    """
    pull = events.alias("pull")
    before = (pull.c.case_id == events.c.case_id, pull.c.action == Action.TRANSFER.value, pull.c.seq < events.c.seq)
    pulled = select(pull.c.body).where(*before).order_by(pull.c.seq.desc()).limit(1).scalar_subquery()
    of_receipt = case((events.c.action == Action.ACKNOWLEDGE.value, pulled)).label("pull_body")
    columns = (events.c.seq, events.c.at, events.c.action, events.c.body, events.c.hash, of_receipt)
    names = (cases.c.code, cases.c.name_vi, cases.c.name_en)
    taken = select(*columns, *names).join(cases, cases.c.case_id == events.c.case_id)
    return taken.where(
        events.c.seq >= first_seq, events.c.seq < behind_seq, events.c.action.in_(sorted(actions))
    ).order_by(events.c.seq)


@question
def event_from(seq: int) -> "Select[Any]":
    """When the entry of a number, or the first one after it, was made."""
    return select(events.c.at).where(events.c.seq >= seq).order_by(events.c.seq).limit(1)


@question
def changes_after(seq: int, limit: int) -> "Select[Any]":
    """What changed on record since an event, with where the cases stand now."""
    columns = (events.c.seq, events.c.action, cases.c.case_id, cases.c.state, cases.c.version, cases.c.queue)
    changed = select(*columns).join(cases, cases.c.case_id == events.c.case_id).where(events.c.seq > seq)
    return changed.order_by(events.c.seq).limit(limit)


MEDIA_HERE = (evidence_files.c.complete, evidence_files.c.role != FileRole.OVERLAY.value)
"""Of a file: it is one whose time ends, and it is here."""


@question
def media_due(states: Collection[CaseState], before: datetime, after: str, limit: int) -> "Select[Any]":
    """Cases that have stood in some states since before an instant and still have media, by id.

    What was merged into another keeps them as long as that one: they prove its act too.
    """
    here = select(evidence_files.c.case_id).where(evidence_files.c.case_id == cases.c.case_id, *MEDIA_HERE)
    of_lead = select(evidence_files.c.case_id).where(evidence_files.c.case_id == cases.c.lead_id, *MEDIA_HERE)
    stood = (cases.c.state.in_(sorted(states)), cases.c.entered_at < before, cases.c.case_id > after)
    found = select(cases.c.case_id).where(*stood, here.exists(), ~of_lead.exists())
    return found.order_by(cases.c.case_id).limit(limit)


@question
def words_due(states: Collection[CaseState], before: datetime, after: str, limit: int) -> "Select[Any]":
    """Cases that have stood in some states since before an instant, with words of an objection but no media, by id."""
    media = select(evidence_files.c.case_id).where(evidence_files.c.case_id == cases.c.case_id, *MEDIA_HERE)
    stood = (cases.c.state.in_(sorted(states)), cases.c.entered_at < before, cases.c.case_id > after)
    found = select(cases.c.case_id).join(objection_words, objection_words.c.case_id == cases.c.case_id)
    return found.where(*stood, ~media.exists()).distinct().order_by(cases.c.case_id).limit(limit)


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
