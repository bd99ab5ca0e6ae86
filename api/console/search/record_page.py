"""The auditors' page of the whole record: what anybody saw and did, searched back step by step, and checked."""

import json
import uuid
from datetime import timedelta
from typing import Final

from nicegui import ui

from api.audit.audit import RecordEvent
from api.audit.record_search import RecordFilter, RecordPage
from api.audit.verdict import AuditVerdict
from api.console.review.dossier import hue_time
from api.console.review.short_forms import short
from api.console.search.address import begin_of, day_of
from api.console.visitor import Visitor
from api.console.words import WORDS

_ANY: Final = ""
_ACTION: Final = "action."
_BODY_LETTERS: Final = 300
_FAULTS: Final = 20


class RecordOfAll:
    """One auditor's search.

    Args:
        visitor: who opened the page.
    """

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._centre = visitor.centre
        self._wanted = RecordFilter()
        self._before: int | None = None

    async def build(self) -> None:
        """Lay out the page, with the newest events of whatever its address asks for."""
        say = self._visitor.say
        async with self._visitor.page("record", hint="record_hint"):
            self._lay_out_form()
            self._said = ui.label().classes("mt-alert bad").props("role=alert")
            self._said.set_visibility(False)
            with ui.element("div").classes("mt-saved"):
                self._check = ui.button(say("record_check"), on_click=self._verify)
                self._check.props("no-caps outline color=blue-grey-8").mark("record-check")
            self._verdict = ui.element("div").props('role=status aria-live="polite"')
            with (
                ui.element("div").classes("mt-scroll").props("tabindex=0"),
                ui.element("table").classes("mt-table mt-record"),
            ):
                with ui.element("thead"), ui.element("tr"):
                    for name in (
                        "record_number",
                        "when",
                        "record_who",
                        "record_action",
                        "record_case",
                        "record_details",
                    ):
                        with ui.element("th").props("scope=col"):
                            ui.label(say(name))
                self._rows = ui.element("tbody")
            self._reached = ui.label().classes("mt-hint").props('role=status aria-live="polite"')
            self._more = ui.button(say("record_go_on"), on_click=self._step).props("no-caps outline color=blue-grey-8")
            await self._search()

    def _lay_out_form(self) -> None:
        say, asked = self._visitor.say, self._visitor.asked
        actions = {key.removeprefix(_ACTION): say(key) for key in WORDS if key.startswith(_ACTION)}
        known = {_ANY: say("record_any")} | dict(sorted(actions.items(), key=lambda each: each[1]))
        with ui.element("div").classes("mt-choices"):
            self._case = ui.input(say("record_case"), value=asked("case")).props("dense outlined maxlength=36")
            self._who = ui.input(say("record_who"), value=asked("who")).props("dense outlined maxlength=80")
            self._action = ui.select(known, label=say("record_action"), value=_ANY, with_input=True)
            self._action.props("dense outlined options-dense").classes("mt-filter")
            self._first, self._last = (
                ui.input(say(name)).props("type=date dense outlined stack-label") for name in ("from_day", "to_day")
            )
            for field in (self._case, self._who):
                field.on("keydown.enter", self._search)
            ui.button(say("record_search"), on_click=self._search).props(
                "no-caps unelevated color=amber-9 text-color=black"
            )

    def _asked_for(self) -> RecordFilter | None:
        """What the form asks for; None: its case number is none."""
        case = str(self._case.value or "").strip()
        try:
            case_id = str(uuid.UUID(case)) if case else None
        except ValueError:
            return None
        last = day_of(self._last.value or "")
        return RecordFilter(
            case_id=case_id,
            actor=str(self._who.value or "").strip() or None,
            action=self._action.value or None,
            at_from=begin_of(day_of(self._first.value or "")),
            at_to=begin_of(last + timedelta(days=1)) if last else None,
        )

    async def _search(self) -> None:
        wanted = self._asked_for()
        self._said.set_text(self._visitor.say("record_bad_case"))
        self._said.set_visibility(wanted is None)
        if wanted is not None:
            self._wanted, self._before = wanted, None
            self._rows.clear()
            await self._step()

    async def _step(self) -> None:
        wanted, before = self._wanted, self._before
        page = await self._visitor.do(lambda who: self._centre.record_search.step(who, wanted, before=before))
        if page is not None and (wanted, before) == (self._wanted, self._before):  # else another search has begun
            self._show(page)

    def _show(self, page: RecordPage) -> None:
        say = self._visitor.say
        with self._rows:
            for each in page.items:
                self._row(each)
        self._before = page.go_on_before
        self._more.set_visibility(self._before is not None)
        to = "" if page.looked_back_to is None else f"{say('record_looked_to')} {hue_time(page.looked_back_to)}"
        said = [*([] if page.items else [say("record_none")]), say("record_all") if self._before is None else to]
        self._reached.set_text(" · ".join(each for each in said if each))

    def _row(self, each: RecordEvent) -> None:
        body = json.dumps(each.body, ensure_ascii=False, sort_keys=True) if each.body else ""
        with ui.element("tr"):
            for text in (str(each.seq), hue_time(each.at), each.actor, self._visitor.say(f"{_ACTION}{each.action}")):
                with ui.element("td"):
                    ui.label(text)
            with ui.element("td"):
                if each.case_id is not None:
                    url = f"/record?lang={self._visitor.language}&case={each.case_id}"
                    ui.link(each.case_id[:8], url).props["aria-label"] = each.case_id
            with ui.element("td"):
                ui.label(short(body, _BODY_LETTERS)).classes("mt-hint").props["title"] = f"sha256 {each.hash}"

    async def _verify(self) -> None:
        say = self._visitor.say
        self._check.set_enabled(False)
        self._verdict.clear()
        with self._verdict:
            ui.label(say("record_checking")).classes("mt-hint")
        verdict = await self._visitor.do(self._centre.audit.verify)
        self._check.set_enabled(True)
        self._verdict.clear()
        if verdict is not None:
            with self._verdict:
                self._show_verdict(verdict)

    def _show_verdict(self, verdict: AuditVerdict) -> None:
        say = self._visitor.say
        if verdict.intact:
            ui.label(f"{say('record_whole')} {verdict.events}").classes("mt-alert good")
        else:
            named = [] if verdict.fault is None else [verdict.fault.problem]
            named += [*verdict.wrong_cases, *verdict.wrong_rows]
            for fault in named[:_FAULTS]:
                ui.label(f"{say('record_broken')} {fault}").classes("mt-alert bad")
            more = verdict.not_named + max(0, len(named) - _FAULTS)
            if more:
                ui.label(f"{more} {say('record_more_faults')}").classes("mt-alert bad")
        if verdict.head is not None:
            ui.label(f"{say('record_head')} {verdict.head.seq}:{verdict.head.hash}").classes("mt-hint mt-long")
