"""How a detector's output differs from the truth, by level; the README's table states the same numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """Shares are of the box's width or height; probabilities are for one box in one picture unless said otherwise."""

    white: float = 0.0  # sigma of each edge, new in every picture
    drift: float = 0.0  # sigma of each edge, correlated over drift_s
    drift_s: float = 0.7
    miss: float = 0.0
    burst_per_s: float = 0.0  # a vehicle is not detected for a while
    burst_s: float = 0.5
    visible_part: float = 0.0  # a vehicle covered by 35 to 70 % is boxed by its visible part, for a second at a time
    ghosts: float = 0.0  # false boxes begun per picture; each lives 1 to 5 pictures
    flip: float = 0.0  # another class in this picture
    flip_for_life: float = 0.0  # of vehicles: half of their boxes bear another class
    merge: float = 0.0  # two boxes that overlap become one, for 1 to 3 pictures
    hold: float = 0.0  # the box of the picture before again, for 1 to 3 pictures
    hold_picture: float = 0.0  # of pictures: all boxes of the one before again
    rider_too: float = 0.0  # of riders: boxed as a person as well
    double: float = 0.0  # a second box on the same vehicle
    drop: float = 0.0  # of pictures: missing
    gaps_per_min: float = 0.0
    gap_s: tuple[float, float] = (1.0, 1.0)
    stamp_ms: float = 0.0  # sigma of the capture time


LEVELS = {
    "clean": Noise(),
    "mild": Noise(
        white=0.008, drift=0.008, miss=0.03, burst_per_s=0.01, burst_s=0.4, visible_part=0.2, ghosts=0.01, flip=0.01,
        flip_for_life=0.01, merge=0.01, hold=0.004, hold_picture=0.001, rider_too=0.3, double=0.002, drop=0.01,
        gaps_per_min=0.1, gap_s=(0.5, 1.5), stamp_ms=5,
    ),
    "default": Noise(
        white=0.022, drift=0.022, miss=0.10, burst_per_s=0.04, burst_s=0.6, visible_part=0.5, ghosts=0.04, flip=0.03,
        flip_for_life=0.03, merge=0.06, hold=0.02, hold_picture=0.004, rider_too=0.5, double=0.006, drop=0.03,
        gaps_per_min=0.3, gap_s=(0.8, 3.0), stamp_ms=15,
    ),
    "harsh": Noise(
        white=0.035, drift=0.035, miss=0.16, burst_per_s=0.08, burst_s=0.9, visible_part=0.6, ghosts=0.12, flip=0.06,
        flip_for_life=0.06, merge=0.10, hold=0.04, hold_picture=0.01, rider_too=0.7, double=0.015, drop=0.08,
        gaps_per_min=0.8, gap_s=(1.0, 5.0), stamp_ms=40,
    ),
}  # fmt: skip
