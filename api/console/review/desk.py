"""The middle and the right of the review page: the case that is shown, and the next one, which lies ready."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass

from nicegui import ui

from api.cases.holds import Hold
from api.console.elements import ReadyPart
from api.console.review.case_view import CaseView
from api.console.review.looks import Look
from api.console.words import Language, translate
from api.principals import Principal


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LaidOut:
    """One case, laid out."""

    look: Look
    held_by: Hold | None  # another's hold that it is laid out with
    view: CaseView
    evidence: ReadyPart
    facts: ReadyPart

    def shows(self, look: Look, held_by: Hold | None, who: Principal) -> bool:
        """Whether it shows what was read just now."""
        return self.held_by == held_by and self.look.shows_the_same(look, who)

    def remove(self) -> None:
        """Nothing of it is left."""
        for part in (self.evidence, self.facts):
            if not part.is_deleted:
                part.delete()


LayOut = Callable[[LaidOut], None]


class Desk:
    """Lays cases out in two places of the page.

    Args:
        language: of everything shown.
        fill: lays out a case's evidence and its facts in the parts that are theirs.
    """

    def __init__(self, language: Language, fill: LayOut) -> None:
        self._language = language
        self._fill = fill
        self._shown: LaidOut | None = None
        self._ready: LaidOut | None = None
        with ui.element("div").classes("mt-main") as self._main:
            self._hint = ui.label(translate(language, "choose")).classes("mt-hint")
        self._facts = ui.element("div").classes("mt-facts")

    @property
    def shown(self) -> LaidOut | None:
        """The case that is looked at."""
        return self._shown

    def shown_as(self, case_id: uuid.UUID) -> LaidOut | None:
        """The case as it is shown, if it is this one."""
        return self._shown if self._shown is not None and self._shown.look.stored.case_id == case_id else None

    @property
    def ready_id(self) -> uuid.UUID | None:
        """Which case lies ready."""
        return self._ready.look.stored.case_id if self._ready is not None else None

    def lay_out(self, look: Look, view: CaseView, held_by: Hold | None) -> LaidOut:
        """Lay a case out, out of sight."""
        with self._main:
            evidence = ReadyPart()
        with self._facts:
            facts = ReadyPart()
        laid_out = LaidOut(look=look, held_by=held_by, view=view, evidence=evidence, facts=facts)
        self._fill(laid_out)
        return laid_out

    def show(self, laid_out: LaidOut) -> None:
        """Show it in place of what is shown."""
        if self._shown is not None:
            self._shown.remove()
        self._shown = laid_out
        self._hint.set_visibility(False)
        laid_out.evidence.show()
        laid_out.facts.show()
        with laid_out.facts:
            laid_out.view.begin()

    def keep_ready(self, laid_out: LaidOut) -> None:
        """Have it lie ready to be shown next."""
        if self._ready is not None:
            self._ready.remove()
        self._ready = laid_out

    def ready(self, case_id: uuid.UUID) -> LaidOut | None:
        """The case as it lies ready, once; another that lies there is not wanted any more."""
        ready, self._ready = self._ready, None
        if ready is None or ready.look.stored.case_id == case_id:
            return ready
        ready.remove()
        return None

    def close(self) -> None:
        """Show nothing."""
        if self._shown is not None:
            self._shown.remove()
        self._shown = None
        self._hint.set_visibility(True)
