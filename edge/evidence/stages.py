"""The two threads of evidence: cutting when a clip is due, and packaging (decoding, plates, signing) after it.

Cutting is cheap and cannot wait, since the ring forgets; packaging is dear and can, since what was cut is on the disk.
"""

import logging
import queue
import threading
from collections import deque
from collections.abc import Callable
from typing import Final

from domain.instants import Clock

logger = logging.getLogger(__name__)

Job = Callable[[], bool]
"""Whether it is done; one that is not is tried again."""

_LOOK_S: Final = 0.2  # how often jobs that failed are looked at while nothing else is to do


class JobThread:
    """Does jobs one after the other; one that is not done is tried again later, and no other waits for it.

    Args:
        name: of the thread.
        clock: measures the pause.
        again_s: after which a job that was not done is tried again.
    """

    def __init__(self, name: str, *, clock: Clock, again_s: float) -> None:
        self._clock = clock
        self._again_s = again_s
        self._jobs: queue.Queue[Job | None] = queue.Queue()
        self._again: deque[tuple[float, Job]] = deque()  # (when, monotonic), the soonest first
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)

    def start(self) -> None:
        """Begin to work."""
        self._thread.start()

    def submit(self, job: Job) -> None:
        """Put a job at the end of the line; never waits."""
        self._jobs.put(job)

    @property
    def waiting(self) -> int:
        """Jobs that have not begun, or are to be tried again."""
        return self._jobs.qsize() + len(self._again)

    def close(self, timeout_s: float) -> None:
        """Finish what is in line, but no longer than that; nothing is tried again."""
        if self._thread.is_alive():
            self._jobs.put(None)
            self._thread.join(timeout_s)

    def _work(self) -> None:
        while True:
            try:
                job = self._jobs.get(timeout=_LOOK_S if self._again else None)
            except queue.Empty:
                pass
            else:
                if job is None:
                    return
                self._do(job)
            for _ in range(len(self._again)):
                if self._again[0][0] > self._clock.monotonic_s():
                    break
                self._do(self._again.popleft()[1])

    def _do(self, job: Job) -> None:
        try:
            done = job()
        except Exception:
            logger.exception("An evidence job failed", extra={"action": "evidence_job_failed"})
            return
        if not done:
            self._again.append((self._clock.monotonic_s() + self._again_s, job))


class EvidenceStages:
    """Both threads of a box.

    Args:
        clock: measures the pauses before something is tried again.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.cutting = JobThread("evidence-cutting", clock=clock, again_s=1.0)  # the ring forgets
        self.packaging = JobThread("evidence-packaging", clock=clock, again_s=10.0)

    def start(self) -> None:
        """Begin to work."""
        self.cutting.start()
        self.packaging.start()

    def close(self, timeout_s: float = 20.0) -> None:
        """Finish what is in line, within that time together; what is left is finished at the next start."""
        until_s = self._clock.monotonic_s() + timeout_s
        self.cutting.close(timeout_s)
        self.packaging.close(max(0.0, until_s - self._clock.monotonic_s()))
