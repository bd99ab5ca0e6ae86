"""Whether the process on the box works at all: what a supervisor asks before it restarts it."""

from collections.abc import Mapping
from typing import Any


def life(idle_s: Mapping[str, float], *, stuck_after_s: float, ended: bool) -> tuple[bool, dict[str, Any]]:
    """Whether every loop turns. Cameras, disk, broker and centre have no part in it: no restart mends those.

    Args:
        idle_s: by loop, how long ago it last went round, in seconds.
        stuck_after_s: a loop that has not gone round for so long is stuck.
        ended: whether the analysis is over though the box is to work.

    Returns:
        The verdict, and the document that shows it.

    Examples:
        >>> life({"analysis": 0.1, "process": 0.9}, stuck_after_s=15.0, ended=False)
        (True, {'status': 'ok', 'idle_s': {'analysis': 0.1, 'process': 0.9}})
        >>> life({"analysis": 15.1, "process": 0.9}, stuck_after_s=15.0, ended=False)[0]
        False
    """
    works = not ended and all(each <= stuck_after_s for each in idle_s.values())
    return works, {
        "status": "ok" if works else "stuck",
        "idle_s": {name: round(each, 3) for name, each in sorted(idle_s.items())},
    }
