"""The last seconds of one camera as encoded packets, whole groups of pictures, bounded in time and bytes."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from threading import Lock
from typing import Final

from domain.errors import ClipUnavailable
from domain.geometry import SizeWh
from domain.instants import to_text
from domain.ports import Clip, DamagedStretch, EvidenceFrame
from ingest.media.clip_muxing import EncodedPacket, StreamForm, mux_clip, size_of

DEFAULT_SPAN_S: Final = 30.0
DEFAULT_LIMIT_BYTES: Final = 64 * 1024 * 1024


@dataclass(slots=True, kw_only=True, eq=False)
class _Group:
    """A keyframe and what follows it up to the next one."""

    form: StreamForm
    epoch: int  # times of different epochs cannot be compared
    packets: list[EncodedPacket] = field(default_factory=list)
    size_bytes: int = 0
    sound: int | None = None  # so many packets are sound, then up to the next group they are not; None: all are
    lost_pictures: int | None = 0  # that never came; None: not known how many

    def damage(self, lost: int | None, *, sound: int) -> None:
        """From a place on, pictures are missing or cannot be trusted."""
        self.sound = sound if self.sound is None else min(self.sound, sound)
        self.lost_pictures = None if lost is None or self.lost_pictures is None else self.lost_pictures + lost

    @property
    def started_at(self) -> datetime:
        return self.packets[0].captured_at

    @property
    def ended_at(self) -> datetime:
        return max(packet.captured_at for packet in self.packets[-8:])


class PacketRing:
    """Keeps encoded packets and cuts original clips from them; safe to use from several threads.

    It spans at least ``span_s`` once filled (up to one group of pictures more). Over ``limit_bytes`` the oldest groups
    go first, whole; a single group that is larger than the limit is let go too, until the next keyframe.

    Args:
        span_s: seconds to keep.
        limit_bytes: payload bytes to keep at most.
    """

    def __init__(self, *, span_s: float = DEFAULT_SPAN_S, limit_bytes: int = DEFAULT_LIMIT_BYTES) -> None:
        if span_s <= 0 or limit_bytes <= 0:
            msg = f"a ring needs a span and a byte limit above 0, got {span_s} s and {limit_bytes} bytes"
            raise ValueError(msg)
        self._span = timedelta(seconds=span_s)
        self._limit_bytes = limit_bytes
        self._groups: deque[_Group] = deque()
        self._epoch = 0
        self._epoch_began_at: datetime | None = None  # capture time of the epoch's first picture
        self._open = False  # whether packets that are no keyframes have a group to go to
        self._size_bytes = 0
        self._sizes_wh: dict[StreamForm, SizeWh] = {}  # of pictures, by form; read when first asked for
        self._lock = Lock()

    @property
    def size_bytes(self) -> int:
        """Payload bytes held now."""
        return self._size_bytes

    @property
    def span_s(self) -> float:
        """Seconds between the first and the last picture held now."""
        with self._lock:
            groups = self._of_this_epoch()
            return (groups[-1].ended_at - groups[0].started_at).total_seconds() if groups else 0.0

    @property
    def started_at(self) -> datetime | None:
        """Capture time of the oldest picture held now, None while there is none."""
        with self._lock:
            groups = self._of_this_epoch()
            return groups[0].started_at if groups else None

    @property
    def ended_at(self) -> datetime | None:
        """Capture time of the newest picture held now, None while there is none."""
        with self._lock:
            groups = self._of_this_epoch()
            return groups[-1].ended_at if groups else None

    def append(self, packet: EncodedPacket, form: StreamForm) -> None:
        """Take in the next packet in order of decoding.

        Args:
            packet: what came; anything before the first keyframe is not kept, since nothing could show it.
            form: codec and parameters that hold for it; looked at on keyframes only.
        """
        with self._lock:
            if packet.is_keyframe:
                if self._epoch_began_at is None:
                    self._begin(packet.captured_at)
                self._groups.append(_Group(form=form, epoch=self._epoch))
                self._open = True
            if not self._open:
                return
            group = self._groups[-1]
            group.packets.append(packet)
            group.size_bytes += len(packet.payload)
            self._size_bytes += len(packet.payload)
            self._trim(packet.captured_at)

    def begin_epoch(self) -> None:
        """Times begin anew, perhaps earlier than those before; what is held can be cut for as long as it is kept."""
        self.interrupt()
        with self._lock:
            self._epoch += 1
            self._epoch_began_at = None

    def interrupt(self) -> None:
        """The stream broke off: packets up to the next keyframe have no reference and are not kept."""
        with self._lock:
            if self._open:
                self._groups[-1].damage(None, sound=len(self._groups[-1].packets))
            self._open = False

    def note_loss(self, pictures: int | None) -> None:
        """Before the next packet pictures are missing; what follows up to the next keyframe cannot be trusted.

        Args:
            pictures: how many; None: not known.
        """
        with self._lock:
            if self._open:
                self._groups[-1].damage(pictures, sound=len(self._groups[-1].packets))

    def note_damage(self, pictures: int | None) -> None:
        """The newest packet is not whole; it and what follows up to the next keyframe cannot be trusted.

        Args:
            pictures: how many never came; None: not known.
        """
        with self._lock:
            if self._open:
                self._groups[-1].damage(pictures, sound=len(self._groups[-1].packets) - 1)

    def clear(self) -> None:
        """Let everything go."""
        with self._lock:
            self._groups.clear()
            self._open, self._epoch_began_at = False, None
            self._size_bytes = 0

    def cut_clip(self, start: datetime, end: datetime) -> Clip:
        """The original packets of a span as an MP4, see ``domain.ports.ClipSource.cut_clip``.

        Where the stream changed its codec or its parameters (size) inside the span, the clip is of the part that covers
        most of the span (the later one if equal): a clip never mixes two. Where the ring does not reach back to
        ``start`` or not yet to ``end``, or where times begin anew inside the span, the clip holds
        what is there; ``started_at`` and ``ended_at`` say what that is.
        In streams with B-frames up to the reorder depth may follow ``end``, because earlier pictures refer to it.

        Raises:
            ClipUnavailable: no picture of the span is here.
        """
        if end < start:
            msg = f"a clip needs start <= end, got {to_text(start)} to {to_text(end)}"
            raise ValueError(msg)
        with self._lock:
            held = [(group, tuple(group.packets)) for group in self._groups]
            groups = _of_one_epoch(held, start, end)
            damage = list(_stretches(group for group, _ in groups))
        packets, form = _choose(groups, start, end)
        clip = mux_clip(packets, form)
        return replace(clip, damage=tuple(_within(damage, clip.started_at, clip.ended_at)))

    def frame_near(self, at: datetime) -> EvidenceFrame | None:
        """The frame held that was captured nearest an instant, the earlier one if equal; None where none is held.

        Raises:
            ClipUnavailable: the stream's form cannot be read, so no clip could be cut from it either.
        """
        with self._lock:
            held = [(group, tuple(group.packets)) for group in self._groups]
            groups = [group for group, _ in _of_one_epoch(held, at, at)]
            first = max((i for i, group in enumerate(groups) if group.started_at <= at), default=0)
            near = [(p.captured_at, group) for group in groups[max(0, first - 1) : first + 2] for p in group.packets]
        if not near:
            return None
        captured_at, group = min(near, key=lambda one: (abs(one[0] - at), one[0]))
        if group.form not in self._sizes_wh:
            self._sizes_wh = {group.form: size_of(group.form, group.packets[0].payload)}
        return EvidenceFrame(captured_at=captured_at, resolution_wh=self._sizes_wh[group.form])

    def _of_this_epoch(self) -> list[_Group]:
        return [group for group in self._groups if group.epoch == self._epoch]

    def _begin(self, at: datetime) -> None:
        """Let go of what this epoch's own times could be taken for while it is held."""
        self._epoch_began_at = at
        clear_of = at + 2 * self._span
        kept = [group for group in self._groups if group.ended_at < at or group.started_at > clear_of]
        self._groups = deque(kept)
        self._size_bytes = sum(group.size_bytes for group in kept)

    def _trim(self, newest_at: datetime) -> None:
        while len(self._groups) > 1 and self._is_too_old(self._groups[0], self._groups[1], newest_at):
            self._drop_oldest()
        while self._groups and self._size_bytes > self._limit_bytes:
            self._drop_oldest()
        self._open = self._open and bool(self._groups)

    def _is_too_old(self, group: _Group, following: _Group, newest_at: datetime) -> bool:
        if group.epoch == self._epoch:
            return following.started_at <= newest_at - self._span
        return self._epoch_began_at is not None and newest_at - self._epoch_began_at >= self._span

    def _drop_oldest(self) -> None:
        self._size_bytes -= self._groups.popleft().size_bytes


