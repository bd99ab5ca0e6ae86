"""Alerts of all boxes: what operators should know now; bounded, and no part of the record but for who acknowledged."""

import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, delete, insert, select, update

from api.persistence.store import Store, Work
from api.persistence.tables import alerts, boxes
from api.principals import Permission, Principal
from domain.alert import Alert, AlertEnd, alert_id
from domain.camera import Mode
from domain.errors import Invalid, NotFound
from domain.instants import seconds_between

MAX_ALERT_BYTES = 8 * 1024
MAX_A_BOX = 1000  # so many alerts of one box are kept, the newest that came in
KEPT_FOR = timedelta(days=30)
STANDS_AT_MOST_S = 6 * 3600.0  # one whose end never came in stands no longer than this
MAX_PAGE = 200
MOST_SHOWN = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAlert:
    """One alert as it last came in."""

    number: int  # in order of arrival
    alert_id: uuid.UUID
    box_id: str
    camera_id: str
    camera_name: str
    road: str
    rule: str
    mode: Mode
    place_id: str
    label: str
    measurements: Mapping[str, float | int]
    began_at: datetime  # by the box's clock
    seen_until: datetime
    end: AlertEnd | None
    received_at: datetime
    acknowledged_by: str | None
    acknowledged_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertPage:
    """Alerts, newest arrival first, and where the next page begins."""

    items: tuple[StoredAlert, ...]
    next_cursor: str | None


