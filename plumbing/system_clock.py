"""The machine's own clock."""

import time
from datetime import UTC, datetime


class SystemClock:
    """Wall time and durations of this machine; the only place of the box that asks for them."""

    def now(self) -> datetime:
        """Wall time, timezone-aware UTC."""
        return datetime.now(UTC)

    def monotonic_s(self) -> float:
        """Seconds that never go back."""
        return time.monotonic()
