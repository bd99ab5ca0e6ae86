"""One decoding pass through a clip for whoever needs pictures of it; no packet is decoded that no picture needs."""

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, Protocol

import av
from av.container import InputContainer
from av.error import FFmpegError
from av.packet import Packet
from av.video.frame import VideoFrame

from domain.errors import ClipUnavailable, EvidenceError
from domain.instants import to_text
from domain.ports import Clip
from edge.evidence.masking import MaskingConverter, MaskNorm
from edge.evidence.video.clips import CutClip, is_damaged_at, match_instant
from ingest.media.decoding import DecodedPicture


class PictureReader(Protocol):
    """Wants pictures of a package's clips: stills of moments, a vehicle's plate, whatever is derived later."""

    def wanted(self, clip: CutClip) -> Sequence[datetime]:
        """Which instants of a clip."""
        ...

    def take(self, clip: CutClip, at: datetime, picture: DecodedPicture | EvidenceError) -> None:
        """One of them, or why there is none; in the order that costs least. It becomes BGR when asked for it."""
        ...


def read_pictures(
    clips: Sequence[CutClip], readers: Sequence[PictureReader], masks: Sequence[MaskNorm]
) -> dict[str, tuple[float, ...]]:
    """Decode every clip once and give each reader what it wants.

    Args:
        clips: of one camera.
        readers: each says what it wants.
        masks: privacy masks of the camera; no reader sees what lies in them.

    Returns:
        By clip that could be opened: where each frame stands on the clip's own time line, in seconds from its first.
    """
    offsets_s: dict[str, tuple[float, ...]] = {}
    for clip in clips:
        wanted = [(reader, frozenset(reader.wanted(clip))) for reader in readers]
        instants = sorted(frozenset().union(*(of_reader for _, of_reader in wanted)))
        try:
            with opened(clip.clip, masks) as pictures:
                offsets_s[clip.name] = pictures.offsets_s
                for place, picture in pictures.at(instants):
                    _hand_out(clip, instants[place], picture, wanted)
        except EvidenceError as e:
            for at in instants:
                _hand_out(clip, at, e, wanted)
    return offsets_s


def _hand_out(
    clip: CutClip,
    at: datetime,
    picture: DecodedPicture | EvidenceError,
    wanted: Sequence[tuple[PictureReader, frozenset[datetime]]],
) -> None:
    for reader, instants in wanted:
        if at in instants:
            reader.take(clip, at, picture)


class ClipPictures:
    """An open clip; made by ``opened``, used by one thread.

    Attributes:
        offsets_s: where each frame stands on the clip's own time line, from its first frame.
    """

    def __init__(self, container: InputContainer, clip: Clip, masks: Sequence[MaskNorm]) -> None:
        stream = container.streams.video[0]
        stream.codec_context.thread_type = "NONE"
        stream.codec_context.thread_count = 1
        self._context = stream.codec_context
        self._clip = clip
        self._packets: list[Packet[Any]] = [packet for packet in container.demux(stream) if packet.pts is not None]
        self._pts = [packet.pts or 0 for packet in self._packets]
        self._shown = sorted(range(len(self._pts)), key=self._pts.__getitem__)  # packets in order of presentation
        self._converter = MaskingConverter(masks)
        if len(self._packets) != len(clip.frame_times):
            raise EvidenceError(
                f"the clip holds {len(self._packets)} frames, {len(clip.frame_times)} capture times are known"
            )
        unit_s = float(stream.time_base or 0)
        self.offsets_s = tuple((self._pts[number] - self._pts[self._shown[0]]) * unit_s for number in self._shown)

    def at(self, instants: Sequence[datetime]) -> Iterator[tuple[int, DecodedPicture | EvidenceError]]:
        """The pictures that were captured at some instants, one at a time, each decoded from the keyframe before it.

        Yields:
            For every instant its index and its picture, or why there is none; in the order that costs least.
        """
        wanted: dict[int, list[int]] = {}  # packet: places in ``instants``
        for place, at in enumerate(instants):
            shown = match_instant(self._clip.frame_times, at)
            if shown is None:
                yield place, ClipUnavailable(f"no frame of the clip was captured at {to_text(at)}")
            elif is_damaged_at(self._clip, at):
                yield place, EvidenceError(f"pictures before {to_text(at)}, which that one refers to, were lost")
            else:
                wanted.setdefault(self._shown[shown], []).append(place)
        runs: dict[int, list[int]] = {}  # the packet to begin with: the wanted ones
        for number in sorted(wanted):
            runs.setdefault(self._keyframe_before(number), []).append(number)
        for first, numbers in runs.items():
            for number, frame in self._decode(first, numbers):
                for place in wanted[number]:
                    yield place, self._picture(frame, instants[place])

    def _keyframe_before(self, number: int) -> int:
        """A keyframe before a packet in decoding and not after it in presentation: then its references are there."""
        keyframes = (
            i for i in range(number, -1, -1) if self._packets[i].is_keyframe and self._pts[i] <= self._pts[number]
        )
        return next(keyframes, 0)

    def _decode(self, first: int, numbers: Sequence[int]) -> Iterator[tuple[int, VideoFrame | FFmpegError | None]]:
        """Decode up to the last of some packets, in order; each one's picture, an error, or None where none came."""
        awaited = {self._pts[number]: number for number in numbers}
        failure: FFmpegError | None = None
        broken = len(self._packets)
        for number in [*range(first, numbers[-1] + 1), None]:  # None: what the decoder still holds
            if number is not None and number >= broken:
                continue
            try:
                frames = self._context.decode(None if number is None else self._packets[number])
            except FFmpegError as e:
                failure, broken = failure or e, min(broken, len(self._packets) if number is None else number)
                continue
            for frame in frames:
                if frame.pts is not None and awaited.get(frame.pts, broken) < broken:
                    yield awaited.pop(frame.pts), frame
        self._context.flush_buffers()
        for number in awaited.values():
            yield number, failure

    def _picture(self, frame: VideoFrame | FFmpegError | None, at: datetime) -> DecodedPicture | EvidenceError:
        if frame is None:
            return EvidenceError(f"the decoder gave no picture at {to_text(at)}")
        if isinstance(frame, FFmpegError):
            return EvidenceError(f"the clip cannot be decoded at {to_text(at)} ({frame})")
        if frame.is_corrupt:
            return EvidenceError(f"the picture at {to_text(at)} is damaged in the original")
        return DecodedPicture(frame, self._converter)


@contextmanager
def opened(clip: Clip, masks: Sequence[MaskNorm] = ()) -> Iterator[ClipPictures]:
    """A clip's pictures while the context lasts, with privacy masks filled.

    Raises:
        EvidenceError: the clip cannot be read, or does not have the frames that it says.
    """
    try:
        container = av.open(io.BytesIO(clip.content), "r")
    except (FFmpegError, ValueError) as e:
        raise EvidenceError(f"the clip cannot be read ({e})") from e
    with container:
        try:
            pictures = ClipPictures(container, clip, masks)
        except (FFmpegError, IndexError, ValueError) as e:
            raise EvidenceError(f"the clip cannot be read ({e})") from e
        yield pictures
