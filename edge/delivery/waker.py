"""Waiting for a socket and for a word from another thread at once, without looking again and again."""

import select
import socket
from typing import Protocol


class HasFileno(Protocol):
    """A socket, wrapped or not."""

    def fileno(self) -> int:
        """Its number."""
        ...


class Waker:
    """One thread waits, any other may end its wait; a word that comes before the wait is not lost.

    Examples:
        >>> waker = Waker()
        >>> waker.wake()
        >>> waker.wait(None, for_write=False, timeout_s=60.0)
        False
        >>> waker.close()
    """

    def __init__(self) -> None:
        self._receiver, self._sender = socket.socketpair()
        self._receiver.settimeout(0.0)
        self._sender.settimeout(0.0)

    def wake(self) -> None:
        """End the wait of now, or the next one; never waits, may be called after ``close``."""
        try:
            self._sender.send(b"\0")
        except OSError:
            return  # many words are waiting already, or nobody waits any more

    def wait(self, sock: HasFileno | None, *, for_write: bool, timeout_s: float) -> bool:
        """Wait until a socket can be read (or written, if asked for), until woken, or for so long.

        Returns:
            Whether the socket can be read (or is broken).
        """
        poll = select.poll()
        poll.register(self._receiver, select.POLLIN)
        if sock is not None:
            poll.register(sock, select.POLLIN | (select.POLLOUT if for_write else 0))
        found = dict(poll.poll(max(0.0, timeout_s) * 1000))
        if self._receiver.fileno() in found:
            try:
                while self._receiver.recv(4096):
                    pass
            except BlockingIOError:
                pass
        return sock is not None and bool(found.get(sock.fileno(), 0) & ~select.POLLOUT)

    def close(self) -> None:
        """Let go of the sockets; nobody waits any more."""
        self._receiver.close()
        self._sender.close()
