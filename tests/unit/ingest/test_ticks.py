"""Stamps in microseconds: as exact arithmetic says, halves to the even one."""

from fractions import Fraction

from hypothesis import example, given
from hypothesis import strategies as st

from ingest.media.frame_times import us_of_ticks


@given(st.integers(-(2**62), 2**62), st.fractions(min_value=Fraction(1, 10**9), max_value=10))
@example(1, Fraction(1, 2_000_000))
@example(3, Fraction(1, 2_000_000))
@example(-1, Fraction(1, 2_000_000))
def test_ticks_are_rounded_as_fractions_are(ticks: int, time_base: Fraction) -> None:
    assert us_of_ticks(ticks, time_base) == round(ticks * time_base * 1_000_000)
