"""Accounts, keys and boxes."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from api.principals import Permission, Principal
from api.web.documents import AccountDocument, BoxDocument, KeyDocument, NewKeyDocument
from api.web.fields import Line, QueueWord, Word, WordPath
from api.web.problems import problem_responses
from api.web.sessions import TheCentre, allow
from domain.cases.roles import Role

router = APIRouter(tags=["admin"])
Admin = Annotated[Principal, allow(Permission.ACCOUNTS_MANAGE)]


Names = Annotated[list[QueueWord], Field(max_length=50)]  # of wards or queues; * is every one


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class NewUser(_Request):
    """A person."""

    username: Word
    display_name: Line
    role: Role
    password: Annotated[str, Field(min_length=12, max_length=256)]
    wards: Names = []
    queues: Names = []


class GrantRequest(_Request):
    """What somebody is let do, and where."""

    role: Role
    wards: Names = []
    queues: Names = []


class NewKeyRequest(_Request):
    """A machine."""

    name: Line
    role: Role
    box_id: Word | None = None
    wards: Names = []
    queues: Names = []


class BoxRegistration(_Request):
    """A box's public key."""

    public_key_b64: Annotated[str, Field(min_length=44, max_length=44, pattern=r"^[A-Za-z0-9+/]{43}=$")]
    name: Line


@router.get("/users")
def list_users(principal: Admin, centre: TheCentre) -> list[AccountDocument]:
    """Every account."""
    return [AccountDocument.of(each) for each in centre.accounts.list_users(principal)]


@router.post("/users", status_code=201, responses=problem_responses(409))
def create_user(principal: Admin, centre: TheCentre, wanted: NewUser) -> AccountDocument:
    """Make an account."""
    account = centre.accounts.create_user(
        principal,
        username=wanted.username,
        display_name=wanted.display_name,
        role=wanted.role,
        password=wanted.password,
        wards=wanted.wards,
        queues=wanted.queues,
    )
    return AccountDocument.of(account)


@router.put("/users/{username}/grant", responses=problem_responses(404))
def change_grant(principal: Admin, centre: TheCentre, username: WordPath, wanted: GrantRequest) -> AccountDocument:
    """Give an account another role, wards or queues; its sessions end."""
    account = centre.accounts.change_grant(
        principal, username, role=wanted.role, wards=wanted.wards, queues=wanted.queues
    )
    return AccountDocument.of(account)


@router.delete("/users/{username}", status_code=204, responses=problem_responses(404))
def disable_user(principal: Admin, centre: TheCentre, username: WordPath) -> None:
    """End an account and its sessions; it stays in the record."""
    centre.accounts.disable_user(principal, username)


@router.get("/api-keys")
def list_keys(principal: Admin, centre: TheCentre) -> list[KeyDocument]:
    """Every API key, without secrets."""
    return [KeyDocument.of(each) for each in centre.machines.list_keys(principal)]


@router.post("/api-keys", status_code=201)
def create_key(principal: Admin, centre: TheCentre, wanted: NewKeyRequest) -> NewKeyDocument:
    """Make an API key; its secret is shown this once."""
    info, secret = centre.machines.create_key(
        principal,
        name=wanted.name,
        role=wanted.role,
        box_id=wanted.box_id,
        wards=wanted.wards,
        queues=wanted.queues,
    )
    return NewKeyDocument(key=KeyDocument.of(info), secret=secret)


@router.delete("/api-keys/{key_id}", status_code=204, responses=problem_responses(404))
def revoke_key(principal: Admin, centre: TheCentre, key_id: WordPath) -> None:
    """Make a key useless."""
    centre.machines.revoke_key(principal, key_id)


@router.get("/boxes")
def list_boxes(principal: Admin, centre: TheCentre) -> list[BoxDocument]:
    """Every registered box."""
    return [BoxDocument(**asdict(each)) for each in centre.machines.list_boxes(principal)]


@router.delete("/boxes/{box_id}", status_code=204, responses=problem_responses(404))
def retire_box(principal: Admin, centre: TheCentre, box_id: WordPath) -> None:
    """A box was taken away: its keys end, and it is missed no more; its cases stay."""
    centre.machines.retire_box(principal, box_id)


@router.put("/boxes/{box_id}")
def register_box(principal: Admin, centre: TheCentre, box_id: WordPath, wanted: BoxRegistration) -> BoxDocument:
    """Register a box, or change its name or key; its cases with an unknown signer are checked again."""
    box = centre.machines.register_box(principal, box_id=box_id, name=wanted.name, public_key_b64=wanted.public_key_b64)
    centre.admission.check_again(box_id)
    return BoxDocument(**asdict(box))
