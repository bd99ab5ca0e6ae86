"""Who may ask the centre for what: roles, permissions and the one who asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from domain.cases.roles import Role
from domain.errors import NotAllowed


class Permission(StrEnum):
    """One thing that a door lets through."""

    CASES_READ = "cases_read"
    CASES_DECIDE = "cases_decide"
    EVIDENCE_UPLOAD = "evidence_upload"
    QUEUE_USE = "queue_use"
    HEALTH_READ = "health_read"
    ALERTS_READ = "alerts_read"
    ALERTS_ACKNOWLEDGE = "alerts_acknowledge"
    COUNTS_SEND = "counts_send"
    COUNTS_READ = "counts_read"
    REMINDERS_SEND = "reminders_send"
    REMINDERS_READ = "reminders_read"
    REMINDERS_ANSWER = "reminders_answer"
    AUDIT_READ = "audit_read"
    ACCOUNTS_MANAGE = "accounts_manage"
    LISTS_READ = "lists_read"  # catalogue, rejection reasons: no case in them
    SELF_READ = "self_read"


_PEOPLE = frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.POLICE, Role.WARD, Role.AUDITOR, Role.ADMIN})

ROLES_WITH: Mapping[Permission, frozenset[Role]] = {
    Permission.CASES_READ: frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR}),
    Permission.CASES_DECIDE: frozenset({Role.OPERATOR, Role.SUPERVISOR}),
    Permission.EVIDENCE_UPLOAD: frozenset({Role.EDGE}),
    Permission.QUEUE_USE: frozenset({Role.POLICE}),
    Permission.HEALTH_READ: frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN}),
    Permission.ALERTS_READ: frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR}),
    Permission.ALERTS_ACKNOWLEDGE: frozenset({Role.OPERATOR, Role.SUPERVISOR}),
    Permission.COUNTS_SEND: frozenset({Role.EDGE}),
    Permission.COUNTS_READ: frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.AUDITOR, Role.ADMIN}),
    Permission.REMINDERS_SEND: frozenset({Role.EDGE}),
    Permission.REMINDERS_READ: frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.WARD, Role.AUDITOR}),
    Permission.REMINDERS_ANSWER: frozenset({Role.OPERATOR, Role.SUPERVISOR, Role.WARD}),
    Permission.AUDIT_READ: frozenset({Role.AUDITOR}),
    Permission.ACCOUNTS_MANAGE: frozenset({Role.ADMIN}),
    Permission.LISTS_READ: _PEOPLE,
    Permission.SELF_READ: _PEOPLE | {Role.EDGE},
}
"""Every permission and the roles that have it; a permission missing here is nobody's."""

EVERY_QUEUE = "*"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """The one who asks."""

    actor: str  # stable name for the record: "user:lan", "key:3f2a...", "system"
    name: str  # for screens
    role: Role
    box_id: str | None = None  # edge: the one box it speaks for
    queues: frozenset[str] = frozenset()  # police: queues it may pull from; ward: its wards; "*" is every one

    def may(self, permission: Permission) -> bool:
        """Whether the role has a permission."""
        return self.role in ROLES_WITH.get(permission, frozenset())

    def require(self, permission: Permission) -> None:
        """Refuse the caller unless its role has the permission.

        Raises:
            NotAllowed: it has not.
        """
        if not self.may(permission):
            raise NotAllowed(f"the role {self.role} does not permit {permission}")

    def may_use_queue(self, queue: str) -> bool:
        """Whether a police caller may pull from a queue."""
        return queue in self.queues or EVERY_QUEUE in self.queues

    @property
    def wards(self) -> frozenset[str] | None:
        """The wards whose reminders it may see; None: all."""
        return self.queues if self.role == Role.WARD and EVERY_QUEUE not in self.queues else None


SYSTEM = Principal(actor="system", name="Mắt Thần", role=Role.SYSTEM)