class Alerts:
    """Takes alerts in, lists them, and notes who acknowledged them.

    Args:
        store: the centre's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def take(self, box_id: str, payload: bytes) -> None:
        """Take in an alert that begins or ends; whatever comes twice or in the wrong order changes nothing.

        Raises:
            Invalid: no alert of this box, or the box is not registered.
            StoreUnavailable: offer it again later.
        """
        alert = _parse(box_id, payload)
        with self._store.write() as work:
            if work.connection.execute(select(boxes.c.box_id).where(boxes.c.box_id == box_id)).one_or_none() is None:
                raise Invalid("the box is not registered")
            key = alerts.c.alert_id == str(alert.alert_id)
            known = work.connection.execute(select(alerts.c.end).where(key)).one_or_none()
            if known is None:
                _insert(work, alert)
                _forget_old(work, box_id)
            elif alert.end is not None and known.end is None:
                work.connection.execute(update(alerts).where(key).values(**_changing(alert)))

    def list(self, actor: Principal, *, cursor: str | None = None, limit: int = 50) -> AlertPage:
        """All alerts, newest arrival first; a cursor goes on where a page ended.

        Raises:
            NotAllowed: the role may not see alerts.
            Invalid: the cursor is not one of ours.
        """
        actor.require(Permission.ALERTS_READ)
        limit = min(max(limit, 1), MAX_PAGE)
        wanted = select(alerts).order_by(alerts.c.id.desc()).limit(limit + 1)
        if cursor is not None:
            if not cursor.isdecimal() or len(cursor) > len(str(2**31)):
                raise Invalid("the cursor is not one that this list gave")
            wanted = wanted.where(alerts.c.id < int(cursor))
        with self._store.read() as connection:
            rows = connection.execute(wanted).all()
        items = tuple(_stored(row) for row in rows[:limit])
        return AlertPage(items=items, next_cursor=str(items[-1].number) if len(rows) > limit else None)

    def standing(self) -> tuple[StoredAlert, ...]:
        """What calls operators now, the newest arrival first: nobody acknowledged it, and no rule is on trial.

        Who calls has seen to it that the person may see alerts. One that has ended stays until it is acknowledged.
        """
        since = self._store.clock.now() - timedelta(seconds=STANDS_AT_MOST_S)
        wanted = (
            select(alerts)
            .where(alerts.c.acknowledged_at.is_(None), alerts.c.shadow.is_(False), alerts.c.received_at > since)
            .order_by(alerts.c.id.desc())
            .limit(MOST_SHOWN)
        )
        with self._store.read() as connection:
            return tuple(_stored(row) for row in connection.execute(wanted).all())

    def acknowledge(self, actor: Principal, wanted: uuid.UUID) -> StoredAlert:
        """Note that a person has taken an alert; the first one stays, and is on record.

        Raises:
            NotAllowed: the role may not acknowledge.
            NotFound: there is no such alert any more.
        """
        actor.require(Permission.ALERTS_ACKNOWLEDGE)
        key = alerts.c.alert_id == str(wanted)
        with self._store.write() as work:
            row = work.connection.execute(select(alerts).where(key).with_for_update()).one_or_none()
            if row is None:
                raise NotFound("there is no such alert; alerts are kept for a time only")
            if row.acknowledged_at is None:
                values = {"acknowledged_by": actor.actor, "acknowledged_at": work.now}
                work.connection.execute(update(alerts).where(key).values(**values))
                work.record(actor, "alert_acknowledged", body=_on_record(row, work.now))
            return _stored(_one(work.connection, str(wanted)))


def _parse(box_id: str, payload: bytes) -> Alert:
    if len(payload) > MAX_ALERT_BYTES:
        raise Invalid(f"an alert has at most {MAX_ALERT_BYTES} bytes")
    try:
        alert = Alert.model_validate_json(payload)
    except ValidationError as error:
        raise Invalid(f"not an Alert: {error.error_count()} faults") from error
    derived = alert_id(
        box_id=box_id,
        camera_id=alert.camera_id,
        rule=alert.rule,
        place_id=alert.place_id,
        began_at=alert.began_at,
    )
    if alert.box_id != box_id or alert.alert_id != derived:
        raise Invalid("the alert is of another box, or its id does not follow from what it names")
    return alert


def _insert(work: Work, alert: Alert) -> None:
    values = {
        "alert_id": str(alert.alert_id),
        "box_id": alert.box_id,
        "camera_id": alert.camera_id,
        "camera_name": _plain(alert.camera_name),
        "road": _plain(alert.road),
        "rule": alert.rule,
        "shadow": alert.mode is Mode.SHADOW,
        "mode": alert.mode.value,
        "place_id": alert.place_id,
        "label": _plain(alert.label),
        "began_at": alert.began_at,
        "received_at": work.now,
    }
    work.connection.execute(insert(alerts).values(**values, **_changing(alert)))


def _changing(alert: Alert) -> dict[str, Any]:
    return {
        "measurements": json.dumps(alert.measurements),
        "seen_until": alert.seen_until,
        "end": None if alert.end is None else alert.end.value,
    }


def _forget_old(work: Work, box_id: str) -> None:
    """Keep the newest of a box, and none for ever; what people did with them stays on record."""
    of_box = alerts.c.box_id == box_id
    oldest_kept = select(alerts.c.id).where(of_box).order_by(alerts.c.id.desc()).offset(MAX_A_BOX - 1).limit(1)
    number = work.connection.execute(oldest_kept).scalar_one_or_none()
    too_many = alerts.c.id < number if number is not None else alerts.c.id.is_(None)
    work.connection.execute(delete(alerts).where(of_box & (too_many | (alerts.c.received_at < work.now - KEPT_FOR))))


def _on_record(row: Row[Any], now: datetime) -> dict[str, Any]:
    named = ("alert_id", "box_id", "camera_id", "rule", "place_id")
    return {name: getattr(row, name) for name in named} | {"after_s": round(seconds_between(row.received_at, now), 1)}


def _one(connection: Connection, wanted: str) -> Row[Any]:
    return connection.execute(select(alerts).where(alerts.c.alert_id == wanted)).one()


def _stored(row: Row[Any]) -> StoredAlert:
    return StoredAlert(
        number=row.id,
        alert_id=uuid.UUID(row.alert_id),
        box_id=row.box_id,
        camera_id=row.camera_id,
        camera_name=row.camera_name,
        road=row.road,
        rule=row.rule,
        mode=Mode(row.mode),
        place_id=row.place_id,
        label=row.label,
        measurements=json.loads(row.measurements),
        began_at=row.began_at,
        seen_until=row.seen_until,
        end=None if row.end is None else AlertEnd(row.end),
        received_at=row.received_at,
        acknowledged_by=row.acknowledged_by,
        acknowledged_at=row.acknowledged_at,
    )


def _plain(text: str) -> str:
    return text.replace("\0", "")
