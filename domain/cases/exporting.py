"""Copies for use outside: what may leave, what is written on it, and for how long the word of two people holds."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from domain.cases.evidence import BLURRED_PREFIX, SHOW_PEOPLE, EvidenceFile, FileRole
from domain.cases.states import CaseState
from domain.cases.unblurring import IN_REVIEW, NEVER
from domain.cases.words import Words
from domain.instants import HUE_TIME

ANSWERED_WITHIN: Final = timedelta(days=3)
TAKEN_WITHIN: Final = timedelta(hours=24)
MAX_RECIPIENT: Final = 200
MAX_NOTE: Final = 2000
CLOSED_IN: Final = IN_REVIEW | NEVER | {CaseState.DUPLICATE}
"""Nothing leaves of a case that is being judged, nor of one that is none; of one act only the case that goes on."""


class Content(StrEnum):
    """What of a case leaves."""

    COPIES = "copies"  # blurred; of the plate only the subject's own
    ORIGINALS = "originals"


class Answer(StrEnum):
    """Of the second person."""

    APPROVED = "approved"
    REFUSED = "refused"


class Standing(StrEnum):
    """Where an export stands."""

    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"
    PRODUCED = "produced"  # once, and never again
    LAPSED = "lapsed"  # nobody answered, or fetched it, in time


CONTENT_WORDS: Final = {
    Content.COPIES: Words("Bản đã che mặt và biển số người khác", "Blurred copies"),
    Content.ORIGINALS: Words("Bản gốc chưa che", "Originals, not blurred"),
}
STANDING_WORDS: Final = {
    Standing.ASKED: Words("Chờ người thứ hai duyệt", "Waits for a second person"),
    Standing.APPROVED: Words("Đã duyệt, chờ lấy", "Approved, to be fetched"),
    Standing.REFUSED: Words("Không duyệt", "Refused"),
    Standing.PRODUCED: Words("Đã xuất", "Exported"),
    Standing.LAPSED: Words("Quá hạn", "Lapsed"),
}


def standing(*, answer: str | None, produced: bool, expires_at: datetime, now: datetime) -> Standing:
    """Where an export stands.

    Examples:
        >>> from datetime import UTC
        >>> at = datetime(2026, 1, 5, tzinfo=UTC)
        >>> standing(answer="approved", produced=False, expires_at=at, now=at).value
        'lapsed'
    """
    if produced:
        return Standing.PRODUCED
    if answer == Answer.REFUSED:
        return Standing.REFUSED
    if now >= expires_at:
        return Standing.LAPSED
    return Standing.ASKED if answer is None else Standing.APPROVED


def plain_line(text: str, most: int) -> str:
    """A text as one line of at most so many characters; what does not print, or turns the writing round, is a space.

    Examples:
        >>> plain_line(" Tòa  án Huế ", 6)
        'Tòa án'
    """
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())[:most]


def chosen(files: Sequence[EvidenceFile], content: Content, here: Collection[str]) -> list[EvidenceFile]:
    """The files that leave: each original, or its blurred copy.

    Pictures of the subject's plate, and blurred ones that copy none of the package, leave with both.

    Args:
        files: of the manifest.
        content: what was asked for.
        here: names of the whole files.
    """
    by_name = {file.name: file for file in files if file.name in here}
    found = []
    for file in by_name.values():
        if file.role == FileRole.PLATE_CROP or (file.is_whole_picture and file.role not in SHOW_PEOPLE):
            found.append(file)
        elif file.role in SHOW_PEOPLE:
            wanted = by_name.get(f"{BLURRED_PREFIX}{file.name}") if content == Content.COPIES else file
            found += [wanted] if wanted is not None else []
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What is written on every picture of an export."""

    lines: tuple[str, ...]  # below the picture
    across: str  # repeated over it


def mark_of(number: str, *, asked_by: str, approved_by: str, at: datetime, recipient: str) -> Mark:
    """Who let it out, when, to whom, under which number.

    Examples:
        >>> from datetime import UTC
        >>> at = datetime(2026, 1, 5, 7, tzinfo=UTC)
        >>> mark = mark_of("3F2A9C1B", asked_by="user:lan", approved_by="user:boss", at=at, recipient="Tòa án Huế")
        >>> mark.lines[0]
        'BẢN XUẤT SỐ 3F2A9C1B · không thay hồ sơ gốc có niêm phong'
        >>> print(mark.lines[1])
        Người xuất: lan · người duyệt: boss · 05/01/2026 14:00:00 · nơi nhận: Tòa án Huế
        >>> mark.across
        'BẢN XUẤT 3F2A9C1B · lan · 05/01/2026'
    """
    who, other = asked_by.removeprefix("user:"), approved_by.removeprefix("user:")
    local = at.astimezone(HUE_TIME)
    first = f"BẢN XUẤT SỐ {number} · không thay hồ sơ gốc có niêm phong"
    second = f"Người xuất: {who} · người duyệt: {other} · {local:%d/%m/%Y %H:%M:%S} · nơi nhận: {recipient}"
    return Mark(lines=(first, second), across=f"BẢN XUẤT {number} · {who} · {local:%d/%m/%Y}")
