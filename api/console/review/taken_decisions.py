"""Decisions that their reviewer can still take back: they are carried out a few seconds after they were taken."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from domain.instants import Clock

UNDO_S = 10.0
_LOOK_S = 0.2


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TakenDecision:
    """One decision that waits."""

    due_s: float  # of the monotonic clock
    carry_out: Callable[[], Awaitable[None]]  # tells its reviewer what went wrong, and never raises


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

    def take(self, carry_out: Callable[[], Awaitable[None]]) -> TakenDecision:
        """Carry a decision out once it can no longer be taken back."""
        taken = TakenDecision(due_s=self._clock.monotonic_s() + UNDO_S, carry_out=carry_out)
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

    async def settle(self) -> None:
        """Carry out what waits, now: the process ends."""
        while self._waiting:
            await self._waiting.pop(0).carry_out()

    async def _work(self) -> None:
        while self._waiting:
            while self._waiting and self._waiting[0].due_s <= self._clock.monotonic_s():
                await self._waiting.pop(0).carry_out()
            await asyncio.sleep(_LOOK_S)
