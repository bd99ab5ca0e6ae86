"""The page of a small police unit: what waits, what it holds, one case with its proof, and how far that has come."""

import hashlib
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from nicegui import run, ui

from api.console.elements import document_link
from api.console.review.dossier import hue_time
from api.console.review.short_forms import short
from api.console.shared_reading import RENEW_EVERY_S
from api.console.visitor import Visitor
from api.console.watched_list import WatchedList
from api.console.words import translate
from api.police.documents import HeldCase, OpenedCase, Waiting
from api.police.forms import OPEN_IN, TITLES
from api.police.steps import MAX_PAGE, Told
from api.principals import Principal
from domain.cases.evidence import EvidenceFile, FileRole
from domain.cases.states import Action, CaseState
from domain.cases.transitions import TRANSITIONS
from domain.errors import MatThanError
from domain.law.rejection import rejection_reasons

_TAKEN_AT_ONCE = 5
_ENDS = frozenset({Action.POLICE_REJECT, Action.POLICE_CANCEL})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """What is on the unit's desk."""

    waiting: tuple[Waiting, ...]
    held: tuple[HeldCase, ...]
    more: bool  # they are not all that the organisation holds


@dataclass(frozen=True, slots=True, kw_only=True)
class _Said:
    """What the officer wrote beside a step; kept where the step was refused."""

    reason: str | None = None
    note: str = ""


