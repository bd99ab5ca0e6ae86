"""Links of accounts to the city's identities: made by admins alone, by subject, on record; roles stay our own."""

from collections.abc import Callable
from typing import Any

import pyotp
import pytest
from sqlalchemy import text

from api.errors import CodeNeeded, NotLinked, NotProven, ProviderUnavailable, TooManyAttempts, Unauthenticated
from api.people.linked_identities import LinkedIdentities, ProvenIdentity
from api.people.throttle import FREE_FAILURES, FREE_FAILURES_ALTOGETHER
from api.principals import SYSTEM
from domain.cases.roles import Role
from domain.errors import ConfigurationFaults, Conflict, Invalid, NotFound
from tests.builders.altered_records import altering
from tests.builders.centre import PASSWORD, CentreBuilder

ISSUER = "https://sso.example"
Make = Callable[..., CentreBuilder]
PROVIDER = {
    "listen": {"public_url": "http://127.0.0.1"},
    "sign_in_provider": {
        "name": "thành phố",
        "issuer": ISSUER,
        "client_id": "matthan",
        "client_secret": {"env": "PROVIDER_SECRET"},
    },
}


@pytest.fixture
def linked(make_centre: Make, database_url: str, monkeypatch: pytest.MonkeyPatch) -> CentreBuilder:
    """A centre with a provider."""
    monkeypatch.setenv("PROVIDER_SECRET", "s" * 40)
    return make_centre(database_url=database_url, **PROVIDER)


def identity(subject: str = "lan@city", **changes: Any) -> ProvenIdentity:
    return ProvenIdentity(**({"issuer": ISSUER, "subject": subject, "both_factors": False} | changes))


def enter(centre: CentreBuilder, who: ProvenIdentity, **changes: Any) -> str:
    return centre.centre.sign_in.enter(who, address="desk", **changes).token


def test_an_admin_links_and_unlinks_and_every_session_of_the_account_ends(linked: CentreBuilder) -> None:
    client, admin = linked.signed_in("lan", Role.OPERATOR), linked.signed_in("admin", Role.ADMIN)
    path = "/api/v1/users/lan/identity"
    with pytest.raises(NotLinked):
        enter(linked, identity("lan"))  # a name that is the same is no link
    assert client.put(path, json={"subject": "lan@city"}).status_code == 403
    assert admin.put(path, json={"subject": "lan@city"}).status_code == 204
    assert client.get("/api/v1/me").status_code == 401
    token = enter(linked, identity())
    principal = linked.centre.sign_in.by_session(token)
    assert (principal.actor, principal.role) == ("user:lan", Role.OPERATOR)
    assert linked.centre.sign_in.came_by_provider(token)
    for stranger in (identity("LAN@city"), identity("lan@city "), identity(issuer="https://other.example")):
        with pytest.raises(NotLinked):
            enter(linked, stranger)
    assert linked.centre.audit.verify(SYSTEM).intact
    assert client.delete(path).status_code == 401
    assert admin.delete(path).status_code == 204
    assert admin.delete(path).status_code == 404
    with pytest.raises(Unauthenticated):
        linked.centre.sign_in.by_session(token)
    with pytest.raises(NotLinked):
        enter(linked, identity())
    assert linked.centre.audit.verify(SYSTEM).intact


def test_a_subject_is_one_account_s_and_what_nobody_has_is_refused(linked: CentreBuilder) -> None:
    links = linked.centre.linked_identities
    for name in ("lan", "mai"):
        linked.user(name, Role.OPERATOR)
    links.link(SYSTEM, "lan", "a")
    with pytest.raises(Conflict):
        links.link(SYSTEM, "mai", "a")
    links.link(SYSTEM, "lan", "b")
    links.link(SYSTEM, "mai", "a")
    with pytest.raises(NotFound):
        links.link(SYSTEM, "nobody", "c")
    for wrong in ("", "x" * 256, "đường", "a\nb"):
        with pytest.raises(Invalid):
            links.link(SYSTEM, "lan", wrong)
    assert linked.centre.audit.verify(SYSTEM).intact


def test_whoever_links_by_hand_is_found(linked: CentreBuilder) -> None:
    linked.user("lan", Role.ADMIN)
    with altering(linked) as connection:
        values = {"u": "lan", "i": ISSUER, "s": "evil", "at": "2026-01-05T07:00:00.000Z"}
        connection.execute(text("INSERT INTO linked_identities VALUES (:u, :i, :s, :at)"), values)
    assert not linked.centre.audit.verify(SYSTEM).intact


