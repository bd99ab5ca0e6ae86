"""Plates by the place of each character: how PostgreSQL finds one of which no three characters together are known.

An index holds of each plate what stands where, as ``b5`` (the second character is a 5), and how long it is, as ``=8``.
A plate asked for is the list of what is known of it; the index finds the cases that have it all.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import ARRAY, Boolean, Column, ColumnElement, Text, bindparam, or_
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

KEY_LETTERS: Final = 20
"""Characters of a plate as it is looked for; what is longer is cut (``api/cases/case_columns.py``)."""

_PLACES: Final = "abcdefghijklmnopqrst"


def places_sql(column: str) -> str:
    """The indexed expression, as PostgreSQL must see it to use the index."""
    marks = ", ".join(f"'{name}' || substr({column}, {place}, 1)" for place, name in enumerate(_PLACES, start=1))
    return f"(ARRAY[{marks}, '=' || length({column})])"


def known_places(spelling: str) -> list[str]:
    """What a plate asked for has where; ``*`` may stand at its end.

    Examples:
        >>> known_places("?5?1"), known_places("?5?1*")
        (['b5', 'd1', '=4'], ['b5', 'd1'])
    """
    fixed = spelling.removesuffix("*")
    known = [name + letter for name, letter in zip(_PLACES, fixed, strict=False) if letter != "?"]
    return known if spelling.endswith("*") else [*known, f"={len(fixed)}"]


class FitsByPlace(ColumnElement[bool]):
    """Whether a plate is one of those spelled out; SQLite walks the plates, PostgreSQL asks the index of places.

    Args:
        column: of plates.
        spellings: each as ``PlatePattern.spelled_out`` gives it.
    """

    inherit_cache = False
    type = Boolean()

    def __init__(self, column: "Column[Any]", spellings: Sequence[str]) -> None:
        self.column = column
        self.spellings = tuple(spellings)


@compiles(FitsByPlace)
def _by_pattern(element: FitsByPlace, compiler: SQLCompiler, **given: Any) -> str:
    forms = (each.replace("?", "_").replace("*", "%") for each in element.spellings)
    return compiler.process(or_(*(element.column.like(form) for form in forms)).self_group(), **given)


@compiles(FitsByPlace, "postgresql")
def _by_index(element: FitsByPlace, compiler: SQLCompiler, **given: Any) -> str:
    column = compiler.process(element.column, **given)
    found = []
    for each in element.spellings:
        known = compiler.process(bindparam(None, known_places(each), ARRAY(Text), unique=True), **given)
        form = compiler.process(bindparam(None, each.replace("?", "_").replace("*", "%"), Text, unique=True), **given)
        # Looked at once more, out of sight of the trigrams: ?* at the end asks for one more character.
        found.append(f"{places_sql(column)} @> {known} AND {column} || '' LIKE {form}")
    return f"({column} IS NOT NULL AND ({' OR '.join(found)}))"  # the index holds no cases without a plate
