"""Takes in what boxes say of their cameras, and answers what the centre wants of them; written when it has changed."""

import json
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from api.cameras.drawings import newest_drawings, note_answer
from api.evidence_store.port import EvidenceStore
from api.persistence.store import Store, Work
from api.persistence.tables import boxes, camera_reports
from api.places.camera_registry import MOST_A_BOX, ToldCamera, note_camera
from api.principals import Permission, Principal
from api.told_documents import read_told
from domain.canonical import canonical_bytes
from domain.errors import Invalid, NotFound
from domain.fleet.camera_reports import (
    LONGEST_STILL_PX,
    MAX_REPORTS_BYTES,
    MAX_STILL_BYTES,
    CameraAnswers,
    CameraReport,
    CameraReports,
    RunningCamera,
    WantedDrawing,
)
from plumbing.jpeg_size import is_jpeg_within

STILL_EVERY = timedelta(minutes=15)


class CameraIntake:
    """What boxes tell of their cameras.

    Args:
        store: the centre's memory.
        files: where stills lie.
    """

    def __init__(self, store: Store, files: EvidenceStore) -> None:
        self._store = store
        self._files = files

    def take(self, sender: Principal, payload: bytes) -> CameraAnswers:
        """Take in the cameras of a box as they are; what says nothing new is not written.

        Raises:
            NotAllowed: the caller is no box.
            Invalid: no reports, or the box is not registered.
            StoreUnavailable: send them again.
        """
        sender.require(Permission.CAMERAS_TELL)
        reports, box_id = _parse(payload), str(sender.box_id)
        with self._store.write() as work:
            if work.connection.execute(select(boxes.c.box_id).where(boxes.c.box_id == box_id)).one_or_none() is None:
                raise Invalid("the box is not registered")
            known = _rows(work, box_id)
            for report in reports.cameras:
                _keep(work, box_id, report, known.get(report.camera_id), reports)
                note_answer(work, sender, box_id, report)
            _make_room(work, box_id, {each.camera_id for each in reports.cameras})
            return self._answers(work, box_id, reports)

    def take_still(self, sender: Principal, camera_id: str, content: bytes) -> None:
        """Take in a camera's still in place of the one before; people and vehicles are covered in it by the box.

        Raises:
            NotAllowed: the caller is no box.
            NotFound: the box has not reported such a camera.
            Invalid: it is no JPEG, or too large.
            StoreUnavailable: send it again.
        """
        sender.require(Permission.CAMERAS_TELL)
        box_id = str(sender.box_id)
        if len(content) > MAX_STILL_BYTES or not is_jpeg_within(content, LONGEST_STILL_PX):
            raise Invalid(f"a still is a JPEG of at most {MAX_STILL_BYTES} bytes and {LONGEST_STILL_PX} pixels a side")
        its = (camera_reports.c.box_id == box_id) & (camera_reports.c.camera_id == camera_id)
        with self._store.read() as connection:
            if connection.execute(select(camera_reports.c.camera_id).where(its)).one_or_none() is None:
                raise NotFound("the box has not reported such a camera")
        folder, name = still_place(box_id, camera_id)
        self._files.discard(folder, [name])
        self._files.append(folder, name, offset_bytes=0, content=content)
        self._files.publish(folder, [name])
        with self._store.write() as work:
            config = camera_reports.c.config_sha256
            work.connection.execute(
                update(camera_reports)
                .where(its)
                .values(still_at=work.now, still_config_sha256=config, still_bytes=len(content))
            )

    def _answers(self, work: Work, box_id: str, reports: CameraReports) -> CameraAnswers:
        rows = _rows(work, box_id)
        here = [rows[each.camera_id] for each in reports.cameras if each.camera_id in rows]
        asked = {each.camera_id: each for each in reports.cameras}
        old = work.now - STILL_EVERY
        newest = newest_drawings(work.connection, box_id)
        return CameraAnswers(
            running_wanted=tuple(row.camera_id for row in here if row.running_sha256 != row.config_sha256),
            stills_wanted=tuple(
                row.camera_id
                for row in here
                if row.still_at is None or row.still_at < old or row.still_config_sha256 != row.config_sha256
            ),
            drawings=tuple(
                WantedDrawing(
                    camera_id=row.camera_id,
                    number=row.number,
                    base_sha256=row.base_sha256,
                    drawing=json.loads(row.drawing),
                )
                for row in newest
                if row.camera_id in asked and row.outcome not in {"running", "refused"}
            ),
        )


def still_place(box_id: str, camera_id: str) -> tuple[str, str]:
    """Folder and name of a camera's still in the evidence store; no case's folder has such a name."""
    return f"still-{box_id}", f"{camera_id}.jpg"


def _parse(payload: bytes) -> CameraReports:
    name, has = "reports of cameras", "reports of cameras have"
    return read_told(CameraReports, payload, most_bytes=MAX_REPORTS_BYTES, name=name, has=has)


def _rows(work: Work, box_id: str) -> dict[str, Row[Any]]:
    rows = work.connection.execute(select(camera_reports).where(camera_reports.c.box_id == box_id))
    return {row.camera_id: row for row in rows}


def _keep(work: Work, box_id: str, report: CameraReport, row: Row[Any] | None, reports: CameraReports) -> None:
    its = (camera_reports.c.box_id == box_id) & (camera_reports.c.camera_id == report.camera_id)
    said = {
        "config_sha256": report.config_sha256,
        "view": report.view.value,
        "view_words": report.view_words.replace("\0", ""),
    }
    if report.running is not None:
        _check_running(report)
        told = _as_text(report.running)
        said |= {"running_sha256": report.config_sha256, "running": told}
        note_camera(work, _camera_of(box_id, report.running, reports))
    if row is None:
        new = {"box_id": box_id, "camera_id": report.camera_id, "changed_at": work.now}
        work.connection.execute(insert(camera_reports).values(**new, **said))
    elif row._asdict() | said != row._asdict():
        work.connection.execute(update(camera_reports).where(its).values(changed_at=work.now, **said))


def _as_text(running: RunningCamera) -> str:
    """What is kept of a running configuration; a database keeps no NUL."""
    try:
        return canonical_bytes(_without_nul(running.model_dump(mode="json"))).decode()
    except ValueError as error:
        raise Invalid(f"the configuration told of {running.id} has no canonical form: {error}") from error


def _without_nul(value: Any) -> Any:
    if isinstance(value, dict):
        return {_without_nul(key): _without_nul(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_without_nul(each) for each in value]
    return value.replace("\0", "") if isinstance(value, str) else value


def _check_running(report: CameraReport) -> None:
    if report.running is not None and report.running.id != report.camera_id:
        raise Invalid(f"the configuration told of {report.camera_id} is of {report.running.id}")


def _camera_of(box_id: str, running: RunningCamera, reports: CameraReports) -> ToldCamera:
    return ToldCamera(
        box_id=box_id,
        camera_id=running.id,
        name=running.name,
        road=running.road,
        ward=running.ward,
        position=running.position,
        at=reports.at,
    )


def _make_room(work: Work, box_id: str, told: set[str]) -> None:
    """Of a box the cameras that it tells of stay, and of others so many that there are no more than it may have."""
    known = sorted(_rows(work, box_id).values(), key=lambda row: (row.camera_id in told, row.changed_at))
    for row in known[: max(0, len(known) - MOST_A_BOX)]:
        its = (camera_reports.c.box_id == box_id) & (camera_reports.c.camera_id == row.camera_id)
        work.connection.execute(delete(camera_reports).where(its))
