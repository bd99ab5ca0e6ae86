"""The reminder that a case came of, beside the case."""

from nicegui import ui

from api.console.reminders_page import show_life, show_pictures
from api.console.words import Language, translate
from api.reminders.rows import OpenReminder
from domain.reminder_outcome import ReminderOutcome

_DONE = frozenset({ReminderOutcome.REMINDED, ReminderOutcome.SIGNED})


def show_reminder_of_case(opened: OpenReminder, language: Language) -> None:
    """What the ward did before the case, first of all whether anybody said that anybody was reminded."""
    reminded = any(answer.outcome in _DONE for answer in opened.answers)
    with ui.element("div").classes("mt-reminder-of-case"):
        word = "of_reminder" if reminded else "of_reminder_nobody"
        ui.label(translate(language, word)).classes("mt-alert" if reminded else "mt-alert bad")
        url = f"/reminders?lang={language}&reminder={opened.listed.reminder_id}"
        ui.link(translate(language, "reminders"), url).classes("mt-hint")
        show_pictures(opened, language)
        show_life(opened, language)
