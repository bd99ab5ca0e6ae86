"""The open case: clip with overlay, plate, stills, decision and facts."""

import time
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from api.cases.case_reader import HistoryEvent
from api.cases.case_rows import StoredCase, StoredFile
from api.cases.review import Watched
from api.console.elements import CaseStills, EvidencePlayer, FactRows, pair_row, text_row
from api.console.review.choices import Choice, choices_for
from api.console.review.dossier import (
    clips,
    event_details,
    facts,
    hue_minute,
    hue_time,
    offence_name,
    overlay_url,
    proofs,
    sentence,
    stills,
    technical_facts,
    warnings,
)
from api.console.review.originals import have_copies, shown_blurred
from api.console.review.plates.card import plate_card
from api.console.review.plates.view import Enter, show_plate
from api.console.review.short_forms import short
from api.console.review.watching import FLOOR_S, Watching
from api.console.words import Language, translate
from domain.cases.exporting import CLOSED_IN
from domain.cases.roles import Role
from domain.cases.words import CLOCK_WORDS

_TITLE_LETTERS = 120
_SENTENCE_LETTERS = 160


class CaseView:
    """Shows one case as it was when it was read; it may be laid out before it is looked at.

    Args:
        stored: the case.
        files: its files.
        history: its events.
        language: of everything shown.
        now: of the centre's clock, for what is due.
    """

    def __init__(
        self,
        stored: StoredCase,
        files: Sequence[StoredFile],
        history: Sequence[HistoryEvent],
        language: Language,
        now: datetime,
    ) -> None:
        self._now = now
        self._stored = stored
        self._files = files
        self._history = history
        self._language = language
        self._acts = sum(event.action == "unblur" for event in history)
        self._clips = clips(stored, files, language, acts=self._acts)
        decisive_s = sum(end - start for clip in self._clips for start, end in clip["decisive"])
        self._decisive_s = decisive_s
        self._watching: Watching | None = None
        self._on_progress: Callable[[], None] = lambda: None
        self._stills: CaseStills | None = None

    @property
    def watched(self) -> Watched | None:
        """What the player has shown of the decisive seconds, None while that is too little to confirm."""
        watching = self._watching
        return watching.watched if watching is not None and watching.shown_s >= FLOOR_S else None

    def begin(self) -> None:
        """Somebody looks at it from now on; in the context of a part of it."""
        self._watching = Watching(self._decisive_s, time.monotonic)
        self._on_progress()
        ui.timer(FLOOR_S + 0.1, self._on_progress, once=True)

    def show_evidence(self, enter_plate: Enter | None) -> None:
        """The middle of the page: what happened, the clip, the plate, the stills; enter_plate: see ``show_plate``."""
        stored, language = self._stored, self._language
        with ui.element("div").classes("mt-case").props(f"data-case={stored.case_id}"):
            with ui.element("div").classes("mt-case-head"):
                with ui.element("div").classes("mt-head"):
                    title = short(offence_name(stored, language), _TITLE_LETTERS)
                    ui.label(title).classes("mt-title").props("role=heading aria-level=1")
                    ui.label(translate(language, f"state.{stored.state}")).classes(f"mt-badge {stored.state}")
                ui.label(short(sentence(stored, language), _SENTENCE_LETTERS)).classes("mt-sentence")
                for text, against in warnings(stored, self._history, language):
                    ui.label(text).classes("mt-alert bad" if against else "mt-alert")
            self._player = EvidencePlayer(self._clips, overlay_url(stored, self._files), language)
            self._player.on("progress", self._progress)
            self._show_stills()
            show_plate(plate_card(stored, self._files, language), language, enter_plate)

    def show_pictures(self) -> None:
        """Open the stills large."""
        if self._stills is not None:
            self._stills.open(0)

    def _progress(self, event: GenericEventArguments) -> None:
        if self._watching is not None:
            self._watching.take(event.args)
            self._on_progress()

    def show_decision(self, decide: Callable[[Choice], Awaitable[None]], role: Role) -> None:
        """The two buttons, equally near, and rarer ones; confirming waits until the decisive seconds were watched."""
        language, choices = self._language, choices_for(self._stored, role)
        with ui.element("div").classes("mt-decide"):
            buttons = [self._button(choice, decide) for choice in choices[:2]]
        with ui.element("div").classes("mt-decide-more"):
            for choice in choices[2:]:
                self._button(choice, decide).props("outline dense")
        if len(choices) < 2 or not choices[1].after_watching:  # noqa: PLR2004 - the second of the pair
            return
        buttons[1].disable()
        if not self._stored.confirmable:
            ui.label(translate(language, "cannot_confirm")).classes("mt-hint")
            return
        ui.label(translate(language, "wait_confirm")).classes("mt-hint")
        count = ui.label().classes("mt-hint mt-watched")

        def renew() -> None:
            played_s = self._watching.played_s if self._watching is not None else 0.0
            count.set_text(f"{translate(language, 'watched_of')}: {played_s:.0f} / {self._decisive_s:.0f} s")
            if self.watched is not None:
                buttons[1].enable()

        renew()
        self._on_progress = renew

    def _button(self, choice: Choice, decide: Callable[[Choice], Awaitable[None]]) -> ui.button:
        text = f"{translate(self._language, choice.word)} · {choice.key}"
        button = ui.button(text, on_click=lambda: decide(choice))
        return button.props(f"no-caps unelevated color={choice.colour}").mark(choice.decision)

    def show_originals(
        self, see: Callable[[], Awaitable[None]], *, judges: bool, may_export: bool, may_look_up: bool
    ) -> None:
        """Say that copies are shown, with the way to the originals, to an export, and to sightings of the vehicle."""
        if shown_blurred(self._stored, self._files, judges=judges):
            said = "shown_blurred" if have_copies(self._files) else "shown_nothing"
            ui.label(translate(self._language, said)).classes("mt-hint")
            ui.button(translate(self._language, "see_originals"), on_click=see).props("outline dense no-caps")
        if may_export and self._stored.state not in CLOSED_IN:
            url = f"/exports?lang={self._language}&case={self._stored.case_id}"
            ui.link(translate(self._language, "ask_export"), url).classes("mt-hint")
        if may_look_up:
            url = f"/sightings?lang={self._language}&case={self._stored.case_id}"
            ui.link(translate(self._language, "sightings"), url).classes("mt-hint")

    def show_facts(self) -> None:
        """What is known, and what was done with the case so far."""
        language, ok = self._language, self._stored.integrity == "valid"
        badge = "mt-badge ready" if ok else "mt-badge rejected"
        rows = [text_row(translate(language, "integrity_valid" if ok else "integrity_bad"), badge)]
        rows += [pair_row(name, value) for name, value in facts(self._stored, language)]
        for deadline in self._stored.clocks:
            band = f"mt-fact mt-clock-{deadline.band(self._now)}"
            rows.append(pair_row(CLOCK_WORDS[deadline.kind].of(language), hue_minute(deadline.ends_at), classes=band))
        rows.append(text_row(translate(language, "checklist"), "mt-section"))
        for name, proof, there in proofs(self._stored, language):
            rows.append(pair_row(f"{'✓' if there else '✗'} {name}", short(proof, 80)))
        rows.append(text_row(translate(language, "technical"), "mt-section"))
        rows += [pair_row(name, value) for name, value in technical_facts(self._stored, language)]
        rows.append(text_row(translate(language, "history"), "mt-section"))
        rows += [self._event_row(event) for event in self._history]
        FactRows(rows)

    def _event_row(self, event: HistoryEvent) -> dict[str, Any]:
        language = self._language
        what = " · ".join([translate(language, f"action.{event.action}"), *event_details(event, language)])
        who = f"{hue_time(event.at)} · {event.actor}"
        return pair_row(who, what, classes="mt-event", right_classes="mt-event-what")

    def _show_stills(self) -> None:
        cards = stills(self._stored, self._files, self._language, acts=self._acts)
        if not cards:
            return
        subject = translate(self._language, "subject")
        pictures: list[dict[str, str]] = []
        places: list[tuple[int, int | None]] = []
        for card in cards:
            full = len(pictures)
            pictures.append({"url": card.url, "title": card.title, "at": card.at})
            if card.crop_url is not None:
                pictures.append({"url": card.crop_url, "title": f"{card.title} · {subject}", "at": card.at})
            places.append((full, None if card.crop_url is None else full + 1))

        def seek(event: GenericEventArguments) -> None:
            card = cards[event.args]
            if card.clip is not None and card.offset_s is not None:
                self._player.show(card.clip, card.offset_s)

        self._stills = CaseStills(pictures, places, self._language)
        self._stills.on("seek", seek)
