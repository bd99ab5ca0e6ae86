"""A camera that is turned in the middle of a film: its rules stop, in the replay of the film and of its log alike."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from domain.camera import CameraConfig
from domain.errors import EndOfSource
from domain.law.catalogue import built_in_catalogue
from domain.model_ref import ModelRef
from domain.plates.reasons import REPLAYED_LOG
from domain.ports import Attention
from domain.seen.detections import Detections
from domain.seen.frame import BgrPicture, Frame
from edge.run.detection_log import DetectionLog, DetectionLogWriter
from matthan.replay.replay import Replay
from matthan.replay.replay_evidence import NoPlates
from tests.builders.drives import CameraBuilder, at
from tests.builders.still_street import StillStreet

STEP_S = 0.5
LOOKS = 100
TURNED_AT = 80


@dataclass
class Film:
    """Two pictures a second; from one on the camera looks elsewhere."""

    street: StillStreet = field(default_factory=StillStreet)
    number: int = 0

    def read(self, timeout_s: float) -> Frame | None:
        if self.number == LOOKS:
            raise EndOfSource
        self.number += 1
        picture = self.street.picture(self.number, turn_deg=2.0 if self.number > TURNED_AT else 0.0)
        return Frame(
            camera_id="cam-1",
            index=self.number,
            captured_at=at(self.number * STEP_S),
            clock_error_ms=None,
            picture=BgrPicture(picture),
        )

    def attend(self, attention: Attention) -> None:
        """A film is read whole."""

    def close(self) -> None:
        """Nothing is open."""


class Blind:
    """A detector that sees nobody."""

    model = ModelRef(name="blind", sha256="0" * 64)

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        return [Detections.nothing(("car",)) for _ in frames]


def replay(camera: CameraConfig, log: Path) -> tuple[Replay, DetectionLogWriter]:
    writer = DetectionLogWriter(log.open("w", encoding="utf-8"))
    evidence = NoPlates(REPLAYED_LOG)
    return (
        Replay(camera, (), box_id="box-1", catalogue=built_in_catalogue(), evidence=evidence, on_judged=writer.write),
        writer,
    )


def test_film_and_log_stop_the_rules_at_the_same_pictures_to_the_byte(tmp_path: Path) -> None:
    camera = CameraBuilder().rule("RED_LIGHT").build()
    film, writer = replay(camera, tmp_path / "film.jsonl")
    found = film.pictures(Film(), Blind())
    writer.close()
    again, writer = replay(camera, tmp_path / "again.jsonl")
    found_again = again.log(DetectionLog(tmp_path / "film.jsonl"))
    writer.close()
    assert (tmp_path / "film.jsonl").read_bytes() == (tmp_path / "again.jsonl").read_bytes()
    assert found.refusals == found_again.refusals
    assert found.refusals["RED_LIGHT", "suspended_view_changed"] == 1
    views = [json.loads(line).get("view") for line in (tmp_path / "film.jsonl").read_text("utf-8").splitlines()]
    assert list(dict.fromkeys(views)) == ["new", None, "sound", "moved"]
    assert (views.index("moved") + 1 - TURNED_AT) * STEP_S <= 5.0
