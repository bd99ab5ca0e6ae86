"""What the networks see in pictures of a citizen's file, and the pictures with heads and plates hidden."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from detectors.onnx_detector import OnnxDetector
from detectors.plates.pipeline import PlatePipeline
from detectors.plates.sight import VehicleSight
from domain.errors import EvidenceError
from domain.geometry import BoxPx, ImageBgr
from domain.instants import Clock
from domain.plates.reading import PlateRead
from domain.report_analysis import (
    LONGEST_PICTURE_PX,
    MOST_PICTURE_BYTES,
    MOST_THINGS,
    AnalysedPicture,
    ReportFindings,
    SeenPlate,
    SeenThing,
)
from domain.seen.hidden_regions import PLATE, hidden_regions
from domain.seen.track import VEHICLE_KIND_OF_LABEL
from edge.evidence.plates.plate_views import KINDS_WITH_PLATE
from edge.evidence.redaction.blurring import blurred
from edge.reports.hidden_film import Thing, hidden_film, tracks_of
from edge.reports.stills import DecodedStill

_QUALITIES: Final = (80, 60, 40)


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What came of a file."""

    findings: ReportFindings
    pictures: tuple[bytes, ...]  # JPEG, heads and plates hidden, as many as the findings have


class Look:
    """Looks at the pictures of one file at a time.

    Args:
        detector: finds people and vehicles.
        plates: reads plates.
        clock: plates are read by today's grammar; a stranger's clock decides nothing.
    """

    def __init__(self, detector: OnnxDetector, plates: PlatePipeline, clock: Clock) -> None:
        self._clock = clock
        self._detector = detector
        self._plates = plates

    def at(self, stills: Sequence[DecodedStill]) -> Looked:
        """Look at every picture by itself.

        Raises:
            DetectionError: a network failed; nothing is known of the file.
            EvidenceError: a picture cannot be encoded.
        """
        seen = [(still, self._things(still.image_bgr)) for still in stills]
        return Looked(
            findings=ReportFindings(
                pictures=tuple(
                    AnalysedPicture(
                        offset_s=round(still.offset_s, 3),
                        resolution_wh=(still.image_bgr.shape[1], still.image_bgr.shape[0]),
                        things=things,
                    )
                    for still, things in seen
                ),
                models=(self._detector.model, *self._plates.models),
            ),
            pictures=tuple(
                _hidden(still.image_bgr, things, self._plates_in(still.image_bgr)) for still, things in seen
            ),
        )

    def film(self, pictures: Iterable[DecodedStill]) -> bytes | None:
        """A copy of a whole video with every head and every plate hidden; None: it has no picture.

        Args:
            pictures: in order of time; each is looked at.

        Raises:
            DetectionError: a network failed.
            EvidenceError: it cannot be encoded, or its pictures are not all of one size.
        """

        def things(image_bgr: ImageBgr) -> list[Thing]:
            (seen,) = self._detector.look([image_bgr])
            boxes: list[BoxPx] = [tuple(box) for box in seen.boxes_xyxy_px.tolist()]
            return [(seen.label_of(row), box) for row, box in enumerate(boxes)] + self._plates_in(image_bgr)

        return hidden_film(pictures, things)

    def _plates_in(self, image_bgr: ImageBgr) -> list[Thing]:
        """Plates by themselves: of a vehicle so near that it fills the picture, no network says that it is one."""
        height, width = image_bgr.shape[:2]
        side = min(height, width)
        parts = {(0, 0, width, height), (0, 0, side, side), (width - side, height - side, width, height)}
        return [(PLATE, box) for part in sorted(parts) for box in self._plates.find(image_bgr, part)]

    def _things(self, image_bgr: ImageBgr) -> tuple[SeenThing, ...]:
        (detections,) = self._detector.look([image_bgr])
        order = np.argsort(-detections.scores, kind="stable")[:MOST_THINGS]
        boxes: list[BoxPx] = [tuple(detections.boxes_xyxy_px[row].tolist()) for row in order]
        labels = [detections.label_of(row) for row in order]
        carriers = [VEHICLE_KIND_OF_LABEL.get(label) in KINDS_WITH_PLATE for label in labels]
        return tuple(
            SeenThing(
                label=labels[place],
                score=round(min(1.0, float(detections.scores[row])), 3),
                box_xyxy_px=boxes[place],
                plate=self._plate(image_bgr, place, boxes, labels[place], carriers) if carriers[place] else None,
            )
            for place, row in enumerate(order)
        )

    def _plate(
        self, image_bgr: ImageBgr, place: int, boxes: Sequence[BoxPx], label: str, carriers: Sequence[bool]
    ) -> SeenPlate:
        others = tuple(box for other, box in enumerate(boxes) if other != place and carriers[other])
        sight = VehicleSight(
            at=self._clock.now(), picture_bgr=image_bgr, vehicle_box_xyxy_px=boxes[place], other_vehicles_xyxy_px=others
        )
        reading = self._plates.read([sight], VEHICLE_KIND_OF_LABEL[label]).reading
        read = reading.reads[0] if reading.reads else None
        if read is None or not read.text:
            return SeenPlate(text="", confidence=0.0, reason=(read and read.dropped_because) or reading.reason or "")
        return _read(read)


def _read(read: PlateRead) -> SeenPlate:
    return SeenPlate(
        text=read.text,
        confidence=round(min(read.character_confidences, default=0.0), 3),
        reason=read.dropped_because or "",
    )


def _hidden(image_bgr: ImageBgr, things: Sequence[SeenThing], plates: Sequence[Thing]) -> bytes:
    """A smaller JPEG: nobody is the subject yet, so every head and every plate is hidden."""
    tracks = tracks_of([*((thing.label, thing.box_xyxy_px) for thing in things), *plates])
    shown = blurred(image_bgr, hidden_regions(tracks, ()))
    scale = min(1.0, LONGEST_PICTURE_PX / max(shown.shape[:2]))
    if scale < 1:
        shown = np.asarray(cv2.resize(shown, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    for quality in _QUALITIES:
        done, content = cv2.imencode(".jpg", shown, (cv2.IMWRITE_JPEG_QUALITY, quality))
        if done and len(content) <= MOST_PICTURE_BYTES:
            return bytes(content)
    raise EvidenceError(f"a picture of shape {image_bgr.shape} cannot be encoded")
