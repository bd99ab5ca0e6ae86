"""The open case: clip with overlay, plate, stills, decision and facts."""

import time
from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui
from nicegui.events import GenericEventArguments

from api.cases.case_reader import HistoryEvent
from api.cases.case_rows import StoredCase, StoredFile
from api.cases.review import Watched
from api.console.elements import EvidencePlayer
from api.console.review.choices import Choice, choices_for
from api.console.review.dossier import (
    StillCard,
    clips,
    event_details,
    facts,
    hue_time,
    offence_name,
    overlay_url,
    stills,
    warnings,
)
from api.console.review.plates.card import plate_card
from api.console.review.plates.view import show_plate
from api.console.review.short_forms import short
from api.console.review.watching import FLOOR_S, Watching
from api.console.words import Language, translate
from domain.cases.roles import Role

_TITLE_LETTERS = 160


class CaseView:
    """Shows one case as it was when it was opened.

    Args:
        stored: the case.
        files: its files.
        history: its events.
        language: of everything shown.
    """

    def __init__(
        self,
        stored: StoredCase,
        files: Sequence[StoredFile],
        history: Sequence[HistoryEvent],
        language: Language,
    ) -> None:
        self._stored = stored
        self._files = files
        self._history = history
        self._language = language
        self._clips = clips(stored, files, language)
        decisive_s = sum(end - start for clip in self._clips for start, end in clip["decisive"])
        self._watching = Watching(decisive_s, time.monotonic)
        self._on_progress: Callable[[], None] = lambda: None

    @property
    def watched(self) -> Watched | None:
        """What the player has shown of the decisive seconds, None while that is too little to confirm."""
        return self._watching.watched if self._watching.shown_s >= FLOOR_S else None

    def show_evidence(self) -> None:
        """The middle of the page: what happened, the clip, the plate, the stills."""
        stored, language = self._stored, self._language
        with ui.element("div").classes("mt-head"):
            title = short(offence_name(stored, language), _TITLE_LETTERS)
            ui.label(title).classes("mt-title").props("role=heading aria-level=1")
            ui.label(translate(language, f"state.{stored.state}")).classes(f"mt-badge {stored.state}")
        for text, against in warnings(stored, self._history, language):
            ui.label(text).classes("mt-alert bad" if against else "mt-alert")
        player = EvidencePlayer(self._clips, overlay_url(stored, self._files), language)
        player.on("progress", self._progress)
        show_plate(plate_card(stored, self._files, language), language)
        ui.label(translate(language, "stills")).classes("mt-section")
        with ui.element("div").classes("mt-stills"):
            for card in stills(stored, self._files, language):
                self._still(card, player)

    def _progress(self, event: GenericEventArguments) -> None:
        self._watching.take(event.args)
        self._on_progress()

    def show_decision(self, decide: Callable[[Choice], Awaitable[None]], role: Role) -> None:
        """The two buttons, equally near, and rarer ones; confirming waits until the decisive seconds were watched."""
        language, choices = self._language, choices_for(self._stored, role)
        with ui.element("div").classes("mt-decide"):
            buttons = [self._button(choice, decide) for choice in choices[:2]]
        with ui.element("div").classes("mt-decide"):
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
            played, of = self._watching.played_s, self._watching.of_s
            count.set_text(f"{translate(language, 'watched_of')}: {played:.0f} / {of:.0f} s")
            if self.watched is not None:
                buttons[1].enable()

        renew()
        self._on_progress = renew
        ui.timer(FLOOR_S + 0.1, renew, once=True)

    def _button(self, choice: Choice, decide: Callable[[Choice], Awaitable[None]]) -> ui.button:
        text = f"{translate(self._language, choice.word)} · {choice.key}"
        button = ui.button(text, on_click=lambda: decide(choice))
        return button.props(f"no-caps unelevated color={choice.colour}").mark(choice.decision)

    def show_facts(self) -> None:
        """What is known, and what was done with the case so far."""
        language = self._language
        ok = self._stored.integrity == "valid"
        ui.label(translate(language, "integrity_valid" if ok else "integrity_bad")).classes(
            "mt-badge ready" if ok else "mt-badge rejected"
        )
        for name, value in facts(self._stored, language):
            with ui.element("div").classes("mt-fact"):
                ui.label(name)
                ui.label(value)
        self._show_history()

    def _show_history(self) -> None:
        ui.label(translate(self._language, "history")).classes("mt-section")
        for event in self._history:
            with ui.element("div").classes("mt-event"):
                ui.label(f"{hue_time(event.at)} · {event.actor}")
                details = event_details(event, self._language)
                text = " · ".join([translate(self._language, f"action.{event.action}"), *details])
                ui.label(text).classes("mt-event-what")

    def _still(self, card: StillCard, player: EvidencePlayer) -> None:
        def show() -> None:
            if card.clip is not None and card.offset_s is not None:
                player.show(card.clip, card.offset_s)

        title = card.title
        for url, caption in ((card.url, title), (card.crop_url, f"{title} · {translate(self._language, 'subject')}")):
            if url is None:
                continue
            with ui.element("div").classes("mt-still").on("click", show):
                ui.element("img").props(f'src="{url}" loading="lazy" alt=""')
                with ui.element("div"):
                    ui.label(caption).classes("mt-still-title")
                    ui.label(card.at)
