"""Whether a camera shows what its zones were drawn on."""

from enum import StrEnum
from typing import Final

FROZEN_AFTER_S: Final = 30.0
"""Pictures that do not differ in a single bit for so long are one picture: longer than any usual span of keyframes."""


class ViewState(StrEnum):
    """What looks at the view as a whole found."""

    SOUND = "sound"
    UNKNOWN = "unknown"  # nobody looked; or nothing that was learned can be compared with it, but it stands still
    NEW = "new"  # nothing was learned, and it was looked at for too short a time to say whether it stands still
    UNSTEADY = "unsteady"  # nothing was learned, and it does not stand still
    MOVED = "moved"  # by more than the drawn lines bear
    COVERED = "covered"
    BLURRED = "blurred"
    BLINDED = "blinded"  # by light, or by the lack of it
    FROZEN = "frozen"  # one picture comes again and again, the same to the bit

    @property
    def stops_rules(self) -> bool:
        """Whether nothing can be judged so; what stands still is taken as drawn."""
        return self not in {ViewState.SOUND, ViewState.UNKNOWN, ViewState.NEW}
