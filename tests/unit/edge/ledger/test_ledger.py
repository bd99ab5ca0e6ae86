"""The recall ledger: what was counted is written once, whatever is reloaded, fails or dies in between."""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from domain.errors import FileError
from edge.health.figures import CameraFigures
from edge.health.problems import ProblemBoard
from edge.ledger.book import KEPT_DAYS, LEDGER_FILE, Entry, LedgerBook
from edge.ledger.keeper import EVERY_S, LedgerKeeper
from matthan.cli import build_app
from tests.builders.box_fakes import ManualClock

TODAY = date(2026, 1, 5)
REFUSED = Entry(camera_id="cam-1", rule="RED_LIGHT", what="refused", reason="within_grace")


class CountingCamera:
    """A camera's counts."""

    def __init__(self) -> None:
        self.figures = CameraFigures()
        self.refusals: Counter[tuple[str, str]] = Counter()


class Bench:
    """A box with its ledger, which may die and start again."""

    def __init__(self, folder: Path) -> None:
        self.clock = ManualClock()
        self.problems = ProblemBoard(self.clock)
        self.book = LedgerBook(folder)
        self.cameras: dict[str, CountingCamera] = {}
        self.start()

    def start(self) -> None:
        self.cameras.clear()
        self.cameras["cam-1"] = CountingCamera()
        self.keeper = LedgerKeeper(self.book, cameras=self.cameras, problems=self.problems, clock=self.clock)

    @property
    def camera(self) -> CountingCamera:
        return self.cameras["cam-1"]

    def written(self) -> Counter[Entry]:
        return Counter({entry: count for _, entry, count in self.book.entries()})


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def test_every_outcome_of_a_rule_is_a_line_of_its_day(bench: Bench) -> None:
    bench.camera.figures.analysed_frames = 500
    bench.camera.figures.cases["UTURN_SIGN"] = 2
    bench.camera.figures.cases_by_rule["UTURN"] = 2
    bench.camera.figures.alerts["CROWD"] = 1
    bench.camera.refusals.update({("RED_LIGHT", "within_grace"): 3, ("RED_LIGHT", "suspended_clock_off"): 1})
    bench.keeper.write()
    assert list(bench.book.entries()) == [
        (TODAY, Entry(camera_id="cam-1", rule="", what="pictures"), 500),
        (TODAY, Entry(camera_id="cam-1", rule="CROWD", what="alert"), 1),
        (TODAY, REFUSED, 3),
        (TODAY, Entry(camera_id="cam-1", rule="RED_LIGHT", what="suspended", reason="clock_off"), 1),
        (TODAY, Entry(camera_id="cam-1", rule="UTURN", what="case"), 2),
    ]


def test_it_is_written_once_a_minute(bench: Bench) -> None:
    bench.camera.figures.analysed_frames = 5
    for _ in range(int(EVERY_S) - 1):
        bench.clock.pass_s(1.0)
        bench.keeper.turn()
    assert not bench.written()
    bench.clock.pass_s(1.0)
    bench.keeper.turn()
    assert sum(bench.written().values()) == 5


def test_a_count_that_falls_while_a_run_ends_is_not_begun_anew(bench: Bench) -> None:
    bench.camera.refusals["RED_LIGHT", "within_grace"] = 7
    bench.keeper.write()
    del bench.camera.refusals["RED_LIGHT", "within_grace"]
    bench.keeper.write()
    bench.camera.refusals["RED_LIGHT", "within_grace"] = 8
    bench.keeper.write()
    assert bench.written() == {REFUSED: 8}


def test_a_camera_that_was_removed_and_came_back_counts_from_nothing(bench: Bench) -> None:
    bench.camera.refusals["RED_LIGHT", "within_grace"] = 7
    bench.keeper.write()
    bench.cameras["cam-1"] = CountingCamera()
    bench.camera.refusals["RED_LIGHT", "within_grace"] = 2
    bench.keeper.write()
    assert bench.written() == {REFUSED: 9}


