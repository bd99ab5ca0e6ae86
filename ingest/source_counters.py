"""What a source has done so far, for metrics."""

from dataclasses import dataclass

from domain.fleet.health import StreamState


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceCounters:
    """A snapshot; counts only grow while the source lives."""

    state: StreamState
    packets_received: int
    bytes_received: int
    frames_decoded: int
    frames_delivered: int  # handed out by read()
    frames_dropped: int  # were due, but a newer one came before anybody read them
    frames_damaged: int  # could not be decoded, or decoded with holes; never handed out
    connections: int  # how often the stream came to life
    failed_attempts: int  # connections that never came to life
    ring_bytes: int
    ring_span_s: float
    frames_lost: int = 0  # never came, though others refer to them; where that can be known
    rtp_packets_lost: int = 0
    damaged_stretches: int = 0  # losses and damages, each up to the next keyframe
    stamp_outliers: int = 0  # single time stamps far from their neighbours
    epochs: int = 0  # how often times began anew: a clock was set, or arrival took the place of unusable stamps
    frames_refused: int = 0  # decoded, but without a time that could be used
    frames_shed: int = 0  # not decoded because the machine could not keep up with the camera; keyframes still were

    @property
    def reconnects(self) -> int:
        """Connections after the first."""
        return max(0, self.connections - 1)


class Tally:
    """Running counts of one source; each field is written by one thread only."""

    __slots__ = (
        "bytes_received",
        "connections",
        "damaged_stretches",
        "epochs",
        "failed_attempts",
        "frames_damaged",
        "frames_decoded",
        "frames_delivered",
        "frames_dropped",
        "frames_lost",
        "frames_refused",
        "frames_shed",
        "packets_received",
        "rtp_packets_lost",
        "stamp_outliers",
    )

    def __init__(self) -> None:
        self.packets_received = 0
        self.bytes_received = 0
        self.frames_decoded = 0
        self.frames_delivered = 0
        self.frames_dropped = 0
        self.frames_damaged = 0
        self.frames_shed = 0
        self.frames_lost = 0
        self.frames_refused = 0
        self.rtp_packets_lost = 0
        self.damaged_stretches = 0
        self.stamp_outliers = 0
        self.epochs = 0
        self.connections = 0
        self.failed_attempts = 0

    def snapshot(self, state: StreamState, *, ring_bytes: int = 0, ring_span_s: float = 0.0) -> SourceCounters:
        """The counts as they stand."""
        return SourceCounters(
            state=state,
            ring_bytes=ring_bytes,
            ring_span_s=ring_span_s,
            **{name: getattr(self, name) for name in self.__slots__},
        )
