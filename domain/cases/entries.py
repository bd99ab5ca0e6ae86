"""How a case comes in, who brings it, and where its life begins; all that follows is one table (transitions.py)."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.cases.roles import Role
from domain.cases.states import CaseState
from domain.errors import NotAllowed

CENTRE: Final = "centre"
"""Stands for the box in cases whose documents the centre itself writes and signs."""


class Entry(StrEnum):
    """What a case comes from."""

    BOX = "box"  # a rule of a box found an act
    REPORT = "report"  # a person accepted a citizen's report
    CLONE = "clone"  # a person saw a second act in the evidence of a case


ENTERED_BY: Final[Mapping[Entry, frozenset[Role]]] = {
    Entry.BOX: frozenset({Role.EDGE}),
    Entry.REPORT: frozenset({Role.OPERATOR, Role.SUPERVISOR}),
    Entry.CLONE: frozenset({Role.OPERATOR, Role.SUPERVISOR}),
}


def first_state(entry: Entry, *, role: Role, shadow: bool = False) -> CaseState:
    """Where a case begins: before the first look, whoever brings it, but for what is only measured.

    Raises:
        NotAllowed: such a caller brings none in this way.

    Examples:
        >>> first_state(Entry.REPORT, role=Role.OPERATOR)
        <CaseState.QUEUED: 'queued'>
    """
    if role not in ENTERED_BY[entry]:
        raise NotAllowed(f"the role {role} brings no case in as a {entry}")
    return CaseState.DETECTED if shadow else CaseState.QUEUED
