"""The page of exports: what was asked for, the answer of a second person, and the archive for whoever asked."""

import uuid

from nicegui import ui

from api.console.review.dossier import hue_time
from api.console.visitor import Visitor
from api.exports.rows import Export
from api.principals import Permission
from domain.cases.exporting import CONTENT_WORDS, MAX_NOTE, MAX_RECIPIENT, STANDING_WORDS, Answer, Content, Standing
from domain.cases.unblurring import REASONS


class ExportsPage:
    """One person's page.

    Args:
        visitor: who opened the page.
    """

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._exports = visitor.centre.exports

    async def build(self, case_id: uuid.UUID | None) -> None:
        """Lay out the page; where a case is named, with the form that asks for an export of it."""
        async with self._visitor.page("exports", hint="exports_hint"):
            if case_id is not None and self._visitor.principal.may(Permission.EXPORTS_ASK):
                self._asking(case_id)
            self._list = ui.element("div").classes("mt-body")
            await self._renew()

    async def _renew(self) -> None:
        cursor = self._visitor.asked("after") or None
        found = await self._visitor.do(lambda who: self._exports.list(who, cursor=cursor))
        self._list.clear()
        with self._list:
            if found is None:
                ui.label(self._visitor.say("page_failed")).classes("mt-alert bad")
                return
            if not found.items:
                ui.label(self._visitor.say("exports_none")).classes("mt-hint")
            for export in found.items:
                self._show(export)
            if found.next_cursor is not None:
                ui.link(
                    self._visitor.say("exports_older"),
                    f"/exports?lang={self._visitor.language}&after={found.next_cursor}",
                )

    def _asking(self, case_id: uuid.UUID) -> None:
        say, language = self._visitor.say, self._visitor.language
        ui.label(f"{say('ask_export')} · {case_id}").classes("mt-section").props("role=heading aria-level=2")
        contents = {each.value: words.of(language) for each, words in CONTENT_WORDS.items()}
        content = ui.select(contents, value=Content.COPIES.value, label=say("export_content"))
        reasons = {code: words.of(language) for code, words in REASONS.items()}
        reason = ui.select(reasons, label=say("export_reason"))
        recipient = ui.input(say("export_recipient")).props(f"maxlength={MAX_RECIPIENT}")
        note = ui.input(say("note")).props(f"maxlength={MAX_NOTE}")
        for each in (content, reason, recipient, note):
            each.props("dense outlined").classes("mt-note")

        async def ask() -> None:
            if not reason.value or not str(recipient.value or "").strip():
                ui.notify(say("export_incomplete"), type="warning", position="top")
                return
            asked = await self._visitor.do(
                lambda who: self._exports.ask(
                    who,
                    case_id,
                    content=Content(str(content.value)),
                    recipient=str(recipient.value),
                    reason_code=str(reason.value),
                    note=str(note.value or ""),
                )
            )
            if asked is not None:
                ui.notify(say("export_asked"), type="positive", position="top")
            await self._renew()

        ui.button(say("ask_export"), on_click=ask).props("no-caps unelevated color=indigo-8")

    def _show(self, export: Export) -> None:
        say, language = self._visitor.say, self._visitor.language
        waiting = export.standing in {Standing.ASKED, Standing.APPROVED}
        with ui.element("section").classes("mt-card waiting" if waiting else "mt-card") as card:
            card.props["aria-label"] = f"{say('export')} {export.number}"
            with ui.element("div").classes("mt-head"):
                url = f"/?lang={language}&case={export.case_id}"
                ui.link(f"{say('export')} {export.number}", url).classes("mt-card-title")
                ui.label(STANDING_WORDS[export.standing].of(language)).classes("mt-badge")
            ui.label(f"{CONTENT_WORDS[export.content].of(language)} · {say('export_recipient')}: {export.recipient}")
            ui.label(" · ".join(part for part in (REASONS[export.reason_code].of(language), export.note) if part))
            who = f"{say('export_by')} {_name(export.asked_by)}, {hue_time(export.asked_at)}"
            if export.answered_by is not None and export.answered_at is not None:
                who += f" · {say('answered_by')} {_name(export.answered_by)}, {hue_time(export.answered_at)}"
            ui.label(who).classes("mt-hint")
            if waiting:
                ui.label(f"{say('export_until')} {hue_time(export.expires_at)}").classes("mt-hint")
            self._steps(export)

    def _steps(self, export: Export) -> None:
        """What this person may do with it now."""
        own = export.asked_by == self._visitor.principal.actor
        if export.standing == Standing.APPROVED and own:
            self._fetching(export)
        if export.standing == Standing.ASKED:
            if own:
                ui.label(self._visitor.say("export_own")).classes("mt-hint")
            elif self._visitor.principal.may(Permission.EXPORTS_ANSWER):
                self._answering(export)

    def _fetching(self, export: Export) -> None:
        """A form of the browser's own: the archive goes past the page, and the page's session with it."""
        ui.label(self._visitor.say("export_once")).classes("mt-hint")
        form = ui.element("form").props("method=post")
        form.props["action"] = f"/api/v1/exports/{export.export_id}/file"
        with form, ui.element("button").classes("mt-reason").props("type=submit"):
            ui.label(self._visitor.say("export_fetch"))

    def _answering(self, export: Export) -> None:
        say = self._visitor.say
        note = ui.input(say("export_why")).props(f"dense outlined maxlength={MAX_NOTE}").classes("mt-note")

        async def answer(given: Answer) -> None:
            said = str(note.value or "").strip()
            if given == Answer.REFUSED and not said:
                ui.notify(say("export_say_why"), type="warning", position="top")
                return
            await self._visitor.do(lambda who: self._exports.answer(who, export.export_id, given, note=said))
            await self._renew()

        with ui.element("div").classes("mt-decide"):
            for given, word, colour in (
                (Answer.APPROVED, "export_approve", "green-10"),
                (Answer.REFUSED, "export_refuse", "blue-grey-8"),
            ):
                button = ui.button(say(word), on_click=lambda given=given: answer(given))
                button.props(f"no-caps unelevated color={colour}")


def _name(actor: str) -> str:
    return actor.removeprefix("user:")
