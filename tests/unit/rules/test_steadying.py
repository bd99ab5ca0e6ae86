"""Columns of all road users say what a look at each one by itself says."""

from collections.abc import Sequence
from statistics import median

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from domain.geometry import BoxPx
from rules.kit.rows import NewestMedians
from rules.kit.steadying import AROUND_US, Steadying

Seen = list[tuple[int, BoxPx]]  # microseconds and box, oldest first


@st.composite
def ways(draw: st.DrawFn) -> Seen:
    side = st.floats(0, 2000)
    at_us, seen = 0, []
    for gap_us in draw(st.lists(st.sampled_from([40_000, 100_000, 125_000, 250_000, 251_000]), max_size=30)):
        at_us += gap_us
        seen.append((at_us, (draw(side), draw(side), draw(side), draw(side))))
    return seen


def around(seen: Seen, index: int) -> Sequence[BoxPx]:
    """As many on either side as lie within the span, four at most."""
    at_us, reach = seen[index][0], 0
    for step in range(1, min(4, index, len(seen) - 1 - index) + 1):
        if at_us - seen[index - step][0] <= AROUND_US and seen[index + step][0] - at_us <= AROUND_US:
            reach = step
    return [box for _, box in seen[index - reach : index + reach + 1]]


@given(st.lists(ways(), min_size=1, max_size=3), st.integers(1, 9))
def test_a_steady_box_is_the_median_of_as_many_sightings_on_either_side(tracks: list[Seen], at_once: int) -> None:
    steadying, given_out = Steadying(), [0] * len(tracks)

    def hand_out(known: list[Seen], now_us: int, *, ended: bool) -> None:
        waiting = np.arange(len(tracks))
        while ripe := steadying.next_ripe(waiting, now_us, all_of=np.full(len(waiting), ended)):
            waiting = waiting[ripe.which]
            columns = (ripe.at_us.tolist(), ripe.boxes_xyxy_px.tolist(), ripe.steady_xyxy_px.tolist())
            for row, at_us, box, steady in zip(waiting.tolist(), *columns, strict=True):
                index = given_out[row]
                given_out[row] += 1
                assert ended or now_us - at_us >= AROUND_US
                assert (at_us, tuple(box)) == tracks[row][index]
                assert steady == [median(one[side] for one in around(known[row], index)) for side in range(4)]

    for row in range(len(tracks)):
        steadying.begin(row)
    known: list[Seen] = [[] for _ in tracks]
    while any(len(one) < len(whole) for one, whole in zip(known, tracks, strict=True)):
        for _ in range(at_once):
            rows = [row for row, whole in enumerate(tracks) if len(known[row]) < len(whole)]
            newer = [tracks[row][len(known[row])] for row in rows]
            if rows:
                boxes = np.array([box for _, box in newer])
                steadying.add(np.array(rows), boxes, np.array([at_us for at_us, _ in newer]))
            for row, one in zip(rows, newer, strict=True):
                known[row].append(one)
        hand_out(known, min(one[-1][0] for one in known if one), ended=False)
    hand_out(tracks, 0, ended=True)
    assert given_out == [len(whole) for whole in tracks]


@given(st.lists(st.floats(0, 9), max_size=20), st.integers(1, 6))
def test_the_median_is_that_of_the_newest(values: list[float], kept: int) -> None:
    medians, row = NewestMedians(kept), np.array([1])
    medians.begin(row)
    for value in values:
        medians.add(row, np.array([value]))
    assert medians.of(row).tolist() == [median(values[-kept:]) if values else 0.0]
