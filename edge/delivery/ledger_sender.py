"""The pages of the ledger to the centre: every page that has changed since the centre took it, the oldest first."""

import logging
import random
import threading

import httpx

from domain.errors import FileError, Invalid, NotAllowed, TransportError
from domain.fleet.health import ProblemCode
from domain.fleet.ledger_pages import MOST_PAGES, LedgerAnswer
from domain.instants import Clock
from edge.delivery.centre import Centre, CentreBusy, CentreLine, refusal_of
from edge.health.problems import ProblemBoard
from edge.ledger.book import LedgerBook
from plumbing.backoff import Backoff

logger = logging.getLogger(__name__)

EVERY_S = 900.0  # a quarter of an hour is sent once it is over
_FIRST_WITHIN_S = 60.0
_FIRST_PAUSE_S = 5.0
_LONGEST_PAUSE_S = 600.0
_REFUSED_PAUSE_S = 3600.0
_REPORT_AFTER_TRIES = 3
_MOST_BYTES = 2 * 1024 * 1024


class LedgerSender:
    """Sends pages until none is left, and again a quarter of an hour later. What was taken is not sent again.

    Counts may be late by days and are never lost: the ledger keeps them, whatever becomes of a request.

    Args:
        book: the ledger.
        line: to the centre.
        problems: where it stands that the centre does not take them.
        clock: says which quarters are over.
        randomness: so that not all boxes send at once.
        every_s: how often.
        first_within_s: after the start.
    """

    def __init__(
        self,
        book: LedgerBook,
        *,
        line: CentreLine,
        problems: ProblemBoard,
        clock: Clock,
        randomness: random.Random,
        every_s: float = EVERY_S,
        first_within_s: float = _FIRST_WITHIN_S,
    ) -> None:
        self._book = book
        self._line = line
        self._problems = problems
        self._clock = clock
        self._randomness = randomness
        self._every_s = every_s
        self._first_within_s = first_within_s
        self._most = MOST_PAGES
        self._backoff = Backoff(first_s=_FIRST_PAUSE_S, longest_s=_LONGEST_PAUSE_S, randomness=randomness)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)

    @classmethod
    def to(
        cls, centre: Centre, *, book: LedgerBook, problems: ProblemBoard, clock: Clock, randomness: random.Random
    ) -> "LedgerSender":
        """A sender to a centre, as a box uses it."""
        return cls(book, line=CentreLine(centre), problems=problems, clock=clock, randomness=randomness)

    def start(self) -> None:
        """Begin; a centre that is away is tried for ever."""
        self._thread.start()

    def close(self, timeout_s: float = 5.0) -> None:
        """Stop after the request under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        self._line.close()

    def send_next(self) -> bool:
        """Send the oldest pages that the centre has not got.

        Returns:
            Whether there were any.

        Raises:
            FileError: the ledger cannot be used.
            TransportError, NotAllowed, Invalid: the centre did not take them.
        """
        pages = self._book.unsent(self._clock.now(), most=self._most)
        if pages is None:
            return False
        content = pages.model_dump_json().encode()
        if len(content) > _MOST_BYTES and self._most > 1:
            self._most //= 2
            return True
        answer = _answer(self._line.request("PUT", "edge/ledger", content=content))
        self._book.note_sent(pages)
        if answer.out_of_range:
            fields = {"action": "ledger_out_of_range", "pages": answer.out_of_range}
            logger.warning("The centre does not keep pages of days that are too far away", extra=fields)
        return True

    def turn(self) -> float:
        """Send what there is, and report when the centre does not take it; never raises.

        Returns:
            Seconds until the next turn.
        """
        try:
            sent = self.send_next()
        except CentreBusy as error:
            return max(error.retry_after_s, self._failed(str(error)))
        except (TransportError, FileError) as error:  # a ledger that cannot be written is the keeper's to report
            return self._failed(str(error))
        except (Invalid, NotAllowed) as error:
            return self._refused(str(error))
        except Exception as error:
            logger.exception("The ledger could not be sent", extra={"action": "ledger_failed"})
            return self._refused(f"{type(error).__name__}: {error}")
        self._backoff.reset()
        self._problems.clear(ProblemCode.LEDGER_NOT_SENT)
        if sent:
            return 0.0
        self._most = MOST_PAGES
        return self._every_s * self._randomness.uniform(0.9, 1.1)

    def _failed(self, text: str) -> float:
        pause_s = self._backoff.next_s()
        if self._backoff.tries >= _REPORT_AFTER_TRIES:
            self._report(text)
        return pause_s

    def _refused(self, text: str) -> float:
        self._report(text)
        return max(_REFUSED_PAUSE_S, self._backoff.next_s())

    def _report(self, text: str) -> None:
        self._problems.report(ProblemCode.LEDGER_NOT_SENT, f"counts wait on the disk: {text}")

    def _run(self) -> None:
        pause_s = self._randomness.uniform(0.0, self._first_within_s)
        while not self._stop.wait(pause_s):
            pause_s = self.turn()


def _answer(response: httpx.Response) -> LedgerAnswer:
    if response.status_code != httpx.codes.OK:
        raise refusal_of(response)
    try:
        return LedgerAnswer.model_validate_json(response.content)
    except ValueError as error:
        raise TransportError("the centre's answer to the ledger cannot be read") from error
