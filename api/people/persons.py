"""Which person an account is of: a rule of two people compares persons, not accounts."""

import unicodedata
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import Connection, Row, func, select, union

from api.persistence.tables import cases, users
from domain.cases.roles import Role
from domain.cases.states import AWAITING_REVIEW, CaseState
from domain.errors import Conflict, Invalid

DECIDING_ROLES: Final = frozenset({Role.OPERATOR, Role.SUPERVISOR})
"""Roles of which two people are asked for something: no new account has one without its person."""

_LOOKED_AT: Final = AWAITING_REVIEW | {CaseState.ADJUDICATION}
_USER: Final = "user:"
_MAX_PERSON: Final = 40
_MINUS: Final = "\N{MINUS SIGN}"


def checked_person(person: str) -> str:
    """A personnel number as it is compared: without spaces, in capitals, with one kind of dash.

    Raises:
        Invalid: it has no letter or digit, or is too long.

    Examples:
        >>> checked_person(" cb-0 417 "), checked_person("CB–0417")
        ('CB-0417', 'CB-0417')
    """
    joined = "".join(unicodedata.normalize("NFKC", person).split()).upper()
    number = "".join("-" if unicodedata.category(each) == "Pd" or each == _MINUS else each for each in joined)
    if not 0 < len(number) <= _MAX_PERSON or not any(each.isalnum() for each in number) or not number.isprintable():
        raise Invalid(f"a personnel number has 1 to {_MAX_PERSON} characters, a letter or digit among them")
    return number


def answered_as(connection: Connection, row: Row[Any], actor: str) -> str:
    """The account by which somebody has looked at a case that is reviewed; else the account that he uses now.

    Args:
        connection: to the accounts.
        row: of the case.
        actor: the account that he uses now.
    """
    looked = {row.first_by, row.second_by} - {None}
    if row.state not in _LOOKED_AT or not looked or actor in looked or not actor.startswith(_USER):
        return actor
    known = _accounts(connection, {actor, *looked})
    here = known.get(actor)
    same = (each for each in sorted(looked) if here is not None and each in known and _may_be_one(here, known[each]))
    return next(same, actor)


def has_answered(connection: Connection, row: Row[Any], actor: str) -> bool:
    """Whether a person has looked at a case that is reviewed, by whichever account."""
    return row.state in AWAITING_REVIEW and answered_as(connection, row, actor) in {row.first_by, row.second_by}


def accounts_of(connection: Connection, actor: str) -> frozenset[str]:
    """Every account that is, or may be, of the person of an account, this one among them; in one question."""
    name = actor.removeprefix(_USER)
    asked = select(users.c.username, users.c.display_name, users.c.person)
    rows: list[Any] = list(connection.execute(asked))
    here = next((row for row in rows if actor.startswith(_USER) and row.username == name), None)
    return frozenset({actor, *(_USER + row.username for row in rows if here is not None and _may_be_one(here, row))})


def are_two_people(connection: Connection, one: str, other: str) -> bool:
    """Whether it is known that two accounts are two people's; not, while nobody has stated a person of each.

    Who has no account here takes no part in it: nobody signs in as he.
    """
    known = _accounts(connection, {one, other})
    if len(known) < 2:  # noqa: PLR2004 - a pair
        return one != other
    persons = {row.person for row in known.values()}
    return None not in persons and len(persons) == len(known)


def require_two_people(connection: Connection, one: str, other: str) -> None:
    """Refuse where two accounts are one person's, or nobody has stated whose they are.

    Raises:
        Conflict: they are, or it is not known.
    """
    if one == other:
        raise Conflict("another person answers: you asked for it")
    known = _accounts(connection, {one, other})
    persons = [known[each].person if each in known else None for each in (one, other)]
    if None in persons:
        raise Conflict("nobody has stated which person each of the two accounts is of: an admin does")
    if persons[0] == persons[1]:
        raise Conflict("another person answers: the account that asked for it is yours too")


def unstated(connection: Connection) -> int:
    """How many accounts nobody has stated the person of, though two people are told apart by it.

    Open ones that decide about cases; and whichever has looked at a case that another person still has to look at:
    nobody can confirm that one before, even if the account was ended since.
    """
    waiting = cases.c.state.in_([CaseState.SECOND_REVIEW.value, CaseState.ADJUDICATION.value])
    looked = union(*(select(each).where(waiting, each.is_not(None)) for each in (cases.c.first_by, cases.c.second_by)))
    decides = users.c.role.in_(sorted(DECIDING_ROLES)) & users.c.disabled_at.is_(None)
    theirs = users.c.person.is_(None) & (decides | (_USER + users.c.username).in_(looked))
    return connection.execute(select(func.count()).select_from(users).where(theirs)).scalar_one()


def _accounts(connection: Connection, actors: set[str]) -> Mapping[str, Any]:
    names = sorted(each.removeprefix(_USER) for each in actors if each.startswith(_USER))
    asked = select(users.c.username, users.c.display_name, users.c.person).where(users.c.username.in_(names))
    return {_USER + row.username: row for row in connection.execute(asked)}


def _may_be_one(one: Row[Any], other: Row[Any]) -> bool:
    """Whether two accounts are, or while one is not stated may be, of one person: then they bear one name."""
    if one.person is not None and other.person is not None:
        return bool(one.person == other.person)
    return _folded(one.display_name) == _folded(other.display_name)


def _folded(name: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()
