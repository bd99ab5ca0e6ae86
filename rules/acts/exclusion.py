"""Offences of which one act may be only one."""

ONE_ACT: tuple[frozenset[str], ...] = (frozenset({"RED_LIGHT", "STOP_LINE"}), frozenset({"UTURN_SIGN", "UTURN_PLACE"}))
"""Codes that exclude each other: running the red and stopping over the line, or one U-turn by sign and by place."""

SAME_CROSSING_S = 30.0
"""Acts of one track at one line whose beginnings lie no further apart are one crossing."""

ONE_STAY = frozenset(
    {
        "STOP_CROSSWALK_SIGN",
        "PARK_NO_PARKING",
        "PARK_JUNCTION",
        "PARK_LEFT_BRIDGE_DOUBLE",
        "PARK_SIGN_JUNCTION",
        "PARK_BRIDGE",
        "PARK_ROADWAY",
        "PARK_PAVEMENT",
    }
)
"""Standing in one place is one act, by however many signs and rules it is forbidden there."""
