"""What one process does for all: ends leases, tidies up, signs checkpoints, ends media."""

import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from api.audit.checkpoints import CheckpointWriter, checkpoint_writer
from api.centre import Centre
from api.job_watch import JobWatch
from api.police.idempotency import forget_old_answers
from api.settings import CentreSettings
from api.standing_problems import JOB_FAILED, JOB_LONG, PROVIDER_DOWN
from domain.errors import MatThanError

logger = logging.getLogger(__name__)
_TIDY_EVERY_S = 3600.0
_QUEUE_EVERY_S = 60.0
_RULES_EVERY_S = 600.0
_FIGURES_EVERY_S = 6 * 3600.0
_CLOSE_WITHIN_S = 10.0


class Jobs:
    """A thread that works while its process is the one that may.

    Args:
        settings: of the centre.
        centre: its services.

    Raises:
        ConfigurationError: the key of the checkpoints is missing or can be read by others.
    """

    def __init__(self, settings: CentreSettings, centre: Centre) -> None:
        self._centre = centre
        self._clock = centre.store.clock
        self._every_s = settings.police.sweep_every_s
        self._sole = centre.store.database.sole_holder("jobs")
        self._checkpoints: CheckpointWriter | None = None
        self._checkpoint_every_s = 0.0
        if settings.record is not None:
            self._checkpoints = checkpoint_writer(settings.record, centre.store)
            self._checkpoint_every_s = settings.record.checkpoint_every_minutes * 60.0
        self._retention_every_s = settings.retention.every_hours * 3600.0 if settings.retention is not None else 0.0
        self._watch = JobWatch(centre.problems, self._clock, every_s=min(self._every_s, _QUEUE_EVERY_S))
        self._done_s: dict[str, float] = {}
        self._well: set[str] = set()  # jobs of which no failure is noted any more
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)

    def start(self) -> None:
        """Start to work."""
        self._watch.start()
        self._thread.start()

    def close(self) -> None:
        """Stop, and let another process take over."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_WITHIN_S)
        self._watch.close()
        self._sole.release()

    def round(self) -> bool:
        """Do what is due, if this is the process that may.

        Returns:
            Whether it is.

        Raises:
            StoreUnavailable: it cannot be known whether it is.
        """
        if not self._sole.holds():
            return False
        self._do("leases", 0.0, self._centre.police.expire_leases)
        self._do("rules", _RULES_EVERY_S, self._centre.rules.review)
        self._do("floods", _QUEUE_EVERY_S, self._centre.floods.flag)
        self._do("flood_closings", 0.0, self._centre.floods.finish)
        self._do("review_queue", _QUEUE_EVERY_S, self._centre.review_queue.keep)
        if self._checkpoints is not None:
            self._do("checkpoint", self._checkpoint_every_s, self._sign)
        self._do("public_figures", _FIGURES_EVERY_S, self._centre.public_figures.publish)
        self._do("tidying", _TIDY_EVERY_S, self._tidy)
        if self._retention_every_s:
            self._do("retention", self._retention_every_s, self._expire_media)
        self._do("round", _QUEUE_EVERY_S, self._centre.problems.jobs_alive)
        return True

    def _do(self, name: str, every_s: float, job: Callable[[], object]) -> None:
        """Do a job when it is due; one that fails is due again in the next round and keeps no other from being done."""
        now_s = self._clock.monotonic_s()
        last_s = self._done_s.get(name)
        if last_s is not None and now_s - last_s < every_s:
            return
        try:
            with self._watch.doing(name):
                job()
        except MatThanError:
            extra = {"action": "job_failed", "job": name}
            logger.warning("A job failed, the next round tries again", exc_info=True, extra=extra)
            self._well.discard(name)
            with suppress(MatThanError):  # the database is away: readiness says that itself
                self._centre.problems.note(JOB_FAILED, name)
            return
        self._done_s[name] = now_s
        if name not in self._well:
            with suppress(MatThanError):
                for code in (JOB_FAILED, JOB_LONG):  # of a process that was killed too
                    self._centre.problems.clear(code, name)
                self._well.add(name)

    def _sign(self) -> None:
        written = self._checkpoints.write() if self._checkpoints is not None else None
        if written is not None:
            logger.info("A checkpoint was signed", extra={"action": "checkpoint_signed", "file": str(written)})

    def _expire_media(self) -> None:
        self._centre.retention.run(apply=True, until_next=timedelta(seconds=self._retention_every_s))

    def _tidy(self) -> None:
        if self._centre.provider is None:  # there was one, before somebody took it out of the settings
            self._centre.problems.clear(PROVIDER_DOWN)
        if not self._retention_every_s:  # likewise
            self._centre.problems.clear(JOB_FAILED, "retention")
            self._centre.problems.clear(JOB_LONG, "retention")
        self._centre.sign_in.forget_ended()
        self._centre.citizens.forget_ended()
        self._centre.reports.forget_old(until_next=timedelta(seconds=_TIDY_EVERY_S))
        self._centre.report_intake.forget_abandoned()
        forget_old_answers(self._centre.store)
        self._centre.centre_cases.forget_abandoned()
        self._centre.intake.sweep()
        self._centre.ledger_intake.forget_old()
        self._centre.sighting_intake.forget_old()
        self._centre.reminder_intake.forget_old()
        self._centre.reminder_pictures.forget_old()
        self._centre.camera_pages.forget_old()
        self._centre.health.forget_old()

    def _work(self) -> None:
        while not self._stop.wait(self._every_s):
            try:
                self.round()
            except MatThanError:
                logger.warning("Who does the jobs is not known", exc_info=True, extra={"action": "jobs_unknown"})
