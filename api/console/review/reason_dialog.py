"""Asks why a case is rejected, closed or judged wrong: type to find the reason, Enter to take it; or for a note."""

import re
import unicodedata

from nicegui import ui

from api.cases.review import MAX_NOTE, Decision
from api.console.review.choices import Choice
from api.console.review.question import question
from api.console.words import Language, translate
from domain.cases.transitions import REASON_OTHER
from domain.law.rejection import RejectionReason, rejection_reasons, usual_reasons

_DIGITS = 9
_DIGIT_KEYS = """(event) => {
    if (!/^[1-9]$/.test(event.key) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    emit(event.key);
}"""


def plain(text: str) -> str:
    """Lower case without accents, so that "bien so" finds "biển số".

    Examples:
        >>> plain("Không đọc được biển số")
        'khong doc duoc bien so'
    """
    decomposed = unicodedata.normalize("NFD", text.lower().replace("đ", "d"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def matching_reasons(typed: str, *, offence_code: str, language: Language) -> list[RejectionReason]:
    """The reasons that an operator may give and in whose text every typed word begins a word; the offence's own first.

    Examples:
        >>> [reason.code for reason in matching_reasons("đèn h", offence_code="RED_LIGHT", language="vi")]
        ['SIGNAL_FAULT']
        >>> [reason.code for reason in matching_reasons("", offence_code="RED_LIGHT", language="vi")][0]
        'AMBER_OR_ON_LINE'
    """
    words = plain(typed).split()
    usual = usual_reasons(offence_code)
    others = [reason for reason in rejection_reasons().values() if reason not in usual]
    return [
        reason
        for reason in (*usual, *others)
        if "operator" in reason.who and all(_begins_a_word(word, _text(reason, language)) for word in words)
    ]


def _begins_a_word(typed: str, text: str) -> bool:
    return any(word.startswith(typed) for word in re.split(r"\W+", plain(text)))


def _text(reason: RejectionReason, language: Language) -> str:
    return reason.vi if language == "vi" else reason.en


async def ask_note(language: Language, choice: Choice) -> Decision | None:
    """Ask for a note.

    Returns:
        The decision, or None when the reviewer thought better of it.
    """
    note = await ask_words(language, title=choice.word, label="why_again", colour=choice.colour)
    return None if note is None else Decision(decision=choice.decision, note=note)


async def ask_words(language: Language, *, title: str, label: str, colour: str) -> str | None:
    """Ask for some words of the person.

    Args:
        language: of everything shown.
        title: of the dialog and its button, see words.py.
        label: of the field, likewise.
        colour: of the button.

    Returns:
        What was typed, or None when the person thought better of it.
    """
    with question() as dialog:
        ui.label(translate(language, title)).classes("mt-title")
        note = (
            ui.input(translate(language, label))
            .props(f"outlined dense autofocus maxlength={MAX_NOTE}")
            .classes("mt-note")
        )

        def take() -> None:
            text = (note.value or "").strip()
            if text:
                dialog.submit(text)

        note.on("keydown.enter", take)
        with ui.element("div").classes("mt-decide"):
            _cancel_button(dialog, language)
            ui.button(translate(language, title), on_click=take).props(f"no-caps unelevated color={colour}")
        answer: str | None = await dialog
    return answer


async def ask_reason(language: Language, choice: Choice, offence_code: str) -> Decision | None:
    """Ask for one reason and a note: a digit takes one of the first nine rows, Enter the first.

    Returns:
        The decision, or None when the reviewer thought better of it.
    """
    with question() as dialog:
        ui.label(f"{translate(language, choice.word)}: {translate(language, 'reason')}").classes("mt-title")
        search = ui.input(translate(language, "search_reason")).props("outlined dense autofocus").classes("mt-note")
        body = ui.element("div").classes("mt-reasons")
        note = ui.input(translate(language, "note")).props(f"outlined dense maxlength={MAX_NOTE}").classes("mt-note")

        def found() -> list[RejectionReason]:
            return matching_reasons(search.value or "", offence_code=offence_code, language=language)

        def take(reason: RejectionReason) -> None:
            if reason.code == REASON_OTHER and not (note.value or "").strip():
                ui.notify(translate(language, "note_required"), type="warning", position="top")
                note.run_method("focus")
                return
            text = (note.value or "").strip()
            dialog.submit(Decision(decision=choice.decision, reason_code=reason.code, note=text))

        def take_row(number: int) -> None:
            shown = found()
            if 0 < number <= len(shown):
                take(shown[number - 1])

        def show() -> None:
            body.clear()
            with body:
                for number, reason in enumerate(found(), start=1):
                    row = ui.element("button").classes("mt-reason" + (" mt-chosen" if number == 1 else ""))
                    with row.on("click", lambda _, reason=reason: take(reason)):
                        ui.label(str(number) if number <= _DIGITS else "").classes("mt-digit")
                        ui.label(_text(reason, language)).classes("mt-grow")
                        ui.label(_text(reason, "en" if language == "vi" else "vi")).classes("mt-hint")

        search.on_value_change(show)
        search.on("keydown", lambda event: take_row(_digit(event.args)), js_handler=_DIGIT_KEYS)
        search.on("keydown.enter", lambda: take_row(1))
        _cancel_button(dialog, language)
        show()
        answer: Decision | None = await dialog
    return answer


def _digit(sent: object) -> int:
    return int(sent) if isinstance(sent, str) and sent in set("123456789") else 0


def _cancel_button(dialog: ui.dialog, language: Language) -> None:
    cancel = ui.button(translate(language, "cancel"), on_click=lambda: dialog.submit(None))
    cancel.props("flat no-caps color=grey-5")
