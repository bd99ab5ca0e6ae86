"""Capture times of a recorded file: where it began plus its presentation stamps. Pure."""

from typing import Final

_REORDER_US: Final = 2_000_000
_DEFAULT_GAP_US: Final = 40_000


class FileTimeline:
    """Maps a file's packets, in order of decoding, to UTC.

    Gaps and irregular rates stay as they are. Where the stamps go back (files put together), a new stretch is joined on
    one picture's gap after the latest picture before it.

    Args:
        started_us: capture time of the first picture, microseconds since 1970.
        origin_us: presentation stamp of the first picture; None takes that of the first packet.
    """

    def __init__(self, *, started_us: int, origin_us: int | None) -> None:
        self._started_us = started_us
        self._offset_us = None if origin_us is None else started_us - origin_us
        self._latest_us: int | None = None
        self._latest_dts_us: int | None = None
        self._gap_us = _DEFAULT_GAP_US
        self.joins = 0

    def captured_us(self, *, pts_us: int, dts_us: int | None) -> int:
        """Capture time of the next packet.

        Args:
            pts_us: presentation stamp.
            dts_us: decoding stamp, None where the file has none.
        """
        if self._offset_us is None:
            self._offset_us = self._started_us - pts_us
        went_back = dts_us is not None and self._latest_dts_us is not None and dts_us < self._latest_dts_us
        far_back = self._latest_us is not None and pts_us + self._offset_us < self._latest_us - _REORDER_US
        if self._latest_us is not None and (went_back or far_back):
            self._offset_us = self._latest_us + self._gap_us - pts_us
            self.joins += 1
        captured_us = pts_us + self._offset_us
        if self._latest_us is None or captured_us > self._latest_us:
            if self._latest_us is not None:
                self._gap_us = captured_us - self._latest_us
            self._latest_us = captured_us
        self._latest_dts_us = dts_us
        return captured_us
