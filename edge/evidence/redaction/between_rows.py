"""Where everything was at an instant between two analysed pictures. Pure."""

from collections.abc import Sequence
from datetime import datetime

from edge.evidence.seen_rows import OverlayRow, OverlayTrack


def tracks_at(rows: Sequence[OverlayRow], at: datetime) -> tuple[OverlayTrack, ...]:
    """Where everything was at an instant between two analysed pictures.

    Who is in both moves evenly between them; who is only in one stands there, so that nobody is shown who appeared or
    left in between.

    Args:
        rows: in order of time.
        at: the instant; before the first row and after the last, that row's.
    """
    after = next((place for place, row in enumerate(rows) if row.at >= at), len(rows))
    if not rows:
        return ()
    if after == 0 or after == len(rows) or rows[after].at == at:
        return rows[min(after, len(rows) - 1)].tracks
    before, later = rows[after - 1], rows[after]
    share = (at - before.at) / (later.at - before.at)
    known = {track.track_id: track for track in later.tracks}
    moved = [
        _between(track, known.pop(track.track_id), share) if track.track_id in known else track
        for track in before.tracks
    ]
    return (*moved, *known.values())


def _between(first: OverlayTrack, second: OverlayTrack, share: float) -> OverlayTrack:
    a, b = first.box_xyxy_px, second.box_xyxy_px
    left, top, right, bottom = (one + share * (other - one) for one, other in zip(a, b, strict=True))
    return OverlayTrack(
        track_id=first.track_id, label=first.label, box_xyxy_px=(left, top, right, bottom), observed=first.observed
    )
