"""Decisions of one page that can still be taken back, and the button that does it."""

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable

from nicegui import ui

from api.console.problem_texts import problem_text
from api.console.review.taken_decisions import TakenDecision, TakenDecisions
from api.console.words import Language, translate
from api.errors import StaleVersion, Unauthenticated
from domain.errors import CentreError

logger = logging.getLogger(__name__)


class Undoing:
    """The newest decision is taken back first.

    Args:
        taken: carries decisions out once they can no longer be taken back.
        language: of everything shown.
        token: of the session.
        by: who decides, for the log.
        undo: called when the button is pressed.
        carried_out: called when a decision of a page that is still open stands or was refused.
    """

    def __init__(
        self,
        taken: TakenDecisions,
        language: Language,
        token: str,
        *,
        by: str,
        undo: Callable[[], Awaitable[None]],
        carried_out: Callable[[uuid.UUID], Awaitable[None]],
    ) -> None:
        self._taken = taken
        self._language = language
        self._token = token
        self._by = by
        self._carried_out = carried_out
        self._waiting: dict[uuid.UUID, TakenDecision] = {}  # the last one at the end
        self._client = ui.context.client
        self._button = ui.button(on_click=undo).classes("mt-undo").props("no-caps unelevated color=grey-9")
        self._show()

    def waits(self, case_id: uuid.UUID) -> bool:
        """Whether a decision of a case waits to be carried out."""
        return case_id in self._waiting

    def take(self, case_id: uuid.UUID, decide: Callable[[], None]) -> None:
        """Carry a decision out in a few seconds."""

        async def carry_out() -> None:
            problem = await problem_of(decide, self._language)
            if problem is not None:  # its page may be gone, so that nobody reads it there
                extra = {"action": "decision_dropped", "case": str(case_id), "by": self._by}
                logger.warning("A decision was not carried out: %s", problem, extra=extra)
            self._waiting.pop(case_id, None)
            if self._client.is_deleted:
                return
            with self._client:
                if problem is not None:
                    ui.notify(problem, type="negative", position="top", multi_line=True)
                self._show()
                await self._carried_out(case_id)

        self._waiting[case_id] = self._taken.take(carry_out, session=self._token)
        self._show()

    def take_back(self) -> uuid.UUID | None:
        """Take the last decision back.

        Returns:
            Its case; None where nothing waits.
        """
        if not self._waiting:
            ui.notify(translate(self._language, "nothing_to_undo"), type="info", position="top")
            return None
        case_id, last = self._waiting.popitem()
        back = self._taken.take_back(last)
        self._show()
        ui.notify(translate(self._language, "undone" if back else "too_late"), type="info", position="top")
        return case_id

    async def settle(self) -> None:
        """Carry out now whatever this session decided, on this page or another."""
        await self._taken.settle(self._token)

    def _show(self) -> None:
        self._button.set_visibility(bool(self._waiting))
        self._button.set_text(f"{translate(self._language, 'undo')} · U")


async def problem_of(decide: Callable[[], None], language: Language) -> str | None:
    """Carry a decision out; what kept it from being done, in words."""
    try:
        await asyncio.to_thread(decide)  # also while the process ends
    except Unauthenticated:
        return translate(language, "not_decided_session")
    except StaleVersion:
        return translate(language, "changed_meanwhile")
    except CentreError as error:
        return problem_text(error, language)
    return None
