"""Media and the words of objections end after their time; the case, its documents and its history never do."""

import logging
import uuid
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import Row, delete, select, update

from api.cases.case_rows import announce, change_case, lock_case
from api.cases.notifier import CaseNotifier
from api.evidence_store.port import EvidenceStore
from api.persistence.case_queries import MEDIA_HERE, media_due, words_due
from api.persistence.ledger import body_of
from api.persistence.store import Store
from api.persistence.tables import events, evidence_files, objection_words
from api.principals import SYSTEM
from api.retention_limits import RetentionLimits
from domain.cases.evidence import RECEIVED_PREFIX
from domain.cases.states import JUDGED_STATES, POLICE_STATES, CaseState

logger = logging.getLogger(__name__)
_ACTION: Final = "media_expired"
_BATCH_CASES: Final = 200
_AGAIN: Final = timedelta(
    days=2
)  # files of cases that expired so lately are removed once more, after a crash in between

_REJECTED: Final = frozenset(
    {
        CaseState.REJECTED,
        CaseState.POLICE_REJECTED,
        CaseState.WITHDRAWN,
        CaseState.CANCELLED,
        CaseState.CLOSED,
        CaseState.FIELD_HANDLED,
        CaseState.EXPIRED,
        CaseState.DUPLICATE,
    }
)
_NOT_OURS_TO_END: Final = frozenset(  # not received yet, back with us, or argued about
    {CaseState.TRANSFERRED, CaseState.RETURNED, CaseState.CONTESTED, CaseState.POLICE_REJECTED}
)
STATES: Final[Mapping[str, frozenset[CaseState]]] = {
    "discarded": frozenset({CaseState.AUTO_DISCARDED}),
    "rejected": _REJECTED,
    "shadow": JUDGED_STATES | {CaseState.DETECTED},
    "handed_over": POLICE_STATES - _NOT_OURS_TO_END,
}
"""Which states each limit is for; in all others media stay."""
AT_MOST: Final = frozenset({"discarded", "rejected", "shadow"})
"""Whose media stay so long at most; the police can ask us for those that they received so long at least."""


class _Found(NamedTuple):
    """What of a case is past its time."""

    files: Sequence[Row[Any]]
    objections: int


@dataclass(slots=True, kw_only=True)
class Expired:
    """What a rule removed, or would."""

    cases: int = 0
    files: int = 0
    size_bytes: int = 0
    objections: int = 0  # of which the words are removed

    def add(self, found: "_Found") -> None:
        """Count one case more."""
        self.cases += 1
        self.files += len(found.files)
        self.size_bytes += sum(row.size_bytes for row in found.files)
        self.objections += found.objections


class Retention:
    """Removes media and words of objections whose time is over.

    Args:
        store: the centre's memory.
        files: where the media lie.
        notifier: hears of every case that changed.
        limits: how long media stay.
    """

    def __init__(self, store: Store, *, files: EvidenceStore, notifier: CaseNotifier, limits: RetentionLimits) -> None:
        self._store = store
        self._files = files
        self._notifier = notifier
        self._limits = limits

    def run(self, *, apply: bool, until_next: timedelta = timedelta(0)) -> dict[str, Expired]:
        """Remove what is due, each case in a transaction of its own with an event of the record.

        Args:
            apply: False: nothing is changed, only counted.
            until_next: how long nobody runs it again; what stays so long at most, and would be over by then, goes now.

        Returns:
            By rule what was, or would be, removed.

        Raises:
            StoreUnavailable: database or store cannot be reached; what was done stays done, and may be run again.
        """
        if apply:
            self._finish_earlier()
        report = {rule: Expired() for rule in STATES}
        for rule, longest in asdict(self._limits).items():
            limit = longest - min(until_next, longest) if rule in AT_MOST else longest
            for case_id, found in self._due(rule, limit):
                done = self._expire(case_id, rule, limit) if apply else found
                if done is not None:
                    report[rule].add(done)
        if apply:
            extra = {"action": "media_expired", "cases": sum(each.cases for each in report.values())}
            logger.info("Media whose time is over were removed", extra=extra)
        return report

    def _due(self, rule: str, limit: timedelta) -> Iterator[tuple[str, _Found]]:
        """Cases of which something is past its time, each once: first those with media, then those with words alone.

        Words are left alone where the media ended before somebody objected.
        """
        before = self._store.clock.now() - limit
        for due in (media_due, words_due):
            after = ""
            while True:
                with self._store.read() as connection:
                    ids = connection.execute(due(STATES[rule], before, after, _BATCH_CASES)).scalars().all()
                    files = connection.execute(
                        select(evidence_files).where(evidence_files.c.case_id.in_(ids), *MEDIA_HERE)
                    ).all()
                    said = select(objection_words.c.case_id).where(objection_words.c.case_id.in_(ids))
                    objected = Counter(connection.execute(said).scalars())
                if not ids:
                    break
                for case_id in ids:
                    yield case_id, _Found([row for row in files if row.case_id == case_id], objected[case_id])
                after = ids[-1]

    def _expire(self, case_id: str, rule: str, limit: timedelta) -> _Found | None:
        """One case: first the record, then the files, so that none is gone of which the record says that it is here."""
        with self._store.write() as work:
            row = lock_case(work, uuid.UUID(case_id), SYSTEM)
            if CaseState(row.state) not in STATES[rule] or row.entered_at >= work.now - limit:
                return None  # it went on meanwhile
            found = work.connection.execute(
                select(evidence_files).where(evidence_files.c.case_id == case_id, *MEDIA_HERE)
            ).all()
            said = delete(objection_words).where(objection_words.c.case_id == case_id)
            ended = work.connection.execute(said).rowcount
            if not found and not ended:
                return None  # another process removed it meanwhile
            names = sorted(each.name for each in found)
            of_case = (evidence_files.c.case_id == case_id) & evidence_files.c.name.in_(names)
            work.connection.execute(update(evidence_files).where(of_case).values(complete=False))
            now = change_case(work, row, files_missing=row.files_missing + len(names))
            body = {"files": names, "rule": rule} | ({"objections": ended} if ended else {})
            work.record(SYSTEM, _ACTION, case_id=case_id, body=body)
            announce(work, now, self._notifier)
        self._files.discard(case_id, [*names, *(f"{RECEIVED_PREFIX}{name}" for name in names)])
        return _Found(found, ended)

    def _finish_earlier(self) -> None:
        """Remove again what the record says has expired lately: a crash may have come before the files were."""
        since = self._store.clock.now() - _AGAIN
        lately = select(events).where(events.c.action == _ACTION, events.c.at >= since).order_by(events.c.seq)
        with self._store.read() as connection:
            rows = connection.execute(lately).all()
        for row in rows:
            names = body_of(row)["files"]
            self._files.discard(row.case_id, [*names, *(f"{RECEIVED_PREFIX}{name}" for name in names)])
