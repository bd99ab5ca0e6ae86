"""RTP packets that libav found missing: it says so in its log only.

libav shows nothing of RTP's sequence numbers through its interface, and glues what is left of a picture together as if
it were whole. Some of that decodes without an error. Its log is therefore read, in the thread that reads the camera.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import av.logging

QUEUE_OPTION: Final = {"reorder_queue_size": "2"}
"""Makes libav look at sequence numbers inside the RTSP connection, too; after a gap it waits for one RTP packet."""

_MISSED: Final = re.compile(r"RTP: missed (\d+) packets")


class RtpLosses:
    """What libav has found missing on this thread's connection since it was last asked.

    Args:
        messages: libav's, of this thread; emptied when asked.
    """

    def __init__(self, messages: list[tuple[int, str, str]]) -> None:
        self._messages = messages

    def take(self) -> int:
        """How many RTP packets are missing; 0 costs next to nothing."""
        if not self._messages:
            return 0
        found = [_MISSED.search(message) for _, _, message in self._messages]
        self._messages.clear()
        return sum(int(match[1]) for match in found if match is not None)


@contextmanager
def listening() -> Iterator[RtpLosses]:
    """Hear what libav says in this thread; nothing of it reaches our log, since it may hold a camera's URL."""
    logging.getLogger("libav").setLevel(logging.CRITICAL + 1)  # threads that nobody listens to
    av.logging.set_skip_repeated(False)
    if av.logging.get_level() is None:
        av.logging.set_level(av.logging.WARNING)
    with av.logging.Capture(local=True) as messages:
        yield RtpLosses(messages)
