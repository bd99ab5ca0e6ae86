"""Whether a vehicle is still in its place: who covers it, who left it, who came into it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np

from domain.geometry import BoxPx, Float64Array, box_iou
from domain.instants import seconds_between
from domain.seen.scene import Scene
from domain.seen.track import Track
from rules.facts.stays.stay import Stay
from rules.kit.stays.standing import box_size_px, hidden_share, newer_points, went_step_by_step

EXCHANGE_S = 6.0  # sooner nobody can have left and another have come
_ARRIVED_BOXES = 2
_COMES_S = 8.0
_STEP_IOU = 0.4  # of one box with the next while a vehicle comes: neighbours overlap less
OPEN_ENOUGH_S = 3.0
_WAY_BACK_POINTS = 40
_SURE_SHARE = 0.6
_STILL_COVERS_S = 1.0
_LEVEL_SIZES = 0.1  # who stands so little farther back may still cover a place
_EMPTY_EDGE = 0.08
_NEIGHBOUR_SIZES = 4.0  # who sees the one sees the other
_SAME_LEVEL_SIZES = 0.01
_TWO_WHEELS = {"motorbike", "bicycle"}  # detectors take one for the other


@dataclass(frozen=True, slots=True, kw_only=True)
class StayLimits:
    """What counts as standing, leaving and being lost; lengths in sizes of the box, the square root of its area."""

    settle_s: float
    still_radius_sizes: float
    leave_distance_sizes: float
    leave_confirm_s: float
    sighting_gap_s: float
    survive_loss_s: float
    max_unseen_s: float
    survive_restart_s: float


def came_anew(stay: Stay, track: Track, limits: StayLimits) -> bool:
    """Whether its own track is elsewhere, or comes back from there after others can have changed places."""
    if is_away(stay, track.newest.box_xyxy_px, limits):
        return True
    if seconds_between(stay.last.at, track.newest.at) <= EXCHANGE_S:
        return False
    boxes = [point.box_xyxy_px for point in newer_points(track, stay.last.at)][-_WAY_BACK_POINTS:]
    return any(is_away(stay, box, limits) for box in boxes) and went_step_by_step(boxes)


def is_away(stay: Stay, box: BoxPx, limits: StayLimits) -> bool:
    """Whether a box lies clear of the place."""
    return stay.place.moved_sizes(box) > limits.leave_distance_sizes and stay.place.outside(box)


def look_at_places(stays: Sequence[Stay], scene: Scene, since: datetime | None, limits: StayLimits) -> None:
    """Whether the places of unseen vehicles were open to view in this picture."""
    step_s = 0.0 if since is None else seconds_between(since, scene.at)
    step_s = min(step_s, limits.sighting_gap_s)
    lately = [
        (track.track_id, track.newest.box_xyxy_px)
        for track in scene.tracks
        if track.observed or seconds_between(track.last_seen_at, scene.at) <= _STILL_COVERS_S
    ]
    seen = [track.newest.box_xyxy_px for track in scene.tracks if track.observed]  # a vehicle may look like a person
    stands = {stay.carrier_id: stay.place.now_px for stay in stays if stay.carrier_id is not None}
    silhouettes = _silhouettes([box for _, box in lately])
    for stay, over in zip(stays, _overlapping([stay.place.first_px for stay in stays], silhouettes), strict=True):
        before = [
            silhouettes[index].tolist()
            for index in over
            for track_id, box in (lately[index],)
            if not (stay.seen_now and track_id == stay.carrier_id)
            and _is_nearer(box, stands.get(track_id), stay.place.first_px)
        ]
        occupied = not stay.seen_now and any(stay.place.shows_whole(box) for box in seen)
        stay.look(
            1.0 if occupied else hidden_share(stay.place.first_px, before),
            step_s,
            neighbour_seen=not stay.seen_now
            and any(other is not stay and other.seen_now and _is_near(stay, other) for other in stays),
        )
        if not stay.seen_now and not stay.vacant and stay.is_free(limits.leave_confirm_s):
            stay.vacant, stay.carrier_id = True, None


def _overlapping(places: Sequence[BoxPx], boxes: Float64Array) -> list[list[int]]:
    """By place, the numbers of the boxes (N, 4) that cover a part of it."""
    if not places or not len(boxes):
        return [[] for _ in places]
    place, box = np.array(places)[:, None, :], boxes[None, :, :]
    over = (
        (box[..., 0] < place[..., 2])
        & (box[..., 2] > place[..., 0])
        & (box[..., 1] < place[..., 3])
        & (box[..., 3] > place[..., 1])
    )
    return [np.flatnonzero(row).tolist() for row in over]


def _is_near(stay: Stay, other: Stay) -> bool:
    return stay.place.moved_sizes(other.place.first_px) <= _NEIGHBOUR_SIZES


def has_left(stay: Stay, now: datetime, limits: StayLimits) -> bool:
    """Its track was seen to leave, and its place open and free for a moment since: the track has not hopped."""
    left_s = 0.0 if stay.left_at is None else seconds_between(stay.left_at, now)
    return left_s >= limits.leave_confirm_s and stay.free_s >= OPEN_ENOUGH_S


def is_replaced(stay: Stay, vehicles: Sequence[Track], now: datetime, limits: StayLimits) -> bool:
    """Whether another vehicle was seen to come into the place after nobody saw its own for long enough."""
    return (
        not stay.seen_now
        and seconds_between(stay.last.at, now) > EXCHANGE_S
        and any(
            came_into(stay, track, now, limits)
            for track in vehicles
            if len(track.points) >= _ARRIVED_BOXES and may_be(stay, track)
        )
    )


def came_into(stay: Stay, track: Track, now: datetime, limits: StayLimits) -> bool:
    """Whether a track came from elsewhere into the very place within some seconds, without a hop on the way."""
    if not stay.place.shows_whole(track.newest.box_xyxy_px):
        return False  # nearly every track: its way is not looked at
    boxes = [point.box_xyxy_px for point in track.points if seconds_between(point.at, now) <= _COMES_S]
    away = [index for index, box in enumerate(boxes) if is_away(stay, box, limits)]
    return (
        bool(away)
        and all(stay.place.shows_whole(box) for box in boxes[-_ARRIVED_BOXES:])
        and all(box_iou(one, other) >= _STEP_IOU for one, other in pairwise(boxes[away[-1] :]))
    )


def may_be(stay: Stay, track: Track) -> bool:
    """Whether the track's kind does not speak against it."""
    kinds = {track.vehicle_kind, stay.vehicle_kind}
    return len(kinds) == 1 or kinds == _TWO_WHEELS or track.label_share < _SURE_SHARE


def _is_nearer(box: BoxPx, stands_px: BoxPx | None, place: BoxPx) -> bool:
    """Whether a box may hide a place: by all its boxes together where it stands, else with some allowance."""
    if stands_px is not None:
        return stands_px[3] >= place[3] - _SAME_LEVEL_SIZES * box_size_px(place)
    return box[3] >= place[3] - _LEVEL_SIZES * box_size_px(place)


def _silhouettes(boxes: Sequence[BoxPx]) -> Float64Array:
    """What is seen in boxes is smaller than the boxes, (N, 4)."""
    box = np.array(boxes, np.float64).reshape(-1, 4)
    edges = _EMPTY_EDGE * (box[:, 2:] - box[:, :2])
    return np.concatenate((box[:, :2] + edges, box[:, 2:] - edges), axis=1)
