"""Cases to the centre with their evidence: offered, completed from the centre's offsets, and let go of."""

import hashlib
import logging
import random
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from domain.cases.pieces import MAX_PIECES, Piece
from domain.errors import Conflict, IntegrityError, Invalid, NotAllowed, NotFound, OutboxError, TransportError
from domain.fleet.health import ProblemCode
from domain.instants import Clock
from edge.delivery.centre import CHUNK_BYTES, Centre, CentreBusy, CentreDoor, CentreUnreachable
from edge.delivery.plan import DeliveryPlan
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from edge.outbox.values import FileState, OutboxFile, Settled
from plumbing.backoff import Backoff

logger = logging.getLogger(__name__)

_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 120.0  # of the line
_LONGEST_CASE_PAUSE_S = 6 * 3600.0
_LONGEST_OF_KIND_S = {"line": 120.0, "files": 3600.0}
_SHORTEST_REFUSED_PAUSE_S = 600.0
_REPORT_AFTER_TRIES = 3
_OFFERS = 5  # of one case in a row; each brings all that was missing
_SMALLEST_PIECE_BYTES = 64 * 1024
_BLOCK_BYTES = 1 << 20


class Rest(NamedTuple):
    """A pause between two turns."""

    seconds: float | None  # None: for ever
    until_woken: bool = False  # a case that becomes ready ends it


