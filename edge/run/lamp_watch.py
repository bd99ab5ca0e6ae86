"""Reads a camera's own traffic lights from the pictures that are analysed, into its signals' timelines."""

import logging
from collections.abc import Mapping
from datetime import datetime

from detectors.lamps import LampReader
from domain.camera import CameraConfig
from domain.frame import Frame
from domain.timeline import SignalTimeline

logger = logging.getLogger(__name__)


class LampWatch:
    """The lamp readers of one camera; a picture that is not newer than the last is passed over.

    Args:
        camera: its signals with source ``lamp`` are read.
        timelines: by signal id; what is read is recorded there, unknown included.
    """

    def __init__(self, *, camera: CameraConfig, timelines: Mapping[str, SignalTimeline]) -> None:
        self._readers = {
            signal.id: LampReader(region_norm=signal.lamp_region_norm)
            for signal in camera.signals
            if signal.lamp_region_norm is not None
        }
        self._timelines = timelines
        self._newest_at: datetime | None = None

    def look(self, frame: Frame) -> None:
        """Read every lamp in a picture."""
        if not self._readers or (self._newest_at is not None and frame.captured_at <= self._newest_at):
            return
        self._newest_at = frame.captured_at
        for signal_id, reader in self._readers.items():
            state = reader.read(frame)
            try:
                self._timelines[signal_id].record(frame.captured_at, state)
            except ValueError as error:  # the timeline outlives this reader, and the camera's clock was set back
                logger.warning(
                    "Lamp reading came out of order",
                    extra={"action": "lamp_out_of_order", "signal_id": signal_id, "reason": str(error)},
                )
