"""Sightings in the database: PostgreSQL keeps each month as a partition, SQLite all in one table."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, select, text
from sqlalchemy.sql import Select

from api.persistence.questions import question
from api.persistence.tables import sightings
from api.persistence.upsert import insert_all_new
from domain.plates.sightings import month_of


def keep_sightings(connection: Connection, rows: Sequence[Mapping[str, Any]]) -> int:
    """Keep those that are not here yet, making room for their months.

    Returns:
        How many were new.
    """
    if connection.dialect.name == "postgresql":
        for month in sorted({month_of(row["seen_at"]) for row in rows}):
            name = "sightings_" + month.replace("-", "_")
            here = connection.execute(text("SELECT to_regclass(:name)"), {"name": name}).scalar_one()
            if here is None:
                connection.execute(text("SELECT make_sightings_month(:month)"), {"month": month})
    in_order = sorted(rows, key=lambda row: tuple(row[column.name] for column in sightings.primary_key))
    return insert_all_new(connection, sightings, in_order)  # so that two that tell the same never wait in a circle


def forget_sightings(connection: Connection, before: datetime) -> int:
    """Forget what was seen before an instant; PostgreSQL drops months that are wholly over.

    Returns:
        How many rows went, those of dropped months not counted.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT drop_sightings_before(:month)"), {"month": month_of(before)})
    return connection.execute(delete(sightings).where(sightings.c.seen_at < before)).rowcount


@question
def sightings_of(hashes: Collection[str], seen_from: datetime, seen_to: datetime, limit: int) -> "Select[Any]":
    """Where plates with one of these hashes were seen in a span of one month, the newest first."""
    seen = sightings.c
    found = select(seen.seen_at, seen.camera_id, seen.box_id).where(
        seen.plate_hash.in_(sorted(hashes)), seen.seen_at >= seen_from, seen.seen_at < seen_to
    )
    return found.order_by(seen.seen_at.desc(), seen.camera_id).limit(limit)
