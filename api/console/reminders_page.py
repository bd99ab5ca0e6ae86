"""The page of reminders: what waits for the ward, and one with what was seen and done; on a phone too."""

import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Literal, TypeVar

from nicegui import run, ui

from api.console.review.dossier import hue_time
from api.console.review.short_forms import short
from api.console.shared_reading import RENEW_EVERY_S
from api.console.visitor import Visitor
from api.console.words import Language, translate
from api.errors import StaleVersion, Unauthenticated
from api.principals import Permission, Principal
from api.reminders.rows import Answer, ListedReminder, OpenReminder
from domain.errors import MatThanError, NotFound
from domain.reminder import ReminderPicture
from domain.reminder_outcome import ReminderOutcome

if TYPE_CHECKING:
    from api.centre import Centre

_SHOWN = 100
_NOTICES: Mapping[str, Literal["positive", "warning"]] = {
    "answered_done": "positive",
    "reminder_changed": "warning",
}
T = TypeVar("T")


class RemindersPage:
    """One person's page.

    Args:
        visitor: who opened the page.
    """

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._centre = visitor.centre
        self._language = visitor.language
        self._shown: tuple[ListedReminder, ...] | None = None

    async def build(self, wanted: uuid.UUID | None) -> None:
        """Lay out the list, or one reminder."""
        language = self._language
        async with self._visitor.page("reminders"):
            if wanted is not None:
                self._one = ui.element("div")
                await self._open(wanted)
                return
            ui.label(translate(language, "reminders_hint")).classes("mt-hint")
            self._problem = ui.label().classes("mt-alert bad")
            self._problem.set_visibility(False)
            self._list = ui.element("div").props('role=list aria-live="polite"')
            ui.label(translate(language, "reminders_all")).classes("mt-section")
            self._all = ui.element("div").props("role=list")
            await self._renew()
            ui.timer(RENEW_EVERY_S, self._renew)

    async def _renew(self) -> None:
        """Read and show; a centre that cannot answer is shown, or a list that stands still would look like peace."""
        try:
            waiting = await run.io_bound(self._waiting)
            if waiting is None or waiting == self._shown:
                self._problem.set_visibility(False)
                return
            every = await run.io_bound(lambda: self._centre.reminders.list(self._visitor.again(), limit=_SHOWN).items)
        except Unauthenticated:
            ui.navigate.to(f"/login?lang={self._language}")
            return
        except MatThanError:
            self._problem.set_text(translate(self._language, "reminders_unread"))
            self._problem.set_visibility(True)
            return
        self._problem.set_visibility(False)
        self._shown = waiting
        here = {one.reminder_id for one in waiting}
        self._show(self._list, waiting, empty="reminders_none")
        self._show(self._all, [one for one in every or () if one.reminder_id not in here], empty="reminders_no_other")

    def _waiting(self) -> tuple[ListedReminder, ...]:
        who = self._visitor.again(in_use=False)
        who.require(Permission.REMINDERS_READ)
        return self._visitor.readings.reminders(who.scope)

    def _show(self, where: ui.element, found: Sequence[ListedReminder], *, empty: str) -> None:
        where.clear()
        with where:
            if not found:
                ui.label(translate(self._language, empty)).classes("mt-hint").props("role=listitem")
            for one in found:
                self._card(one)

    def _card(self, one: ListedReminder) -> None:
        language = self._language
        url = f"/reminders?lang={language}&reminder={one.reminder_id}"
        with ui.element("div").classes(f"mt-card {'waiting' if one.waiting else ''}").props("role=listitem"):
            with ui.element("div").classes("mt-head"):
                ui.link(short(f"{one.road} · {one.camera_name}"), url).classes("mt-card-title")
                self._state(one)
            ui.label(f"{translate(language, 'since')} {hue_time(one.began_at)} · {short(one.ward)} · {one.zone_id}")
            said = f"outcome.{one.outcome}" if one.outcome is not None else "answers_none"
            times = f"{translate(language, 'clear_by')} {hue_time(one.clear_by)} · {translate(language, said)}"
            ui.label(times).classes("mt-hint")

    def _state(self, one: ListedReminder) -> None:
        ui.label(translate(self._language, f"reminder_state.{one.state}")).classes(f"mt-badge reminder-{one.state}")
        if one.shadow:
            ui.label(translate(self._language, "on_trial")).classes("mt-badge detected")

    async def _open(self, wanted: uuid.UUID) -> None:
        found = await self._visitor.do(lambda who: _found(self._centre, who, wanted))
        if found is None:
            return
        opened = found[0]
        self._one.clear()
        with self._one:
            if opened is None:
                ui.label(translate(self._language, "reminder_gone")).classes("mt-alert bad")
                return
            self._show_one(opened)

    def _show_one(self, opened: OpenReminder) -> None:
        language, one, told = self._language, opened.listed, opened.message
        with ui.element("div").classes("mt-head"):
            ui.label(short(f"{one.road} · {one.camera_name}")).classes("mt-title").props("role=heading aria-level=2")
            self._state(one)
        names = ", ".join(translate(language, f"value.{each}") for each in told.seen)
        facts = [
            ("offence", told.violation.name_vi if language == "vi" else told.violation.name_en),
            ("where", f"{told.road}, {told.ward} ({told.zone_id})"),
            ("position", f"{told.position.latitude_deg:.5f}, {told.position.longitude_deg:.5f}"),
            ("since", f"{hue_time(told.began_at)}, {translate(language, 'seen_until')} {hue_time(told.seen_until)}"),
            ("clear_by", hue_time(told.clear_by)),
            ("seen_there", names),
            ("basis", "; ".join(told.instruments) or translate(language, "unknown")),
        ]
        for name, value in facts:
            with ui.element("div").classes("mt-fact"):
                ui.label(translate(language, name))
                ui.label(value)
        show_pictures(opened, language)
        if one.case_id is not None and self._visitor.principal.may(Permission.CASES_READ):
            ui.link(translate(language, "open_case"), f"/?lang={language}&case={one.case_id}").classes("mt-hint")
        if self._visitor.principal.may(Permission.REMINDERS_ANSWER):
            self._show_buttons(one)
        show_life(opened, language)

    def _show_buttons(self, one: ListedReminder) -> None:
        language = self._language
        note = ui.textarea(label=translate(language, "reason_not_so")).props("dense outlined autogrow maxlength=2000")
        note.classes("mt-note")
        with ui.element("div").classes("mt-answers"):
            for outcome in ReminderOutcome:

                async def say(said: ReminderOutcome = outcome) -> None:
                    await self._answer(one, said, str(note.value or ""))

                colour = "red-9" if outcome is ReminderOutcome.NOT_SO else "amber-9"
                button = ui.button(translate(language, f"outcome.{outcome}"), on_click=say)
                button.props(f"no-caps unelevated color={colour}").mark(outcome.value)

    async def _answer(self, one: ListedReminder, outcome: ReminderOutcome, note: str) -> None:
        if outcome is ReminderOutcome.NOT_SO and not note.strip():
            ui.notify(translate(self._language, "say_why"), type="warning", position="top")
            return

        def answer(who: Principal) -> str:
            try:
                self._centre.reminders.answer(who, one.reminder_id, outcome, note=note, expected_version=one.version)
            except StaleVersion:
                return "reminder_changed"
            return "answered_done"

        said = await self._visitor.do(answer)
        if said is not None:
            ui.notify(self._visitor.say(said), type=_NOTICES[said], position="top")
        self._visitor.readings.reminders(self._visitor.principal.scope, afresh=True)
        await self._open(one.reminder_id)


