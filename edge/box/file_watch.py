"""Tells when one of some files has changed."""

import logging
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from watchfiles import watch

logger = logging.getLogger(__name__)

_SETTLE_MS = 400  # an editor writes in several steps; they are told once
_STEP_MS = 200
_LOOK_MS = 1000


class FileWatch:
    """Watches folders in a thread of its own.

    Args:
        folders: watched without their subfolders.
        suffixes: names that end so are looked at, others are not.
        on_change: called after files were added, changed or taken away; from the watching thread.
    """

    def __init__(self, *, folders: Iterable[Path], suffixes: tuple[str, ...], on_change: Callable[[], None]) -> None:
        self._folders = sorted({folder for folder in folders if folder.is_dir()})
        self._suffixes = suffixes
        self._on_change = on_change
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="file-watch", daemon=True)

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def close(self) -> None:
        """Stop watching."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join()

    def _watch(self) -> None:
        try:
            for changes in watch(
                *self._folders,
                stop_event=self._stop,
                recursive=False,
                debounce=_SETTLE_MS,
                step=_STEP_MS,
                rust_timeout=_LOOK_MS,
                raise_interrupt=False,
            ):
                if any(path.endswith(self._suffixes) for _, path in changes):
                    self._on_change()
        except (OSError, RuntimeError) as error:
            logger.warning(
                "Changed files will not be noticed; send SIGHUP instead",
                extra={"action": "file_watch_failed", "reason": str(error)},
            )
