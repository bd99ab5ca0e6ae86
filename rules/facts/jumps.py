"""Whether two sightings can be of the same object: not of another size, and where it was heading."""

import math

import numpy as np

from domain.geometry import Float64Array, Mask, PointPx, off_stretch
from domain.instants import seconds_between
from rules.facts.contact import Contact

_ANY_SPEED = 6.0  # sizes a second: as fast as anybody goes where the speed is not known
_JUMP_SIZES = 0.5
_JUMP_PER_S = 0.3  # sizes
_JUMP_PER_S2 = 0.25  # sizes: about twice what brakes and engines do
_FASTEST = 1.3  # times the speed it had
_AREA_RATIO = 4.0
_GOES_ON_SIZES = 0.25
_GOES_ON_PER_S = 0.1  # sizes
_SURELY = 0.999  # of a limit: nearer to it than roundings lie is looked at closely


def is_jump(speed_px_s: PointPx | None, last: Contact, contact: Contact) -> bool:
    """Whether a track's next sighting cannot be of the same object: not where it was heading, or of another size."""
    span_s = seconds_between(last.at, contact.at)
    size_px = max(_size_px(last), _size_px(contact))
    way_px = (contact.point_px[0] - last.point_px[0], contact.point_px[1] - last.point_px[1])
    off_px, per_s = math.hypot(*way_px), _ANY_SPEED
    if speed_px_s is not None:
        off_px = off_stretch(way_px, (speed_px_s[0] * span_s * _FASTEST, speed_px_s[1] * span_s * _FASTEST))
        per_s = _JUMP_PER_S
    allowed_px = (_JUMP_SIZES + per_s * span_s + _JUMP_PER_S2 * span_s**2) * size_px
    ratio = contact.height_px * contact.width_px / (last.height_px * last.width_px)
    return off_px > allowed_px or not 1 / _AREA_RATIO <= ratio <= _AREA_RATIO


def surely_no_jumps(last: Float64Array, now: Float64Array) -> Mask:
    """Which of (N,) next sightings are so near the last ones, and so alike, that no speed makes a jump of them.

    Args:
        last: (N, 4) contact x, contact y, width and height in pixels; not a number where there is none.
        now: (N, 4) the same of the next ones.
    """
    way_px = now[:, :2] - last[:, :2]
    near = np.square(way_px).sum(axis=1) <= np.square(_SURELY * _JUMP_SIZES * np.maximum(last[:, 3], now[:, 3]))
    ratio = now[:, 2] * now[:, 3] / (last[:, 2] * last[:, 3])
    alike = (ratio <= _AREA_RATIO * _SURELY) & (ratio >= 1 / (_AREA_RATIO * _SURELY))
    surely: Mask = near & alike
    return surely


def goes_on_at(speed_px_s: PointPx | None, last: Contact, contact: Contact) -> bool:
    """Whether another track's first sighting lies just where it was heading, or standing; nothing else will do."""
    if speed_px_s is None or is_jump(speed_px_s, last, contact):
        return False
    span_s = seconds_between(last.at, contact.at)
    way_px = (contact.point_px[0] - last.point_px[0], contact.point_px[1] - last.point_px[1])
    off_px = off_stretch(way_px, (speed_px_s[0] * span_s * _FASTEST, speed_px_s[1] * span_s * _FASTEST))
    return off_px <= (_GOES_ON_SIZES + _GOES_ON_PER_S * span_s) * max(_size_px(last), _size_px(contact))


def _size_px(contact: Contact) -> float:
    """Its height, or more where it is wide: the middle of a long side that comes into view shifts by its share."""
    return max(contact.height_px, math.sqrt(contact.height_px * contact.width_px))
