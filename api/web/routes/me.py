"""What a person does with the own account: sessions, second factor."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field

from api.principals import Permission, Principal
from api.web.documents import Document
from api.web.fields import Code, Sha256
from api.web.problems import problem_responses
from api.web.sessions import TheCentre, allow, session_token
from domain.instants import Instant

router = APIRouter(prefix="/me", tags=["people"])
Oneself = Annotated[Principal, allow(Permission.SELF_READ)]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class PasswordAgain(_Request):
    """The password, so that a page left open changes nothing."""

    password: Annotated[str, Field(min_length=1, max_length=256)]


class CodeRequest(_Request):
    """A code of the app."""

    code: Code


class SessionDocument(Document):
    """One of one's sessions."""

    session_id: str
    opened_at: Instant
    last_seen_at: Instant
    is_this: bool


class SecondFactorState(Document):
    """Whether there is a second factor."""

    confirmed: bool
    recovery_codes_left: int


class EnrolmentDocument(Document):
    """What the app is given, this once."""

    secret: str
    uri: str


class RecoveryCodes(Document):
    """Shown this once; each opens one session in place of a code."""

    codes: tuple[str, ...]


def _address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


@router.get("/sessions")
def list_sessions(request: Request, principal: Oneself, centre: TheCentre) -> list[SessionDocument]:
    """One's own sessions."""
    found = centre.open_sessions.list(principal, session_token(request))
    return [SessionDocument(**asdict(each)) for each in found]


@router.delete("/sessions", status_code=204)
def end_other_sessions(request: Request, principal: Oneself, centre: TheCentre) -> None:
    """End all of one's sessions but this one."""
    centre.open_sessions.end_others(principal, session_token(request))


@router.delete("/sessions/{session_id}", status_code=204, responses=problem_responses(404))
def end_session(principal: Oneself, centre: TheCentre, session_id: Annotated[Sha256, Path()]) -> None:
    """End one of one's sessions."""
    centre.open_sessions.end(principal, session_id)


@router.get("/second-factor")
def second_factor_state(principal: Oneself, centre: TheCentre) -> SecondFactorState:
    """Whether one has a second factor."""
    confirmed, left = centre.second_factors.state_of(principal.actor.removeprefix("user:"))
    return SecondFactorState(confirmed=confirmed, recovery_codes_left=left)


@router.post("/second-factor", responses=problem_responses(409, 429))
def begin_second_factor(
    request: Request, principal: Oneself, centre: TheCentre, again: PasswordAgain
) -> EnrolmentDocument:
    """Make a secret for an app; it counts once a code of it was told."""
    found = centre.sign_in.guarded(
        principal, _address(request), lambda: centre.second_factors.begin(principal, again.password)
    )
    return EnrolmentDocument(secret=found.secret, uri=found.uri)


@router.put("/second-factor", responses=problem_responses(409, 429))
def confirm_second_factor(request: Request, principal: Oneself, centre: TheCentre, told: CodeRequest) -> RecoveryCodes:
    """The app's first code makes the second factor count."""
    codes = centre.sign_in.guarded(
        principal, _address(request), lambda: centre.second_factors.confirm(principal, told.code)
    )
    return RecoveryCodes(codes=codes)


@router.post("/second-factor/removal", status_code=204, responses=problem_responses(409, 429))
def remove_second_factor(request: Request, principal: Oneself, centre: TheCentre, again: PasswordAgain) -> None:
    """Take one's own second factor away."""
    centre.sign_in.guarded(
        principal, _address(request), lambda: centre.second_factors.remove_own(principal, again.password)
    )


@router.post("/recovery-codes", responses=problem_responses(409, 429))
def renew_recovery_codes(
    request: Request, principal: Oneself, centre: TheCentre, again: PasswordAgain
) -> RecoveryCodes:
    """Other recovery codes in place of the ones there are."""
    codes = centre.sign_in.guarded(
        principal, _address(request), lambda: centre.second_factors.renew_codes(principal, again.password)
    )
    return RecoveryCodes(codes=codes)