def _found(centre: "Centre", who: Principal, reminder_id: uuid.UUID) -> tuple[OpenReminder | None]:
    """A reminder; None within: there is none, or not for this person."""
    try:
        return (centre.reminders.open(who, reminder_id),)
    except NotFound:
        return (None,)


def show_life(opened: OpenReminder, language: Language) -> None:
    """What the camera saw, what people did, and earlier ones of the zone."""
    ui.label(translate(language, "steps")).classes("mt-section")
    for step in opened.message.steps:
        with ui.element("div").classes("mt-event"):
            ui.label(hue_time(step.at))
            ui.label(translate(language, f"reminder_state.{step.state}")).classes("mt-event-what")
    ui.label(translate(language, "answers")).classes("mt-section")
    if not opened.answers:
        ui.label(translate(language, "answers_none")).classes("mt-alert")
    for answer in opened.answers:
        _show_answer(answer, language)
    ui.label(translate(language, "earlier")).classes("mt-section")
    if not opened.earlier:
        ui.label(translate(language, "earlier_none")).classes("mt-hint")
    for one in opened.earlier:
        with ui.element("div").classes("mt-event"):
            ui.link(hue_time(one.began_at), f"/reminders?lang={language}&reminder={one.reminder_id}")
            words = [translate(language, f"reminder_state.{one.state}")]
            words += [translate(language, f"outcome.{one.outcome}")] if one.outcome is not None else []
            ui.label(" · ".join(words)).classes("mt-event-what")


def show_pictures(opened: OpenReminder, language: Language) -> None:
    """The place before, during and after: a picture for each step, or why there is none."""
    ui.label(translate(language, "place_pictures")).classes("mt-section")
    if not opened.message.pictures:
        ui.label(translate(language, "no_picture_none")).classes("mt-hint")
        return
    ui.label(translate(language, "place_pictures_hint")).classes("mt-hint")
    with ui.element("div").classes("mt-places"):
        for one in opened.message.pictures:
            state = translate(language, f"reminder_state.{opened.message.steps[one.step].state}")
            with ui.element("figure").classes("mt-place"):
                why_not = _why_no_picture(one, is_here=opened.pictures.get(one.step))
                if why_not is None:
                    source = f"/api/v1/reminders/{opened.listed.reminder_id}/pictures/{one.step}"
                    image = ui.element("img").props(f'loading=lazy src="{source}"')
                    image.props["alt"] = f"{state}, {hue_time(one.at)}"
                else:
                    ui.label(translate(language, f"no_picture_{why_not}")).classes("mt-place-missing")
                with ui.element("figcaption"):
                    ui.label(state).classes("mt-event-what")
                    ui.label(hue_time(one.at))


def _why_no_picture(named: ReminderPicture, *, is_here: bool | None) -> str | None:
    """A word for why a picture cannot be shown; None: it can.

    Args:
        named: as the message names it.
        is_here: whether the file is still here; None: it never came.
    """
    if named.missing is not None:
        return named.missing.value
    return "awaited" if is_here is None else None if is_here else "removed"


def _show_answer(answer: Answer, language: Language) -> None:
    with ui.element("div").classes("mt-event"):
        seen = translate(language, f"reminder_state.{answer.state}")
        ui.label(f"{hue_time(answer.at)} · {answer.actor} · {translate(language, 'as_seen')}: {seen}")
        words = [translate(language, f"outcome.{answer.outcome}"), *([answer.note] if answer.note else [])]
        ui.label(" · ".join(words)).classes("mt-event-what")
