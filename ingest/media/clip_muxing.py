"""From encoded packets to an MP4 in memory: remuxed, never re-encoded."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Final

import av
from av.video.stream import VideoStream

from domain.errors import ClipUnavailable
from domain.geometry import SizeWh
from domain.ports import Clip
from ingest.media.decoding import shown_wh
from ingest.media.local_file import open_local
from ingest.media.nal import ANNEX_B_CODECS, carries_signature

_TICKS_PER_S: Final = 90_000
_DEFAULT_GAP_S: Final = 0.04  # how long the last picture of a one-picture clip is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class EncodedPacket:
    """One encoded picture as it came."""

    payload: bytes
    is_keyframe: bool
    captured_at: datetime  # UTC, of the picture when it is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamForm:
    """What a decoder must know beside the packets; two packets of different forms never share a clip."""

    codec: str  # libav's name, e.g. h264, hevc, mjpeg
    parameter_sets: bytes = b""  # Annex B, for h264 and hevc as cameras send them
    file: Path | None = None  # a file whose video stream describes the packets, where they came from one


def mux_clip(packets: Sequence[EncodedPacket], form: StreamForm) -> Clip:
    """Write packets of one form, in order of decoding, the first a keyframe, to an MP4.

    Its timeline is that of the capture times: zero is the first picture's. Pictures that lead the first keyframe in
    presentation (open GOP) refer to pictures before it and are left out. Every NAL unit of the others is kept, byte for
    byte and in its place, SEI units with the camera's own signature too; only the form around it changes (a length
    instead of a start code, as MP4 wants it). The file's header repeats the parameter sets, nothing else is added.

    Raises:
        ClipUnavailable: the codec does not fit into an MP4, or the packets are damaged.
    """
    kept = [packets[0], *(p for p in packets[1:] if p.captured_at > packets[0].captured_at)]
    shown = sorted(range(len(kept)), key=lambda i: (kept[i].captured_at, i))
    times = [kept[i].captured_at for i in shown]
    ticks = _rising([_ticks(times[0], time) for time in times])
    pts = dict(zip(shown, ticks, strict=True))
    shift = max(dts - pts[i] for i, dts in enumerate(ticks))
    gaps = [later - earlier for earlier, later in pairwise(ticks)]
    last_gap = sorted(gaps)[len(gaps) // 2] if gaps else round(_DEFAULT_GAP_S * _TICKS_PER_S)
    file = io.BytesIO()
    try:
        with (
            _template(form, kept[0].payload) as template,
            av.open(file, "w", format="mp4", options={"video_track_timescale": str(_TICKS_PER_S)}) as container,
        ):
            stream = container.add_stream_from_template(template, opaque=True)
            for i, (dts, encoded) in enumerate(zip(ticks, kept, strict=True)):
                packet = av.Packet(encoded.payload)
                packet.stream = stream
                packet.time_base = Fraction(1, _TICKS_PER_S)
                packet.pts, packet.dts = pts[i], dts - shift
                packet.duration = gaps[i] if i < len(gaps) else last_gap
                packet.is_keyframe = encoded.is_keyframe
                container.mux_one(packet)
    except (av.error.FFmpegError, ValueError) as e:
        reason = e.strerror if isinstance(e, av.error.FFmpegError) else str(e)
        msg = f"the {form.codec} packets cannot be written to an MP4: {reason}"
        raise ClipUnavailable(msg) from e
    return Clip(
        content=file.getvalue(),
        started_at=times[0],
        ended_at=times[-1],
        frame_times=tuple(times),
        camera_signed=any(carries_signature(packet.payload, form.codec) for packet in kept),
    )


def size_of(form: StreamForm, keyframe: bytes) -> SizeWh:
    """(width, height) in pixels of the pictures of a form, as players show them.

    Args:
        form: of the stream.
        keyframe: the payload of one of its keyframes.

    Raises:
        ClipUnavailable: it cannot be known.
    """
    try:
        if form.file is not None:
            with open_local(form.file) as source:
                return shown_wh(next(source.decode(video=0)))
        with _template(form, keyframe) as stream:
            return (stream.codec_context.width, stream.codec_context.height)
    except (av.error.FFmpegError, OSError, StopIteration) as e:
        msg = f"the size of the {form.codec} pictures cannot be told ({getattr(e, 'strerror', None) or 'no picture'})"
        raise ClipUnavailable(msg) from e


def _ticks(origin: datetime, instant: datetime) -> int:
    return round((instant - origin) / timedelta(microseconds=1) * _TICKS_PER_S / 1_000_000)


def _rising(ticks: list[int]) -> list[int]:
    for i in range(1, len(ticks)):
        ticks[i] = max(ticks[i], ticks[i - 1] + 1)
    return ticks


@contextmanager
def _template(form: StreamForm, keyframe: bytes) -> Iterator[VideoStream]:
    """A stream that describes the packets, read from a file or from the first packet itself."""
    if form.file is not None:
        with open_local(form.file) as source:
            yield source.streams.video[0]
        return
    if form.codec in ANNEX_B_CODECS:
        described = io.BytesIO(form.parameter_sets + keyframe)
    elif form.codec == "mjpeg":
        described = io.BytesIO(keyframe)
    else:
        msg = f"clips of {form.codec} streams are not supported; set the camera to H.264 or H.265"
        raise ClipUnavailable(msg)
    with av.open(described, "r", format=form.codec) as source:
        yield source.streams.video[0]
