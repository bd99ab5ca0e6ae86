"""Ports: what the rooms need of one another; adapters live in the rooms, fakes beside the tests."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from domain.geometry import SizeWh
from domain.model_ref import ModelRef
from domain.seen.detections import Detections
from domain.seen.frame import Frame
from domain.seen.track import Track


@dataclass(frozen=True, slots=True, kw_only=True)
class DamagedStretch:
    """Where pictures of an evidence stream are missing, or cannot be trusted because what they refer to is missing."""

    began_at: datetime  # capture time of the last sound picture before it
    ended_at: datetime  # capture time of the first sound picture after it; of the last known one while it lasts
    lost_pictures: int | None  # that never came; None: not known how many


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clip:
    """Original encoded pictures of a span, remuxed, not re-encoded."""

    content: bytes  # an MP4 file
    started_at: datetime  # capture time of the first frame: the keyframe at or before the wanted start
    ended_at: datetime  # capture time of the last frame
    frame_times: tuple[datetime, ...]  # capture time of every frame in order of presentation
    damage: tuple[DamagedStretch, ...] = ()  # within the clip, in order of time
    camera_signed: bool = False  # whether the camera put its own signature into the stream; not whether that holds


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceFrame:
    """A frame of the evidence stream: what a moment names."""

    captured_at: datetime  # UTC
    resolution_wh: SizeWh  # (width, height) of the evidence stream then, in pixels


class Attention(StrEnum):
    """How much of a stream is decoded for analysis; what is kept as evidence never depends on it."""

    ALL_DUE = "all_due"  # every picture that ``analysed_fps`` asks for
    KEYFRAMES = "keyframes"  # keyframes only: nothing moves, and the decoder rests


class PictureSource(Protocol):
    """What is analysed: the pictures of a camera, a video file or a folder; of a camera perhaps its sub-stream."""

    camera_id: str

    def read(self, timeout_s: float) -> Frame | None:
        """The newest frame not read before (live), or the next one (file); None if none came in time.

        Raises:
            EndOfSource: a finite source has no more frames.
            SourceError: the source cannot deliver; live cameras reconnect by themselves and never raise it.
        """
        ...

    def attend(self, attention: Attention) -> None:
        """How much the scene needs from now on; holds from the next keyframe on where more is asked for."""
        ...

    def close(self) -> None:
        """Let go of sockets, files and threads; may be called twice."""
        ...


class ClipSource(Protocol):
    """What is evidence: the original packets of a camera's main stream, or of a video file."""

    def cut_clip(self, start: datetime, end: datetime) -> Clip:
        """The encoded pictures from the keyframe at or before ``start`` to the last frame at or before ``end``.

        Raises:
            ClipUnavailable: the span is not in the ring, or the source has no encoded video.
        """
        ...

    def frame_near(self, at: datetime) -> EvidenceFrame | None:
        """The frame captured nearest an instant among those at hand; None where none is."""
        ...


class Detector(Protocol):
    """Finds objects in pictures."""

    @property
    def model(self) -> ModelRef:
        """Which weights look."""
        ...

    def detect(self, frames: Sequence[Frame]) -> list[Detections]:
        """One Detections per frame, in order; frames may come from different cameras and differ in size.

        Raises:
            DetectionError: the inference failed; nothing is known about these pictures.
        """
        ...


class Tracker(Protocol):
    """Follows objects of one camera; one instance a camera, no shared state."""

    @property
    def name(self) -> str:
        """Name and version, for provenance."""
        ...

    def update(self, at: datetime, detections: Detections) -> tuple[Track, ...]:
        """Take in one picture; returns the living, confirmed tracks, observed or coasting.

        Args:
            at: capture time, later than every one before (an equal or older one raises ValueError).
            detections: what was seen then.
        """
        ...