class Uploader:
    """Brings cases to the centre, oldest first; a case that cannot go on does not hold up the others.

    Args:
        outbox: what to send; it wakes the uploader.
        door: the centre's door.
        clock: monotonic seconds.
        randomness: jitters pauses.
        problems: hears what keeps cases from arriving.
        chunk_bytes: size of one request, at most 4 MiB; less after a request that failed.
        first_pause_s: after a first failure.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        door: CentreDoor,
        clock: Clock,
        randomness: random.Random,
        problems: ProblemBoard,
        chunk_bytes: int = CHUNK_BYTES,
        first_pause_s: float = _FIRST_PAUSE_S,
    ) -> None:
        self._outbox = outbox
        self._door = door
        self._clock = clock
        self._problems = problems
        self._randomness = randomness
        self._largest_piece_bytes = self._piece_bytes = chunk_bytes
        self._first_pause_s = first_pause_s
        self._line = Backoff(first_s=first_pause_s, longest_s=_LONGEST_PAUSE_S, randomness=randomness)
        self._plan = DeliveryPlan(outbox)
        self._woken = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="upload", daemon=True)

    @classmethod
    def to(
        cls, centre: Centre, *, outbox: Outbox, clock: Clock, randomness: random.Random, problems: ProblemBoard
    ) -> "Uploader":
        """An uploader for a centre, as a box uses it."""
        return cls(outbox=outbox, door=CentreDoor(centre), clock=clock, randomness=randomness, problems=problems)

    def start(self) -> None:
        """Begin; a centre that is away is tried for ever."""
        self._outbox.when_ready(self._woken.set)
        self._thread.start()

    def close(self, timeout_s: float = 5.0) -> None:
        """Stop after the request under way; what is left goes on from its offset the next time."""
        self._stop.set()
        self._woken.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        self._door.close()

    def upload_next(self) -> bool:
        """Bring the case that is due as far as it goes.

        Returns:
            Whether there was one.

        Raises:
            TransportError: the centre cannot be reached or cannot answer now; no case's fault, as far as we know.
            NotAllowed: the centre does not let this box in.
            OutboxError: the outbox cannot be used.
        """
        case_id = self._plan.next_due(self._clock.monotonic_s())
        if case_id is None:
            return False
        try:
            self._deliver(case_id)
        except (CentreUnreachable, CentreBusy, NotAllowed, OutboxError):
            self._plan.postpone(case_id, self._clock.monotonic_s())  # it is the next one again
            raise
        except TransportError:
            self._postpone(case_id, "line")  # it may be this case that breaks the line: let others try
            raise
        except Invalid as e:
            self._postpone(case_id, "refused", at_least_s=_SHORTEST_REFUSED_PAUSE_S)
            self._report(case_id, ProblemCode.CASE_REFUSED, f"the centre refuses case {case_id}: {e}")
        except (IntegrityError, Conflict, NotFound) as e:
            if self._postpone(case_id, "files") >= _REPORT_AFTER_TRIES:
                self._report(case_id, ProblemCode.CASE_NOT_DELIVERED, f"case {case_id} does not arrive: {e}")
        except Exception as e:
            self._postpone(case_id, "files")  # a fault of ours: neither is this case forgotten nor another held up
            logger.exception("A case could not be sent", extra={"action": "upload_failed", "case_id": str(case_id)})
            text = f"case {case_id} cannot be sent: {type(e).__name__}: {e}"
            self._report(case_id, ProblemCode.CASE_NOT_DELIVERED, text)
        return True

    def turn(self) -> Rest:
        """Bring the case that is due, and report what keeps cases from arriving; never raises.

        Returns:
            How long to rest before the next turn.
        """
        try:
            if self.upload_next():
                self._line.reset()
                self._problems.clear(ProblemCode.CENTRE_AWAY)
                return Rest(0.0)
            return Rest(self._plan.wait_s(self._clock.monotonic_s()), until_woken=True)
        except CentreBusy as e:
            pause_s = max(e.retry_after_s * self._randomness.uniform(1.0, 1.25), self._line.next_s())
            self._problems.report(ProblemCode.CENTRE_AWAY, str(e))
        except (TransportError, NotAllowed) as e:
            pause_s = self._line.next_s()
            self._problems.report(ProblemCode.CENTRE_AWAY, str(e))
        except OutboxError:  # which has reported it
            pause_s = self._line.next_s()
        except Exception:
            logger.exception("Uploading failed", extra={"action": "upload_failed"})
            pause_s = self._line.next_s()
        return Rest(pause_s)

    # inside

    def _run(self) -> None:
        while not self._stop.is_set():
            self._woken.clear()
            rest = self.turn()
            (self._woken if rest.until_woken else self._stop).wait(rest.seconds)

    def _deliver(self, case_id: uuid.UUID) -> None:
        """Offer a case and bring what is missing until the centre has it on record, or we are to stop.

        Raises:
            IntegrityError: the centre does not get the files whole although ours are sound.
        """
        message = self._outbox.message(case_id)
        if message is None:
            self._plan.done(case_id)
            return
        sent: set[str] = set()
        for _ in range(_OFFERS):
            files = {file.name: file for file in self._outbox.files_of(case_id)}
            lost = [file.name for file in files.values() if file.state is FileState.DAMAGED]
            answer = self._door.offer(case_id, message, lost)
            if answer.on_record:
                if self._outbox.settle(answer) in {Settled.DIFFERENT, Settled.UNKNOWN}:
                    raise Conflict("the centre speaks of another message than ours")
                self._forget(case_id, lost)
                return
            try:
                self._bring(case_id, [(files[missing.name], missing.offset_bytes) for missing in answer.missing], sent)
            except (Conflict, NotFound) as e:  # the centre is elsewhere with this package: ask it again
                logger.info(
                    "The centre goes on elsewhere with a case",
                    extra={"action": "upload_asks_again", "case_id": str(case_id), "reason": str(e)},
                )
            except KeyError as e:
                raise Conflict(f"the centre asks for the file {e}, which the case does not have") from e
            if self._stop.is_set():
                return
        raise IntegrityError("the centre does not get its files whole")

    def _bring(self, case_id: uuid.UUID, missing: Sequence[tuple[OutboxFile, int]], sent: set[str]) -> None:
        """Send what is missing of a case; what was sent before and came wrong, and is damaged here, is given up."""
        wanted = []
        for file, offset in missing:
            if file.name in sent and not _is_sound(file):
                self._give_up(file)
            else:
                wanted.append((file, offset))
                sent.add(file.name)
        for few in self._portions(wanted):
            if len(few) > 1:
                self._send_together(case_id, few)
            else:
                self._send(*few[0])

    def _portions(self, wanted: Sequence[tuple[OutboxFile, int]]) -> Iterator[list[tuple[OutboxFile, int]]]:
        """What goes in one request each: several whole rests as far as the centre takes them, or one file."""
        limit = min(self._door.pieces_bytes, self._piece_bytes)
        few: list[tuple[OutboxFile, int]] = []
        few_bytes = 0
        for file, offset in wanted:
            rest_bytes = file.size_bytes - offset
            if few and (few_bytes + rest_bytes > limit or len(few) == MAX_PIECES):
                yield few
                few, few_bytes = [], 0
            few.append((file, offset))
            few_bytes += rest_bytes
        if few:
            yield few

    def _send_together(self, case_id: uuid.UUID, few: Sequence[tuple[OutboxFile, int]]) -> None:
        """Send the rests of some files in one request; what is damaged is marked so and left out."""
        if self._stop.is_set():
            return
        pieces = []
        for file, offset in few:
            content = _read_at(file, offset, file.size_bytes - offset)
            if content is None:
                self._give_up(file)
            else:
                pieces.append(Piece(name=file.name, offset_bytes=offset, content=content))
        if pieces:
            with self._learning_of_the_line():
                self._door.send_pieces(case_id, pieces)

    def _send(self, file: OutboxFile, offset: int) -> None:
        """Send one file from the centre's offset to its end, or mark it damaged."""
        while offset < file.size_bytes and not self._stop.is_set():
            chunk = _read_at(file, offset, self._piece_bytes)
            if chunk is None:
                self._give_up(file)
                return
            with self._learning_of_the_line():
                offset = self._door.send(file, offset, chunk)

    @contextmanager
    def _learning_of_the_line(self) -> Iterator[None]:
        """What a slow line cannot bring in one request it may bring in smaller ones."""
        try:
            yield
        except CentreBusy:
            raise
        except TransportError:
            self._piece_bytes = max(self._piece_bytes // 2, min(_SMALLEST_PIECE_BYTES, self._largest_piece_bytes))
            raise
        self._piece_bytes = min(self._largest_piece_bytes, self._piece_bytes * 2)

    def _postpone(self, case_id: uuid.UUID, kind: str, *, at_least_s: float = 0.0) -> int:
        """Offer a case again after a pause, longer each time; returns how often it had to wait."""
        new = Backoff(
            first_s=self._first_pause_s,
            longest_s=_LONGEST_CASE_PAUSE_S,
            randomness=self._randomness,
            longest_of_kind_s=_LONGEST_OF_KIND_S,
        )
        backoff = self._plan.backoff(case_id, new)
        self._plan.postpone(case_id, self._clock.monotonic_s() + max(at_least_s, backoff.next_s(kind)))
        return backoff.tries

    def _report(self, case_id: uuid.UUID, code: ProblemCode, text: str) -> None:
        self._problems.report(code, text, about=str(case_id))

    def _forget(self, case_id: uuid.UUID, lost: list[str]) -> None:
        self._plan.done(case_id)
        for code in (ProblemCode.CASE_REFUSED, ProblemCode.CASE_NOT_DELIVERED):
            self._problems.clear(code, about=str(case_id))
        for name in lost:
            self._problems.clear(ProblemCode.CASE_DAMAGED, about=f"{case_id}/{name}")
        logger.info(
            "Case delivered", extra={"action": "case_delivered", "case_id": str(case_id), "lost_files": len(lost)}
        )

    def _give_up(self, file: OutboxFile) -> None:
        """Our own copy is damaged or gone: say so, and do not send it again."""
        self._outbox.mark_damaged(file.case_id, file.name)
        self._problems.report(
            ProblemCode.CASE_DAMAGED,
            f"the file {file.name} of case {file.case_id} is damaged on the box and cannot be sent",
            about=f"{file.case_id}/{file.name}",
        )


def _read_at(file: OutboxFile, offset: int, size_bytes: int) -> bytes | None:
    """A piece of a file, None where the file is gone, too short, or of another size than the manifest says."""
    try:
        if file.path.stat().st_size != file.size_bytes:
            return None
        with file.path.open("rb") as stream:
            stream.seek(offset)
            chunk = stream.read(size_bytes)
    except OSError:
        return None
    return chunk or None


def _is_sound(file: OutboxFile) -> bool:
    return _sha256_of_file(file.path) == file.sha256


def _sha256_of_file(path: Path) -> str | None:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(_BLOCK_BYTES):
                digest.update(block)
    except OSError:
        return None
    return digest.hexdigest()
