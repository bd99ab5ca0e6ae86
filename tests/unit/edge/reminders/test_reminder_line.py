"""Reminders on their way: with the centre at once, on the disk while it is away, from memory while that is full."""

import random
import sqlite3
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import FileError
from domain.fleet.health import ProblemCode
from domain.reminder import MOST_PICTURES, NEXT_STATES, NoPicture, Reminder, ReminderState
from edge.delivery.centre import Centre
from edge.health.problems import ProblemBoard
from edge.reminders import book as book_module
from edge.reminders.book import KEPT, REMINDERS_FILE, ReminderBook
from edge.reminders.door import ReminderDoor
from edge.reminders.line import ReminderLine
from edge.reminders.place_pictures import TakenPicture
from tests.builders.box_fakes import NOON, ManualClock
from tests.builders.centre_peer import API_KEY, HttpPeer, PeerStore
from tests.builders.reminders import build_reminder, place_picture
from tests.builders.watching import wait_until

OBSERVED, STILL_THERE, CLEARED, CAME_BACK, BECAME_CASE = ReminderState


@pytest.fixture
def peer() -> Iterator[HttpPeer]:
    with HttpPeer(PeerStore()) as one:
        yield one


class Box:
    """What of a box concerns reminders; closed by the fixture."""

    def __init__(self, directory: Path, url: str, *, api_key: str = API_KEY) -> None:
        self.clock = ManualClock()
        self.problems = ProblemBoard(self.clock)
        self.book = ReminderBook(directory)
        self.line = ReminderLine(
            book=self.book,
            door=ReminderDoor(Centre(url=url, api_key=api_key, timeout_s=5.0)),
            clock=self.clock,
            randomness=random.Random(1),
            problems=self.problems,
        )


AWAY = "http://127.0.0.1:9"


@pytest.fixture
def make_box(tmp_path: Path) -> Iterator[Callable[..., Box]]:
    boxes: list[Box] = []

    def make(url: str, *, api_key: str = API_KEY) -> Box:
        boxes.append(Box(tmp_path, url, api_key=api_key))
        return boxes[-1]

    yield make
    for box in boxes:
        box.line.close()


def test_a_reminder_is_with_the_centre_as_soon_as_it_is_told(
    tmp_path: Path, make_box: Callable[..., Box], peer: HttpPeer
) -> None:
    box = make_box(peer.url)
    box.line.start()
    box.line.tell(build_reminder())
    wait_until(lambda: peer.store.told == 1, 60.0, "the centre has the reminder")
    wait_until(lambda: box.line.unsent == 0, what="the box has let go of it")
    box.line.close()
    assert peer.store.reminders == {build_reminder().reminder_id: build_reminder()}
    assert box.book.waiting() == {}


def test_what_is_told_while_the_centre_is_away_is_sent_by_the_next_process_newest_message_only(
    make_box: Callable[..., Box], peer: HttpPeer
) -> None:
    other = build_reminder(place="pavement-1:0.7,0.6")
    box = make_box(AWAY)
    for reminder in (build_reminder(), other, build_reminder(OBSERVED, STILL_THERE)):
        box.line.tell(reminder)
    pause_s = box.line.turn()
    assert pause_s is not None
    assert pause_s > 0
    assert box.problems.stands(ProblemCode.CENTRE_AWAY, about="reminders")
    box.line.close()

    again = make_box(peer.url)
    again.line.start()
    wait_until(lambda: peer.store.told == 2, what="both are there")
    again.line.close()
    assert {one.state for one in peer.store.reminders.values()} == {OBSERVED, STILL_THERE}


def test_a_full_disk_keeps_no_reminder_from_the_centre(
    tmp_path: Path, make_box: Callable[..., Box], peer: HttpPeer
) -> None:
    (tmp_path / REMINDERS_FILE).mkdir()  # nothing can be stored under this name
    box = make_box(peer.url)
    box.line.tell(build_reminder())
    assert box.problems.stands(ProblemCode.REMINDERS_NOT_STORED)
    box.line.turn()
    assert peer.store.reminders == {build_reminder().reminder_id: build_reminder()}
    (tmp_path / REMINDERS_FILE).rmdir()
    assert box.line.turn() is None
    assert not box.problems.stands(ProblemCode.REMINDERS_NOT_STORED)


