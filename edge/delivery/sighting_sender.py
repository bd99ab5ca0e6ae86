"""That a case's vehicle was seen, to the centre: a keyed hash in place of its plate, and nothing where none are wanted.

Hashes wait in memory only and are few; a restart or a long time without the centre loses them, which harms no case.
"""

import logging
import random
import threading

from domain.cases.case import Case
from domain.errors import Conflict, Invalid, NotAllowed, NotFound, TransportError
from domain.instants import Clock
from domain.plates.sightings import MOST_SIGHTINGS, MonthKeys, Sighting, SightingAnswer, Sightings, month_of, plate_hash
from edge.delivery.centre import CentreBusy, CentreLine, refusal_of
from plumbing.backoff import Backoff

logger = logging.getLogger(__name__)

MOST_KEPT = 20_000
EVERY_S = 60.0
KEYS_EVERY_S = 6 * 3600.0  # the next month's comes days before it begins
_REFUSED_PAUSE_S = 3600.0
_FIRST_PAUSE_S = 5.0
_LONGEST_PAUSE_S = 600.0


class SightingSender:
    """Hashes plates as they are agreed on and sends them in sorted batches; the oldest go where there are too many.

    Args:
        line: to the centre.
        clock: says how old the keys are.
        randomness: so that not all boxes send at once.
    """

    def __init__(self, line: CentreLine, *, clock: Clock, randomness: random.Random) -> None:
        self._line = line
        self._clock = clock
        self._randomness = randomness
        self._keys: dict[str, bytes] = {}  # by month; in memory only
        self._keys_at_s: float | None = None
        self._waiting: dict[Sighting, None] = {}  # the oldest first
        self._guard = threading.Lock()
        self._backoff = Backoff(first_s=_FIRST_PAUSE_S, longest_s=_LONGEST_PAUSE_S, randomness=randomness)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sightings", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def close(self, timeout_s: float = 5.0) -> None:
        """Stop after the request under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        self._line.close()

    def note(self, case: Case) -> None:
        """A sealed case; without an agreed plate, or a key of its month, there is no sighting. From any thread."""
        reading = case.plate
        if reading.status != "agreed" or reading.text is None:
            return
        seen_at = max((read.at for read in reading.reads if read.dropped_because is None), default=case.began_at)
        with self._guard:
            key = self._keys.get(month_of(seen_at))
            if key is None:
                return
            hashed = plate_hash(reading.text, key)
            self._waiting[Sighting(camera_id=case.site.camera_id, seen_at=seen_at, plate_hash=hashed)] = None
            while len(self._waiting) > MOST_KEPT:
                del self._waiting[next(iter(self._waiting))]

    def turn(self) -> float:
        """Fetch keys when it is time, and send what waits; never raises.

        Returns:
            Seconds until the next turn.
        """
        try:
            self._renew_keys()
            more = self._send_next()
        except CentreBusy as error:
            return max(error.retry_after_s, self._backoff.next_s())
        except TransportError:
            return self._backoff.next_s()
        except (Conflict, NotFound):
            self._forget()  # the centre takes none, or no more
            return _REFUSED_PAUSE_S
        except (Invalid, NotAllowed) as error:
            logger.warning("The centre takes no sightings: %s", error, extra={"action": "sightings_refused"})
            return _REFUSED_PAUSE_S
        self._backoff.reset()
        return 0.0 if more else EVERY_S * self._randomness.uniform(0.9, 1.1)

    def _renew_keys(self) -> None:
        now_s = self._clock.monotonic_s()
        if self._keys_at_s is not None and now_s - self._keys_at_s < KEYS_EVERY_S:
            return
        response = self._line.request("GET", "edge/sightings/keys", content=b"")
        if response.is_error:
            raise refusal_of(response)
        try:
            found = MonthKeys.model_validate_json(response.content)
        except ValueError as error:
            raise TransportError("the centre's keys of sightings cannot be read") from error
        with self._guard:
            self._keys = {each.month: bytes.fromhex(each.key_hex) for each in found.keys}
            self._keys_at_s = now_s

    def _send_next(self) -> bool:
        with self._guard:
            batch = sorted(self._waiting, key=lambda each: (each.seen_at, each.camera_id, each.plate_hash))
        batch = batch[:MOST_SIGHTINGS]
        if not batch:
            return False
        content = Sightings(sightings=tuple(batch)).model_dump_json().encode()
        response = self._line.request("PUT", "edge/sightings", content=content)
        if response.is_error:
            raise refusal_of(response)
        try:
            SightingAnswer.model_validate_json(response.content)
        except ValueError as error:
            raise TransportError("the centre's answer to sightings cannot be read") from error
        with self._guard:
            for each in batch:
                self._waiting.pop(each, None)
            return bool(self._waiting)

    def _forget(self) -> None:
        with self._guard:
            self._keys, self._keys_at_s = {}, None
            self._waiting.clear()

    def _run(self) -> None:
        pause_s = 0.0
        while not self._stop.wait(pause_s):
            pause_s = self.turn()
