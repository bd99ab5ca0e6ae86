"""What cameras are to draw: versions with who, when and why; sent to the box, which answers what runs or why not."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError
from sqlalchemy import Connection, Row, func, select, update

from api.persistence.store import Store, Work
from api.persistence.tables import camera_drawings, camera_reports
from api.persistence.upsert import insert_if_absent
from api.principals import Permission, Principal
from domain.camera import CameraConfig
from domain.camera_drawing import Change, Drawing, changes_between
from domain.canonical import canonical_bytes
from domain.errors import Conflict, Invalid, NotFound
from domain.fleet.camera_reports import CameraReport, RunningCamera

MOST_VERSIONS = 1000  # of one camera
LONGEST_WHY = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawingVersion:
    """One version of what a camera is to draw."""

    box_id: str
    camera_id: str
    number: int
    drawing: Drawing
    drawing_sha256: str
    base_sha256: str  # the configuration that it was drawn upon
    actor: str
    at: datetime
    why: str
    outcome: str | None  # written, running, refused; None: the box has not answered
    words: tuple[str, ...]  # why the box refused it
    answered_at: datetime | None
    config_sha256: str | None  # that the box ran when it answered


class Drawings:
    """Versions of drawings.

    Args:
        store: the centre's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def versions(self, actor: Principal, box_id: str, camera_id: str) -> tuple[DrawingVersion, ...]:
        """Every version of a camera, the newest first.

        Raises:
            NotAllowed: the role may not see cameras.
        """
        actor.require(Permission.HEALTH_READ)
        with self._store.read() as connection:
            rows = connection.execute(_of(box_id, camera_id).order_by(camera_drawings.c.number.desc())).all()
        return tuple(_version(row) for row in rows)

    def version(self, actor: Principal, box_id: str, camera_id: str, number: int) -> DrawingVersion:
        """One version.

        Raises:
            NotAllowed: the role may not see cameras.
            NotFound: there is none of that number.
        """
        actor.require(Permission.HEALTH_READ)
        with self._store.read() as connection:
            return _version(_one(connection, box_id, camera_id, number))

    def changes(self, actor: Principal, box_id: str, camera_id: str, number: int) -> tuple[Change, ...]:
        """What a version changes against the one before; the first, against what the camera ran when it is known.

        Raises:
            NotAllowed: the role may not see cameras.
            NotFound: there is none of that number.
        """
        after = self.version(actor, box_id, camera_id, number)
        with self._store.read() as connection:
            earlier = _of(box_id, camera_id).where(camera_drawings.c.number < number)
            before = connection.execute(earlier.order_by(camera_drawings.c.number.desc()).limit(1)).one_or_none()
        if before is None:
            return ()
        return changes_between(_version(before).drawing, after.drawing)

    def want(
        self,
        actor: Principal,
        box_id: str,
        camera_id: str,
        *,
        drawing: Drawing,
        base_sha256: str,
        newest: int,
        why: str,
    ) -> DrawingVersion:
        """Have a camera draw something else from now on; its box is told when it asks next.

        Args:
            actor: who drew it.
            box_id: of the camera.
            camera_id: of the box.
            drawing: all that is to be drawn.
            base_sha256: the configuration that it was drawn upon, as the box last said that it runs.
            newest: the number of the newest version that the person has seen, 0 for none.
            why: in words.

        Raises:
            NotAllowed: the role may not draw.
            NotFound: the box has told of no such camera.
            Invalid: there is no reason, the drawing is wrong in itself, or there are too many versions.
            Conflict: somebody else has drawn meanwhile, or the camera runs another configuration by now.
        """
        actor.require(Permission.CAMERAS_DRAW)
        why = " ".join(why.replace("\0", "").split())
        if not 0 < len(why) <= LONGEST_WHY:
            raise Invalid(f"say why, in at most {LONGEST_WHY} characters: others read it later")
        drawing = drawing.rounded()
        with self._store.write() as work:
            running = _running(work.connection, box_id, camera_id)
            if running.config_sha256 != base_sha256:
                raise Conflict("the camera runs another configuration by now: load it and draw again")
            _check(running, drawing)
            number = _newest_number(work.connection, box_id, camera_id)
            if number != newest:
                raise Conflict(f"somebody has drawn version {number} meanwhile: look at it and draw again")
            if number >= MOST_VERSIONS:
                raise Invalid(f"a camera has at most {MOST_VERSIONS} versions")
            values = {
                "box_id": box_id,
                "camera_id": camera_id,
                "number": number + 1,
                "drawing": canonical_bytes(drawing).decode(),
                "drawing_sha256": drawing.sha256(),
                "base_sha256": base_sha256,
                "actor": actor.actor,
                "at": work.now,
                "why": why,
                "words": "[]",
            }
            if not insert_if_absent(work.connection, camera_drawings, values):
                raise Conflict(f"somebody has drawn version {number + 1} meanwhile: look at it and draw again")
            said = ("box_id", "camera_id", "number", "drawing_sha256", "base_sha256", "why")
            work.record(actor, "drawing_wanted", body={name: values[name] for name in said})
            return _version(_one(work.connection, box_id, camera_id, number + 1))

    def want_again(
        self, actor: Principal, box_id: str, camera_id: str, *, number: int, base_sha256: str, newest: int, why: str
    ) -> DrawingVersion:
        """Roll back: have a camera draw an earlier version again, as a new one. Raises as ``want``."""
        actor.require(Permission.CAMERAS_DRAW)
        again = self.version(actor, box_id, camera_id, number).drawing
        return self.want(actor, box_id, camera_id, drawing=again, base_sha256=base_sha256, newest=newest, why=why)


