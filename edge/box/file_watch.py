"""Notices when one of some files has changed."""

import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from watchfiles import watch

from domain.fleet.health import ProblemCode
from edge.health.problems import ProblemBoard

_SETTLE_MS = 400  # an editor writes in several steps; they count as one change
_STEP_MS = 200
_LOOK_MS = 1000
_AGAIN_S = 60.0


class FileWatch:
    """Watches folders in a thread of its own.

    Where they cannot be watched, that is a problem of the box and is tried again every minute; when it goes well
    again, the files count as changed.

    Args:
        folders: watched without their subfolders.
        suffixes: names that end so are looked at, others are not.
        on_change: called after files were added, changed or taken away; from the watching thread.
        problems: where it is named that changes are not noticed.
    """

    def __init__(
        self,
        *,
        folders: Iterable[Path],
        suffixes: tuple[str, ...],
        on_change: Callable[[], None],
        problems: ProblemBoard,
    ) -> None:
        self._folders = sorted(set(folders))
        self._suffixes = suffixes
        self._on_change = on_change
        self._problems = problems
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
        while not self._stop.is_set():
            try:
                self._follow()
            except (OSError, RuntimeError) as error:
                self._problems.report(
                    ProblemCode.FILE_WATCH_FAILED, f"changes of the camera files are not noticed: {error}"
                )
                self._stop.wait(_AGAIN_S)

    def _follow(self) -> None:
        for changes in watch(
            *self._folders,
            stop_event=self._stop,
            recursive=False,
            debounce=_SETTLE_MS,
            step=_STEP_MS,
            rust_timeout=_LOOK_MS,
            yield_on_timeout=True,
            raise_interrupt=False,
        ):
            was_blind = self._problems.stands(ProblemCode.FILE_WATCH_FAILED)
            self._problems.clear(ProblemCode.FILE_WATCH_FAILED)
            if was_blind or any(path.endswith(self._suffixes) for _, path in changes):
                self._on_change()
