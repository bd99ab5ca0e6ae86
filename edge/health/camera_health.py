"""Health measured at the result: a camera is well when its pictures were judged lately."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from domain.fleet.health import ProblemCode, SourceFault, StreamState
from domain.seen.view import ViewState
from edge.health.metrics import CameraView

_LOOK_BACK_S: Final = 30.0
_DROPPED_SHARE: Final = 0.5  # of the due pictures
_FEWEST: Final = 10  # due pictures, before a share says anything
_UNSOUND: Final = {
    ViewState.UNSTEADY: ProblemCode.VIEW_UNSTEADY,
    ViewState.MOVED: ProblemCode.VIEW_MOVED,
    ViewState.COVERED: ProblemCode.VIEW_COVERED,
    ViewState.BLURRED: ProblemCode.VIEW_BLURRED,
    ViewState.BLINDED: ProblemCode.VIEW_BLINDED,
    ViewState.FROZEN: ProblemCode.PICTURE_FROZEN,
}
_LEARNED_WITHIN_S: Final = 600.0  # half a minute is enough of a view that has edges
_PICTURES: Final = 3  # may be missed before their absence says anything


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When a camera is not well."""

    judged_within_s: float  # a picture has to be judged so often
    analysed_fps: float | None  # so many are due a second; None: all that come
    clock_error_ms: float  # rules are suspended beyond it

    @property
    def patience_s(self) -> float:
        """How long a camera may be without a judgement."""
        return (
            self.judged_within_s if not self.analysed_fps else max(self.judged_within_s, _PICTURES / self.analysed_fps)
        )


class _Counts(NamedTuple):
    at_s: float
    judged: int
    dropped: int
    shed: int
    failed: int


class CameraHealth:
    """What is wrong with one camera, from what it has done; looked at about once a second.

    Args:
        now_s: monotonic seconds; the camera is there since then.
    """

    def __init__(self, now_s: float) -> None:
        self._since_s = now_s
        self._counts: deque[_Counts] = deque()

    def faults(self, view: CameraView, limits: Limits, now_s: float) -> Iterator[SourceFault]:
        """Everything that is wrong now, each kind once.

        Args:
            view: the camera's figures.
            limits: when it is not well.
            now_s: monotonic seconds.
        """
        stream, figures = view.stream, view.figures
        yield from stream.faults
        if stream.state is StreamState.LOST and not stream.faults:
            yield SourceFault(code=ProblemCode.CAMERA_LOST, text=stream.state_reason or "the camera is lost")
        idle_s = now_s - max(self._since_s, figures.judged_at_s or self._since_s)
        if idle_s > limits.patience_s:
            text = f"no picture of this camera was judged for more than {limits.patience_s:g} s"
            yield SourceFault(code=ProblemCode.NOT_JUDGED, text=text)
        elif figures.clock_error_ms is not None and figures.clock_error_ms > limits.clock_error_ms:
            text = (
                "the rules of this camera are suspended: its pictures' time is not sure within "
                f"{limits.clock_error_ms / 1000:g} s, since the camera's clock and the box's differ"
            )
            yield SourceFault(code=ProblemCode.RULES_SUSPENDED, text=text)
        if figures.misfitting_lamps:
            text = (
                f"the region drawn for {', '.join(figures.misfitting_lamps)} does not fit its traffic light, so what "
                "it shows is unknown and no rule that needs it accuses anybody"
            )
            yield SourceFault(code=ProblemCode.LAMP_REGION_MISFIT, text=text)
        if figures.broken_lamps:
            text = f"what a traffic light shows is not believed: {', '.join(figures.broken_lamps)}"
            yield SourceFault(code=ProblemCode.LAMP_CYCLE_BROKEN, text=text)
        if figures.unread_lamps:
            text = (
                f"nothing was read of {', '.join(figures.unread_lamps)} for more than five minutes, so what it shows "
                "is unknown and no rule that needs it accuses anybody"
            )
            yield SourceFault(code=ProblemCode.LAMP_UNREAD, text=text)
        if figures.unread_surfaces:
            text = (
                f"the ground of {', '.join(figures.unread_surfaces)} is not looked at, since the network that does it "
                "is absent or fails; rules that ask for it find nothing there"
            )
            yield SourceFault(code=ProblemCode.SURFACE_UNREAD, text=text)
        unsound = _UNSOUND.get(figures.view.state)
        if unsound is not None:
            text = f"the rules of this camera are stopped: {figures.view.words}"
            yield SourceFault(code=unsound, text=text)
        elif figures.analysed_frames and not figures.view_learned and now_s - self._since_s > _LEARNED_WITHIN_S:
            text = "nothing of this camera's view is learned yet: nobody would notice that it moved; its rules run"
            yield SourceFault(code=ProblemCode.VIEW_NOT_LEARNED, text=text)
        yield from self._trends(view, now_s)

    def _trends(self, view: CameraView, now_s: float) -> Iterator[SourceFault]:
        stream, figures = view.stream, view.figures
        newest = _Counts(
            now_s, figures.analysed_frames, stream.dropped_frames, stream.shed_frames, figures.detection_failures
        )
        self._counts.append(newest)
        while self._counts[0].at_s < now_s - _LOOK_BACK_S:
            self._counts.popleft()
        oldest = self._counts[0]
        judged, dropped = newest.judged - oldest.judged, newest.dropped - oldest.dropped
        if newest.failed > oldest.failed:
            text = "pictures of this camera are not looked at, because the network that looks fails"
            yield SourceFault(code=ProblemCode.DETECTION_FAILING, text=text)
        behind = ""
        if newest.shed > oldest.shed:
            behind = "the box cannot decode as fast as the camera sends: only keyframes are looked at"
        elif judged + dropped >= _FEWEST and dropped > _DROPPED_SHARE * (judged + dropped):
            behind = "the box judges less than half of the pictures that are due"
        if behind:
            yield SourceFault(code=ProblemCode.ANALYSIS_BEHIND, text=behind)
