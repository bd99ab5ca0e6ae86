"""The machine's own clock; the only place of the centre that asks for it."""

import time
from datetime import UTC, datetime


class SystemClock:
    """Wall time and durations of this machine."""

    def now(self) -> datetime:
        """Wall time, timezone-aware UTC."""
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()
