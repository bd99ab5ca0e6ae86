"""The way to say that on a blurred copy somebody can be known, or another's plate be read, and to take that back."""

from collections.abc import Callable, Sequence
from typing import Final

from nicegui import ui

from api.cases.case_rows import StoredCase, StoredFile
from api.cases.redaction_misses import Readable, RedactionMisses, still_said
from api.console.review.asking import Asking
from api.console.review.looks import Look
from api.console.review.originals import shown_blurred
from api.console.review.reason_dialog import ask_words
from api.console.words import Language, translate
from api.principals import Permission, Principal
from domain.cases.evidence import BLURRED_PREFIX, BLURRED_ROLES, FileRole

_ROLES: Final = (FileRole.CLIP_BLURRED, FileRole.STILL_FULL_BLURRED, FileRole.STILL_CROP_BLURRED)


def copies_shown(stored: StoredCase, files: Sequence[StoredFile], *, judges: bool) -> list[StoredFile]:
    """The copies that are on the page now: to who sees originals those alone that have no original beside them."""
    here = [entry for entry in files if entry.complete and entry.file.role in BLURRED_ROLES]
    if not shown_blurred(stored, files, judges=judges):
        here = [entry for entry in here if not entry.name.startswith(BLURRED_PREFIX)]
    return sorted(here, key=lambda entry: (_ROLES.index(entry.file.role), entry.name))


class ReadableCopies:
    """What is said of the copies of one case.

    Args:
        look: the open case as it was read.
        language: of everything shown.
        principal: who looks.
        asking: puts the page's questions.
        misses: takes in what is said, and takes it back.
        keys_belong_to_the_page: told whether keys are the page's, or a dialog's.
    """

    def __init__(
        self,
        look: Look,
        language: Language,
        *,
        principal: Principal,
        asking: Asking,
        misses: RedactionMisses,
        keys_belong_to_the_page: Callable[..., None],
    ) -> None:
        self._case_id = look.stored.case_id
        self._copies = copies_shown(look.stored, look.files, judges=principal.may(Permission.CASES_DECIDE))
        case_id = str(self._case_id)
        self._said = still_said((case_id, each.action, each.actor, each.at, each.body) for each in look.history)
        self._language = language
        self._principal = principal
        self._asking = asking
        self._misses = misses
        self._keys = keys_belong_to_the_page

    def show(self) -> None:
        """Lay it out; nothing where no copy is shown and nothing was said."""
        mine = [miss for miss in self._said if self._may_take_back(miss.actor)]
        if not self._copies and not mine:
            return
        with ui.expansion(translate(self._language, "readable_seen")).classes("mt-note").mark("readable"):
            if self._copies:
                ui.label(translate(self._language, "readable_hint")).classes("mt-hint")
            for entry in self._copies:
                self._row(entry.name, Readable, "readable", self._report)
            for miss in mine:
                self._row(miss.file, (miss.readable,), "not_readable", self._take_back)

    def _may_take_back(self, actor: str) -> bool:
        return actor == self._principal.actor or self._principal.may(Permission.EXPORTS_ANSWER)

    def _row(
        self, name: str, kinds: Sequence[Readable] | type[Readable], word: str, does: Callable[[str, Readable], object]
    ) -> None:
        with ui.element("div").classes("mt-decide-more"):
            ui.label(name.removeprefix(BLURRED_PREFIX)).classes("mt-hint")
            for what in kinds:
                text = translate(self._language, f"{word}.{what}")
                button = ui.button(text, on_click=lambda _, what=what: does(name, what))
                button.props("outline dense no-caps").props(f'aria-label="{text}: {name}"')
                button.mark(f"{word}-{what}-{name}")

    async def _report(self, name: str, what: Readable) -> None:
        if await self._asking.ask(lambda who: self._misses.report(who, self._case_id, name, what)) is not None:
            self._noted()

    async def _take_back(self, name: str, what: Readable) -> None:
        self._keys(so=False)
        note = await ask_words(self._language, title="miss_withdraw", label="miss_withdraw_why", colour="amber-9")
        self._keys(so=True)
        if note is None:
            return

        def taken_back(who: Principal) -> bool:
            self._misses.take_back(who, self._case_id, name, what, note=note)
            return True

        if await self._asking.ask(taken_back) is not None:
            self._noted()

    def _noted(self) -> None:
        ui.notify(translate(self._language, "readable_noted"), type="positive", position="top")
