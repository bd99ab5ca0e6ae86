"""What boxes say of themselves and their cameras; bounded, the newest wins."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

from pydantic import ValidationError
from sqlalchemy import Row, delete, func, insert, select

from api.cameras.problem_spans import note_problems
from api.persistence.store import Store, Work
from api.persistence.tables import arriving_cases, box_status, boxes, camera_status, health_events
from api.persistence.upsert import upsert
from api.principals import Permission, Principal
from domain.errors import Invalid
from domain.fleet.health import EARLIEST, HealthEvent, HealthProblem, Heartbeat, StreamState

MAX_HEALTH_BYTES = 64 * 1024
MAX_CAMERAS_A_BOX = 64
MAX_EVENTS = 500  # of one camera: one that comes and goes pushes out no other
KEPT_FOR = timedelta(days=90)
CLOCK_SLACK = timedelta(minutes=5)  # what a box with a wrong clock said of the future does not stand for ever
_MAX_WORD = 63
_MAX_REASON = 300
_Message = TypeVar("_Message", Heartbeat, HealthEvent)


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraHealth:
    """One camera's stream as its box last reported it."""

    box_id: str
    camera_id: str
    state: StreamState
    at: datetime  # since when, by the box's clock
    reason: str
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BoxHealth:
    """One box as it last reported."""

    box_id: str
    status: str  # online, draining, offline
    heartbeat_at: datetime | None  # by the box's clock; None in its last will
    received_at: datetime
    software_version: str
    unsent_cases: int
    problems: tuple[HealthProblem, ...]
    arriving_cases: int  # packages of it that are not whole yet; no cases
    silent_since: datetime | None  # by the centre's clock; None: it is heard, or said that it was being switched off


@dataclass(frozen=True, slots=True, kw_only=True)
class SilentBox:
    """A box of which nothing is heard."""

    box_id: str
    since: datetime  # by the centre's clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """A message that is not taken in, and why."""

    box_id: str
    error: Invalid


class FleetHealth:
    """The fleet's state of health.

    Args:
        store: the centre's memory.
        silent_after: a box of which nothing was heard for so long, by the centre's clock, is silent.
    """

    def __init__(self, store: Store, *, silent_after: timedelta) -> None:
        self._store = store
        self._silent_after = silent_after

    def heartbeat(self, box_id: str, payload: bytes) -> None:
        """Take in one sign of life.

        Raises:
            Invalid: no heartbeat of this box, or the box is not registered.
            StoreUnavailable: offer it again later.
        """
        for refused in self.heartbeats([(box_id, payload)]):
            raise refused.error

    def heartbeats(self, told: Sequence[tuple[str, bytes]]) -> tuple[Refused, ...]:
        """Take in signs of life of boxes in one transaction, in their order.

        The same one again, as a broker sends what it retained, is none.

        Args:
            told: by which box, and the message.

        Returns:
            Those that are no heartbeat of their box, or whose box is not registered; the others stand.

        Raises:
            StoreUnavailable: none stands; offer them again later.
        """
        refused: list[Refused] = []
        beats: list[tuple[str, Heartbeat]] = []
        for box_id, payload in told:
            try:
                beats.append((box_id, _heartbeat_of(box_id, payload)))
            except Invalid as error:
                refused.append(Refused(box_id=box_id, error=error))
        if beats:
            with self._store.write() as work:
                known = select(boxes.c.box_id).where(boxes.c.box_id.in_({box_id for box_id, _ in beats}))
                registered = set(work.connection.execute(known).scalars())
                for box_id, beat in beats:
                    if box_id in registered:
                        _take(work, box_id, beat)
                    else:
                        refused.append(Refused(box_id=box_id, error=Invalid("the box is not registered")))
        return tuple(refused)

    def health_event(self, box_id: str, payload: bytes) -> None:
        """Take in a change of a camera's stream.

        Raises:
            Invalid: no health event of this box, or the box is not registered.
            StoreUnavailable: offer it again later.
        """
        event = _parse(HealthEvent, payload)
        if event.box_id not in {"", box_id} or not 0 < len(event.camera_id) <= _MAX_WORD or "\0" in event.camera_id:
            raise Invalid("the health event is of another box, or names no camera")
        values = {
            "box_id": box_id,
            "camera_id": event.camera_id,
            "state": event.state.value,
            "at": event.at,
            "reason": _plain(event.reason, _MAX_REASON),
        }
        with self._store.write() as work:
            _require_registered(work, box_id)
            key = (camera_status.c.box_id == box_id) & (camera_status.c.camera_id == event.camera_id)
            latest = work.connection.execute(select(camera_status.c.at).where(key)).scalar_one_or_none()
            if latest is None and self._cameras(work, box_id) >= MAX_CAMERAS_A_BOX:
                raise Invalid("the box names too many cameras")
            if latest is None or latest <= event.at or latest > work.now + CLOCK_SLACK:
                upsert(work.connection, camera_status, values | {"received_at": work.now})
            work.connection.execute(insert(health_events).values(**values))
            _forget_most(work, box_id, event.camera_id)

    def forget_old(self) -> int:
        """Drop changes of streams that are long past.

        Returns:
            How many.
        """
        with self._store.write() as work:
            old = health_events.c.at < work.now - KEPT_FOR
            return work.connection.execute(delete(health_events).where(old)).rowcount

    def cameras(self, actor: Principal) -> tuple[CameraHealth, ...]:
        """Every camera's last state.

        Raises:
            NotAllowed: the role may not see it.
        """
        actor.require(Permission.HEALTH_READ)
        return self.all_cameras()

    def all_cameras(self) -> tuple[CameraHealth, ...]:
        """The same; who calls has seen to it that the person may see it."""
        statement = select(camera_status).order_by(camera_status.c.box_id, camera_status.c.camera_id)
        with self._store.read() as connection:
            rows = connection.execute(statement).all()
        return tuple(
            CameraHealth(
                box_id=row.box_id,
                camera_id=row.camera_id,
                state=StreamState(row.state),
                at=row.at,
                reason=row.reason,
                received_at=row.received_at,
            )
            for row in rows
        )

    def boxes(self, actor: Principal) -> tuple[BoxHealth, ...]:
        """Every box's last sign of life.

        Raises:
            NotAllowed: the role may not see it.
        """
        actor.require(Permission.HEALTH_READ)
        return self.all_boxes()

    def all_boxes(self) -> tuple[BoxHealth, ...]:
        """The same; who calls has seen to it that the person may see it."""
        arriving = select(arriving_cases.c.box_id, func.count()).group_by(arriving_cases.c.box_id)
        now = self._store.clock.now()
        with self._store.read() as connection:
            rows = connection.execute(select(box_status).order_by(box_status.c.box_id)).all()
            counted = {str(box_id): int(count) for box_id, count in connection.execute(arriving)}
        return tuple(
            BoxHealth(
                **row._asdict()
                | {
                    "problems": _problems(row.problems),
                    "arriving_cases": counted.get(row.box_id, 0),
                    "silent_since": self._silent_since(row, now),
                }
            )
            for row in rows
        )

    def silent_boxes(self) -> tuple[SilentBox, ...]:
        """Every box of which nothing is heard, the longest silent first; for whoever watches the centre."""
        now = self._store.clock.now()
        with self._store.read() as connection:
            rows = connection.execute(select(box_status)).all()
        silent = [(since, row.box_id) for row in rows if (since := self._silent_since(row, now)) is not None]
        return tuple(SilentBox(box_id=box_id, since=since) for since, box_id in sorted(silent))

    def _silent_since(self, row: Row[Any], now: datetime) -> datetime | None:
        """Since when nothing was heard of a box; a last will bears no instant, since it is the broker's word."""
        if row.status == "offline":
            return row.received_at if row.heartbeat_at is None else None
        return row.received_at if now - row.received_at > self._silent_after else None

    def _cameras(self, work: Work, box_id: str) -> int:
        statement = select(func.count()).select_from(camera_status).where(camera_status.c.box_id == box_id)
        return work.connection.execute(statement).scalar_one()


