"""What a process of the centre does; one process does everything for a small site, many share a city."""

from enum import StrEnum


class CentreRole(StrEnum):
    """One of the centre's four kinds of work; all stand on one database."""

    WEB = "web"  # the API of people, police, auditors and admins
    INTAKE = "intake"  # takes cases and health from boxes, by HTTP and from the broker
    CONSOLE = "console"  # the operators' pages, with the part of the API that they call
    JOBS = "jobs"  # ends leases, tidies up, signs checkpoints; of many such processes one works


EVERY_ROLE = frozenset(CentreRole)
WITHOUT_PAGES = EVERY_ROLE - {CentreRole.CONSOLE}
