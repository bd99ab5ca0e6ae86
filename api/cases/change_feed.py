"""Brings the changes of all processes to this one: the record lists them, and nothing changes without it."""

import logging
import threading
import uuid

from api.cases.notifier import CaseChanged, CaseNotifier
from api.persistence.case_queries import changes_after
from api.persistence.ledger import chain_head
from api.persistence.store import Store
from domain.cases.states import CaseState
from domain.errors import MatThanError
from plumbing.backoff import Backoff

logger = logging.getLogger(__name__)
ASK_AT_LATEST_S = 2.0
GATHER_S = 0.1  # what comes within it is read at once: a city's cases and looks are some forty changes a second
_BATCH = 1000
_NO_CHANGE = frozenset({"view", "export", "extend_lease", "package_built"})
_NEW = "detect"
_CLOSE_WITHIN_S = 10.0


class ChangeFeed:
    """Reads what other processes put on record, and hands it to this process' notifier.

    Args:
        store: of the centre.
        notifier: of this process; what it has heard from the process itself it passes on no more.
    """

    def __init__(self, store: Store, notifier: CaseNotifier) -> None:
        self._store = store
        self._notifier = notifier
        self._waker = store.database.waker()
        self._last: int | None = None
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._follow, name="changes", daemon=True)

    def start(self) -> None:
        """Follow the record from now on."""
        self._thread.start()

    def close(self) -> None:
        """Stop following."""
        self._stop.set()
        self._thread.join(_CLOSE_WITHIN_S)
        self._waker.close()

    def _follow(self) -> None:
        backoff = Backoff(first_s=0.2, longest_s=5.0)
        while not self._stop.is_set():
            try:
                self._read()
                self._waker.wait(ASK_AT_LATEST_S)
                self._stop.wait(GATHER_S)
                backoff.reset()
            except MatThanError:
                if backoff.tries == 0:
                    logger.warning("Changes of other processes cannot be heard", extra={"action": "changes_unheard"})
                self._stop.wait(backoff.next_s())

    def _read(self) -> None:
        if self._last is None:
            with self._store.read() as connection:
                head = chain_head(connection)
            self._last = head.seq if head else 0
            return
        while not self._stop.is_set():
            with self._store.read() as connection:
                rows = connection.execute(changes_after(self._last, _BATCH)).all()
            found: dict[str, CaseChanged] = {}
            for row in rows:
                self._last = row.seq
                if row.action in _NO_CHANGE:
                    continue
                before = found.get(row.case_id)
                found[row.case_id] = CaseChanged(
                    case_id=uuid.UUID(row.case_id),
                    state=CaseState(row.state),
                    version=row.version,
                    queue=row.queue,
                    is_new=row.action == _NEW or (before is not None and before.is_new),
                )
            for change in found.values():
                self._notifier.publish(change)
            if len(rows) < _BATCH:
                return
