"""Steps of a case's life are taken here: checked by the table, written, noted and announced, one case or many alike."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Row

from api.cases.case_rows import announce, facts_of, locked
from api.cases.notifier import CaseNotifier
from api.people.persons import answered_as
from api.persistence.case_queries import change_cases, led_by_any
from api.persistence.store import Work
from api.persistence.tables import cases
from api.principals import SYSTEM, Principal
from domain.cases.duplicates import ENDED_WITHOUT_SANCTION, LEAD_ENDED
from domain.cases.limits import limitation_passed
from domain.cases.looks import looks_after, second_look_due
from domain.cases.states import Action, CaseState
from domain.cases.transitions import TRANSITIONS, next_state


def move(
    work: Work,
    row: Row[Any],
    action: Action,
    actor: Principal,
    *,
    notifier: CaseNotifier,
    body: Mapping[str, Any] | None = None,
    values: Mapping[str, Any] | None = None,
) -> Row[Any]:
    """Take one step of one case's life; as ``move_all``.

    Returns:
        The row as it is now.
    """
    return move_all(work, [row], action, actor, notifier=notifier, bodies=[body or {}], values=values)[0]


def move_all(
    work: Work,
    rows: Sequence[Row[Any]],
    action: Action,
    actor: Principal,
    *,
    notifier: CaseNotifier,
    bodies: Sequence[Mapping[str, Any]],
    values: Mapping[str, Any] | None = None,
) -> list[Row[Any]]:
    """Take one step of the life of some cases, with one statement for all alike: check, write, note, announce.

    Args:
        work: the transaction that holds the rows.
        rows: the locked rows.
        action: the step.
        actor: who takes it.
        notifier: hears of it after the commit.
        bodies: for each row what the event says beside the states.
        values: other columns that change with it.

    Returns:
        The rows as they are now, in the same order.

    Raises:
        NotAllowed: the actor may not.
        Conflict: a case is not where the step starts, or is blocked.
    """
    target = TRANSITIONS[action].target
    moved: dict[str, Row[Any]] = {}
    for body, group in _alike(rows, bodies):
        for row in group:
            facts = facts_of(row, actor=answered_as(work.connection, row, actor.actor), now=work.now, body=body)
            next_state(action, state=CaseState(row.state), role=actor.role, facts=facts)
        changed = {"state": target.value, "entered_at": work.now, "reason_code": body.get("reason_code")}
        changed |= {**looks_after(action, actor.actor, body), **(values or {})}
        change = change_cases([row.case_id for row in group], changed)
        moved |= {row.case_id: row for row in work.connection.execute(change.returning(cases))}
    for row, body in zip(rows, bodies, strict=True):
        work.count(shadow=row.shadow, state=row.state, by=-1)
        work.count(shadow=row.shadow, state=target.value, by=1)
        work.record(actor, action, case_id=row.case_id, body={"from": row.state, "state": target.value} | dict(body))
        announce(work, moved[row.case_id], notifier)
    if target in ENDED_WITHOUT_SANCTION:
        ended = [row for row in moved.values() if not second_look_due(row.second_look, row.second_by)]
        give_back_led(work, ended, notifier=notifier)
    return [moved[row.case_id] for row in rows]


def give_back_led(work: Work, ended: Sequence[Row[Any]], *, notifier: CaseNotifier) -> int:
    """Let people look at the duplicates of cases for which nobody is fined: the act would be lost with its lead.

    A duplicate whose own year has passed stays, and expires by itself.

    Args:
        work: the transaction that holds the rows of the leads.
        ended: the leads.
        notifier: hears of every change.

    Returns:
        How many duplicates wait for their first look again.
    """
    states = {row.case_id: row.state for row in ended}
    led = work.connection.execute(locked(led_by_any(sorted(states)), work.connection)).all() if states else []
    rows = [row for row in led if not limitation_passed(row.began_at, work.now)]
    bodies = [{"reason_code": LEAD_ENDED, "lead_id": row.lead_id, "lead_state": states[row.lead_id]} for row in rows]
    if rows:
        move_all(work, rows, Action.LEAD_ENDED, SYSTEM, notifier=notifier, bodies=bodies, values={"lead_id": None})
    return len(rows)


def _alike(
    rows: Sequence[Row[Any]], bodies: Sequence[Mapping[str, Any]]
) -> Iterator[tuple[Mapping[str, Any], list[Row[Any]]]]:
    """Rows that change alike: with the same reason and looks, which only the body says."""
    groups: dict[tuple[Any, ...], tuple[Mapping[str, Any], list[Row[Any]]]] = {}
    for row, body in zip(rows, bodies, strict=True):
        key = tuple(body.get(name) for name in ("reason_code", "answer", "second_look", "lead_state", "plate"))
        groups.setdefault(key, (body, []))[1].append(row)
    yield from groups.values()
