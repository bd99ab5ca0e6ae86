"""The clips of a case: cut from what a camera still has, each with what was seen in its span."""

from datetime import datetime
from typing import Protocol

from domain.cases.case import Case, CaseMoment
from domain.errors import ClipUnavailable, EvidenceError, FileError
from domain.ports import Clip
from edge.evidence.seen_rows import OverlayRow
from edge.evidence.stills import file_stem
from edge.evidence.video.clips import CutClip, Span, cut_span, missing_moment, plan_spans
from edge.evidence.video.holds import HeldClip


class CameraVideo(Protocol):
    """What there is of one camera's original video."""

    def cut_clip(self, start: datetime, end: datetime) -> Clip:
        """Original video of a span; see ``ClipSource.cut_clip``."""
        ...

    def held(self, at: datetime) -> HeldClip | None:
        """A clip that was held and shows an instant."""
        ...

    def why_not_held(self, at: datetime) -> str | None:
        """Why an instant that should have been held is not; None when nobody asked for it."""
        ...

    def rows(self, start: datetime, end: datetime) -> tuple[OverlayRow, ...]:
        """What was seen in a span."""
        ...


def cut_clips(case: Case, video: CameraVideo, gaps: list[str]) -> list[CutClip]:
    """One clip for every group of moments; the last group's is ``clip.mp4``.

    Args:
        case: with its moments.
        video: of its camera.
        gaps: what cannot be had is added here, in words.
    """
    found: list[tuple[tuple[CaseMoment, ...], Clip, HeldClip | None]] = []
    for span in plan_spans(case.moments):
        try:
            found.append((span.moments, cut_span(video.cut_clip, span), None))
        except (ClipUnavailable, EvidenceError) as reason:
            found += _moment_by_moment(span, video, reason, gaps)
    clips: list[CutClip] = []
    stems: list[str] = []
    for number, (moments, clip, held) in enumerate(found):
        stems.append(file_stem(moments[0].name, stems))
        is_last = number == len(found) - 1
        clips.append(
            CutClip(
                name="clip.mp4" if is_last else f"clip-{stems[-1]}.mp4",
                clip=clip,
                moments=moments,
                rows=video.rows(clip.started_at, clip.ended_at) if held is None else held.notes.rows,
                held=held is not None,
            )
        )
    return clips


def _moment_by_moment(
    span: Span, video: CameraVideo, reason: Exception, gaps: list[str]
) -> list[tuple[tuple[CaseMoment, ...], Clip, HeldClip | None]]:
    """Each moment of a span that cannot be had in one piece: what was held, or its own part of the ring."""
    found: list[tuple[tuple[CaseMoment, ...], Clip, HeldClip | None]] = []
    for moment in span.moments:
        held = video.held(moment.at)
        try:
            if held is not None:
                found.append(((moment,), held.load(), held))
            elif len(span.moments) > 1:
                found.append(((moment,), cut_span(video.cut_clip, Span(moments=(moment,))), None))
            else:
                gaps.append(missing_moment(moment, EvidenceError(video.why_not_held(moment.at) or str(reason))))
        except (EvidenceError, FileError) as e:
            gaps.append(missing_moment(moment, e))
    return found
