"""The page of alerts: what stands now, the newest first, each with what to do and a button to take it."""

import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nicegui import run, ui

from api.alerts import StoredAlert
from api.console.navigation import Navigation
from api.console.readings import Readings
from api.console.review.dossier import hue_time
from api.console.shared_reading import RENEW_EVERY_S
from api.console.watched_list import WatchedList
from api.console.words import Language, translate
from api.errors import Unauthenticated
from api.principals import Permission, Principal
from domain.alert_words import ALERT_WORDS, END_WORDS, LOOK_WORDS, TO_DO_WORDS
from domain.errors import MatThanError

if TYPE_CHECKING:
    from api.centre import Centre


class AlertsPage:
    """One operator's page.

    Args:
        centre: the services.
        readings: what stands now.
        token: of the session; looked at again with every renewal.
        principal: who opened the page.
        language: of everything shown.
    """

    def __init__(
        self, centre: "Centre", readings: Readings, *, token: str, principal: Principal, language: Language
    ) -> None:
        self._centre = centre
        self._readings = readings
        self._principal = principal
        self._token = token
        self._may_acknowledge = principal.may(Permission.ALERTS_ACKNOWLEDGE)
        self._language = language

    async def build(self) -> None:
        """Lay out the page and keep it up to date."""
        with ui.element("div").classes("mt-page"):
            navigation = Navigation(
                self._centre, self._readings, principal=self._principal, language=self._language, here="alerts"
            )
            await navigation.build()
            ui.label(translate(self._language, "alerts")).classes("mt-title").props("role=heading aria-level=1")
            ui.label(translate(self._language, "alerts_hint")).classes("mt-hint")
            self._watched = WatchedList(
                read=self._read, show=self._show, unread="alerts_unread", language=self._language
            )
            self._list = ui.element("div").props('role=list aria-live="assertive"')
        await self._watched.renew()
        ui.timer(RENEW_EVERY_S, self._watched.renew)
        navigation.follow()

    def _read(self, *, afresh: bool) -> tuple[StoredAlert, ...]:
        self._centre.sign_in.by_session(self._token, in_use=afresh).require(Permission.ALERTS_READ)
        return self._readings.alerts.read(afresh=afresh)

    def _show(self, alerts: Sequence[StoredAlert]) -> None:
        self._list.clear()
        with self._list:
            if not alerts:
                ui.label(translate(self._language, "alerts_none")).classes("mt-hint")
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
        def as_person() -> None:
            self._centre.alerts.acknowledge(self._centre.sign_in.by_session(self._token), alert_id)

        try:
            await run.io_bound(as_person)
        except Unauthenticated:
            ui.navigate.to(f"/login?lang={self._language}")
            return
        except MatThanError as error:
            ui.notify(str(error), type="negative", position="top")
        await self._watched.renew(afresh=True)
