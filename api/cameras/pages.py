"""One camera with all that the centre knows of it: place, view, what runs, its still, what was wrong and when."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from api.cameras.problem_spans import ProblemSpan, forget_old_spans, spans_of
from api.cameras.reports import still_place
from api.evidence_store.port import EvidenceStore
from api.persistence.store import Store
from api.persistence.tables import camera_reports, camera_status, health_events
from api.places.camera_registry import CameraRegistry, RegisteredCamera
from api.principals import Permission, Principal
from domain.errors import NotFound
from domain.fleet.camera_reports import RunningCamera
from domain.fleet.health import StreamState
from domain.seen.view import ViewState

MOST_SHOWN: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamChange:
    """A change of a camera's stream."""

    state: StreamState
    at: datetime  # by the box's clock
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CameraPage:
    """One camera."""

    box_id: str
    camera_id: str
    registered: RegisteredCamera | None  # None: nothing has said yet where it is
    state: StreamState | None  # None: its box has not said how its stream is
    view: ViewState | None  # None: its box has told nothing beside its stream
    view_words: str
    config_sha256: str | None  # that runs
    running: RunningCamera | None  # None: not told, or it has changed just now
    still_at: datetime | None  # when the newest still came
    streams: tuple[StreamChange, ...]  # the newest first
    problems: tuple[ProblemSpan, ...]  # the newest first


class CameraPages:
    """Reads single cameras.

    Args:
        store: the centre's memory.
        files: where stills lie.
        cameras: where each camera is.
    """

    def __init__(self, store: Store, *, files: EvidenceStore, cameras: CameraRegistry) -> None:
        self._store = store
        self._files = files
        self._cameras = cameras

    def page(self, actor: Principal, box_id: str, camera_id: str) -> CameraPage:
        """All that is known of a camera.

        Raises:
            NotAllowed: the role may not see it.
            NotFound: nothing ever came of such a camera.
        """
        actor.require(Permission.HEALTH_READ)
        registered = self._cameras.camera(box_id, camera_id)
        with self._store.read() as connection:
            of = [(table.c.box_id == box_id) & (table.c.camera_id == camera_id) for table in _TABLES]
            report = connection.execute(select(camera_reports).where(of[0])).one_or_none()
            status = connection.execute(select(camera_status).where(of[1])).one_or_none()
            changes = select(health_events).where(of[2]).order_by(health_events.c.id.desc()).limit(MOST_SHOWN)
            streams = connection.execute(changes).all()
            problems = spans_of(connection, box_id, camera_id, most=MOST_SHOWN)
        if registered is None and report is None and status is None:
            raise NotFound("there is no such camera")
        known = report is not None and report.running_sha256 == report.config_sha256
        return CameraPage(
            box_id=box_id,
            camera_id=camera_id,
            registered=registered,
            state=None if status is None else StreamState(status.state),
            view=None if report is None else ViewState(report.view),
            view_words="" if report is None else report.view_words,
            config_sha256=None if report is None else report.config_sha256,
            running=RunningCamera.model_validate_json(report.running) if report is not None and known else None,
            still_at=None if report is None else report.still_at,
            streams=tuple(StreamChange(state=StreamState(row.state), at=row.at, reason=row.reason) for row in streams),
            problems=problems,
        )

    def still(self, actor: Principal, box_id: str, camera_id: str) -> bytes:
        """A camera's newest still, people and vehicles covered by its box (JPEG).

        Raises:
            NotAllowed: the role may not see it.
            NotFound: none has come.
            EvidenceLost, StoreUnavailable: the bytes cannot be had.
        """
        actor.require(Permission.HEALTH_READ)
        its = (camera_reports.c.box_id == box_id) & (camera_reports.c.camera_id == camera_id)
        with self._store.read() as connection:
            row = connection.execute(select(camera_reports).where(its)).one_or_none()
        if row is None or row.still_at is None or row.still_bytes is None:
            raise NotFound("no still of this camera has come")
        folder, name = still_place(box_id, camera_id)
        return b"".join(self._files.read(folder, name, start_byte=0, end_byte=row.still_bytes))

    def forget_old(self) -> int:
        """Drop problems that ended long ago.

        Returns:
            How many.
        """
        with self._store.write() as work:
            return forget_old_spans(work)


_TABLES = (camera_reports, camera_status, health_events)
