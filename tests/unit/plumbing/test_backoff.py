"""One class of waits for every room."""

import random
from itertools import pairwise

import pytest

from plumbing.backoff import Backoff


def test_waits_double_up_to_the_longest_and_a_success_begins_anew() -> None:
    backoff = Backoff(first_s=0.5, longest_s=3.0)
    assert [backoff.next_s() for _ in range(4)] == [0.5, 1.0, 2.0, 3.0]
    backoff.reset()
    assert (backoff.tries, backoff.next_s(), backoff.tries) == (0, 0.5, 1)


def test_a_hundred_thousand_failures_in_a_row_overflow_nothing() -> None:
    backoff = Backoff(first_s=1e-3, longest_s=60.0, randomness=random.Random(1))
    waits_s = [backoff.next_s() for _ in range(100_000)]
    assert max(waits_s) <= 60.0
    assert min(waits_s[1100:]) >= 30.0


def test_jitter_takes_boxes_out_of_step_and_never_more_than_half() -> None:
    one, other = (Backoff(first_s=8.0, longest_s=8.0, randomness=random.Random(seed)) for seed in (1, 2))
    pairs = [(one.next_s(), other.next_s()) for _ in range(50)]
    assert all(4.0 <= wait_s <= 8.0 for pair in pairs for wait_s in pair)
    assert all(a != b for a, b in pairs)


def test_a_kind_of_failure_has_a_longest_wait_of_its_own_and_shares_the_count() -> None:
    backoff = Backoff(first_s=0.1, longest_s=30.0, longest_of_kind_s={"absent": 0.4})
    waits_s = [backoff.next_s("absent") for _ in range(6)]
    assert waits_s == [0.1, 0.2, 0.4, 0.4, 0.4, 0.4]
    assert all(later >= earlier for earlier, later in pairwise(waits_s))
    assert backoff.next_s("troubled") == pytest.approx(6.4)


@pytest.mark.parametrize(("first_s", "longest_s"), [(2.0, 1.0), (-1.0, 1.0)])
def test_spans_that_make_no_sense_are_refused(first_s: float, longest_s: float) -> None:
    with pytest.raises(ValueError, match="first_s"):
        Backoff(first_s=first_s, longest_s=longest_s)