def newest_drawings(connection: Connection, box_id: str) -> Sequence[Row[Any]]:
    """The newest version of each camera of a box."""
    newest = (
        select(camera_drawings.c.camera_id, func.max(camera_drawings.c.number).label("number"))
        .where(camera_drawings.c.box_id == box_id)
        .group_by(camera_drawings.c.camera_id)
        .subquery()
    )
    same = (camera_drawings.c.camera_id == newest.c.camera_id) & (camera_drawings.c.number == newest.c.number)
    wanted = select(camera_drawings).join(newest, same).where(camera_drawings.c.box_id == box_id)
    return connection.execute(wanted.order_by(camera_drawings.c.camera_id)).all()


def note_answer(work: Work, sender: Principal, box_id: str, report: CameraReport) -> None:
    """Take down what a box made of a drawing; what was answered for good stays, and the answer is on record."""
    answer = report.answer
    if answer is None:
        return
    number = camera_drawings.c.number == answer.number
    statement = _of(box_id, report.camera_id).where(number).with_for_update()
    row = work.connection.execute(statement).one_or_none()
    if row is None or row.outcome in {"running", "refused", answer.outcome}:
        return
    if answer.drawing_sha256 not in {None, row.drawing_sha256}:
        return  # another drawing had this number before the centre was restored
    words = [line.replace("\0", "") for line in answer.words]
    values = {
        "outcome": answer.outcome,
        "words": json.dumps(words, ensure_ascii=False),
        "answered_at": work.now,
        "config_sha256": answer.config_sha256,
    }
    its = (camera_drawings.c.box_id == box_id) & (camera_drawings.c.camera_id == report.camera_id) & number
    work.connection.execute(update(camera_drawings).where(its).values(**values))
    if answer.outcome != "written":
        body = {"box_id": box_id, "camera_id": report.camera_id, "number": answer.number, "outcome": answer.outcome}
        body |= {"config_sha256": answer.config_sha256, "drawing_sha256": row.drawing_sha256, "words": words}
        work.record(sender, "drawing_answered", body=body)


def _running(connection: Connection, box_id: str, camera_id: str) -> "_Known":
    its = (camera_reports.c.box_id == box_id) & (camera_reports.c.camera_id == camera_id)
    row = connection.execute(select(camera_reports).where(its)).one_or_none()
    if row is None or row.running is None:
        raise NotFound("no box has told of such a camera, or not yet what it runs")
    return _Known(config_sha256=row.config_sha256, running=RunningCamera.model_validate_json(row.running))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    config_sha256: str
    running: RunningCamera


def _check(known: _Known, drawing: Drawing) -> None:
    """What is wrong with a drawing in itself; whether it suits the rules and the picture, the box checks."""
    running = known.running
    told = running.model_dump(mode="json", exclude={"drawing", "rules"}) | drawing.model_dump(mode="json")
    try:
        CameraConfig.model_validate(told | {"stream": {"url": "file:known-to-the-box"}})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise Invalid(f"{where + ': ' if where else ''}{first['msg'].removeprefix('Value error, ')}") from error


def _newest_number(connection: Connection, box_id: str, camera_id: str) -> int:
    its = (camera_drawings.c.box_id == box_id) & (camera_drawings.c.camera_id == camera_id)
    return connection.execute(select(func.max(camera_drawings.c.number)).where(its)).scalar_one() or 0


def _of(box_id: str, camera_id: str) -> Any:
    return select(camera_drawings).where(
        (camera_drawings.c.box_id == box_id) & (camera_drawings.c.camera_id == camera_id)
    )


def _one(connection: Connection, box_id: str, camera_id: str, number: int) -> Row[Any]:
    row: Row[Any] | None = connection.execute(
        _of(box_id, camera_id).where(camera_drawings.c.number == number)
    ).one_or_none()
    if row is None:
        raise NotFound(f"the camera has no version {number}")
    return row


def _version(row: Row[Any]) -> DrawingVersion:
    return DrawingVersion(
        **row._asdict() | {"drawing": Drawing.model_validate_json(row.drawing), "words": tuple(json.loads(row.words))}
    )
