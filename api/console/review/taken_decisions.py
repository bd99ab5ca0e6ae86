"""Decisions that their reviewer can still take back: they are carried out a few seconds after they were taken."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from domain.instants import Clock

logger = logging.getLogger(__name__)
UNDO_S = 10.0
_LOOK_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TakenDecision:
    """One decision that waits."""

    due_s: float  # of the monotonic clock
    session: str  # token of the one that took it
    carry_out: Callable[[], Awaitable[None]]  # tells its reviewer what went wrong


class TakenDecisions:
    """Those of all pages of this process; a page that is closed meanwhile does not matter.

    Until it is carried out the case stands where it stood: a process that dies before has not decided it, and it is
    reviewed again. Nobody else is told of a decision that was taken back.

    Args:
        clock: counts the seconds.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waiting: list[TakenDecision] = []
        self._worker: asyncio.Task[None] | None = None

    def take(self, carry_out: Callable[[], Awaitable[None]], *, session: str) -> TakenDecision:
        """Carry a decision out once it can no longer be taken back."""
        taken = TakenDecision(due_s=self._clock.monotonic_s() + UNDO_S, session=session, carry_out=carry_out)
        self._waiting.append(taken)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work())
        return taken

    def take_back(self, taken: TakenDecision) -> bool:
        """Forget a decision; False: too late, it has been carried out or is about to be."""
        if taken not in self._waiting:
            return False
        self._waiting.remove(taken)
        return True

    async def settle(self, session: str | None = None) -> None:
        """Carry out now what waits: of one session, which is about to end, or all, since the process ends."""
        while of_session := [each for each in self._waiting if session in {None, each.session}]:
            await self._carry_out(of_session[0])

    async def _work(self) -> None:
        while self._waiting:
            while self._waiting and self._waiting[0].due_s <= self._clock.monotonic_s():
                await self._carry_out(self._waiting[0])
            await asyncio.sleep(_LOOK_S)

    async def _carry_out(self, taken: TakenDecision) -> None:
        """One of them; a page that fails keeps back nobody else's."""
        self._waiting.remove(taken)
        try:
            await taken.carry_out()
        except Exception:
            logger.exception("A page failed at a decision", extra={"action": "decision_failed"})
