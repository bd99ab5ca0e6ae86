"""What a citizen's report is, what may come in one, and where it can stand; pure."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from domain.cases.states import DECIDED_STATES, FINAL_STATES, POLICE_STATES, CaseState
from domain.cases.words import Words
from domain.errors import Invalid
from domain.report_analysis import AnalysisProblem, ReportFindings

MAX_FILES: Final = 3
MAX_PHOTO_BYTES: Final = 12 * 1024 * 1024
MAX_VIDEO_BYTES: Final = 40 * 1024 * 1024
MAX_VIDEO_S: Final = 60
MAX_WORDS: Final = 2000
MAX_LINE: Final = 200
_PICTURES: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"mif1", b"msf1", b"avif", b"avis"})
"""Brands of the same container that are no video: telephones keep photos so (HEIF, ISO/IEC 23008-12; AVIF)."""


class ReportState(StrEnum):
    """Where a report is."""

    RECEIVED = "received"
    ACCEPTED = "accepted"  # an operator made a draft of a case of it, with an offence
    NOT_ACCEPTED = "not_accepted"  # it shows no offence, or none of ours
    UNUSABLE = "unusable"  # it cannot be seen what, where or who
    UNDER_REVIEW = "under_review"  # this and the next: where the case stands that was made of it; no answer of anybody
    PASSED_ON = "passed_on"
    CONCLUDED = "concluded"
    NOT_PURSUED = "not_pursued"


ANSWERS: Final = (ReportState.ACCEPTED, ReportState.NOT_ACCEPTED, ReportState.UNUSABLE)
"""What an operator may say of one."""
_NOT_PURSUED = FINAL_STATES - DECIDED_STATES - {CaseState.FIELD_HANDLED} | {CaseState.REJECTED, CaseState.SEEDED}
_PASSED_ON = POLICE_STATES - {CaseState.RETURNED}


def progress_of(state: ReportState, case_state: CaseState | None) -> ReportState:
    """What its sender is told: how the report was answered, or where the case stands that was made of it.

    Examples:
        >>> progress_of(ReportState.ACCEPTED, CaseState.SECOND_REVIEW)
        <ReportState.UNDER_REVIEW: 'under_review'>
        >>> progress_of(ReportState.RECEIVED, None)
        <ReportState.RECEIVED: 'received'>
    """
    if case_state is None:
        return state
    if case_state in DECIDED_STATES or case_state is CaseState.FIELD_HANDLED:
        return ReportState.CONCLUDED
    if case_state in _NOT_PURSUED:
        return ReportState.NOT_PURSUED
    return ReportState.PASSED_ON if case_state in _PASSED_ON else ReportState.UNDER_REVIEW


class PlaceCheck(StrEnum):
    """What the photos' own place says; it is never guessed."""

    IN_WARD = "in_ward"
    ELSEWHERE = "elsewhere"  # it lies in no ward of the city
    MISSING = "missing"  # no photo says where it was taken
    NO_MAP = "no_map"  # one does, and this centre has no borders to hold it against