def test_a_refused_reminder_is_named_and_holds_up_no_other(
    tmp_path: Path, make_box: Callable[..., Box], peer: HttpPeer
) -> None:
    known = build_reminder(OBSERVED, CLEARED)
    peer.store.reminders[known.reminder_id] = known
    box = make_box(peer.url)
    other = build_reminder(place="pavement-1:0.7,0.6")
    box.line.tell(build_reminder(OBSERVED, STILL_THERE))
    box.line.tell(other)
    assert box.line.turn() is None
    assert box.problems.stands(ProblemCode.REMINDER_REFUSED, about=str(known.reminder_id))
    assert other.reminder_id in peer.store.reminders
    assert peer.store.reminders[known.reminder_id] == known


def test_a_refused_picture_is_counted_and_named_until_another_is_taken(
    make_box: Callable[..., Box], peer: HttpPeer
) -> None:
    box, other = make_box(peer.url), build_reminder(place="pavement-1:0.7,0.6")
    box.line.tell(build_reminder(), picture(1))
    peer.store.refuses_pictures = True
    assert box.line.turn() is None
    assert box.line.refused_pictures == 1
    (problem,) = box.problems.problems()
    assert problem.code == ProblemCode.REMINDER_PICTURE_REFUSED
    assert f"picture 0 of reminder {build_reminder().reminder_id}" in problem.text
    assert box.book.pictures() == 0, "it is not offered for ever"
    peer.store.refuses_pictures = False
    box.line.tell(other, picture(2))
    assert box.line.turn() is None
    assert box.problems.problems() == ()
    assert box.line.refused_pictures == 1


def test_a_key_that_the_centre_does_not_know_loses_nothing(
    tmp_path: Path, make_box: Callable[..., Box], peer: HttpPeer
) -> None:
    box = make_box(peer.url, api_key="another")
    box.line.tell(build_reminder())
    assert box.line.turn() is not None
    assert box.line.unsent == 1


def test_faults_of_the_line_lose_nothing_and_tell_nothing_twice(make_box: Callable[..., Box]) -> None:
    with HttpPeer(PeerStore(), faults=0.5, randomness=random.Random(3)) as peer:
        box = make_box(peer.url)
        wanted = {}
        for number in range(12):
            reminder = build_reminder(place=f"pavement-1:0.{number:02},0.5")
            wanted[reminder.reminder_id] = reminder
            box.line.tell(reminder)
        turns = 0
        while box.line.turn() is not None:
            turns += 1
            assert turns < 200
        assert peer.store.reminders == wanted


def test_a_rule_that_lost_its_last_seconds_tells_nothing_twice(tmp_path: Path) -> None:
    book = ReminderBook(tmp_path)
    told = build_reminder(OBSERVED, STILL_THERE)
    book.put(told, NOON)
    later = [step.model_copy(update={"at": step.at + timedelta(seconds=4)}) for step in told.steps]
    assert book.put(build_reminder(steps=tuple(later[:1])), NOON) is None
    assert book.put(build_reminder(OBSERVED, STILL_THERE, steps=tuple(later)), NOON) is None
    cleared = build_reminder(OBSERVED, STILL_THERE, CLEARED).steps[-1]
    message = book.put(build_reminder(steps=(*later, cleared)), NOON)
    assert message is not None
    assert message.steps == (*told.steps, cleared)


def test_what_the_centre_holds_is_forgotten_after_some_days(tmp_path: Path) -> None:
    book, other = ReminderBook(tmp_path), build_reminder(place="pavement-1:0.7,0.6")
    book.put(build_reminder(), NOON)
    book.settle(build_reminder())
    book.put(other, NOON + KEPT + timedelta(seconds=1))
    with sqlite3.connect(tmp_path / REMINDERS_FILE) as connection:
        assert connection.execute("SELECT count(*) FROM reminders").fetchone() == (1,)
    assert list(book.waiting()) == [other.reminder_id]