def _of_one_epoch(
    groups: list[tuple[_Group, tuple[EncodedPacket, ...]]], start: datetime, end: datetime
) -> list[tuple[_Group, tuple[EncodedPacket, ...]]]:
    """Groups of the newest epoch that reaches into a span; of the newest of all where none does."""
    epochs = sorted({group.epoch for group, _ in groups}, reverse=True)
    for epoch in epochs:
        of_epoch = [(group, packets) for group, packets in groups if group.epoch == epoch]
        if of_epoch[0][0].started_at <= end and of_epoch[-1][0].ended_at >= start:
            return of_epoch
    return [(group, packets) for group, packets in groups if group.epoch == epochs[0]] if epochs else []


def _choose(
    groups: list[tuple[_Group, tuple[EncodedPacket, ...]]], start: datetime, end: datetime
) -> tuple[list[EncodedPacket], StreamForm]:
    """Packets of the span, from the keyframe at or before its start, of one form only."""
    if not any(start <= packet.captured_at <= end for _, packets in groups for packet in packets):
        have = f"it holds {_span_text(groups)}" if groups else "it holds nothing"
        msg = f"no picture between {to_text(start)} and {to_text(end)} is in the ring; {have}"
        raise ClipUnavailable(msg)
    first = max((i for i, (g, _) in enumerate(groups) if g.started_at <= start), default=0)
    runs: list[tuple[StreamForm, list[EncodedPacket]]] = []
    for group, packets in groups[first:]:
        if group.started_at > end:
            break
        if not runs or runs[-1][0] != group.form:
            runs.append((group.form, []))
        runs[-1][1].extend(packets)
    form, chosen = max(reversed(runs), key=lambda run: _overlap(run[1], start, end))
    last = max(i for i, packet in enumerate(chosen) if packet.captured_at <= end)
    return chosen[: last + 1], form


