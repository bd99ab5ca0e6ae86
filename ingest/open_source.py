"""From a camera's configuration to its source of frames."""

from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from domain.camera import CameraConfig
from domain.errors import ConfigurationError
from domain.fleet.health import HealthEvent
from domain.instants import Clock
from ingest.live.credentials import credentials_of
from ingest.live.rtsp import RtspSource
from ingest.live.rtsp_link import RtspPatience
from ingest.live.substream import OnHealth, SubstreamSource
from ingest.media.packet_ring import DEFAULT_LIMIT_BYTES, DEFAULT_SPAN_S
from ingest.recorded.picture_folder import PictureFolderSource
from ingest.recorded.video_file import VideoFileSource

_SUB_RING_S = 1.0  # nothing is cut from a sub-stream

CameraSource = RtspSource | SubstreamSource | VideoFileSource | PictureFolderSource
"""What ``open_source`` gives: pictures and clips (``domain.ports``) in one, with ``state`` and ``counters``."""


def open_source(
    camera: CameraConfig,
    *,
    clock: Clock,
    secrets: Mapping[str, str],
    folder: Path | None = None,
    on_health: Callable[[HealthEvent], None] | None = None,
    ring_s: float = DEFAULT_SPAN_S,
    ring_bytes: int = DEFAULT_LIMIT_BYTES,
    patience: RtspPatience | None = None,
    paced: bool = True,
    started_at: datetime | None = None,
) -> CameraSource:
    """Open the stream that a camera's configuration names.

    ``rtsp://`` and ``rtsps://`` open a live camera, in the background, so this does not fail when it is away; where
    ``analysed_url`` names its sub-stream, that is analysed and the main stream is the evidence.
    ``file:PATH`` opens a recorded video and ``frames:PATH`` a folder of time-stamped pictures.

    Args:
        camera: whose stream; ``analysed_fps`` thins it.
        clock: wall and monotonic time.
        secrets: the environment, for ``password_env``.
        folder: where relative paths count from; None: where the process runs.
        on_health: called with every change of the stream's state, from threads of the source; must not block.
        ring_s: live: seconds of encoded packets to keep.
        ring_bytes: live: bytes of encoded packets to keep at most.
        patience: live: time-outs and pauses.
        paced: recorded: hand frames out at the pace at which they were taken.
        started_at: recorded video: capture time of its first picture; None: now.

    Raises:
        ConfigurationError: the password cannot be found, or the pictures carry no times.
        SourceUnavailable: the file or folder cannot be opened.
    """
    stream = camera.stream
    scheme = stream.url.split(":", 1)[0]
    if scheme in {"rtsp", "rtsps"}:
        credentials = credentials_of(stream, secrets, folder=folder)

        def opened(url: str, fps: float | None, on_change: OnHealth | None, keep_s: float = ring_s) -> RtspSource:
            return RtspSource(
                camera_id=camera.id,
                url=url,
                clock=clock,
                credentials=credentials,
                transport=stream.transport,
                analysed_fps=fps,
                on_health=on_change,
                ring_s=keep_s,
                ring_bytes=ring_bytes,
                clock_offset_limit_s=stream.clock_offset_limit_ms / 1000,
                patience=patience,
            )

        sub_url = stream.analysed_url
        if sub_url is None:
            return opened(stream.url, stream.analysed_fps, on_health)
        return SubstreamSource(
            clock=clock,
            open_pictures=lambda on_change: opened(sub_url, stream.analysed_fps, on_change, _SUB_RING_S),
            open_clips=lambda on_change: opened(stream.url, None, on_change),
            on_health=on_health,
        )
    path = (folder or Path()) / path_of(stream.url)
    if scheme == "file":
        return VideoFileSource(
            camera_id=camera.id,
            path=path,
            started_at=started_at or clock.now(),
            clock=clock,
            analysed_fps=stream.analysed_fps,
            paced=paced,
            on_health=on_health,
        )
    if scheme == "frames":
        return PictureFolderSource(
            camera_id=camera.id,
            directory=path,
            clock=clock,
            analysed_fps=stream.analysed_fps,
            paced=paced,
            on_health=on_health,
        )
    msg = f"camera {camera.id}: streams of kind {scheme!r} are not known; use rtsp, rtsps, file or frames"
    raise ConfigurationError(msg)


def path_of(url: str) -> Path:
    """The path in a ``file:`` or ``frames:`` URL.

    Examples:
        >>> str(path_of("file:///data/a%20b.mp4")), str(path_of("frames:pictures/day1"))
        ('/data/a b.mp4', 'pictures/day1')
    """
    parts = urlsplit(url)
    return Path(unquote(parts.netloc + parts.path))
