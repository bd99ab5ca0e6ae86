"""Accounts, keys and boxes."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Path
from pydantic import BaseModel, ConfigDict, Field

from api.principals import Permission, Principal
from api.web.documents import AccountDocument, BoxDocument, KeyDocument, NewKeyDocument, OrganisationDocument
from api.web.fields import Line, QueueName, QueueWord, Word, WordPath
from api.web.problems import problem_responses
from api.web.sessions import TheCentre, allow
from domain.cases.roles import Role

router = APIRouter(tags=["admin"])
Admin = Annotated[Principal, allow(Permission.ACCOUNTS_MANAGE)]


Names = Annotated[list[QueueWord], Field(max_length=50)]  # of wards or queues; * is every one


Owner = Annotated[str, Field(max_length=80, pattern=r"^[A-Za-z0-9][A-Za-z0-9:_-]*$")]  # an organisation's id


OwnerPath = Annotated[Owner, Path()]
Person = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f\x7f]+$")]


class _Request(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class NewUser(_Request):
    """A person."""

    username: Word
    display_name: Line
    person: Person | None = None  # wanted for operators and supervisors
    role: Role
    password: Annotated[str, Field(min_length=12, max_length=256)]
    wards: Names = []
    queues: Names = []
    organisation: Owner | None = None


class GrantRequest(_Request):
    """What somebody is let do, and where."""

    role: Role
    wards: Names = []
    queues: Names = []
    organisation: Owner | None = None


class NewKeyRequest(_Request):
    """A machine."""

    name: Line
    role: Role
    box_id: Word | None = None
    wards: Names = []
    queues: Names = []
    organisation: Owner | None = None


class NewOrganisation(_Request):
    """Who owns what is handed over."""

    organisation_id: QueueName
    name: Line


class WebhookRequest(_Request):
    """Where to ring, and for which queues."""

    url: Annotated[str, Field(max_length=500)]
    queues: Annotated[list[QueueName], Field(min_length=1, max_length=50)]


class PersonRequest(_Request):
    """Whose an account is: the number that the person has with the city."""

    person: Person


class LinkRequest(_Request):
    """Whom the city's provider knows by this."""

    subject: Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[ -~]+$")]


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
        person=wanted.person,
        role=wanted.role,
        password=wanted.password,
        wards=wanted.wards,
        queues=wanted.queues,
        organisation=wanted.organisation,
    )
    return AccountDocument.of(account)


@router.put("/users/{username}/grant", responses=problem_responses(404))
def change_grant(principal: Admin, centre: TheCentre, username: WordPath, wanted: GrantRequest) -> AccountDocument:
    """Give an account another role, wards or queues; its sessions end."""
    account = centre.accounts.change_grant(
        principal,
        username,
        role=wanted.role,
        wards=wanted.wards,
        queues=wanted.queues,
        organisation=wanted.organisation,
    )
    return AccountDocument.of(account)


@router.put("/users/{username}/person", responses=problem_responses(404, 409))
def state_person(principal: Admin, centre: TheCentre, username: WordPath, wanted: PersonRequest) -> AccountDocument:
    """Say whose an account is; two accounts of one person are never two people. Its sessions end."""
    return AccountDocument.of(centre.accounts.state_person(principal, username, wanted.person))


@router.put("/users/{username}/identity", status_code=204, responses=problem_responses(404, 409))
def link_identity(principal: Admin, centre: TheCentre, username: WordPath, wanted: LinkRequest) -> None:
    """Let an account in whom the provider knows by this subject; its sessions end."""
    centre.linked_identities.link(principal, username, wanted.subject)


@router.delete("/users/{username}/identity", status_code=204, responses=problem_responses(404))
def unlink_identity(principal: Admin, centre: TheCentre, username: WordPath) -> None:
    """Let an account in by its password alone; its sessions end."""
    centre.linked_identities.unlink(principal, username)


@router.delete("/users/{username}", status_code=204, responses=problem_responses(404))
def disable_user(principal: Admin, centre: TheCentre, username: WordPath) -> None:
    """End an account and its sessions; it stays in the record."""
    centre.accounts.disable_user(principal, username)


@router.delete("/users/{username}/sessions", status_code=204, responses=problem_responses(404))
def end_sessions(principal: Admin, centre: TheCentre, username: WordPath) -> None:
    """End every session of an account."""
    centre.open_sessions.end_all(principal, username)


@router.delete("/users/{username}/second-factor", status_code=204, responses=problem_responses(404, 409))
def remove_second_factor(principal: Admin, centre: TheCentre, username: WordPath) -> None:
    """Take the second factor of somebody away who lost phone and codes; the sessions end."""
    centre.second_factors.remove(principal, username)


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
        organisation=wanted.organisation,
    )
    return NewKeyDocument(key=KeyDocument.of(info), secret=secret)


@router.post("/api-keys/{key_id}/successor", status_code=201, responses=problem_responses(404, 409))
def succeed_key(principal: Admin, centre: TheCentre, key_id: WordPath) -> NewKeyDocument:
    """Make the key that follows another one, of the same owner; revoke the old one when the new one is in use."""
    info, secret = centre.machines.succeed_key(principal, key_id)
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


@router.get("/organisations")
def list_organisations(principal: Admin, centre: TheCentre) -> list[OrganisationDocument]:
    """Every organisation of the police, and whether its webhook takes rings."""
    return [OrganisationDocument.of(each) for each in centre.organisations.list(principal)]


@router.post("/organisations", status_code=201, responses=problem_responses(409))
def create_organisation(principal: Admin, centre: TheCentre, wanted: NewOrganisation) -> None:
    """Make an organisation; keys and accounts of the police name theirs."""
    centre.organisations.create(principal, organisation_id=wanted.organisation_id, name=wanted.name)


@router.put("/organisations/{organisation_id}/webhook", status_code=204, responses=problem_responses(404))
def set_webhook(principal: Admin, centre: TheCentre, organisation_id: OwnerPath, wanted: WebhookRequest) -> None:
    """Ring an organisation there when a case waits in one of the queues."""
    centre.organisations.set_webhook(principal, organisation_id, url=wanted.url, queues=wanted.queues)


@router.delete("/organisations/{organisation_id}/webhook", status_code=204, responses=problem_responses(404))
def drop_webhook(principal: Admin, centre: TheCentre, organisation_id: OwnerPath) -> None:
    """Ring an organisation no more."""
    centre.organisations.drop_webhook(principal, organisation_id)
