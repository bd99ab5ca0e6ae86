"""Documents of cameras: what is known of one, and versions of what it is to draw."""

from typing import Annotated

from pydantic import Field

from api.cameras.drawings import LONGEST_WHY, DrawingVersion
from api.cameras.pages import CameraPage
from api.web.documents import CameraDocument, Document
from domain.camera_drawing import Change, Drawing
from domain.fleet.camera_reports import RunningCamera, Sha256
from domain.fleet.health import StreamState
from domain.instants import Instant
from domain.seen.view import ViewState


class StreamChangeDocument(Document):
    """A change of a camera's stream."""

    state: StreamState
    at: Instant
    reason: str


class ProblemSpanDocument(Document):
    """One thing that was wrong."""

    code: str
    text: str
    began_at: Instant
    ended_at: Instant | None  # null: it stands


class CameraDetail(Document):
    """One camera."""

    box_id: str
    camera_id: str
    place: CameraDocument | None
    state: StreamState | None
    view: ViewState | None
    view_words: str
    config_sha256: str | None  # of the configuration that runs
    running: RunningCamera | None
    still_at: Instant | None
    streams: tuple[StreamChangeDocument, ...]  # the newest first
    problems: tuple[ProblemSpanDocument, ...]  # the newest first

    @classmethod
    def of(cls, page: CameraPage) -> "CameraDetail":
        """The document of a camera."""
        return cls(
            box_id=page.box_id,
            camera_id=page.camera_id,
            place=None if page.registered is None else CameraDocument.of(page.registered),
            state=page.state,
            view=page.view,
            view_words=page.view_words,
            config_sha256=page.config_sha256,
            running=page.running,
            still_at=page.still_at,
            streams=tuple(
                StreamChangeDocument(state=each.state, at=each.at, reason=each.reason) for each in page.streams
            ),
            problems=tuple(
                ProblemSpanDocument(code=each.code, text=each.text, began_at=each.began_at, ended_at=each.ended_at)
                for each in page.problems
            ),
        )


class DrawingDocument(Document):
    """One version of what a camera is to draw."""

    box_id: str
    camera_id: str
    number: int
    drawing_sha256: str
    base_sha256: str
    actor: str
    at: Instant
    why: str
    outcome: str | None  # written, running, refused; null: the box has not answered
    words: tuple[str, ...]
    answered_at: Instant | None
    config_sha256: str | None

    @classmethod
    def of(cls, version: DrawingVersion) -> "DrawingDocument":
        """The document of a version."""
        return cls(**{name: getattr(version, name) for name in cls.model_fields})


class ChangeDocument(Document):
    """One difference to the version before."""

    kind: str
    id: str
    what: str
    fields: tuple[str, ...]

    @classmethod
    def of(cls, change: Change) -> "ChangeDocument":
        """The document of a difference."""
        return cls(kind=change.kind, id=change.id, what=change.what, fields=change.fields)


class DrawingDetail(Document):
    """One version, whole."""

    version: DrawingDocument
    drawing: Drawing
    changes: tuple[ChangeDocument, ...]  # against the one before


class RollBackRequest(Document):
    """Which configuration and versions the person has seen, and why the camera is to draw something else."""

    base_sha256: Sha256  # of the configuration that runs, as the camera's page says
    newest: Annotated[int, Field(ge=0, le=1_000_000)]  # number of the newest version; 0: there is none
    why: Annotated[str, Field(min_length=1, max_length=LONGEST_WHY)]


class DrawingRequest(RollBackRequest):
    """The same, with the drawing."""

    drawing: Drawing
