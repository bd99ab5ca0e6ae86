"""What is wrong with a box and its cameras, for the heartbeat, the health page, the metrics and the log."""

import logging
import threading
from typing import NamedTuple

from domain.fleet.health import LONGEST_TEXT, HealthProblem, ProblemCode
from domain.instants import Clock
from edge.health.remedies import REMEDIES
from plumbing.system_clock import SystemClock

logger = logging.getLogger(__name__)


class _Key(NamedTuple):
    code: ProblemCode
    camera_id: str | None
    about: str


class ProblemBoard:
    """Problems that stand now; logged once when one begins, changes or ends. Safe to use from every thread.

    Args:
        clock: says since when; None: this machine's.

    Examples:
        >>> board = ProblemBoard()
        >>> board.report(ProblemCode.BROKER_AWAY, "the broker does not answer")
        >>> [(problem.code, problem.text) for problem in board.problems()]
        [('broker_away', 'the broker does not answer')]
        >>> board.clear(ProblemCode.BROKER_AWAY)
        >>> board.problems()
        ()
    """

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._standing: dict[_Key, HealthProblem] = {}

    def report(
        self, code: ProblemCode, text: str, *, camera_id: str | None = None, about: str = "", remedy: str | None = None
    ) -> None:
        """A problem is there; reporting it again changes its text, not since when it stands.

        Args:
            code: what kind.
            text: in plain words, the same while nothing changes (no running figures); never holds a credential.
            camera_id: whose; None: the box's.
            about: what keeps several problems of one kind apart, e.g. a case's id.
            remedy: what to do; None: what ``REMEDIES`` says.
        """
        key = _Key(code, camera_id, about)
        text, remedy = _short(text), _short(remedy or REMEDIES[code])
        with self._lock:
            known = self._standing.get(key)
            if known is not None and (known.text, known.remedy) == (text, remedy):
                return
            since = self._clock.now() if known is None else known.since
            self._standing[key] = HealthProblem(
                code=code.value, camera_id=camera_id, text=text, remedy=remedy, since=since
            )
        fields = {"action": "problem_began" if known is None else "problem_changed", **_fields(key)}
        logger.error("problem: %s", text, extra=fields | {"remedy": remedy})

    def clear(self, code: ProblemCode, *, camera_id: str | None = None, about: str = "") -> None:
        """The problem is gone; nothing happens when it was not there."""
        key = _Key(code, camera_id, about)
        with self._lock:
            gone = self._standing.pop(key, None)
        if gone is not None:
            logger.info("problem over: %s", gone.text, extra={"action": "problem_over", **_fields(key)})

    def clear_camera(self, camera_id: str) -> None:
        """The camera was removed, and its problems with it."""
        with self._lock:
            keys = [key for key in self._standing if key.camera_id == camera_id]
        for key in keys:
            self.clear(key.code, camera_id=camera_id, about=key.about)

    def stands(self, code: ProblemCode, *, camera_id: str | None = None, about: str = "") -> bool:
        """Whether a problem is there now."""
        with self._lock:
            return _Key(code, camera_id, about) in self._standing

    def problems(self) -> tuple[HealthProblem, ...]:
        """Every problem that stands, in the order in which they began."""
        with self._lock:
            return tuple(self._standing.values())

    def texts(self) -> tuple[str, ...]:
        """The same in words only."""
        return tuple(problem.text for problem in self.problems())


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def _fields(key: _Key) -> dict[str, str]:
    fields = {"problem": key.code.value, "camera_id": key.camera_id, "about": key.about}
    return {name: value for name, value in fields.items() if value}
