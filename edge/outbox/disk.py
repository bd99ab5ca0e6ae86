"""The disk that the outbox lies on: watched all the time, with room kept so that a case can always be recorded."""

import errno
import logging
import os
import threading
from pathlib import Path
from typing import Final

from domain.errors import FileError
from domain.fleet.health import ProblemCode
from edge.health.problems import ProblemBoard
from plumbing.files import file_faults, remove, write_private

logger = logging.getLogger(__name__)

_LOOK_EVERY_S: Final = 2.0
_PROBE_EVERY: Final = 5  # looks: a write wears the disk, and only what no system call shows is found by it
_RESERVE_FILE: Final = "reserve"
_PROBE_FILE: Final = "probe"
_PAGE_BYTES: Final = 4096
_CASE_BYTES: Final = 64 * _PAGE_BYTES  # bytes that a transaction takes at most, by far


class OutboxDisk:
    """Knows whether evidence, or cases only, may be written; safe to use from every thread.

    A file of ``reserve_bytes`` is kept on the disk. When the disk fills up it is removed, and what it took is there for
    cases and their states alone; when there is space again it is made anew.

    Args:
        directory: of the outbox.
        problems: where it stands that the disk is full or cannot be written.
        min_free_bytes: free space below which no evidence is written.
        reserve_bytes: kept for cases.
    """

    def __init__(self, directory: Path, *, problems: ProblemBoard, min_free_bytes: int, reserve_bytes: int) -> None:
        self._directory = directory
        self._problems = problems
        self._min_free_bytes = min_free_bytes
        self._reserve_bytes = reserve_bytes
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._looks = 0
        self._thread = threading.Thread(target=self._watch, name="outbox-disk", daemon=True)

    def start(self) -> None:
        """Look at the disk now, and from now on every two seconds."""
        self.look()
        self._thread.start()

    def close(self) -> None:
        """Stop looking; may be called twice."""
        self._closed.set()
        if self._thread.is_alive():
            self._thread.join()

    def has_room_for(self, size_bytes: int) -> bool:
        """Whether so much evidence may be written.

        Raises:
            FileError: the disk does not answer.
        """
        return self._free_bytes() - size_bytes >= self._min_free_bytes

    def can_take(self, size_bytes: int) -> bool:
        """Whether so much fits beside what is kept for cases.

        Raises:
            FileError: the disk does not answer.
        """
        return self._free_bytes() - size_bytes >= self._reserve_bytes

    def takes_cases(self) -> bool:
        """Whether nothing is known that keeps cases from being written."""
        try:
            return not self._problems.stands(ProblemCode.DISK_UNWRITABLE) and self._free_bytes() >= _CASE_BYTES
        except FileError:
            return False

    def make_room(self) -> None:
        """Give the reserve to the cases if the disk is nearly full; cheap, to be called before each one is written."""
        try:
            if self._free_bytes() < self._reserve_bytes // 4:
                self._let_go()
        except FileError:
            return  # whoever writes next finds out

    def look(self) -> None:
        """Report how the disk is."""
        try:
            self._probe()
        except FileError as e:
            self._problems.clear(ProblemCode.DISK_FULL)
            self._problems.report(ProblemCode.DISK_UNWRITABLE, str(e))
            return
        self._problems.clear(ProblemCode.DISK_UNWRITABLE)
        try:
            self.make_room()
            is_kept = self._keep_reserve()
            is_low = self._free_bytes() < self._min_free_bytes
        except FileError as e:
            self._problems.report(ProblemCode.DISK_UNWRITABLE, str(e))
            return
        if not is_kept:
            text = f"the disk of {self._directory} is full: only cases are stored, in the room that was kept for them"
        elif is_low:
            text = (
                f"the disk of {self._directory} has less than {self._min_free_bytes / 1e6:.0f} MB left: "
                f"new cases are kept without media"
            )
        else:
            self._problems.clear(ProblemCode.DISK_FULL)
            return
        self._problems.report(ProblemCode.DISK_FULL, text)

    def _watch(self) -> None:
        while not self._closed.wait(_LOOK_EVERY_S):
            try:
                self.look()
            except Exception:
                logger.exception("The disk could not be looked at", extra={"action": "disk_look_failed"})

    def _probe(self) -> None:
        """Find out whether the disk can be written at all.

        Raises:
            FileError: it cannot.
        """
        with file_faults(self._directory, "looked at"):
            is_read_only = bool(os.statvfs(self._directory).f_flag & os.ST_RDONLY)
        path = self._directory / _PROBE_FILE
        if is_read_only:
            raise FileError(self._directory, "written", OSError(errno.EROFS, os.strerror(errno.EROFS)))
        failed_before = self._problems.stands(ProblemCode.DISK_UNWRITABLE)
        if self._looks % _PROBE_EVERY == 0 or failed_before:
            try:
                write_private(path, b"1" * _PAGE_BYTES)
            except FileError as e:
                if not e.is_full:
                    raise
        self._looks += 1

    def _free_bytes(self) -> int:
        with file_faults(self._directory, "looked at"):
            found = os.statvfs(self._directory)
        return found.f_bavail * found.f_frsize

    def _keep_reserve(self) -> bool:
        """Make the reserve if it is not there and the disk has twice that room; whether it is there."""
        path = self._directory / _RESERVE_FILE
        with self._lock:
            if path.exists():
                return True
            if self._free_bytes() < 2 * self._reserve_bytes:
                return False
            try:
                with file_faults(path):
                    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
                    try:
                        os.posix_fallocate(descriptor, 0, self._reserve_bytes)
                    finally:
                        os.close(descriptor)
            except FileError:
                remove(path)
                return False
            return True

    def _let_go(self) -> None:
        path = self._directory / _RESERVE_FILE
        with self._lock:
            if path.exists() and remove(path):
                logger.warning("Room kept for cases is given to them", extra={"action": "reserve_released"})
