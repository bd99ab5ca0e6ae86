"""What a check of the record found."""

from dataclasses import dataclass, field

from api.persistence.ledger import ChainFault, ChainHead

MAX_NAMED = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditVerdict:
    """What a check of the record found."""

    fault: ChainFault | None  # the first broken link
    head: ChainHead | None  # the last event that was found whole
    events: int  # events found whole, or taken from the checkpoint
    wrong_cases: tuple[str, ...]  # cases whose rows are not what the record says, with what differs
    wrong_rows: tuple[str, ...]  # the same of people, keys, boxes, sessions, leases and counts
    not_named: int  # more of them than are named here

    @property
    def intact(self) -> bool:
        """Whether nothing was found."""
        return self.fault is None and not self.wrong_cases and not self.wrong_rows


@dataclass(slots=True)
class Found:
    """Faults as they are found; many are counted, the first are named."""

    named: list[str] = field(default_factory=list)
    more: int = 0

    def add(self, fault: str) -> None:
        """Name a fault."""
        if len(self.named) < MAX_NAMED:
            self.named.append(fault)
        else:
            self.more += 1
