"""Files of labels and pictures, found and read; what is named twice."""

import unicodedata
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from domain.errors import ConfigurationError, Fault
from plumbing.text_files import read_text_file

_ONCE = "name it once: of two nobody knows which is meant"


def read_text(path: Path) -> str:
    """A text file.

    Raises:
        ConfigurationError: it cannot be read.
    """
    try:
        return read_text_file(path)
    except (OSError, UnicodeDecodeError) as e:
        raise ConfigurationError(f"{path} cannot be read: {e}") from e


def is_file(path: Path) -> bool:
    """Whether there is such a file; also for names that no file can have."""
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that no file can have
        return False


def existing(path: Path) -> Path:
    """The file of that name, in whichever form of Unicode the disk has it: archives of other systems change it."""
    forms = (unicodedata.normalize(form, str(path)) for form in ("NFC", "NFD"))
    return next((one for one in (path, *map(Path, forms)) if is_file(one)), path)


def repeated(file: str, things: Iterable[Any], what: str) -> list[Fault]:
    """A fault for each thing that is there more than once."""
    return [
        Fault(file=file, line=None, where="", problem=f"{what} {thing!r} is there {times} times", remedy=_ONCE)
        for thing, times in Counter(things).items()
        if times > 1
    ]
