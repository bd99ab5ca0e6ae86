"""One RTSP connection in its own thread: open, read packets, tell why it ended."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from threading import Event, Thread
from typing import Final, Literal, Protocol

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from ingest.live.credentials import Credentials
from ingest.live.flood_gate import FloodGate

logger = logging.getLogger(__name__)


class Failure(StrEnum):
    """What kind of failure ended an attempt; it decides how far the waiting may grow."""

    ABSENT = "absent"  # refused or ended at once: nobody listens there, asking again costs one packet
    TROUBLED = "troubled"  # time-out, 401, 404, 5xx, damaged: asking often would hurt (locked accounts, dead sessions)


_REASONS: Final[tuple[tuple[type[Exception], str, Failure], ...]] = (
    (av.error.HTTPUnauthorizedError, "the camera refused the user or password (401)", Failure.TROUBLED),
    (av.error.HTTPForbiddenError, "the camera does not allow this user (403)", Failure.TROUBLED),
    (av.error.HTTPNotFoundError, "the camera has no stream of this name (404)", Failure.TROUBLED),
    (av.error.HTTPError, "the camera answered with an error", Failure.TROUBLED),
    (av.error.ConnectionRefusedError, "the camera refused the connection", Failure.ABSENT),
    (av.error.ConnectionResetError, "the camera broke the connection off", Failure.ABSENT),
    (av.error.BrokenPipeError, "the camera broke the connection off", Failure.ABSENT),
    (av.error.EOFError, "the camera closed the connection", Failure.ABSENT),
    (av.error.ExitError, "the camera did not answer in time", Failure.TROUBLED),
    (av.error.TimeoutError, "the camera did not answer in time", Failure.TROUBLED),
    (av.error.InvalidDataError, "the camera sent something that is no RTSP", Failure.TROUBLED),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Why a connection ended."""

    reason: str  # free of credentials and URLs
    failure: Failure


class SessionSink(Protocol):
    """Who is told what happens on a connection; called from its thread."""

    def opened(self, session: "RtspSession", stream: VideoStream) -> "Callable[[Packet[VideoStream]], bool]":
        """The stream is described; returns what takes its packets (False: stop)."""
        ...

    def ended(self, session: "RtspSession", ending: Ending) -> None:
        """No more packets will come."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class RtspAddress:
    """Where and how to reach a camera."""

    url: str  # without credentials
    credentials: Credentials | None
    transport: Literal["tcp", "udp"]
    open_timeout_s: float
    read_timeout_s: float


class RtspSession:
    """One connection to one camera.

    Its thread is a daemon and may hang in the operating system for as long as it likes: whoever gave the session up
    does not wait for it.

    Args:
        camera_id: for the thread's name.
        address: where to connect.
        sink: who is told.
    """

    def __init__(self, *, camera_id: str, address: RtspAddress, sink: SessionSink) -> None:
        self._address = address
        self._sink = sink
        self._given_up = Event()
        self._thread = Thread(target=self._run, name=f"rtsp-{camera_id}", daemon=True)

    def start(self) -> None:
        """Begin to connect."""
        self._thread.start()

    def give_up(self) -> None:
        """Ask the thread to end as soon as it can; does not wait."""
        self._given_up.set()

    def wait(self, timeout_s: float) -> None:
        """Wait for the thread's end, but not longer than this."""
        self._thread.join(timeout_s)

    def _run(self) -> None:
        container: InputContainer | None = None
        ending = Ending(reason="the connection's thread failed", failure=Failure.TROUBLED)
        try:
            container = self._open()
            ending = self._read(container)
        except (av.error.FFmpegError, OSError, ValueError) as e:
            ending = ending_of(e)
        finally:
            self._sink.ended(self, ending)
            if container is not None:
                container.close()  # says goodbye to the camera, which may take its time

    def _open(self) -> InputContainer:
        address = self._address
        url = address.url if address.credentials is None else address.credentials.within(address.url)
        options = {
            "rtsp_transport": address.transport,
            "allowed_media_types": "video",
            "timeout": str(round(address.read_timeout_s * 1e6)),
            # libav's own look at the stream costs 0.3 to 2 s and tells nothing that the packets do not
            "probesize": "32",
            "analyzeduration": "1",
            "fpsprobesize": "0",
        }
        return av.open(url, "r", options=options, timeout=(address.open_timeout_s, address.read_timeout_s))

    def _read(self, container: InputContainer) -> Ending:
        if not container.streams.video:
            return Ending(reason="the camera offers no video", failure=Failure.TROUBLED)
        stream = container.streams.video[0]
        take = self._sink.opened(self, stream)
        gate = FloodGate(self._given_up)
        for packet in container.demux(stream):
            gate.pass_one()
            if self._given_up.is_set() or not take(packet):
                return Ending(reason="the connection was given up", failure=Failure.TROUBLED)
        return Ending(reason="the camera ended the stream", failure=Failure.ABSENT)


def ending_of(error: Exception) -> Ending:
    """Why a connection ended, from libav's error; its own text is not used, since it holds the URL.

    Examples:
        >>> ending_of(av.error.ConnectionRefusedError(111, "Connection refused", "rtsp://u:secret@cam/")).reason
        'the camera refused the connection'
    """
    for kind, reason, failure in _REASONS:
        if isinstance(error, kind):
            return Ending(reason=reason, failure=failure)
    told = getattr(error, "strerror", None) or type(error).__name__
    return Ending(reason=f"the connection failed: {told}", failure=Failure.TROUBLED)
