"""Keeps the newest copy of something of every camera on disk: one file a camera, written by a thread of its own."""

import threading
from collections.abc import Callable
from pathlib import Path

from domain.errors import FileError
from plumbing.files import make_private_folder, replace_private

_AGAIN_S = 5.0


class NewestCopies:
    """Files of a folder, one a camera, each replaced in one step.

    Args:
        directory: is made when something is first written.
        name: of the writing thread.
        on_failed: called when a copy cannot be written; it is tried again until it can be, or until there is a newer.
        on_written: called whenever one was written.
    """

    def __init__(
        self, directory: Path, *, name: str, on_failed: Callable[[FileError], None], on_written: Callable[[], None]
    ) -> None:
        self._directory = directory
        self._on_failed = on_failed
        self._on_written = on_written
        self._waiting: dict[str, bytes] = {}  # the newest copy of each camera that is not on disk
        self._changed = threading.Condition()
        self._closing = False
        self._writer = threading.Thread(target=self._write_all, name=name, daemon=True)
        self._writer.start()

    def path(self, camera_id: str) -> Path:
        """Where a camera's copy is."""
        return self._directory / f"{camera_id}.json"

    def waiting(self, camera_id: str) -> bytes | None:
        """The copy that is not on disk yet."""
        with self._changed:
            return self._waiting.get(camera_id)

    def put(self, camera_id: str, content: bytes) -> None:
        """Write a copy soon, in place of one that waits."""
        with self._changed:
            self._waiting[camera_id] = content
            self._changed.notify_all()

    def close(self, timeout_s: float) -> None:
        """Write what waits, then end."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._writer.join(timeout_s)

    def _write_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._closing)
                if not self._waiting:
                    return
                camera_id = next(iter(self._waiting))
                content = self._waiting[camera_id]
            written = self._write(camera_id, content)
            with self._changed:
                if written and self._waiting.get(camera_id) is content:
                    del self._waiting[camera_id]
                elif not written and self._closing:
                    return
                elif not written:
                    self._changed.wait(_AGAIN_S)  # or until there is news

    def _write(self, camera_id: str, content: bytes) -> bool:
        try:
            make_private_folder(self._directory)
            replace_private(self.path(camera_id), content)
        except FileError as error:
            self._on_failed(error)
            return False
        self._on_written()
        return True
