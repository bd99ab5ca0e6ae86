"""Every question about cases that the running centre asks, by name; none of them walks the whole table.

The plans are a test on both databases (``tests/unit/api/persistence/test_query_plans.py``); a question that is written
elsewhere fails it.
"""

from collections.abc import Callable
from typing import Any, ParamSpec

from sqlalchemy import Update
from sqlalchemy.sql import Select

P = ParamSpec("P")
QUERIES: dict[str, Callable[..., "Select[Any] | Update"]] = {}
"""Every question by name."""


def question(function: Callable[P, "Select[Any]"]) -> Callable[P, "Select[Any]"]:
    """Have the plans of a question tested."""
    QUERIES[function.__name__] = function
    return function
