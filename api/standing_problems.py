"""What is wrong beyond one process, kept where every process, the oversight page and the metrics read it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select

from api.persistence.store import Store
from api.persistence.tables import centre_problems
from api.persistence.upsert import insert_if_absent, upsert
from domain.fleet.health import HealthProblem

PROVIDER_DOWN: Final = "provider_down"
JOB_FAILED: Final = "job_failed"
JOB_LONG: Final = "job_long"
JOBS_STOPPED: Final = "jobs_stopped"
JOBS_SILENT_AFTER: Final = timedelta(minutes=10)

_JOBS_SEEN: Final = "jobs_seen"  # no problem: when somebody last did the jobs
_TOLD: Final[Mapping[str, tuple[str, str]]] = {
    PROVIDER_DOWN: (
        "The city's provider of sign-ins did not answer when it was last asked",
        "Check that it runs and can be reached from here; passwords of the centre go on working.",
    ),
    JOB_FAILED: (
        "The job {} failed when it was last due",
        "Read the log of the jobs process (action job_failed); the job is tried again in every round.",
    ),
    JOB_LONG: (
        "The job {} has been running for more than five minutes; the other jobs, such as ended leases, wait for it",
        "Leave it: it ends. If it never does, read the log of the jobs process, and start that process anew.",
    ),
    JOBS_STOPPED: (
        "No process does the jobs: leases do not end, nothing is signed, media do not expire",
        "Start a process with the role jobs, or look into the log of the one that runs.",
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StandingProblem:
    """What is wrong."""

    code: str
    subject: str  # e.g. the job; empty where there is one only
    since: datetime

    def told(self) -> HealthProblem:
        """With its text and what to do."""
        text, remedy = _TOLD[self.code]
        return HealthProblem(code=self.code, text=text.format(self.subject), remedy=remedy, since=self.since)


class StandingProblems:
    """Notes and tells them.

    Args:
        store: the centre's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def note(self, code: str, subject: str = "") -> None:
        """A problem is there; since when is kept from the first time.

        Args:
            code: ``PROVIDER_DOWN``, ``JOB_FAILED`` or ``JOB_LONG``.
            subject: the job.
        """
        with self._store.write() as work:
            insert_if_absent(work.connection, centre_problems, {"code": code, "subject": subject, "since": work.now})

    def clear(self, code: str, subject: str = "") -> None:
        """A problem is gone; nothing where there was none."""
        this = (centre_problems.c.code == code) & (centre_problems.c.subject == subject)
        with self._store.read() as connection:
            if connection.execute(select(centre_problems.c.code).where(this)).first() is None:
                return
        with self._store.write() as work:
            work.connection.execute(delete(centre_problems).where(this))

    def jobs_alive(self) -> None:
        """Somebody does the jobs; said about every minute, and during a job that takes long."""
        with self._store.write() as work:
            upsert(work.connection, centre_problems, {"code": _JOBS_SEEN, "subject": "", "since": work.now})

    def standing(self) -> tuple[StandingProblem, ...]:
        """All that stand, the oldest first; jobs count as stopped where some were once done."""
        with self._store.read() as connection:
            rows = connection.execute(select(centre_problems).order_by(centre_problems.c.since)).all()
        silent_before = self._store.clock.now() - JOBS_SILENT_AFTER
        return tuple(
            StandingProblem(
                code=JOBS_STOPPED if row.code == _JOBS_SEEN else row.code, subject=row.subject, since=row.since
            )
            for row in rows
            if row.code != _JOBS_SEEN or row.since < silent_before
        )
