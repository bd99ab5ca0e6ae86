"""Detection and signal logs: what is written is read again, and a wrong line is told by file and number."""

import io
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.detections import Detections
from domain.errors import ConfigurationFaults
from domain.timeline import SignalState
from edge.run.detection_log import DetectionLogWriter, LoggedPicture, read_detection_log, read_signal_log
from tests.builders.drives import LABELS, at

GOOD = '{"camera": "cam-1", "t": "2026-01-05T07:00:00.040Z", "size": [1920, 1080], "detections": []}'


def wrong(path: Path, *lines: str) -> str:
    path.write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(ConfigurationFaults) as caught:
        list(read_detection_log(path))
    (fault,) = caught.value.faults
    assert fault.file == str(path)
    return f"{fault.line}: {fault.where}: {fault.problem}"


coordinates = st.floats(0, 2000, width=32).map(lambda value: round(value, 2))
rows = st.lists(
    st.tuples(coordinates, coordinates, coordinates, coordinates, st.floats(0, 1, width=32), st.sampled_from(LABELS)),
    max_size=6,
)


@settings(max_examples=25, deadline=None)
@given(rows, st.sampled_from([None, 12.5]))
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory,
    seen: list[tuple[float, float, float, float, float, str]],
    clock_error_ms: float | None,
) -> None:
    boxes = [(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)) for x1, y1, x2, y2, _, _ in seen]
    detections = Detections(
        boxes_xyxy_px=np.array(boxes, np.float32).reshape(-1, 4),
        scores=np.array([row[4] for row in seen], np.float32),
        class_ids=np.array([LABELS.index(row[5]) for row in seen], np.int64),
        labels=LABELS,
    )
    text = io.StringIO()
    DetectionLogWriter(text).write(
        LoggedPicture(
            camera_id="cam-1",
            at=at(1),
            clock_error_ms=clock_error_ms,
            resolution_wh=(1920, 1080),
            detections=detections,
        )
    )
    path = tmp_path_factory.mktemp("log") / "log.jsonl"
    path.write_text(text.getvalue(), encoding="utf-8")
    (again,) = read_detection_log(path)
    assert (again.camera_id, again.at, again.clock_error_ms) == ("cam-1", at(1), clock_error_ms)
    assert again.resolution_wh == (1920, 1080)
    np.testing.assert_allclose(again.detections.boxes_xyxy_px, detections.boxes_xyxy_px, atol=1e-3)
    np.testing.assert_allclose(again.detections.scores, detections.scores, atol=1e-6)
    assert [again.detections.label_of(row) for row in range(len(seen))] == [row[5] for row in seen]


class TestWrongLines:
    @pytest.mark.parametrize(
        ("line", "told"),
        [
            ("{", "Invalid JSON"),
            ('{"camera": "cam-1"}', "t: Field required"),
            (GOOD.replace("Z", ""), "t: "),
            (GOOD.replace("[]", '[[1, 2, 3, 4, 1.5, "car"]]'), "detections.0.4: "),
            (GOOD.replace("[]", '[[9, 2, 3, 4, 0.5, "car"]]'), "expected x1 <= x2"),
            (GOOD.replace("[]", "[[1, 2, 3, 4]]"), "detections.0.4: Field required"),
            (GOOD.replace("[1920, 1080]", "[0, 1080]"), "size.0: "),
            (GOOD.replace('"camera"', '"cam"'), "camera: Field required"),
        ],
    )
    def test_are_told_with_their_number(self, tmp_path: Path, line: str, told: str) -> None:
        problem = wrong(tmp_path / "log.jsonl", GOOD, "", line.replace("00.040", "01.040"))
        assert problem.startswith("3: ")
        assert told in problem

    def test_time_that_goes_back(self, tmp_path: Path) -> None:
        assert "2: t: " in wrong(tmp_path / "log.jsonl", GOOD, GOOD)

    def test_a_missing_file(self, tmp_path: Path) -> None:
        with pytest.raises(ConfigurationFaults, match="cannot be read"):
            list(read_detection_log(tmp_path / "nothing.jsonl"))


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
