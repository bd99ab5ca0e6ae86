"""The operators' page of citizens' reports: what waits; one opened, its pictures and their place; the answer."""

import uuid
from collections import Counter

from nicegui import ui

from api.citizens.analyses import picture_name
from api.citizens.decoding import VIDEO
from api.citizens.reported import (
    ANSWERS,
    REPORT_WORDS,
    AlikeCase,
    AnalysisState,
    PlaceCheck,
    Report,
    Reporter,
    ReportFile,
    ReportState,
)
from api.citizens.unhidden import TURNED_DOWN
from api.console.elements import document_link
from api.console.report_case_form import ReportCaseForm
from api.console.report_words import SEEN_WORDS
from api.console.review.dossier import hue_time
from api.console.review.originals import MINUTES, ask_why
from api.console.review.short_forms import short
from api.console.visitor import Visitor
from api.console.words import percent
from api.principals import Permission, Principal
from domain.law.catalogue import built_in_catalogue
from domain.report_analysis import PROBLEM_WORDS, AnalysedPicture


class ReportsPage:
    """One operator's page.

    Args:
        visitor: who opened the page.
    """

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._reports = visitor.centre.reports

    async def build(self, wanted: uuid.UUID | None) -> None:
        """Lay out the page; a report that is named is opened, which is on record."""
        async with self._visitor.page("citizen_reports", hint="citizen_reports_hint", title=wanted is None):
            if wanted is not None:
                found = await self._visitor.do(lambda who: self._reports.open(who, wanted))
                if found is not None:
                    self._show(found)
                return
            waiting = await self._visitor.do(lambda who: self._reports.list(who, state=ReportState.RECEIVED))
            self._list(waiting or ())

    def _list(self, waiting: tuple[Report, ...]) -> None:
        if not waiting:
            ui.label(self._visitor.say("citizen_reports_none")).classes("mt-hint")
        with ui.element("div").props("role=list"):
            for report in waiting:
                address = f"/reports?lang={self._visitor.language}&report={report.report_id}"
                with ui.element("div").classes("mt-alert").props("role=listitem"):
                    ui.link(f"{report.number} · {hue_time(report.received_at)}", address)
                    ui.label(short(report.words))
                    ui.label(self._place(report)).classes("mt-hint")

    def _place(self, report: Report) -> str:
        said = self._visitor.say(f"place_check.{report.place_check}")
        return f"{said}: {report.ward}" if report.place_check is PlaceCheck.IN_WARD else said

    def _show(self, report: Report) -> None:
        say = self._visitor.say
        heading = ui.label(f"{say('citizen_report')} {report.number}").classes("mt-title")
        heading.props("role=heading aria-level=1")
        ui.label(REPORT_WORDS[report.state].of(self._visitor.language)).classes("mt-badge mt-alone")
        rows = [
            ("citizen_words", report.words),
            ("citizen_place", report.place or say("citizen_unsaid")),
            ("citizen_place_check", self._place(report)),
            ("citizen_acted_at", hue_time(report.acted_at) if report.acted_at else say("citizen_unsaid")),
            ("citizen_received_at", hue_time(report.received_at)),
        ]
        for name, value in rows:
            with ui.element("div").classes("mt-fact"):
                ui.label(say(name))
                ui.label(value)
        for file in report.files:
            self._show_file(report, file)
        if not report.shows_unhidden and report.state not in TURNED_DOWN:
            ui.button(say("see_originals"), on_click=lambda: self._see_unhidden(report)).props("no-caps outline")
        self._show_alike(report)
        if report.case_id is not None:
            address = f"/?lang={self._visitor.language}&case={report.case_id}"
            ui.link(say("report_case_open"), address)
        elif report.state in {ReportState.RECEIVED, ReportState.ACCEPTED}:
            ReportCaseForm(self._visitor, report).build()
        if report.state is ReportState.RECEIVED:
            self._show_answers(report)
        else:
            ui.label(f"{report.offence_code or ''} {report.note}").classes("mt-hint")
        if self._visitor.principal.may(Permission.REPORTERS_READ):
            self._show_reporter(report)

    def _show_file(self, report: Report, file: ReportFile) -> None:
        say, address = self._visitor.say, f"/api/v1/reports/{report.report_id}/files/{file.name}"
        with ui.element("div").classes("mt-report-pictures"):
            if file.problem:
                ui.label(f"{file.name}: {say('citizen_undecoded')} ({file.problem})").classes("mt-alert bad")
            elif file.analysis is not None and file.analysis.findings is not None:
                for number, _ in enumerate(file.analysis.findings.pictures, start=1):
                    self._show_picture(report, picture_name(file.name, number))
                if file.hidden_film is not None:
                    self._show_film(report, file.hidden_film)
            elif file.media_type != VIDEO and report.shows_unhidden:
                self._show_picture(report, file.name)
        if not file.problem:
            self._show_analysis(file)
        if not file.problem and report.shows_unhidden:
            opens = "citizen_video" if file.media_type == VIDEO else "citizen_unhidden"
            document_link(f"{say(opens)} {file.name}", address, new_tab=True)
        taken = hue_time(file.taken_at) if file.taken_at else say("citizen_unsaid")
        ui.label(f"{say('citizen_taken_at')}: {taken} · SHA-256 {file.sha256}").classes("mt-hint")
        if file.also_in:
            ui.label(f"{say('citizen_also_in')} {', '.join(file.also_in)}").classes("mt-alert")

    async def _see_unhidden(self, report: Report) -> None:
        why = await ask_why(self._visitor.language)
        if why is None:
            return
        reason_code, note = why
        until = await self._visitor.do(
            lambda who: self._reports.see_unhidden(
                who, report.report_id, reason_code=reason_code, note=note, minutes=MINUTES
            )
        )
        if until is not None:
            ui.navigate.to(f"/reports?lang={self._visitor.language}&report={report.report_id}")

    def _show_picture(self, report: Report, name: str) -> None:
        address = f"/api/v1/reports/{report.report_id}/files/{name}"
        with ui.element("a").classes("mt-still").props(f'href="{address}" target=_blank'):
            ui.element("img").props(f'src="{address}" loading=lazy alt="{name}"')

    def _show_film(self, report: Report, name: str) -> None:
        address = f"/api/v1/reports/{report.report_id}/files/{name}"
        label = f"{self._visitor.say('citizen_film')} {name}"
        ui.element("video").classes("mt-report-film").props(
            f'src="{address}" controls muted playsinline preload=none aria-label="{label}"'
        )

    def _show_analysis(self, file: ReportFile) -> None:
        """What the networks saw, as help; that they saw nothing and that they did not look are told apart."""
        say, seen = self._visitor.say, file.analysis
        if seen is None or seen.state in {AnalysisState.WAITING, AnalysisState.LEASED}:
            ui.label(say("analysis_none" if seen is None else "analysis_waits")).classes("mt-hint")
        elif seen.problem is not None:
            words = PROBLEM_WORDS[seen.problem].of(self._visitor.language)
            ui.label(f"{say('analysis_failed')}: {words}").classes("mt-alert bad")
        elif seen.findings is not None:
            for number, picture in enumerate(seen.findings.pictures, start=1):
                ui.label(f"{number}. {self._seen_in(picture)}").classes("mt-hint")

    def _seen_in(self, picture: AnalysedPicture) -> str:
        say, language = self._visitor.say, self._visitor.language
        kinds = Counter(thing.label for thing in picture.things)
        told = [
            f"{count} {SEEN_WORDS[kind].of(language) if kind in SEEN_WORDS else kind}"
            for kind, count in sorted(kinds.items())
        ]
        plates = [thing.plate for thing in picture.things if thing.plate is not None]
        read = [f"{plate.text} ({percent(plate.confidence, language)})" for plate in plates if plate.text]
        line = f"{say('analysis_saw')}: {', '.join(told) or say('analysis_nothing')}"
        if plates:
            unknown = [say("analysis_unknown")] if len(read) < len(plates) else []
            line += f" · {say('analysis_read')}: {', '.join([*read, *unknown])}"
        return line

    def _show_alike(self, report: Report) -> None:
        say, language = self._visitor.say, self._visitor.language
        if not report.alike:
            return
        ui.label(say("citizen_alike")).classes("mt-alert")
        with ui.element("div").props("role=list"):
            for case in report.alike:
                with ui.element("div").classes("mt-alert").props("role=listitem"):
                    name = case.name_vi if language == "vi" else case.name_en
                    ui.link(f"{name} · {hue_time(case.began_at)}", f"/?lang={language}&case={case.case_id}")
                    ui.label(f"{case.camera_name} · {self._grounds(case)}").classes("mt-hint")

    def _grounds(self, case: AlikeCase) -> str:
        say = self._visitor.say
        told = [say("alike_plate")] if case.same_plate else []
        if case.apart_s is not None:
            told.append(say("alike_minutes").format(minutes=round(case.apart_s / 60)))
        if case.apart_m is not None:
            told.append(say("alike_metres").format(metres=round(case.apart_m)))
        return ", ".join(told)

    def _show_answers(self, report: Report) -> None:
        say, language = self._visitor.say, self._visitor.language
        offences = {row.code: (row.name_vi if language == "vi" else row.name_en) for row in built_in_catalogue().rows}
        offence = ui.select(offences, label=say("citizen_offence"), clearable=True, with_input=True)
        offence.props("dense outlined").classes("mt-note")
        note = ui.textarea(label=say("citizen_note")).props("dense outlined autogrow maxlength=2000").classes("mt-note")

        def answering(state: ReportState) -> None:
            words = REPORT_WORDS[state].of(language)
            button = ui.button(words, on_click=lambda: self._answer(report, state, offence.value, note.value))
            button.props(f"no-caps unelevated color={'green-10' if state is ReportState.ACCEPTED else 'amber-9'}")

        with ui.element("div").classes("mt-answers"):
            for state in ANSWERS:
                answering(state)

    async def _answer(self, report: Report, state: ReportState, offence: str | None, note: str | None) -> None:
        def step(who: Principal) -> Report:
            code = str(offence) if offence and state is ReportState.ACCEPTED else None
            version = report.version
            return self._reports.answer(
                who, report.report_id, state, expected_version=version, offence_code=code, note=str(note or "")
            )

        if await self._visitor.do(step) is not None:
            ui.navigate.to(f"/reports?lang={self._visitor.language}")

    def _show_reporter(self, report: Report) -> None:
        say = self._visitor.say
        with ui.expansion(say("citizen_reporter")).classes("mt-note"):
            why = ui.input(label=say("citizen_why")).props("dense outlined maxlength=500")
            told = ui.label("").props('aria-live="polite"')

            async def ask() -> None:
                answer = await self._visitor.do(
                    lambda who: (self._reports.reporter(who, report.report_id, why=str(why.value or "")),)
                )
                if answer is not None:
                    found: Reporter | None = answer[0]
                    told.set_text(f"{found.name} · {found.contact}" if found else say("citizen_unsaid"))

            ui.button(say("citizen_ask"), on_click=ask).props("no-caps outline")
