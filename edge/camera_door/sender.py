"""Tells the centre how the cameras are, twice a minute, and does what it answers; late is never wrong."""

import logging
import random
import threading
from collections.abc import Callable, Mapping

from domain.errors import FileError, Invalid, NotAllowed, NotFound, TransportError
from domain.fleet.camera_reports import MOST_CAMERAS, CameraReport, CameraReports, RunningCamera
from domain.fleet.health import ProblemCode
from domain.instants import Clock
from edge.camera_door.door import CameraDoor
from edge.camera_door.stills import WantedStills
from edge.camera_door.wanted_drawings import WantedDrawings
from edge.delivery.centre import CentreBusy
from edge.health.problems import ProblemBoard
from edge.run.camera_guard import CameraGuard
from plumbing.backoff import Backoff

logger = logging.getLogger(__name__)

EVERY_S = 30.0
_SOON_S = 2.0  # after the centre has wanted something new
_SOON_TURNS = 5
_FIRST_PAUSE_S = 5.0
_LONGEST_PAUSE_S = 300.0
_REPORT_AFTER_TRIES = 3
_ABOUT = "cameras"
_LONGEST_VIEW_WORDS = 300


class CameraSender:
    """Tells of the cameras that run.

    Args:
        door: to the centre.
        running: the cameras' guards, by id.
        stills: that the centre wants.
        drawings: that the centre wants.
        problems: where it stands that the centre does not answer.
        clock: the box's.
        randomness: so that not all boxes tell at once.
    """

    def __init__(
        self,
        door: CameraDoor,
        *,
        running: Callable[[], Mapping[str, CameraGuard]],
        stills: WantedStills,
        drawings: WantedDrawings,
        problems: ProblemBoard,
        clock: Clock,
        randomness: random.Random,
    ) -> None:
        self._door = door
        self._running = running
        self._stills = stills
        self._drawings = drawings
        self._problems = problems
        self._clock = clock
        self._randomness = randomness
        self._pauses = Backoff(first_s=_FIRST_PAUSE_S, longest_s=_LONGEST_PAUSE_S, randomness=randomness)
        self._asked: frozenset[str] = frozenset()  # cameras whose configuration the centre wants to know
        self._wanted: frozenset[object] = frozenset()  # everything that it wanted last
        self._soon = 0  # so many turns more come soon
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="cameras", daemon=True)

    def start(self) -> None:
        """Begin; a centre that is away is tried for ever."""
        self._thread.start()

    def close(self, timeout_s: float = 5.0) -> None:
        """Stop after the request under way."""
        self._stop.set()
        if self._thread.is_alive():
            self._thread.join(timeout_s)
        self._door.close()

    def turn(self) -> float:
        """Tell, and do what is wanted; never raises.

        Returns:
            Seconds until the next turn.
        """
        try:
            self._tell()
            while (still := self._stills.take()) is not None:
                self._bring(*still)
        except CentreBusy as error:
            return max(error.retry_after_s, self._failed(str(error)))
        except NotFound:  # a centre of an earlier version has no such door: nothing is wrong here
            logger.info("The centre has no door for cameras", extra={"action": "cameras_not_taken"})
            return _LONGEST_PAUSE_S
        except (TransportError, NotAllowed, Invalid, FileError) as error:
            return self._failed(str(error))
        except Exception as error:
            logger.exception("Cameras could not be told of", extra={"action": "cameras_failed"})
            return self._failed(f"{type(error).__name__}: {error}")
        self._pauses.reset()
        self._problems.clear(ProblemCode.CENTRE_AWAY, about=_ABOUT)
        self._soon = max(0, self._soon - 1)
        return _SOON_S if self._soon else EVERY_S * self._randomness.uniform(0.9, 1.1)

    def _tell(self) -> None:
        guards = {name: guard for name, guard in self._running().items() if not guard.ended}
        reports = [self._report(guard) for _, guard in sorted(guards.items())][:MOST_CAMERAS]
        answers = self._door.tell(CameraReports(at=self._clock.now(), cameras=tuple(reports)))
        self._asked = frozenset(answers.running_wanted)
        for camera_id in answers.stills_wanted:
            self._stills.want(camera_id)
        for wanted in answers.drawings:
            self._drawings.take(wanted)
        wanted_now = frozenset(
            (
                *(("running", camera_id) for camera_id in answers.running_wanted),
                *(("still", camera_id) for camera_id in answers.stills_wanted),
                *((one.camera_id, one.number) for one in answers.drawings),
            )
        )
        if wanted_now - self._wanted:
            self._soon = _SOON_TURNS
        self._wanted = wanted_now

    def _report(self, guard: CameraGuard) -> CameraReport:
        camera, view = guard.camera, guard.figures.view
        return CameraReport(
            camera_id=camera.id,
            config_sha256=camera.sha256(),
            view=view.state,
            view_words=view.words[:_LONGEST_VIEW_WORDS],
            running=RunningCamera.of(camera) if camera.id in self._asked else None,
            answer=self._drawings.answer(camera),
        )

    def _bring(self, camera_id: str, content: bytes) -> None:
        try:
            self._door.bring_still(camera_id, content)
        except (Invalid, NotFound) as error:
            fields = {"action": "still_refused", "camera_id": camera_id, "reason": str(error)[:300]}
            logger.warning("The centre refuses a camera's still", extra=fields)

    def _failed(self, text: str) -> float:
        pause_s = self._pauses.next_s()
        if self._pauses.tries >= _REPORT_AFTER_TRIES:
            self._problems.report(ProblemCode.CENTRE_AWAY, f"cameras cannot be told of: {text}", about=_ABOUT)
        return pause_s

    def _run(self) -> None:
        pause_s = self._randomness.uniform(0.0, _FIRST_PAUSE_S)
        while not self._stop.wait(pause_s):
            pause_s = self.turn()
