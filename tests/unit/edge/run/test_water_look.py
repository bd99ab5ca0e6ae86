"""A low spot from pictures to an alert; the log of what was seen gives the same alerts, and a restart none twice."""

from collections.abc import Iterable
from itertools import count
from pathlib import Path

import pytest

from detectors.surface.watch import SurfaceWatch
from detectors.tracking.tracker import SteadyTracker
from domain.alert import Alert, AlertEnd
from domain.camera import CameraConfig
from domain.geometry import ImageBgr
from domain.seen.frame import BgrPicture, Frame
from edge.health.problems import ProblemBoard
from edge.run.camera_run import CameraRun, timelines_of
from edge.run.detection_log import DetectionLog, DetectionLogWriter
from edge.run.learned.kinds import surface_files
from edge.run.seen import Seen
from rules.acts.memory import CameraMemory
from tests.builders.drives import at, detections, engine_for
from tests.builders.low_spot_scenes import asphalt, low_spot

CAMERA = low_spot(min_time_s=30.0).build()
NOBODY = detections([])
Shown = list[tuple[float, ImageBgr]]


def run_of(camera: CameraConfig = CAMERA, surfaces: SurfaceWatch | None = None) -> CameraRun:
    ids = count(1)
    return CameraRun(
        camera=camera,
        tracker=SteadyTracker(ids=ids),
        engine=engine_for(camera),
        signals=timelines_of(camera),
        track_ids=ids,
        memory=CameraMemory(),
        surfaces=surfaces,
    )


def look(run: CameraRun, shown: Shown) -> list[Seen]:
    return [
        run.look(
            Frame(camera_id="cam-1", index=0, captured_at=at(second), clock_error_ms=5.0, picture=BgrPicture(picture)),
            NOBODY,
        )
        for second, picture in shown
    ]


def judge(run: CameraRun, seen: Iterable[Seen]) -> list[Alert]:
    outputs = [output for one in seen for output in run.judge(one) or ()]
    return [one for one in (*outputs, *run.finish()) if isinstance(one, Alert)]


@pytest.fixture(scope="module")
def film() -> Shown:
    """Ten minutes of dry ground, then a flood of two minutes, and dry ground again."""
    dry = [(10.0 * number, asphalt(number)) for number in range(66)]
    wet = [(660.0 + 5.0 * number, asphalt(number, water=0.85)) for number in range(24)]
    after = [(780.0 + 5.0 * number, asphalt(number)) for number in range(20)]
    return [*dry, *wet, *after]


def test_a_flood_is_one_alert_and_the_log_of_it_gives_the_same(film: Shown, tmp_path: Path) -> None:
    run = run_of()
    seen = look(run, film)
    begun, ended = judge(run, seen)
    assert (begun.rule, begun.place_id, begun.began_at) == ("FLOODING", "dip", at(660))
    assert (begun.end, ended.end) == (None, AlertEnd.OVER)

    log = tmp_path / "log.jsonl"
    writer = DetectionLogWriter.append_to(log)
    for one in seen:
        writer.write(one)
    writer.close()
    assert judge(run_of(), DetectionLog(log)) == [begun, ended]


def test_after_a_restart_the_flood_goes_on_with_what_was_learned(film: Shown, tmp_path: Path) -> None:
    board = ProblemBoard()
    files = surface_files(tmp_path, problems=board)
    run = run_of()
    first = judge(run, look(run, film[:82]))
    assert [one.end for one in first] == [None, AlertEnd.NOT_WATCHED]
    files.keep("cam-1", run.surfaces)
    files.close()

    again = run_of(surfaces=surface_files(tmp_path, problems=board).read("cam-1"))
    told = judge(again, look(again, film[82:]))
    assert [one.end for one in told] == [None, AlertEnd.OVER]
    assert told[0].alert_id != first[0].alert_id
    assert board.problems() == ()


def test_no_rule_no_look(film: Shown) -> None:
    run = run_of(CAMERA.model_copy(update={"rules": ()}))
    assert all(one.waters == () for one in look(run, film[:3]))
