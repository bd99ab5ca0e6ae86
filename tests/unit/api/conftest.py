"""The centre on SQLite and on PostgreSQL: the same tests on both."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.builders.centre import CentreBuilder

MakeCentre = Callable[..., CentreBuilder]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.server)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'centre.sqlite3'}"
    url: str = request.getfixturevalue("postgres").new_database(f"t{uuid.uuid4().hex}")
    return url


@pytest.fixture
def make_centre(tmp_path: Path) -> Iterator[MakeCentre]:
    """Makes centres on SQLite and closes them."""
    made: list[CentreBuilder] = []

    def make(**settings: Any) -> CentreBuilder:
        made.append(CentreBuilder(tmp_path, **settings))
        return made[-1]

    yield make
    for builder in made:
        builder.close()


@pytest.fixture
def centre(database_url: str, make_centre: MakeCentre) -> CentreBuilder:
    """A centre on either database."""
    return make_centre(database_url=database_url)


@pytest.fixture
def sqlite_centre(make_centre: MakeCentre) -> CentreBuilder:
    """A centre on SQLite, for what does not touch the database's own ways."""
    return make_centre()