REPORT_WORDS: Final = {
    ReportState.RECEIVED: Words("Đã nhận, chờ cán bộ xem", "Received, waits for an operator"),
    ReportState.ACCEPTED: Words("Đã tiếp nhận để xử lý", "Accepted"),
    ReportState.NOT_ACCEPTED: Words("Không thấy vi phạm thuộc phạm vi", "No violation of ours is seen"),
    ReportState.UNUSABLE: Words("Hình ảnh không đủ rõ để xử lý", "The pictures cannot be used"),
    ReportState.UNDER_REVIEW: Words("Đã lập hồ sơ, đang rà soát", "A case was made and is being reviewed"),
    ReportState.PASSED_ON: Words("Đã chuyển công an xem xét", "Passed on to the police"),
    ReportState.CONCLUDED: Words("Đã xử lý xong", "Concluded"),
    ReportState.NOT_PURSUED: Words("Không đủ căn cứ để xử lý tiếp", "Not pursued any further"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One file as it came; its name is the sender's and is not kept."""

    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class NewReport:
    """What a citizen sends."""

    uploads: Sequence[Upload]
    words: str  # what is seen
    place: str  # where, in his words
    acted_at: datetime | None = None  # when, as he says
    name: str = ""  # of the reporter; may be left out
    contact: str = ""


class AnalysisState(StrEnum):
    """How far the look at a file is."""

    WAITING = "waiting"
    LEASED = "leased"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What is known of the look at a file."""

    state: AnalysisState
    problem: AnalysisProblem | None  # of a failed look
    findings: ReportFindings | None  # of one that is done


@dataclass(frozen=True, slots=True, kw_only=True)
class AlikeCase:
    """A case that may show the same act."""

    case_id: str
    code: str
    name_vi: str
    name_en: str
    camera_name: str
    began_at: datetime
    same_plate: bool
    apart_s: float | None  # between the act and what the report says of its time; None: it says none
    apart_m: float | None  # between the camera and where a picture was taken; None: no picture says


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportFile:
    """A file of a report."""

    name: str  # ours: photo-1.jpg, video-2.mp4
    media_type: str
    size_bytes: int
    sha256: str  # of the bytes as they came
    problem: str  # why no copy of it can be shown; empty: there is one
    taken_at: datetime | None  # this and the next two: as the file says
    latitude_deg: float | None
    longitude_deg: float | None
    also_in: tuple[str, ...]  # numbers of other reports that brought the very same bytes
    analysis: Analysis | None  # None: no worker was ever to look at it
    hidden_film: str | None = None  # of a video: the name of its copy with heads and plates hidden; None: there is none


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report as operators see it: all but who sent it."""

    report_id: uuid.UUID
    number: str
    state: ReportState
    version: int
    received_at: datetime
    changed_at: datetime
    words: str
    place: str
    acted_at: datetime | None
    place_check: PlaceCheck
    ward: str  # that the photos' place lies in; empty: none is known
    offence_code: str | None
    note: str
    case_id: uuid.UUID | None  # that was made of it
    files: tuple[ReportFile, ...] = ()
    alike: tuple[AlikeCase, ...] = ()  # cases that may show the same act
    shows_unhidden: bool = False  # whether who opened it sees its files with nobody hidden, now


@dataclass(frozen=True, slots=True, kw_only=True)
class Filed:
    """What the reporter gets; the code is shown this once."""

    number: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporter:
    """Who sent a report, as he says."""

    name: str
    contact: str


def media_types(new: NewReport) -> list[str]:
    """The media type of each file, by its bytes."""
    if not 1 <= len(new.uploads) <= MAX_FILES:
        raise Invalid(f"a report brings one to {MAX_FILES} photos or videos")
    if not any(letter.isalnum() for letter in new.words):
        raise Invalid("say in words what is seen")
    kinds = []
    for upload in new.uploads:
        content = upload.content
        if content.startswith(b"\xff\xd8\xff"):
            kinds.append("image/jpeg")
        elif content.startswith(b"\x89PNG\r\n\x1a\n"):
            kinds.append("image/png")
        elif content[4:8] == b"ftyp" and content[8:12] not in _PICTURES:
            kinds.append("video/mp4")
        else:
            raise Invalid("a file is no photo (JPEG, PNG) and no video (MP4)")
        most = MAX_VIDEO_BYTES if kinds[-1] == "video/mp4" else MAX_PHOTO_BYTES
        if len(content) > most:
            raise Invalid(f"a photo has at most {MAX_PHOTO_BYTES} bytes, a video {MAX_VIDEO_BYTES}")
    return kinds


def plain(text: str, most: int) -> str:
    """What somebody typed, bounded, without what a screen or database cannot hold."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return "".join(letter for letter in lines if letter == "\n" or letter.isprintable())[:most]
