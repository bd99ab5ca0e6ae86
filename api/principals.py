"""Who may ask the centre for what, and where: roles, permissions, scopes and the one who asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from domain.cases.roles import Role
from domain.errors import NotAllowed
from domain.grants import EVERYWHERE, Scope


class Permission(StrEnum):
    """One thing that a door lets through."""

    CASES_READ = "cases_read"
    CASES_DECIDE = "cases_decide"
    PLATES_LOOK_UP = "plates_look_up"
    REVIEWERS_READ = "reviewers_read"
    FLOODS_LIFT = "floods_lift"
    EVIDENCE_UPLOAD = "evidence_upload"
    QUEUE_USE = "queue_use"
    HEALTH_READ = "health_read"
    CAMERAS_TELL = "cameras_tell"
    CAMERAS_DRAW = "cameras_draw"
    ALERTS_READ = "alerts_read"
    ALERTS_ACKNOWLEDGE = "alerts_acknowledge"
    COUNTS_SEND = "counts_send"
    COUNTS_READ = "counts_read"
    SIGHTINGS_SEND = "sightings_send"
    REMINDERS_SEND = "reminders_send"
    REMINDERS_READ = "reminders_read"
    REMINDERS_ANSWER = "reminders_answer"
    REPORTS_READ = "reports_read"  # citizens' reports, without who sent them
    REPORTS_ANSWER = "reports_answer"
    REPORTERS_READ = "reporters_read"  # who sent one
    REPORTS_ANALYSE = "reports_analyse"  # their pictures, one at a time, without anything that was said
    EXPORTS_READ = "exports_read"
    EXPORTS_ASK = "exports_ask"
    EXPORTS_ANSWER = "exports_answer"  # of what another person asked for
    AUDIT_READ = "audit_read"
    ACCOUNTS_MANAGE = "accounts_manage"
    LISTS_READ = "lists_read"  # catalogue, rejection reasons: no case in them
    SELF_READ = "self_read"


_PEOPLE = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.POLICE, Role.WARD, Role.AUDITOR, Role.ADMIN})

ROLES_WITH: Mapping[Permission, frozenset[Role]] = {
    Permission.CASES_READ: frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR}),
    Permission.CASES_DECIDE: frozenset({Role.OPERATOR, Role.SUPERVISOR}),
    Permission.PLATES_LOOK_UP: frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.POLICE}),
    Permission.REVIEWERS_READ: frozenset({Role.SUPERVISOR, Role.AUDITOR}),
    Permission.FLOODS_LIFT: frozenset({Role.SUPERVISOR}),
    Permission.EVIDENCE_UPLOAD: frozenset({Role.EDGE}),
    Permission.QUEUE_USE: frozenset({Role.POLICE}),
    Permission.HEALTH_READ: frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN}),
    Permission.CAMERAS_TELL: frozenset({Role.EDGE}),
    Permission.CAMERAS_DRAW: frozenset({Role.ADMIN}),
    Permission.ALERTS_READ: frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR}),
    Permission.ALERTS_ACKNOWLEDGE: frozenset({Role.OPERATOR, Role.SUPERVISOR}),
    Permission.COUNTS_SEND: frozenset({Role.EDGE}),
    Permission.COUNTS_READ: frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN}),
    Permission.SIGHTINGS_SEND: frozenset({Role.EDGE}),
    Permission.REMINDERS_SEND: frozenset({Role.EDGE}),
    Permission.REMINDERS_READ: frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.WARD, Role.AUDITOR}),
    Permission.REMINDERS_ANSWER: frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.WARD}),
    Permission.REPORTS_READ: frozenset({Role.OPERATOR, Role.SUPERVISOR}),
    Permission.REPORTS_ANSWER: frozenset({Role.OPERATOR, Role.SUPERVISOR}),
    Permission.REPORTERS_READ: frozenset({Role.SUPERVISOR}),
    Permission.REPORTS_ANALYSE: frozenset({Role.ANALYSER}),
    Permission.EXPORTS_READ: frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR}),
    Permission.EXPORTS_ASK: frozenset({Role.OPERATOR, Role.SUPERVISOR}),
    Permission.EXPORTS_ANSWER: frozenset({Role.SUPERVISOR}),
    Permission.AUDIT_READ: frozenset({Role.AUDITOR}),
    Permission.ACCOUNTS_MANAGE: frozenset({Role.ADMIN}),
    Permission.LISTS_READ: _PEOPLE,
    Permission.SELF_READ: _PEOPLE | {Role.EDGE, Role.ANALYSER},
}
"""Every permission and the roles that have it; a permission missing here is nobody's."""


