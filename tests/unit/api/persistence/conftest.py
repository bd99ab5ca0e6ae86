"""Databases that nobody has migrated yet: here that is what is tested."""

import uuid
from pathlib import Path

import pytest


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.server)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'centre.sqlite3'}"
    url: str = request.getfixturevalue("postgres").new_database(f"t{uuid.uuid4().hex}")
    return url
