"""Which spans of original video a case needs, and getting them from the ring or from what was held."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.cases.case import Case, CaseMoment
from domain.errors import ClipUnavailable
from domain.instants import to_text
from domain.ports import Clip, DamagedStretch
from edge.evidence.seen_rows import OverlayRow

PRE_ROLL_S = 5.0
POST_ROLL_S = 5.0
DECISIVE_MARGIN_S = 1.0  # lost pictures so near to a decisive moment count as if they were between two of them
MAX_INSTANT_ERROR = timedelta(milliseconds=20)  # half a frame at 25 a second
_PAPER = timedelta(milliseconds=1)  # cases carry whole milliseconds
_SHORTER_PRE_ROLLS_S = (3.0, 1.0, 0.0)
_SHORT_BY_S = 0.5  # a clip that lacks no more than this of its roll is whole: a keyframe or frame away

CutFunction = Callable[[datetime, datetime], Clip]


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Moments that one clip is to show."""

    moments: tuple[CaseMoment, ...]  # at least one, in order of time

    @property
    def start(self) -> datetime:
        """Wanted start of the clip."""
        return self.moments[0].at - timedelta(seconds=PRE_ROLL_S)

    @property
    def end(self) -> datetime:
        """Wanted end of the clip."""
        return self.moments[-1].at + timedelta(seconds=POST_ROLL_S)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CutClip:
    """A clip of the package."""

    name: str  # file name
    clip: Clip
    moments: tuple[CaseMoment, ...]
    rows: tuple[OverlayRow, ...]  # what was seen in its span
    held: bool = False  # kept when the moment was new, so it is shorter than the usual roll


def plan_spans(moments: Sequence[CaseMoment]) -> tuple[Span, ...]:
    """Moments whose rolls overlap share a clip; in order of time."""
    spans: list[tuple[CaseMoment, ...]] = []
    for moment in sorted(moments, key=lambda one: one.at):
        if spans and moment.at - spans[-1][-1].at <= timedelta(seconds=PRE_ROLL_S + POST_ROLL_S):
            spans[-1] = (*spans[-1], moment)
        else:
            spans.append((moment,))
    return tuple(Span(moments=together) for together in spans)


def match_instant(frame_times: Sequence[datetime], at: datetime) -> int | None:
    """The frame that was captured at an instant: nearest, and within half the distance to its neighbours.

    Args:
        frame_times: capture times, rising.
        at: the instant; whole milliseconds are compared with whole milliseconds.

    Returns:
        Its index, None where no frame is that near (never "the nearest one there is").
    """
    if not frame_times:
        return None
    right = bisect_left(frame_times, at)
    index = min((i for i in (right - 1, right) if 0 <= i < len(frame_times)), key=lambda i: abs(frame_times[i] - at))
    gaps = [frame_times[j + 1] - frame_times[j] for j in (index - 1, index) if j >= 0 and j + 1 < len(frame_times)]
    limit = max(_PAPER, min([MAX_INSTANT_ERROR, *(gap / 2 for gap in gaps)]) if gaps else _PAPER)
    return index if abs(frame_times[index] - at) <= limit else None


def holds_moments(clip: Clip, moments: Sequence[CaseMoment]) -> bool:
    """Whether every moment has its frame in the clip."""
    return all(match_instant(clip.frame_times, moment.at) is not None for moment in moments)


def cut_span(cut: CutFunction, span: Span) -> Clip:
    """Cut a span, with a shorter lead where the ring does not reach back so far.

    Raises:
        ClipUnavailable: not even the moments themselves can be had.
    """
    wanted = [(span.start, span.end)]
    wanted += [(span.moments[0].at - timedelta(seconds=pre_s), span.end) for pre_s in _SHORTER_PRE_ROLLS_S]
    reason: ClipUnavailable | None = None
    for start, end in wanted:
        try:
            clip = cut(start, end)
        except ClipUnavailable as e:
            reason = reason or e
            continue
        if holds_moments(clip, span.moments):
            return clip
        reason = ClipUnavailable(
            f"the original video at hand is {to_text(clip.started_at)} to {to_text(clip.ended_at)} "
            f"and has no picture of that instant"
        )
        break
    try:
        clip = cut(span.moments[0].at, span.moments[-1].at)  # the stream may have changed its form in the roll
    except ClipUnavailable as e:
        raise reason or e from e
    if not holds_moments(clip, span.moments):
        raise reason or ClipUnavailable("the original video has no picture of that instant")
    return clip


def roll_gaps(clip: CutClip) -> list[str]:
    """What of the usual five seconds before and after is missing, in words."""
    if clip.held:
        return []
    before_s = (clip.moments[0].at - clip.clip.started_at).total_seconds()
    after_s = (clip.clip.ended_at - clip.moments[-1].at).total_seconds()
    gaps = []
    if before_s < PRE_ROLL_S - _SHORT_BY_S:
        gaps.append(f"{clip.name} begins {max(0.0, before_s):.1f} s before the moment, not {PRE_ROLL_S:.0f} s")
    if after_s < POST_ROLL_S - _SHORT_BY_S:
        gaps.append(f"{clip.name} ends {max(0.0, after_s):.1f} s after the moment, not {POST_ROLL_S:.0f} s")
    return gaps


def decides(stretch: DamagedStretch, case: Case) -> bool:
    """Whether a stretch touches what decides: from a second before the first decisive moment to one after the last."""
    around = timedelta(seconds=DECISIVE_MARGIN_S)
    return stretch.ended_at >= first_moment_at(case) - around and stretch.began_at <= last_moment_at(case) + around


def damage_words(clip: CutClip, stretch: DamagedStretch) -> str:
    """Where pictures of a clip are missing or damaged."""
    number = stretch.lost_pictures
    what = "pictures are missing or damaged" if number is None else f"{number} pictures are missing"
    what = "1 picture is missing" if number == 1 else what
    if number == 0:
        what = "pictures are damaged"
    return f"{clip.name}: {what} between {to_text(stretch.began_at)} and {to_text(stretch.ended_at)}"


def is_damaged_at(clip: Clip, at: datetime) -> bool:
    """Whether an instant lies inside a stretch whose pictures lack what they refer to."""
    return any(stretch.began_at < at < stretch.ended_at for stretch in clip.damage)


def missing_moment(moment: CaseMoment, reason: Exception) -> str:
    """A gap in words: no video of a moment."""
    return f"no video of the moment {moment.name} at {to_text(moment.at)}: {reason}"


def first_moment_at(case: Case) -> datetime:
    """When the first decisive moment was."""
    return min(moment.at for moment in case.moments)


def last_moment_at(case: Case) -> datetime:
    """When the last decisive moment was."""
    return max(moment.at for moment in case.moments)
