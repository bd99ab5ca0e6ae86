"""What the system says of the box's clock is read where there is something to ask, and never holds anybody up."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from domain.fleet.health import ProblemCode
from edge.health.clock_sync import ClockSync
from edge.health.health_watch import HealthWatch
from edge.health.metrics import BoxView
from edge.health.problems import ProblemBoard
from tests.builders.box_fakes import ManualClock
from tests.builders.watching import wait_until

TRACKING = "C0A80001,192.168.0.1,3,1767596400.1,-0.000123,0,0,0,0,0,0.01,0.001,64.2"
NO_DAEMON = "echo '506 Cannot talk to daemon'; exit 1"


def program(folder: Path, name: str, script: str) -> None:
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(0o755)


@pytest.mark.parametrize(
    ("chronyc", "timedatectl", "synchronised"),
    [
        (f"echo '{TRACKING},Normal'", None, True),
        (f"echo '{TRACKING},Not synchronised'", "echo NTPSynchronized=yes", False),
        (NO_DAEMON, "echo NTP=yes; echo NTPSynchronized=yes", True),
        (None, "echo NTP=yes; echo NTPSynchronized=no", False),
        (None, "echo NTP=no; echo NTPSynchronized=no", False),
        (None, "echo 'System has not been booted with systemd' >&2; exit 1", None),
        ("echo nonsense", "echo nonsense", None),
        ("printf '\\377\\376'", None, None),
        (None, None, None),
    ],
)
def test_what_is_found(tmp_path: Path, chronyc: str | None, timedatectl: str | None, synchronised: bool | None) -> None:
    for name, script in (("chronyc", chronyc), ("timedatectl", timedatectl)):
        if script is not None:
            program(tmp_path, name, script)
    reading = ClockSync({"PATH": str(tmp_path)}).read()
    assert reading.synchronised is synchronised
    assert reading.text


def test_a_program_that_hangs_is_left_after_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("edge.health.clock_sync._ANSWER_WITHIN_S", 0.2)
    program(tmp_path, "chronyc", "exec /bin/sleep 600")
    assert ClockSync({"PATH": str(tmp_path)}).read().synchronised is None


def test_the_thread_asks_by_itself_and_a_clock_nobody_keeps_right_is_a_problem(tmp_path: Path) -> None:
    program(tmp_path, "timedatectl", "echo NTP=no; echo NTPSynchronized=no")
    sync, problems = ClockSync({"PATH": str(tmp_path)}), ProblemBoard()
    watch = watch_of(problems, ManualClock(), sync)
    watch.look(nothing(), {}, alive=True)
    assert problems.problems() == (), "nothing is known yet"
    sync.start()
    wait_until(lambda: sync.synchronised is False)
    watch.look(nothing(), {}, alive=True)
    assert problems.stands(ProblemCode.BOX_CLOCK_UNSYNCHRONISED)
    sync.close()


class SetClock(ManualClock):
    """Its wall clock can be set."""

    set_s = 0.0

    def now(self) -> datetime:
        return super().now() + timedelta(seconds=self.set_s)


@pytest.mark.parametrize(("set_s", "words"), [(-3600.0, "back by 1:00:00"), (25_200.0, "ahead by 7:00:00")])
def test_a_clock_that_is_set_is_said_once_and_for_ten_minutes(set_s: float, words: str) -> None:
    clock, problems = SetClock(), ProblemBoard()
    watch = watch_of(problems, clock, ClockSync({}))
    for _ in range(5):
        watch.look(nothing(), {}, alive=True)
        clock.pass_s(1.0)
    clock.set_s = set_s
    watch.look(nothing(), {}, alive=True)
    (problem,) = problems.problems()
    assert words in problem.text
    clock.pass_s(590.0)
    watch.look(nothing(), {}, alive=True)
    assert watch.clock_steps == 1
    assert problems.stands(ProblemCode.BOX_CLOCK_STEPPED)
    clock.pass_s(20.0)
    watch.look(nothing(), {}, alive=True)
    assert problems.problems() == ()


def watch_of(problems: ProblemBoard, clock: ManualClock, sync: ClockSync) -> HealthWatch:
    return HealthWatch(problems=problems, clock=clock, clock_sync=sync, judged_within_s=15, stuck_after_s=15)


def nothing() -> BoxView:
    return BoxView(
        cameras={},
        outbox_cases={},
        analysis_idle_s=0.0,
        broker_connected=True,
        problems=(),
        refused_pictures=0,
        clock_steps=0,
        clock_synchronised=None,
        now_s=0.0,
    )
