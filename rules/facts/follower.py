"""Follows every road user of a camera: steady places on the ground, and where a track went over to another object."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from domain.geometry import BoxPx
from domain.seen.scene import Scene
from domain.seen.track import TrackPoint
from rules.facts.contact import Contact
from rules.facts.ground_plane import GroundPlane
from rules.facts.jumps import surely_no_jumps
from rules.facts.placed import Placed, with_rows
from rules.facts.road_user import RoadUser
from rules.kit.steadying import middle_boxes


class Follower:
    """All road users of one camera at one picture size."""

    def __init__(self, plane: GroundPlane) -> None:
        self._plane = plane
        self._users: dict[int, RoadUser] = {}
        self._free_rows: list[int] = []
        self._last = np.zeros((0, 4))  # by row: contact x and y, width and height of the last sighting
        self.placed: tuple[Placed, ...] = ()  # what became ripe with the last scene, in the order of each track

    def step(self, scene: Scene) -> tuple[RoadUser, ...]:
        """Take in one scene.

        Returns:
            Everybody, by track id; who is ``gone`` is handed out for the last time.
        """
        self._forget_gone()
        for track in scene.tracks:
            user = self._users.get(track.track_id)
            if user is None:
                before_all = track.points[0].at - timedelta(microseconds=1)
                row = self._free_rows.pop() if self._free_rows else len(self._users)
                user = RoadUser(track=track, row=row, in_scene_at=scene.at, seen_until=before_all)
                self._users[track.track_id] = user
            user.see(track, scene.at)
        return self._ripened(scene.at, ended=False)

    def finish(self, now: datetime) -> tuple[RoadUser, ...]:
        """The stream has ended: everybody is gone."""
        self._forget_gone()
        return self._ripened(now, ended=True)

    def _forget_gone(self) -> None:
        for user in [user for user in self._users.values() if user.gone]:
            del self._users[user.track.track_id]
            self._free_rows.append(user.row)

    def _ripened(self, now: datetime, *, ended: bool) -> tuple[RoadUser, ...]:
        users = tuple(self._users[track_id] for track_id in sorted(self._users))
        for user in users:
            user.gone = ended or user.in_scene_at < now
            user.new = ()
        waiting: Sequence[RoadUser] = users
        placed = []
        while waiting:
            ripe = [(user, found) for user in waiting if (found := user.next_ripe(now)) is not None]
            waiting = [user for user, _ in ripe]
            if waiting:
                placed.append(self._placed(waiting, [found for _, found in ripe]))
        self.placed = tuple(placed)
        return users

    def _placed(self, users: Sequence[RoadUser], ripe: Sequence[tuple[TrackPoint, Sequence[BoxPx]]]) -> Placed:
        """Place one sighting of each of some road users."""
        rows = np.array([user.row for user in users], np.intp)
        self._last = with_rows(self._last, rows)
        steady = middle_boxes([around for _, around in ripe])
        points = np.stack(((steady[:, 0] + steady[:, 2]) / 2, steady[:, 3]), axis=1)
        sides = np.maximum(steady[:, 2:] - steady[:, :2], 1.0)
        now = np.concatenate((points, sides), axis=1)
        with np.errstate(divide="ignore", invalid="ignore"):
            no_jumps = surely_no_jumps(self._last[rows], now)
        self._last[rows] = now
        contacts, before = [], []
        columns = (steady.tolist(), now.tolist(), self._plane.places(points).tolist(), no_jumps.tolist())
        for user, (point, _), box, (x, y, width_px, height_px), ground, no_jump in zip(
            users, ripe, *columns, strict=True
        ):
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
                ground=(ground[0], ground[1]),
            )
            contact = user.place(contact, no_jump=no_jump)
            contacts.append(contact)
            before.append(last if contact.number else None)
        return Placed(
            users=users,
            contacts=contacts,
            before=before,
            rows=rows,
            begins=np.array([one is None for one in before], np.bool_),
            boxes_xyxy_px=np.array([point.box_xyxy_px for point, _ in ripe], np.float64),
            steady_xyxy_px=steady,
            points_px=points,
            widths_px=sides[:, 0],
            heights_px=sides[:, 1],
        )
