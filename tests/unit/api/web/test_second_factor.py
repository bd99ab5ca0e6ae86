"""Second factors and sessions: codes count once, guessing is slowed, lost phones are no dead end, all on record."""

from collections.abc import Callable
from typing import Any

import httpx
import pyotp
import pytest

from api.people.second_factor import RECOVERY_CODES
from api.people.throttle import FREE_FAILURES
from api.principals import SYSTEM, Permission
from domain.cases.roles import Role
from domain.errors import ConfigurationError
from tests.builders.asgi_client import AsgiClient
from tests.builders.centre import ORIGIN, PASSWORD, CentreBuilder

KEY = "k" * 64
Make = Callable[..., CentreBuilder]
LOGIN = {"username": "lan", "password": PASSWORD}


@pytest.fixture
def guarded(make_centre: Make, database_url: str, monkeypatch: pytest.MonkeyPatch) -> CentreBuilder:
    """A centre with second factors, which supervisors must have."""
    monkeypatch.setenv("FACTOR_KEY", KEY)
    sessions = {"second_factor_key": {"env": "FACTOR_KEY"}, "second_factor_roles": ["supervisor"]}
    return make_centre(database_url=database_url, sessions=sessions)


def code_of(centre: CentreBuilder, secret: str, steps: int = 0) -> str:
    return pyotp.TOTP(secret).at(int(centre.clock.now().timestamp()) + 30 * steps)


def enrolled(centre: CentreBuilder, client: AsgiClient) -> tuple[str, list[str]]:
    """Set up a second factor; its secret and the recovery codes."""
    begun = client.post("/api/v1/me/second-factor", json={"password": PASSWORD})
    assert begun.status_code == 200, begun.text
    secret = begun.json()["secret"]
    assert begun.json()["uri"].startswith("otpauth://totp/")
    code = code_of(centre, secret)
    answer = client.put("/api/v1/me/second-factor", json={"code": f"{code[:3]} {code[3:]}"})  # as apps show it
    assert answer.status_code == 200, answer.text
    return secret, answer.json()["codes"]


def sign_in(centre: CentreBuilder, **changes: Any) -> httpx.Response:
    return centre.client(Origin=ORIGIN).post("/api/v1/session", json=LOGIN | changes)


