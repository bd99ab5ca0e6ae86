"""One act of which there is a case, and where its vehicle is expected now."""

from collections import deque
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from domain.geometry import BoxPx, box_iou
from domain.instants import seconds_between
from domain.seen.track import Track, TrackPoint
from rules.kit.road_path import path_through
from rules.kit.stays.standing import centre, newer_points

KEEP_POINTS = 64


@dataclass(slots=True, kw_only=True)
class ToldAct:
    """One act of which there is a case, and what has been seen of its vehicle since."""

    code: str
    case_id: str
    zone_ids: tuple[str, ...]
    track_ids: tuple[int, ...]  # empty when the act is of an earlier process: ids begin anew there
    began_at: datetime
    told_at: datetime
    points: deque[TrackPoint] = field(default_factory=lambda: deque(maxlen=KEEP_POINTS))
    place_px: BoxPx | None = None  # where it stands; None: it moves
    seen_until: datetime  # when its vehicle, or its place taken by a vehicle, was last seen
    broken: bool = False  # its track has jumped away: what it shows now is another object

    def follow(self, track: Track) -> None:
        """Take in newer sightings of the act's own track for as long as they are of the same object."""
        for point in () if self.broken else newer_points(track, self.points[-1].at):
            if box_iou(point.box_xyxy_px, self.expected(point.at)) <= 0.0:
                self.broken = True
                return
            self.points.append(point)
            if self.place_px is None:
                self.seen_until = point.at

    def expected(self, at: datetime) -> BoxPx:
        """Where the vehicle should be: gone straight on from its last sighting at its last speed."""
        last = self.points[-1]
        path = None if self.place_px is not None else path_through(self.points)
        box = None if path is None else path.box_after(seconds_between(last.at, at))
        if box is not None:
            return box
        shift_s = seconds_between(last.at, at)
        x_px_s, y_px_s = self.speed_px_s
        x1, y1, x2, y2 = last.box_xyxy_px
        return (x1 + x_px_s * shift_s, y1 + y_px_s * shift_s, x2 + x_px_s * shift_s, y2 + y_px_s * shift_s)

    @property
    def speed_px_s(self) -> tuple[float, float]:
        """How the middle of the box went over its last sightings."""
        last, earlier = self.points[-1], self.points[max(0, len(self.points) - 4)]
        span_s = seconds_between(earlier.at, last.at)
        if span_s <= 0:
            return (0.0, 0.0)
        (x, y), (earlier_x, earlier_y) = centre(last.box_xyxy_px), centre(earlier.box_xyxy_px)
        return ((x - earlier_x) / span_s, (y - earlier_y) / span_s)

    def fit(self, point: TrackPoint) -> float:
        """How well a later sighting fits what should be seen of the vehicle then, in [0, 1]."""
        return max(
            box_iou(point.box_xyxy_px, self.expected(point.at)), box_iou(point.box_xyxy_px, self.points[-1].box_xyxy_px)
        )

    def rescale(self, x: float, y: float) -> None:
        """The picture's size has changed by these factors."""
        self.points = deque(
            (
                TrackPoint(at=point.at, box_xyxy_px=_scaled(point.box_xyxy_px, x, y), score=point.score)
                for point in self.points
            ),
            KEEP_POINTS,
        )
        self.place_px = None if self.place_px is None else _scaled(self.place_px, x, y)

    def shift(self, by: timedelta) -> None:
        """The clock was set: all its times are this much later now."""
        self.began_at, self.told_at, self.seen_until = self.began_at + by, self.told_at + by, self.seen_until + by
        self.points = deque((replace(point, at=point.at + by) for point in self.points), KEEP_POINTS)


def _scaled(box: BoxPx, x: float, y: float) -> BoxPx:
    return (box[0] * x, box[1] * y, box[2] * x, box[3] * y)
