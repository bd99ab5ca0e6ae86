"""How long cameras were not live, from what their boxes reported of them. Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from domain.fleet.health import StreamState


def downtime_s(changes: Iterable[Any], *, begins_at: datetime, ends_at: datetime) -> dict[tuple[str, str], float]:
    """Seconds in a span in which each camera was not live; one of which nothing was reported yet is left out.

    Args:
        changes: ``box_id``, ``camera_id``, ``state`` and ``at`` of each, in order of time, from before the span too.
        begins_at: of the span.
        ends_at: of the span.

    Returns:
        By box and camera: two boxes may name theirs alike.

    Examples:
        >>> from collections import namedtuple
        >>> from datetime import UTC, timedelta
        >>> change, noon = namedtuple("change", "box_id camera_id state at"), datetime(2026, 1, 5, 12, tzinfo=UTC)
        >>> seen = [change("b", "cam-1", "lost", noon - timedelta(hours=1)), change("b", "cam-1", "live", noon)]
        >>> downtime_s(seen, begins_at=noon - timedelta(minutes=30), ends_at=noon + timedelta(hours=1))
        {('b', 'cam-1'): 1800.0}
    """
    found: dict[tuple[str, str], float] = {}
    since: dict[tuple[str, str], datetime | None] = {}
    for change in changes:
        camera, at = (change.box_id, change.camera_id), min(max(change.at, begins_at), ends_at)
        before = since.get(camera)
        found[camera] = found.get(camera, 0.0) + ((at - before).total_seconds() if before is not None else 0.0)
        since[camera] = None if change.state == StreamState.LIVE else at
    for camera, down_since in since.items():
        if down_since is not None and ends_at > down_since:
            found[camera] += (ends_at - down_since).total_seconds()
    return found
