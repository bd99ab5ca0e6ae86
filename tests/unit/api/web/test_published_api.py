"""The published OpenAPI document is the code's, and the running centre keeps to it whatever is sent."""

import threading
import uuid
from collections.abc import Iterator
from importlib import util
from pathlib import Path
from typing import Any

import pytest
import schemathesis
import uvicorn
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from domain.cases.roles import Role
from tests.builders.asgi_client import AsgiClient
from tests.builders.centre import QUEUE, CentreBuilder

EXAMPLES = 12
PUBLISHED = Path(__file__).resolve().parents[4] / "docs" / "schemas"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
ROLE_OF_PREFIX = {
    "/api/v1/police": Role.POLICE,
    "/api/v1/edge/report-analyses": Role.ANALYSER,
    "/api/v1/edge": Role.EDGE,
    "/api/v1/audit": Role.AUDITOR,
    "/api/v1/users": Role.ADMIN,
    "/api/v1/api-keys": Role.ADMIN,
    "/api/v1/boxes": Role.ADMIN,
    "/api/v1/organisations": Role.ADMIN,
    "/api/v1/reports": Role.SUPERVISOR,
    "/api/v1/reviewers": Role.SUPERVISOR,
    "/api/v1/floods/": Role.SUPERVISOR,
}

OF_BOXES = {"POST /api/v1/reminders", "PUT /api/v1/reminders/{reminder_id}/pictures/{step}"}
DRAWINGS = "POST /api/v1/cameras/{box_id}/{camera_id}/drawings"  # also again


class Running:
    """A centre behind a real HTTP server, with a caller of each role."""

    def __init__(self, centre: CentreBuilder) -> None:
        config = uvicorn.Config(
            centre.app, host="127.0.0.1", port=0, log_config=None, access_log=False, lifespan="off", ws="none"
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            self.thread.join(0.02)
        port = self.server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.clients: dict[Role, AsgiClient] = {
            Role.OPERATOR: centre.signed_in("lan", Role.OPERATOR),
            Role.SUPERVISOR: centre.signed_in("thu", Role.SUPERVISOR),
            Role.ADMIN: centre.signed_in("admin", Role.ADMIN),
            Role.AUDITOR: centre.key_client(Role.AUDITOR),
            Role.EDGE: centre.key_client(Role.EDGE, box_id="box-1"),
            Role.ANALYSER: centre.key_client(Role.ANALYSER),
            Role.POLICE: centre.key_client(Role.POLICE, queues=("*",)),
        }

    def caller_of(self, label: str) -> dict[str, Any]:
        """Headers and cookies of somebody whom an operation lets in."""
        path = label.partition(" ")[2]
        role = next((role for prefix, role in ROLE_OF_PREFIX.items() if path.startswith(prefix)), Role.OPERATOR)
        role = Role.EDGE if label in OF_BOXES else Role.ADMIN if label.startswith(DRAWINGS) else role
        client = self.clients[role]
        headers = {name: value for name, value in client.headers.items() if name == "Authorization"}
        return {"headers": headers | {"Origin": self.url}, "cookies": dict(client.cookies)}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    centre = CentreBuilder(tmp_path_factory.mktemp("published"))
    centre.queued_case()
    centre.ready_case()
    officer = centre.officer()
    centre.ready_case()
    centre.centre.police.pull(officer, QUEUE, n=1, lease_s=60, idempotency_key=uuid.uuid4().hex)
    served = Running(centre)
    yield served
    served.server.should_exit = True
    served.thread.join(20)
    centre.close()


schemathesis.serializer.alias("application/partial-upload", "application/octet-stream")
schemathesis.serializer.alias("application/matthan-pieces", "application/octet-stream")
schemathesis.serializer.alias("video/mp4", "application/octet-stream")
_FOUND = schemathesis.openapi.from_path(PUBLISHED / "openapi.json").get_all_operations()
OPERATIONS = {found.ok().label: found.ok() for found in _FOUND}


@pytest.mark.parametrize("label", sorted(OPERATIONS))
def test_whatever_is_sent_the_answer_is_as_published(label: str, running: Running) -> None:
    operation = OPERATIONS[label]
    # signing out for good would end the session of all that follows
    statuses: set[int] = set()
    caller = {} if label == "DELETE /api/v1/session" else running.caller_of(label)

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @given(case=st.one_of(*(operation.as_strategy(generation_mode=mode) for mode in GenerationMode)))
    def check(case: Any) -> None:
        answer = case.call(base_url=running.url, **caller)
        case.validate_response(answer, checks=CHECKS)
        statuses.add(answer.status_code)

    check()
    assert statuses - {401, 403} or not caller, "the fuzzer never came through the door"


def test_the_published_document_is_the_code_s() -> None:
    spec = util.spec_from_file_location("generate_openapi", PUBLISHED / "generate_openapi.py")
    assert spec is not None
    assert spec.loader is not None
    generator = util.module_from_spec(spec)
    spec.loader.exec_module(generator)
    stale = "docs/schemas/openapi.json is stale: run `python docs/schemas/generate_openapi.py`"
    assert (PUBLISHED / "openapi.json").read_text("utf-8") == generator.openapi_text(), stale
