"""The order of sends: new ones at once, repeated ones ever more rarely, silent ones never in the way."""

import random
import uuid
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from edge.delivery.schedule import Resending


def resending(window: int = 3) -> Resending:
    return Resending(first_s=1.0, longest_s=8.0, window=window, randomness=random.Random(3))


def ids(count: int) -> list[uuid.UUID]:
    return [uuid.UUID(int=number) for number in range(count)]


def send_all(order: Resending, now_s: float) -> list[uuid.UUID]:
    sent = []
    while (case_id := order.next_due(now_s)) is not None:
        sent.append(case_id)
    return sent


def test_new_cases_go_in_order_as_far_as_the_window_reaches() -> None:
    order = resending()
    order.add(ids(5), 0.0)
    assert send_all(order, 0.0) == ids(5)[:3]
    order.done(ids(5)[1])
    assert send_all(order, 0.0) == [ids(5)[3]]


def test_a_case_without_an_answer_is_repeated_ever_more_rarely() -> None:
    order = resending()
    order.add(ids(1), 0.0)
    times = [now_s / 10 for now_s in range(600) if order.next_due(now_s / 10) is not None]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    assert 0.5 <= gaps[0] <= 1.1
    assert all(4.0 <= gap <= 8.1 for gap in gaps[3:])
    assert order.unanswered(3) == 1
    order.done(ids(1)[0])
    assert send_all(order, 1e6) == []
    assert order.unanswered(1) == 0


def test_cases_that_are_never_answered_do_not_hold_up_the_others() -> None:
    order = resending(window=2)
    silent = ids(10)
    order.add(silent, 0.0)
    now_s = 0.0
    for _ in range(200):
        now_s += 0.1
        send_all(order, now_s)
    fresh = uuid.UUID(int=99)
    order.add([fresh], now_s)
    waited_s = 0.0
    while fresh not in send_all(order, now_s + waited_s):
        waited_s += 0.1
    assert waited_s < 8.0


def test_a_case_that_comes_back_is_sent_once_at_a_time() -> None:
    order = resending()
    order.add(ids(1), 0.0)
    assert len(send_all(order, 0.0)) == 1
    order.done(ids(1)[0])
    order.add(ids(1), 0.0)
    assert len(send_all(order, 0.0)) == 1
    assert len(send_all(order, 1.1)) == 1


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["add", "done", "wait", "send"]), st.integers(0, 7)), max_size=60))
def test_whatever_happens_every_open_case_is_sent_in_the_end_and_no_closed_one(steps: list[tuple[str, int]]) -> None:
    order = resending()
    open_cases: set[uuid.UUID] = set()
    now_s = 0.0
    for action, number in steps:
        case_id = uuid.UUID(int=number)
        if action == "add":
            order.add([case_id], now_s)
            open_cases.add(case_id)
        elif action == "done":
            order.done(case_id)
            open_cases.discard(case_id)
        elif action == "wait":
            now_s += number
        else:
            assert set(send_all(order, now_s)) <= open_cases
    seen: set[uuid.UUID] = set()
    for _ in range(40):
        now_s += 1.0
        sent = send_all(order, now_s)
        assert len(sent) == len(set(sent))
        seen |= set(sent)
    assert seen == open_cases


STEPS = st.lists(st.tuples(st.sampled_from(["add", "send", "answer"]), st.floats(0.0, 3.0)), max_size=30)


@given(STEPS)
@settings(max_examples=50)
def test_nobody_has_to_look_before_the_time_that_is_told(steps: list[tuple[str, float]]) -> None:
    order = resending(window=2)
    assert order.wait_s(0.0) == float("inf")
    now_s, known = 0.0, 0
    for step, pause_s in steps:
        now_s += pause_s
        if step == "add":
            order.add([uuid.UUID(int=known)], now_s)
            known += 1
        elif step == "send":
            send_all(order, now_s)
        elif known:
            order.done(uuid.UUID(int=known - 1))
    wait_s = order.wait_s(now_s)
    if wait_s == float("inf"):
        assert send_all(order, now_s + 1e6) == []
        return
    if wait_s > 0.01:
        assert order.next_due(now_s + wait_s - 0.005) is None
    assert order.next_due(now_s + wait_s + 1e-6) is not None
