"""The small parts around the pipeline: log lines, secrets, figures, drawing, sources."""

import io
import json
import logging
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deploy.demo.footage import PAVEMENT, write_clips
from domain.camera import CameraConfig
from domain.errors import ConfigurationError
from domain.fleet.health import StreamState
from edge.health.figures import StreamFigures
from matthan.drawing.camera_setup import save_drawing, save_still
from matthan.drawing.zone_drawing import draw_camera
from plumbing.log_format import JsonFormatter, PeopleFormatter
from plumbing.secret_values import read_secret
from tests.builders.box_process import camera_document

LINE = {
    "id": "stop",
    "kind": "stop_line",
    "points_norm": [[0.1, 0.5], [0.9, 0.5]],
    "beyond_norm": [0.5, 0.2],
    "signal": "S1",
}
LAMP = {"id": "S1", "source": "lamp", "lamp_region_norm": [0.8, 0.1, 0.9, 0.3]}
LANE = {
    "id": "lane",
    "kind": "lane",
    "polygon_norm": [[0.2, 0.6], [0.8, 0.6], [0.8, 0.95], [0.2, 0.95]],
    "direction_norm": [[0.5, 0.9], [0.5, 0.65]],
}


def _record(message: str, **extra: object) -> logging.LogRecord:
    record = logging.makeLogRecord({"msg": message, "levelname": "WARNING", "name": "edge.box.box", "created": 0.0})
    vars(record).update(extra)
    return record


def test_a_json_line_holds_time_level_message_and_the_event_s_fields() -> None:
    line = JsonFormatter().format(_record("Camera lost", action="lost", camera_id="cam-1", reason=ValueError("đứt")))
    assert json.loads(line) == {
        "at": "1970-01-01T00:00:00.000Z",
        "level": "warning",
        "logger": "edge.box.box",
        "message": "Camera lost",
        "action": "lost",
        "camera_id": "cam-1",
        "reason": "đứt",
    }


@given(st.text(), st.dictionaries(st.sampled_from(["camera_id", "reason"]), st.text() | st.integers() | st.none()))
def test_whatever_is_logged_is_one_line_of_json(message: str, extra: dict[str, object]) -> None:
    line = JsonFormatter().format(_record(message.replace("%", ""), **extra))
    assert "\n" not in line
    assert json.loads(line)["level"] == "warning"


def test_a_person_reads_hue_s_time_and_the_fields() -> None:
    line = PeopleFormatter().format(_record("Camera lost", action="lost", camera_id="cam-1"))
    assert line == "07:00:00 WARNING Camera lost (camera_id=cam-1)"


def test_an_error_s_trace_stays_in_its_json_line() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.Logger("trace")  # noqa: LOG001 - apart from the process's loggers
    logger.addHandler(handler)
    try:
        int("broken")
    except ValueError:
        logger.exception("It broke")
    (line,) = stream.getvalue().splitlines()
    assert "ValueError: invalid literal" in json.loads(line)["trace"]


def test_a_secret_comes_from_the_environment_or_a_file_beside_the_settings(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(" s3cret\n")
    assert read_secret("key", env="KEY", file=None, folder=tmp_path, environ={"KEY": "other"}) == "other"
    assert read_secret("key", env=None, file="key", folder=tmp_path, environ={}) == "s3cret"
    assert read_secret("key", env=None, file=None, folder=tmp_path, environ={}) is None


@pytest.mark.parametrize(("env", "file"), [("KEY", None), (None, "missing"), (None, "empty"), (None, "binary")])
def test_a_secret_that_is_not_there_is_refused_in_words(tmp_path: Path, env: str | None, file: str | None) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigurationError, match="broker password"):
        read_secret("broker password", env=env, file=file, folder=tmp_path, environ={"KEY": ""})


def test_figures_of_a_replaced_stream_are_added_and_its_state_is_not() -> None:
    gone = StreamFigures(state=StreamState.LOST, decoded_frames=100, dropped_frames=3, reconnects=2, ring_bytes=9)
    now = StreamFigures(state=StreamState.LIVE, decoded_frames=5, ring_bytes=7).after(gone)
    assert (now.state, now.decoded_frames, now.dropped_frames) == (StreamState.LIVE, 105, 3)
    assert (now.reconnects, now.ring_bytes) == (2, 7)


def _camera(**changes: object) -> CameraConfig:
    return CameraConfig.model_validate(camera_document("cam-1", "rtsp://127.0.0.1/x", **changes))


def test_a_drawing_shows_zones_lines_and_lamps_and_leaves_the_still_as_it_was() -> None:
    still = np.full((272, 640, 3), 90, np.uint8)
    drawn = draw_camera(_camera(zones=[LANE], lines=[LINE], signals=[LAMP]), still)
    assert (still == 90).all()
    assert drawn.shape == still.shape
    for x, y in ((0.5, 0.5), (0.2, 0.8), (0.8, 0.2)):  # on the line, on the lane's border, on the lamp's frame
        patch = drawn[int(y * 272) - 2 : int(y * 272) + 3, int(x * 640) - 2 : int(x * 640) + 3]
        assert (patch != 90).any(), (x, y)
    assert (drawn[5, 5] == 90).all()


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clips")
    write_clips(folder, (PAVEMENT,))
    return folder


def test_a_still_is_taken_from_the_stream_and_the_drawing_made_on_it(clips: Path, tmp_path: Path) -> None:
    camera_file = tmp_path / "cam.yaml"
    url = f"file:{clips / PAVEMENT.file_name}"
    camera_file.write_text(json.dumps(camera_document("cam-1", url, zones=[LANE])), "utf-8")
    assert save_still(camera_file, tmp_path / "still.png", wait_s=10, environ={}) == (640, 272)
    save_drawing(camera_file, tmp_path / "still.png", tmp_path / "check.jpg")
    picture = cv2.imread(str(tmp_path / "check.jpg"))
    assert picture is not None
    assert picture.shape == (272, 640, 3)


def test_what_is_no_picture_or_cannot_be_written_is_told(tmp_path: Path) -> None:
    camera_file = tmp_path / "cam.yaml"
    camera_file.write_text(json.dumps(camera_document("cam-1", "rtsp://127.0.0.1/x")), "utf-8")
    (tmp_path / "text.jpg").write_text("no picture")
    with pytest.raises(ConfigurationError, match="no picture"):
        save_drawing(camera_file, tmp_path / "text.jpg", tmp_path / "out.jpg")
    with pytest.raises(ConfigurationError, match="cannot be read"):
        save_drawing(camera_file, tmp_path / "none.jpg", tmp_path / "out.jpg")
