"""Takes sightings in: bounded, each once, kept for some days."""

from datetime import timedelta

from sqlalchemy import delete, select

from api.persistence.sightings import forget_sightings, keep_sightings
from api.persistence.store import Store
from api.persistence.tables import boxes, sighting_days
from api.persistence.upsert import add_to
from api.principals import Permission, Principal
from api.sightings.keys import SightingKeys
from api.told_documents import read_told
from domain.errors import Conflict, Invalid
from domain.plates.sightings import MonthKey, MonthKeys, SightingAnswer, Sightings, month_of

MAX_SIGHTINGS_BYTES = 256 * 1024
MOST_A_DAY = 500_000  # of one box: sixteen cameras with a vehicle every three seconds, day and night
AHEAD_AT_MOST = timedelta(minutes=5)  # of the centre's clock
_NEXT_MONTH = timedelta(days=3)  # before it begins, boxes get its key


class SightingIntake:
    """What boxes tell of vehicles that passed.

    Args:
        store: the centre's memory.
        keys: of the months; None: this centre has no written basis for sightings and takes none.
        kept: how long one stays.
        basis: number and date of the decision that allows them; boxes are told it with the keys.
    """

    def __init__(self, store: Store, keys: SightingKeys | None, *, kept: timedelta, basis: str) -> None:
        self._store = store
        self._keys = keys
        self._kept = kept
        self._basis = basis

    def month_keys(self, sender: Principal) -> MonthKeys:
        """What a box hashes plates with, now and soon.

        Raises:
            NotAllowed: the caller is no box.
            Conflict: this centre takes no sightings.
        """
        sender.require(Permission.SIGHTINGS_SEND)
        keys = self._required()
        with self._store.write() as work:
            months = sorted({month_of(work.now), month_of(work.now + _NEXT_MONTH)})
            found = [MonthKey(month=month, key_hex=keys.of(work, month).hex()) for month in months]
        return MonthKeys(basis=self._basis, keys=tuple(found))

    def take(self, sender: Principal, payload: bytes) -> SightingAnswer:
        """Take sightings in; what comes twice changes nothing.

        Raises:
            NotAllowed: the caller is no box.
            Conflict: this centre takes no sightings.
            Invalid: these are none, or the box is not registered, or has told too many today.
            StoreUnavailable: nothing was changed; send them again.
        """
        sender.require(Permission.SIGHTINGS_SEND)
        self._required()
        told = read_told(
            Sightings, payload, most_bytes=MAX_SIGHTINGS_BYTES, name="sightings", has="sightings have"
        ).sightings
        box_id = str(sender.box_id)
        with self._store.write() as work:
            if work.connection.execute(select(boxes.c.box_id).where(boxes.c.box_id == box_id)).one_or_none() is None:
                raise Invalid("the box is not registered")
            first, last = work.now - self._kept, work.now + AHEAD_AT_MOST
            rows = [each.model_dump() | {"box_id": box_id} for each in told if first <= each.seen_at <= last]
            kept = keep_sightings(work.connection, rows) if rows else 0
            day = {"day": work.now.date().isoformat(), "box_id": box_id}
            add_to(work.connection, sighting_days, [day | {"sightings": kept}], "sightings")
            today = select(sighting_days.c.sightings).where(
                sighting_days.c.day == day["day"], sighting_days.c.box_id == box_id
            )
            if work.connection.execute(today).scalar_one() > MOST_A_DAY:
                raise Invalid(f"a box tells at most {MOST_A_DAY} sightings a day")
        return SightingAnswer(kept=kept, known=len(rows) - kept, out_of_range=len(told) - len(rows))

    def forget_old(self) -> int:
        """Forget what was seen longer ago than it is kept, and the keys of months that are over.

        Returns:
            How many sightings, those of dropped months not counted.
        """
        with self._store.write() as work:
            oldest = work.now - self._kept
            gone = forget_sightings(work.connection, oldest)
            work.connection.execute(delete(sighting_days).where(sighting_days.c.day < oldest.date().isoformat()))
            SightingKeys.forget_before(work.connection, month_of(oldest))
            return gone

    def _required(self) -> SightingKeys:
        if self._keys is None:
            raise Conflict("this centre takes no sightings")
        return self._keys
