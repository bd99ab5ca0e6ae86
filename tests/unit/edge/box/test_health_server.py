"""The health page over real HTTP."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from prometheus_client import CollectorRegistry, Counter

from domain.errors import ConfigurationError
from edge.box.health_server import HealthServer


class Page:
    """A health server whose answer the test decides."""

    def __init__(self) -> None:
        self.answer: tuple[bool, dict[str, Any]] = (True, {"status": "ok"})
        registry = CollectorRegistry()
        Counter("matthan_test", "A counter.", registry=registry).inc()
        self.server = HealthServer(bind_address="127.0.0.1", port=0, registry=registry, health=lambda: self.answer)
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


def test_there_is_nothing_else(page: Page) -> None:
    assert page.client.get("/").status_code == 404
    assert page.client.post("/healthz").status_code == 501


def test_an_address_in_use_is_told_in_words(page: Page) -> None:
    with pytest.raises(ConfigurationError, match=r"choose another health\.port"):
        HealthServer(
            bind_address="127.0.0.1", port=page.server.port, registry=CollectorRegistry(), health=lambda: (True, {})
        )
