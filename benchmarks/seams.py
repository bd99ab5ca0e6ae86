"""What a box loses when its world breaks: ``python -m benchmarks.seams`` prints the table of seams.md; needs root."""

import argparse
import logging
import os
import random
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Final, Literal

from deploy.local.servers import NatsBroker
from tests.builders.small_disk import FailingDisk, small_disk
from tests.builders.town import USERS, Outcome, Town
from tests.builders.town_troubles import (
    Trouble,
    filled_its_disk,
    froze,
    killed,
    lost_its_disk,
    lost_its_uplink,
)

SEED: Final = 20260105
FREEZE_S: Final = 40.0
FULL_DISK: Final = {"min_free_bytes": 6_000_000, "reserve_bytes": 2_000_000, "longest_pause_s": 0.1}


def row(what: str, times: str, outcome: Outcome, named: str) -> None:
    """Print one row; a record that is not intact ends everything."""
    if not outcome.intact:
        raise SystemExit(f"{what}: the record is not intact")
    print(
        f"| {what} | {times} | {outcome.planted} | {outcome.lost} | {outcome.doubled}"
        f" | {outcome.longest_delay_s:.1f} | {named} |",
        flush=True,
    )


def codes(trouble: Trouble) -> str:
    """What was named meanwhile, and whether any of it still stands."""
    text = ", ".join(f"`{code}`" for code in sorted(trouble.named)) or "-"
    return f"{text}; left over: {', '.join(sorted(trouble.left))}" if trouble.left else text


def in_town(work: Callable[[Path, NatsBroker], None]) -> None:
    """Give a piece of work a folder and a broker of its own."""
    with tempfile.TemporaryDirectory() as name, NatsBroker(Path(name) / "nats", users=USERS) as broker:
        work(Path(name), broker)


def kills(folder: Path, broker: NatsBroker) -> None:
    """Thirty lives of the box."""
    town = Town(folder, broker)
    with closing(town.centre):
        whom = killed(town, random.Random(SEED), cases=300, kills=30)  # noqa: S311 - drawn again, no secret
        times = ", ".join(f"{count} × {who}" for who, count in whom.items())
        row("kill -9 at a random moment", times, town.outcome(), "-")


def freeze(who: Literal["box", "centre", "broker"]) -> Callable[[Path, NatsBroker], None]:
    """One real freeze, with the time-outs and heartbeats of a real box."""

    def work(folder: Path, broker: NatsBroker) -> None:
        town = Town(folder, broker, longest_pause_s=0.6)
        with closing(town.centre):
            trouble = froze(town, who, seconds=FREEZE_S, cases=200)
            row(f"the {who} stands still for {FREEZE_S:.0f} s", "1 ×", trouble.outcome, codes(trouble))

    return work


def full_disk(folder: Path, broker: NatsBroker) -> None:
    """A disk of 20 MB, filled to its last byte."""
    with small_disk(folder / "disk") as disk:
        town = Town(folder, broker, data_dir=disk / "data", **FULL_DISK)
        with closing(town.centre):
            trouble = filled_its_disk(town, disk, cases=500, acts_without_room=250)
            row("the box's disk is full to its last byte, then has space", "1 ×", trouble.outcome, codes(trouble))


def full_disk_and_kills(folder: Path, broker: NatsBroker) -> None:
    """The same, killed again and again while it is full."""
    with small_disk(folder / "disk") as disk:
        town = Town(folder, broker, data_dir=disk / "data", **FULL_DISK)
        with closing(town.centre):
            trouble = filled_its_disk(town, disk, cases=500, kills=5, acts_without_room=250)
            row("the same, the box killed while the disk is full", "5 ×", trouble.outcome, codes(trouble))


def failed_disk(folder: Path, broker: NatsBroker) -> None:
    """An ext4 file system that is shut down under the box, checked and mounted anew."""
    disk = FailingDisk(folder)
    try:
        town = Town(folder, broker, data_dir=disk.path / "data", longest_pause_s=0.1)
        with closing(town.centre):
            trouble = lost_its_disk(town, disk, cases=300)
            row("the box's disk fails (I/O errors), then is mended", "1 ×", trouble.outcome, codes(trouble))
    finally:
        disk.close()


def lost_uplink(folder: Path, broker: NatsBroker) -> None:
    """An hour of driven time, several times."""
    for number in range(5):
        (folder / str(number)).mkdir()
        town = Town(folder / str(number), broker)
        with closing(town.centre):
            randomness = random.Random(SEED + number)  # noqa: S311 - drawn again, no secret
            trouble, after_s = lost_its_uplink(town, randomness, every_s=20.0)
            named = f"{codes(trouble)}; the last case {after_s:.0f} s after the hour"
            row(f"no uplink for an hour (driven time), seed {SEED + number}", "1 ×", trouble.outcome, named)


def main() -> None:
    """Let everything happen, one after the other."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    logging.disable(logging.CRITICAL)
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load before {load:.1f}, seed {SEED}\n")
    print("| what | how often | cases | lost | doubled | longest delay, s | named meanwhile |")
    print("|---|---|---|---|---|---|---|", flush=True)
    for work in (
        kills,
        freeze("box"),
        freeze("centre"),
        freeze("broker"),
        full_disk,
        full_disk_and_kills,
        failed_disk,
        lost_uplink,
    ):
        in_town(work)
    print(f"\nload after {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
