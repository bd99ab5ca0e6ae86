"""Looks at the riders of motorcycles: where a rule asks, at several distances, and never many in one picture."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from math import dist

from detectors.riders.head_classifier import HeadClassifier
from detectors.riders.head_region import head_region
from detectors.riders.seating import Seating, SeatingSettings, seat_riders
from domain.camera import Zone
from domain.geometry import BoxPx, SizeWh, bottom_centre, box_iou, contains
from domain.instants import seconds_between
from domain.seen.detections import Detections
from domain.seen.frame import Frame
from domain.seen.riders import RiderLooks, RiderSeen, RidersLook
from domain.seen.track import Track

MOST_A_PICTURE = 4
MOST_A_TRACK = 8
_LEAST_APART_S = 0.3
_GREW = 1.12  # by so much larger or smaller it is at another distance
_MOVED_HEIGHTS = 0.5
_SAME_HEIGHTS = 1.0  # no farther from one picture to the next goes the motorcycle of a track
_SEATING = SeatingSettings()
MOTORCYCLE, PERSON = "motorcycle", "person"


@dataclass(slots=True, kw_only=True)
class _Looked:
    """How one track was looked at so far."""

    at: datetime
    box: BoxPx
    times: int


class HeadLooker:
    """Decides whom to look at, and looks. One a camera.

    Which track a motorcycle belongs to is only guessed here, from where tracks were in the picture before, so that
    nobody is looked at too often; facts tie looks to tracks by the boxes themselves.

    Args:
        classifier: tells heads apart; may be shared with other cameras.
        zones: those at which a rule asks for riders; elsewhere nobody is looked at.
    """

    def __init__(self, classifier: HeadClassifier, zones: Sequence[Zone]) -> None:
        self._classifier = classifier
        self._zones = tuple(zones)
        self._looked: dict[int, _Looked] = {}

    def look(
        self, frame: Frame, detections: Detections, tracks: Sequence[Track], evidence_wh: SizeWh
    ) -> RiderLooks | None:
        """Look at the riders of some motorcycles of a picture.

        Args:
            frame: the picture.
            detections: what was found in it, in pixels of the evidence stream.
            tracks: as they were after the picture before.
            evidence_wh: size of the evidence stream.

        Returns:
            One look for each motorcycle that was looked at; None: for nobody.

        Raises:
            DetectionError: the network failed.
        """
        frame_of_evidence = (
            frame.resolution_wh[0] / evidence_wh[0],
            frame.resolution_wh[1] / evidence_wh[1],
        )
        least_px = _SEATING.least_height_px / frame_of_evidence[1]
        boxes = [(x1, y1, x2, y2) for x1, y1, x2, y2 in detections.boxes_xyxy_px.tolist()]
        motorcycles = [box for row, box in enumerate(boxes) if detections.label_of(row) == MOTORCYCLE]
        self._forget(tracks)
        chosen = list(self._due(motorcycles, tracks, frame.captured_at, evidence_wh, least_px))
        if not chosen:
            return None
        people = [box for row, box in enumerate(boxes) if detections.label_of(row) == PERSON]
        seatings = seat_riders(motorcycles, people, SeatingSettings(least_height_px=least_px))
        seated = [(row, track_id) for row, track_id in chosen if seatings[row].people][:MOST_A_PICTURE]
        if not seated:
            return None
        looks = self._looks(frame, motorcycles, people, [(row, seatings[row]) for row, _ in seated], frame_of_evidence)
        for row, track_id in seated:
            self._note(track_id, motorcycles[row], frame.captured_at)
        return RiderLooks(model=self._classifier.model, looks=tuple(looks))

    def _looks(
        self,
        frame: Frame,
        motorcycles: Sequence[BoxPx],
        people: Sequence[BoxPx],
        seated: Sequence[tuple[int, Seating]],
        frame_of_evidence: tuple[float, float],
    ) -> Iterator[RidersLook]:
        heads = [head_region(people[person]) for _, seating in seated for person in seating.people]
        told = iter(self._classifier.look(frame.image_bgr, [_scaled(head, frame_of_evidence) for head in heads]))
        for row, seating in seated:
            riders = tuple(
                RiderSeen(
                    person_xyxy_px=people[person],
                    head_xyxy_px=_rounded(head_region(people[person])),
                    wear=look.wear,
                    confidence=round(look.confidence, 3),
                    sharpness=round(look.sharpness, 1),
                )
                for person, look in zip(seating.people, islice(told, len(seating.people)), strict=True)
            )
            count = None if seating.count == "unknown" else len(riders)
            yield RidersLook(motorcycle_xyxy_px=motorcycles[row], count=count, riders=riders)

    def _due(
        self,
        motorcycles: Sequence[BoxPx],
        tracks: Sequence[Track],
        now: datetime,
        evidence_wh: SizeWh,
        least_px: float,
    ) -> list[tuple[int, int | None]]:
        """Row and likely track of those worth a look: who had fewest first, then the largest."""
        due = []
        for row, box in enumerate(motorcycles):
            large = box[3] - box[1] >= least_px
            if not large or not self._is_asked_for(box, evidence_wh):
                continue
            track_id = _likely_track(box, tracks)
            looked = None if track_id is None else self._looked.get(track_id)
            if looked is None or _is_another_distance(looked, box, now):
                due.append((0 if looked is None else looked.times, box[1] - box[3], box, row, track_id))
        return [(row, track_id) for *_, row, track_id in sorted(due, key=lambda one: one[:3])]

    def _is_asked_for(self, box: BoxPx, evidence_wh: SizeWh) -> bool:
        x, y = bottom_centre(box)
        at = (x / evidence_wh[0], y / evidence_wh[1])
        return any(contains(zone.polygon_norm, at) for zone in self._zones)

    def _note(self, track_id: int | None, box: BoxPx, now: datetime) -> None:
        if track_id is None:
            return
        before = self._looked.get(track_id)
        self._looked[track_id] = _Looked(at=now, box=box, times=1 if before is None else before.times + 1)

    def _forget(self, tracks: Sequence[Track]) -> None:
        alive = {track.track_id for track in tracks}
        self._looked = {track_id: looked for track_id, looked in self._looked.items() if track_id in alive}


def _is_another_distance(looked: _Looked, box: BoxPx, now: datetime) -> bool:
    height_px, before_px = box[3] - box[1], looked.box[3] - looked.box[1]
    grew = max(height_px / before_px, before_px / height_px) >= _GREW
    moved = dist(bottom_centre(box), bottom_centre(looked.box)) >= _MOVED_HEIGHTS * before_px
    return looked.times < MOST_A_TRACK and seconds_between(looked.at, now) >= _LEAST_APART_S and (grew or moved)


def _likely_track(box: BoxPx, tracks: Sequence[Track]) -> int | None:
    """The motorcycle's track that was nearest in the picture before; None: a new one, or not confirmed yet."""
    reach_px = _SAME_HEIGHTS * (box[3] - box[1])
    near = [
        (-box_iou(box, track.newest.box_xyxy_px), off_px, track.track_id)
        for track in tracks
        if track.label == MOTORCYCLE
        and (off_px := dist(bottom_centre(box), bottom_centre(track.newest.box_xyxy_px))) <= reach_px
    ]
    return min(near)[2] if near else None


def _scaled(box: BoxPx, factors: tuple[float, float]) -> BoxPx:
    (x1, y1, x2, y2), (wide, tall) = box, factors
    return (x1 * wide, y1 * tall, x2 * wide, y2 * tall)


def _rounded(box: BoxPx) -> BoxPx:
    """To a tenth of a pixel: what a log holds, so that a replay gives the same to the byte."""
    x1, y1, x2, y2 = (round(side, 1) for side in box)
    return (x1, y1, x2, y2)
