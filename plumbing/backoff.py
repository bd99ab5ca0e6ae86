"""How long to wait before the next try: longer each time, and never in step with the other boxes."""

import random


class Backoff:
    """Exponential with jitter.

    Args:
        first_s: the longest first wait.
        longest_s: the longest wait of all.
        randomness: each wait is drawn from the upper half of its span.

    Examples:
        >>> backoff = Backoff(first_s=1.0, longest_s=4.0, randomness=random.Random(7))
        >>> [0.5 <= backoff.next_s() <= 1.0, 1.0 <= backoff.next_s() <= 2.0, 2.0 <= backoff.next_s() <= 4.0]
        [True, True, True]
        >>> 2.0 <= backoff.next_s() <= 4.0
        True
    """

    def __init__(self, *, first_s: float, longest_s: float, randomness: random.Random) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._randomness = randomness
        self._tries = 0

    @property
    def tries(self) -> int:
        """Waits since the beginning or the last success."""
        return self._tries

    def next_s(self) -> float:
        """Seconds to wait now."""
        ceiling_s: float = min(self._longest_s, self._first_s * 2.0 ** min(self._tries, 60))
        self._tries += 1
        return ceiling_s * self._randomness.uniform(0.5, 1.0)

    def reset(self) -> None:
        """It went well: begin anew."""
        self._tries = 0