def kind(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rsplit("/", 1)[1]


def test_a_code_is_asked_for_once_it_was_set_up_and_counts_once(guarded: CentreBuilder) -> None:
    client = guarded.signed_in("lan", Role.OPERATOR)
    begun = client.post("/api/v1/me/second-factor", json={"password": PASSWORD}).json()
    assert sign_in(guarded).status_code == 200, "what was only begun does not count"
    wrong = client.put("/api/v1/me/second-factor", json={"code": "000000"})
    assert wrong.status_code == 403
    assert begun["secret"] not in wrong.text
    secret, codes = enrolled(guarded, client)
    assert len(set(codes)) == RECOVERY_CODES
    assert kind(sign_in(guarded)) == (401, "code-needed")
    assert kind(sign_in(guarded, password="x" * 12)) == (401, "unauthenticated"), "a wrong password asks for no code"
    assert kind(sign_in(guarded, code=code_of(guarded, secret))) == (401, "unauthenticated"), "used to confirm already"
    guarded.clock.advance(30)
    code = code_of(guarded, secret)
    assert sign_in(guarded, code=code).status_code == 200
    assert sign_in(guarded, code=code).status_code == 401
    assert sign_in(guarded, code=code_of(guarded, secret, steps=1)).status_code == 200, "a clock that is a step ahead"
    assert sign_in(guarded, code=code_of(guarded, secret, steps=3)).status_code == 401
    assert guarded.centre.audit.verify(SYSTEM).intact


def test_a_recovery_code_opens_one_session_and_can_be_made_anew(guarded: CentreBuilder) -> None:
    client = guarded.signed_in("lan", Role.OPERATOR)
    _, codes = enrolled(guarded, client)
    assert sign_in(guarded, code=codes[0]).status_code == 200
    assert sign_in(guarded, code=codes[0]).status_code == 401
    assert sign_in(guarded, code=codes[1].upper().replace("-", " ")).status_code == 200
    state = client.get("/api/v1/me/second-factor").json()
    assert state == {"confirmed": True, "recovery_codes_left": RECOVERY_CODES - 2}
    assert guarded.centre.audit.verify(SYSTEM).intact
    others = client.post("/api/v1/me/recovery-codes", json={"password": PASSWORD}).json()["codes"]
    assert sign_in(guarded, code=codes[2]).status_code == 401
    assert sign_in(guarded, code=others[0]).status_code == 200
    assert guarded.centre.audit.verify(SYSTEM).intact


def test_guessing_codes_with_the_right_password_is_slowed_down(guarded: CentreBuilder) -> None:
    client = guarded.signed_in("lan", Role.OPERATOR)
    secret, _ = enrolled(guarded, client)
    guarded.clock.advance(30)
    for _ in range(FREE_FAILURES):
        assert sign_in(guarded, code="000000").status_code == 401
        assert sign_in(guarded).status_code in {401, 429}, "asking without a code gives no tries back"
    assert sign_in(guarded, code=code_of(guarded, secret)).status_code == 429


def test_asking_without_a_code_is_no_failure(guarded: CentreBuilder) -> None:
    enrolled(guarded, guarded.signed_in("lan", Role.OPERATOR))
    for _ in range(3 * FREE_FAILURES):
        assert kind(sign_in(guarded)) == (401, "code-needed")


def test_a_role_that_must_have_one_can_do_nothing_before(guarded: CentreBuilder) -> None:
    client = guarded.signed_in("lan", Role.SUPERVISOR)
    assert client.get("/api/v1/me").json()["enrolling"] is True
    refused = client.get("/api/v1/cases")
    assert refused.status_code == 403
    assert "second factor" in refused.json()["detail"]
    token = next(iter(client.cookies.values()))
    principal = guarded.centre.sign_in.by_session(token)
    assert [permission for permission in Permission if principal.may(permission)] == [Permission.SELF_READ]
    enrolled(guarded, client)
    assert client.get("/api/v1/cases").status_code == 200
    assert client.get("/api/v1/me").json()["enrolling"] is False


def test_a_lost_phone_is_no_dead_end(guarded: CentreBuilder) -> None:
    client = guarded.signed_in("lan", Role.OPERATOR)
    enrolled(guarded, client)
    admin = guarded.signed_in("admin", Role.ADMIN)
    assert client.post("/api/v1/me/second-factor", json={"password": PASSWORD}).status_code == 409
    assert admin.delete("/api/v1/users/lan/second-factor").status_code == 204
    assert client.get("/api/v1/me").status_code == 401
    assert sign_in(guarded).status_code == 200
    assert admin.delete("/api/v1/users/lan/second-factor").status_code == 409
    assert admin.delete("/api/v1/users/nobody/second-factor").status_code == 404
    assert guarded.centre.audit.verify(SYSTEM).intact


def test_removing_one_s_own_needs_the_password(guarded: CentreBuilder) -> None:
    client = guarded.signed_in("lan", Role.OPERATOR)
    enrolled(guarded, client)
    path = "/api/v1/me/second-factor/removal"
    assert client.post(path, json={"password": "x" * 12}).status_code == 403
    assert client.post(path, json={"password": PASSWORD}).status_code == 204
    assert sign_in(guarded).status_code == 200


def test_nothing_of_a_second_factor_can_be_read_from_the_database(make_centre: Make, monkeypatch: Any) -> None:
    monkeypatch.setenv("FACTOR_KEY", KEY)
    centre = make_centre(sessions={"second_factor_key": {"env": "FACTOR_KEY"}})
    secret, codes = enrolled(centre, centre.signed_in("lan", Role.OPERATOR))
    with centre.database.engine.connect() as connection:
        dump = "\n".join(connection.connection.driver_connection.iterdump())  # type: ignore[union-attr]
    assert secret not in dump
    assert not any(code in dump or code.replace("-", "") in dump for code in codes)
    with centre.database.write() as work:
        work.exec_driver_sql("DELETE FROM second_factors")
    assert not centre.centre.audit.verify(SYSTEM).intact, "whoever takes one away by hand is found"


def test_without_its_key_a_centre_has_no_second_factors_and_cannot_require_them(make_centre: Make) -> None:
    client = make_centre().signed_in("lan", Role.OPERATOR)
    assert client.post("/api/v1/me/second-factor", json={"password": PASSWORD}).status_code == 409
    with pytest.raises(ConfigurationError, match="second_factor_key"):
        make_centre(sessions={"second_factor_roles": ["admin"]})


def test_a_key_that_is_too_short_is_refused(make_centre: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FACTOR_KEY", "short")
    with pytest.raises(ConfigurationError, match="32 characters"):
        make_centre(sessions={"second_factor_key": {"env": "FACTOR_KEY"}})


def test_sessions_are_seen_and_ended_one_by_one_and_together(centre: CentreBuilder) -> None:
    first = centre.signed_in("lan", Role.OPERATOR)
    others = []
    for _ in range(3):
        centre.clock.advance(1)
        client = centre.client(Origin=ORIGIN)
        client.post("/api/v1/session", json=LOGIN).raise_for_status()
        others.append(client)
    stranger = centre.signed_in("minh", Role.OPERATOR)
    found = first.get("/api/v1/me/sessions").json()
    assert [each["is_this"] for each in found] == [False, False, False, True]
    ended = found[0]["session_id"]
    assert stranger.delete(f"/api/v1/me/sessions/{ended}").status_code == 404
    assert first.delete(f"/api/v1/me/sessions/{ended}").status_code == 204
    assert [client.get("/api/v1/me").status_code for client in others] == [200, 200, 401]
    assert first.delete("/api/v1/me/sessions").status_code == 204
    assert [client.get("/api/v1/me").status_code for client in (*others, first, stranger)] == [401] * 3 + [200] * 2
    admin = centre.signed_in("admin", Role.ADMIN)
    assert admin.delete("/api/v1/users/lan/sessions").status_code == 204
    assert first.get("/api/v1/me").status_code == 401
    assert centre.centre.audit.verify(SYSTEM).intact
