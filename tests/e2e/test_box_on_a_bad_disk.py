"""A box whose disk fills up while it works, as a real process: it says so at once, keeps its cases, and goes on."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.demo.footage import PAVEMENT, write_clips
from deploy.local.servers import NatsBroker, RtspServer, box_user
from tests.builders.box_process import BoxProcess, ListeningCentre, camera_document, wait_for
from tests.builders.small_disk import fill, small_disk

pytestmark = pytest.mark.server

_PARKING: dict[str, Any] = {
    "zones": [
        {
            "id": "pavement",
            "kind": "pavement",
            "polygon_norm": [
                [0.0, 0.60],
                [0.27, 0.61],
                [0.52, 0.66],
                [0.69, 0.71],
                [1.0, 0.81],
                [1.0, 1.0],
                [0.0, 1.0],
            ],
        }
    ],
    "rules": [
        {
            "rule": "PARK_PAVEMENT",
            "mode": "enforce",
            "valid_from": "2026-01-01",
            "parameters": {"zones": ["pavement"], "threshold_s": 5.0},
        }
    ],
}


@pytest.fixture
def cameras(tmp_path: Path) -> Iterator[RtspServer]:
    write_clips(tmp_path / "clips")
    with RtspServer(tmp_path / "clips", [PAVEMENT.file_name]) as server:
        yield server


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[NatsBroker]:
    users = {"centre": "centre-password", "box-1": box_user("box-1", "box-1-password")}
    (tmp_path / "broker").mkdir()
    with NatsBroker(tmp_path / "broker", users=users) as server:
        yield server


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk", size_mb=40) as path:
        yield path


def states(data_dir: Path) -> list[str]:
    """Of every case in the outbox, as another process reads it."""
    try:
        with sqlite3.connect(f"file:{data_dir / 'outbox.sqlite3'}?mode=ro", uri=True) as database:
            found = [row[0] for row in database.execute("SELECT state FROM cases ORDER BY recorded_at")]
        database.close()
    except sqlite3.OperationalError:
        return []
    return found


def codes(box: BoxProcess) -> set[str]:
    return {problem["code"] for problem in box.health()["problems"]}


def test_a_disk_that_fills_up_is_named_everywhere_costs_no_case_and_all_arrives_when_there_is_space(
    tmp_path: Path, cameras: RtspServer, broker: NatsBroker, disk: Path
) -> None:
    centre = ListeningCentre(broker)
    folder = tmp_path / "box"
    folder.mkdir()
    box = BoxProcess(
        folder,
        broker,
        data_dir=str(disk / "data"),
        outbox={"max_evidence_bytes": 10_000_000, "min_free_bytes": 16_000_000, "reserve_bytes": 2_000_000},
    )
    try:
        box.put_camera(camera_document("pavement", cameras.url(PAVEMENT.file_name)))
        box.start()
        wait_for(box.is_well, "the health page says 200")
        filler = fill(disk)
        wait_for(lambda: "disk_full" in codes(box), "the problem is named")
        assert not box.is_well()

        def in_heartbeat() -> bool:
            beats = centre.payloads("heartbeat")
            return bool(beats) and any(problem["code"] == "disk_full" for problem in beats[-1]["problems"])

        wait_for(in_heartbeat, "the heartbeat says it")
        box.put_camera(camera_document("pavement", cameras.url(PAVEMENT.file_name), **_PARKING))
        wait_for(lambda: states(disk / "data"), "a case is recorded on the full disk")
        assert not box.is_well()
        filler.unlink()
        wait_for(lambda: "disk_full" not in codes(box), "the problem is over")
        wait_for(
            lambda: set(states(disk / "data")) and "collecting" not in states(disk / "data"), "every package is made"
        )
        of_the_disk = {"disk_full", "disk_unwritable", "outbox_unusable", "package_failed", "memory_unwritable"}
        wait_for(lambda: not codes(box) & of_the_disk, "nothing of it stands any more", limit_s=30.0)
    finally:
        box.close()
        centre.close()
    began = [line for line in box.log() if line.get("action") == "problem_began" and line.get("problem") == "disk_full"]
    over = [line for line in box.log() if line.get("action") == "problem_over" and line.get("problem") == "disk_full"]
    assert (len(began), len(over)) == (1, 1)


def test_every_file_that_a_run_makes_is_its_users_alone_whatever_the_umask(
    tmp_path: Path, cameras: RtspServer, broker: NatsBroker
) -> None:
    centre = ListeningCentre(broker)
    folder = tmp_path / "box"
    folder.mkdir()
    box = BoxProcess(folder, broker, record_detections_file="seen.jsonl")
    box.put_camera(camera_document("pavement", cameras.url(PAVEMENT.file_name), **_PARKING))
    box.start(umask=0)
    made: dict[str, int] = {}
    try:

        def has_made_a_package() -> bool:
            for path in [folder / "data", *(folder / "data").rglob("*"), folder / "seen.jsonl"]:
                try:
                    made[path.relative_to(folder).as_posix()] = path.stat().st_mode
                except FileNotFoundError:  # it came and went
                    continue
            return any(state != "collecting" for state in states(folder / "data")) and len(made) > 12

        wait_for(has_made_a_package, "a package is made")
    finally:
        box.close()
        centre.close()
    open_to_others = {name: oct(mode) for name, mode in made.items() if mode & 0o077}
    assert open_to_others == {}
    names = " ".join(made)
    for part in ("outbox.sqlite3", "outbox.sqlite3-wal", "packages/", "spool", "holds", "seen.jsonl", "reserve"):
        assert part in names, part
