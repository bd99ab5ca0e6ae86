"""Cookies of people, keys of machines, and who may call what."""

from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import Depends, Request, Response
from fastapi.routing import APIRoute
from starlette.requests import HTTPConnection

from api.centre import Centre
from api.errors import Unauthenticated
from api.intake.fair_turns import FairTurns
from api.principals import Permission, Principal
from domain.errors import NotAllowed

SESSION_COOKIE = "matthan_session"
SECURE_SESSION_COOKIE = "__Host-matthan_session"
PROVIDER_COOKIE = "matthan_provider"
SECURE_PROVIDER_COOKIE = "__Host-matthan_provider"
BROWSER_COOKIE = "matthan_browser"
BROWSER_COOKIE_PATH = "/api/v1/session"
_BROWSER_KNOWN_S = 400 * 24 * 3600
_PROVIDER_S = 600
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


@dataclass(frozen=True, slots=True, kw_only=True)
class WebContext:
    """What the routes need beside the services."""

    centre: Centre
    public_url: str | None  # what browsers call us; None: what the request says
    secure: bool  # browsers come over https
    turns: FairTurns  # of the boxes' work

    @property
    def cookie(self) -> str:
        """The session cookie's name."""
        return SECURE_SESSION_COOKIE if self.secure else SESSION_COOKIE


def web_context(connection: HTTPConnection) -> WebContext:
    """The context of the application that serves a connection."""
    context: WebContext = connection.app.state.context
    return context


def the_centre(connection: HTTPConnection) -> Centre:
    """The services of the application that serves a connection."""
    return web_context(connection).centre


async def _centre_of(request: Request) -> Centre:
    """Asynchronous, like every dependency that waits for nothing: others cost a thread's turn a request."""
    return the_centre(request)


TheCentre = Annotated[Centre, Depends(_centre_of)]


def session_token(connection: HTTPConnection) -> str | None:
    """The session token that a browser sent."""
    return connection.cookies.get(web_context(connection).cookie)


def set_session_cookie(request: Request, response: Response, token: str) -> None:
    """Give the browser its session: not for scripts, not for other sites, gone with the browser."""
    context = web_context(request)
    response.set_cookie(context.cookie, token, httponly=True, samesite="strict", secure=context.secure, path="/")


def browser_token(connection: HTTPConnection) -> str | None:
    """What an earlier sign-in gave to the browser."""
    return connection.cookies.get(BROWSER_COOKIE)


def set_browser_cookie(request: Request, response: Response, token: str) -> None:
    """Let the browser be known at its next sign-in, so that nobody who guesses elsewhere locks its person out."""
    response.set_cookie(
        BROWSER_COOKIE,
        token,
        max_age=_BROWSER_KNOWN_S,
        httponly=True,
        samesite="strict",
        secure=web_context(request).secure,
        path=BROWSER_COOKIE_PATH,
    )


def provider_cookie(connection: HTTPConnection) -> str:
    """The name of the cookie that a browser carries while it signs in with the provider."""
    return SECURE_PROVIDER_COOKIE if web_context(connection).secure else PROVIDER_COOKIE


def set_provider_cookie(request: Request, response: Response, sealed: str) -> None:
    """Let a browser carry what only this centre can read, there and back: lax, since the provider sends it back."""
    response.set_cookie(
        provider_cookie(request),
        sealed,
        max_age=_PROVIDER_S,
        httponly=True,
        samesite="lax",
        secure=web_context(request).secure,
        path="/",
    )


def drop_provider_cookie(request: Request, response: Response) -> None:
    """Take it back."""
    secure = web_context(request).secure
    response.delete_cookie(provider_cookie(request), httponly=True, samesite="lax", secure=secure, path="/")


def drop_session_cookie(request: Request, response: Response) -> None:
    """Take the cookie back."""
    context = web_context(request)
    response.delete_cookie(context.cookie, httponly=True, samesite="strict", secure=context.secure, path="/")


def caller(request: Request) -> Principal:
    """Who calls: by ``Authorization: Bearer``, else by session cookie.

    Raises:
        Unauthenticated: nobody known.
        NotAllowed: a cookie came with a changing request that another site may have made.
    """
    centre = the_centre(request)
    authorization = request.headers.get("authorization")
    if authorization is not None:
        scheme, _, text = authorization.partition(" ")
        if scheme.lower() != "bearer":
            raise Unauthenticated("expected Authorization: Bearer KEY")
        return centre.sign_in.by_api_key(text.strip())
    token = session_token(request)
    if token is None:
        raise Unauthenticated("sign in, or send an API key")
    if request.method not in _SAFE_METHODS:
        require_same_origin(request, strict=True)
    return centre.sign_in.by_session(token)


def require_same_origin(request: Request, *, strict: bool) -> None:
    """Refuse a changing request that another site may have made in the person's browser.

    Args:
        request: with what the browser says of its origin.
        strict: also refuse when it says nothing, which no present browser does.

    Raises:
        NotAllowed: the request is not of our own pages.
    """
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is None and origin is None and not strict:
        return
    if site is not None and site != "same-origin":
        raise NotAllowed("the request comes from another site")
    if site is None and not is_our_page(request):
        raise NotAllowed("the request does not say that it comes from our own pages")


def is_our_page(connection: HTTPConnection) -> bool:
    """Whether a connection says that one of our own pages made it; what says nothing is not ours."""
    origin = connection.headers.get("origin")
    public_url = web_context(connection).public_url
    if public_url is not None:
        return origin == public_url.rstrip("/")
    return origin is not None and urlsplit(origin).netloc == connection.headers.get("host")


def allow(permission: Permission) -> Any:
    """A dependency that lets only callers with a permission through; every route has one."""

    async def allowed(principal: Annotated[Principal, Depends(caller)]) -> Principal:
        principal.require(permission)
        return principal

    allowed.permission = permission  # type: ignore[attr-defined]
    return Depends(allowed)


def anyone() -> Any:
    """A dependency that says that a route needs no caller."""

    async def allowed() -> None:
        return None

    allowed.permission = None  # type: ignore[attr-defined]
    return Depends(allowed)


def declared_permissions(route: APIRoute) -> tuple[Permission | None, ...]:
    """What the dependencies of a route made by ``allow`` or ``anyone`` ask for; None stands for anyone."""
    calls = [dependency.call for dependency in route.dependant.dependencies]
    return tuple(call.__dict__["permission"] for call in calls if "permission" in getattr(call, "__dict__", {}))
