"""The centre on SQLite and on PostgreSQL: the same tests on both."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.builders.centre import CentreBuilder
from tests.builders.schema_templates import new_postgres, new_sqlite

MakeCentre = Callable[..., CentreBuilder]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.server)])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with the centre's tables, and nothing in them."""
    if request.param == "postgres":
        return new_postgres(request.getfixturevalue("postgres"))
    new_sqlite(tmp_path / "centre.sqlite3")
    return f"sqlite:///{tmp_path / 'centre.sqlite3'}"


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
