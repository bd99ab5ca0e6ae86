"""What the player counts is believed as far as it can be true."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from api.cases.review import Watched
from api.console.review.watching import MARGIN_S, Watching, decisive_parts


class Clock:
    """Seconds that a test sets."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@given(st.lists(st.floats(0, 60), max_size=8), st.floats(0.1, 60))
def test_parts_lie_within_the_clip_hold_every_moment_and_never_touch(moments: list[float], length_s: float) -> None:
    parts = decisive_parts(moments, length_s)
    assert all(0 <= start < end <= length_s for start, end in parts)
    assert all(one[1] < other[0] for one, other in itertools.pairwise(parts))
    for at in moments:
        inside = [start <= at <= end for start, end in parts]
        assert any(inside) or at > length_s - 1e-9 or at - MARGIN_S >= length_s


def test_a_count_is_believed_only_as_time_passes_and_never_falls() -> None:
    clock = Clock()
    watching = Watching(8.0, clock)
    watching.take(8.0)
    assert (watching.played_s, watching.watched) == (0.0, None)
    clock.now_s += 5
    watching.take(5.5)
    watching.take(2.0)
    for forged in (1e9, -1.0, "8", None, [8], float("nan")):
        watching.take(forged)
    assert (watching.played_s, watching.watched) == (5.5, None)
    clock.now_s += 5
    watching.take(7.7)
    assert watching.watched == Watched(played_s=7.7, of_s=8.0)


def test_a_case_without_decisive_seconds_is_never_watched() -> None:
    clock = Clock()
    watching = Watching(0.0, clock)
    clock.now_s += 60
    watching.take(0.0)
    assert watching.watched is None
