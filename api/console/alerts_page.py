"""The page of alerts: what stands now, the newest first, each with what to do and a button to take it."""

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nicegui import ui

from api.alerts import StoredAlert
from api.console.review.dossier import hue_time
from api.console.shared_reading import RENEW_EVERY_S
from api.console.visitor import Visitor
from api.console.watched_list import WatchedList
from api.console.words import translate
from api.principals import Permission
from domain.alert_words import ALERT_WORDS, END_WORDS, LOOK_WORDS, TO_DO_WORDS

if TYPE_CHECKING:
    pass


class AlertsPage:
    """One operator's page.

    Args:
        visitor: who opened the page.
    """

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._centre = visitor.centre
        self._language = visitor.language
        self._may_acknowledge = visitor.principal.may(Permission.ALERTS_ACKNOWLEDGE)

    async def build(self) -> None:
        """Lay out the page and keep it up to date."""
        async with self._visitor.page("alerts", hint="alerts_hint"):
            self._watched = WatchedList(
                read=self._read, show=self._show, unread="alerts_unread", language=self._language
            )
            self._list = ui.element("div").props('role=list aria-live="assertive"')
            await self._watched.renew()
            ui.timer(RENEW_EVERY_S, self._watched.renew)

    def _read(self, *, afresh: bool) -> tuple[StoredAlert, ...]:
        self._visitor.again(in_use=afresh).require(Permission.ALERTS_READ)
        return self._visitor.readings.alerts.read(afresh=afresh)

    def _show(self, alerts: Sequence[StoredAlert]) -> None:
        self._list.clear()
        with self._list:
            if not alerts:
                ui.label(translate(self._language, "alerts_none")).classes("mt-hint").props("role=listitem")
            for alert in alerts:
                self._show_one(alert)

    def _show_one(self, alert: StoredAlert) -> None:
        title = ALERT_WORDS.get(alert.rule)
        with ui.element("div").classes("mt-alert bad" if alert.end is None else "mt-alert").props("role=listitem"):
            with ui.element("div").classes("mt-head"):
                ui.label(alert.rule if title is None else title.of(self._language)).classes("mt-title")
                ui.label(END_WORDS[alert.end].of(self._language)).classes("mt-badge")
                if self._may_acknowledge:
                    button = ui.button(
                        translate(self._language, "acknowledge"), on_click=lambda: self._acknowledge(alert.alert_id)
                    )
                    button.props("dense no-caps color=amber-9")
            ui.label(f"{alert.camera_name}, {alert.road} ({alert.camera_id}, {alert.place_id})")
            times = f"{translate(self._language, 'since')} {hue_time(alert.began_at)}"
            if alert.end is not None:
                times += f", {translate(self._language, 'seen_until')} {hue_time(alert.seen_until)}"
            ui.label(times)
            ui.label(TO_DO_WORDS.get(alert.rule, LOOK_WORDS).of(self._language))

    async def _acknowledge(self, alert_id: uuid.UUID) -> None:
        await self._visitor.do(lambda who: self._centre.alerts.acknowledge(who, alert_id))
        await self._watched.renew(afresh=True)
