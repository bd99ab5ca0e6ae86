"""What the box keeps of a camera that is configured no more: for a while, then not at all."""

import logging
from collections.abc import Collection, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from edge.drift.store import KEPT_DAYS

logger = logging.getLogger(__name__)

KEPT_WITHOUT_CAMERA: Final = timedelta(days=KEPT_DAYS)
"""A camera that comes back sooner (a broken mast, a file moved by mistake) goes on with its memory and its days."""


def forget_removed_cameras(folders: Iterable[Path], *, configured: Collection[str], now: datetime) -> None:
    """Delete the files of cameras that are not configured and that nothing was written to for ``KEPT_WITHOUT_CAMERA``.

    A file that cannot be deleted stays until the next time.

    Args:
        folders: each with files named after cameras; a folder may be missing.
        configured: ids of the box's cameras; their files are never touched.
        now: UTC.
    """
    for path in (path for folder in folders for path in sorted(folder.glob("*"))):
        if path.stem in configured:
            continue
        try:
            idle = now - datetime.fromtimestamp(path.stat().st_mtime, tz=UTC)
            if idle < KEPT_WITHOUT_CAMERA:
                continue
            path.unlink()
        except OSError as error:
            fields = {"action": "camera_not_forgotten", "file": str(path), "reason": str(error)}
            logger.warning("A removed camera's file cannot be deleted", extra=fields)
        else:
            fields = {
                "action": "camera_forgotten",
                "camera_id": path.stem,
                "file": str(path),
                "idle_days": str(idle.days),
            }
            logger.info("A removed camera's file was deleted", extra=fields)
