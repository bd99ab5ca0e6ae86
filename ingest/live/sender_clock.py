"""The sender's own UTC of a packet, where RTCP sender reports carry it."""

import struct
from typing import Final

from av.packet import Packet

_PRFT: Final = struct.Struct("=qi")  # libav's AVProducerReferenceTime: wallclock in microseconds since 1970, flags


def sender_utc_us(packet: Packet) -> int | None:  # type: ignore[type-arg]  # not subscriptable when it runs
    """Microseconds since 1970 at which the sender says it took the picture; None before its first report."""
    if not packet.has_sidedata("prft"):
        return None
    data = bytes(packet.get_sidedata("prft"))
    if len(data) < _PRFT.size:
        return None
    wallclock_us, _flags = _PRFT.unpack_from(data)
    return int(wallclock_us) if wallclock_us > 0 else None
