"""Parameters of the rules whose findings are reminders."""

from typing import Annotated

from pydantic import Field

from rules.rule import RuleParameters


class ReminderParameters(RuleParameters):
    """When a place is reminded, and when it is a case."""

    remind: Annotated[
        bool, Field(description="whether the ward reminds first; false: a case after threshold_s, without a reminder")
    ] = True
    confirm_s: Annotated[
        float,
        Field(ge=150, le=3600, description="so long a place is occupied before anything is said, 150 to 3600 s"),
    ] = 180.0
    grace_s: Annotated[
        float, Field(ge=600, le=14_400, description="so long after the reminder it may be cleared, 600 to 14400 s")
    ] = 900.0
    apart_s: Annotated[
        float, Field(ge=600, le=14_400, description="so far apart a case's two observations lie, 600 to 14400 s")
    ] = 600.0
    threshold_s: Annotated[
        float,
        Field(ge=600, le=86_400, description="where nobody reminds: occupied for so long is a case, 600 to 86400 s"),
    ] = 1200.0
    min_observed_share: Annotated[
        float, Field(ge=0, le=1, description="least share of that time in which the place was surely seen, 0 to 1")
    ] = 0.5
