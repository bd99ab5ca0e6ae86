"""Counts as CSV (RFC 4180), line by line."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from api.cases.figures import DayCount
from api.counts.reading import DayRow, TrafficRow
from domain.instants import to_text

_LINES_A_PIECE = 500
T = TypeVar("T")
_FORMULA = frozenset("=+-@\t\r")


def recall_csv(rows: Iterable[DayRow]) -> Iterator[str]:
    """What rules found and refused, a day and a camera; the columns of ``matthan edge ledger``."""
    head = ("day", "camera", "rule", "what", "reason", "count")
    return _pieces(
        head, ((row.day.isoformat(), row.camera_id, row.rule, row.what, row.reason, row.count) for row in rows)
    )


def figures_csv(counts: Iterable[DayCount]) -> Iterator[str]:
    """Cases by day, offence and ward under each of the city's words; a case stands under several of them."""
    head = ("day", "offence", "name_vi", "name_en", "ward", "state", "cases")
    return _pieces(
        head,
        ((each.day, each.code, each.name_vi, each.name_en, each.ward, each.state.value, each.cases) for each in counts),
    )


def traffic_csv(rows: Iterable[TrafficRow]) -> Iterator[str]:
    """Who passed, by quarter of an hour; the columns of ``matthan edge counts``, and the pictures that it rests on."""
    head = ("quarter", "camera", "place", "direction", "lane", "class", "count", "pictures")
    return _pieces(
        head,
        (
            (
                to_text(row.quarter),
                row.camera_id,
                row.place_id,
                row.direction,
                row.lane_id,
                row.label,
                row.count,
                row.pictures,
            )
            for row in rows
        ),
    )


def _pieces(head: Sequence[str], rows: Iterable[Sequence[str | int]]) -> Iterator[str]:
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(head)
    for number, row in enumerate(rows, start=1):
        table.writerow([plain_cell(value) for value in row])
        if number % _LINES_A_PIECE == 0:
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    yield text.getvalue()


def plain_cell(value: T) -> T | str:
    """A value that no spreadsheet takes for a formula.

    Examples:
        >>> plain_cell("=1+1"), plain_cell("cam-1"), plain_cell(7)
        ("'=1+1", 'cam-1', 7)
    """
    return f"'{value}" if isinstance(value, str) and value[:1] in _FORMULA else value
