"""What a small network sees at a drawn region: a light that stands where it should or not, and which lamp is lit."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

from detectors.lamps.fit_crop import INPUT_WH, cut_light
from detectors.lamps.looking import RegionPx
from detectors.model_specs import LampFitSpec
from detectors.onnx_detector import Session
from detectors.small_networks import calibrated, check_shapes, infer, to_tensor
from domain.geometry import ImageBgr
from domain.model_ref import ModelRef
from domain.seen.timeline import SignalState


class SeenFit(StrEnum):
    """How a region lies to a traffic light, by one look; in the order of the network's output."""

    HERE = "here"
    ELSEWHERE = "elsewhere"  # shifted, or of a wrong size
    NO_LIGHT = "no_light"
    CANNOT_TELL = "cannot_tell"


SHOWN: Final = (SignalState.RED, SignalState.YELLOW, SignalState.GREEN, SignalState.DARK, SignalState.UNKNOWN)
"""What a light shows, in the order of the network's output."""


_COLOURS: Final = (SignalState.RED, SignalState.YELLOW, SignalState.GREEN)
_OPPOSITE: Final = {SignalState.RED: SignalState.GREEN, SignalState.GREEN: SignalState.RED}
_SURER: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FitLook:
    """One look at a region."""

    fit: Mapping[SeenFit, float]  # chances, adding to 1
    shown: Mapping[SignalState, float]  # likewise
    least_here: float  # below it no state is believed
    least_shown: float  # likewise of the state itself

    def bears_out(self, state: SignalState) -> bool:
        """Whether a light stands here and may show that, more likely than another colour.

        Of red and green the one must be twice as likely as the other: a swap is the worst that a look can tell. Where
        the light rather stands elsewhere, nothing is believed that may as well be no state at all.
        """
        here, chance = self.fit[SeenFit.HERE], self.shown.get(state, 0.0)
        others = [self.shown[other] for other in _COLOURS if other is not state]
        opposite = self.shown[_OPPOSITE[state]] if state in _OPPOSITE else 0.0
        return (
            here >= self.least_here
            and chance >= max(self.least_shown, *others)
            and chance >= _SURER * opposite
            and (here >= self.fit[SeenFit.ELSEWHERE] or chance >= self.shown[SignalState.UNKNOWN])
        )


_SMALL_PX = 20
"""Narrower regions are looked at a little wider, too: people draw to a pixel or two, which there is a tenth or more."""
_WIDER_PX = (0, 1, 2)  # on every side; of a small region the look that sees a light in its place best is the one

NOTHING_SEEN: Final = FitLook(
    fit={fit: float(fit is SeenFit.CANNOT_TELL) for fit in SeenFit},
    shown={state: float(state is SignalState.UNKNOWN) for state in SHOWN},
    least_here=1.0,
    least_shown=1.0,
)
"""The look of a network that cannot be had, or failed: it bears nothing out."""


class LampFit(Protocol):
    """Looks at a region; the network, or what shares one."""

    def look(self, picture_bgr: ImageBgr, region_px: RegionPx) -> FitLook:
        """Look at one region of a picture, (h, w, 3), which is not written to."""


class LampFitNetwork:
    """Looks at regions of traffic lights.

    Args:
        spec: of the network.
        session: open.

    Raises:
        ConfigurationError: the network does not fit its entry in the manifest.
    """

    def __init__(self, *, spec: LampFitSpec, session: Session) -> None:
        check_shapes(session, spec, [(INPUT_WH[1], INPUT_WH[0])], (len(SeenFit) + len(SHOWN),))
        self._spec = spec
        self._session = session

    @property
    def model(self) -> ModelRef:
        """Which weights look."""
        return self._spec.ref

    def look(self, picture_bgr: ImageBgr, region_px: RegionPx) -> FitLook:
        """Look at one region.

        Raises:
            DetectionError: the inference failed.
        """
        tensor = to_tensor([cut_light(picture_bgr, region) for region in regions_looked_at(region_px)], self._spec)
        logits = infer(self._session, self._spec, tensor, len(SeenFit) + len(SHOWN), 2, things="traffic lights")
        fit, shown = calibrated(logits[:, : len(SeenFit)], 1.0), calibrated(logits[:, len(SeenFit) :], 1.0)
        best = int(fit[:, list(SeenFit).index(SeenFit.HERE)].argmax())
        return FitLook(
            fit=dict(zip(SeenFit, fit[best].tolist(), strict=True)),
            shown=dict(zip(SHOWN, shown[best].tolist(), strict=True)),
            least_here=self._spec.least_here,
            least_shown=self._spec.least_shown,
        )


def regions_looked_at(region_px: RegionPx) -> list[RegionPx]:
    """The region, and where it is small, the same a pixel and two wider on every side.

    Examples:
        >>> regions_looked_at((50, 50, 66, 99))
        [(50, 50, 66, 99), (49, 49, 67, 100), (48, 48, 68, 101)]
        >>> regions_looked_at((50, 50, 101, 194))
        [(50, 50, 101, 194)]
    """
    x1, y1, x2, y2 = region_px
    wider_px = _WIDER_PX if min(x2 - x1, y2 - y1) < _SMALL_PX else (0,)
    return [(x1 - by, y1 - by, x2 + by, y2 + by) for by in wider_px]
