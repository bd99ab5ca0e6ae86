"""The health page over real HTTP."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter

from domain.errors import ConfigurationError
from edge.health.health_server import HealthServer


class Page:
    """A health server whose answer the test decides."""

    def __init__(self) -> None:
        self.answer: tuple[bool, dict[str, Any]] = (True, {"status": "ok"})
        self.life: tuple[bool, dict[str, Any]] = (True, {"status": "ok"})
        registry = CollectorRegistry()
        Counter("matthan_test", "A counter.", registry=registry).inc()
        self.server = HealthServer(
            bind_address="127.0.0.1", port=0, registry=registry, health=lambda: self.answer, life=lambda: self.life
        )
        self.server.start()
        self.client = httpx.Client(base_url=f"http://127.0.0.1:{self.server.port}", trust_env=False)


@pytest.fixture
def page() -> Iterator[Page]:
    page = Page()
    yield page
    page.client.close()
    page.server.close()


def test_metrics_are_prometheus_text(page: Page) -> None:
    response = page.client.get("/metrics")
    assert response.status_code == 200
    assert "matthan_test_total 1.0" in response.text


def test_healthz_is_200_when_well_and_503_when_not_with_the_same_document(page: Page) -> None:
    assert page.client.get("/healthz").json() == {"status": "ok"}
    page.answer = (False, {"status": "failing", "reason": "máy quay mất"})
    response = page.client.get("/healthz")
    assert response.status_code == 503
    assert response.json()["reason"] == "máy quay mất"


def test_livez_goes_by_the_process_alone(page: Page) -> None:
    page.answer = (False, {"status": "failing"})
    assert page.client.get("/livez").status_code == 200
    page.answer, page.life = (True, {"status": "ok"}), (False, {"status": "stuck"})
    response = page.client.get("/livez")
    assert (response.status_code, response.json()) == (503, {"status": "stuck"})
    assert page.client.get("/healthz").status_code == 200


def test_there_is_nothing_else(page: Page) -> None:
    assert page.client.get("/").status_code == 404
    assert page.client.post("/healthz").status_code == 501


def test_an_address_in_use_is_told_in_words(page: Page) -> None:
    with pytest.raises(ConfigurationError, match=r"choose another health\.port"):
        HealthServer(
            bind_address="127.0.0.1",
            port=page.server.port,
            registry=CollectorRegistry(),
            health=lambda: (True, {}),
            life=lambda: (True, {}),
        )