def test_a_picture_that_waits_for_days_is_neither_lost_nor_takes_room_for_ever(tmp_path: Path) -> None:
    """The centre holds the message, then is away for longer than messages are kept, or the clock is set ahead."""
    book, other = ReminderBook(tmp_path), build_reminder(place="pavement-1:0.7,0.6")
    message = book.put(build_reminder(), NOON, picture(1))
    assert message is not None
    book.settle(message)
    later = NOON + 2 * KEPT
    book.put(other, later)
    kept = book.first_picture()
    assert kept is not None
    assert kept.content == place_picture(1)
    book.settle_picture(kept)
    book.put(build_reminder(OBSERVED, STILL_THERE, place="pavement-1:0.7,0.6"), later)
    with sqlite3.connect(tmp_path / REMINDERS_FILE) as connection:
        assert connection.execute("SELECT count(*) FROM reminders").fetchone() == (1,)
        connection.execute("INSERT INTO pictures (reminder_id, step, content) VALUES ('left by an earlier one', 0, '')")
    book.put(build_reminder(place="pavement-1:0.2,0.2"), later)
    assert book.pictures() == 0


def test_a_file_of_something_else_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / REMINDERS_FILE).write_bytes(b"something else, longer than a header would be" * 4)
    with pytest.raises(FileError, match=REMINDERS_FILE):
        ReminderBook(tmp_path).put(build_reminder(), NOON)
    assert (tmp_path / REMINDERS_FILE).read_bytes().startswith(b"something else")


def test_two_threads_that_tell_lose_nothing(tmp_path: Path, make_box: Callable[..., Box], peer: HttpPeer) -> None:
    box = make_box(peer.url)
    box.line.start()
    reminders = [build_reminder(place=f"pavement-1:0.{number:02},0.5") for number in range(10)]
    threads = [threading.Thread(target=lambda part=part: [box.line.tell(one) for one in part]) for part in
               (reminders[:5], reminders[5:])]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    wait_until(lambda: len(peer.store.reminders) == 10, what="all are there")
    box.line.close()


def picture(seed: int = 1) -> TakenPicture:
    return TakenPicture(at=NOON, content=place_picture(seed))


def test_pictures_follow_their_messages_also_by_the_next_process(
    tmp_path: Path, make_box: Callable[..., Box], peer: HttpPeer
) -> None:
    box = make_box(AWAY)
    box.line.tell(build_reminder(), picture(1))
    box.line.tell(build_reminder(OBSERVED, CLEARED), picture(2))
    assert box.line.turn() is not None
    box.line.close()

    again = make_box(peer.url)
    again.line.start()
    wait_until(lambda: len(peer.store.pictures) == 2, what="both pictures are there")
    again.line.close()
    the_id = build_reminder().reminder_id
    assert peer.store.pictures == {(the_id, 0): place_picture(1), (the_id, 1): place_picture(2)}
    assert [method for method, _, _ in peer.requests] == ["POST", "PUT", "PUT"], "the word goes before any picture"
    assert again.book.pictures() == 0


def test_faults_of_the_line_lose_no_picture(make_box: Callable[..., Box]) -> None:
    with HttpPeer(PeerStore(), faults=0.5, randomness=random.Random(4)) as peer:
        box = make_box(peer.url)
        for number in range(6):
            box.line.tell(build_reminder(place=f"pavement-1:0.{number:02},0.5"), picture(number))
        turns = 0
        while box.line.turn() is not None:
            turns += 1
            assert turns < 200
        assert len(peer.store.pictures) == 6


