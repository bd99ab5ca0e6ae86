"""Which case is offered next: the oldest that is due; one that has to wait holds up no other. Linear in the cases."""

import heapq
import uuid
from collections import deque

from edge.outbox.outbox import Outbox
from plumbing.backoff import Backoff


class DeliveryPlan:
    """Reads the outbox once from its beginning to its end, page by page, and keeps what has to wait.

    Args:
        outbox: with the cases.
    """

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._position = 0  # of the outbox, up to which cases were read
        self._fresh: deque[uuid.UUID] = deque()
        self._waiting: list[tuple[float, int, uuid.UUID]] = []
        self._sequence = 0
        self._backoffs: dict[uuid.UUID, Backoff] = {}

    def next_due(self, now_s: float) -> uuid.UUID | None:
        """Take out the case to be offered now: one that has waited, else the oldest that was not offered yet.

        Raises:
            OutboxError: the outbox cannot be read.
        """
        if self._waiting and self._waiting[0][0] <= now_s:
            return heapq.heappop(self._waiting)[2]
        if not self._fresh:
            for position, case_id in self._outbox.ready_after(self._position):
                self._position = position
                self._fresh.append(case_id)
        return self._fresh.popleft() if self._fresh else None

    def wait_s(self, now_s: float) -> float | None:
        """Seconds until a case that waits is due; None when none does."""
        return max(0.0, self._waiting[0][0] - now_s) if self._waiting else None

    def postpone(self, case_id: uuid.UUID, due_s: float) -> None:
        """Put a case back, to be offered again from an instant on."""
        self._sequence += 1
        heapq.heappush(self._waiting, (due_s, self._sequence, case_id))

    def backoff(self, case_id: uuid.UUID, new: Backoff) -> Backoff:
        """The pauses of a case that has trouble, from the first time on."""
        return self._backoffs.setdefault(case_id, new)

    def done(self, case_id: uuid.UUID) -> None:
        """A case has left the outbox, or cannot be offered at all."""
        self._backoffs.pop(case_id, None)
