"""Detection logs of a pavement on which tables and chairs, goods and people come and go: generated, no pictures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from domain.seen.detections import Detections
from edge.run.detection_log import DetectionLogWriter
from edge.run.seen import Seen
from tests.builders.drives import SIZE_WH, at
from tests.builders.pavement_scenes import MINUTE, SELLER, STALL, Pavement, Thing

LABELS = (
    "bench",
    "bicycle",
    "bus",
    "car",
    "chair",
    "motorcycle",
    "person",
    "table",
    "traffic light",
    "truck",
    "umbrella",
)


@dataclass(frozen=True, kw_only=True)
class RecordedPavement:
    """A pavement as a box records it: boxes that shake, things that are overlooked now and then."""

    street: Pavement
    overlooked: float = 0.1  # share of things that the detector misses in a picture
    shake_px: float = 1.5
    seed: int = 7

    def lines(self, until_s: float, step_s: float = 1.0) -> Iterator[Seen]:
        """One a second, the ground read every other."""
        rng = np.random.default_rng(self.seed)
        for index in range(int(until_s / step_s) + 1):
            second = index * step_s
            there = [
                thing
                for thing in self.street.things
                if any(start <= second <= end for start, end in thing.spans) and rng.random() >= self.overlooked
            ]
            boxes = np.array([thing.box for thing in there], np.float32).reshape(-1, 4)
            yield Seen(
                camera_id="cam-1",
                at=at(second),
                clock_error_ms=20.0,
                resolution_wh=SIZE_WH,
                detections=Detections(
                    boxes_xyxy_px=boxes + rng.normal(0, self.shake_px, boxes.shape).astype(np.float32),
                    scores=np.full(len(there), 0.6, np.float32),
                    class_ids=np.array([LABELS.index(thing.label) for thing in there], np.int64),
                    labels=LABELS,
                ),
                surfaces=(self.street.reading(second),) if index % 2 == 0 else (),
            )


def write_log(path: Path, lines: Sequence[Seen]) -> Path:
    """The lines as a log of the box."""
    with path.open("w", encoding="utf-8") as stream:
        writer = DetectionLogWriter(stream)
        for line in lines:
            writer.write(line)
    return path


def furniture(start: float, end: float) -> list[Thing]:
    """A table and three chairs beside one another."""
    return [
        Thing(
            box=(700 + 85 * number, 540 - 20 * (number % 2), 775 + 85 * number, 640),
            label=label,
            spans=((start, end),),
            track_id=number,
        )
        for number, label in enumerate(("table", "chair", "chair", "chair"))
    ]


def trading(until_s: float) -> RecordedPavement:
    """Goods with a seller, cleared after 12 minutes and back after half an hour; people pass all the time."""
    seller = Thing(box=SELLER, label="person", spans=((90, until_s),), track_id=50)
    passing = Thing(
        box=(1000, 380, 1060, 640),
        label="person",
        spans=tuple((20.0 * number, 20.0 * number + 2) for number in range(int(until_s / 20))),
        track_id=51,
    )
    street = Pavement(changed=[(STALL, 120, 12 * MINUTE), (STALL, 30 * MINUTE, until_s)], things=[seller, passing])
    return RecordedPavement(street=street)
