"""Takes pages of the boxes' ledgers in: whole, the newest revision, bounded."""

import json
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Table, and_, delete, func, select

from api.fleet_health import MAX_CAMERAS_A_BOX
from api.persistence.store import Store, Work
from api.persistence.tables import boxes, ledger_days, traffic_quarters
from api.persistence.upsert import upsert
from api.principals import Permission, Principal
from api.told_documents import read_told
from domain.errors import Invalid
from domain.fleet.ledger_pages import DayPage, LedgerAnswer, LedgerPages, QuarterPage
from domain.instants import HUE_TIME

MAX_PAGES_BYTES = 4 * 1024 * 1024
KEPT_FOR = timedelta(days=400)
AHEAD_AT_MOST = timedelta(days=1)  # of the centre's clock
PAGES_OF_ONE = 2 * MAX_CAMERAS_A_BOX  # of one box, of one day or quarter: its cameras, some in a second book
_KEPT, _OLDER, _OUT_OF_RANGE = "kept", "older", "out_of_range"


class LedgerIntake:
    """What boxes counted.

    Args:
        store: the centre's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def take(self, sender: Principal, payload: bytes) -> LedgerAnswer:
        """Take in pages; what comes twice or late changes nothing.

        Raises:
            NotAllowed: the caller is no box.
            Invalid: no pages, or the box is not registered, or has too many.
            StoreUnavailable: nothing was changed; send them again.
        """
        sender.require(Permission.COUNTS_SEND)
        pages = _parse(payload)
        box_id = str(sender.box_id)
        with self._store.write() as work:
            if work.connection.execute(select(boxes.c.box_id).where(boxes.c.box_id == box_id)).one_or_none() is None:
                raise Invalid("the box is not registered")
            became = Counter(self._take_day(work, box_id, page) for page in pages.days)
            became.update(self._take_quarter(work, box_id, page) for page in pages.quarters)
        return LedgerAnswer(kept=became[_KEPT], older=became[_OLDER], out_of_range=became[_OUT_OF_RANGE])

    def forget_old(self) -> int:
        """Drop pages that are older than ``KEPT_FOR``.

        Returns:
            How many.
        """
        with self._store.write() as work:
            oldest = work.now - KEPT_FOR
            first_day = oldest.astimezone(HUE_TIME).date().isoformat()
            days = work.connection.execute(delete(ledger_days).where(ledger_days.c.day < first_day))
            quarters = work.connection.execute(delete(traffic_quarters).where(traffic_quarters.c.quarter < oldest))
            return days.rowcount + quarters.rowcount

    @staticmethod
    def _take_day(work: Work, box_id: str, page: DayPage) -> str:
        today = work.now.astimezone(HUE_TIME).date()
        if not today - KEPT_FOR <= page.day <= today + AHEAD_AT_MOST:
            return _OUT_OF_RANGE
        key = {"day": page.day.isoformat(), "camera_id": page.camera_id, "box_id": box_id, "book": page.book}
        counts = [[each.rule, each.what, each.reason, each.count] for each in page.counts]
        return _put(work, ledger_days, key, page.revision, {"counts": json.dumps(counts)})

    @staticmethod
    def _take_quarter(work: Work, box_id: str, page: QuarterPage) -> str:
        if not work.now - KEPT_FOR <= page.quarter <= work.now + AHEAD_AT_MOST:
            return _OUT_OF_RANGE
        key = {"quarter": page.quarter, "camera_id": page.camera_id, "box_id": box_id, "book": page.book}
        counts = [[each.place_id, each.direction, each.lane_id, each.label, each.count] for each in page.counts]
        values = {"pictures": page.pictures, "counts": json.dumps(counts)}
        return _put(work, traffic_quarters, key, page.revision, values)


def _parse(payload: bytes) -> LedgerPages:
    name, has = "pages of a ledger", "pages of a ledger have"
    return read_told(LedgerPages, payload, most_bytes=MAX_PAGES_BYTES, name=name, has=has)


def _put(work: Work, table: Table, key: Mapping[str, Any], revision: int, values: Mapping[str, Any]) -> str:
    """Keep a page unless a newer revision of it is kept already."""
    known = work.connection.execute(select(table.c.revision).where(_is(table, key))).scalar_one_or_none()
    if known is None:
        time_column = next(iter(key))
        of_box = _is(table, {name: key[name] for name in (time_column, "box_id")})
        if work.connection.execute(select(func.count()).select_from(table).where(of_box)).scalar_one() >= PAGES_OF_ONE:
            raise Invalid(f"a box has at most {PAGES_OF_ONE} pages of one {time_column}")
    elif known > revision:
        return _OLDER
    upsert(work.connection, table, {**key, **values, "revision": revision, "received_at": work.now})
    return _KEPT


def _is(table: Table, key: Mapping[str, Any]) -> ColumnElement[bool]:
    return and_(*(table.c[name] == value for name, value in key.items()))
