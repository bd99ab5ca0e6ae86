"""How long media stay; the job itself: retention.py."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionLimits:
    """How long media stay after a case came where it stands, by the rule that its state falls under."""

    discarded: timedelta = timedelta(hours=24)
    rejected: timedelta = timedelta(days=30)
    shadow: timedelta = timedelta(days=30)
    handed_over: timedelta = timedelta(days=30)  # since the receipt, or the police's newest step
