"""The hold that one page has: of the case that it shows, and of no other."""

import threading
import uuid
from collections.abc import Callable

from nicegui import run

from api.cases.holds import Hold, Holds
from api.principals import Permission, Principal


class OwnHold:
    """Moves from case to case. Safe to use from every thread: where keys are pressed fast, two cases are read at once.

    Args:
        holds: hand out cases.
        is_taken: whether a decision of a case waits to be carried out; its hold lasts until then.
    """

    def __init__(self, holds: Holds, is_taken: Callable[[uuid.UUID], bool]) -> None:
        self._holds = holds
        self._is_taken = is_taken
        self._held: uuid.UUID | None = None
        self._lock = threading.Lock()

    def move_to(self, who: Principal, case_id: uuid.UUID, *, still: Callable[[], bool]) -> Hold | None:
        """Hold what is looked at now, and let go of what was looked at before; one move after the other.

        Args:
            who: looks.
            case_id: at this.
            still: whether that is so when its turn comes; a move that comes late changes nothing.

        Returns:
            The hold that stands, one's own or another's; None: nobody reviews the case, or it is not looked at.
        """
        if not who.may(Permission.CASES_DECIDE):
            return None
        with self._lock:
            if not still():
                return None
            before, self._held = self._held, case_id
            if before is not None and before != case_id and not self._is_taken(before):
                self._holds.let_go(who, before)
            return self._holds.take(who, case_id)

    async def let_go(self, who: Principal) -> None:
        """The page is gone."""
        held, self._held = self._held, None
        if held is not None and not self._is_taken(held):
            await run.io_bound(self._holds.let_go, who, held)
