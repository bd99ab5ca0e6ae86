"""What the tracker may be told."""

from collections.abc import Mapping
from dataclasses import dataclass, field

SAME_THING_GROUPS: Mapping[str, str] = {
    "car": "four wheels",
    "bus": "four wheels",
    "truck": "four wheels",
    "motorcycle": "two wheels",
    "bicycle": "two wheels",
}
"""Detectors waver between the classes of one group; every other label is a group of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackerSettings:
    """Times are seconds between capture times; lengths are in sizes, the square root of a box's area."""

    high_score: float = 0.35  # a detection at least this sure may begin a track and is matched first
    low_score: float = 0.1  # one at least this sure may keep a track alive
    confirm_sightings: int = 2  # a track is told of after this many sightings
    confirm_within_s: float = 2.0  # a track not confirmed that is unseen for longer is forgotten
    moving_gap_s: float = 3.0  # a moving object unseen for longer is given up
    still_gap_s: float = 180.0  # a standing object unseen for longer is given up
    still_after_s: float = 2.0  # an object that kept its place for so long stands
    still_iou: float = 0.6  # overlap with its place that counts as keeping it
    still_wait_s: float = 0.5  # a standing object unseen for longer is expected exactly in its place
    place_memory_s: float = 2.0  # time in which the idea of a place follows the boxes
    match_iou: float = 0.2  # below this overlap with the prediction, only a short jump is a match
    unclear_after_s: float = 0.5  # a moving object unseen for longer is matched only if the choice is clear ...
    clear_margin: float = 0.15  # ... by so much of overlap to the next one
    low_iou: float = 0.25  # overlap that an unsure detection needs to keep a track alive
    max_jump_sizes: float = 0.8  # furthest a match may lie from the prediction
    max_size_ratio: float = 2.5  # most that width or height may differ from the prediction
    part_edges: float = 0.2  # three edges that lie no farther apart make a match too, in shares of the shorter side ...
    max_part_ratio: float = 3.5  # ... if width or height differ no more than this: it is covered in part, or was
    refound_angle_deg: float = 60.0  # a moving object found again has turned no more than this from its last heading
    refound_least_pace: float = 0.35  # ... and has kept between this share of its last speed ...
    refound_most_pace: float = 1.3  # ... and this one
    refound_within_sizes: float = 3.0  # ... and is no farther than this from where it was lost
    refound_heading_s: float = 1.0  # heading and speed are those of so many seconds before it was lost
    refound_least_speed_sizes_per_s: float = 0.5  # slower objects have no heading to be found again by
    renamed_iou: float = 0.7  # overlap at which a detection of another group is the same object, wrongly named
    renamed_within_s: float = 0.5  # ... if the object was seen so lately
    repeat_s: float = 0.5  # for so long a box that repeats a moving object's last one is no sighting of it ...
    repeat_sizes: float = 0.05  # ... if the object should be farther than this from it
    held_iou: float = 0.5  # overlap with its place at which a long unseen standing object is found again
    held_iou_at_end: float = 0.7  # the same at the end of still_gap_s; in between it grows with time
    held_size_ratio: float = 1.3  # most that width or height may then differ
    duplicate_iou: float = 0.75  # detections of one group that overlap more are one object
    taken_over_iou: float = 0.6  # an unseen track under a seen one of its group ...
    taken_over_after_s: float = 3.0  # ... for so long has lost its place to it
    max_points: int = 256  # newest sightings kept for a track: ten seconds at 25 pictures a second
    max_tracks: int = 400  # the longest unseen ones are given up beyond this
    measurement_sizes: float = 0.06  # standard deviation of a box's centre and sides
    start_speed_sizes_per_s: float = 2.0  # standard deviation of the speed of an object just begun
    acceleration_density: float = 0.3  # growth of the variance of speed, sizes^2/s^3
    damping_s: float = 1.0  # time in which the guessed speed of an unseen object dies away
    groups: Mapping[str, str] = field(default_factory=lambda: dict(SAME_THING_GROUPS))  # label -> group

    def __post_init__(self) -> None:
        if not 0.0 <= self.low_score <= self.high_score <= 1.0:
            msg = f"need 0 <= low_score <= high_score <= 1, got {self.low_score} and {self.high_score}"
            raise ValueError(msg)
        if self.confirm_sightings < 1 or self.max_points < 1 or self.max_tracks < 1:
            msg = "confirm_sightings, max_points and max_tracks must be at least 1"
            raise ValueError(msg)
        for name in ("confirm_within_s", "moving_gap_s", "still_gap_s", "still_after_s", "damping_s"):
            if not getattr(self, name) > 0:
                msg = f"{name} must be more than 0 s, got {getattr(self, name)}"
                raise ValueError(msg)
