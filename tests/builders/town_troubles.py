"""What befalls a town: kills, freezes, disks that fill up or fail, a lost uplink; each says what came of it."""

import random
import time
from collections import Counter
from dataclasses import dataclass, replace
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Literal

from deploy.local.process import accepts
from deploy.local.servers import NatsBroker
from domain.instants import to_text
from edge.delivery.centre import CentreDoor
from edge.delivery.uploader import Uploader
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from tests.builders.box_fakes import ManualClock
from tests.builders.box_process import wait_for
from tests.builders.killed_processes import CHUNK_BYTES, Packer, all_cases, append_line
from tests.builders.lost_line import LosableLine
from tests.builders.small_disk import FailingDisk, fill
from tests.builders.town import Outcome, Town, frozen

ENDS_WITHIN_S = 180.0
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What a trouble did."""

    outcome: Outcome
    named: frozenset[str]  # problems that stood on the box's board while it lasted
    left: frozenset[str]  # that stand when it is over and everything has arrived


def killed(town: Town, randomness: random.Random, *, cases: int, kills: int) -> Counter[str]:
    """kill -9, mostly of the box, of broker and centre now and then; how often each."""
    whom = Counter[str]()
    centre = town.start_centre()
    for life in range(kills):
        box = town.start_box(cases * (life + 1) // kills)
        if life % 10 == 9:
            town.broker.kill()
            town.broker.start()
            whom["broker"] += 1
        if life % 10 == 4:
            _end(centre)
            centre = town.start_centre()
            whom["centre"] += 1
        if life % 6:  # the others may die while they start
            town.wait_for_life(box)
        box.join(randomness.uniform(0.0, 0.7))
        assert box.exitcode is None, "every kill meets a living process"
        _end(box)
        whom["box"] += 1
    _bring_the_rest(town, town.start_box(cases, last=True))
    if not town.had_no_line():
        wait_for(lambda: town.status() == "offline", "the goodbye of the last box is on record")
    _end(centre)
    return whom


def froze(town: Town, who: Literal["box", "centre", "broker"], *, seconds: float, cases: int) -> Trouble:
    """SIGSTOP for at least some seconds, in the midst of work, and until the box has named what does not answer."""
    centre = town.start_centre()
    box = town.start_box(cases, last=True)
    _at_work(town)
    expected = {"box": set[str](), "centre": {"centre_away"}, "broker": {"broker_away"}}[who]
    processes: dict[str, ForkServerProcess | NatsBroker] = {"box": box, "centre": centre, "broker": town.broker}
    with frozen(processes[who]):
        until_s = time.monotonic() + seconds
        wait_for(lambda: expected <= town.codes(), f"the box names {expected}")
        named = town.codes()
        while time.monotonic() < until_s:
            time.sleep(0.05)
            assert expected <= town.codes(), "it stands as long as it lasts"
    return _end_of_trouble(town, box, centre, named)


def filled_its_disk(town: Town, disk: Path, *, cases: int, kills: int = 0, acts_without_room: int = 10) -> Trouble:
    """The disk fills up while acts are reported, to the last byte, and has space again.

    Args:
        town: keeps the box's data on that disk.
        disk: a small one.
        cases: acts in all.
        kills: of the box, while the disk is full but for the room that is kept for cases.
        acts_without_room: that are reported while not one more fits.
    """
    centre = town.start_centre()
    box = town.start_box(cases, last=True)
    named: set[str] = set()
    _at_work(town)
    try:
        fill(disk)
        wait_for(lambda: "disk_full" in town.codes(), "the full disk is named")
        named |= town.codes()
        for _ in range(kills):
            _more_acts(town, 5, cases)
            _end(box)
            box = town.start_box(cases, last=True)
            town.wait_for_life(box)
            wait_for(lambda: "disk_full" in town.codes(), "the next life names it too")
        _more_acts(town, 10, cases)

        def no_case_fits() -> bool:
            fill(disk)
            return "cases_not_stored" in town.codes()

        wait_for(no_case_fits, "the box names that it cannot store cases")
        named |= town.codes()
        _more_acts(town, acts_without_room, cases)
        assert town.codes() & {"disk_full", "disk_unwritable"}, "the cause stands as long as it lasts"
    finally:
        (disk / "filler").unlink()
    return _end_of_trouble(town, box, centre, named)


def lost_its_disk(town: Town, disk: FailingDisk, *, cases: int) -> Trouble:
    """Every use of the disk fails for a while."""
    centre = town.start_centre()
    box = town.start_box(cases, last=True)
    _at_work(town)
    disk.fail()
    wait_for(lambda: {"disk_unwritable", "cases_not_stored"} <= town.codes(), "the failed disk is named")
    named = town.codes()
    _more_acts(town, 10, cases)
    disk.mend()
    return _end_of_trouble(town, box, centre, named)


def lost_its_uplink(town: Town, randomness: random.Random, *, every_s: float) -> tuple[Trouble, float]:
    """An hour without the centre, in the box's driven time, with an act every so often.

    Returns:
        What came of it, and how long after the hour the last case was on record, in driven seconds.
    """
    centre = town.start_centre()
    clock, problems, line = ManualClock(), ProblemBoard(), LosableLine(randomness)
    outbox = Outbox.open(town.task.data_dir, clock=clock, problems=problems, min_free_bytes=0, reserve_bytes=4096)
    uploader = Uploader(
        outbox=outbox,
        door=CentreDoor(town.task.centre, transport=line),
        clock=clock,
        randomness=randomness,
        problems=problems,
        chunk_bytes=CHUNK_BYTES,
    )
    packer = Packer(outbox, signer=town.signer, clock=clock, problems=problems)
    acts = all_cases(int(HOUR_S / every_s))
    next_act_s = lost_at_s = clock.now_s
    back_at_s = lost_at_s + HOUR_S
    planted_s: dict[str, float] = {}
    delays_s: list[float] = []
    named: set[str] = set()
    wait_for(lambda: _is_open(town), "the centre answers")
    line.is_up = False
    while True:
        line.is_up = clock.now_s >= back_at_s
        rest = uploader.turn()
        if not line.is_up and planted_s:
            codes = {problem.code for problem in problems.problems()}
            assert "centre_away" in codes, "it stands as long as it lasts"
            named |= codes
        waiting = {str(case_id) for _, case_id in outbox.ready_after(0, 1_000_000)}
        delays_s += [clock.now_s - planted_s.pop(case_id) for case_id in set(planted_s) - waiting]
        if line.is_up and not waiting:
            break
        rest_until_s = clock.now_s + (HOUR_S if rest.seconds is None else rest.seconds)
        while next_act_s <= min(rest_until_s, back_at_s) and (act := next(acts, None)) is not None:
            clock.now_s = next_act_s
            append_line(town.task.planted, {"case_id": str(act.case_id), "at": to_text(clock.now())})
            planted_s[str(act.case_id)] = clock.now_s
            packer.collect(act)
            next_act_s += every_s
            if rest.until_woken:
                rest_until_s = clock.now_s
        clock.now_s = rest_until_s
    after_s = clock.now_s - back_at_s
    uploader.close()
    outbox.close()
    _end(centre)
    outcome = replace(town.outcome(), longest_delay_s=max(delays_s))
    left = frozenset(problem.code for problem in problems.problems())
    return Trouble(outcome=outcome, named=frozenset(named), left=left), after_s


def _is_open(town: Town) -> bool:
    return accepts(town.centre.settings.listen.port)


def _at_work(town: Town) -> None:
    wait_for(lambda: town.arrived() > 0 and not town.codes(), "cases arrive and nothing is wrong")


def _more_acts(town: Town, count: int, cases: int) -> None:
    wanted = min(len(town.planted()) + count, cases)
    wait_for(lambda: len(town.planted()) >= wanted, "acts are reported")


def _end_of_trouble(town: Town, box: ForkServerProcess, centre: ForkServerProcess, named: set[str]) -> Trouble:
    _bring_the_rest(town, box)
    _end(centre)
    return Trouble(outcome=town.outcome(), named=frozenset(named), left=frozenset(town.codes()))


def _bring_the_rest(town: Town, box: ForkServerProcess) -> None:
    box.join(ENDS_WITHIN_S)
    assert box.exitcode == 0, f"everything must arrive; {town.codes()} stand, {town.arrived()} are there"


def _end(process: ForkServerProcess) -> None:
    process.kill()
    process.join()
