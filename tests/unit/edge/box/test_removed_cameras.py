"""A removed camera's files stay for a while and then go; a configured camera's never do."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from edge.box.removed_cameras import KEPT_WITHOUT_CAMERA, forget_removed_cameras

NOW = datetime(2026, 3, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def left(folder: Path, name: str, *, idle: timedelta) -> Path:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text("{}", "utf-8")
    os.utime(path, ((NOW - idle).timestamp(),) * 2)
    return path


def test_only_long_idle_files_of_cameras_that_are_not_configured_go(tmp_path: Path) -> None:
    memory, profiles = tmp_path / "memory", tmp_path / "profiles"
    long = KEPT_WITHOUT_CAMERA + DAY
    gone = [
        left(memory, "cam-gone.json", idle=long),
        left(memory, "cam-gone.damaged", idle=long),
        left(profiles, "cam-gone.json", idle=KEPT_WITHOUT_CAMERA),
    ]
    kept = [
        left(memory, "cam-here.json", idle=10 * long),
        left(memory, "cam-here.damaged", idle=long),
        left(memory, "cam-left-lately.json", idle=KEPT_WITHOUT_CAMERA - DAY),
        left(profiles, "cam-here.json", idle=long),
    ]
    folders = (memory, profiles, tmp_path / "not-there")
    forget_removed_cameras(folders, configured={"cam-here"}, now=NOW)
    assert [path.exists() for path in gone] == [False] * len(gone)
    assert all(path.exists() for path in kept)


def test_what_cannot_be_deleted_stays_and_stops_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "a-folder").mkdir()
    os.utime(tmp_path / "a-folder", (0, 0))
    later = left(tmp_path, "cam-gone.json", idle=2 * KEPT_WITHOUT_CAMERA)
    forget_removed_cameras((tmp_path,), configured=(), now=NOW)
    assert (tmp_path / "a-folder").exists()
    assert not later.exists()
    assert "cannot be deleted" in caplog.text
