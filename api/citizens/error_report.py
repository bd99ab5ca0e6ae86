"""The error report of a month, counted on the record: what was handed over, what came back as wrong, who objected.

The record only grows and a month that is over gets no more entries, so the same month is the same report, whenever it
is made. Only whole months of the whole city, by offence; an offence that was handed over fewer than five times stands
among the others, and never alone.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import Connection

from api.persistence.case_queries import event_from, steps_between
from api.persistence.ledger import body_of, chain_head
from domain.cases.states import NOTICED_STATES, REFERRED_STATES, Action
from domain.cases.words import Words
from domain.public_figures import BASE

FORM: Final = 1
OTHERS: Final = ("Các hành vi khác", "Other offences")
_SLACK: Final = timedelta(hours=1)  # an entry is appended at the end of its transaction: later than its own instant


class What(StrEnum):
    """What is counted: steps that were taken in the month, whenever the act was."""

    CONFIRMED = "confirmed"
    RECEIVED = "received"
    ISSUED = "issued"
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"
    POLICE_REJECTED = "police_rejected"
    CANCELLED_BEFORE = "cancelled_before"
    CANCELLED_AFTER = "cancelled_after"
    APPEALED = "appealed"
    UPHELD = "upheld"
    FINED = "fined"


WHAT_WORDS: Final[Mapping[What, Words]] = {
    What.CONFIRMED: Words("Xác nhận, sẵn sàng chuyển", "Confirmed, ready for the police"),
    What.RECEIVED: Words("Công an tiếp nhận", "Received by the police"),
    What.ISSUED: Words("Thông báo đã gửi", "Notices issued"),
    What.WITHDRAWN: Words("Trung tâm rút lại", "Withdrawn by the centre"),
    What.RETURNED: Words("Công an trả lại", "Returned by the police"),
    What.POLICE_REJECTED: Words("Công an không xử lý", "Rejected by the police"),
    What.CANCELLED_BEFORE: Words("Hủy trước thông báo", "Cancelled before a notice"),
    What.CANCELLED_AFTER: Words("Hủy sau thông báo", "Cancelled after the notice"),
    What.APPEALED: Words("Bị phản đối", "Appealed"),
    What.UPHELD: Words("Giữ nguyên sau phản đối", "Upheld after an appeal"),
    What.FINED: Words("Quyết định xử phạt", "Decisions to fine"),
}
_COUNTED: Final[Mapping[str, What]] = {
    Action.RELEASE: What.CONFIRMED,
    Action.ACKNOWLEDGE: What.RECEIVED,
    Action.SEND_NOTICE: What.ISSUED,
    Action.WITHDRAW: What.WITHDRAWN,
    Action.RETURN: What.RETURNED,
    Action.POLICE_REJECT: What.POLICE_REJECTED,
    Action.POLICE_CANCEL: What.CANCELLED_BEFORE,
    Action.OBJECT: What.APPEALED,
    Action.CONTEST: What.APPEALED,
    Action.UPHOLD: What.UPHELD,
    Action.ISSUE_DECISION: What.FINED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ErrorReport:
    """One month."""

    month: str
    ends_at: datetime  # the month's end: the report's own date
    head_seq: int  # the record's entry up to which was counted
    head_hash: str
    total: Mapping[What, int]
    by_offence: tuple[tuple[str, str, Mapping[What, int]], ...]  # name in Vietnamese and in English

    @classmethod
    def of(cls, kept: Any) -> "ErrorReport":
        """Read the kept document."""
        return cls(
            month=kept["month"],
            ends_at=datetime.fromisoformat(kept["ends_at"]),
            head_seq=kept["head_seq"],
            head_hash=kept["head_hash"],
            total={what: kept["total"][what] for what in What},
            by_offence=tuple((vi, en, {what: each[what] for what in What}) for vi, en, each in kept["by_offence"]),
        )

    @property
    def cancelled_share(self) -> float | None:
        """Cancelled after the notice, of notices; None where none was issued."""
        issued = self.total[What.ISSUED]
        return self.total[What.CANCELLED_AFTER] / issued if issued else None

    @property
    def refused_share(self) -> float | None:
        """Returned or rejected by the police, of received; None where none was."""
        received = self.total[What.RECEIVED]
        refused = self.total[What.RETURNED] + self.total[What.POLICE_REJECTED]
        return refused / received if received else None


def count_errors(connection: Connection, month: str, begins_at: datetime, ends_at: datetime) -> dict[str, Any] | None:
    """Count a month that is over; None where the record has nothing of it to count.

    Args:
        connection: to read with.
        month: its name.
        begins_at: its first instant.
        ends_at: the first instant after it.
    """
    first, behind = _seq_at(connection, begins_at - _SLACK), _seq_at(connection, ends_at + _SLACK)
    numbers: defaultdict[str, Counter[What]] = defaultdict(Counter)
    names: dict[str, tuple[str, str]] = {}
    last = (0, "")
    steps = steps_between(first, behind, tuple(_COUNTED))
    for step in connection.execution_options(yield_per=1000).execute(steps):
        if not begins_at <= step.at < ends_at:
            continue
        what = _COUNTED[step.action]
        if what is What.RECEIVED and step.pull_body and json.loads(step.pull_body)["from"] in REFERRED_STATES:
            continue  # a unit received it before, and referred it to this one
        if what is What.CANCELLED_BEFORE and body_of(step)["from"] in NOTICED_STATES:
            what = What.CANCELLED_AFTER
        names.setdefault(step.code, (step.name_vi, step.name_en))
        numbers[step.code][what] += 1
        last = (step.seq, step.hash)
    if not numbers:
        return None
    total = sum(numbers.values(), Counter[What]())
    return {
        "form": FORM,
        "month": month,
        "ends_at": ends_at.isoformat(),
        "head_seq": last[0],
        "head_hash": last[1],
        "total": _plain(total),
        "by_offence": [[*of, _plain(each)] for of, each in _rows(numbers, names)],
    }


def _rows(
    numbers: Mapping[str, Counter[What]], names: Mapping[str, tuple[str, str]]
) -> list[tuple[tuple[str, str], Counter[What]]]:
    """By offence, those with few cases together, and never fewer than two of them: what is left over tells of none."""
    by_size = sorted(numbers, key=lambda code: (numbers[code][What.RECEIVED], code))
    few = [code for code in by_size if numbers[code][What.RECEIVED] < BASE]
    if len(few) == 1:
        few = by_size[:2]
    rows = [(names[code], numbers[code]) for code in sorted(numbers) if code not in few]
    if few:
        rows.append((OTHERS, sum((numbers[code] for code in few), Counter[What]())))
    return rows


def _plain(numbers: Counter[What]) -> dict[str, int]:
    return {what.value: numbers[what] for what in What}


def _seq_at(connection: Connection, instant: datetime) -> int:
    """The number of the first entry at or after an instant, by halving: the record is in order of time but for moments.

    One behind the last where there is none.
    """
    head = chain_head(connection)
    low, high = 1, (head.seq if head else 0) + 1
    while low < high:
        middle = (low + high) // 2
        at = connection.execute(event_from(middle)).scalar_one_or_none()
        if at is not None and at < instant:
            low = middle + 1
        else:
            high = middle
    return low
