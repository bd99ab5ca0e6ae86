"""Detection and signal logs: what is written is read again, and a wrong line is told by file and number."""

import io
import resource
import signal as unix_signal
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.errors import ConfigurationFaults
from domain.fleet.health import ProblemCode
from domain.instants import to_text
from domain.model_ref import ModelRef
from domain.seen.detections import Detections
from domain.seen.looks import SurfaceChange, SurfaceReading, SurfaceUnknown, WaterReading
from domain.seen.timeline import SignalState
from domain.seen.view import ViewState
from edge.health.problems import ProblemBoard
from edge.run.detection_log import DetectionLog, DetectionLogWriter
from edge.run.json_lines import mend_end
from edge.run.recorder import Recorder
from edge.run.seen import Seen
from edge.run.signal_log import read_signal_log
from tests.builders.box_fakes import ManualClock
from tests.builders.drives import LABELS, at, detections, seen_at

MODEL = ModelRef(name="street-n", sha256="5" * 64)
GOOD = '{"camera": "cam-1", "t": "2026-01-05T07:00:00.040Z", "size": [1920, 1080], "detections": []}'


CHANGE = '[1, 2, 3, 4, 0.2, 1.5, "2026-01-05T07:00:00Z", false]'


def with_waters(version: int, entry: str) -> str:
    return GOOD.replace('"camera"', f'"v": {version}, "waters": [{entry}], "camera"')


def with_surfaces(version: int, entry: str) -> str:
    return GOOD.replace('"camera"', f'"v": {version}, "surfaces": [{entry}], "camera"')


def wrong(path: Path, *lines: str) -> str:
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ConfigurationFaults) as caught:
        list(DetectionLog(path))
    (fault,) = caught.value.faults
    assert fault.file == str(path)
    return f"{fault.line}: {fault.where}: {fault.problem}"


coordinates = st.floats(0, 2000, width=32)
rows = st.lists(
    st.tuples(coordinates, coordinates, coordinates, coordinates, st.floats(0, 1, width=32), st.sampled_from(LABELS)),
    max_size=6,
)


changes = st.builds(
    SurfaceChange,
    box_xyxy_px=st.tuples(*[st.floats(0, 4000)] * 4),
    share_of_zone=st.floats(0, 1),
    strength=st.floats(0, 1e6),
    since=st.integers(0, 10**12).map(lambda microseconds: at(0) + timedelta(microseconds=microseconds)),
    covered=st.booleans(),
)
readings = st.builds(SurfaceReading, zone_id=st.just("P1"), at=st.just(at(1)), changes=st.tuples(changes)) | st.builds(
    SurfaceReading, zone_id=st.just("P2"), at=st.just(at(1)), unknown=st.none() | st.sampled_from(SurfaceUnknown)
)


@settings(max_examples=50, deadline=None)
@given(st.lists(readings, max_size=3).map(tuple))
def test_readings_of_surfaces_are_read_again_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, surfaces: tuple[SurfaceReading, ...]
) -> None:
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    with path.open("w", encoding="utf-8") as stream:
        DetectionLogWriter(stream).write(replace(seen_at(1, detections([])), surfaces=surfaces))
    (again,) = DetectionLog(path)
    assert again.surfaces == surfaces


waters = st.builds(
    WaterReading,
    zone_id=st.just("dip"),
    at=st.just(at(1)),
    strength=st.floats(-1e6, 1e6),
    since=st.none() | st.integers(0, 10**12).map(lambda microseconds: at(0) + timedelta(microseconds=microseconds)),
) | st.builds(WaterReading, zone_id=st.just("dip"), at=st.just(at(1)), unknown=st.sampled_from(SurfaceUnknown))


@settings(max_examples=50, deadline=None)
@given(st.lists(waters, max_size=2).map(tuple))
def test_readings_of_low_spots_are_read_again_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory, given_waters: tuple[WaterReading, ...]
) -> None:
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    with path.open("w", encoding="utf-8") as stream:
        DetectionLogWriter(stream).write(replace(seen_at(1, detections([])), waters=given_waters))
    (again,) = DetectionLog(path)
    assert again.waters == given_waters


