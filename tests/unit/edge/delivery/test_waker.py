"""One thread waits for a socket or for a word; neither is lost, and nothing is looked at in between."""

import socket
import threading
import time
from collections.abc import Iterator

import pytest

from edge.delivery.waker import Waker

LONG_S = 30.0


@pytest.fixture
def waker() -> Iterator[Waker]:
    waker = Waker()
    yield waker
    waker.close()


@pytest.fixture
def line() -> Iterator[tuple[socket.socket, socket.socket]]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def test_words_before_the_wait_end_it_once(waker: Waker, line: tuple[socket.socket, socket.socket]) -> None:
    for _ in range(100_000):  # more than any buffer holds: it never waits
        waker.wake()
    began_s = time.monotonic()
    assert not waker.wait(line[0], for_write=False, timeout_s=LONG_S)
    assert time.monotonic() - began_s < LONG_S / 2
    assert not waker.wait(line[0], for_write=False, timeout_s=0.02)
    assert time.monotonic() - began_s >= 0.02


def test_a_word_from_another_thread_ends_a_wait(waker: Waker, line: tuple[socket.socket, socket.socket]) -> None:
    began_s = time.monotonic()
    timer = threading.Timer(0.05, waker.wake)
    timer.start()
    assert not waker.wait(line[0], for_write=False, timeout_s=LONG_S)
    timer.join()
    assert time.monotonic() - began_s < LONG_S / 2


def test_a_socket_with_something_to_read_or_broken_is_told(
    waker: Waker, line: tuple[socket.socket, socket.socket]
) -> None:
    ours, theirs = line
    theirs.send(b"x")
    assert waker.wait(ours, for_write=False, timeout_s=LONG_S)
    assert ours.recv(10) == b"x"
    assert not waker.wait(ours, for_write=True, timeout_s=LONG_S), "it can be written only"
    theirs.close()
    assert waker.wait(ours, for_write=False, timeout_s=LONG_S)


def test_nobody_is_woken_after_the_end(line: tuple[socket.socket, socket.socket]) -> None:
    waker = Waker()
    waker.close()
    waker.wake()
