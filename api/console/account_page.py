"""A person's own account: the second factor, and the sessions that are open."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from nicegui import ui

from api.console.access.leaving import sign_out
from api.console.review.dossier import hue_time
from api.console.visitor import Visitor
from api.people.open_sessions import OpenSession, username_of
from api.principals import Principal

T = TypeVar("T")


class AccountPage:
    """One person's page.

    Args:
        visitor: who opened the page.
    """

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._centre = visitor.centre

    async def build(self) -> None:
        """Lay out the page."""
        async with self._visitor.page("account", hint="account_hint"):
            with ui.element("div").classes("mt-fact"):
                ui.label(self._visitor.say("username"))
                ui.label(f"{self._visitor.principal.name} ({username_of(self._visitor.principal)})")
            self._heading("second_factor")
            self._factor = ui.element("div").classes("mt-body")
            self._heading("open_sessions")
            self._sessions = ui.element("div").classes("mt-body")
            await self._show_factor()
            await self._show_sessions()
            ui.button(self._visitor.say("sign_out"), on_click=self._sign_out).props("no-caps outline").mark("sign_out")

    async def _sign_out(self) -> None:
        await sign_out(self._centre, self._visitor.token, self._visitor.language)

    def _heading(self, name: str) -> None:
        ui.label(self._visitor.say(name)).classes("mt-section").props("role=heading aria-level=2")

    async def _guarded(self, step: Callable[[Principal], T]) -> T | None:
        """A step that asks for the password or a code again, slowed down as the sign-in is."""
        return await self._visitor.do(
            lambda who: self._centre.sign_in.guarded(who, self._visitor.network_address, lambda: step(who))
        )

    async def _show_factor(self) -> None:
        say, factors = self._visitor.say, self._centre.second_factors
        state = await self._visitor.do(lambda who: factors.state_of(username_of(who)))
        self._factor.clear()
        if state is None:
            return
        confirmed, left = state
        with self._factor:
            said = f"{say('factor_on')} · {left} {say('codes_left')}" if confirmed else say("factor_off")
            ui.label(said).classes("mt-hint" if confirmed else "mt-alert")
            password = ui.input(say("password_again"), password=True).props(
                "dense outlined autocomplete=current-password"
            )
            password.classes("mt-note")

            def given() -> str:
                return str(password.value or "")

            async def begin() -> None:
                found = await self._guarded(lambda who: factors.begin(who, given()))
                if found is not None:
                    self._show_secret(found.secret, found.uri)

            async def renew() -> None:
                self._show_codes(await self._guarded(lambda who: factors.renew_codes(who, given())))

            async def remove() -> None:
                await self._guarded(lambda who: factors.remove_own(who, given()))
                await self._show_factor()

            with ui.element("div").classes("mt-saved"):
                acts = (("renew_codes", renew), ("remove_factor", remove)) if confirmed else (("begin_factor", begin),)
                for key, act in acts:
                    ui.button(say(key), on_click=act).props("no-caps outline").mark(key)
            self._shown = ui.element("div").classes("mt-body")

    def _show_secret(self, secret: str, uri: str) -> None:
        say = self._visitor.say
        self._shown.clear()
        with self._shown:
            ui.label(say("factor_secret")).classes("mt-hint")
            ui.label(" ".join(secret[at : at + 4] for at in range(0, len(secret), 4))).classes("mt-secret")
            ui.link(say("open_in_app"), uri)
            code = ui.input(say("code")).props("dense outlined inputmode=numeric autocomplete=one-time-code")
            code.classes("mt-note")

            async def confirm() -> None:
                said = str(code.value or "")
                codes = await self._guarded(lambda who: self._centre.second_factors.confirm(who, said))
                if codes is not None:
                    await self._show_factor()
                    self._show_codes(codes)

            ui.button(say("confirm_factor"), on_click=confirm).props("no-caps unelevated color=green-9")

    def _show_codes(self, codes: Sequence[str] | None) -> None:
        if codes is None:
            return
        self._shown.clear()
        with self._shown:
            ui.label(self._visitor.say("keep_codes")).classes("mt-alert")
            with ui.element("ul").classes("mt-secret"):
                for each in codes:
                    with ui.element("li"):
                        ui.label(each)

    async def _show_sessions(self) -> None:
        say, token = self._visitor.say, self._visitor.token
        found: Sequence[OpenSession] = (
            await self._visitor.do(lambda who: self._centre.open_sessions.list(who, token)) or ()
        )
        self._sessions.clear()
        with self._sessions:
            for each in found:
                with ui.element("div").classes("mt-card"):
                    with ui.element("div").classes("mt-head"):
                        ui.label(f"{say('opened_at')} {hue_time(each.opened_at)}").classes("mt-card-title")
                        if each.is_this:
                            ui.label(say("this_session")).classes("mt-badge ready")
                    ui.label(f"{say('last_seen_at')} {hue_time(each.last_seen_at)}").classes("mt-hint")
                    if not each.is_this:
                        self._ending(each.session_id)
            if len(found) > 1:
                ui.button(say("end_others"), on_click=self._end_others).props("no-caps outline")

    def _ending(self, session_id: str) -> None:
        async def end() -> None:
            await self._visitor.do(lambda who: self._centre.open_sessions.end(who, session_id))
            await self._show_sessions()

        ui.button(self._visitor.say("end_session"), on_click=end).props("no-caps flat dense")

    async def _end_others(self) -> None:
        await self._visitor.do(lambda who: self._centre.open_sessions.end_others(who, self._visitor.token))
        await self._show_sessions()
