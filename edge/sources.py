"""Opens a camera's stream as its configuration says."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

from domain.camera import CameraConfig
from domain.errors import ConfigurationError, SourceError
from domain.health import HealthEvent
from domain.instants import Clock
from domain.ports import FrameSource
from edge.secret_values import read_secret
from edge.settings import RingSettings
from ingest.credentials import Credentials
from ingest.picture_folder import PictureFolderSource
from ingest.rtsp import RtspSource
from ingest.source_counters import SourceCounters
from ingest.video_file import VideoFileSource


class CountingSource(FrameSource, Protocol):
    """A source that tells what it has done."""

    @property
    def counters(self) -> SourceCounters:
        """What was done so far."""
        ...


def open_source(
    camera: CameraConfig,
    *,
    ring: RingSettings,
    folder: Path,
    environ: Mapping[str, str],
    clock: Clock,
    on_health: Callable[[HealthEvent], None],
) -> CountingSource:
    """Open a camera; a live one that is away is no error, it is tried for ever.

    Args:
        camera: whose ``stream.url`` is ``rtsp(s)://...``, ``file:PATH`` or ``frames:FOLDER``; recorded ones play at
            the pace of their times, a file as if it had begun now.
        ring: how much original video to keep.
        folder: relative paths count from here.
        environ: where the camera's password may stand.
        clock: the box's.
        on_health: told of every change of the stream's state.

    Raises:
        ConfigurationError: the password is missing, or a recorded source cannot be opened.
    """
    url = camera.stream.url
    try:
        if url.startswith("file:"):
            return VideoFileSource(
                camera_id=camera.id,
                path=folder / url.removeprefix("file:").removeprefix("//"),
                started_at=clock.now(),
                clock=clock,
                analysed_fps=camera.stream.analysed_fps,
                paced=True,
                on_health=on_health,
            )
        if url.startswith("frames:"):
            return PictureFolderSource(
                camera_id=camera.id,
                directory=folder / url.removeprefix("frames:").removeprefix("//"),
                clock=clock,
                analysed_fps=camera.stream.analysed_fps,
                paced=True,
                on_health=on_health,
            )
    except SourceError as error:
        raise ConfigurationError(f"camera {camera.id}: {error}") from error
    return RtspSource(
        camera_id=camera.id,
        url=url,
        credentials=_credentials(camera, folder, environ),
        transport=camera.stream.transport,
        analysed_fps=camera.stream.analysed_fps,
        clock=clock,
        on_health=on_health,
        ring_s=ring.seconds,
        ring_bytes=ring.max_bytes,
        clock_offset_limit_s=camera.stream.clock_offset_limit_ms / 1000,
    )


def _credentials(camera: CameraConfig, folder: Path, environ: Mapping[str, str]) -> Credentials | None:
    stream = camera.stream
    if stream.username is None:
        return None
    password = read_secret(
        f"camera {camera.id}: password",
        env=stream.password_env,
        file=stream.password_file,
        folder=folder,
        environ=environ,
    )
    return Credentials(username=stream.username, password=password or "")
