"""Follows every road user of a camera: steady places on the ground, and where a track went over to another object."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np

from domain.geometry import Float64Array
from domain.seen.scene import Scene
from domain.seen.track import TrackPoint
from rules.facts.contact import Contact
from rules.facts.ground_plane import GroundPlane
from rules.facts.jumps import surely_no_jumps
from rules.facts.placed import Placed
from rules.facts.road_user import RoadUser
from rules.kit.rows import NewestMedians, Rows, with_rows
from rules.kit.steadying import Ripe, Steadying

_SHAKES = 64
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Follower:
    """All road users of one camera at one picture size."""

    def __init__(self, plane: GroundPlane) -> None:
        self._plane = plane
        self._users: dict[int, RoadUser] = {}
        self._free_rows: list[int] = []
        self._last = np.zeros((0, 4))  # by row: contact x and y, width and height of the last sighting
        self._steadying = Steadying()
        self._shakes = NewestMedians(_SHAKES)
        self.placed: tuple[Placed, ...] = ()  # what became ripe with the last scene, in the order of each track
        self.gone: tuple[RoadUser, ...] = ()  # of those of the last scene

    def step(self, scene: Scene) -> tuple[RoadUser, ...]:
        """Take in one scene.

        Returns:
            Everybody, by track id; who is ``gone`` is handed out for the last time.
        """
        self._forget_gone()
        newer: list[list[tuple[int, TrackPoint]]] = []  # first sightings of each, then second ones, most often none
        for track in scene.tracks:
            user = self._users.get(track.track_id)
            if user is None:
                before_all = track.points[0].at - timedelta(microseconds=1)
                row = self._free_rows.pop() if self._free_rows else len(self._users)
                self._steadying.begin(row)
                user = RoadUser(track=track, row=row, in_scene_at=scene.at, seen_until=before_all)
                self._users[track.track_id] = user
            for number, point in enumerate(user.see(track, scene.at)):
                if number == len(newer):
                    newer.append([])
                newer[number].append((user.row, point))
        for sightings in newer:
            points = [point for _, point in sightings]
            self._steadying.add(
                np.array([row for row, _ in sightings], np.intp),
                np.array([point.box_xyxy_px for point in points], np.float64),
                np.array([_microseconds(point.at) for point in points], np.int64),
            )
        return self._ripened(scene.at, ended=False)

    def finish(self, now: datetime) -> tuple[RoadUser, ...]:
        """The stream has ended: everybody is gone."""
        self._forget_gone()
        return self._ripened(now, ended=True)

    def _forget_gone(self) -> None:
        for user in self.gone:
            del self._users[user.track.track_id]
            self._free_rows.append(user.row)
        self.gone = ()

    def _ripened(self, now: datetime, *, ended: bool) -> tuple[RoadUser, ...]:
        users = tuple(self._users[track_id] for track_id in sorted(self._users))
        for user in users:
            user.gone = ended or user.in_scene_at < now
            user.new = ()
        rows = np.array([user.row for user in users], np.intp)
        gone = np.array([user.gone for user in users], np.bool_)
        placed, waiting = [], np.arange(len(users))
        now_us = _microseconds(now)
        while ripe := self._steadying.next_ripe(rows[waiting], now_us, all_of=gone[waiting]):
            waiting = waiting[ripe.which]
            placed.append(self._placed([users[index] for index in waiting.tolist()], rows[waiting], ripe))
        self.gone = tuple(user for user in users if user.gone)
        if len(placed) > 1:  # who has several shakes by now as all of them say
            placed = [replace(one, jitters=self._shakes.of(one.rows)) for one in placed]
        self.placed = tuple(placed)
        return users

    def _placed(self, users: Sequence[RoadUser], rows: Rows, ripe: Ripe) -> Placed:
        """Place one sighting of each of some road users."""
        room = len(self._users) + len(self._free_rows)
        self._last = with_rows(self._last, room)
        boxes, steady = ripe.boxes_xyxy_px, ripe.steady_xyxy_px
        now: Float64Array = np.empty(steady.shape)
        points, sides = now[:, :2], now[:, 2:]
        points[:, 0], points[:, 1] = (steady[:, 0] + steady[:, 2]) / 2, steady[:, 3]
        np.maximum(steady[:, 2:] - steady[:, :2], 1.0, out=sides)
        with np.errstate(divide="ignore", invalid="ignore"):
            no_jumps = surely_no_jumps(self._last[rows], now)
        self._last[rows] = now
        ground = self._plane.places(points)
        measured = zip(steady.tolist(), now.tolist(), ground.tolist(), no_jumps.tolist(), strict=True)
        before = []
        for user, (box, (x, y, width_px, height_px), (along, across), no_jump) in zip(users, measured, strict=True):
            point = user.waiting.popleft()
            last = user.way[-1] if user.way else None
            contact = Contact(
                at=point.at,
                leg=user.leg,
                number=0 if last is None else last.number + 1,
                box_xyxy_px=point.box_xyxy_px,
                steady_xyxy_px=(box[0], box[1], box[2], box[3]),
                point_px=(x, y),
                width_px=width_px,
                height_px=height_px,
                ground=(along, across),
            )
            before.append(last if user.place(contact, no_jump=no_jump) else None)
        begins = np.array([one is None for one in before], np.bool_)
        if begins.any():
            self._shakes.begin(rows[begins])
        off_px = np.hypot((boxes[:, 0] + boxes[:, 2]) / 2 - points[:, 0], boxes[:, 3] - points[:, 1])
        self._shakes.add(rows, off_px / sides[:, 1])
        return Placed(
            users=users,
            contacts=[user.way[-1] for user in users],
            before=before,
            rows=rows,
            room=room,
            begins=begins,
            at_us=ripe.at_us,
            boxes_xyxy_px=boxes,
            steady_xyxy_px=steady,
            points_px=points,
            ground=ground,
            widths_px=sides[:, 0],
            heights_px=sides[:, 1],
            jitters=self._shakes.of(rows),
        )


def _microseconds(at: datetime) -> int:
    return (at - _EPOCH) // _MICROSECOND