class Bound(StrEnum):
    """What of a thing must lie in the caller's scope, beside the role."""

    CASE = "case"  # the ward and the queue of the case
    QUEUE = "queue"  # the queue that is named, and the ward of each case
    WARD = "ward"  # the ward of the reminder
    BOX = "box"  # the box that the key speaks for
    SELF = "self"  # the caller's own account
    NOTHING = "nothing"  # no person and no place is in it, or the role sees all by its duty


BOUND_BY: Mapping[Permission, Bound] = {
    Permission.CASES_READ: Bound.CASE,
    Permission.CASES_DECIDE: Bound.CASE,
    Permission.PLATES_LOOK_UP: Bound.CASE,
    Permission.REVIEWERS_READ: Bound.NOTHING,
    Permission.FLOODS_LIFT: Bound.NOTHING,
    Permission.EVIDENCE_UPLOAD: Bound.BOX,
    Permission.QUEUE_USE: Bound.QUEUE,
    Permission.HEALTH_READ: Bound.NOTHING,
    Permission.CAMERAS_TELL: Bound.BOX,
    Permission.CAMERAS_DRAW: Bound.NOTHING,
    Permission.ALERTS_READ: Bound.NOTHING,
    Permission.ALERTS_ACKNOWLEDGE: Bound.NOTHING,
    Permission.COUNTS_SEND: Bound.BOX,
    Permission.COUNTS_READ: Bound.NOTHING,
    Permission.SIGHTINGS_SEND: Bound.BOX,
    Permission.REMINDERS_SEND: Bound.BOX,
    Permission.REMINDERS_READ: Bound.WARD,
    Permission.REMINDERS_ANSWER: Bound.WARD,
    Permission.REPORTS_READ: Bound.NOTHING,
    Permission.REPORTS_ANSWER: Bound.NOTHING,
    Permission.REPORTERS_READ: Bound.NOTHING,
    Permission.REPORTS_ANALYSE: Bound.NOTHING,
    Permission.EXPORTS_READ: Bound.CASE,
    Permission.EXPORTS_ASK: Bound.CASE,
    Permission.EXPORTS_ANSWER: Bound.CASE,
    Permission.AUDIT_READ: Bound.NOTHING,
    Permission.ACCOUNTS_MANAGE: Bound.NOTHING,
    Permission.LISTS_READ: Bound.NOTHING,
    Permission.SELF_READ: Bound.SELF,
}
"""By which part of the scope each permission is bound; services ask ``Principal.scope`` for the thing itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The one who asks: whether it may do something is answered here, and nowhere else.

    ``may`` answers for a kind of thing, ``sees_case``, ``uses_queue`` and ``sees_ward`` for one thing. Lists ask the
    database with the same scope (``api/persistence/scopes.py``).
    """

    actor: str  # stable name for the record: "user:lan", "key:3f2a...", "system"
    name: str  # for screens
    role: Role
    scope: Scope = EVERYWHERE  # where the role holds
    box_id: str | None = None  # edge: the one box it speaks for
    enrolling: bool = False  # the role needs a second factor and the person has none: nothing but that is open
    organisation: str | None = None  # police: who owns what is handed over

    @property
    def holder(self) -> str:
        """In whose name leases and received cases are held: the organisation's, so that a key may end."""
        return self.organisation or self.actor

    def may(self, permission: Permission) -> bool:
        """Whether the role has a permission."""
        if self.enrolling and permission != Permission.SELF_READ:
            return False
        return self.role in ROLES_WITH.get(permission, frozenset())

    def require(self, permission: Permission) -> None:
        """Refuse the caller unless its role has the permission.

        Raises:
            NotAllowed: it has not.
        """
        if not self.may(permission):
            why = "set up a second factor first" if self.enrolling else f"the role {self.role} does not permit it"
            raise NotAllowed(f"{permission} is refused: {why}")

    def sees_case(self, row: Any) -> bool:
        """Whether a case lies in the scope, by its row (``ward_key``, ``queue``)."""
        return self.scope.covers(ward=row.ward_key, queue=row.queue)

    def uses_queue(self, queue: str) -> bool:
        """Whether a police caller may pull from a queue."""
        return self.scope.has_queue(queue)

    def sees_ward(self, ward_key: str) -> bool:
        """Whether a ward lies in the scope."""
        return self.scope.has_ward(ward_key)


SYSTEM = Principal(actor="system", name="Mắt Thần", role=Role.SYSTEM)
