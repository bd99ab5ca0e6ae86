"""Fixtures that every room may use: real servers, recorded data, clean surroundings."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.local.servers import S3, NatsBroker, Postgres

REPOSITORY = Path(__file__).resolve().parents[1]
BROKER_USERS = {"centre": "centre-password", "box-1": "box-1-password"}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees a MATTHAN_* variable of the person or machine that runs it."""
    for name in list(os.environ):
        if name.startswith("MATTHAN_"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded street data that lies beside the checkout; skips where there is none."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("recorded street data (../shared/data) are not on this machine")
    return folder


@pytest.fixture(scope="session")
def nats_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsBroker]:
    """An MQTT broker for the whole run; accounts ``centre`` and ``box-1`` as in ``broker.users``.

    Leave it running: a test that kills a broker starts its own.
    """
    with NatsBroker(tmp_path_factory.mktemp("nats"), users=BROKER_USERS) as broker:
        yield broker


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL server for the whole run; take a database of your own with ``postgres.new_database(name)``."""
    with Postgres(tmp_path_factory.mktemp("postgres")) as server:
        yield server


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """An S3 server for the whole run; make a bucket of your own with ``s3.client()``."""
    with S3(tmp_path_factory.mktemp("s3")) as server:
        yield server
