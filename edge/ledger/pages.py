"""Reads whole pages of the ledger, as they are sent to the centre."""

import sqlite3
from datetime import date

from domain.fleet.ledger_pages import DayPage, QuarterPage, RuleCount, VehicleCount
from domain.instants import from_text
from edge.health.quarters import PICTURES


def day_page(connection: sqlite3.Connection, book: str, revision: int, day: str, camera_id: str) -> DayPage:
    """What is counted of a camera's day."""
    wanted = "SELECT rule, what, reason, count FROM entries WHERE day = ? AND camera_id = ? ORDER BY 1, 2, 3"
    rows = connection.execute(wanted, (day, camera_id)).fetchall()
    counts = tuple(RuleCount(rule=rule, what=what, reason=reason, count=count) for rule, what, reason, count in rows)
    return DayPage(book=book, revision=revision, camera_id=camera_id, day=date.fromisoformat(day), counts=counts)


def quarter_page(connection: sqlite3.Connection, book: str, revision: int, quarter: str, camera_id: str) -> QuarterPage:
    """What is counted of a camera's quarter of an hour."""
    wanted = (
        "SELECT place_id, direction, lane_id, label, count FROM traffic WHERE quarter = ? AND camera_id = ?"
        " ORDER BY 1, 2, 3, 4"
    )
    pictures, counts = 0, []
    for place_id, direction, lane_id, label, count in connection.execute(wanted, (quarter, camera_id)).fetchall():
        if (place_id, direction) == (PICTURES.place_id, PICTURES.direction):
            pictures = count
        else:
            counts.append(
                VehicleCount(place_id=place_id, direction=direction, lane_id=lane_id, label=label, count=count)
            )
    return QuarterPage(
        book=book,
        revision=revision,
        camera_id=camera_id,
        quarter=from_text(quarter),
        pictures=pictures,
        counts=tuple(counts),
    )
