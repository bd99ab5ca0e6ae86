"""The demo's parts: footage that loops, a folder that is never somebody else's, a signal that tells its state."""

import json
import stat
import time
from pathlib import Path

import av
import pytest
from ruamel.yaml import YAML

from deploy.demo.footage import AVENUE, FRAMES_PER_SECOND, PAVEMENT, REPEATS, SceneCut, write_clips
from deploy.demo.place import CAMERA_FILES, SIGNAL, SIGNAL_CAMERA, NotOurFolder, Place
from deploy.demo.signal_drill import SignalDrill
from domain.camera import CameraConfig, Mode

DEMO = Path(__file__).resolve().parents[3] / "deploy" / "demo"


@pytest.fixture(scope="module")
def clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("demo") / "clips"
    write_clips(folder)
    return folder


@pytest.mark.parametrize("cut", [PAVEMENT, AVENUE], ids=lambda cut: cut.file_name)
def test_a_clip_repeats_its_scene_with_a_keyframe_every_second_and_no_reordering(clips: Path, cut: SceneCut) -> None:
    with av.open(str(clips / cut.file_name)) as clip:
        packets = [packet for packet in clip.demux(video=0) if packet.size]
        seconds = len(packets) / FRAMES_PER_SECOND
    assert len(packets) == (cut.last_frame - cut.first_frame + 1) * REPEATS
    assert sum(packet.is_keyframe for packet in packets) >= seconds
    assert packets[0].is_keyframe
    assert [packet.pts for packet in packets] == [packet.dts for packet in packets]


def test_nothing_but_the_clips_is_published(clips: Path) -> None:
    assert {path.name for path in clips.iterdir()} == {PAVEMENT.file_name, AVENUE.file_name}


@pytest.mark.parametrize("name", CAMERA_FILES)
def test_a_demo_camera_makes_cases_and_says_that_it_has_no_legal_effect(name: str) -> None:
    document = YAML(typ="safe").load(DEMO / "cameras" / name)
    camera = CameraConfig.model_validate_json(json.dumps(document, default=str))
    assert camera.rules[0].mode == Mode.ENFORCE
    marks = [item.instrument for item in (*camera.zones, *camera.lines) if item.instrument]
    assert marks
    assert all("no legal effect" in mark for mark in marks)


def test_camera_files_get_the_port_of_the_running_server(tmp_path: Path) -> None:
    place = Place(root=tmp_path / "data")
    place.make_fresh()
    place.write_cameras(rtsp_port=12345, with_rules=True)
    texts = [(place.cameras / name).read_text(encoding="utf-8") for name in CAMERA_FILES]
    assert all("rtsp://127.0.0.1:12345/" in text for text in texts)


def test_camera_files_watch_first_and_judge_from_version_two_on(tmp_path: Path) -> None:
    place = Place(root=tmp_path / "data")
    place.make_fresh()
    told = []
    for with_rules in (False, True):
        place.write_cameras(rtsp_port=12345, with_rules=with_rules)
        documents = [YAML(typ="safe").load(place.cameras / name) for name in CAMERA_FILES]
        told.append([(document["version"], len(document["rules"])) for document in documents])
    assert told == [[(1, 0)] * 4, [(2, 1), (2, 1), (2, 4), (2, 1)]]


def test_an_earlier_demos_folder_is_made_anew(tmp_path: Path) -> None:
    place = Place(root=tmp_path / "data")
    place.make_fresh()
    (place.root / "old").touch()
    place.composed.mkdir()
    (place.composed / "junction.mp4").touch()
    place.make_fresh()
    assert not (place.root / "old").exists()
    assert (place.composed / "junction.mp4").exists()  # composing takes seconds, and gives the same again


def test_a_folder_that_no_demo_made_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("mine")
    with pytest.raises(NotOurFolder):
        Place(root=tmp_path).make_fresh()
    assert (tmp_path / "thesis.txt").read_text() == "mine"


def test_secrets_are_random_and_only_the_owner_can_read_them(tmp_path: Path) -> None:
    place = Place(root=tmp_path / "data")
    place.make_fresh()
    one, other = place.new_secret("one"), place.new_secret("other")
    assert one != other
    assert stat.S_IMODE((place.secrets / "one").stat().st_mode) == 0o600
    assert (place.secrets / "one").read_text() == one


def test_the_drill_reports_its_signal_until_it_ends(tmp_path: Path) -> None:
    feed = tmp_path / "signals.jsonl"
    with SignalDrill(feed, camera_id=SIGNAL_CAMERA, signal_id=SIGNAL, red_after_s=0):
        deadline = time.monotonic() + 60
        while not feed.exists() or not feed.read_text().endswith("\n"):
            assert time.monotonic() < deadline
            time.sleep(0.01)
    reports = [json.loads(line) for line in feed.read_text().splitlines()]
    assert {(report["camera"], report["signal"], report["state"]) for report in reports} == {
        (SIGNAL_CAMERA, SIGNAL, "red")
    }