def test_a_disabled_account_stays_outside_and_guessing_is_slowed_down(linked: CentreBuilder) -> None:
    linked.user("lan", Role.OPERATOR)
    linked.centre.linked_identities.link(SYSTEM, "lan", "lan@city")
    linked.centre.accounts.disable_user(SYSTEM, "lan")
    for _ in range(FREE_FAILURES):
        with pytest.raises(Unauthenticated, match="switched off"):
            enter(linked, identity())
    with pytest.raises(TooManyAttempts):
        enter(linked, identity())


def test_an_account_that_is_unlinked_while_it_signs_in_stays_outside(
    linked: CentreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    linked.user("lan", Role.OPERATOR)
    links = linked.centre.linked_identities
    links.link(SYSTEM, "lan", "lan@city")
    account_of = LinkedIdentities.account_of

    def and_unlink(self: LinkedIdentities, issuer: str, subject: str) -> Any:
        row = account_of(self, issuer, subject)
        links.unlink(SYSTEM, "lan")
        return row

    monkeypatch.setattr(LinkedIdentities, "account_of", and_unlink)
    with pytest.raises(NotLinked):
        enter(linked, identity())
    assert linked.centre.audit.verify(SYSTEM).fault is None


def test_the_provider_is_asked_for_few_wrong_answers_of_one_browser_or_address(linked: CentreBuilder) -> None:
    asked: list[str] = []

    def refuse(error: type[Exception]) -> Any:
        asked.append("")
        raise error("no")

    def tries(begun: str | None, error: type[Exception] = NotProven) -> None:
        with pytest.raises(error):
            linked.centre.sign_in.prove(begun, "desk", lambda: refuse(error))

    for _ in range(2 * FREE_FAILURES):
        tries("while it is down", ProviderUnavailable)
        tries(None)  # nothing was begun, so no provider is asked
    for _ in range(FREE_FAILURES):
        tries("one")
    before = len(asked)
    with pytest.raises(TooManyAttempts):
        linked.centre.sign_in.prove("one", "desk", lambda: refuse(NotProven))
    assert linked.centre.sign_in.prove("two", "desk", identity) == identity(), "a colleague's browser is let through"
    for number in range(FREE_FAILURES_ALTOGETHER - FREE_FAILURES):
        tries(f"begun anew {number}")
    with pytest.raises(TooManyAttempts):
        linked.centre.sign_in.prove("begun once more", "desk", lambda: refuse(NotProven))
    assert len(asked) == before + FREE_FAILURES_ALTOGETHER - FREE_FAILURES


def test_the_second_factor_of_the_account_is_asked_unless_the_provider_asked_for_two(
    make_centre: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PROVIDER_SECRET", "s" * 40)
    monkeypatch.setenv("FACTOR_KEY", "k" * 40)
    roles = {"second_factor_key": {"env": "FACTOR_KEY"}, "second_factor_roles": ["supervisor"]}
    centre = make_centre(sessions=roles, **PROVIDER)
    boss = centre.user("boss", Role.SUPERVISOR)
    centre.centre.linked_identities.link(SYSTEM, "boss", "boss@city")
    both = identity("boss@city", both_factors=True)
    assert centre.centre.sign_in.by_session(enter(centre, both)).enrolling, "a role that must have one sets it up here"
    secret = centre.centre.second_factors.begin(boss, PASSWORD).secret
    codes = centre.centre.second_factors.confirm(boss, pyotp.TOTP(secret).at(int(centre.clock.now().timestamp())))
    assert not centre.centre.sign_in.by_session(enter(centre, both)).enrolling
    with pytest.raises(CodeNeeded):
        enter(centre, identity("boss@city"))
    with pytest.raises(Unauthenticated):
        enter(centre, identity("boss@city"), code="000000")
    assert enter(centre, identity("boss@city"), code=codes[0])


def test_without_a_provider_nobody_is_linked_and_its_settings_are_checked(make_centre: Make) -> None:
    centre = make_centre()
    admin = centre.signed_in("admin", Role.ADMIN)
    assert admin.put("/api/v1/users/admin/identity", json={"subject": "a"}).status_code == 409
    assert admin.post("/api/v1/session/provider", json={"code": "000000"}).status_code == 409


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"issuer": "http://sso.example"}, "https"),
        ({"issuer": "https://u:p@sso.example"}, "https"),
        ({"issuer": "https://sso.example?x=1"}, "https"),
        ({"client_secret": "plain"}, "client_secret"),
    ],
)
def test_wrong_settings_are_refused(make_centre: Make, changes: dict[str, Any], said: str) -> None:
    wrong = PROVIDER | {"sign_in_provider": PROVIDER["sign_in_provider"] | changes}  # type: ignore[operator]
    with pytest.raises((ValueError, ConfigurationFaults), match=said):
        make_centre(**wrong)
    with pytest.raises((ValueError, ConfigurationFaults), match="public_url"):
        make_centre(sign_in_provider=PROVIDER["sign_in_provider"])
