"""People, keys, boxes and sessions followed along the record, to what their rows must say."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar

from api.people.scopes import columns_on_record
from api.persistence.ledger import body_of
from domain.cases.roles import Role

_USER = "user:"


class RecordedAccounts:
    """What the record holds of everything that gives a right.

    Secrets are not on record, only the hash of what is kept of them; an event of an earlier version that lacks one
    leaves that column unchecked.

    Args:
        sessions: hashes of the session rows that are there; others need not be remembered.
        visits: likewise of the rows of citizens' visits.
    """

    def __init__(self, sessions: frozenset[str], visits: frozenset[str] = frozenset()) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.api_keys: dict[str, dict[str, Any]] = {}
        self.organisations: dict[str, dict[str, Any]] = {}
        self.webhooks: dict[str, dict[str, Any]] = {}
        self.second_factors: dict[str, dict[str, Any]] = {}
        self.recovery_codes: dict[str, dict[str, Any]] = {}
        self.linked_identities: dict[str, dict[str, Any]] = {}
        self.boxes: dict[str, dict[str, Any]] = {}
        self.sessions: dict[str, dict[str, Any]] = {}
        self.visits: dict[str, dict[str, Any]] = {}
        self.empty_extensions: dict[str, str] = {}  # a lease that held no case any more: where it was extended to
        self._wanted = sessions
        self._wanted_visits = visits

    def take(self, event: Any) -> None:
        """Follow one event that is of no case."""
        taker = self._takers.get(event.action)
        if taker is not None:
            taker(self, event, body_of(event))

    def _user_created(self, event: Any, body: Mapping[str, Any]) -> None:
        row = {"role": body["role"]} | columns_on_record(body)
        row |= self._owner(event, body, f"user:{body['username']}", body.get("display_name", ""))
        row |= {"created_at": event.at, "disabled_at": None, "person": body.get("person")}
        row |= {name: body[name] for name in ("display_name",) if name in body} | _secret(body, "password_hash")
        self.users[body["username"]] = row

    def _owner(self, event: Any, body: Mapping[str, Any], actor: str, name: str) -> dict[str, Any]:
        """The organisation of an account or key; police from before there were any became one each, of its own name."""
        if "organisation" in body or body["role"] != Role.POLICE:
            return {"organisation": body.get("organisation")}
        self.organisations[actor] = {"name": name, "created_at": event.at}
        return {"organisation": actor}

    def _organisation_created(self, event: Any, body: Mapping[str, Any]) -> None:
        self.organisations[body["organisation_id"]] = {"name": body["name"], "created_at": event.at}

    def _webhook_set(self, _: Any, body: Mapping[str, Any]) -> None:
        self.webhooks[body["organisation_id"]] = {"url": body["url"], "queues": " ".join(body["queues"])}

    def _webhook_dropped(self, _: Any, body: Mapping[str, Any]) -> None:
        self.webhooks.pop(body["organisation_id"], None)

    def _grant_changed(self, _: Any, body: Mapping[str, Any]) -> None:
        owner = {"organisation": body.get("organisation")}
        self.users[body["username"]] |= {"role": body["role"]} | columns_on_record(body) | owner
        self._end_sessions(body["username"])

    def _person_stated(self, _: Any, body: Mapping[str, Any]) -> None:
        self.users[body["username"]]["person"] = body["person"]

    def _user_disabled(self, event: Any, body: Mapping[str, Any]) -> None:
        self.users[body["username"]]["disabled_at"] = event.at
        self._end_sessions(body["username"])

    def _password_changed(self, _: Any, body: Mapping[str, Any]) -> None:
        user = self.users[body["username"]]
        user.pop("password_hash", None)
        user |= _secret(body, "password_hash")
        self._end_sessions(body["username"])

    def _key_created(self, event: Any, body: Mapping[str, Any]) -> None:
        row = {name: body[name] for name in ("name", "role", "box_id")} | _secret(body, "secret_sha256")
        row |= columns_on_record(body) | {"created_at": event.at, "revoked_at": None}
        row |= self._owner(event, body, f"key:{body['key_id']}", body["name"])
        self.api_keys[body["key_id"]] = row

    def _key_revoked(self, event: Any, body: Mapping[str, Any]) -> None:
        self.api_keys[body["key_id"]]["revoked_at"] = event.at

    def _box_registered(self, event: Any, body: Mapping[str, Any]) -> None:
        since = self.boxes.get(body["box_id"], {}).get("registered_at", event.at)
        row = {"name": body["name"], "key_id": body["key_id"], "registered_at": since}
        self.boxes[body["box_id"]] = row | {"public_key_b64": body["key_id"]}  # compared by the name of its bytes

    def _signed_in(self, event: Any, body: Mapping[str, Any]) -> None:
        if body.get("session") in self._wanted:
            self.sessions[body["session"]] = {"username": event.actor.removeprefix(_USER), "created_at": event.at}

    def _notice_opened(self, event: Any, body: Mapping[str, Any]) -> None:
        if body["visit"] in self._wanted_visits:
            self.visits[body["visit"]] = {"case_id": body["case_id"], "began_at": event.at}

    def _signed_out(self, _: Any, body: Mapping[str, Any]) -> None:
        self.sessions.pop(body.get("session", ""), None)

    def _sessions_ended(self, _: Any, body: Mapping[str, Any]) -> None:
        self._end_sessions(body["username"])

    def _second_factor_set(self, event: Any, body: Mapping[str, Any]) -> None:
        self.second_factors[body["username"]] = {"secret_sealed": body["secret_check"], "confirmed_at": event.at}

    def _second_factor_removed(self, _: Any, body: Mapping[str, Any]) -> None:
        self.second_factors.pop(body["username"], None)
        self._drop_codes(body["username"])

    def _identity_linked(self, event: Any, body: Mapping[str, Any]) -> None:
        row = {"issuer": body["issuer"], "subject": body["subject"], "linked_at": event.at}
        self.linked_identities[body["username"]] = row
        self._end_sessions(body["username"])

    def _identity_unlinked(self, _: Any, body: Mapping[str, Any]) -> None:
        self.linked_identities.pop(body["username"], None)
        self._end_sessions(body["username"])

    def _codes_made(self, _: Any, body: Mapping[str, Any]) -> None:
        self._drop_codes(body["username"])
        self.recovery_codes |= {check: {"username": body["username"]} for check in body["code_checks"]}

    def _code_used(self, _: Any, body: Mapping[str, Any]) -> None:
        self.recovery_codes.pop(body["code_check"], None)

    def _drop_codes(self, username: str) -> None:
        self.recovery_codes = {key: row for key, row in self.recovery_codes.items() if row["username"] != username}

    def _end_sessions(self, username: str) -> None:
        self.sessions = {key: row for key, row in self.sessions.items() if row["username"] != username}

    def _extended(self, _: Any, body: Mapping[str, Any]) -> None:
        self.empty_extensions[body["lease_id"]] = body["expires_at"]

    _takers: ClassVar[Mapping[str, Callable[..., None]]] = {
        "user_created": _user_created,
        "organisation_created": _organisation_created,
        "webhook_set": _webhook_set,
        "webhook_dropped": _webhook_dropped,
        "grant_changed": _grant_changed,
        "sessions_ended": _sessions_ended,
        "second_factor_set": _second_factor_set,
        "second_factor_removed": _second_factor_removed,
        "identity_linked": _identity_linked,
        "identity_unlinked": _identity_unlinked,
        "recovery_codes_made": _codes_made,
        "recovery_code_used": _code_used,
        "person_stated": _person_stated,
        "user_disabled": _user_disabled,
        "password_changed": _password_changed,
        "key_created": _key_created,
        "key_revoked": _key_revoked,
        "box_registered": _box_registered,
        "sign_in": _signed_in,
        "sign_out": _signed_out,
        "notice_opened": _notice_opened,
        "extend_lease": _extended,
    }


def _secret(body: Mapping[str, Any], column: str) -> dict[str, Any]:
    """The hash of a column that is itself kept secret, as far as the event holds it."""
    check = body.get("password_check", body.get("secret_check"))
    return {column: check} if check is not None else {}


def row_differences(
    table: str, rows: Mapping[str, Mapping[str, Any]], recorded: Mapping[str, Mapping[str, Any]]
) -> Iterator[str]:
    """Where a table's rows, by key, are not those of the record."""
    for key in sorted(rows.keys() | recorded.keys()):
        if key not in rows:
            yield f"{table} {key} is on record and not in the table"
        elif key not in recorded:
            yield f"{table} {key} is in the table and not on record"
        else:
            for name, value in recorded[key].items():
                if rows[key][name] != value:
                    yield f"{name} of {table} {key} is not what the record says"
