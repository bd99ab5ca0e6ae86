"""Who may move a case: one role each, so that duties stay apart."""

from enum import StrEnum


class Role(StrEnum):
    """What a caller is. One role each: duties stay apart."""

    EDGE = "edge"  # a box
    ANALYSER = "analyser"  # a worker whose networks look at citizens' pictures: one at a time, no word beside it
    OPERATOR = "operator"  # reviews cases
    SUPERVISOR = "supervisor"  # reviews, and answers for a team
    POLICE = "police"  # pulls confirmed cases
    WARD = "ward"  # a ward's own people: see and answer the reminders of their ward, no case
    AUDITOR = "auditor"  # reads everything that was done, changes nothing
    ADMIN = "admin"  # accounts, keys and boxes; sees no case
    CITIZEN = "citizen"  # whom a notice names: comes by its number and code, sees one case, has no account
    SYSTEM = "system"  # the centre itself; nobody can sign in as it


WITHOUT_ACCOUNT = frozenset({Role.CITIZEN, Role.SYSTEM})
"""Nobody is given one of these."""
