"""One thread a box for the heavy part of evidence: cutting, decoding, hashing, writing."""

import logging
import queue
import threading
from collections.abc import Callable

logger = logging.getLogger(__name__)

Job = Callable[[], None]


class EvidenceWorker:
    """Does jobs one after the other; a job that fails is told and the next one goes on."""

    def __init__(self) -> None:
        self._jobs: queue.Queue[Job | None] = queue.Queue()
        self._thread = threading.Thread(target=self._work, name="evidence", daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Put a job at the end of the line; never waits."""
        self._jobs.put(job)

    @property
    def waiting(self) -> int:
        """Jobs that have not begun."""
        return self._jobs.qsize()

    def close(self, timeout_s: float = 20.0) -> None:
        """Finish what is in line, but no longer than ``timeout_s``; cases left over are finished at the next start."""
        if self._thread.is_alive():
            self._jobs.put(None)
            self._thread.join(timeout_s)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            try:
                job()
            except Exception:
                logger.exception("An evidence job failed", extra={"action": "evidence_job_failed"})
