"""Sign-in, and who I am."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from api.principals import Permission, Principal
from api.web.documents import Me
from api.web.fields import Code, Word
from api.web.problems import problem_responses
from api.web.sessions import (
    TheCentre,
    allow,
    anyone,
    browser_token,
    drop_provider_cookie,
    drop_session_cookie,
    provider_cookie,
    require_same_origin,
    session_token,
    set_browser_cookie,
    set_session_cookie,
)
from domain.errors import Conflict

router = APIRouter(tags=["people"])


class Credentials(BaseModel):
    """A name and a password."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    username: Word
    password: Annotated[str, Field(min_length=1, max_length=256)]
    code: Code | None = None  # of the second factor, where there is one


@router.post("/session", dependencies=[anyone()], responses=problem_responses(401, 403, 422, 429))
def sign_in(request: Request, response: Response, credentials: Credentials, centre: TheCentre) -> Me:
    """Sign in; the answer sets the session cookie."""
    require_same_origin(request, strict=False)
    address = request.client.host if request.client else "unknown"
    session = centre.sign_in.sign_in(
        credentials.username,
        credentials.password,
        address=address,
        browser=browser_token(request),
        code=credentials.code,
    )
    set_session_cookie(request, response, session.token)
    set_browser_cookie(request, response, session.browser)
    return Me.of(session.principal)


class ProviderCode(BaseModel):
    """A code of the account's second factor."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    code: Code


@router.post("/session/provider", dependencies=[anyone()], responses=problem_responses(401, 403, 409, 422, 429))
def finish_provider_sign_in(request: Request, response: Response, told: ProviderCode, centre: TheCentre) -> Me:
    """The code of the second factor, where the provider has let somebody in whose account here has one."""
    require_same_origin(request, strict=False)
    if centre.provider is None:
        raise Conflict("this centre has no provider")
    identity = centre.provider.sealed_identity(request.cookies.get(provider_cookie(request)))
    address = request.client.host if request.client else "unknown"
    session = centre.sign_in.enter(identity, address=address, browser=browser_token(request), code=told.code)
    drop_provider_cookie(request, response)
    set_session_cookie(request, response, session.token)
    set_browser_cookie(request, response, session.browser)
    return Me.of(session.principal)


@router.delete("/session", status_code=204, dependencies=[allow(Permission.SELF_READ)])
def sign_out(request: Request, response: Response, centre: TheCentre) -> None:
    """End the session of the cookie."""
    token = session_token(request)
    if token is not None:
        centre.sign_in.sign_out(token)
    drop_session_cookie(request, response)


class PasswordChange(BaseModel):
    """The old password and the new one."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    old: Annotated[str, Field(min_length=1, max_length=256)]
    new: Annotated[str, Field(min_length=12, max_length=256)]


@router.put("/me/password", status_code=204, responses=problem_responses(429))
def change_password(
    request: Request,
    response: Response,
    principal: Annotated[Principal, allow(Permission.SELF_READ)],
    centre: TheCentre,
    wanted: PasswordChange,
) -> None:
    """Give oneself another password; sign in again with it."""
    address = request.client.host if request.client else "unknown"
    centre.sign_in.guarded(
        principal, address, lambda: centre.accounts.change_password(principal, old=wanted.old, new=wanted.new)
    )
    drop_session_cookie(request, response)


@router.get("/me")
def me(principal: Annotated[Principal, allow(Permission.SELF_READ)]) -> Me:
    """Who the caller is."""
    return Me.of(principal)
