"""What a worker is given of a citizen's report and what its networks answer: help for who reviews it, never an answer.

A worker gets the pictures of one file and a lease; which report that is, what was said, where and by whom, it never
learns.
"""

import uuid
from enum import StrEnum
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field

from domain.cases.words import Words
from domain.instants import Instant
from domain.model_ref import ModelRef

MOST_PICTURES: Final = 8  # of a video; a photo is one
MOST_THINGS: Final = 60  # in one picture
MOST_PICTURE_BYTES: Final = 1024 * 1024
FILM_PART_BYTES: Final = 3 * 1024 * 1024
MOST_FILM_PARTS: Final = 8
LONGEST_PICTURE_PX: Final = 1280  # of either side, as people are shown it
_Share = Annotated[float, Field(ge=0, le=1)]
_Px = Annotated[float, Field(ge=-10_000, le=20_000)]


class AnalysisProblem(StrEnum):
    """Why the networks saw nothing of a file."""

    NOT_DECODED = "not_decoded"  # whatever stands in it, no picture came out
    TOO_LARGE = "too_large"  # its pictures are larger than the worker takes
    TIMED_OUT = "timed_out"  # decoding took too long
    KILLED = "killed"  # decoding ended its process
    NETWORKS_FAILED = "networks_failed"
    NOT_READABLE = "not_readable"  # the centre's copy cannot be had, or is another one
    GAVE_UP = "gave_up"  # no worker that took it came back


PROBLEM_WORDS: Final = {
    AnalysisProblem.NOT_DECODED: Words("không giải mã được", "no picture could be decoded"),
    AnalysisProblem.TOO_LARGE: Words("hình quá lớn", "its pictures are too large"),
    AnalysisProblem.TIMED_OUT: Words("giải mã quá lâu", "decoding took too long"),
    AnalysisProblem.KILLED: Words("tệp làm hỏng bộ giải mã", "the file broke the decoder"),
    AnalysisProblem.NETWORKS_FAILED: Words("mạng nơ-ron bị lỗi", "the networks failed"),
    AnalysisProblem.NOT_READABLE: Words("bản sao ở trung tâm không đọc được", "the centre's copy cannot be read"),
    AnalysisProblem.GAVE_UP: Words("máy phân tích nhận rồi không trả lời", "workers took it and did not come back"),
}


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class AnalysisTask(_Strict):
    """One file that waits to be looked at."""

    lease_id: uuid.UUID
    lease_ends_at: Instant
    media_type: Literal["image/jpeg", "video/mp4"]
    size_bytes: Annotated[int, Field(ge=1)]  # of the copy without metadata and sound


class SeenPlate(_Strict):
    """What the networks read on a vehicle in one picture."""

    text: Annotated[str, Field(max_length=20, pattern=r"^[0-9A-ZĐ]*$")]  # empty: unknown
    confidence: _Share  # of the weakest character
    reason: Annotated[str, Field(max_length=120)]  # why it is unknown, or is no lawful plate; empty: it is one


class SeenThing(_Strict):
    """Somebody or something in one picture."""

    label: Annotated[str, Field(max_length=40)]
    score: _Share
    box_xyxy_px: tuple[_Px, _Px, _Px, _Px]
    plate: SeenPlate | None = None  # None: nothing that carries one


class AnalysedPicture(_Strict):
    """One picture of a file."""

    offset_s: Annotated[float, Field(ge=0, le=600)]  # from the beginning of a video
    resolution_wh: tuple[Annotated[int, Field(ge=1, le=8192)], Annotated[int, Field(ge=1, le=8192)]]
    things: Annotated[tuple[SeenThing, ...], Field(max_length=MOST_THINGS)]


class ReportFindings(_Strict):
    """What the networks saw in a file."""

    pictures: Annotated[tuple[AnalysedPicture, ...], Field(min_length=1, max_length=MOST_PICTURES)]
    models: Annotated[tuple[ModelRef, ...], Field(max_length=8)]

    @property
    def plates(self) -> tuple[str, ...]:
        """Every text that was read, once, the surest first."""
        seen = [thing.plate for picture in self.pictures for thing in picture.things if thing.plate is not None]
        read = sorted((plate for plate in seen if plate.text), key=lambda plate: -plate.confidence)
        return tuple(dict.fromkeys(plate.text for plate in read))


class AnalysisFailure(_Strict):
    """Why a worker gives a file back."""

    problem: AnalysisProblem
    again: bool  # another try may go better
