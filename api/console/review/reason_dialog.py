"""Asks why a case is rejected, closed or judged wrong: type to find the reason, Enter to take it; or for a note."""

import unicodedata
from collections.abc import Sequence

from nicegui import ui

from api.cases.review import MAX_NOTE, Decision
from api.console.review.choices import Choice
from api.console.words import Language, translate
from domain.cases.transitions import REASON_OTHER
from domain.law.rejection import RejectionReason, rejection_reasons


def plain(text: str) -> str:
    """Lower case without accents, so that "bien so" finds "biển số".

    Examples:
        >>> plain("Không đọc được biển số")
        'khong doc duoc bien so'
    """
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def matching_reasons(typed: str) -> list[RejectionReason]:
    """The reasons that an operator may give and that hold every typed word.

    Examples:
        >>> [reason.code for reason in matching_reasons("bien quan doi")]
        ['SPECIAL_PLATE']
    """
    words = plain(typed).split()
    return [
        reason
        for reason in rejection_reasons().values()
        if "operator" in reason.who
        and all(word in plain(f"{reason.vi} {reason.en} {reason.code.replace('_', ' ')}") for word in words)
    ]


async def ask_note(language: Language, choice: Choice) -> Decision | None:
    """Ask for a note.

    Returns:
        The decision, or None when the reviewer thought better of it.
    """
    with ui.dialog() as dialog, ui.card().classes("mt-dialog"):
        ui.label(translate(language, choice.word)).classes("mt-title")
        label = translate(language, "why_again")
        note = ui.input(label).props(f"outlined dense autofocus maxlength={MAX_NOTE}").classes("mt-note")

        def take() -> None:
            text = (note.value or "").strip()
            if text:
                dialog.submit(Decision(decision=choice.decision, note=text))

        note.on("keydown.enter", take)
        with ui.element("div").classes("mt-decide"):
            _cancel_button(dialog, language)
            ui.button(translate(language, choice.word), on_click=take).props(
                f"no-caps unelevated color={choice.colour}"
            )
    answer: Decision | None = await dialog
    dialog.delete()
    return answer


async def ask_reason(language: Language, choice: Choice) -> Decision | None:
    """Ask for one reason and a note.

    Returns:
        The decision, or None when the reviewer thought better of it.
    """
    with ui.dialog() as dialog, ui.card().classes("mt-dialog"):
        ui.label(f"{translate(language, choice.word)}: {translate(language, 'reason')}").classes("mt-title")
        search = ui.input(translate(language, "search_reason")).props("outlined dense autofocus").classes("mt-note")
        body = ui.element("div").classes("mt-reasons")
        note = ui.input(translate(language, "note")).props(f"outlined dense maxlength={MAX_NOTE}").classes("mt-note")

        def take(reason: RejectionReason) -> None:
            if reason.code == REASON_OTHER and not (note.value or "").strip():
                ui.notify(translate(language, "note_required"), type="warning", position="top")
                note.run_method("focus")
                return
            text = (note.value or "").strip()
            dialog.submit(Decision(decision=choice.decision, reason_code=reason.code, note=text))

        def show(reasons: Sequence[RejectionReason]) -> None:
            body.clear()
            with body:
                for index, reason in enumerate(reasons):
                    row = ui.element("button").classes("mt-reason" + (" mt-chosen" if index == 0 else ""))
                    with row.on("click", lambda _, reason=reason: take(reason)):
                        ui.label(reason.vi if language == "vi" else reason.en)
                        ui.label(reason.en if language == "vi" else reason.vi).classes("mt-hint")

        def take_first() -> None:
            found = matching_reasons(search.value or "")
            if found:
                take(found[0])

        search.on_value_change(lambda event: show(matching_reasons(event.value or "")))
        search.on("keydown.enter", take_first)
        _cancel_button(dialog, language)
        show(matching_reasons(""))
    answer: Decision | None = await dialog
    dialog.delete()
    return answer


def _cancel_button(dialog: ui.dialog, language: Language) -> None:
    cancel = ui.button(translate(language, "cancel"), on_click=lambda: dialog.submit(None))
    cancel.props("flat no-caps color=grey-5")
