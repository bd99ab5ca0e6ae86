"""Looks at riders: only where a rule asks, at several distances, few in one picture; a log of them replays alike."""

import io
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from detectors.model_specs import HeadSpec
from detectors.riders.head_classifier import HeadClassifier
from detectors.tracking.tracker import SteadyTracker
from domain.camera import CameraConfig, ZoneKind
from domain.cases.case import Case
from domain.errors import ConfigurationFaults
from domain.geometry import BoxPx, SizeWh
from domain.law.catalogue import built_in_catalogue
from domain.seen.detections import Detections
from domain.seen.frame import BgrPicture, Frame
from domain.seen.riders import RidersLook
from edge.run.detection_log import DetectionLog, DetectionLogWriter
from edge.run.looks.heads import MOST_A_PICTURE, MOST_A_TRACK
from edge.run.run_maker import RunMaker
from edge.run.seen import Seen
from tests.builders.detecting import ScriptedSession
from tests.builders.drives import SIZE_WH, CameraBuilder, at, box_at, detections, every

PICTURE = np.full((1080, 1920, 3), 90, np.uint8)


def bare_heads() -> HeadClassifier:
    """A network that takes every head for a bare one."""
    spec = HeadSpec(
        name="heads",
        file="heads.onnx",
        task="heads",
        sha256="4" * 64,
        family="head-classifier",
        input_size_wh=(16, 16),
        color="rgb",
        scale=1 / 255,
        labels=("helmet", "bare", "other"),
        least_confidence={"helmet": 0.7, "bare": 0.7, "other": 0.7},
        licence="MIT",
        card="heads.md",
    )
    session = ScriptedSession(
        lambda given: np.tile(np.array([[0.0, 6.0, 0.0]], np.float32), (len(given), 1)),
        input_shape=("batch", 3, 16, 16),
        output_shape=("batch", 3),
    )
    return HeadClassifier(spec=spec, session=session)


def maker(*, heads: bool = True) -> RunMaker:
    return RunMaker(
        box_id="box-1",
        catalogue=built_in_catalogue(),
        detector=None,
        make_tracker=lambda ids: SteadyTracker(ids=ids),
        heads=bare_heads() if heads else None,
    )


def lane(code: str = "NO_HELMET_DRIVER") -> CameraConfig:
    corners = ((0.2, 0.05), (0.45, 0.05), (0.45, 0.95), (0.2, 0.95))
    return CameraBuilder().zone("lane", ZoneKind.LANE, *corners).rule(code).build()


def frame_at(second: float, *, evidence_wh: SizeWh | None = None, picture: np.ndarray = PICTURE) -> Frame:  # type: ignore[type-arg]
    return Frame(
        camera_id="cam-1",
        index=round(second * 10),
        captured_at=at(second),
        clock_error_ms=None,
        picture=BgrPicture(picture),
        evidence_wh=evidence_wh,
    )


def ridden_by_one(x_px: float, bottom_px: float, height_px: float = 140) -> list[tuple[BoxPx, str]]:
    motorcycle = box_at(x_px, bottom_px, width_px=0.7 * height_px, height_px=height_px)
    person = box_at(x_px, bottom_px - 0.25 * height_px, width_px=0.55 * height_px, height_px=1.1 * height_px)
    return [(motorcycle, "motorcycle"), (person, "person")]


def looks_of(
    pictures: Sequence[tuple[float, Detections]], camera: CameraConfig | None = None
) -> list[list[RidersLook]]:
    run = maker().make(lane() if camera is None else camera)
    found = []
    for second, seen_there in pictures:
        seen = run.look(frame_at(second), seen_there)
        run.judge(seen)
        found.append([] if seen.riders is None else list(seen.riders.looks))
    return found


def test_a_look_says_which_detection_how_many_riders_and_what_each_wears() -> None:
    (looks,) = looks_of([(0.0, detections(ridden_by_one(600, 700)))])
    (look,) = looks
    assert look.motorcycle_xyxy_px == pytest.approx(box_at(600, 700, width_px=98, height_px=140))
    assert look.count == 1
    assert look.wears == ("bare",)
    assert look.riders[0].confidence > 0.9
    x1, y1, x2, _ = look.riders[0].head_xyxy_px
    assert 550 < x1 < 600 < x2 < 650
    assert y1 == pytest.approx(511, abs=1)


@pytest.mark.parametrize(
    ("why", "there"),
    [
        ("outside the zone", ridden_by_one(1500, 700)),
        ("too small", ridden_by_one(600, 700, height_px=50)),
        ("nobody on it", ridden_by_one(600, 700)[:1]),
        ("no motorcycle", ridden_by_one(600, 700)[1:]),
    ],
)
def test_nobody_is_looked_at_where_it_cannot_matter(why: str, there: list[tuple[BoxPx, str]]) -> None:
    assert looks_of([(0.0, detections(there))]) == [[]], why


def test_nobody_looks_where_no_rule_asks() -> None:
    camera = lane("WRONG_LANE").model_copy(update={"rules": ()})
    assert looks_of([(0.0, detections(ridden_by_one(600, 700)))], camera) == [[]]


