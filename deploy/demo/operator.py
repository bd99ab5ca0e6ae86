"""The demo's operator and its look at the centre, by HTTP as any client would."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx


class CentreRefused(RuntimeError):
    """The centre answered a request with a problem."""


class Operator:
    """A signed-in operator.

    Args:
        centre_url: of the centre.
        username: of the operator.
        password: of the operator.
    """

    def __init__(self, *, centre_url: str, username: str, password: str) -> None:
        self._login = {"username": username, "password": password}
        origin = {"Origin": centre_url}  # a browser would say the same
        self._http = httpx.Client(base_url=f"{centre_url}/api/v1", timeout=15, headers=origin, trust_env=False)

    def __enter__(self) -> Self:
        """Sign in."""
        self._ask("POST", "/session", json=self._login)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""
        self._http.close()

    def cases(self, state: str | None = None) -> list[dict[str, Any]]:
        """The newest cases, of one state or of all."""
        parameters = {"limit": "50"} | ({"state": state} if state else {})
        page = self._ask("GET", "/cases", params=parameters).json()
        items: list[dict[str, Any]] = page["items"]
        return items

    def alerts(self) -> list[dict[str, Any]]:
        """The newest alerts."""
        items: list[dict[str, Any]] = self._ask("GET", "/alerts").json()["items"]
        return items

    def reminders(self) -> list[dict[str, Any]]:
        """The newest reminders."""
        items: list[dict[str, Any]] = self._ask("GET", "/reminders").json()["items"]
        return items

    def case(self, case_id: str) -> dict[str, Any]:
        """One case with everything the centre shows of it."""
        document: dict[str, Any] = self._ask("GET", f"/cases/{case_id}").json()
        return document

    def confirm(self, case_id: str, note: str) -> None:
        """Confirm a case as it stands now.

        Raises:
            CentreRefused: evidence is missing, or somebody else was faster.
        """
        seen = self._ask("GET", f"/cases/{case_id}")
        decision = {"decision": "confirm", "reason_code": None, "note": note}
        self._ask("POST", f"/cases/{case_id}/decision", json=decision, headers={"If-Match": seen.headers["ETag"]})

    def _ask(
        self,
        method: str,
        path: str,
        *,
        json: Mapping[str, Any] | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx.Response:
        try:
            answer = self._http.request(method, path, json=json, params=params, headers=headers)
        except httpx.HTTPError as error:
            raise CentreRefused(f"{method} {path}: {error}") from error
        if answer.is_error:
            raise CentreRefused(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer
