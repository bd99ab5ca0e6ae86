"""Replays of recorded logs: the cases are those that were looked at and kept; made anew by ``make_golden``."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from domain.alert import Alert, AlertEnd
from domain.cases.case import Case
from matthan.cli import build_app
from tests.replay.make_golden import GOLDEN, found_in
from tests.replay.scenarios import FOLDER, write_junction, write_street


@pytest.mark.parametrize("name", ["junction", "street"])
def test_the_cases_are_the_golden_ones(name: str, tmp_path: Path) -> None:
    golden = [json.loads(line) for line in (GOLDEN / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]
    assert found_in(name, tmp_path) == golden


def replayed(*options: str | Path) -> str:
    """Run ``matthan replay`` and give what it tells."""
    result = CliRunner().invoke(build_app(), ["replay", *map(str, options)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stderr


class TestCommand:
    def test_the_same_input_gives_the_same_file_byte_for_byte(self, tmp_path: Path) -> None:
        log, signals = write_junction(tmp_path)
        common = ("--camera", FOLDER / "cameras" / "junction.yaml", "--detections", log, "--signals", signals)
        told = replayed(*common, "--out", tmp_path / "one.jsonl")
        replayed(*common, "--out", tmp_path / "two.jsonl")
        assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()
        lines = (tmp_path / "one.jsonl").read_text(encoding="utf-8").splitlines()
        cases = [Case.model_validate_json(line) for line in lines]
        assert [case.violation.code for case in cases] == ["RED_LIGHT", "RED_LIGHT", "STOP_LINE"]
        assert "226 pictures, 3 cases" in told
        assert "refused RED_LIGHT lawful_turn: 1" in told

    def test_a_log_of_changes_read_as_a_log_of_states_is_pointed_out(self, tmp_path: Path) -> None:
        log, signals = write_junction(tmp_path)
        camera = tmp_path / "junction.yaml"
        text = (FOLDER / "cameras" / "junction.yaml").read_text(encoding="utf-8")
        camera.write_text(text.replace("max_age_s: null", "max_age_s: 5"), encoding="utf-8")
        told = replayed("--camera", camera, "--detections", log, "--signals", signals, "--out", tmp_path / "o.jsonl")
        assert "max_age_s: null" in told
        assert "refused RED_LIGHT signal_unknown" in told

    def test_alerts_are_written_when_they_begin_and_when_they_end(self, tmp_path: Path) -> None:
        camera = tmp_path / "street.yaml"
        text = (FOLDER / "cameras" / "street.yaml").read_text(encoding="utf-8")
        rule = "  - {rule: AGAINST_TRAFFIC, mode: warn, valid_from: 2026-01-01, parameters: {zones: [lane]}}\n"
        camera.write_text(text + rule, encoding="utf-8")
        said = replayed(
            *("--camera", camera, "--detections", write_street(tmp_path), "--out", tmp_path / "cases.jsonl"),
            *("--alerts", tmp_path / "alerts.jsonl"),
        )
        lines = (tmp_path / "alerts.jsonl").read_text(encoding="utf-8").splitlines()
        begun, ended = (Alert.model_validate_json(line) for line in lines)
        assert (begun.label, begun.end, ended.end) == ("motorcycle", None, AlertEnd.OVER)
        assert begun.alert_id == ended.alert_id
        assert "alert AGAINST_TRAFFIC lane: begins" in said
        assert "alert AGAINST_TRAFFIC lane: over" in said

    def test_another_box_makes_other_case_ids(self, tmp_path: Path) -> None:
        common = ("--camera", FOLDER / "cameras" / "street.yaml", "--detections", write_street(tmp_path))
        ids = []
        for box in ("box-1", "box-2"):
            replayed(*common, "--out", tmp_path / "out.jsonl", "--box", box)
            ids += [json.loads(line)["case_id"] for line in (tmp_path / "out.jsonl").read_text().splitlines()]
        assert len(set(ids)) == len(ids) == 4

    def test_a_copy_of_a_detection_log_replays_alike(self, tmp_path: Path) -> None:
        common = ("--camera", FOLDER / "cameras" / "street.yaml", "--out")
        log = write_street(tmp_path)
        copy = tmp_path / "copy.jsonl"
        replayed(*common, tmp_path / "one.jsonl", "--detections", log, "--record-detections", copy)
        replayed(*common, tmp_path / "two.jsonl", "--detections", copy)
        assert (tmp_path / "one.jsonl").read_bytes() == (tmp_path / "two.jsonl").read_bytes()


class TestWrongUse:
    @staticmethod
    def told(*options: str | Path) -> str:
        result = CliRunner().invoke(build_app(), ["replay", *map(str, options)])
        assert result.exit_code != 0
        return str(result.exception)

    def test_two_sources_or_none(self, tmp_path: Path) -> None:
        camera = FOLDER / "cameras" / "street.yaml"
        assert "exactly one of" in self.told("--camera", camera, "--out", tmp_path / "o")
        both = ("--video", tmp_path / "v.mp4", "--frames", tmp_path)
        assert "exactly one of" in self.told("--camera", camera, "--out", tmp_path / "o", *both)

    def test_a_log_of_another_camera(self, tmp_path: Path) -> None:
        log = write_street(tmp_path)
        camera = FOLDER / "cameras" / "junction.yaml"
        told = self.told("--camera", camera, "--detections", log, "--out", tmp_path / "o")
        assert "no picture is of camera junction" in told

    def test_a_signal_that_the_camera_does_not_have(self, tmp_path: Path) -> None:
        log = write_street(tmp_path)
        signals = tmp_path / "signals.jsonl"
        line = '{"camera": "street", "signal": "S7", "t": "2026-01-05T07:00:00Z", "state": "red"}\n'
        signals.write_text(line, encoding="utf-8")
        camera = FOLDER / "cameras" / "street.yaml"
        told = self.told("--camera", camera, "--detections", log, "--signals", signals, "--out", tmp_path / "o")
        assert "S7" in told

    def test_a_video_with_signals_needs_its_start(self, tmp_path: Path) -> None:
        _, signals = write_junction(tmp_path)
        camera = FOLDER / "cameras" / "junction.yaml"
        options = ("--camera", camera, "--video", tmp_path / "v.mp4", "--signals", signals, "--out", tmp_path / "o")
        assert "--start" in self.told(*options)
        assert "--start" in self.told(*options, "--start", "yesterday")

    def test_a_video_that_is_not_there(self, tmp_path: Path) -> None:
        camera = FOLDER / "cameras" / "street.yaml"
        assert "nothing.mp4" in self.told(
            "--camera", camera, "--video", tmp_path / "nothing.mp4", "--out", tmp_path / "o"
        )
