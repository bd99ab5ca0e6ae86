"""How long to wait before the next try: the one class for every room that tries again."""

import random
from collections.abc import Mapping
from typing import Final

_MOST_DOUBLINGS: Final = 60  # beyond it nothing but the longest wait is left, and no float overflows


class Backoff:
    """Waits that double up to a longest one; the tries never end and the number of failures never overflows.

    Args:
        first_s: the longest first wait.
        longest_s: the longest wait of all.
        randomness: each wait is drawn from the upper half of its span, so that many boxes are never in step; None for
            what concerns one process only.
        longest_of_kind_s: shorter longest waits, by kind of failure.

    Examples:
        >>> backoff = Backoff(first_s=1.0, longest_s=5.0, longest_of_kind_s={"absent": 2.0})
        >>> [backoff.next_s() for _ in range(5)]
        [1.0, 2.0, 4.0, 5.0, 5.0]
        >>> backoff.next_s("absent"), backoff.next_s("refused")
        (2.0, 5.0)
        >>> backoff.reset()
        >>> Backoff(first_s=1.0, longest_s=4.0, randomness=random.Random(7)).next_s() >= 0.5
        True
    """

    def __init__(
        self,
        *,
        first_s: float,
        longest_s: float,
        randomness: random.Random | None = None,
        longest_of_kind_s: Mapping[str, float] | None = None,
    ) -> None:
        if not 0 <= first_s <= longest_s:
            msg = f"expected 0 <= first_s <= longest_s, got {first_s} and {longest_s}"
            raise ValueError(msg)
        self._first_s = first_s
        self._longest_s = longest_s
        self._randomness = randomness
        self._longest_of_kind_s = dict(longest_of_kind_s or {})
        self._tries = 0

    @property
    def tries(self) -> int:
        """Waits since the beginning or the last success."""
        return self._tries

    def next_s(self, kind: str = "") -> float:
        """Seconds to wait now.

        Args:
            kind: of failure, where some kinds have a longest wait of their own.
        """
        longest_s = self._longest_of_kind_s.get(kind, self._longest_s)
        span_s: float = min(longest_s, self._first_s * 2.0 ** min(self._tries, _MOST_DOUBLINGS))
        self._tries += 1
        return span_s if self._randomness is None else span_s * self._randomness.uniform(0.5, 1.0)

    def reset(self) -> None:
        """It went well: begin anew."""
        self._tries = 0
