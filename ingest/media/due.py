"""Which frames are analysed: chosen by capture time, never by counting. Pure."""

from typing import Final

_EARLY_SHARE: Final = 0.02  # a frame this share of a period early still counts, so that rounding skips none


class DueFrames:
    """Thins a stream to about ``analysed_fps`` pictures a second of capture time.

    Args:
        analysed_fps: pictures a second; None takes every one.

    Examples:
        >>> due = DueFrames(5.0)
        >>> [ms for ms in range(0, 1000, 40) if due.is_due(ms * 1000)]
        [0, 200, 400, 600, 800]
    """

    def __init__(self, analysed_fps: float | None) -> None:
        if analysed_fps is not None and analysed_fps <= 0:
            msg = f"analysed_fps must be above 0, got {analysed_fps}"
            raise ValueError(msg)
        self._period_us = None if analysed_fps is None else 1e6 / analysed_fps
        self._next_us: float | None = None

    def restart(self) -> None:
        """Times begin anew: the next picture is due."""
        self._next_us = None

    def is_due(self, captured_us: int) -> bool:
        """Whether the picture of this capture time is to be analysed; call once a picture, in order of time."""
        if self._period_us is None:
            return True
        if self._next_us is not None and captured_us < self._next_us - self._period_us * _EARLY_SHARE:
            return False
        late = self._next_us is None or captured_us - self._next_us >= self._period_us
        self._next_us = (captured_us if late or self._next_us is None else self._next_us) + self._period_us
        return True
