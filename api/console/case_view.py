"""The open case: clip with overlay, plate, stills, decision and facts."""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui

from api.console.dossier import StillCard, clips, facts, hue_time, offence_name, overlay_url, stills, warnings
from api.console.elements import EvidencePlayer
from api.console.plate_card import plate_card
from api.console.plate_view import show_plate
from api.console.words import Language, say
from api.services.case_desk import HistoryEvent
from api.services.case_rows import StoredCase, StoredFile
from domain.cases.states import CaseState

CONFIRM_FLOOR_S = 10.0
"""Nobody judges a clip in less: a confirmation waits so long, a rejection does not (docs/operate-the-centre.md)."""


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
        self.watched = False  # the clip was played and the floor has passed

    @property
    def rejectable(self) -> bool:
        """Whether it still waits for a decision."""
        return self._stored.state in {CaseState.DETECTED, CaseState.QUEUED}

    def show_evidence(self) -> None:
        """The middle of the desk: what happened, the clip, the plate, the stills."""
        stored, language = self._stored, self._language
        with ui.element("div").classes("mt-head"):
            ui.label(offence_name(stored, language)).classes("mt-title").props("role=heading aria-level=1")
            ui.label(say(language, f"state.{stored.state}")).classes(f"mt-badge {stored.state}")
        for text, against in warnings(stored, language):
            ui.label(text).classes("mt-alert bad" if against else "mt-alert")
        player = EvidencePlayer(clips(stored, self._files, language), overlay_url(stored, self._files), language)
        show_plate(plate_card(stored, self._files, language), language)
        ui.label(say(language, "stills")).classes("mt-section")
        with ui.element("div").classes("mt-stills"):
            for card in stills(stored, self._files, language):
                self._still(card, player)

    def show_decision(
        self, confirm: Callable[[], Awaitable[None]], reject: Callable[[], Awaitable[None]], *, may_decide: bool
    ) -> None:
        """The two buttons, equally near; confirming waits until the clip could have been watched."""
        language = self._language
        if not may_decide or not self.rejectable:
            return
        with ui.element("div").classes("mt-decide"):
            ui.button(say(language, "reject") + " · R", on_click=reject).props("no-caps unelevated color=red-9").mark(
                "reject"
            )
            button = ui.button(say(language, "confirm") + " · C", on_click=confirm)
            button.props("no-caps unelevated color=green-8").mark("confirm")
        if not self._stored.confirmable:
            button.disable()
            ui.label(say(language, "cannot_confirm")).classes("mt-hint")
            return
        button.disable()
        hint = ui.label(say(language, "wait_confirm")).classes("mt-hint")

        def open_up() -> None:
            self.watched = True
            button.enable()
            hint.delete()

        ui.timer(CONFIRM_FLOOR_S, open_up, once=True)

    def show_facts(self) -> None:
        """What is known, and what was done with the case so far."""
        language = self._language
        ok = self._stored.integrity == "valid"
        ui.label(say(language, "integrity_valid" if ok else "integrity_bad")).classes(
            "mt-badge ready" if ok else "mt-badge rejected"
        )
        for name, value in facts(self._stored, language):
            with ui.element("div").classes("mt-fact"):
                ui.label(name)
                ui.label(value)
        self._show_history()

    def _show_history(self) -> None:
        ui.label(say(self._language, "history")).classes("mt-section")
        for event in self._history:
            with ui.element("div").classes("mt-event"):
                ui.label(f"{hue_time(event.at)} · {event.actor}")
                details = [
                    str(event.body[key]) for key in ("file", "what", "reason_code", "note") if event.body.get(key)
                ]
                ui.label(" · ".join([say(self._language, f"action.{event.action}"), *details])).classes("mt-event-what")

    def _still(self, card: StillCard, player: EvidencePlayer) -> None:
        def show() -> None:
            if card.clip is not None and card.offset_s is not None:
                player.show(card.clip, card.offset_s)

        title = card.title
        for url, caption in ((card.url, title), (card.crop_url, f"{title} · {say(self._language, 'subject')}")):
            if url is None:
                continue
            with ui.element("div").classes("mt-still").on("click", show):
                ui.element("img").props(f'src="{url}" loading="lazy" alt=""')
                with ui.element("div"):
                    ui.label(caption).classes("mt-still-title")
                    ui.label(card.at)
