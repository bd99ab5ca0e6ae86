"""``matthan camera suggest``: lanes, arrows and stop lines from what scripted traffic did."""

import math
import random
from collections.abc import Callable
from pathlib import Path

import pytest
import shapely

from domain.camera import CameraConfig, LineKind, Zone
from domain.errors import ConfigurationError
from edge.configuration.camera_files import read_camera_file
from edge.run.detection_log import DetectionLogWriter
from matthan.drawing.new_camera import NewCamera, write_new_camera
from matthan.suggest.suggestions import suggest
from tests.builders.drives import SIZE_WH, box_at, detections, seen_at

UP = 560.0  # x of the lane that goes up the picture
DOWN = 1300.0  # x of the lane that comes down
STOP_Y = 620.0
SPEED = 160.0
STEP_S = 0.2

Place = tuple[float, float]


def drives_through(x: float, *, up: bool) -> Callable[[float], Place | None]:
    def place(second: float) -> Place | None:
        y = 1060 - SPEED * second if up else 160 + SPEED * second
        return (x, y) if 150 <= y <= 1070 else None

    return place


def waits(x: float) -> Callable[[float], Place | None]:
    """Comes up, waits at the line for five seconds, goes on."""
    come_s = (1060 - STOP_Y) / SPEED

    def place(second: float) -> Place | None:
        gone = second if second < come_s else come_s if second < come_s + 5 else second - 5
        return drives_through(x, up=True)(gone)

    return place


def recorded(path: Path, vehicles: int, *, waiting: bool = False) -> Path:
    """A log of vehicles that follow one another on both lanes."""
    chance = random.Random(3)
    ways = []
    for number in range(vehicles):
        begin_s = 4.0 * number
        x = chance.uniform(-40, 40)
        ways.append((begin_s, waits(UP + x) if waiting else drives_through(UP + x, up=True)))
        ways.append((begin_s, drives_through(DOWN + x, up=False)))
    with path.open("w", encoding="utf-8") as stream:
        writer = DetectionLogWriter(stream)
        for step in range(int((4.0 * vehicles + 15) / STEP_S)):
            second = round(step * STEP_S, 3)
            places = [place for begin_s, way in ways if begin_s <= second and (place := way(second - begin_s))]
            boxes = [(box_at(x + chance.gauss(0, 1), y + chance.gauss(0, 1)), "motorcycle") for x, y in places]
            writer.write(seen_at(second, detections(boxes)))
    return path


@pytest.fixture
def camera(tmp_path: Path) -> Path:
    path = tmp_path / "cam-1.yaml"
    write_new_camera(
        path,
        NewCamera(
            camera_id="cam-1", name="x", road="x", ward="x", latitude_deg=16.4, longitude_deg=107.5, heading_deg=0,
            url="rtsp://camera/1", username="", password_env="X", analysed_fps=5,
        ),
    )  # fmt: skip
    path.write_text(
        path.read_text("utf-8").replace(
            next(line for line in path.read_text("utf-8").splitlines() if line.startswith("reference_still_wh")),
            f"reference_still_wh: [{SIZE_WH[0]}, {SIZE_WH[1]}]",
        ),
        encoding="utf-8",
    )
    return path


def suggested(camera: Path, log: Path) -> CameraConfig:
    out = camera.with_name("suggested.yaml")
    before = camera.read_bytes()
    suggest(camera, log, out)
    assert camera.read_bytes() == before, "the camera's own file is not touched"
    return read_camera_file(out)


def heading_deg(zone: Zone) -> float:
    assert zone.direction_norm is not None
    (x0, y0), (x1, y1) = zone.direction_norm
    return math.degrees(math.atan2((y1 - y0) * SIZE_WH[1], (x1 - x0) * SIZE_WH[0]))


def lane_at(config: CameraConfig, x_px: float) -> Zone:
    point = shapely.Point(x_px / SIZE_WH[0], 0.5)
    (lane,) = [zone for zone in config.zones if shapely.Polygon(zone.polygon_norm).contains(point)]
    return lane


def test_each_lane_is_found_with_its_direction(camera: Path, tmp_path: Path) -> None:
    config = suggested(camera, recorded(tmp_path / "log.jsonl", 25))
    assert len(config.zones) == 2
    assert heading_deg(lane_at(config, UP)) == pytest.approx(-90, abs=10)
    assert heading_deg(lane_at(config, DOWN)) == pytest.approx(90, abs=10)
    assert config.lines == (), "nobody waited, so no stop line"


def test_the_stop_line_lies_where_those_who_waited_came_to_stand(camera: Path, tmp_path: Path) -> None:
    config = suggested(camera, recorded(tmp_path / "log.jsonl", 25, waiting=True))
    (line,) = config.lines
    assert line.kind == LineKind.STOP_LINE
    (x0, y0), (x1, y1) = line.points_norm
    assert (y0 + y1) / 2 * SIZE_WH[1] == pytest.approx(STOP_Y, abs=40)
    assert min(x0, x1) * SIZE_WH[0] < UP < max(x0, x1) * SIZE_WH[0]
    assert line.beyond_norm[1] < (y0 + y1) / 2


def test_too_little_traffic_is_said(camera: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="too few to suggest anything"):
        suggested(camera, recorded(tmp_path / "log.jsonl", 2))


def test_a_file_that_is_there_is_not_overwritten(camera: Path, tmp_path: Path) -> None:
    out = tmp_path / "suggested.yaml"
    out.write_text("mine", encoding="utf-8")
    with pytest.raises(ConfigurationError, match="is there already"):
        suggest(camera, tmp_path / "log.jsonl", out)
    assert out.read_text("utf-8") == "mine"