def _parse(model: type[_Message], payload: bytes) -> _Message:
    if len(payload) > MAX_HEALTH_BYTES:
        raise Invalid(f"a health message has at most {MAX_HEALTH_BYTES} bytes")
    try:
        return model.model_validate_json(payload)
    except ValidationError as error:
        raise Invalid(f"not a {model.__name__}: {error.error_count()} faults") from error


def _heartbeat_of(box_id: str, payload: bytes) -> Heartbeat:
    beat = _parse(Heartbeat, payload)
    if beat.box_id != box_id or len(beat.cameras) > MAX_CAMERAS_A_BOX:
        raise Invalid("the heartbeat is of another box, or names too many cameras")
    return beat


def _take(work: Work, box_id: str, beat: Heartbeat) -> None:
    values = {
        "box_id": box_id,
        "status": beat.status,
        "heartbeat_at": beat.at,
        "software_version": _plain(beat.software_version, 40),
        "unsent_cases": max(0, min(beat.unsent_cases, 2**31 - 1)),
        "problems": json.dumps([each.model_dump(mode="json") for each in beat.problems]),
    }
    note_problems(work, box_id, beat)
    row = work.connection.execute(select(box_status).where(box_status.c.box_id == box_id)).one_or_none()
    if row is None or row._asdict() | values != row._asdict():
        upsert(work.connection, box_status, values | {"received_at": work.now})


def _forget_most(work: Work, box_id: str, camera_id: str) -> None:
    """Keep the newest changes of a camera."""
    its = (health_events.c.box_id == box_id) & (health_events.c.camera_id == camera_id)
    kept = select(health_events.c.id).where(its).order_by(health_events.c.id.desc()).offset(MAX_EVENTS - 1).limit(1)
    oldest = work.connection.execute(kept).scalar_one_or_none()
    if oldest is not None:
        work.connection.execute(delete(health_events).where(its & (health_events.c.id < oldest)))


def _require_registered(work: Work, box_id: str) -> None:
    if work.connection.execute(select(boxes.c.box_id).where(boxes.c.box_id == box_id)).one_or_none() is None:
        raise Invalid("the box is not registered")


def _problems(stored: str) -> tuple[HealthProblem, ...]:
    return tuple(
        HealthProblem.from_words(each, EARLIEST) if isinstance(each, str) else HealthProblem.model_validate(each)
        for each in json.loads(stored)
    )


def _plain(text: str, length: int) -> str:
    return text.replace("\0", "")[:length]
