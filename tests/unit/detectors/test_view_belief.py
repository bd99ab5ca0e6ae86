"""A moment is nothing, a few seconds are."""

from hypothesis import given
from hypothesis import strategies as st

from detectors.view.belief import LEAST_LOOKS, LEAST_SHARE, WINDOW_S, ViewBelief
from detectors.view.finding import Finding
from domain.seen.view import ViewState
from tests.builders.drives import at

looks = st.lists(st.tuples(st.sampled_from([0.5, 0.6, 1.25, 2.0, 30.0, -5.0]), st.sampled_from(list(ViewState))))


@given(looks)
def test_what_is_believed_changes_only_with_three_quarters_of_the_last_seconds(
    steps: list[tuple[float, ViewState]],
) -> None:
    belief, now_s = ViewBelief(), 0.0
    seen: list[tuple[float, ViewState]] = []
    for step_s, state in steps:
        before, now_s = belief.state, now_s + step_s
        if step_s < 0:
            seen.clear()
        seen = [(t, s) for t, s in [*seen, (now_s, state)] if now_s - t <= WINDOW_S + 1e-9]
        belief.note(at(now_s), Finding(state=state))
        if belief.state is before:
            continue
        assert len(seen) >= LEAST_LOOKS
        kinds = [s for _, s in seen]
        if belief.state.stops_rules:
            assert sum(s.stops_rules for s in kinds) >= LEAST_SHARE * len(kinds)
        else:
            assert kinds.count(belief.state) >= LEAST_SHARE * len(kinds)
        assert not (before.stops_rules and belief.state is ViewState.UNKNOWN)


@given(st.sampled_from([0.5, 1.0, 1.25]), st.sampled_from([one for one in ViewState if one.stops_rules]))
def test_a_lasting_state_is_believed_after_3_s_and_before_5_and_ends_as_fast(step_s: float, state: ViewState) -> None:
    belief, now_s = ViewBelief(), 0.0
    for wanted in (ViewState.SOUND, state, ViewState.SOUND):
        began_s = now_s
        while belief.state is not wanted:
            now_s += step_s
            belief.note(at(now_s), Finding(state=wanted))
        assert now_s - began_s < 5.0
        if wanted is not ViewState.SOUND:
            assert now_s - began_s >= 3.0
        for _ in range(10):
            now_s += step_s
            belief.note(at(now_s), Finding(state=wanted))


def test_a_covered_camera_that_turns_out_to_have_moved_is_named_anew() -> None:
    belief = ViewBelief()
    for number in range(10):
        belief.note(at(number / 2), Finding(state=ViewState.COVERED))
    for number in range(10, 20):
        belief.note(at(number / 2), Finding(state=ViewState.MOVED))
    assert belief.state is ViewState.MOVED
