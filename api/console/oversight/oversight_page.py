"""The page of whoever runs the shift: what waits, what is late, floods, dropped cases, reviewers, rules."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from nicegui import ui

from api.cases.case_rows import ListedCase
from api.cases.floods import Flood
from api.cases.redaction_misses import CameraMisses
from api.cases.rule_standing import RuleOutcome
from api.cases.unblur import OriginalsSeen
from api.cases.workload import Dropped
from api.citizens.analyses import Looks
from api.console.counts_page import rule_name
from api.console.oversight.flood_answers import flood_answers
from api.console.review.dossier import hue_time
from api.console.tables import show_table
from api.console.visitor import Visitor
from api.console.words import number, percent
from api.people.throttle import Door
from api.principals import Permission, Principal
from api.standing_problems import StandingProblem
from domain.cases.clocks import DueSoon, Forecast
from domain.cases.limits import NOTICE_DUE
from domain.cases.reviewers import ReviewerFigures


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    forecast: Forecast
    due: Mapping[DueSoon, int]
    floods: Sequence[Flood]
    dropped: Sequence[Dropped]
    given_back: Sequence[ListedCase]
    misses: Sequence[CameraMisses]
    looks: Looks
    problems: Sequence[StandingProblem]  # of the centre itself, whichever process found them
    silent_boxes: int
    unstated_accounts: int
    refused: Mapping[Door, int]
    reviewers: Mapping[str, ReviewerFigures] | None  # None: not for this person
    originals: Sequence[OriginalsSeen] | None  # likewise
    outcomes: Sequence[RuleOutcome]


class OversightPage:
    """One person's page.

    Args:
        visitor: who opened the page.
    """

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._centre = visitor.centre

    async def build(self) -> None:
        """Lay out the page."""
        async with self._visitor.page("oversight", hint="oversight_hint"):
            self._body = ui.element("div").classes("mt-body")
            await self._renew()

    def _read(self, who: Principal) -> _Read:
        centre = self._centre
        return _Read(
            forecast=centre.review_queue.forecast(who),
            due=centre.workload.due(who),
            floods=centre.floods.list(who),
            dropped=centre.workload.dropped(who),
            given_back=centre.workload.given_back(who),
            misses=centre.redaction_misses.by_camera(who),
            looks=centre.report_analyses.standing(),
            problems=centre.problems.standing(),
            silent_boxes=len(centre.health.silent_boxes()),
            refused=centre.sign_in.refused_lately(),
            unstated_accounts=centre.accounts.unstated_deciders(),
            reviewers=centre.reviewers.figures(who) if who.may(Permission.REVIEWERS_READ) else None,
            originals=centre.unblurring.by_person(who) if who.may(Permission.REVIEWERS_READ) else None,
            outcomes=centre.rules.outcomes(who, by_hour=False),
        )

    async def _renew(self) -> None:
        found = await self._visitor.do(self._read)
        self._body.clear()
        with self._body:
            if found is None:
                ui.label(self._visitor.say("page_failed")).classes("mt-alert bad")
                return
            self._show_problems(found)
            self._show_backlog(found.forecast, found.due)
            self._show_looks(found.looks)
            self._show_refused(found.refused)
            self._show_floods(found.floods)
            self._show_given_back(found.given_back)
            self._show_dropped(found.dropped)
            self._show_misses(found.misses)
            if found.originals is not None:
                self._show_seen(found.originals)
            if found.reviewers is not None:
                self._show_reviewers(found.reviewers)
            self._show_rules(found.outcomes)

    def _section(self, name: str) -> None:
        ui.label(self._visitor.say(name)).classes("mt-section").props("role=heading aria-level=2")

    def _show_problems(self, found: _Read) -> None:
        say, language = self._visitor.say, self._visitor.language
        for each in found.problems:
            job = f" {each.subject}" if each.subject else ""
            ui.label(f"{say(each.code)}{job} {say('since_when')} {hue_time(each.since)}").classes("mt-alert bad")
        if found.silent_boxes:
            text = f"{found.silent_boxes} {say('boxes_are_silent')}"
            ui.link(text, f"/boxes?lang={language}").classes("mt-alert bad")
        if found.unstated_accounts:
            ui.label(f"{found.unstated_accounts} {say('accounts_without_person')}").classes("mt-alert bad")

    def _show_backlog(self, forecast: Forecast, due: Mapping[DueSoon, int]) -> None:
        say, language = self._visitor.say, self._visitor.language
        self._section("backlog")
        with ui.element("div").classes("mt-figures"):
            self._figure("waiting_cases", str(forecast.waiting))
            self._figure("reviewed_an_hour", number(forecast.reviewed_an_hour, language))
            self._figure("arriving_an_hour", number(forecast.arriving_an_hour, language))
        if forecast.misses_at is None:
            ui.label(say("backlog_keeps")).classes("mt-hint")
        else:
            ui.label(f"{say('backlog_misses')} {hue_time(forecast.misses_at)}").classes("mt-alert bad")
        self._section("clocks")
        with ui.element("div").classes("mt-figures"):
            for each, cases in due.items():
                with ui.link(target=f"/search?lang={language}&due={each}&order=act").classes("mt-figure-link"):
                    self._figure(f"due.{each}", str(cases))

    def _show_looks(self, looks: Looks) -> None:
        say = self._visitor.say
        self._section("report_looks")
        with ui.element("div").classes("mt-figures"):
            self._figure("looks_waiting", str(looks.waiting))
            self._figure("looks_failed", str(looks.failed))
        if looks.waiting_since is not None:
            ui.label(f"{say('looks_wait_since')} {hue_time(looks.waiting_since)}").classes("mt-hint")

    def _show_refused(self, refused: Mapping[Door, int]) -> None:
        self._section("refused_tries")
        ui.label(self._visitor.say("refused_tries_hint")).classes("mt-hint")
        with ui.element("div").classes("mt-figures"):
            for door, tries in refused.items():
                self._figure(f"refused.{door}", str(tries))

    def _figure(self, name: str, text: str) -> None:
        with ui.element("div").classes("mt-figure"):
            ui.label(text).classes("mt-figure-number")
            ui.label(self._visitor.say(name)).classes("mt-hint")

    def _show_floods(self, floods: Sequence[Flood]) -> None:
        say, language = self._visitor.say, self._visitor.language
        self._section("floods")
        ui.label(say("floods_hint")).classes("mt-hint")
        if not floods:
            ui.label(say("floods_none")).classes("mt-hint")
        for row in floods:
            with ui.element("div").classes("mt-card waiting"):
                with ui.element("div").classes("mt-head"):
                    url = f"/search?lang={language}&camera={row.camera_id}"
                    ui.link(row.camera_id, url).classes("mt-card-title")
                usual = f"{say('usual_an_hour')} {number(row.usual_an_hour, language)}"
                ui.label(f"{row.last_hour} {say('cases_last_hour')} · {usual} · {hue_time(row.raised_at)}")
                if self._visitor.principal.may(Permission.FLOODS_LIFT):
                    flood_answers(self._visitor, row, self._renew)

    def _show_given_back(self, cases: Sequence[ListedCase]) -> None:
        say, language = self._visitor.say, self._visitor.language
        self._section("given_back")
        ui.label(say("given_back_hint")).classes("mt-hint")
        if not cases:
            ui.label(say("given_back_none")).classes("mt-hint")
        now = self._centre.store.clock.now()
        for each in cases:
            name = each.name_vi if language == "vi" else each.name_en
            with ui.element("div").classes("mt-card waiting"), ui.element("div").classes("mt-head"):
                ui.link(name, f"/?lang={language}&case={each.case_id}").classes("mt-card-title")
                ui.label(f"{each.camera_name} · {hue_time(each.began_at)}")
                if now >= each.began_at + NOTICE_DUE:
                    ui.label(say("past_notice")).classes("mt-alert bad")

    def _show_dropped(self, dropped: Sequence[Dropped]) -> None:
        self._section("dropped_cases")
        ui.label(self._visitor.say("dropped_hint")).classes("mt-hint")
        rows = [(each.day, str(each.cases)) for each in dropped]
        show_table(("day", "number_of_cases"), rows, self._visitor.language, empty="dropped_none")

    def _show_misses(self, misses: Sequence[CameraMisses]) -> None:
        self._section("redaction_misses")
        ui.label(self._visitor.say("redaction_misses_hint")).classes("mt-hint")
        rows = [
            (each.camera_id, str(each.copies), str(each.faces), str(each.plates), hue_time(each.newest_at))
            for each in misses
        ]
        names = ("camera", "readable_copies", "readable_faces", "readable_plates", "newest")
        show_table(names, rows, self._visitor.language, empty="redaction_misses_none")

    def _show_seen(self, originals: Sequence[OriginalsSeen]) -> None:
        self._section("originals_seen")
        ui.label(self._visitor.say("originals_seen_hint")).classes("mt-hint")
        rows = [
            (each.actor.removeprefix("user:"), str(each.cases), str(each.times), hue_time(each.newest_at))
            for each in originals
        ]
        names = ("seen_by", "number_of_cases", "seen_times", "newest")
        show_table(names, rows, self._visitor.language, empty="originals_seen_none")

    def _show_reviewers(self, reviewers: Mapping[str, ReviewerFigures]) -> None:
        language = self._visitor.language
        self._section("reviewers")
        ui.label(self._visitor.say("reviewers_hint")).classes("mt-hint")
        rows = []
        for who, each in reviewers.items():
            low, high = each.caught_interval95
            seeds = each.seeds_caught + each.seeds_missed
            between = f"{percent(low, language)} – {percent(high, language)}" if seeds else "-"
            agreed = f"{each.agreed} / {each.agreed + each.differed}"
            upheld = f"{each.upheld} / {each.upheld + each.overruled}"
            rows.append((who.removeprefix("user:"), f"{each.seeds_caught} / {seeds}", between, agreed, upheld))
        names = ("answered_by", "seeds_caught", "interval", "agreed_of", "upheld_of")
        show_table(names, rows, language, empty="reviewers_none")

    def _show_rules(self, outcomes: Sequence[RuleOutcome]) -> None:
        say, language = self._visitor.say, self._visitor.language
        self._section("rule_outcomes")
        ui.label(say("rule_outcomes_hint")).classes("mt-hint")
        rows = []
        for each in sorted(outcomes, key=lambda one: (one.fallen_at is None, one.precision.share or 0.0)):
            low, high = each.precision.interval95
            fallen = f"{say('fallen_since')} {hue_time(each.fallen_at)}" if each.fallen_at else say("counts_now")
            rows.append(
                (
                    rule_name(each.code, language),
                    each.camera_id,
                    each.rule_version,
                    f"{each.precision.right} / {each.precision.judged}",
                    f"{percent(low, language)} – {percent(high, language)}",
                    fallen,
                )
            )
        names = ("offence", "camera", "rule_version", "right_of", "interval", "standing")
        show_table(names, rows, language, empty="rule_outcomes_none")
