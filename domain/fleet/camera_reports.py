"""What a box and the centre tell each other of cameras: what runs, what is seen of it, what is to be drawn instead.

The box asks, the centre answers; a centre that is away changes nothing on a box (docs/camera-door.md).
"""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator

from domain.camera import CameraConfig, Identifier, Position, RuleUse, ShortText
from domain.camera_drawing import Drawing
from domain.instants import Instant
from domain.seen.view import ViewState

MOST_CAMERAS = 64  # of one box
MAX_REPORTS_BYTES = 4 * 1024 * 1024
MAX_STILL_BYTES = 256 * 1024
LONGEST_STILL_PX = 1280  # of either side
MOST_WORDS = 20  # lines of why a drawing was refused
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
_Line = Annotated[str, Field(max_length=500)]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class RunningCamera(_Strict):
    """A camera's configuration as it runs, without its stream: addresses and names of secrets stay on the box."""

    id: Identifier
    version: Annotated[int, Field(ge=1)]
    name: ShortText
    road: ShortText
    ward: ShortText
    direction: ShortText
    position: Position
    heading_deg: float
    drawing: Drawing
    rules: Annotated[tuple[RuleUse, ...], Field(max_length=100)]

    @classmethod
    def of(cls, camera: CameraConfig) -> "RunningCamera":
        """What is told of a camera."""
        return cls(
            id=camera.id,
            version=camera.version,
            name=camera.name,
            road=camera.road,
            ward=camera.ward,
            direction=camera.direction,
            position=camera.position,
            heading_deg=camera.heading_deg,
            drawing=drawing_of(camera),
            rules=camera.rules,
        )


class DrawingAnswer(_Strict):
    """What a box made of a drawing that the centre wants."""

    number: Annotated[int, Field(ge=1)]  # of the drawing
    outcome: Literal["written", "running", "refused"]  # written: in the file, and not running yet
    config_sha256: Sha256  # of the configuration that runs now
    drawing_sha256: Sha256 | None = None  # of the drawing: a centre that was restored gives its number anew
    words: Annotated[tuple[_Line, ...], Field(max_length=MOST_WORDS)] = ()  # why it was refused, each with its remedy


class CameraReport(_Strict):
    """One camera as it is."""

    camera_id: Identifier
    config_sha256: Sha256  # of the whole configuration that runs, as cases name it
    view: ViewState
    view_words: Annotated[str, Field(max_length=300)]
    running: RunningCamera | None = None  # where the centre has asked for it
    answer: DrawingAnswer | None = None  # to the newest drawing that it knows of


class CameraReports(_Strict):
    """Everything that a box tells at once."""

    schema_version: Literal["1.0"] = "1.0"
    at: Instant  # by the box's clock
    cameras: Annotated[tuple[CameraReport, ...], Field(max_length=MOST_CAMERAS)]

    @field_validator("cameras")
    @classmethod
    def _each_once(cls, cameras: tuple[CameraReport, ...]) -> tuple[CameraReport, ...]:
        if len({each.camera_id for each in cameras}) != len(cameras):
            raise ValueError("each camera is told once")
        return cameras


class WantedDrawing(_Strict):
    """What a camera is to draw from now on."""

    camera_id: Identifier
    number: Annotated[int, Field(ge=1)]  # of the version at the centre
    base_sha256: Sha256  # of the configuration that it was drawn upon; another one that runs is not overwritten
    drawing: Drawing


class CameraAnswers(_Strict):
    """What the centre wants of a box."""

    running_wanted: tuple[Identifier, ...] = ()  # cameras whose configuration is not known here
    stills_wanted: tuple[Identifier, ...] = ()
    drawings: tuple[WantedDrawing, ...] = ()  # that the box has not answered for good


def drawing_of(camera: CameraConfig) -> Drawing:
    """What a camera's configuration places in the picture."""
    return Drawing(
        reference_still_wh=camera.reference_still_wh,
        zones=camera.zones,
        lines=camera.lines,
        signals=camera.signals,
        ground_points=camera.ground_points,
        movements=camera.movements,
    )
