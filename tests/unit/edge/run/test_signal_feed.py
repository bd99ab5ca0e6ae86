"""Signal reports from a file that grows."""

import json
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.seen.timeline import SignalState, SignalTimeline
from edge.run.file_tail import FileTail
from edge.run.signal_feed import SignalFeed, parse_signal_report
from tests.builders.box_fakes import NOON, ManualClock


def _line(at_s: float = 0.0, state: str = "red", camera: str = "cam-1", signal: str = "S1") -> str:
    at = (NOON + timedelta(seconds=at_s)).isoformat()
    return json.dumps({"camera": camera, "signal": signal, "t": at, "state": state}) + "\n"


class Street:
    """A feed of one signal and the file behind it."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "signals.jsonl"
        self.file.touch()
        self.timeline = SignalTimeline(signal_id="S1", max_age_s=5)
        known = {("cam-1", "S1"): self.timeline}
        self.feed = SignalFeed(
            tail=FileTail(self.file), timeline=lambda camera, signal: known.get((camera, signal)), clock=ManualClock()
        )
        self.feed.take_in()

    def says(self, text: str) -> int:
        with self.file.open("a", encoding="utf-8") as file:
            file.write(text)
        return self.feed.take_in()


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    street = Street(tmp_path)
    yield street
    street.feed.close()


def test_a_new_report_reaches_the_timeline(street: Street) -> None:
    assert street.says(_line()) == 1
    assert street.timeline.at(NOON).state is SignalState.RED


def test_half_a_line_waits_for_its_other_half(street: Street) -> None:
    line = _line()
    assert street.says(line[:20]) == 0
    assert street.says(line[20:]) == 1


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("not json\n", "not_a_report"),
        ("[1]\n", "not_a_report"),
        ("[" * 100_000 + "\n", "not_a_report"),
        (_line(state="purple"), "not_a_report"),
        (_line(camera="cam-9"), "unknown_signal"),
        (_line(at_s=60), "in_the_future"),
        (_line(at_s=1) + _line(at_s=0), "out_of_order"),
    ],
)
def test_what_cannot_be_used_is_counted_and_the_state_stays_unknown_or_as_it_was(
    street: Street, text: str, reason: str
) -> None:
    street.says(text)
    assert street.feed.refused == {reason: 1}
    assert street.timeline.at(NOON).state is SignalState.UNKNOWN


def test_a_file_that_was_truncated_or_replaced_is_followed_on(street: Street, tmp_path: Path) -> None:
    street.says(_line(0) + _line(0))
    street.file.write_text(_line(1, "green"))
    assert street.feed.take_in() == 1
    (tmp_path / "new").write_text(_line(2, "yellow") + _line(3, "red"))
    (tmp_path / "new").replace(street.file)
    assert street.feed.take_in() == 2
    assert street.timeline.at(NOON + timedelta(seconds=3)).state is SignalState.RED


def test_lines_from_before_the_start_are_not_taken_and_a_later_file_is_read_whole(tmp_path: Path) -> None:
    old, later = tmp_path / "old", tmp_path / "later"
    old.write_text("one\n")
    follow_old, follow_later = FileTail(old), FileTail(later)
    assert (follow_old.new_lines(), follow_later.new_lines()) == ([], [])
    later.write_text("two\n")
    assert (follow_old.new_lines(), follow_later.new_lines()) == ([], ["two"])
    follow_old.close()
    follow_later.close()


def test_a_line_without_an_end_is_not_kept_whole_and_what_follows_is_read(street: Street) -> None:
    for _ in range(5):
        street.says("x" * 900_000)
    assert len(street.feed._tail._rest) <= 1_000_000
    assert street.says("\n" + _line()) == 1
    assert street.feed.refused == {"not_a_report": 1}


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=60))
def test_no_line_breaks_the_reader_with_anything_but_value_error(line: str) -> None:
    try:
        parse_signal_report(line)
    except ValueError:
        return


@settings(max_examples=25, deadline=None)
@given(lines=st.lists(st.text("abc é", max_size=8), max_size=12), cuts=st.lists(st.integers(0, 120), max_size=6))
def test_however_the_writes_fall_the_same_lines_come_out(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], cuts: list[int]
) -> None:
    path = tmp_path_factory.mktemp("tail") / "log"
    path.touch()
    tail = FileTail(path)
    tail.new_lines()
    data = "".join(f"{line}\n" for line in lines).encode()
    edges = sorted({0, len(data), *(min(cut, len(data)) for cut in cuts)})
    seen: list[str] = []
    for start, end in pairwise(edges):
        with path.open("ab") as file:
            file.write(data[start:end])
        seen += tail.new_lines()
    tail.close()
    assert seen == lines
