"""A rule at a camera whose cases turn out wrong goes back to shadow by itself, and up again: both on record."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, select

from api.persistence.case_queries import outcomes
from api.persistence.store import Store, Work
from api.persistence.tables import rule_standings
from api.persistence.upsert import upsert
from api.principals import SYSTEM, Permission, Principal
from domain.cases.precision import Precision
from domain.cases.standing import RIGHT_STATES, WINDOW_DAYS, WRONG_STATES, falls, rises
from domain.cases.states import CaseState

logger = logging.getLogger(__name__)
Key = tuple[str, str, str]  # offence, camera, version of the rule


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOutcome:
    """How the cases of one version of a rule at one camera fared, in one hour of Hue's day or in all."""

    code: str
    camera_id: str
    rule_version: str
    hour: int | None  # of the act, in Hue
    precision: Precision
    fallen_at: datetime | None = None


class RuleStanding:
    """Watches rules.

    Args:
        store: the centre's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def review(self) -> tuple[list[Key], list[Key]]:
        """Let rules fall and rise; called by the jobs process.

        Returns:
            Which fell, and which rose.
        """
        fell: list[Key] = []
        rose: list[Key] = []
        with self._store.write() as work:
            standings = {_key(row): row for row in work.connection.execute(select(rule_standings))}
            since = work.now - timedelta(days=WINDOW_DAYS)
            for key, (counting, shadow) in _by_rule(work.connection, since).items():
                row = standings.get(key)
                stands = row is None or row.risen_at is not None
                if stands and falls(counting):
                    _note(work, key, counting, fallen_at=work.now, risen_at=None)
                    fell.append(key)
                elif row is not None and not stands and rises(shadow):
                    _note(work, key, shadow, fallen_at=row.fallen_at, risen_at=work.now)
                    rose.append(key)
        return fell, rose

    def outcomes(self, actor: Principal, *, by_hour: bool) -> list[RuleOutcome]:
        """How the counting cases of the last thirty days fared, by offence, camera and version (and hour of the act).

        Raises:
            NotAllowed: the role may not read numbers.
        """
        actor.require(Permission.COUNTS_READ)
        with self._store.read() as connection:
            since = self._store.clock.now() - timedelta(days=WINDOW_DAYS)
            standings = {_key(row): row for row in connection.execute(select(rule_standings))}
            rows = connection.execute(outcomes(since, False)).all()  # noqa: FBT003
        groups: dict[tuple[Key, int | None], list[int]] = {}
        for row in rows:
            numbers = groups.setdefault((_key(row), _hour(row) if by_hour else None), [0, 0])
            numbers[0] += row.cases if row.state in RIGHT_STATES else 0
            numbers[1] += row.cases if row.state in RIGHT_STATES | WRONG_STATES else 0
        return [
            RuleOutcome(
                code=key[0],
                camera_id=key[1],
                rule_version=key[2],
                hour=hour,
                precision=Precision(right=right, judged=judged),
                fallen_at=_fallen_at(standings.get(key)),
            )
            for (key, hour), (right, judged) in sorted(groups.items(), key=lambda item: (item[0][0], item[0][1] or 0))
            if judged
        ]


def _note(work: Work, key: Key, precision: Precision, *, fallen_at: datetime, risen_at: datetime | None) -> None:
    code, camera_id, version = key
    names: dict[str, object] = {"code": code, "camera_id": camera_id, "rule_version": version}
    numbers: dict[str, object] = {"right": precision.right, "judged": precision.judged}
    upsert(work.connection, rule_standings, {"fallen_at": fallen_at, "risen_at": risen_at} | names | numbers)
    action = "rule_fell" if risen_at is None else "rule_rose"
    work.record(SYSTEM, action, body=names | numbers)
    logger.warning("A rule changed between counting and shadow", extra={"action": action} | names | numbers)


def is_fallen(connection: Connection, *, code: str, camera_id: str, rule_version: str) -> bool:
    """Whether the cases of a rule at a camera are shadow, whatever their box says."""
    rules = rule_standings.c
    asked = select(rules.fallen_at).where(
        rules.code == code, rules.camera_id == camera_id, rules.rule_version == rule_version, rules.risen_at.is_(None)
    )
    return connection.execute(asked).first() is not None


def _by_rule(connection: Connection, since: datetime) -> dict[Key, tuple[Precision, Precision]]:
    """Counting cases since a rule last rose, and shadow cases since it last fell."""
    numbers: dict[Key, list[int]] = {}
    for shadow in (False, True):
        for row in connection.execute(outcomes(since, shadow)):
            counted = numbers.setdefault(_key(row), [0, 0, 0, 0])
            right = row.state in RIGHT_STATES | {CaseState.JUDGED_RIGHT}
            counted[2 * shadow] += row.cases if right else 0
            counted[2 * shadow + 1] += row.cases
    return {
        key: (Precision(right=each[0], judged=each[1]), Precision(right=each[2], judged=each[3]))
        for key, each in numbers.items()
    }


def _key(row: Any) -> Key:
    return row.code, row.camera_id, row.rule_version


def _fallen_at(row: Row[Any] | None) -> datetime | None:
    return row.fallen_at if row is not None and row.risen_at is None else None


def _hour(row: Any) -> int:
    return int((int(row.hour_utc) + 7) % 24)
