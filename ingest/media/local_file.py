"""Opening a recorded file with libav: the file that was named, and nothing else."""

from pathlib import Path
from typing import Final

import av
from av.container import InputContainer

_LOCAL: Final = {"protocol_whitelist": "file"}  # a playlist must not make us fetch what it names


def open_local(path: Path) -> InputContainer:
    """Open a file for reading; a colon in its name is no protocol.

    Raises:
        av.error.FFmpegError: it is missing or no media file.
    """
    return av.open(f"file:{path}", "r", options=_LOCAL)
