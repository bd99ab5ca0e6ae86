"""A real PostgreSQL goes away and comes back under a running centre."""

from pathlib import Path

import pytest

from api.principals import SYSTEM
from deploy.local.servers import Postgres
from domain.cases.roles import Role
from tests.builders.centre import CentreBuilder

pytestmark = pytest.mark.server


def test_requests_are_refused_while_the_database_is_away_and_served_after(tmp_path: Path) -> None:
    (tmp_path / "postgres").mkdir()
    with Postgres(tmp_path / "postgres") as server:
        centre = CentreBuilder(tmp_path, database_url=server.url)
        case_id = centre.queued_case().case_id
        client = centre.signed_in("lan", Role.OPERATOR)
        assert client.get("/healthz").status_code == 200
        server.kill()
        for path in ("/healthz", "/api/v1/cases", f"/api/v1/cases/{case_id}"):
            answer = client.get(path)
            assert (answer.status_code, answer.headers["content-type"]) == (503, "application/problem+json")
            assert answer.headers["Retry-After"] == "5"
            assert server.password not in answer.text
        server.start()
        assert client.get(f"/api/v1/cases/{case_id}").status_code == 200
        assert centre.centre.audit.verify(SYSTEM).intact
        centre.close()
