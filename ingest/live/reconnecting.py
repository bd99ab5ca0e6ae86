"""How long to wait before a camera is tried again. Pure but for the randomness handed in."""

import random
from dataclasses import dataclass
from enum import StrEnum


class Failure(StrEnum):
    """What kind of failure ended an attempt; it decides how far the waiting may grow."""

    ABSENT = "absent"  # refused or ended at once: nobody listens there, asking again costs one packet
    TROUBLED = "troubled"  # time-out, 401, 404, 5xx, damaged: asking often would hurt (locked accounts, dead sessions)


@dataclass(frozen=True, slots=True, kw_only=True)
class BackoffPolicy:
    """Jittered exponential backoff with two ceilings; the attempts never end.

    While nobody listens (a camera restarting) the wait stays at ``absent_cap_s`` or below, so a camera is seen again
    within a second of its return however long it was away. Other failures wait up to ``troubled_cap_s``.
    """

    first_s: float = 0.1
    factor: float = 2.0
    absent_cap_s: float = 0.4
    troubled_cap_s: float = 30.0
    jitter: float = 0.3  # the wait is shortened by a random share of up to this much

    def wait_s(self, failures_in_a_row: int, failure: Failure, rng: random.Random) -> float:
        """Seconds to wait after the n-th failure in a row (n >= 1).

        Examples:
            >>> policy, rng = BackoffPolicy(jitter=0.0), random.Random(0)
            >>> [policy.wait_s(n, Failure.ABSENT, rng) for n in range(1, 6)]
            [0.1, 0.2, 0.4, 0.4, 0.4]
            >>> policy.wait_s(10_000, Failure.TROUBLED, rng)
            30.0
        """
        if failures_in_a_row < 1:
            msg = f"failures are counted from 1, got {failures_in_a_row}"
            raise ValueError(msg)
        cap_s = self.absent_cap_s if failure is Failure.ABSENT else self.troubled_cap_s
        grown_s = min(self.first_s * self.factor ** min(failures_in_a_row - 1, 60), cap_s)
        return grown_s * (1.0 - self.jitter * rng.random())
