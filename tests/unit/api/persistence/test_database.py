"""What the database says when it fails: never what somebody typed."""

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from api.errors import StoreUnavailable
from tests.builders.centre import CentreBuilder


def test_an_error_of_the_database_names_no_value(centre: CentreBuilder) -> None:
    typed = "Nguyễn Thị Kín 0905 123 456"
    statement = text("INSERT INTO no_such_table (name) VALUES (:name)")
    with pytest.raises((SQLAlchemyError, StoreUnavailable)) as told, centre.database.write() as connection:
        connection.execute(statement, {"name": typed})
    assert "no_such_table" in f"{told.value} {told.value.__cause__}"
    assert typed not in f"{told.value} {told.value.__cause__}"
