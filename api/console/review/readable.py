"""The way to say that on a blurred copy somebody can be known, or another's plate be read."""

from collections.abc import Callable, Sequence
from typing import Final

from nicegui import ui

from api.cases.case_rows import StoredCase, StoredFile
from api.cases.redaction_misses import Readable, RedactionMisses
from api.console.review.asking import Asking
from api.console.review.originals import shown_blurred
from api.console.words import Language, translate
from domain.cases.evidence import BLURRED_PREFIX, BLURRED_ROLES, FileRole

_ROLES: Final = (FileRole.CLIP_BLURRED, FileRole.STILL_FULL_BLURRED, FileRole.STILL_CROP_BLURRED)


def copies_shown(stored: StoredCase, files: Sequence[StoredFile]) -> list[StoredFile]:
    """The copies that are on the page now: of an open case those alone that have no original beside them."""
    here = [entry for entry in files if entry.complete and entry.file.role in BLURRED_ROLES]
    if not shown_blurred(stored, files):
        here = [entry for entry in here if not entry.name.startswith(BLURRED_PREFIX)]
    return sorted(here, key=lambda entry: (_ROLES.index(entry.file.role), entry.name))


def show_readable(
    stored: StoredCase,
    files: Sequence[StoredFile],
    language: Language,
    *,
    asking: Asking,
    misses: RedactionMisses,
) -> None:
    """Lay it out; nothing where no copy is shown.

    Args:
        stored: the open case.
        files: its files.
        language: of everything shown.
        asking: puts the page's questions.
        misses: takes in what is said.
    """
    copies = copies_shown(stored, files)
    if not copies:
        return

    def said(name: str, what: Readable) -> Callable[[], object]:
        async def report() -> None:
            if await asking.ask(lambda who: misses.report(who, stored.case_id, name, what)) is not None:
                ui.notify(translate(language, "readable_noted"), type="positive", position="top")

        return report

    with ui.expansion(translate(language, "readable_seen")).classes("mt-note").mark("readable"):
        ui.label(translate(language, "readable_hint")).classes("mt-hint")
        for entry in copies:
            with ui.element("div").classes("mt-decide-more"):
                ui.label(entry.name.removeprefix(BLURRED_PREFIX)).classes("mt-hint")
                for what in Readable:
                    word = translate(language, f"readable.{what}")
                    button = ui.button(word, on_click=said(entry.name, what)).props("outline dense no-caps")
                    button.props(f'aria-label="{word}: {entry.name}"').mark(f"readable-{what}-{entry.name}")
