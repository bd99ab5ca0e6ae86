"""Evidence to the centre: file by file, from the offset that the centre names, until the case may leave the outbox."""

import hashlib
import logging
import random
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

from domain.errors import (
    CentreError,
    Conflict,
    IntegrityError,
    MatThanError,
    NotAllowed,
    NotFound,
    OutboxError,
    TransportError,
)
from domain.health import ProblemCode
from domain.instants import Clock
from edge.box.problems import ProblemBoard
from edge.delivery.centre import CHUNK_BYTES, Centre, CentreDoor
from edge.outbox.outbox import Outbox
from edge.outbox.values import FileState, OutboxFile
from plumbing.backoff import Backoff

logger = logging.getLogger(__name__)

_IDLE_S = 0.5
_FIRST_PAUSE_S = 1.0
_LONGEST_PAUSE_S = 120.0
_LONGEST_CASE_PAUSE_S = 3600.0
_TELL_AFTER_TRIES = 3
_LET_OTHERS_TRY_S = 5.0
_SMALLEST_PIECE_BYTES = 64 * 1024
_BLOCK_BYTES = 1 << 20


class Uploader:
    """Uploads the evidence of acknowledged cases, oldest first; a case that cannot go on does not hold up the others.

    Args:
        outbox: what to send.
        door: the centre's door.
        clock: monotonic seconds.
        randomness: jitters pauses.
        problems: told what keeps evidence from arriving.
        chunk_bytes: size of one request, at most 4 MiB; less after a request that failed.
        first_pause_s: after a first failure.
        idle_s: between looks at an outbox with nothing to send.
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
        idle_s: float = _IDLE_S,
    ) -> None:
        self._outbox = outbox
        self._door = door
        self._clock = clock
        self._problems = problems
        self._largest_piece_bytes = self._piece_bytes = chunk_bytes
        self._idle_s = idle_s
        self._line = Backoff(first_s=first_pause_s, longest_s=_LONGEST_PAUSE_S, randomness=randomness)
        self._case_backoff: Callable[[], Backoff] = lambda: Backoff(
            first_s=first_pause_s, longest_s=_LONGEST_CASE_PAUSE_S, randomness=randomness
        )
        self._cases: dict[uuid.UUID, Backoff] = {}
        self._not_before_s: dict[uuid.UUID, float] = {}
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
        self._thread.start()

    def close(self, timeout_s: float = 5.0) -> None:
        """Stop after the request under way; what is left goes on from its offset the next time."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        self._door.close()

    def upload_next(self) -> bool:
        """Bring the oldest case that is due as far as it goes.

        Returns:
            Whether there was one.

        Raises:
            TransportError: the centre cannot be reached or cannot answer; no case's fault.
            NotAllowed: the centre does not let this box in.
            OutboxError: the outbox cannot be used.
        """
        now_s = self._clock.monotonic_s()
        waiting = self._outbox.acknowledged()
        self._forget_gone(waiting)
        case_id = next((one for one in waiting if self._not_before_s.get(one, 0.0) <= now_s), None)
        if case_id is None:
            return False
        self._upload_case(case_id)
        return True

    # inside

    def _run(self) -> None:
        while not self._stop.is_set():
            pause_s = self._idle_s
            try:
                if self.upload_next():
                    pause_s = 0.0
                    self._line.reset()
                    self._problems.clear(ProblemCode.CENTRE_AWAY)
            except (TransportError, NotAllowed) as e:
                self._problems.report(ProblemCode.CENTRE_AWAY, str(e))
                pause_s = self._line.next_s()
            except OutboxError as e:
                self._problems.report(ProblemCode.OUTBOX_UNUSABLE, f"evidence cannot be sent: {e}")
                pause_s = self._line.next_s()
            except Exception:
                logger.exception("Uploading failed", extra={"action": "upload_failed"})
                pause_s = self._line.next_s()
            if pause_s:
                self._stop.wait(pause_s)

    def _forget_gone(self, waiting: tuple[uuid.UUID, ...]) -> None:
        for case_id in {*self._cases, *self._not_before_s} - set(waiting):
            self._problems.clear(ProblemCode.CASE_NOT_DELIVERED, about=str(case_id))
            self._cases.pop(case_id, None)
            self._not_before_s.pop(case_id, None)

    def _upload_case(self, case_id: uuid.UUID) -> None:
        files = self._outbox.files_of(case_id)
        try:
            for file in files:
                if file.state is FileState.DAMAGED:
                    self._tell_damage(file)
                elif file.state is FileState.WAITING and not self._stop.is_set():
                    self._upload_file(file)
        except NotFound:
            logger.warning(
                "The centre forgot an acknowledged case, sending it again",
                extra={"action": "case_forgotten", "case_id": str(case_id)},
            )
            self._outbox.withdraw_acknowledgement(case_id)
            return
        except TransportError:
            self._not_before_s[case_id] = self._clock.monotonic_s() + _LET_OTHERS_TRY_S
            raise
        except NotAllowed:
            raise
        except (IntegrityError, CentreError) as e:
            self._postpone(case_id, e)
            return
        if self._outbox.settle(case_id):
            logger.info("Case delivered", extra={"action": "case_delivered", "case_id": str(case_id)})
        elif not self._stop.is_set():
            self._postpone(case_id, IntegrityError("a file of the package is damaged on the box"))

    def _postpone(self, case_id: uuid.UUID, reason: MatThanError) -> None:
        backoff = self._cases.setdefault(case_id, self._case_backoff())
        self._not_before_s[case_id] = self._clock.monotonic_s() + backoff.next_s()
        if backoff.tries >= _TELL_AFTER_TRIES:
            self._problems.report(
                ProblemCode.CASE_NOT_DELIVERED,
                f"the evidence of case {case_id} does not arrive: {reason}",
                about=str(case_id),
            )
        logger.warning(
            "Evidence of a case has to wait",
            extra={"action": "upload_postponed", "case_id": str(case_id), "reason": str(reason)},
        )

    def _upload_file(self, file: OutboxFile) -> None:
        """Send one file from the centre's offset to its end.

        Raises:
            IntegrityError: our file is sound and the centre refuses it all the same.
            Conflict: the centre's offset jumps about.
        """
        progress = self._door.progress(file)
        jumps = 0
        while not progress.complete and not self._stop.is_set():
            if progress.offset >= file.size_bytes > 0:
                raise TransportError("the centre holds every byte of a file and does not call it complete")
            chunk = _read_at(file, progress.offset, self._piece_bytes)
            if chunk is None:
                self._give_up(file)
                return
            try:
                progress = self._door.send(file, progress.offset, chunk)
                self._piece_bytes = min(self._largest_piece_bytes, self._piece_bytes * 2)
            except TransportError:
                # what a slow line cannot bring in one request it may bring in smaller ones
                self._piece_bytes = max(self._piece_bytes // 2, min(_SMALLEST_PIECE_BYTES, self._largest_piece_bytes))
                raise
            except Conflict:
                jumps += 1
                if jumps > 2:  # noqa: PLR2004 - another sender would be at work
                    raise
                progress = self._door.progress(file)
            except IntegrityError:
                if not _is_sound(file):
                    self._give_up(file)
                    return
                raise
        if progress.complete:
            self._outbox.mark_file(file.case_id, file.name, FileState.UPLOADED)

    def _give_up(self, file: OutboxFile) -> None:
        """Our own copy is damaged or gone: say so, and do not send it again."""
        self._outbox.mark_file(file.case_id, file.name, FileState.DAMAGED)
        self._tell_damage(file)

    def _tell_damage(self, file: OutboxFile) -> None:
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
