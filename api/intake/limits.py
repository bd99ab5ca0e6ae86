"""What one box may have at the centre."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeLimits:
    """What one box may have at the centre."""

    arriving_cases: int = 100  # a box sends one after the other; what is more, it has given up
    arriving_bytes: int = 8 * 1024**3
    cases_a_day: int = 20_000
    keep_arriving: timedelta = timedelta(days=30)  # since the box last offered the package
