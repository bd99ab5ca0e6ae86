"""Whether a track shows the vehicle of an act of which there is a case, whatever the track is called."""

import math
import statistics
from collections.abc import Sequence

from domain.geometry import box_iou
from domain.instants import seconds_between
from domain.seen.track import TrackPoint
from rules.acts.told_act import ToldAct
from rules.kit.road_path import path_through
from rules.kit.stays.standing import box_size_px, centre

BREAK_S = 1.5
_TWIN_IOU = 0.6
_CONTINUES_IOU = 0.25
_MIN_TWIN_INSTANTS = 2
_LONGEST_NEAR_S = 4.0  # unseen for no longer it is looked for all around the way ahead ...
_LONGEST_UNSEEN_S = 12.0  # ... and for no longer than this on its very path
_REACH = 1.5  # how much faster than last seen a vehicle may have gone on while nobody saw it
_SLACK_S = 0.5  # so much earlier or later than foretold it may be in a place, and ...
_SLACK_SHARE = 0.3  # ... this share of the span in which it was unseen
_LEAST_IOU_ON_PATH = 0.3


def are_twins(act: ToldAct, points: Sequence[TrackPoint]) -> bool:
    """Two tracks at the same instants in the same place: one vehicle seen twice."""
    own = {point.at: point.box_xyxy_px for point in act.points}
    overlaps = [box_iou(point.box_xyxy_px, own[point.at]) for point in points if point.at in own]
    return len(overlaps) >= _MIN_TWIN_INSTANTS and statistics.median(overlaps) >= _TWIN_IOU


def goes_on_from(act: ToldAct, points: Sequence[TrackPoint], *, whole: bool) -> bool:
    """The track begins, or jumps to, where the act's vehicle should be just after that was last seen.

    Args:
        act: that has its case.
        points: of the track in question, oldest first.
        whole: the points reach back to the track's beginning.
    """
    previous: TrackPoint | None = None
    for point in points:
        gap_s = seconds_between(act.points[-1].at, point.at)
        if gap_s > 0:
            if gap_s > BREAK_S or (previous is None and not whole):
                return False
            own = box_iou(previous.box_xyxy_px, point.box_xyxy_px) if previous is not None else 0.0
            fit = act.fit(point)
            return fit >= _CONTINUES_IOU and fit > own
        previous = point
    return False


def went_on_near(act: ToldAct, first: TrackPoint, longest_s: float = _LONGEST_NEAR_S) -> bool:
    """Whether the track begins where the vehicle can have gone on to within some seconds, and not behind.

    Args:
        act: that has its case.
        first: the first sighting of the track in question.
        longest_s: a vehicle unseen for longer can be anywhere.
    """
    last = act.points[-1]
    gap_s = seconds_between(last.at, first.at)
    if not 0 < gap_s <= longest_s:
        return False
    (x, y), (last_x, last_y) = centre(first.box_xyxy_px), centre(last.box_xyxy_px)
    speed_x, speed_y = act.speed_px_s
    size_px = box_size_px(last.box_xyxy_px)
    behind = (x - last_x) * speed_x + (y - last_y) * speed_y < -size_px * math.hypot(speed_x, speed_y)
    reach_px = _REACH * math.hypot(speed_x, speed_y) * gap_s + size_px
    return not behind and math.dist((x, y), (last_x, last_y)) <= reach_px


def went_on_along_path(act: ToldAct, first: TrackPoint) -> bool:
    """Whether the track begins on the vehicle's path, as large as it must be there, about when it must be there.

    Args:
        act: that has its case.
        first: the first sighting of the track in question.
    """
    gap_s = seconds_between(act.points[-1].at, first.at)
    if not 0 < gap_s <= _LONGEST_UNSEEN_S:
        return False
    path = path_through(act.points)
    if path is None:
        return False
    slack_s = _SLACK_S + _SLACK_SHARE * gap_s
    steps = [gap_s + slack_s * (step / 10 - 1) for step in range(21)]
    boxes = [box for after_s in steps if after_s > 0 and (box := path.box_after(after_s)) is not None]
    return any(box_iou(first.box_xyxy_px, box) >= _LEAST_IOU_ON_PATH for box in boxes)
