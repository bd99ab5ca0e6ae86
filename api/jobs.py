"""What one process does for all: ends leases, tidies up, signs checkpoints."""

import logging
import threading

from api.audit.checkpoints import CheckpointWriter, checkpoint_writer
from api.centre import Centre
from api.services.idempotency import forget_old_answers
from api.settings import CentreSettings
from domain.errors import MatThanError

logger = logging.getLogger(__name__)
_TIDY_EVERY_S = 3600.0
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
            self._checkpoints = checkpoint_writer(settings.record, centre.audit, self._clock)
            self._checkpoint_every_s = settings.record.checkpoint_every_minutes * 60.0
        self._tidied_s: float | None = None
        self._signed_s: float | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)

    def start(self) -> None:
        """Start to work."""
        self._thread.start()

    def close(self) -> None:
        """Stop, and let another process take over."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(_CLOSE_WITHIN_S)
        self._sole.release()

    def round(self) -> bool:
        """Do what is due, if this is the process that may.

        Returns:
            Whether it is.

        Raises:
            MatThanError: something failed; what was done stays done, the rest is due in the next round.
        """
        if not self._sole.holds():
            return False
        self._centre.police.expire_leases()
        now_s = self._clock.monotonic_s()
        if self._checkpoints is not None and _is_due(self._signed_s, self._checkpoint_every_s, now_s):
            written = self._checkpoints.write()
            self._signed_s = now_s
            if written is not None:
                logger.info("A checkpoint was signed", extra={"action": "checkpoint_signed", "file": str(written)})
        if _is_due(self._tidied_s, _TIDY_EVERY_S, now_s):
            self._centre.sign_in.forget_ended()
            forget_old_answers(self._centre.store)
            self._centre.intake.sweep()
            self._tidied_s = now_s
        return True

    def _work(self) -> None:
        while not self._stop.wait(self._every_s):
            try:
                self.round()
            except MatThanError:
                logger.warning(
                    "A round of jobs failed, the next may not", exc_info=True, extra={"action": "jobs_failed"}
                )


def _is_due(last_s: float | None, every_s: float, now_s: float) -> bool:
    return last_s is None or now_s - last_s >= every_s
