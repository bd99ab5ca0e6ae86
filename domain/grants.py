"""What a person or machine is let do, and where: a role, and the wards and police queues that it holds in."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from domain.cases.roles import Role
from domain.errors import Invalid

EVERY = "*"
_EVERYTHING = frozenset({EVERY})
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,62}")
"""Of a ward, a queue, an organisation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Wards and queues; a thing lies in it when its ward and its queue do.

    A thing of no known ward or queue lies only in a scope of every one, so nobody sees by accident what is nobody's.

    Examples:
        >>> Scope(wards=frozenset({"phu-xuan"})).covers(ward="phu-xuan", queue="traffic_police")
        True
        >>> Scope(wards=frozenset({"phu-xuan"})).covers(ward="", queue="traffic_police")
        False
    """

    wards: frozenset[str] = _EVERYTHING  # as ``ward_key`` writes them
    queues: frozenset[str] = _EVERYTHING

    @property
    def everywhere(self) -> bool:
        """Whether nothing lies outside."""
        return EVERY in self.wards and EVERY in self.queues

    def has_ward(self, ward: str) -> bool:
        """Whether a ward lies in it."""
        return EVERY in self.wards or (ward != EVERY and ward in self.wards)

    def has_queue(self, queue: str | None) -> bool:
        """Whether a queue lies in it."""
        return EVERY in self.queues or (queue is not None and queue != EVERY and queue in self.queues)

    def covers(self, *, ward: str, queue: str | None) -> bool:
        """Whether a case of this ward and queue lies in it."""
        return self.has_ward(ward) and self.has_queue(queue)


EVERYWHERE = Scope()
NOWHERE = Scope(wards=frozenset(), queues=frozenset())

NAMES_WARDS: Mapping[Role, bool] = {
    Role.OPERATOR: False,
    Role.SUPERVISOR: False,
    Role.POLICE: False,
    Role.WARD: True,
}
"""Roles that wards can bound; True: they must be named."""
NAMES_QUEUES: Mapping[Role, bool] = {Role.OPERATOR: False, Role.SUPERVISOR: False, Role.POLICE: True}
"""Roles that queues can bound; True: they must be named."""


def scope_of(role: Role, *, wards: Collection[str] = (), queues: Collection[str] = ()) -> Scope:
    """The scope of a grant.

    Args:
        role: that is granted.
        wards: names such as ``phu-xuan``; ``*`` is every one, and so is none where the role need not name them.
        queues: likewise, such as ``traffic_police``.

    Raises:
        Invalid: a name is none, one is missing, or the role is not bound by such names.

    Examples:
        >>> scope_of(Role.OPERATOR, wards=["phu-xuan"]).queues
        frozenset({'*'})
    """
    return Scope(wards=_checked(role, "ward", wards, NAMES_WARDS), queues=_checked(role, "queue", queues, NAMES_QUEUES))


def _checked(role: Role, kind: str, names: Collection[str], rules: Mapping[Role, bool]) -> frozenset[str]:
    if rules.get(role, False) and not names:
        raise Invalid(f"an account or key of the role {role} names its {kind}s (* is every one)")
    if role not in rules and names:
        raise Invalid(f"the role {role} is not bound by a {kind}; name none")
    for name in names:
        if name != EVERY and not NAME.fullmatch(name):
            raise Invalid(f"{name!r} is no name of a {kind}: small letters, digits, - and _")
    return frozenset(names) or _EVERYTHING