@settings(max_examples=25, deadline=None)
@given(
    rows,
    st.sampled_from([None, 12.5, 0.1]),
    st.integers(0, 999_999),
    st.tuples(st.sampled_from(list(SignalState)), st.sampled_from(list(ViewState))),
)
def test_what_is_written_is_read_again_to_the_last_bit(
    tmp_path_factory: pytest.TempPathFactory,
    seen: list[tuple[float, float, float, float, float, str]],
    clock_error_ms: float | None,
    microsecond: int,
    looks: tuple[SignalState, ViewState],
) -> None:
    lamp, view = looks
    boxes = [(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)) for x1, y1, x2, y2, _, _ in seen]
    detections = Detections(
        boxes_xyxy_px=np.array(boxes, np.float32).reshape(-1, 4),
        scores=np.array([row[4] for row in seen], np.float32),
        class_ids=np.array([LABELS.index(row[5]) for row in seen], np.int64),
        labels=LABELS,
    )
    text = io.StringIO()
    DetectionLogWriter(text).write(
        Seen(
            camera_id="cam-1",
            at=at(1).replace(microsecond=microsecond),
            clock_error_ms=clock_error_ms,
            resolution_wh=(1920, 1080),
            detections=detections,
            lamps={"S1": lamp},
            view=view,
            model=MODEL,
        )
    )
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    path.write_text(text.getvalue(), encoding="utf-8")
    (again,) = DetectionLog(path)
    assert (again.camera_id, again.clock_error_ms) == ("cam-1", clock_error_ms)
    assert again.at == at(1).replace(microsecond=microsecond)
    assert again.resolution_wh == (1920, 1080)
    assert (again.lamps, again.view, again.model) == ({"S1": lamp}, view, MODEL)
    np.testing.assert_array_equal(again.detections.boxes_xyxy_px, detections.boxes_xyxy_px)
    np.testing.assert_array_equal(again.detections.scores, detections.scores)
    assert [again.detections.label_of(row) for row in range(len(seen))] == [row[5] for row in seen]


class TestWrongLines:
    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ("{", "Invalid JSON"),
            (GOOD.replace('"detections"', '"lamps": {"S1": "red"}, "detections"'), "belong to version 2"),
            (GOOD.replace('"detections"', '"view": "sound", "detections"'), "belong to version 2"),
            (GOOD.replace('"camera"', '"v": 2, "view": "odd", "camera"'), "view: "),
            (GOOD.replace('"camera"', '"v": 4, "camera"'), "v: "),
            (with_surfaces(2, '{"zone": "P1"}'), "belong to version 3"),
            (with_waters(2, '{"zone": "dip"}'), "belong to version 3"),
            (with_waters(3, '{"zone": "dip", "unknown": "dark", "since": "2026-01-05T07:00:00Z"}'), "got both"),
            (with_surfaces(3, '{"zone": "P1", "unknown": "odd"}'), "surfaces.0.unknown: "),
            (with_surfaces(3, '{"zone": "P1", "odd": 1}'), "surfaces.0.odd: "),
            (with_surfaces(3, '{"zone": "P1", "changes": [[1, 2, 3, 4]]}'), "surfaces.0.changes.0.4: "),
            (with_surfaces(3, '{"zone": "P1", "unknown": "young", "changes": [' + CHANGE + "]}"), "got both"),
            (with_surfaces(3, '{"zone": "P1", "changes": [' + CHANGE.replace("0.2", "1.2") + "]}"), "changes.0.4: "),
            ('{"camera": "cam-1"}', "t: Field required"),
            (GOOD.replace("Z", ""), "t: "),
            (GOOD.replace("[]", '[[1, 2, 3, 4, 1.5, "car"]]'), "detections.0.4: "),
            (GOOD.replace("[]", '[[9, 2, 3, 4, 0.5, "car"]]'), "expected x1 <= x2"),
            (GOOD.replace("[]", "[[1, 2, 3, 4]]"), "detections.0.4: Field required"),
            (GOOD.replace("[1920, 1080]", "[0, 1080]"), "size.0: "),
            (GOOD.replace('"camera"', '"cam"'), "camera: Field required"),
            (GOOD.replace("[]", '[[1, 2, 1e39, 4, 0.5, "car"]]'), "detections.0.2: "),
            (GOOD.replace("[]", '[[NaN, 2, 3, 4, 0.5, "car"]]'), "detections.0.0: "),
            ("[" * 100_000, "Invalid JSON"),
            ('{"camera":' * 100_000, "Invalid JSON"),
        ],
    )
    def test_are_told_with_their_number(self, tmp_path: Path, line: str, told: str) -> None:
        problem = wrong(tmp_path / "log.jsonl", GOOD, "", line.replace("00.040", "01.040"), "")
        assert problem.startswith("3: ")
        assert told in problem

    def test_time_that_goes_back(self, tmp_path: Path) -> None:
        assert "2: t: " in wrong(tmp_path / "log.jsonl", GOOD, GOOD)

    def test_a_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationFaults, match="cannot be read"):
            list(DetectionLog(tmp_path / "nothing.jsonl"))


