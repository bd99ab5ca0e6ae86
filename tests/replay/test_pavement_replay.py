"""Pavements out of recorded lines, without a picture: the same lines give the same reminders and cases."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from domain.cases.case import Case
from domain.reminder import Reminder
from matthan.cli import build_app
from tests.builders.pavement_logs import RecordedPavement, furniture, trading, write_log
from tests.builders.pavement_scenes import MINUTE, STALL, Pavement, Thing, pavement_camera


def camera_file(folder: Path, code: str = "PAVEMENT_TRADE") -> Path:
    path = folder / "camera.yaml"
    path.write_text(pavement_camera(code).model_dump_json(), encoding="utf-8")
    return path


def replayed(folder: Path, log: Path, name: str = "one") -> tuple[list[Case], list[Reminder], str]:
    out, reminders = folder / f"{name}-cases.jsonl", folder / f"{name}-reminders.jsonl"
    options = ["--camera", folder / "camera.yaml", "--detections", log, "--out", out, "--reminders", reminders]
    result = CliRunner().invoke(build_app(), ["replay", *map(str, options)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return (
        [Case.model_validate_json(line) for line in out.read_bytes().splitlines()],
        [Reminder.model_validate_json(line) for line in reminders.read_bytes().splitlines()],
        result.stderr,
    )


def test_goods_that_come_back_are_reminded_and_become_a_case(tmp_path: Path) -> None:
    camera_file(tmp_path)
    log = write_log(tmp_path / "log.jsonl", list(trading(45 * MINUTE).lines(45 * MINUTE)))
    cases, reminders, told = replayed(tmp_path, log)
    assert [step.state.value for step in reminders[-1].steps] == ["observed", "cleared", "came_back", "became_case"]
    assert [(case.case_id, case.violation.code) for case in cases] == [(reminders[-1].case_id, "PAVEMENT_TRADE")]
    assert "reminder PAVEMENT_TRADE pavement-1: became_case" in told
    replayed(tmp_path, log, "two")
    for kind in ("cases", "reminders"):
        assert (tmp_path / f"one-{kind}.jsonl").read_bytes() == (tmp_path / f"two-{kind}.jsonl").read_bytes()


def test_tables_and_chairs_that_a_detector_overlooks_now_and_then_are_one_place(tmp_path: Path) -> None:
    camera_file(tmp_path)
    street = Pavement(things=furniture(60, 30 * MINUTE), unknown=[(0, 1e5)])
    log = write_log(tmp_path / "log.jsonl", list(RecordedPavement(street=street, overlooked=0.3).lines(30 * MINUTE)))
    cases, reminders, _ = replayed(tmp_path, log)
    assert len({reminder.reminder_id for reminder in reminders}) == 1
    assert [step.state.value for step in reminders[-1].steps] == ["observed", "still_there", "became_case"]
    assert len(cases) == 1
    assert reminders[-1].seen == ("chair", "table")


@pytest.mark.parametrize(
    "street",
    [
        pytest.param(Pavement(things=furniture(60, 180), unknown=[(0, 1e5)]), id="furniture carried through"),
        pytest.param(
            Pavement(
                changed=[(STALL, 60, 1e5)],
                things=[Thing(box=STALL, label="motorcycle", spans=((60, 1e5),), track_id=1)],
            ),
            id="a parked motorcycle",
        ),
    ],
)
def test_what_is_none_is_told_by_no_replay(street: Pavement, tmp_path: Path) -> None:
    camera_file(tmp_path)
    log = write_log(tmp_path / "log.jsonl", list(RecordedPavement(street=street).lines(25 * MINUTE)))
    cases, reminders, _ = replayed(tmp_path, log)
    assert (cases, reminders) == ([], [])
