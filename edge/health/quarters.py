"""What a camera counted, in quarters of an hour: only the newest are kept, for whoever writes them down."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from domain.event import Passage

QUARTER = timedelta(minutes=15)
KEPT_QUARTERS = 16  # four hours, in which a full disk may be seen to


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Counted:
    """One number of a quarter of an hour."""

    place_id: str = ""  # "" with direction ``pictures``: how many were judged
    direction: str
    lane_id: str = ""
    label: str = ""


PICTURES = Counted(direction="pictures")


class Quarters:
    """Counts by the quarter's beginning. The analysis thread adds, everyone else only reads."""

    def __init__(self) -> None:
        self._quarters: dict[datetime, Counter[Counted]] = {}

    def note_picture(self, at: datetime) -> None:
        """A picture of this instant was judged."""
        self._add(at, PICTURES)

    def note(self, passage: Passage) -> None:
        """A vehicle was counted."""
        counted = Counted(
            place_id=passage.place_id,
            direction=passage.direction,
            lane_id=passage.lane_id,
            label=passage.label,
        )
        self._add(passage.at, counted)

    def read(self) -> Mapping[datetime, Counter[Counted]]:
        """The newest quarters; each count only grows."""
        return {beginning: Counter(dict(counts)) for beginning, counts in dict(self._quarters).items()}

    def _add(self, at: datetime, counted: Counted) -> None:
        beginning = quarter_of(at)
        counts = self._quarters.get(beginning)
        if counts is None:
            counts = self._quarters[beginning] = Counter()
            for old in list(self._quarters)[:-KEPT_QUARTERS]:  # in order of counting: a clock may be set back
                del self._quarters[old]
        counts[counted] += 1


def quarter_of(at: datetime) -> datetime:
    """The beginning of an instant's quarter of an hour.

    Examples:
        >>> from datetime import UTC
        >>> quarter_of(datetime(2026, 1, 5, 7, 44, 59, tzinfo=UTC)).isoformat()
        '2026-01-05T07:30:00+00:00'
    """
    return at.replace(minute=at.minute // 15 * 15, second=0, microsecond=0)
