"""Which case is sent when: at once when new, again with growing pauses until the centre has answered."""

import heapq
import math
import random
import uuid
from collections.abc import Iterable

from plumbing.backoff import Backoff


class Resending:
    """The order of sends; a case that the centre never answers does not hold up the others.

    Args:
        first_s: pause before the first repetition.
        longest_s: the longest pause.
        window: sends younger than ``first_s`` without an answer, at most.
        randomness: jitters the pauses.
    """

    def __init__(self, *, first_s: float, longest_s: float, window: int, randomness: random.Random) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._window = window
        self._randomness = randomness
        self._pauses: dict[uuid.UUID, Backoff] = {}
        self._planned: dict[uuid.UUID, int] = {}  # the one entry of the heap that counts
        self._due: list[tuple[float, int, uuid.UUID]] = []
        self._recent: dict[uuid.UUID, float] = {}
        self._sequence = 0

    def add(self, case_ids: Iterable[uuid.UUID], now_s: float) -> None:
        """Cases to send as soon as there is room, in this order; those known already keep their time."""
        for case_id in case_ids:
            if case_id not in self._pauses:
                self._pauses[case_id] = Backoff(
                    first_s=self._first_s, longest_s=self._longest_s, randomness=self._randomness
                )
                self._push(now_s, case_id)

    def done(self, case_id: uuid.UUID) -> None:
        """The centre has answered; nothing more is sent."""
        self._pauses.pop(case_id, None)
        self._planned.pop(case_id, None)
        self._recent.pop(case_id, None)

    def next_due(self, now_s: float) -> uuid.UUID | None:
        """The case to send now, with its next repetition planned; None when none is due or the window is full."""
        self._drop_outdated()
        for case_id in [one for one, until_s in self._recent.items() if until_s <= now_s]:
            del self._recent[case_id]
        if not self._due or self._due[0][0] > now_s or len(self._recent) >= self._window:
            return None
        _, _, case_id = heapq.heappop(self._due)
        self._recent[case_id] = now_s + self._first_s
        self._push(now_s + self._pauses[case_id].next_s(), case_id)
        return case_id

    def wait_s(self, now_s: float) -> float:
        """Seconds until ``next_due`` may have something if nothing is added or answered; infinite for never."""
        self._drop_outdated()
        if not self._due:
            return math.inf
        room_s = min(self._recent.values()) if len(self._recent) >= self._window else now_s
        return max(0.0, max(self._due[0][0], room_s) - now_s)

    def unanswered(self, tries: int) -> int:
        """Cases that were sent at least so many times."""
        return sum(pause.tries >= tries for pause in self._pauses.values())

    def _drop_outdated(self) -> None:
        while self._due and self._planned.get(self._due[0][2]) != self._due[0][1]:
            heapq.heappop(self._due)

    def _push(self, due_s: float, case_id: uuid.UUID) -> None:
        self._sequence += 1
        self._planned[case_id] = self._sequence
        heapq.heappush(self._due, (due_s, self._sequence, case_id))
