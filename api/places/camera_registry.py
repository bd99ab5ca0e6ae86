"""Cameras as the centre knows them: where each looks, by what came in of it last, and what is wrong with its place."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, func, select, update

from api.persistence.store import Store, Work
from api.persistence.tables import cameras
from api.persistence.upsert import insert_if_absent
from api.places.routing import Place, PlaceProblem, Router
from api.places.ward_map import Ward
from api.principals import Permission, Principal
from domain.camera import Position

MOST_A_BOX = 64
_LONGEST_NAME = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class ToldCamera:
    """What a message says of its camera."""

    box_id: str
    camera_id: str
    name: str
    road: str
    ward: str
    position: Position
    at: datetime  # what the message tells of; what tells of an earlier time changes nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisteredCamera:
    """One camera."""

    box_id: str
    camera_id: str
    name: str
    road: str
    ward_said: str  # by its file
    position: Position
    place: Place  # by the borders
    told_at: datetime


class CameraRegistry:
    """The cameras of all boxes.

    Args:
        store: the centre's memory.
        router: knows the wards.
    """

    def __init__(self, store: Store, router: Router) -> None:
        self._store = store
        self._router = router

    @property
    def wards(self) -> tuple[Ward, ...]:
        """Wards with their borders; none where the centre has none."""
        return () if self._router.wards is None else self._router.wards.wards

    def cameras(self, actor: Principal) -> tuple[RegisteredCamera, ...]:
        """Every camera, by box and id.

        Raises:
            NotAllowed: the role may not see it.
        """
        actor.require(Permission.HEALTH_READ)
        return self.all_cameras()

    def all_cameras(self) -> tuple[RegisteredCamera, ...]:
        """The same; who calls has seen to it that the person may see it."""
        with self._store.read() as connection:
            rows = connection.execute(select(cameras).order_by(cameras.c.box_id, cameras.c.camera_id)).all()
        return tuple(self._registered(row) for row in rows)

    def misplaced(self) -> tuple[RegisteredCamera, ...]:
        """Those whose place is wrong, the worst first."""
        order = list(PlaceProblem)
        found = [each for each in self.all_cameras() if each.place.problem is not None]
        return tuple(sorted(found, key=lambda each: order.index(each.place.problem or PlaceProblem.NEAR_BORDER)))

    def camera(self, box_id: str, camera_id: str) -> RegisteredCamera | None:
        """One camera; None where nothing of it came in. Who calls has seen to it that the person may see it."""
        its = (cameras.c.box_id == box_id) & (cameras.c.camera_id == camera_id)
        with self._store.read() as connection:
            row = connection.execute(select(cameras).where(its)).one_or_none()
        return None if row is None else self._registered(row)

    def _registered(self, row: Row[Any]) -> RegisteredCamera:
        position = Position(latitude_deg=row.latitude_deg, longitude_deg=row.longitude_deg)
        return RegisteredCamera(
            box_id=row.box_id,
            camera_id=row.camera_id,
            name=row.name,
            road=row.road,
            ward_said=row.ward_said,
            position=position,
            place=self._router.place(row.ward_said, position),
            told_at=row.told_at,
        )


def note_camera(work: Work, told: ToldCamera) -> None:
    """Remember what a message says of its camera, if it is news; of a box the newest 64 are kept.

    A message from a future, by a box whose clock was wrong, counts as of now, and does not stand for ever.
    """
    key = (cameras.c.box_id == told.box_id) & (cameras.c.camera_id == told.camera_id)
    values = {
        "name": _plain(told.name),
        "road": _plain(told.road),
        "ward_said": _plain(told.ward),
        "latitude_deg": told.position.latitude_deg,
        "longitude_deg": told.position.longitude_deg,
    }
    at = min(told.at, work.now)
    known = work.connection.execute(select(cameras).where(key)).one_or_none()
    if known is None:
        _make_room(work, told.box_id)
        new = {"box_id": told.box_id, "camera_id": told.camera_id, "told_at": at}
        if insert_if_absent(work.connection, cameras, new | values):
            return
        known = work.connection.execute(select(cameras).where(key)).one_or_none()  # another message brought it just now
    if known is not None and at > known.told_at and known._asdict() | values != known._asdict():
        newer = key & (cameras.c.told_at < at)
        work.connection.execute(update(cameras).where(newer).values(told_at=at, **values))


def _make_room(work: Work, box_id: str) -> None:
    of_box = cameras.c.box_id == box_id
    count = work.connection.execute(select(func.count()).select_from(cameras).where(of_box)).scalar_one()
    if count >= MOST_A_BOX:
        oldest = select(cameras.c.camera_id).where(of_box).order_by(cameras.c.told_at, cameras.c.camera_id)
        gone = work.connection.execute(oldest.limit(count - MOST_A_BOX + 1)).scalars().all()
        work.connection.execute(delete(cameras).where(of_box & cameras.c.camera_id.in_(gone)))


def _plain(text: str) -> str:
    return text.replace("\0", "")[:_LONGEST_NAME]