def test_what_the_disk_does_not_take_waits_and_is_a_problem_that_ends(bench: Bench, tmp_path: Path) -> None:
    bench.camera.refusals["RED_LIGHT", "within_grace"] = 7
    path = tmp_path / LEDGER_FILE
    path.write_bytes(b"no database at all" * 100)
    bench.keeper.write()
    (problem,) = bench.problems.problems()
    assert problem.code == "ledger_unwritable"
    with pytest.raises(FileError, match="ledger"):
        list(bench.book.entries())
    path.unlink()
    bench.camera.refusals["RED_LIGHT", "within_grace"] += 1
    bench.keeper.write()
    assert not bench.problems.problems()
    assert bench.written() == {REFUSED: 8}


def test_a_database_of_another_program_is_left_alone(bench: Bench, tmp_path: Path) -> None:
    import sqlite3  # noqa: PLC0415 - a foreign database, only here

    with sqlite3.connect(tmp_path / LEDGER_FILE) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(FileError, match="no ledger"):
        bench.book.add(TODAY, {REFUSED: 1})


def test_the_file_is_for_the_boxs_user_alone_and_forgets_old_days(bench: Bench, tmp_path: Path) -> None:
    bench.book.add(TODAY - timedelta(days=KEPT_DAYS), {REFUSED: 1})
    bench.book.add(TODAY, {REFUSED: 2})
    assert len(list(bench.book.entries())) == 2
    bench.book.add(TODAY + timedelta(days=1), {REFUSED: 3})
    assert [day for day, _, _ in bench.book.entries()] == [TODAY, TODAY + timedelta(days=1)]
    assert [day for day, _, _ in bench.book.entries(TODAY + timedelta(days=1))] == [TODAY + timedelta(days=1)]
    assert (tmp_path / LEDGER_FILE).stat().st_mode & 0o777 == 0o600


STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("count"), st.integers(1, 5)),
        st.tuples(st.sampled_from(["write", "fail", "reload", "die"]), st.just(0)),
    ),
    max_size=40,
)


@given(steps=STEPS)
@settings(max_examples=40, deadline=None)
def test_nothing_is_counted_twice_and_only_a_death_loses_what_was_not_written(
    steps: list[tuple[str, int]], tmp_path_factory: pytest.TempPathFactory
) -> None:
    bench = Bench(tmp_path_factory.mktemp("ledger"))
    add, expected, unwritten = bench.book.add, 0, 0
    for step, number in steps:
        match step:
            case "count":
                bench.camera.refusals["RED_LIGHT", "within_grace"] += number
                unwritten += number
            case "write":
                bench.keeper.write()
                expected, unwritten = expected + unwritten, 0
            case "fail":
                bench.book.add = _full  # type: ignore[method-assign]
                bench.keeper.write()
                bench.book.add = add  # type: ignore[method-assign]
            case "reload":  # the guard stays, its counts go on
                pass
            case "die":
                bench.start()
                unwritten = 0
    bench.keeper.write()
    assert bench.written() == +Counter({REFUSED: expected + unwritten})


def _full(_day: date, _counts: object) -> None:
    raise FileError("ledger", "written", OSError(28, "No space left on device"))


def test_the_command_prints_it_as_csv(bench: Bench, tmp_path: Path) -> None:
    folder = tmp_path / "data"
    LedgerBook(folder).add(TODAY, {REFUSED: 3})
    config = tmp_path / "box.yaml"
    example = Path(__file__).resolve().parents[4] / "deploy" / "edge" / "example" / "box.yaml"
    text = example.read_text(encoding="utf-8").replace("/var/lib/matthan", "data")
    config.write_text(text, encoding="utf-8")
    result = CliRunner().invoke(build_app(), ["edge", "ledger", "--config", str(config), "--since", "2026-01-01"])
    assert result.exit_code == 0, result.output
    assert result.stdout == ("day,camera,rule,what,reason,count\n2026-01-05,cam-1,RED_LIGHT,refused,within_grace,3\n")
