"""The demo's composed junction: the same pictures every time, drawn as it is painted, and found for what it is."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import av
import numpy as np
import pytest
from ruamel.yaml import YAML

from deploy.demo.composed.junction import (
    CYCLE_S,
    EVENTFUL,
    EVERY_CYCLE,
    RUNS_THE_RED,
    STANDS_ON_THE_ROAD,
    Junction,
    junction_clip,
    light_at,
    on_stage,
    write_junction,
)
from deploy.demo.composed.junction_street import STOP_LINE_M, light_region_px
from deploy.demo.composed.view import SIZE_WH
from deploy.demo.composed.view import VIEW_OF_JUNCTION as VIEW
from deploy.demo.footage import FRAMES_PER_SECOND, film_pictures
from detectors.lamps.looking import read_lamps
from domain.camera import CameraConfig
from domain.law.catalogue import built_in_catalogue
from domain.plates.reasons import REPLAYED_PICTURES
from domain.seen.timeline import SignalState
from edge.configuration.settings import ModelSettings
from edge.networks.street_network import open_network
from ingest.recorded.video_file import VideoFileSource
from matthan.replay.replay import Replay, ReplayResult
from matthan.replay.replay_evidence import NoPlates
from tests.builders.box_fakes import ManualClock

CAMERA_FILE = Path(__file__).resolve().parents[3] / "deploy" / "demo" / "cameras" / "junction.yaml"
T0 = datetime(2026, 1, 5, 1, 0, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def camera() -> CameraConfig:
    return CameraConfig.model_validate_json(json.dumps(YAML(typ="safe").load(CAMERA_FILE), default=str))


@pytest.fixture(scope="module")
def junction() -> Junction:
    return Junction(film_pictures())


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("junction") / "junction.mp4"
    write_junction(path, eventful=1, quiet=1)
    return path


@pytest.fixture(scope="module")
def result(camera: CameraConfig, clip: Path) -> ReplayResult:
    fps = camera.stream.analysed_fps
    source = VideoFileSource(camera_id=camera.id, path=clip, started_at=T0, clock=ManualClock(), analysed_fps=fps)
    run = Replay(camera, (), box_id="box-1", catalogue=built_in_catalogue(), evidence=NoPlates(REPLAYED_PICTURES))
    try:
        return run.pictures(source, open_network(ModelSettings(name="street-n"), Path()))
    finally:
        source.close()


def test_the_same_pictures_are_composed_every_time(junction: Junction) -> None:
    again = Junction(film_pictures())
    for second in np.arange(0.0, CYCLE_S, 1.7):
        assert np.array_equal(junction.picture(EVENTFUL, second), again.picture(EVENTFUL, second))


def test_the_same_clip_is_encoded_every_time(clip: Path, tmp_path: Path) -> None:
    write_junction(tmp_path / "again.mp4", eventful=1, quiet=1)
    assert (tmp_path / "again.mp4").read_bytes() == clip.read_bytes()


def test_a_cycle_ends_where_the_next_one_begins_whatever_happened_in_it() -> None:
    picture_s = 1 / FRAMES_PER_SECOND
    for parts in (EVENTFUL, EVERY_CYCLE):
        last, first = on_stage(parts, CYCLE_S - picture_s), on_stage(EVERY_CYCLE, 0.0)
        assert [cut for cut, *_ in last] == [cut for cut, *_ in first]
        assert np.allclose([place for _, *place in last], [place for _, *place in first], atol=0.5)


def test_a_clip_is_sound_with_a_keyframe_every_second_and_no_reordering(clip: Path) -> None:
    with av.open(str(clip)) as opened:
        packets = [packet for packet in opened.demux(video=0) if packet.size]
    assert len(packets) == 2 * CYCLE_S * FRAMES_PER_SECOND
    assert [index for index, packet in enumerate(packets) if packet.is_keyframe] == list(
        range(0, len(packets), FRAMES_PER_SECOND)
    )
    assert [packet.pts for packet in packets] == [packet.dts for packet in packets]


def test_a_clip_is_composed_once_and_anew_only_when_its_generator_has_changed(tmp_path: Path) -> None:
    older = tmp_path / "junction-0123456789abcdef.mp4"
    older.touch()
    path = junction_clip(tmp_path)
    assert list(tmp_path.iterdir()) == [path]
    written_ns = path.stat().st_mtime_ns
    assert junction_clip(tmp_path) == path
    assert path.stat().st_mtime_ns == written_ns


def test_the_camera_is_drawn_as_the_street_is_painted(camera: CameraConfig) -> None:
    width, height = SIZE_WH
    assert camera.reference_still_wh == SIZE_WH
    for point in camera.ground_points:
        drawn_px = point.image_norm[0] * width, point.image_norm[1] * height
        assert drawn_px == pytest.approx(VIEW.point_px(*point.road_m), abs=0.1)
    (lamp,) = camera.signals
    assert lamp.lamp_region_norm is not None
    drawn = np.array(lamp.lamp_region_norm) * (*SIZE_WH, *SIZE_WH)
    assert drawn == pytest.approx(light_region_px(), abs=0.5)
    line = camera.line("stop-line")
    assert line is not None
    nearest_edge_px = VIEW.point_px(0.0, STOP_LINE_M - 0.3)[1]
    assert [y * height for _, y in line.points_norm] == pytest.approx([nearest_edge_px] * 2, abs=0.5)


def test_the_product_reads_the_painted_light(junction: Junction) -> None:
    for second in np.arange(0.25, CYCLE_S, 0.5):
        reading = read_lamps(junction.picture(EVENTFUL, second), light_region_px())
        assert reading.state == light_at(second), second


def test_who_runs_the_red_light_is_the_only_case(result: ReplayResult) -> None:
    (case,) = result.cases
    assert case.violation.code == "RED_LIGHT"
    assert {moment.signal for moment in case.moments} == {SignalState.RED}
    begins_s = (case.began_at - T0).total_seconds()
    assert RUNS_THE_RED.way[0][0] < begins_s < RUNS_THE_RED.way[-1][0]
    place = RUNS_THE_RED.place_m((case.moments[0].at - T0).total_seconds())
    assert place is not None
    x1, _, x2, y2 = case.moments[0].box_xyxy_px
    assert ((x1 + x2) / 2, y2) == pytest.approx(VIEW.point_px(*place), abs=8.0)
    assert dict(result.refusals) == {("STOP_LINE", "entered_junction"): 1}


def test_who_stands_on_the_road_is_an_alert_within_seconds_and_its_end(result: ReplayResult) -> None:
    begun, over = result.alerts
    assert (begun.rule, begun.place_id, begun.end) == ("PERSON_ON_CARRIAGEWAY", "lanes-back", None)
    assert (over.alert_id, over.end) == (begun.alert_id, "over")
    comes_s, stands_s, goes_s, gone_s = (second for second, _, _ in STANDS_ON_THE_ROAD.way)
    assert comes_s < (begun.began_at - T0).total_seconds() < stands_s
    assert begun.seen_until - begun.began_at < timedelta(seconds=4)
    assert goes_s < (over.seen_until - T0).total_seconds() < gone_s