def test_a_step_that_is_told_anew_keeps_its_first_picture(tmp_path: Path) -> None:
    book = ReminderBook(tmp_path)
    first = book.put(build_reminder(), NOON, picture(1))
    assert first is not None
    assert book.put(build_reminder(), NOON, picture(2)) is None
    second = book.put(build_reminder(OBSERVED, STILL_THERE), NOON, TakenPicture(at=NOON, missing=NoPicture.COVERED))
    assert second is not None
    assert second.pictures[0] == first.pictures[0]
    assert second.pictures[1].missing is NoPicture.COVERED
    assert book.pictures() == 1


def test_a_disk_that_takes_nothing_costs_the_picture_and_says_so(
    tmp_path: Path, make_box: Callable[..., Box], peer: HttpPeer
) -> None:
    (tmp_path / REMINDERS_FILE).mkdir()
    box = make_box(peer.url)
    box.line.tell(build_reminder(), picture())
    box.line.turn()
    (tmp_path / REMINDERS_FILE).rmdir()
    box.line.turn()
    (told,) = peer.store.reminders.values()
    (kept,) = box.book.waiting().values() or [told]
    assert [one.missing for one in kept.pictures] in ([], [NoPicture.NO_ROOM])
    assert box.book.pictures() == 0


def test_too_many_pictures_that_wait_are_bounded_and_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(book_module, "MOST_PICTURES_KEPT", 2)
    book = ReminderBook(tmp_path)
    said = [
        message.pictures[0].missing
        for number in range(3)
        if (message := book.put(build_reminder(place=f"pavement-1:0.{number},0.5"), NOON, picture(number)))
    ]
    assert said == [None, None, NoPicture.NO_ROOM]
    assert book.pictures() == 2


def test_a_picture_that_the_centre_never_wants_holds_up_no_other(
    tmp_path: Path, make_box: Callable[..., Box], peer: HttpPeer
) -> None:
    other = build_reminder(place="pavement-1:0.7,0.6")
    peer.store.reminders[build_reminder().reminder_id] = build_reminder()  # it knows of no picture
    box = make_box(peer.url)
    box.line.tell(build_reminder(), picture(1))
    box.line.tell(other, picture(2))
    assert box.line.turn() is None
    assert peer.store.pictures == {(other.reminder_id, 0): place_picture(2)}
    assert box.book.pictures() == 0


def test_a_file_of_the_version_before_is_read_and_takes_pictures(tmp_path: Path) -> None:
    book = ReminderBook(tmp_path)
    book.put(build_reminder(), NOON)
    with sqlite3.connect(tmp_path / REMINDERS_FILE) as connection:
        connection.executescript("DROP TABLE pictures; PRAGMA user_version = 1;")
    assert list(book.waiting()) == [build_reminder().reminder_id]
    message = book.put(build_reminder(OBSERVED, STILL_THERE), NOON, picture())
    assert message is not None
    assert [one.step for one in message.pictures] == [1]
    assert book.pictures() == 1


def test_only_so_many_steps_have_pictures(tmp_path: Path) -> None:
    book = ReminderBook(tmp_path)
    states = [OBSERVED, *[CLEARED, CAME_BACK] * MOST_PICTURES]
    for number in range(1, len(states) + 1):
        message = book.put(build_reminder(*states[:number]), NOON, picture())
        assert message is not None
        assert len(message.pictures) == min(number, MOST_PICTURES)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(0, 9), max_size=8), st.lists(st.integers(0, 9), max_size=8))
def test_whatever_is_told_after_a_loss_what_was_told_stays(first: list[int], second: list[int]) -> None:
    one, other = life(first, 0.0), life(second, 3.0)
    after = other.after(one)
    assert after.goes_on_from(one)
    assert Reminder.model_validate_json(after.model_dump_json()) == after


def life(choices: list[int], later_s: float) -> Reminder:
    states = [OBSERVED]
    for choice in choices:
        following = sorted(NEXT_STATES[states[-1]] - {BECAME_CASE})
        states.append(following[choice % len(following)])
    reminder = build_reminder(*states)
    steps = tuple(step.model_copy(update={"at": step.at + timedelta(seconds=later_s)}) for step in reminder.steps)
    return reminder.model_copy(update={"steps": steps})
