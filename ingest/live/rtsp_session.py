"""One RTSP connection in its own thread: open, read packets, report why it ended."""

import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from threading import Event, Thread
from typing import Final, Literal, Protocol
from urllib.parse import urlsplit

import av
from av.container import InputContainer
from av.packet import Packet
from av.video.stream import VideoStream

from ingest.live.credentials import Credentials
from ingest.live.flood_gate import FloodGate
from ingest.live.rtp_losses import QUEUE_OPTION, RtpLosses, listening

logger = logging.getLogger(__name__)


class Failure(StrEnum):
    """What kind of failure ended an attempt; it decides how far the waiting may grow."""

    ABSENT = "absent"  # refused or ended at once: nobody listens there, asking again costs one packet
    TROUBLED = "troubled"  # time-out, 401, 404, 5xx, damaged: asking often would hurt (locked accounts, dead sessions)


_PROBE_S: Final = 1.0
_MOST_OF_IT: Final = 0.95
_RTSP_PORT: Final = 554
_RTSPS_PORT: Final = 322
_CHECK_USER: Final = "Check username and password of the camera's file; too many tries may have locked the account."
_CHECK_RIGHTS: Final = "Give this user the right to watch live video on the camera's own page."
_CHECK_PATH: Final = "Check the path in the camera's stream.url; the maker's manual or ONVIF names it."
_RESTART: Final = "Restart the camera; if it stays so, look at its log or update its firmware."
_FEWER_CLIENTS: Final = "End other clients of this camera (recorders, browsers), or lower its bit rate."
_CHECK_ADDRESS: Final = "Check host and port in stream.url (554 is usual, 80 is the camera's web page)."
_CHECK_NETWORK: Final = "Check the camera's power and network cable, then host and port in stream.url."
_REASONS: Final[tuple[tuple[type[Exception], str, Failure, str], ...]] = (
    (av.error.HTTPBadRequestError, "the camera does not understand the request (400)", Failure.TROUBLED, _CHECK_PATH),
    (av.error.HTTPUnauthorizedError, "the camera refused the user or password (401)", Failure.TROUBLED, _CHECK_USER),
    (av.error.HTTPForbiddenError, "the camera does not allow this user (403)", Failure.TROUBLED, _CHECK_RIGHTS),
    (av.error.HTTPNotFoundError, "the camera has no stream of this name (404)", Failure.TROUBLED, _CHECK_PATH),
    (
        av.error.HTTPOtherClientError,
        "the camera refused the stream (a 4xx answer, such as 453: not enough bandwidth)",
        Failure.TROUBLED,
        _FEWER_CLIENTS,
    ),
    (av.error.HTTPServerError, "the camera answered with an error of its own (5xx)", Failure.TROUBLED, _RESTART),
    (av.error.HTTPError, "the camera answered with an error", Failure.TROUBLED, _RESTART),
    (av.error.ConnectionRefusedError, "the camera refused the connection", Failure.ABSENT, _CHECK_ADDRESS),
    (av.error.ConnectionResetError, "the camera broke the connection off", Failure.ABSENT, _RESTART),
    (av.error.BrokenPipeError, "the camera broke the connection off", Failure.ABSENT, _RESTART),
    (av.error.EOFError, "the camera closed the connection", Failure.ABSENT, _RESTART),
    (av.error.ExitError, "the camera did not answer in time", Failure.TROUBLED, _CHECK_NETWORK),
    (av.error.TimeoutError, "the camera did not answer in time", Failure.TROUBLED, _CHECK_NETWORK),
    (av.error.InvalidDataError, "the camera sent something that is no RTSP", Failure.TROUBLED, _CHECK_ADDRESS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """Why a connection ended."""

    reason: str  # free of credentials and URLs
    failure: Failure
    remedy: str | None = None  # None: what is usual for a lost camera


Take = Callable[["Packet[VideoStream]", int], bool]
"""Takes a packet and how many RTP packets are missing in or beside it; False: stop."""


class SessionSink(Protocol):
    """Who hears what happens on a connection; called from its thread."""

    def opened(self, session: "RtspSession", stream: VideoStream) -> "Take":
        """The stream is described; returns what takes its packets."""
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
        sink: who hears of it.
        monotonic_s: the clock.
    """

    def __init__(
        self, *, camera_id: str, address: RtspAddress, sink: SessionSink, monotonic_s: Callable[[], float]
    ) -> None:
        self._monotonic_s = monotonic_s
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
        with listening() as losses:
            self._connect(losses)

    def _connect(self, losses: RtpLosses) -> None:
        container: InputContainer | None = None
        ending = Ending(reason="the connection's thread failed", failure=Failure.TROUBLED)
        began_s = self._monotonic_s()
        try:
            container = self._open()
            ending = self._read(container, losses)
        except (av.error.FFmpegError, OSError, ValueError) as e:
            # a time-out in the middle of an answer comes as whatever the half answer looks like
            timed_out = self._monotonic_s() - began_s >= self._address.open_timeout_s * _MOST_OF_IT
            ending = self._unanswered() if container is None and timed_out else ending_of(e)
        finally:
            self._sink.ended(self, ending)
            if container is not None:
                container.close()  # says goodbye to the camera, which may take its time

    def _unanswered(self) -> Ending:
        """A time-out before any stream: whether there is anybody at all."""
        waited = f"within {self._address.open_timeout_s:g} s"
        parts = urlsplit(self._address.url)
        usual_port = _RTSPS_PORT if parts.scheme == "rtsps" else _RTSP_PORT
        try:
            socket.create_connection((parts.hostname or "", parts.port or usual_port), _PROBE_S).close()
        except OSError:
            reason, remedy = f"nobody answers at the camera's address {waited}", _CHECK_NETWORK
        else:
            reason, remedy = f"the camera accepts the connection but does not answer {waited}", _RESTART
        return Ending(reason=reason, failure=Failure.TROUBLED, remedy=remedy)

    def _open(self) -> InputContainer:
        address = self._address
        url = address.url if address.credentials is None else address.credentials.within(address.url)
        options = {
            "rtsp_transport": address.transport,
            "allowed_media_types": "video",
            "timeout": str(round(address.read_timeout_s * 1e6)),
            # libav's own look at the stream costs 0.3 to 2 s and shows nothing that the packets do not
            "probesize": "32",
            "analyzeduration": "1",
            "fpsprobesize": "0",
        }
        if address.transport == "tcp":
            options |= QUEUE_OPTION
        return av.open(url, "r", options=options, timeout=(address.open_timeout_s, address.read_timeout_s))

    def _read(self, container: InputContainer, losses: RtpLosses) -> Ending:
        if not container.streams.video:
            return Ending(reason="the camera offers no video", failure=Failure.TROUBLED, remedy=_CHECK_PATH)
        stream = container.streams.video[0]
        take = self._sink.opened(self, stream)
        gate = FloodGate(self._given_up)
        for packet in container.demux(stream):
            gate.pass_one()
            if self._given_up.is_set() or not take(packet, losses.take()):
                return Ending(reason="the connection was given up", failure=Failure.TROUBLED)
        return Ending(reason="the camera ended the stream", failure=Failure.ABSENT)


def ending_of(error: Exception) -> Ending:
    """Why a connection ended, from libav's error; its own text is not used, since it holds the URL.

    Examples:
        >>> ending_of(av.error.ConnectionRefusedError(111, "Connection refused", "rtsp://u:secret@cam/")).reason
        'the camera refused the connection'
    """
    for kind, reason, failure, remedy in _REASONS:
        if isinstance(error, kind):
            return Ending(reason=reason, failure=failure, remedy=remedy)
    reason = getattr(error, "strerror", None) or type(error).__name__
    return Ending(reason=f"the connection failed: {reason}", failure=Failure.TROUBLED)
