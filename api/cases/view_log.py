"""Who looked at which case and file: noted in the record, once for each look, not for each range of bytes."""

import threading
from collections import OrderedDict

from api.persistence.store import Store
from api.principals import Principal
from domain.instants import Clock

SAME_LOOK_S = 600.0
MAX_REMEMBERED = 20_000


class ViewLog:
    """Notes looks at personal data.

    Args:
        store: where the record lies.
        clock: shows whether a look is still the same one.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()
        self._seen: OrderedDict[tuple[str, str, str], float] = OrderedDict()

    def note(self, actor: Principal, case_id: str, what: str) -> None:
        """Note that somebody saw a case (``what`` is "case") or one of its files (its name).

        Raises:
            StoreUnavailable: it cannot be noted; then nothing may be shown.
        """
        now_s = self._clock.monotonic_s()
        look = (actor.actor, case_id, what)
        with self._lock:
            before = self._seen.get(look)
            if before is not None and now_s - before < SAME_LOOK_S:
                return
        with self._store.write() as work:
            work.record(actor, "view", case_id=case_id, body={"what": what})
        with self._lock:
            self._seen[look] = now_s
            self._seen.move_to_end(look)
            while len(self._seen) > MAX_REMEMBERED:
                self._seen.popitem(last=False)
