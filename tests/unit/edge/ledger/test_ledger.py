"""The recall ledger: what was counted is written once, whatever is reloaded, fails or dies in between."""

import sqlite3
from collections import Counter
from contextlib import closing
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from domain.errors import ConfigurationError, FileError
from domain.event import Passage
from edge.health.figures import CameraFigures
from edge.health.problems import ProblemBoard
from edge.health.quarters import KEPT_QUARTERS, Counted
from edge.ledger.book import KEPT_DAYS, LEDGER_FILE, Entry, LedgerBook, Traffic
from edge.ledger.keeper import EVERY_S, LedgerKeeper
from matthan.cli import build_app
from tests.builders.box_fakes import NOON, ManualClock

TODAY = date(2026, 1, 5)
REFUSED = Entry(camera_id="cam-1", rule="RED_LIGHT", what="refused", reason="within_grace")


class CountingCamera:
    """A camera's counts."""

    def __init__(self) -> None:
        self.figures = CameraFigures()
        self.refusals: Counter[tuple[str, str]] = Counter()
        self.recall: Counter[tuple[str, str]] = Counter()


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
    bench.camera.recall.update({("UTURN", "judged"): 480, ("UTURN", "seen"): 31})
    bench.keeper.write()
    assert list(bench.book.entries()) == [
        (TODAY, Entry(camera_id="cam-1", rule="", what="pictures"), 500),
        (TODAY, Entry(camera_id="cam-1", rule="CROWD", what="alert"), 1),
        (TODAY, REFUSED, 3),
        (TODAY, Entry(camera_id="cam-1", rule="RED_LIGHT", what="suspended", reason="clock_off"), 1),
        (TODAY, Entry(camera_id="cam-1", rule="UTURN", what="case"), 2),
        (TODAY, Entry(camera_id="cam-1", rule="UTURN", what="judged"), 480),
        (TODAY, Entry(camera_id="cam-1", rule="UTURN", what="seen"), 31),
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
    with sqlite3.connect(tmp_path / LEDGER_FILE) as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(FileError, match="no ledger"):
        bench.book.add(TODAY, {REFUSED: 1}, {})


def test_the_file_is_for_the_boxs_user_alone_and_forgets_old_days(bench: Bench, tmp_path: Path) -> None:
    bench.book.add(TODAY - timedelta(days=KEPT_DAYS), {REFUSED: 1}, {})
    bench.book.add(TODAY, {REFUSED: 2}, {})
    assert len(list(bench.book.entries())) == 2
    bench.book.add(TODAY + timedelta(days=1), {REFUSED: 3}, {})
    assert [day for day, _, _ in bench.book.entries()] == [TODAY, TODAY + timedelta(days=1)]
    assert [day for day, _, _ in bench.book.entries(TODAY + timedelta(days=1))] == [TODAY + timedelta(days=1)]
    assert (tmp_path / LEDGER_FILE).stat().st_mode & 0o777 == 0o600


def test_traffic_is_counted_by_quarter_of_an_hour_and_of_an_old_ledger_nothing_is_lost(
    bench: Bench, tmp_path: Path
) -> None:
    with closing(sqlite3.connect(tmp_path / LEDGER_FILE)) as connection:  # of the version before
        connection.executescript(
            "CREATE TABLE entries (day TEXT, camera_id TEXT, rule TEXT, what TEXT, reason TEXT, count INTEGER,"
            " PRIMARY KEY (day, camera_id, rule, what, reason)) WITHOUT ROWID;"
            "INSERT INTO entries VALUES ('2026-01-05', 'cam-1', 'RED_LIGHT', 'refused', 'within_grace', 4);"
            "PRAGMA application_id = 0x4D544C47; PRAGMA user_version = 1;"
        )
    quarters = bench.camera.figures.quarters
    for minute in (1, 14, 15):
        quarters.note(passage(minute))
        quarters.note_picture(NOON + timedelta(minutes=minute))
        bench.keeper.write()
    assert bench.written() == {REFUSED: 4}
    found = {(one.quarter, one.counted.direction): count for one, count in bench.book.traffic()}
    half = NOON + timedelta(minutes=15)
    assert found == {(NOON, "in"): 2, (NOON, "pictures"): 2, (half, "in"): 1, (half, "pictures"): 1}


@given(minutes=st.lists(st.integers(0, 900), max_size=60), writes=st.sets(st.integers(0, 60)))
@settings(max_examples=40, deadline=None)
def test_every_vehicle_is_in_one_quarter_whenever_it_is_written(
    minutes: list[int], writes: set[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    """For hours on end: quarters that the camera lets go of have been written."""
    bench = Bench(tmp_path_factory.mktemp("ledger"))
    for number, minute in enumerate(sorted(minutes)):
        bench.camera.figures.quarters.note(passage(minute))
        if number in writes or number % 8 == 0:
            bench.keeper.write()
    bench.keeper.write()
    wanted = Counter(NOON + timedelta(minutes=minute // 15 * 15) for minute in minutes)
    assert {one.quarter: count for one, count in bench.book.traffic()} == dict(wanted)
    assert len(bench.camera.figures.quarters.read()) <= KEPT_QUARTERS


def test_the_command_prints_traffic_as_csv(tmp_path: Path) -> None:
    counted = Counted(place_id="left", direction="through", label="bus")
    LedgerBook(tmp_path / "data").add(TODAY, {}, {Traffic(quarter=NOON, camera_id="cam-1", counted=counted): 7})
    assert printed(tmp_path, "counts") == (
        "quarter,camera,place,direction,lane,class,count\n2026-01-05T05:00:00.000Z,cam-1,left,through,,bus,7\n"
    )


def test_the_command_prints_speeds_as_csv(tmp_path: Path) -> None:
    bands = {
        Traffic(
            quarter=NOON,
            camera_id="cam-1",
            counted=Counted(place_id="lane", direction="speed_kmh", lane_id=band, label=label),
        ): count
        for band, label, count in (("30", "car", 50), ("35", "car", 50), ("40", "bus", 2))
    }
    LedgerBook(tmp_path / "data").add(TODAY, {}, bands)
    assert printed(tmp_path, "speeds").splitlines()[1:] == [
        "2026-01-05T05:00:00.000Z,cam-1,lane,bus,2,,,,,,",
        "2026-01-05T05:00:00.000Z,cam-1,lane,car,100,35.0,29.0,41.0,38.5,32.8,44.2",
    ]


def passage(minute: int) -> Passage:
    at = NOON + timedelta(minutes=minute, seconds=30)
    return Passage(at=at, place_id="south", direction="in", lane_id="lane", label="car")


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


def _full(_day: date, _counts: object, _traffic: object) -> None:
    raise FileError("ledger", "written", OSError(28, "No space left on device"))


def test_the_command_prints_it_as_csv(tmp_path: Path) -> None:
    LedgerBook(tmp_path / "data").add(TODAY, {REFUSED: 3}, {})
    lines = "day,camera,rule,what,reason,count\n2026-01-05,cam-1,RED_LIGHT,refused,within_grace,3\n"
    assert printed(tmp_path, "ledger", "--since", "2026-01-01") == lines
    with pytest.raises(ConfigurationError, match="no day"):
        printed(tmp_path, "ledger", "--since", "yesterday")


def printed(folder: Path, command: str, *options: str) -> str:
    example = Path(__file__).resolve().parents[4] / "deploy" / "edge" / "example" / "box.yaml"
    config = folder / "box.yaml"
    config.write_text(example.read_text(encoding="utf-8").replace("/var/lib/matthan", "data"), encoding="utf-8")
    result = CliRunner().invoke(
        build_app(), ["edge", command, "--config", str(config), *options], catch_exceptions=False
    )
    assert result.exit_code == 0, result.output
    return result.stdout
