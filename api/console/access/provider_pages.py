"""Sign-in with the city's own accounts: away to the provider, and back; plain pages, as the sign-in page is one."""

import logging
from html import escape
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from api.console.access.sign_in_page import code_html, sign_in_html
from api.console.words import Language, language_of, translate
from api.errors import (
    CodeNeeded,
    NotLinked,
    NotProven,
    ProviderUnavailable,
    StoreUnavailable,
    TooManyAttempts,
    Unauthenticated,
)
from api.people.linked_identities import ProvenIdentity
from api.web.sessions import (
    browser_token,
    drop_provider_cookie,
    provider_cookie,
    set_browser_cookie,
    set_provider_cookie,
    set_session_cookie,
)
from domain.errors import MatThanError

if TYPE_CHECKING:
    from api.centre import Centre
    from api.people.identity_provider import IdentityProvider

logger = logging.getLogger(__name__)
_FRESH = {"Cache-Control": "no-store"}
_SAID: tuple[tuple[type[MatThanError], str], ...] = (
    (NotLinked, "provider_not_linked"),
    (NotProven, "provider_refused"),
    (Unauthenticated, "provider_switched_off"),
    (TooManyAttempts, "too_many_logins"),
    (ProviderUnavailable, "provider_down"),
    (StoreUnavailable, "centre_fault"),
)


def add_provider_pages(app: FastAPI, centre: "Centre", provider: "IdentityProvider", *, name: str) -> None:
    """Serve the two addresses that a sign-in with a provider needs; neither takes an address to lead to.

    Args:
        app: serves the console.
        centre: the services.
        provider: of the settings.
        name: of it, for people.
    """

    def said(language: Language, error: MatThanError) -> HTMLResponse:
        logger.info("A sign-in with the provider failed: %s", error, extra={"action": "provider_sign_in_failed"})
        key = next(key for kind, key in _SAID if isinstance(error, kind))
        subject = error.subject if isinstance(error, NotLinked) else None
        return HTMLResponse(sign_in_html(language, provider=name, said=key, subject=subject), headers=_FRESH)

    @app.get("/console/provider", include_in_schema=False)
    def begin(request: Request, lang: str = "vi") -> Response:
        language = language_of(lang)
        try:
            begun = provider.begin(language)
        except ProviderUnavailable as error:
            return said(language, error)
        answer = RedirectResponse(begun.address, status_code=303, headers=_FRESH)
        set_provider_cookie(request, answer, begun.sealed)
        return answer

    @app.get("/console/provider/answer", include_in_schema=False)
    def come_back(request: Request) -> Response:
        sealed = request.cookies.get(provider_cookie(request))
        language = language_of(provider.language_of(sealed))
        identity: ProvenIdentity | None = None
        try:
            address, answered = request.client.host if request.client else "unknown", dict(request.query_params)
            identity = centre.sign_in.prove(sealed, address, lambda: provider.prove(sealed, answered))
            session = centre.sign_in.enter(identity, address=address, browser=browser_token(request))
        except CodeNeeded:
            answer = HTMLResponse(code_html(language), headers=_FRESH)
            if identity is not None:
                set_provider_cookie(request, answer, provider.seal_identity(identity))
            return answer
        except tuple(kind for kind, _ in _SAID) as error:
            answer = said(language, error)
            drop_provider_cookie(request, answer)
            return answer
        answer = HTMLResponse(_entering_html(language), headers=_FRESH)
        drop_provider_cookie(request, answer)
        set_session_cookie(request, answer, session.token)
        set_browser_cookie(request, answer, session.browser)
        return answer


def _entering_html(language: Language) -> str:
    """A page of ours that leads on: the session's cookie is strict, so no page of the provider's may lead there."""
    target, words = f"/console/?lang={language}", escape(translate(language, "entering"))
    return f"""<!doctype html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta http-equiv="refresh" content="0;url={target}">
<title>Mắt Thần</title>
<link rel="stylesheet" href="/console/assets/console.css">
</head>
<body><main class="mt-login"><h1 class="mt-login-brand">Mắt Thần</h1><a href="{target}">{words}</a></main></body>
</html>
"""
