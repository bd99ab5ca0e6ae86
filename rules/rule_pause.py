"""A rule that raises is left out for a while and tried again; the others judge on."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from domain.instants import seconds_between
from rules.rule import Refusals

logger = logging.getLogger(__name__)

REFUSED_RULE_FAILED = "rule_failed"  # the rule broke: what it would have found in this picture is not known

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_NAMED_FOR_S = 60.0  # since it failed last: one that fails now and then would be named for moments that nobody sees


class RulePause:
    """Keeps what one rule throws in that rule: counted, logged, and named until a minute has gone well.

    Args:
        rule: its name.
        camera_id: where it runs.
        refusals: where its failures are counted.

    Examples:
        >>> from datetime import UTC, timedelta
        >>> pause, now = RulePause("BUS_STOP", "cam-1", Refusals()), datetime(2026, 1, 5, tzinfo=UTC)
        >>> with pause.contain(now):
        ...     {}["bay"]
        >>> pause.fault, pause.lasts(now)
        ("KeyError: 'bay'", True)
        >>> for later_s in (2, 60):
        ...     with pause.contain(now + timedelta(seconds=later_s)):
        ...         pass
        ...     pause.fault, pause.lasts(now + timedelta(seconds=later_s))
        ("KeyError: 'bay'", False)
        (None, False)
    """

    def __init__(self, rule: str, camera_id: str, refusals: Refusals) -> None:
        self.fault: str | None = None  # what it raised last; None: it has gone well for a while
        self._rule = rule
        self._camera_id = camera_id
        self._refusals = refusals
        self._failed_at: datetime | None = None
        self._paused_at: datetime | None = None
        self._is_failing = False  # it failed when it was tried last
        self._pause_s = _FIRST_PAUSE_S

    def lasts(self, now: datetime) -> bool:
        """Whether the rule is left out of a scene of this instant."""
        return self._paused_at is not None and 0 <= seconds_between(self._paused_at, now) < self._pause_s

    @contextmanager
    def contain(self, now: datetime) -> Iterator[None]:
        """Let the rule judge a scene in it."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - one rule's fault must not reach another: named, counted, logged
            self._pause_s = min(2 * self._pause_s, _LONGEST_PAUSE_S) if self._is_failing else _FIRST_PAUSE_S
            self._paused_at = now
            self._is_failing = True
            self._note(error, now, pause_s=self._pause_s)
        else:
            self._is_failing = False
            if self._failed_at is not None and abs(seconds_between(self._failed_at, now)) >= _NAMED_FOR_S:
                self.fault, self._failed_at, self._paused_at = None, None, None

    @contextmanager
    def contain_one(self, now: datetime) -> Iterator[None]:
        """Make what one finding becomes in it; what breaks there costs that one alone, and the rule is not left out."""
        try:
            yield
        except Exception as error:  # noqa: BLE001 - see ``contain``
            self._note(error, now, pause_s=0.0)

    def _note(self, error: Exception, now: datetime, *, pause_s: float) -> None:
        self.fault, self._failed_at = f"{type(error).__name__}: {error}", now
        self._refusals.add(REFUSED_RULE_FAILED)
        fields = {"action": "rule_failed", "camera_id": self._camera_id, "rule": self._rule, "pause_s": pause_s}
        logger.error("A rule failed, the others judge on", exc_info=error, extra=fields)
