"""Brings reminders to the centre, at once and in order; while it is away they wait on the disk."""

import logging
import random
import threading
import uuid

from domain.errors import Conflict, FileError, Invalid, NotAllowed, NotFound, TransportError
from domain.fleet.health import ProblemCode
from domain.instants import Clock
from domain.reminder import Reminder
from edge.delivery.centre import CentreBusy
from edge.health.problems import ProblemBoard
from edge.reminders.book import ReminderBook
from edge.reminders.door import ReminderDoor
from edge.reminders.place_pictures import TakenPicture
from plumbing.backoff import Backoff

logger = logging.getLogger(__name__)

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 60.0
_STORE_AGAIN_S = 5.0
_ABOUT = "reminders"  # of the problem that the centre is away: cases and reminders find it out apart


class ReminderLine:
    """The reminders of a box on their way; none is lost while the disk takes them, and none waits for the disk.

    What the disk does not take is sent from memory, without its picture, and stored when there is room. A picture goes
    when no message waits any more.

    Args:
        book: where they lie.
        door: of the centre, for this line alone.
        clock: for times and pauses.
        randomness: jitters pauses.
        problems: hears what keeps reminders from arriving.
    """

    def __init__(
        self, *, book: ReminderBook, door: ReminderDoor, clock: Clock, randomness: random.Random, problems: ProblemBoard
    ) -> None:
        self._book = book
        self._door = door
        self._clock = clock
        self._problems = problems
        self._pauses = Backoff(first_s=_FIRST_PAUSE_S, longest_s=_LONGEST_PAUSE_S, randomness=randomness)
        self._lock = threading.Lock()
        self._unstored: list[tuple[Reminder, TakenPicture | None]] = []
        self._waiting: dict[uuid.UUID, Reminder] = {}
        self._woken = threading.Event()
        self._stop = threading.Event()
        self._refused_pictures = 0
        self._thread = threading.Thread(target=self._run, name="reminders", daemon=True)

    @property
    def unsent(self) -> int:
        """Messages that the centre does not hold."""
        with self._lock:
            return len(self._waiting)

    @property
    def refused_pictures(self) -> int:
        """Pictures that the centre refused since the start."""
        return self._refused_pictures

    def start(self) -> None:
        """Begin with what an earlier process left; a centre that is away is tried for ever."""
        try:
            left = self._book.waiting()
        except FileError as error:
            self._report_unstored(error)
            left = {}
        with self._lock:
            self._waiting = left | self._waiting
        self._thread.start()

    def close(self, timeout_s: float = 5.0) -> None:
        """Stop after the request under way; what is left goes on the next time."""
        self._stop.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        self._door.close()

    def tell(self, reminder: Reminder, picture: TakenPicture | None = None) -> None:
        """Take in a message, and the picture of its newest step.

        Both are on the disk when this returns, if the disk takes them; never raises for the disk.
        """
        with self._lock:
            self._unstored.append((reminder, picture))
        self._store()
        self._woken.set()

    def turn(self) -> float | None:
        """Send what waits; never raises.

        Returns:
            Seconds to rest; None: until there is more.
        """
        try:
            self._store()
            while (reminder := self._next()) is not None and not self._stop.is_set():
                self._send(reminder)
            while self._next() is None and not self._stop.is_set() and self._show_next():
                pass
        except CentreBusy as error:
            self._problems.report(ProblemCode.CENTRE_AWAY, f"reminders wait: {error}", about=_ABOUT)
            return max(error.retry_after_s, self._pauses.next_s())
        except (TransportError, NotAllowed, NotFound) as error:
            self._problems.report(ProblemCode.CENTRE_AWAY, f"reminders wait: {error}", about=_ABOUT)
            return self._pauses.next_s()
        except Exception:
            logger.exception("Reminders could not be sent", extra={"action": "reminders_failed"})
            return self._pauses.next_s()
        self._pauses.reset()
        self._problems.clear(ProblemCode.CENTRE_AWAY, about=_ABOUT)
        return _STORE_AGAIN_S if self._unstored else None

    # inside

    def _run(self) -> None:
        while not self._stop.is_set():
            self._woken.clear()
            pause_s = self.turn()
            (self._woken if pause_s is None else self._stop).wait(pause_s)

    def _next(self) -> Reminder | None:
        with self._lock:
            return next(iter(self._waiting.values()), None)

    def _store(self) -> None:
        """Put on the disk what is not there yet, in order; what it does not take can be sent all the same."""
        with self._lock:
            while self._unstored:
                reminder, picture = self._unstored[0]
                try:
                    message = self._book.put(reminder, self._clock.now(), picture)
                except FileError as error:
                    self._unstored = [_without_picture(*one) for one in self._unstored]
                    for one, _ in self._unstored:
                        self._waiting[one.reminder_id] = one
                    self._report_unstored(error)
                    return
                del self._unstored[0]
                if message is not None:
                    self._waiting.pop(message.reminder_id, None)
                    self._waiting[message.reminder_id] = message
        self._problems.clear(ProblemCode.REMINDERS_NOT_STORED)

    def _send(self, reminder: Reminder) -> None:
        try:
            answer = self._door.tell(reminder)
        except (Invalid, Conflict) as error:
            self._problems.report(
                ProblemCode.REMINDER_REFUSED,
                f"the centre refuses reminder {reminder.reminder_id}: {error}",
                about=str(reminder.reminder_id),
            )
        else:
            if answer.message_sha256 != reminder.sha256():
                raise TransportError("the centre speaks of another message than ours")
            self._problems.clear(ProblemCode.REMINDER_REFUSED, about=str(reminder.reminder_id))
            logger.info(
                "Reminder delivered",
                extra={
                    "action": "reminder_delivered",
                    "reminder_id": str(reminder.reminder_id),
                    "state": reminder.state,
                },
            )
        self._settle(reminder)

    def _show_next(self) -> bool:
        """Bring one picture; whether there was one."""
        try:
            picture = self._book.first_picture()
            if picture is None:
                return False
            try:
                self._door.show(picture.reminder_id, picture.step, picture.content)
            except (Invalid, Conflict, NotFound) as error:
                self._refused_pictures += 1
                self._problems.report(
                    ProblemCode.REMINDER_PICTURE_REFUSED,
                    f"the centre refuses picture {picture.step} of reminder {picture.reminder_id}: {error}",
                )
            else:
                self._problems.clear(ProblemCode.REMINDER_PICTURE_REFUSED)
            self._book.settle_picture(picture)
        except FileError as error:
            self._report_unstored(error)
            return False
        return True

    def _settle(self, reminder: Reminder) -> None:
        """It is with the centre, or refused for good: a newer message of it goes on waiting."""
        with self._lock:
            if self._waiting.get(reminder.reminder_id) == reminder:
                del self._waiting[reminder.reminder_id]
            try:
                self._book.settle(reminder)
            except FileError as error:  # it is sent once more after a restart, which changes nothing
                self._report_unstored(error)

    def _report_unstored(self, error: FileError) -> None:
        self._problems.report(ProblemCode.REMINDERS_NOT_STORED, f"reminders wait in memory: {error}")


def _without_picture(reminder: Reminder, picture: TakenPicture | None) -> tuple[Reminder, TakenPicture | None]:
    return reminder, None if picture is None else picture.dropped()
