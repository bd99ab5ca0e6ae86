"""JSON Lines files that grow while they are written: read up to a power cut's tear, and mended before more is added."""

import codecs
import json
import logging
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import ValidationError

from domain.errors import ConfigurationFaults, Fault
from plumbing.files import file_faults

logger = logging.getLogger(__name__)

_REMEDY = "write one JSON object a line, as docs/replay.md shows"
_OBJECT = re.compile(rb'\{"')
_BLOCK = 65_536
_STARTS = 8  # of objects in a line, from its end: an entry holds one or two
Entry = TypeVar("Entry")


class JsonLines(Generic[Entry]):
    """The entries of a file; what a power cut left half written is passed over and counted.

    A torn line is the last one, without its end, or one that another line was glued to when the file was opened again,
    or one with zero bytes, which a file system leaves where it had made room and not written. The byte order mark that
    editors put before the first line is skipped.

    Args:
        path: a JSON Lines file; empty lines are skipped.
        parse: one line, without its end.
    """

    def __init__(self, path: Path, parse: Callable[[bytes], Entry]) -> None:
        self.torn = 0  # lines passed over so far
        self._path = path
        self._parse = parse

    def entries(self) -> Iterator[tuple[int, Entry]]:
        """Parsed lines with their 1-based numbers.

        Raises:
            ConfigurationFaults: the file cannot be read, or a line is wrong.
        """
        try:
            with self._path.open("rb") as lines:
                for number, line in enumerate(lines, start=1):
                    text = line.rstrip(b"\r\n")
                    if number == 1:
                        text = text.removeprefix(codecs.BOM_UTF8)
                    if not text.strip():
                        continue
                    try:
                        yield number, self._parse(text)
                    except ValidationError as error:
                        if not self._is_torn(text, ended=line.endswith(b"\n")):
                            raise self._wrong(number, error) from error
                        self.torn += 1
                        fields = {"action": "torn_line", "file": str(self._path), "line": number}
                        logger.warning("A line torn by a power cut is passed over", extra=fields)
        except OSError as error:
            raise self.fault(None, "", f"the file cannot be read: {error.strerror}") from error

    def fault(self, line: int | None, where: str, problem: str) -> ConfigurationFaults:
        """What is wrong with the file, in the one form for all files."""
        fault = Fault(file=str(self._path), line=line, where=where, problem=problem, remedy=_REMEDY)
        return ConfigurationFaults((fault,))

    def _wrong(self, number: int, error: ValidationError) -> ConfigurationFaults:
        first = error.errors(include_url=False, include_context=False)[0]
        return self.fault(number, ".".join(str(part) for part in first["loc"]), first["msg"])

    def _is_torn(self, text: bytes, *, ended: bool) -> bool:
        if _is_json(text):
            return False
        if not ended or b"\0" in text:
            return True
        starts = [match.start() for match in _OBJECT.finditer(text, 1)]
        return any(self._is_entry(text[start:]) for start in starts[-_STARTS:])

    def _is_entry(self, text: bytes) -> bool:
        try:
            self._parse(text)
        except ValidationError:
            return False
        return True


def mend_end(path: Path) -> int:
    """Make a file ready for more lines: end its last line, or take away one that a power cut tore.

    Args:
        path: of the file; one that is not there needs nothing.

    Returns:
        Bytes taken away.

    Raises:
        FileError: the file cannot be read or written.
    """
    if not path.exists():
        return 0
    with file_faults(path), path.open("rb+") as file:
        size = file.seek(0, os.SEEK_END)
        start = _last_line_at(file.fileno(), size)
        last = os.pread(file.fileno(), size - start, start)
        if not last:
            return 0
        if _is_json(last):
            file.write(b"\n")
            return 0
        file.truncate(start)
    logger.warning(
        "A line torn by a power cut was taken away",
        extra={"action": "log_mended", "file": str(path), "bytes": len(last)},
    )
    return len(last)


def _last_line_at(descriptor: int, size: int) -> int:
    """Where the line begins that has no end; the size where there is none."""
    end = size
    while end > 0:
        begin = max(0, end - _BLOCK)
        found = os.pread(descriptor, end - begin, begin).rfind(b"\n")
        if found >= 0:
            return begin + found + 1
        end = begin
    return 0


def _is_json(text: bytes) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):  # nested too deep is nothing that anybody wrote here
        return False
    return True
