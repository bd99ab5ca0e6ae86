"""A job that takes long is told from jobs that nobody does: while one runs, its process says so."""

import logging
import math
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from api.standing_problems import JOB_LONG, JOBS_SILENT_AFTER, StandingProblems
from domain.errors import MatThanError
from domain.instants import Clock

logger = logging.getLogger(__name__)
_CLOSE_WITHIN_S = 10.0
_LONG_S = JOBS_SILENT_AFTER.total_seconds() / 2


class JobWatch:
    """A thread beside the one that works.

    Args:
        problems: where every process reads what is wrong.
        clock: says how long a job runs.
        every_s: so often the running job is looked at.
    """

    def __init__(self, problems: StandingProblems, clock: Clock, *, every_s: float) -> None:
        self._problems = problems
        self._clock = clock
        self._every_s = every_s
        self._running: tuple[str, float] | None = None
        self._said_s = -math.inf  # when it was last said here that somebody does the jobs
        self._told: set[str] = set()  # jobs of which it was said that they take long
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="job-watch", daemon=True)

    @contextmanager
    def doing(self, name: str) -> Iterator[None]:
        """A job is being done, for as long as it takes.

        Args:
            name: of the job.
        """
        with self._lock:
            self._running = (name, self._clock.monotonic_s())
        try:
            yield
        finally:
            with self._lock:
                self._running = None
                self._take_back(name)

    def look(self) -> None:
        """Say that jobs are being done, and which of them takes half of the silence that counts as stopped.

        Several may follow one another, none of them long, that together are longer than that silence.

        Raises:
            StoreUnavailable: it could not be said.
        """
        with self._lock:
            if self._running is None:
                return
            name, since_s = self._running
            now_s = self._clock.monotonic_s()
            if now_s - self._said_s >= _LONG_S:
                self._problems.jobs_alive()
                self._said_s = now_s
            if now_s - since_s >= _LONG_S and name not in self._told:
                self._problems.note(JOB_LONG, name)
                self._told.add(name)

    def start(self) -> None:
        """Start to look."""
        self._thread.start()

    def close(self) -> None:
        """Stop."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_WITHIN_S)

    def _take_back(self, name: str) -> None:
        if name not in self._told:
            return
        with suppress(MatThanError):  # then when it was next done
            self._problems.clear(JOB_LONG, name)
            self._told.discard(name)

    def _work(self) -> None:
        while not self._stop.wait(self._every_s):
            try:
                self.look()
            except MatThanError:
                logger.warning("That a job runs could not be said", exc_info=True, extra={"action": "job_watch_failed"})
