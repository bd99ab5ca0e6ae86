"""Replay of real street pictures through the real network: a bicycle left on a pavement."""

import json
from pathlib import Path

import av
import cv2
import pytest
from typer.testing import CliRunner

from deploy.demo.footage import FRAMES_PER_SECOND, PAVEMENT, film
from domain.instants import from_text
from matthan.cli import build_app

CAMERA = Path(__file__).resolve().parents[2] / "deploy" / "demo" / "cameras" / "pavement.yaml"
SECONDS = 18
STEP_S = 0.4


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of time-stamped pictures: the film's fixed view, over and over."""
    folder = tmp_path_factory.mktemp("pictures")
    with av.open(str(film())) as source:
        frames = [frame.to_ndarray(format="bgr24") for frame in source.decode(video=0)]
    view = frames[PAVEMENT.first_frame : PAVEMENT.last_frame + 1]
    for index in range(round(SECONDS / STEP_S)):
        image = view[round(index * STEP_S * FRAMES_PER_SECOND) % len(view)]
        whole_s, tenths = divmod(round(index * STEP_S * 10), 10)
        cv2.imwrite(str(folder / f"20260105T0100{whole_s:02d}.{tenths}Z.jpg"), image)
    return folder


def test_the_bicycle_is_one_case_and_its_recorded_detections_give_the_same(pictures: Path, tmp_path: Path) -> None:
    log, out, again = tmp_path / "log.jsonl", tmp_path / "out.jsonl", tmp_path / "again.jsonl"
    seen = ["replay", "--camera", CAMERA, "--frames", pictures, "--out", out, "--record-detections", log]
    assert CliRunner().invoke(build_app(), [str(item) for item in seen], catch_exceptions=False).exit_code == 0
    (case,) = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert case["violation"]["code"] == "PARK_PAVEMENT"
    assert case["subject"]["label"] == "bicycle"
    assert case["began_at"] == "2026-01-05T01:00:00.000Z"
    assert from_text(case["ended_at"]) > from_text(case["began_at"])
    assert case["provenance"]["detector"]["name"]

    logged = ["replay", "--camera", CAMERA, "--detections", log, "--out", again]
    assert CliRunner().invoke(build_app(), [str(item) for item in logged], catch_exceptions=False).exit_code == 0
    (from_log,) = [json.loads(line) for line in again.read_text(encoding="utf-8").splitlines()]
    assert from_log == case
