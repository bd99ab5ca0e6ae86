"""What a camera's part of the box has done so far, in numbers that only grow."""

from collections import Counter
from dataclasses import dataclass, field

from domain.health import StreamState


@dataclass(slots=True, kw_only=True)
class CameraFigures:
    """Counts of one camera since the process started; they survive a reload of the camera.

    The analysis thread writes, everyone else only reads.
    """

    analysed_frames: int = 0
    detection_failures: int = 0  # pictures that no one looked at because the inference failed
    chain_failures: int = 0  # times the camera's tracking and rules had to be started anew
    handover_failures: int = 0  # findings that could not be stored
    cases: Counter[str] = field(default_factory=Counter)  # by violation code
    finished_refusals: Counter[tuple[str, str]] = field(default_factory=Counter)  # of chains that are gone
    lag_s: float = 0.0  # from capture to the end of the rules, of the newest analysed picture


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamFigures:
    """What one source says of itself."""

    state: StreamState
    state_reason: str = ""
    decoded_frames: int = 0
    dropped_frames: int = 0  # decoded, and replaced by a newer one before anybody took them
    reconnects: int = 0
    ring_bytes: int = 0
