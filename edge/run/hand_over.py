"""A camera's findings on their way to its evidence and the outbox: in order, none lost, none overtaken."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Iterable

from domain.alert import Alert
from domain.cases.case import Case
from domain.event import Hold, Passage, Release
from domain.fleet.health import ProblemCode
from domain.instants import Clock
from domain.reminder import Reminder, ReminderState
from edge.health.figures import CameraFigures
from edge.health.problems import ProblemBoard
from edge.reminders.place_pictures import TakenPicture, TakePicture
from edge.run.evidence_port import Evidence
from plumbing.backoff import Backoff
from rules.outcome import RuleOutput

logger = logging.getLogger(__name__)

Evidenced = Case | Hold | Release
"""Findings that evidence is about; alerts, reminders and counts have none."""

OnReminder = Callable[[Reminder, TakenPicture | None], None]
"""Takes a reminder, with a picture of its newest step where there are pictures."""

_FIRST_AGAIN_S = 1.0
_LONGEST_AGAIN_S = 30.0


class HandOver:
    """Hands findings on; what could not be stored waits in memory and is tried again, before everything newer.

    Nothing bounds the queue and nothing is ever dropped from it: a case is some kilobytes, and a street has a few an
    hour. While a case waits its moments are held, so that its pictures outlive the ring. Only a hold goes ahead of what
    waits, since its pictures would be gone. An alert waits for nothing and is never tried again; a reminder is kept by
    whoever takes it.

    Args:
        camera_id: whose findings.
        figures: where cases and failed tries are counted.
        problems: where a case that waits is named.
        clock: paces the tries.
        on_alert: sends an alert to the centre; does not wait.
        on_reminder: takes a reminder for the centre and keeps it.
    """

    def __init__(
        self,
        *,
        camera_id: str,
        figures: CameraFigures,
        problems: ProblemBoard,
        clock: Clock,
        on_alert: Callable[[Alert], None],
        on_reminder: OnReminder,
    ) -> None:
        self._camera_id = camera_id
        self._figures = figures
        self._problems = problems
        self._clock = clock
        self._on_alert = on_alert
        self._on_reminder = on_reminder
        self._queue: deque[tuple[Evidence, Evidenced]] = deque()
        self._held: set[str] = set()  # ids of waiting cases whose moments are held
        self._backoff = Backoff(first_s=_FIRST_AGAIN_S, longest_s=_LONGEST_AGAIN_S)
        self._again_at_s = 0.0
        self._lock = threading.Lock()  # the process's own thread makes the last tries

    @property
    def waiting(self) -> int:
        """Findings that are not handed over yet."""
        return len(self._queue)

    def concerns(self, evidence: Evidence) -> bool:
        """Whether something waits for this evidence."""
        with self._lock:
            return any(one is evidence for one, _ in self._queue)

    def hold_again(self) -> None:
        """All holds were forgotten: hold the moments of waiting cases anew."""
        with self._lock:
            self._held.clear()
            for evidence, finding in self._queue:
                self._hold_moments(evidence, finding)

    def put(self, evidence: Evidence, findings: Iterable[RuleOutput], take_picture: TakePicture | None = None) -> None:
        """Hand findings on, or keep them in order behind what waits already; never raises.

        Args:
            evidence: of the camera.
            findings: in order.
            take_picture: takes a reminder's picture; None: there are no pictures.
        """
        with self._lock:
            for finding in findings:
                if isinstance(finding, Alert):
                    self._send(finding)
                elif isinstance(finding, Reminder):
                    self._tell(finding, take_picture)
                elif isinstance(finding, Passage):
                    self._figures.quarters.note(finding)
                elif isinstance(finding, Hold) and not self._release_waits(finding.key):
                    self._contained(evidence, finding)
                else:
                    self._queue.append((evidence, finding))
                    if len(self._queue) > 1:
                        self._hold_moments(evidence, finding)
        self.advance()

    def advance(self, *, now: bool = False) -> None:
        """Try what waits, oldest first, until one cannot be stored; never raises.

        Args:
            now: whatever the pause between tries.
        """
        if not self._queue or (not now and self._clock.monotonic_s() < self._again_at_s):
            return
        with self._lock:
            while self._queue and self._passed_on(*self._queue[0]):
                self._queue.popleft()
            self._figures.unstored_findings = len(self._queue)

    def _passed_on(self, evidence: Evidence, finding: Evidenced) -> bool:
        if not isinstance(finding, Case):
            self._contained(evidence, finding)
            return True
        try:
            evidence.collect(finding)
        except Exception as error:  # noqa: BLE001 - whatever kept it from the disk, the case is not lost
            self._failed(evidence, finding, error)
            return False
        self._backoff.reset()
        self._again_at_s = 0.0
        self._problems.clear(ProblemCode.CASES_NOT_STORED, camera_id=self._camera_id)
        self._figures.cases[finding.violation.code] += 1
        self._figures.cases_by_rule[finding.provenance.rule] += 1
        self._release_moments(evidence, finding)
        return True

    def _send(self, alert: Alert) -> None:
        if alert.end is None:
            self._figures.alerts[alert.rule] += 1
        try:
            self._on_alert(alert)
        except Exception as error:  # noqa: BLE001 - an alert less must not cost a case
            fields = {"action": "alert_failed", "camera_id": self._camera_id, "reason": str(error)}
            logger.warning("An alert could not be sent", extra=fields)

    def _tell(self, reminder: Reminder, take_picture: TakePicture | None) -> None:
        if reminder.state is ReminderState.OBSERVED:
            self._figures.reminders[reminder.rule] += 1
        try:
            self._on_reminder(reminder, None if take_picture is None else take_picture(reminder))
        except Exception as error:  # noqa: BLE001 - a reminder less must not cost a case
            fields = {"action": "reminder_failed", "camera_id": self._camera_id, "reason": str(error)}
            logger.warning("A reminder could not be taken", extra=fields)

    def _failed(self, evidence: Evidence, case: Case, error: Exception) -> None:
        self._figures.handover_failures += 1
        self._again_at_s = self._clock.monotonic_s() + self._backoff.next_s()
        self._problems.report(
            ProblemCode.CASES_NOT_STORED,
            f"camera {self._camera_id}: cases wait in memory, the outbox cannot store them: {error}",
            camera_id=self._camera_id,
        )
        logger.warning(
            "Case could not be stored, it waits in memory",
            extra={"action": "handover_failed", "camera_id": self._camera_id, "reason": str(error)},
        )
        self._hold_moments(evidence, case)

    def _release_waits(self, key: str) -> bool:
        return any(isinstance(finding, Release) and finding.key == key for _, finding in self._queue)

    def _hold_moments(self, evidence: Evidence, finding: Evidenced) -> None:
        if not isinstance(finding, Case) or str(finding.case_id) in self._held:
            return
        self._held.add(str(finding.case_id))
        for number, moment in enumerate(finding.moments):
            self._contained(evidence, Hold(key=_key(finding, number), at=moment.at))

    def _release_moments(self, evidence: Evidence, case: Case) -> None:
        if str(case.case_id) in self._held:
            self._held.discard(str(case.case_id))
            for number in range(len(case.moments)):
                self._contained(evidence, Release(key=_key(case, number)))

    def _contained(self, evidence: Evidence, finding: Hold | Release) -> None:
        """Hold or release a moment; where that fails the case's package says what is missing."""
        try:
            if isinstance(finding, Hold):
                evidence.hold(finding)
            else:
                evidence.release(finding)
        except Exception as error:  # noqa: BLE001 - a moment less must not cost the case
            logger.warning(
                "A moment could not be held or released",
                extra={"action": "hold_failed", "camera_id": self._camera_id, "reason": str(error)},
            )


def _key(case: Case, number: int) -> str:
    return f"unstored:{case.case_id}:{number}"
