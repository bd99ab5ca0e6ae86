"""Follows a text file that another program appends to, through truncation and replacement."""

import os
from io import BufferedReader
from pathlib import Path

from plumbing.files import file_faults

_MAX_READ_BYTES = 1_000_000
_LONGEST_REST_BYTES = 1_000_000


class FileTail:
    """Whole lines as they are added.

    Args:
        path: may not exist yet; a file put in its place later is read from its beginning.
        from_start: whether lines that stand there at the first look count, too.
    """

    def __init__(self, path: Path, *, from_start: bool = False) -> None:
        self._path = path
        self._file: BufferedReader | None = None
        self._inode = -1
        self._rest = b""
        self._skip_to_end = not from_start

    def new_lines(self) -> list[str]:
        """Lines completed since the last call, without their ends; what is no UTF-8 is replaced.

        Of a line that has no end for a megabyte the middle is left out.

        Raises:
            FileError: the file is there and cannot be read.
        """
        with file_faults(self._path, "read"):
            return self._new_lines()

    def _new_lines(self) -> list[str]:
        try:
            stat = os.stat(self._path)  # noqa: PTH116 - one system call a round
        except FileNotFoundError:
            self._skip_to_end = False
            return []
        if self._file is None or stat.st_ino != self._inode or stat.st_size < self._file.tell():
            self._reopen()
        if self._file is None or stat.st_size == self._file.tell():
            return []
        *lines, rest = (self._rest + self._file.read(_MAX_READ_BYTES)).split(b"\n")
        self._rest = rest[:_LONGEST_REST_BYTES]
        return [line.decode("utf-8", "replace") for line in lines]

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _reopen(self) -> None:
        first = self._file is None and self._inode == -1
        self.close()
        self._file = self._path.open("rb")
        self._inode = os.fstat(self._file.fileno()).st_ino
        self._rest = b""
        if first and self._skip_to_end:
            self._file.seek(0, os.SEEK_END)