class PolicePage:
    """One officer's page.

    Args:
        visitor: who opened the page.
    """

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._centre = visitor.centre
        self._pages = 1  # of the list of what is held
        self._language = visitor.language

    async def build(self, wanted: uuid.UUID | None) -> None:
        """Lay out the desk, or one case."""
        language = self._language
        async with self._visitor.page("police", title=wanted is None):
            if wanted is not None:
                ui.link(f"← {translate(language, 'police_held')}", f"/police?lang={language}").classes("mt-hint")
                self._one = ui.element("div")
                await self._open(wanted, _Said())
                return
            ui.label(translate(language, "police_hint")).classes("mt-hint")
            self._desk = WatchedList(read=self._read, show=self._show, unread="police_unread", language=language)
            self._queues = ui.element("div").props('role=list aria-live="polite"')
            ui.label(translate(language, "police_held")).classes("mt-section")
            self._held = ui.element("div").props("role=list")
            await self._desk.renew()
            ui.timer(RENEW_EVERY_S, self._desk.renew)

    def _read(self, *, afresh: bool) -> _Desk:
        who = self._visitor.again(in_use=afresh)
        steps = self._centre.police_steps
        held: list[HeldCase] = []
        cursor: str | None = None
        for _ in range(self._pages):
            page = steps.held(who, after=cursor, limit=MAX_PAGE)
            held += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        return _Desk(waiting=steps.waiting(who), held=tuple(held), more=cursor is not None)

    def _show(self, desk: _Desk) -> None:
        language = self._language
        self._queues.clear()
        with self._queues:
            for each in desk.waiting:
                with ui.element("div").classes("mt-card").props("role=listitem"):
                    with ui.element("div").classes("mt-head"):
                        ui.label(translate(language, f"queue.{each.queue}")).classes("mt-card-title")
                        more = "+" if each.more else ""
                        ui.label(f"{each.cases}{more} {translate(language, 'police_waiting')}").classes(
                            "mt-badge ready"
                        )
                    button = ui.button(
                        translate(language, "police_take"), on_click=lambda queue=each.queue: self._take(queue)
                    )
                    button.props("no-caps unelevated color=green-10").mark(f"take-{each.queue}")
                    button.set_enabled(each.cases > 0)
            if not desk.waiting:
                ui.label(translate(language, "police_none_waiting")).classes("mt-hint").props("role=listitem")
        self._held.clear()
        with self._held:
            if not desk.held:
                ui.label(translate(language, "police_none_held")).classes("mt-hint").props("role=listitem")
            for one in desk.held:
                self._card(one)
            if desk.more:
                ui.label(f"{len(desk.held)} {translate(language, 'police_shown_of_more')}").classes("mt-hint")
                button = ui.button(translate(language, "police_show_more"), on_click=self._show_more)
                button.props("no-caps unelevated color=blue-grey-8")

    async def _show_more(self) -> None:
        self._pages += 1
        await self._desk.renew(afresh=True)

    def _card(self, one: HeldCase) -> None:
        case, language = one.case, self._language
        with ui.element("div").classes("mt-card").props("role=listitem"):
            with ui.element("div").classes("mt-head"):
                url = f"/police?lang={language}&case={case.case_id}"
                ui.link(short(case.name_vi if language == "vi" else case.name_en), url).classes("mt-card-title")
                ui.label(translate(language, f"state.{one.state}")).classes(f"mt-badge {one.state}")
            plate = case.plate_text or translate(language, "police_unread_plate")
            ui.label(short(f"{plate} · {case.road} · {hue_time(case.began_at)}"))
            if one.lease_expires_at is not None:
                until = f"{translate(language, 'police_until')} {hue_time(one.lease_expires_at)}"
                ui.label(until).classes("mt-hint")

    async def _take(self, queue: str) -> None:
        def pull(who: Principal) -> int:
            lease = self._centre.police.pull(
                who, queue, n=_TAKEN_AT_ONCE, lease_s=None, idempotency_key=f"page-{uuid.uuid4().hex}"
            )
            return len(lease.cases)

        taken = await self._visitor.do(pull)
        if taken is not None:
            words = "police_taken" if taken else "police_none_waiting"
            ui.notify(f"{taken or ''} {translate(self._language, words)}", type="positive", position="top")
        await self._desk.renew(afresh=True)

    async def _open(self, wanted: uuid.UUID, said: _Said) -> None:
        steps = self._centre.police_steps
        found = await self._visitor.do(lambda who: (steps.open(who, wanted), steps.files(who, wanted)))
        self._one.clear()
        with self._one:
            if found is None:
                ui.label(translate(self._language, "police_gone")).classes("mt-alert bad")
                return
            self._show_one(*found, said)

    def _show_one(self, one: OpenedCase, files: tuple[EvidenceFile, ...], said: _Said) -> None:
        case, language = one.case, self._language
        base = f"/api/v1/police/cases/{case.case_id}"
        with ui.element("div").classes("mt-head"):
            title = ui.label(short(case.name_vi if language == "vi" else case.name_en)).classes("mt-title")
            title.props("role=heading aria-level=1")
            ui.label(translate(language, f"state.{one.state}")).classes(f"mt-badge {one.state}")
        for name in [file.name for file in files if file.role is FileRole.CLIP]:
            video = ui.element("video").props(f'src="{base}/files/{name}" controls preload=metadata playsinline')
            video.classes("mt-police-clip").props(f'aria-label="{translate(language, "clip")}"')
        with ui.element("div").classes("mt-stills"):
            for name in [file.name for file in files if file.is_whole_picture]:
                with ui.element("a").classes("mt-still").props(f'href="{base}/files/{name}" target=_blank'):
                    ui.element("img").props(f'src="{base}/files/{name}" loading=lazy alt="{name}"')
        for each in one.objections:
            with ui.element("section").classes("mt-objection"):
                ui.label(f"{translate(language, 'police_objection')} {hue_time(each.at)}").classes("mt-hint")
                ui.label(translate(language, "words_over") if each.words is None else each.words)
        self._show_steps(one, said)
        rows = [
            ("police_plate", case.plate_text or translate(language, "police_unread_plate")),
            ("police_law", case.legal_ref),
            ("where", f"{case.road}, {case.ward}"),
            ("police_when", f"{hue_time(case.began_at)} → {hue_time(case.ended_at)}"),
            ("police_since", hue_time(one.since)),
            ("police_number", str(case.case_id)),
        ]
        for name, value in rows:
            with ui.element("div").classes("mt-fact"):
                ui.label(translate(language, name))
                ui.label(value)
        with ui.row():
            for form, states in OPEN_IN.items():
                if one.state in states:
                    words = f"{translate(language, 'police_form')} {form}: {TITLES[form].of(language)}"
                    document_link(words, f"{base}/forms/{form}/pdf").classes("mt-hint")
        document_link(translate(language, "police_package"), f"{base}/package").classes("mt-hint")
        seen = f"/sightings?lang={language}&case={case.case_id}"
        ui.link(translate(language, "sightings"), seen).classes("mt-hint")

    def _show_steps(self, one: HeldCase, said: _Said) -> None:
        language = self._language
        note = ui.textarea(label=translate(language, "note"), value=said.note)
        note.props("dense outlined autogrow maxlength=2000").classes("mt-note")
        reasons = {
            code: reason.vi if language == "vi" else reason.en
            for code, reason in rejection_reasons().items()
            if "police" in reason.who
        }
        reason = ui.select(reasons, value=said.reason, label=translate(language, "police_reason"), clearable=True)
        reason.props("dense outlined").classes("mt-note").mark("reason")
        buttons: list[ui.button] = []

        def button(step: str, colour: str, do: Callable[[Principal, _Said], object]) -> None:
            async def pressed() -> None:
                # as it stood at the press: what is typed while the centre answers is no part of this step
                now = _Said(reason=str(reason.value) if reason.value else None, note=str(note.value or "").strip())
                for each in buttons:
                    each.disable()
                done = await self._visitor.do(lambda who: do(who, now) or True)
                if done:
                    ui.notify(translate(language, "answered_done"), type="positive", position="top")
                await self._open_again(one.case.case_id, _Said() if done else now)

            made = ui.button(translate(language, f"police_step.{step}"), on_click=pressed)
            buttons.append(made.props(f"no-caps unelevated color={colour}").mark(step))

        with ui.element("div").classes("mt-answers"):
            if one.state is CaseState.TRANSFERRED:
                button("acknowledge", "green-10", lambda who, _: self._acknowledge(who, one))
            for step in one.steps:
                button(step, "red-9" if step in _ENDS else "amber-9", partial(self._tell, one, step))
            if one.state in TRANSITIONS[Action.RETURN].sources:
                button("return", "red-9", partial(self._give_back, one))

    async def _open_again(self, case_id: uuid.UUID, said: _Said) -> None:
        still = await run.io_bound(self._is_held, case_id)
        if still:
            await self._open(case_id, said)
        else:
            ui.navigate.to(f"/police?lang={self._language}")

    def _is_held(self, case_id: uuid.UUID) -> bool:
        try:
            self._centre.police_steps.one(self._visitor.again(), case_id)
        except MatThanError:
            return False
        return True

    def _acknowledge(self, who: Principal, one: HeldCase) -> None:
        """Read the whole package here, as it would be downloaded, and take it over."""
        digest = hashlib.sha256()
        for piece in self._centre.police.package(who, one.case.case_id):
            digest.update(piece)
        self._centre.police.acknowledge(who, one.case.case_id, lease_id=one.lease_id, package_sha256=digest.hexdigest())

    def _tell(self, one: HeldCase, step: Action, who: Principal, said: _Said) -> None:
        code = said.reason if TRANSITIONS[step].reason_by is not None else None
        self._centre.police_steps.take(who, one.case.case_id, Told(step=step, reason_code=code, note=said.note))

    def _give_back(self, one: HeldCase, who: Principal, said: _Said) -> None:
        self._centre.police.give_back(
            who, one.case.case_id, lease_id=one.lease_id, reason_code=said.reason or "", note=said.note
        )