def test_a_line_of_version_2_is_read_and_tells_of_no_surface(tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    path.write_text(GOOD.replace('"camera"', '"v": 2, "view": "sound", "camera"') + "\n", encoding="utf-8")
    (seen,) = DetectionLog(path)
    assert (seen.view, seen.surfaces) == (ViewState.SOUND, ())


class TestWhatAPowerCutOrAnEditorLeaves:
    @pytest.mark.parametrize(
        "damage",
        [
            b"\0" * 4096 + b"\n",
            b"\0" * 4096 + GOOD.encode()[20:] + b"\n",
            GOOD.encode()[:20] + b"\0" * 4096 + GOOD.encode() + b"\n",
        ],
    )
    def test_blocks_that_were_never_written_are_passed_over_and_counted(self, tmp_path: Path, damage: bytes) -> None:
        path = tmp_path / "log.jsonl"
        later = GOOD.replace("00.040", "01.040")
        path.write_bytes(GOOD.encode() + b"\n" + damage + later.encode() + b"\n")
        log = DetectionLog(path)
        assert [to_text(seen.at)[17:23] for seen in log] == ["00.040", "01.040"]
        assert log.torn == 1

    def test_a_clock_that_was_set_back_while_the_box_was_down_leaves_a_log_that_can_be_read(
        self, tmp_path: Path
    ) -> None:
        path = tmp_path / "log.jsonl"
        for seconds in ((10.0, 11.0), (12.0, 13.0), (2.0, 3.0)):
            log = DetectionLogWriter.append_to(path)
            for second in seconds:
                log.write(seen_at(second, detections([])))
            log.close()
        found = list(DetectionLog(path))
        assert [seen.at for seen in found] == [at(second) for second in (10, 11, 12, 13, 2, 3)]
        shifts = [seen.clock_shift for seen in found]
        assert shifts == [None, None, None, None, at(2) - at(13), None]

    def test_the_mark_that_an_editor_puts_first_is_skipped(self, tmp_path: Path) -> None:
        path = tmp_path / "log.jsonl"
        path.write_text(GOOD + "\n", encoding="utf-8-sig")
        log = DetectionLog(path)
        assert len(list(log)) == 1
        assert log.torn == 0


class TestSignalLog:
    def test_is_read_in_order(self, tmp_path: Path) -> None:
        path = tmp_path / "signals.jsonl"
        path.write_text(
            '{"camera": "cam-1", "signal": "S1", "t": "2026-01-05T07:00:00Z", "state": "red"}\n'
            '{"camera": "cam-1", "signal": "S1", "t": "2026-01-05T14:00:30+07:00", "state": "flashing_yellow"}\n',
            encoding="utf-8",
        )
        assert [report.state for report in read_signal_log(path)] == [SignalState.RED, SignalState.FLASHING_YELLOW]

    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ('{"camera": "c", "signal": "S1", "t": "2026-01-05T07:00:00Z", "state": "purple"}', "state"),
            ('{"camera": "c", "signal": "S1", "t": "2026-01-05T06:00:00Z", "state": "red"}', "older than"),
        ],
    )
    def test_a_wrong_line_is_told_with_its_number(self, tmp_path: Path, line: str, told: str) -> None:
        path = tmp_path / "signals.jsonl"
        good = '{"camera": "c", "signal": "S1", "t": "2026-01-05T07:00:00Z", "state": "red"}'
        path.write_text(f"{good}\n{line}\n", encoding="utf-8")
        with pytest.raises(ConfigurationFaults, match=told) as caught:
            read_signal_log(path)
        assert caught.value.faults[0].line == 2


def line_at(second: int) -> str:
    return GOOD.replace("00.040", f"{second:02d}.040")