def _stretches(groups: Iterable[_Group]) -> Iterator[DamagedStretch]:
    """Damage of consecutive groups, in order of time; it ends with the next keyframe, or is not over yet."""
    began_at: datetime | None = None
    newest_at: datetime | None = None
    lost: int | None = 0
    for group in groups:
        if began_at is not None and group.sound != 0:
            yield DamagedStretch(began_at=began_at, ended_at=group.started_at, lost_pictures=lost)
            began_at = None
        if group.sound is not None:
            lost = group.lost_pictures if began_at is None or lost is None else lost + (group.lost_pictures or 0)
            if began_at is None:
                before = group.packets[: group.sound]
                began_at = max((p.captured_at for p in before[-8:]), default=newest_at or group.started_at)
        newest_at = group.ended_at
    if began_at is not None and newest_at is not None:
        yield DamagedStretch(began_at=began_at, ended_at=max(began_at, newest_at), lost_pictures=lost)


def _within(damage: Iterable[DamagedStretch], start: datetime, end: datetime) -> Iterator[DamagedStretch]:
    for one in damage:
        if one.began_at < end and one.ended_at > start:
            yield replace(one, began_at=max(one.began_at, start), ended_at=min(one.ended_at, end))


def _overlap(packets: list[EncodedPacket], start: datetime, end: datetime) -> timedelta:
    times = [packet.captured_at for packet in packets]
    return min(max(times), end) - max(min(times), start)


def _span_text(groups: list[tuple[_Group, tuple[EncodedPacket, ...]]]) -> str:
    return f"{to_text(groups[0][0].started_at)} to {to_text(groups[-1][0].ended_at)}"
