"""Asks why somebody wants to see the originals of a case whose pictures are shown blurred."""

from collections.abc import Sequence

from nicegui import ui

from api.cases.case_rows import StoredCase, StoredFile
from api.cases.review import MAX_NOTE
from api.console.review.question import question
from api.console.words import Language, translate
from domain.cases.evidence import BLURRED_ROLES, SHOW_PEOPLE
from domain.cases.unblurring import IN_REVIEW, NEVER, REASONS

MINUTES = 15


def shown_blurred(stored: StoredCase, files: Sequence[StoredFile], *, judges: bool) -> bool:
    """Whether copies, or nothing where there are none, are shown instead of originals that one may ask for.

    Args:
        stored: the case.
        files: its files.
        judges: the reader may judge cases, so that he sees the originals of an open one.
    """
    here = any(entry.complete and entry.file.role in SHOW_PEOPLE for entry in files)
    return here and stored.state not in (IN_REVIEW | NEVER if judges else NEVER)


def have_copies(files: Sequence[StoredFile]) -> bool:
    """Whether any copy is here."""
    return any(entry.complete and entry.file.role in BLURRED_ROLES for entry in files)


async def ask_why(language: Language) -> tuple[str, str] | None:
    """Ask for a reason and a note.

    Returns:
        The reason's code and the note, None when the person thought better of it.
    """
    with question() as dialog:
        ui.label(translate(language, "see_originals")).classes("mt-title")
        ui.label(translate(language, "originals_hint")).classes("mt-hint")
        note = ui.input(translate(language, "note")).props(f"outlined dense maxlength={MAX_NOTE}").classes("mt-note")
        for code, words in REASONS.items():
            with ui.element("button").classes("mt-reason") as row:
                ui.label(words.of(language))
            row.on("click", lambda _, code=code: dialog.submit((code, (note.value or "").strip())))
        cancel = ui.button(translate(language, "cancel"), on_click=lambda: dialog.submit(None))
        cancel.props("flat no-caps color=grey-5")
        answer: tuple[str, str] | None = await dialog
    return answer
