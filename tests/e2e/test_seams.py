"""Freezes, full and failing disks, a lost uplink: each act arrives once, and the box names what is wrong meanwhile."""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest

from deploy.local.servers import NatsBroker
from tests.builders.small_disk import FailingDisk, small_disk
from tests.builders.town import USERS, Town
from tests.builders.town_troubles import HOUR_S, Trouble, filled_its_disk, froze, lost_its_disk, lost_its_uplink

pytestmark = pytest.mark.server

MIN_FREE_BYTES, RESERVE_BYTES = 6_000_000, 2_000_000


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[NatsBroker]:
    with NatsBroker(tmp_path / "nats", users=USERS) as broker:
        yield broker


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    with small_disk(tmp_path / "disk") as path:
        yield path


@pytest.fixture
def failing(tmp_path: Path) -> Iterator[FailingDisk]:
    disk = FailingDisk(tmp_path)
    yield disk
    disk.close()


def nothing_is_lost(trouble: Trouble) -> None:
    outcome = trouble.outcome
    assert outcome.planted > 0
    assert (outcome.lost, outcome.doubled, outcome.intact) == (0, 0, True)
    assert trouble.left == frozenset(), "what is over stands no more"


@pytest.mark.parametrize("who", ["box", "centre", "broker"])
def test_who_stands_still_and_goes_on_loses_nothing(
    tmp_path: Path, broker: NatsBroker, who: Literal["box", "centre", "broker"]
) -> None:
    town = Town(tmp_path, broker, longest_pause_s=0.15, heartbeat_s=0.2, answer_within_s=1.0)
    town.task = replace(town.task, centre=replace(town.task.centre, timeout_s=1.0))
    nothing_is_lost(froze(town, who, seconds=2.5, cases=50))
    town.centre.close()


def test_a_disk_that_fills_up_to_its_last_byte_costs_nothing_though_the_box_is_killed_meanwhile(
    tmp_path: Path, broker: NatsBroker, disk: Path
) -> None:
    town = Town(
        tmp_path,
        broker,
        data_dir=disk / "data",
        min_free_bytes=MIN_FREE_BYTES,
        reserve_bytes=RESERVE_BYTES,
        longest_pause_s=0.1,
    )
    nothing_is_lost(filled_its_disk(town, disk, cases=200, kills=1))
    town.centre.close()


def test_a_disk_that_fails_and_is_mended_costs_nothing(
    tmp_path: Path, broker: NatsBroker, failing: FailingDisk
) -> None:
    town = Town(tmp_path, broker, data_dir=failing.path / "data", longest_pause_s=0.1)
    nothing_is_lost(lost_its_disk(town, failing, cases=100))
    town.centre.close()


def test_an_hour_without_an_uplink_costs_nothing_and_ends_within_the_longest_pause(
    tmp_path: Path, broker: NatsBroker
) -> None:
    town = Town(tmp_path, broker)
    trouble, after_s = lost_its_uplink(town, random.Random(20260105), every_s=60.0)
    nothing_is_lost(trouble)
    assert trouble.outcome.planted == 60
    assert trouble.outcome.longest_delay_s > HOUR_S - 60.0
    assert after_s <= 120.0
    town.centre.close()
