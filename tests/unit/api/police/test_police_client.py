import hashlib
import uuid
from pathlib import Path

import httpx
import pytest

from api.police_client import client as police_client
from api.police_client.client import PoliceClient
from api.principals import SYSTEM
from domain.cases.roles import Role
from domain.errors import Conflict, Invalid, NotAllowed, NotFound, TransportError
from tests.builders.asgi_client import AsgiClient
from tests.builders.centre import QUEUE, CentreBuilder


class BreakingLine(httpx.BaseTransport):
    """Carries requests to the centre and loses the first answers."""

    def __init__(self, centre: CentreBuilder, *, lost: int = 0) -> None:
        self._centre = centre
        self._lost = lost
        self.requests = 0

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.requests += 1
        client: AsgiClient = self._centre.client()
        content = request.read()
        answer = client.request(request.method, str(request.url), content=content, headers=dict(request.headers))
        if self.requests <= self._lost:
            raise httpx.ReadError("the line broke")
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(police_client, "FIRST_WAIT_S", 0.0)


def client(centre: CentreBuilder, line: BreakingLine, key: str | None = None) -> PoliceClient:
    if key is None:
        _, key = centre.centre.machines.create_key(
            SYSTEM, name="m", role=Role.POLICE, queues=(QUEUE,), organisation=centre.police()
        )
    return PoliceClient("http://127.0.0.1", key, transport=line)


def test_a_pull_whose_answer_was_lost_leases_no_case_twice(sqlite_centre: CentreBuilder) -> None:
    for _ in range(5):
        sqlite_centre.ready_case()
    with client(sqlite_centre, BreakingLine(sqlite_centre, lost=2)) as police:
        lease = police.pull(QUEUE, n=2, lease_s=60)
        assert len(lease.cases) == 2
        assert len(police.pull(QUEUE, n=10, lease_s=60).cases) == 3


def test_an_acknowledgement_whose_answer_was_lost_gives_the_same_receipt(
    sqlite_centre: CentreBuilder, tmp_path: Path
) -> None:
    case_id = sqlite_centre.ready_case().case_id
    line = BreakingLine(sqlite_centre)
    with client(sqlite_centre, line) as police:
        lease = police.pull(QUEUE, n=1, lease_s=60)
        assert lease.lease_id is not None
        digest = police.fetch_package(case_id, tmp_path / "package.zip")
        assert digest == hashlib.sha256((tmp_path / "package.zip").read_bytes()).hexdigest()
        line._lost = line.requests + 1
        receipt = police.acknowledge(case_id, lease_id=lease.lease_id, package_sha256=digest)
        assert police.acknowledge(case_id, lease_id=lease.lease_id, package_sha256=digest) == receipt


def test_refusals_are_told_in_our_own_errors(sqlite_centre: CentreBuilder, tmp_path: Path) -> None:
    line = BreakingLine(sqlite_centre)
    nothing = uuid.UUID(int=7)
    with client(sqlite_centre, line) as police:
        with pytest.raises(NotFound):
            police.fetch_package(nothing, tmp_path / "package.zip")
        with pytest.raises(NotFound):
            police.extend(nothing, lease_s=60)
        with pytest.raises(NotAllowed):
            police.pull("commune_police", n=1, lease_s=None)
        with pytest.raises(Invalid, match="n"):
            police.pull(QUEUE, n=0, lease_s=None)
        with pytest.raises(Invalid, match="outcome"):
            police.processed(nothing, outcome="whatever", note="")
        case_id = sqlite_centre.ready_case().case_id
        police.pull(QUEUE, n=1, lease_s=60)
        with pytest.raises(Conflict):
            police.processed(case_id, outcome="warned", note="")
    with client(sqlite_centre, line, key="matthan_00_nothing") as police, pytest.raises(NotAllowed):
        police.pull(QUEUE, n=1, lease_s=None)
    with client(sqlite_centre, BreakingLine(sqlite_centre, lost=99)) as police, pytest.raises(TransportError):
        police.pull(QUEUE, n=1, lease_s=None)
    with pytest.raises(Invalid):
        PoliceClient("ftp://centre", "key")
