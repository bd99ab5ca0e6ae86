"""Why two cases may be one act, by name; words for people: words.py."""

from enum import StrEnum


class Ground(StrEnum):
    """Why two cases may be one act."""

    SAME_PLATE = "same_plate"
    NEARLY_SAME_PLATE = "nearly_same_plate"  # one character differs
    PLATE_UNREAD = "plate_unread"  # of one of them at least, so nothing speaks against it
    SAME_TIME = "same_time"
    SOON_AFTER = "soon_after"
    SAME_CAMERA = "same_camera"
    SAME_PLACE = "same_place"  # another camera of the same junction
    NEAR = "near"  # another camera near by
    SAME_LOOK = "same_look"  # class of vehicle, and colour of the plate where both are known
