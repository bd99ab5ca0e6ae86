"""Databases that take a commit and lose their answer, as a line that breaks at the wrong moment does."""

import socket
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from sqlalchemy import Connection, Engine, event, make_url
from sqlalchemy.exc import OperationalError

_PIECE_BYTES: Final = 1 << 16
_PUTS_CASE: Final = "INSERT INTO cases "
_LAST_STEP: Final = b"append_record"


class SqliteCommits:
    """Loses the answer to the next commit of a transaction that puts a case on record.

    Args:
        engine: of the database.
    """

    def __init__(self, engine: Engine) -> None:
        self.lost = 0
        self._loses = self._has_case = False
        event.listen(engine, "before_cursor_execute", self._note)
        event.listen(engine, "commit", self._commit)

    def lose_next(self) -> None:
        """From now on, until one was lost."""
        self._loses = True

    def _note(self, conn: object, cursor: object, statement: str, *_: object) -> None:
        self._has_case = self._has_case or _PUTS_CASE in statement

    def _commit(self, connection: Connection) -> None:
        if not (self._loses and self._has_case):
            return
        self._loses, self.lost = False, self.lost + 1
        connection.exec_driver_sql("COMMIT")
        raise OperationalError("COMMIT", None, sqlite3.OperationalError("disk I/O error"))


class PostgresLine:
    """A line to a PostgreSQL server that loses the answer to the next commit of a transaction with an event.

    Args:
        url: of a database there.
        event_name: what the event is called.
        before_commit: is called when the caller has lost his line and the server has not been told to commit yet.
    """

    def __init__(self, url: str, *, event_name: str, before_commit: Callable[[], None] | None = None) -> None:
        parsed = make_url(url)
        self._server = (str(parsed.host), int(parsed.port or 5432))
        self._marks = (_LAST_STEP, f'"action": "{event_name}"'.encode())
        self._before_commit = before_commit
        self._door = socket.create_server(("127.0.0.1", 0))
        self._broken: set[socket.socket] = set()
        self._loses = False
        self.lost = 0
        self.url = parsed.set(host="127.0.0.1", port=self._door.getsockname()[1]).render_as_string(hide_password=False)
        threading.Thread(target=self._serve, daemon=True).start()

    def lose_next(self) -> None:
        """From now on, until one was lost."""
        self._loses = True

    def close(self) -> None:
        """Take no more callers."""
        self._door.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                caller, _ = self._door.accept()
                server = socket.create_connection(self._server)
                threading.Thread(target=self._pass_on, args=(caller, server), daemon=True).start()
                threading.Thread(target=self._answer, args=(server, caller), daemon=True).start()

    def _answer(self, server: socket.socket, caller: socket.socket) -> None:
        with suppress(OSError):
            while piece := server.recv(_PIECE_BYTES):
                if caller in self._broken:
                    break
                caller.sendall(piece)
        _hang_up(caller)
        _hang_up(server)

    def _pass_on(self, caller: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while message := self._message(caller):
                if self._loses and all(mark in message for mark in self._marks):
                    self._lose(caller, server, message)
                    return
                server.sendall(message)
        _hang_up(server)
        _hang_up(caller)

    def _message(self, caller: socket.socket) -> bytes:
        """What the caller sends, as far as a whole message can be told: the last step comes in one."""
        piece = caller.recv(_PIECE_BYTES)
        if piece[:1] == b"Q":
            size = 1 + int.from_bytes(piece[1:5], "big")
            while len(piece) < size and (more := caller.recv(_PIECE_BYTES)):
                piece += more
        return piece

    def _lose(self, caller: socket.socket, server: socket.socket, message: bytes) -> None:
        self._loses, self.lost = False, self.lost + 1
        self._broken.add(caller)
        if self._before_commit is not None:
            _hang_up(caller)
            self._before_commit()
        server.sendall(message)


def _hang_up(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)
    line.close()
