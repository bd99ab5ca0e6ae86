"""Whether a camera shows what its zones were drawn on."""

from enum import StrEnum


class ViewState(StrEnum):
    """What a look at the view as a whole found."""

    SOUND = "sound"
    UNKNOWN = "unknown"  # nobody has compared it yet
    MOVED = "moved"  # by more than the drawn lines bear
    COVERED = "covered"
    BLURRED = "blurred"
    BLINDED = "blinded"  # by light, or by the lack of it

    @property
    def stops_rules(self) -> bool:
        """Whether nothing can be judged so; what nobody has compared is taken as drawn."""
        return self not in {ViewState.SOUND, ViewState.UNKNOWN}
