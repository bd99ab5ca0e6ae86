"""Who looked at which case and file: noted in the record, once for each look, not for each range of bytes."""

import threading
from collections import OrderedDict
from dataclasses import dataclass

from api.persistence.store import Store
from api.principals import Principal
from domain.instants import Clock

SAME_LOOK_S = 600.0
MAX_REMEMBERED = 20_000
_Key = tuple[str, str, str]  # actor, case, what


@dataclass(slots=True, eq=False)
class _Look:
    """A look that waits to be noted."""

    actor: Principal
    case_id: str
    what: str
    noted: bool = False
    problem: Exception | None = None  # why it could not be noted

    @property
    def key(self) -> _Key:
        return self.actor.actor, self.case_id, self.what


class ViewLog:
    """Notes looks at personal data.

    A page fetches a clip, its overlay and several stills at once. Looks that come while others are being noted are
    noted together, in one transaction that each of them waits for.

    Args:
        store: where the record lies.
        clock: shows whether a look is still the same one.
    """

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._lock = threading.Lock()  # of what follows
        self._seen: OrderedDict[_Key, float] = OrderedDict()
        self._waiting: list[_Look] = []
        self._turn = threading.Lock()  # who has it notes what waits

    def note(self, actor: Principal, case_id: str, what: str) -> None:
        """Note that somebody saw a case ("case"), one of its files (its name) or its citizen's words ("objection").

        Raises:
            StoreUnavailable: it cannot be noted; then nothing may be shown.
        """
        look = _Look(actor, case_id, what)
        with self._lock:
            before = self._seen.get(look.key)
            if before is not None and self._clock.monotonic_s() - before < SAME_LOOK_S:
                return
            self._waiting.append(look)
        with self._turn:
            if not look.noted and look.problem is None:
                self._note_waiting()
        if look.problem is not None:
            raise look.problem

    def _note_waiting(self) -> None:
        with self._lock:
            looks, self._waiting = self._waiting, []
        now_s = self._clock.monotonic_s()
        new = {look.key: look for look in looks}
        try:
            with self._store.write() as work:
                for look in new.values():
                    work.record(look.actor, "view", case_id=look.case_id, body={"what": look.what})
        except Exception as problem:  # noqa: BLE001 - whatever it was, nobody who waits for it may be shown anything
            for look in looks:
                look.problem = problem
            return
        for look in looks:
            look.noted = True
        with self._lock:
            for key in new:
                self._seen[key] = now_s
                self._seen.move_to_end(key)
            while len(self._seen) > MAX_REMEMBERED:
                self._seen.popitem(last=False)
