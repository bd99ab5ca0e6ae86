"""A person's filters of the search page, kept at the centre."""

from dataclasses import dataclass, replace
from datetime import datetime

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import delete, func, select

from api.people.open_sessions import username_of
from api.persistence.case_search import CaseFilter
from api.persistence.store import Store
from api.persistence.tables import saved_filters
from api.persistence.upsert import upsert
from api.principals import Principal
from domain.errors import Conflict, NotFound

MAX_FILTERS = 30
_FORM = TypeAdapter(CaseFilter)


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedFilter:
    """One of a person's filters."""

    name: str
    wanted: CaseFilter
    saved_at: datetime


class SavedFilters:
    """Keeps them.

    Args:
        store: the centre's memory.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def list(self, actor: Principal) -> tuple[SavedFilter, ...]:
        """The caller's own, by name; one that an older version wrote and this one cannot read is left out.

        Raises:
            Conflict: it is a key, no person.
        """
        mine = select(saved_filters).where(saved_filters.c.username == username_of(actor))
        found = []
        with self._store.read() as connection:
            for row in connection.execute(mine.order_by(saved_filters.c.name)):
                try:
                    wanted = _FORM.validate_json(row.filter)
                except ValidationError:
                    continue
                found.append(SavedFilter(name=row.name, wanted=wanted, saved_at=row.saved_at))
        return tuple(found)

    def keep(self, actor: Principal, name: str, wanted: CaseFilter) -> None:
        """Keep a filter under a name, in place of what was there.

        Raises:
            Conflict: it is a key, or the caller has as many as one may.
        """
        username = username_of(actor)
        mine = select(func.count()).where(saved_filters.c.username == username, saved_filters.c.name != name)
        values = {"filter": _FORM.dump_json(replace(wanted, reviewer=None)).decode()}
        with self._store.write() as work:
            if work.connection.execute(mine).scalar_one() >= MAX_FILTERS:
                raise Conflict(f"you have {MAX_FILTERS} filters; remove one first")
            key = {"username": username, "name": name, "saved_at": work.now}
            upsert(work.connection, saved_filters, key | values)

    def forget(self, actor: Principal, name: str) -> None:
        """Remove one of the caller's own.

        Raises:
            Conflict: it is a key, no person.
            NotFound: there is none of that name.
        """
        mine = (saved_filters.c.username == username_of(actor)) & (saved_filters.c.name == name)
        with self._store.write() as work:
            if not work.connection.execute(delete(saved_filters).where(mine)).rowcount:
                raise NotFound("you have no filter of that name")