class TestAfterAPowerCut:
    """A line is torn anywhere, and the file may have been gone on with behind the tear."""

    @pytest.mark.parametrize("cut", range(1, len(GOOD)))
    def test_a_log_is_read_up_to_the_tear_and_the_tear_counted(self, tmp_path: Path, cut: int) -> None:
        path = tmp_path / "log.jsonl"
        path.write_text(f"{line_at(0)}\n{line_at(1)}\n{line_at(2)[:cut]}", encoding="utf-8")
        log = DetectionLog(path)
        assert [seen.at.second for seen in log] == [0, 1]
        assert log.torn == 1

    @pytest.mark.parametrize("left", ["{", '{"camera": "ca', line_at(2)[:-1], "\0" * 300, '{"camera": "Hu\udcc3'])
    def test_a_line_glued_to_a_tear_is_passed_over_and_counted(self, tmp_path: Path, left: str) -> None:
        path = tmp_path / "log.jsonl"
        text = f"{line_at(1)}\n{left}{line_at(3)}\n{line_at(4)}\n"
        path.write_bytes(text.encode("utf-8", "surrogateescape"))
        log = DetectionLog(path)
        assert [seen.at.second for seen in log] == [1, 4]
        assert log.torn == 1

    @pytest.mark.parametrize("left", ["", "{", '{"camera": "ca', line_at(2)[:-1], "\0" * 70_000])
    def test_what_is_torn_is_taken_away_before_more_is_written(self, tmp_path: Path, left: str) -> None:
        path = tmp_path / "log.jsonl"
        path.write_text(f"{line_at(1)}\n{left}", encoding="utf-8")
        assert mend_end(path) == len(left)
        assert path.read_text("utf-8") == f"{line_at(1)}\n"

    def test_a_whole_line_without_its_end_is_kept(self, tmp_path: Path) -> None:
        path = tmp_path / "log.jsonl"
        path.write_text(line_at(1), encoding="utf-8")
        assert mend_end(path) == 0
        log = DetectionLogWriter.append_to(path)
        log.write(next(iter(DetectionLog(path))))
        log.close()
        assert path.read_text("utf-8").count("\n") == 2

    def test_an_empty_or_missing_file_needs_nothing(self, tmp_path: Path) -> None:
        path = tmp_path / "log.jsonl"
        assert mend_end(path) == 0
        path.touch()
        assert mend_end(path) == 0

    def test_a_signal_log_is_read_up_to_the_tear_too(self, tmp_path: Path) -> None:
        path = tmp_path / "signals.jsonl"
        good = '{"camera": "c", "signal": "S1", "t": "2026-01-05T07:00:00Z", "state": "red"}'
        path.write_text(f"{good}\n{good[:40]}", encoding="utf-8")
        assert len(read_signal_log(path)) == 1


class TestRecorder:
    """A box records what it sees; its disk may fail and come back."""

    def test_a_disk_that_fails_is_a_named_problem_until_it_is_back(self, tmp_path: Path) -> None:
        clock = ManualClock()
        problems = ProblemBoard(clock)
        path = tmp_path / "gone" / "log.jsonl"
        recorder = Recorder(path, problems=problems, clock=clock)
        recorder.write(seen_at(0, detections([])))
        assert problems.stands(ProblemCode.NOT_RECORDED)
        path.parent.mkdir()
        recorder.write(seen_at(1, detections([])))
        assert not path.exists()  # it is not tried with every picture
        clock.pass_s(120)
        recorder.write(seen_at(2, detections([])))
        recorder.close()
        assert not problems.problems()
        assert [seen.at for seen in DetectionLog(path)] == [at(2)]

    def test_a_full_disk_leaves_a_log_that_can_be_read_and_gone_on_with(self, tmp_path: Path) -> None:
        clock = ManualClock()
        problems = ProblemBoard(clock)
        path = tmp_path / "log.jsonl"
        recorder = Recorder(path, problems=problems, clock=clock)
        recorder.write(seen_at(0, detections([])))
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        before = unix_signal.signal(unix_signal.SIGXFSZ, unix_signal.SIG_IGN)
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (path.stat().st_size + 20, limits[1]))
            recorder.write(seen_at(1, detections([])))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
            unix_signal.signal(unix_signal.SIGXFSZ, before)
        assert problems.stands(ProblemCode.NOT_RECORDED)
        log = DetectionLog(path)
        assert [seen.at for seen in log] == [at(0)]
        assert log.torn == 1
        clock.pass_s(120)
        recorder.write(seen_at(2, detections([])))
        recorder.close()
        log = DetectionLog(path)
        assert [seen.at for seen in log] == [at(0), at(2)]
        assert log.torn == 0