def test_one_that_stands_is_looked_at_until_it_has_a_track_and_once_more() -> None:
    found = looks_of([(second, detections(ridden_by_one(600, 700))) for second in every(0.2, 0, 10)])
    assert sum(map(len, found)) <= 4
    assert found[-20:] == [[]] * 20


def test_one_that_drives_is_looked_at_at_several_distances_and_not_for_ever() -> None:
    drive = [
        (second, detections(ridden_by_one(600, 1000 - 60 * second, 160 - 6 * second))) for second in every(0.2, 0, 14)
    ]
    looks = [look for looks in looks_of(drive) for look in looks]
    heights = [look.motorcycle_xyxy_px[3] - look.motorcycle_xyxy_px[1] for look in looks]
    assert 3 <= len(looks) <= MOST_A_TRACK + 2  # two before its track was told
    assert max(heights) / min(heights) > 1.2


def test_a_crowded_picture_costs_no_more_than_a_few_looks_and_everybody_has_a_turn() -> None:
    def crowd(second: float) -> Detections:
        places = [(450 + 60 * column, 300 + 150 * row + 40 * second) for row in range(4) for column in range(5)]
        return detections([box for x, y in places for box in ridden_by_one(x, y, 70)])

    found = looks_of([(second, crowd(second)) for second in every(0.2, 0, 3)])
    assert max(map(len, found)) == MOST_A_PICTURE
    columns = {round(look.motorcycle_xyxy_px[0] / 60) for looks in found for look in looks}
    assert len(columns) == 5


def test_a_small_stream_is_looked_at_in_its_own_pixels_and_told_in_those_of_the_evidence() -> None:
    small = np.full((540, 960, 3), 90, np.uint8)
    run = maker().make(lane())
    there = detections([(tuple(side / 2 for side in box), label) for box, label in ridden_by_one(600, 700)])  # type: ignore[misc]
    seen = run.look(frame_at(0.0, evidence_wh=SIZE_WH, picture=small), there)
    assert seen.riders is not None
    (look,) = seen.riders.looks
    assert look.motorcycle_xyxy_px == pytest.approx(box_at(600, 700, width_px=98, height_px=140))
    tiny = detections([(tuple(side / 2 for side in box), label) for box, label in ridden_by_one(600, 700, 100)])  # type: ignore[misc]
    assert run.look(frame_at(1.0, evidence_wh=SIZE_WH, picture=small), tiny).riders is None, "50 px in what is seen"


def test_a_recorded_log_gives_the_same_cases_without_pictures_or_network(tmp_path: Path) -> None:
    camera = lane()
    live, path = maker().make(camera), tmp_path / "seen.jsonl"
    with path.open("w", encoding="utf-8") as stream:
        writer, cases = DetectionLogWriter(stream), []
        for second in every(0.2, 0, 9):
            there = detections(ridden_by_one(600, 1000 - 100 * second, 170 - 8 * second))
            seen = live.look(frame_at(second), there)
            cases += live.judge(seen) or ()
            writer.write(seen)
    cases += live.finish()
    again = maker(heads=False).make(camera)
    replayed = [item for seen in DetectionLog(path) for item in again.judge(seen) or ()] + list(again.finish())
    assert [item.model_dump_json() for item in replayed if isinstance(item, Case)] == [
        item.model_dump_json() for item in cases if isinstance(item, Case)
    ]
    assert sum(isinstance(item, Case) for item in cases) == 1


def _written(looked: Seen) -> str:
    stream = io.StringIO()
    DetectionLogWriter(stream).write(looked)
    return stream.getvalue()


def test_a_line_names_rows_that_are_there(tmp_path: Path) -> None:
    looked = maker().make(lane()).look(frame_at(0.0), detections(ridden_by_one(600, 700)))
    line = json.loads(_written(looked))
    assert line["riders"]["looks"][0]["of"] == 0
    assert line["riders"]["model"] == ["heads", "4" * 64]
    path = tmp_path / "seen.jsonl"
    path.write_text(json.dumps(line), encoding="utf-8")
    (read,) = DetectionLog(path)
    assert read.riders == looked.riders
    for change, message in (
        ({"detections": line["detections"][:1]}, r"expected rows of the 1 detections, got \[1\]"),
        ({"v": 2}, "surfaces, waters and riders belong to version 3"),
    ):
        path.write_text(json.dumps({**line, **change}), encoding="utf-8")
        with pytest.raises(ConfigurationFaults, match=message):
            list(DetectionLog(path))


def test_a_network_that_fails_stops_no_other_rule(caplog: pytest.LogCaptureFixture) -> None:
    def broken(_: object) -> object:
        raise RuntimeError("out of memory")

    heads = bare_heads()
    heads._session = ScriptedSession(broken, input_shape=("batch", 3, 16, 16), output_shape=("batch", 3))  # type: ignore[assignment,arg-type]
    run = replace(maker(), heads=heads).make(lane())
    assert run.look(frame_at(0.0), detections(ridden_by_one(600, 700))).riders is None
    assert "Riders could not be looked at" in caplog.text
