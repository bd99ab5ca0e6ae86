"""What a process of an older version put in, completed: it knew nothing of columns that came later."""

import json
from collections.abc import Sequence
from typing import Final

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.sql import Select

from api.persistence.database import Database
from api.persistence.tables import case_documents, cases
from domain.cases.duplicates import place_cell

_BATCH_ROWS: Final = 500
_PLATE_KEY_LETTERS: Final = 20


def complete_older_rows(database: Database) -> int:
    """Fill what follows from a case's own document, a few hundred cases at a time; may be done again at any time.

    A case that somebody is changing just now is left for the next time: nobody waits, and nobody is waited for.

    Returns:
        How many cases.

    Raises:
        StoreUnavailable: the database cannot be reached; what was filled stays.
    """
    of = cases.c
    fill = update(cases).where(of.case_id == bindparam("id")).values(place_cell=bindparam("cell"))
    # what a reviewer has entered meanwhile stays
    fill = fill.values(plate_key=func.coalesce(of.plate_key, func.substr(of.plate_text, 1, _PLATE_KEY_LETTERS)))
    filled, after = 0, ""
    while True:
        with database.write() as connection:
            ids = connection.execute(_next(after)).scalars().all()
            if not ids:
                return filled
            rows = connection.execute(_unfilled(ids)).all()
            if rows:
                connection.execute(fill, [{"id": row.case_id, "cell": _cell(row.case_json)} for row in rows])
        filled, after = filled + len(rows), ids[-1]


def _next(after: str) -> Select[str]:
    """By the key alone: a new column has no statistics, and a plan that trusts it may read every case each time."""
    return select(cases.c.case_id).where(cases.c.case_id > after).order_by(cases.c.case_id).limit(_BATCH_ROWS)


def _unfilled(ids: Sequence[str]) -> Select[str, str]:
    of = cases.c
    asked = select(of.case_id, case_documents.c.case_json).join(case_documents, case_documents.c.case_id == of.case_id)
    asked = asked.where(of.case_id.in_(ids), of.place_cell == "").order_by(of.case_id)
    return asked.with_for_update(of=cases, skip_locked=True)


def _cell(document: str) -> str:
    position = json.loads(document)["site"]["position"]
    return place_cell(position["latitude_deg"], position["longitude_deg"])
