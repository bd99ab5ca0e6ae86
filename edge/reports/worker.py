"""Asks the centre for files of citizens' reports, one by one, has the networks look, and tells what they saw."""

import logging
import random
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence

from domain.errors import DetectionError, EvidenceError, Invalid, NotAllowed, NotFound, TransportError
from domain.report_analysis import (
    FILM_PART_BYTES,
    MOST_FILM_PARTS,
    AnalysisFailure,
    AnalysisProblem,
    AnalysisTask,
)
from edge.delivery.centre import CentreBusy
from edge.reports.door import AnalysisDoor
from edge.reports.look import Look
from edge.reports.stills import DecodedStill, NoStills, decode_film
from plumbing.backoff import Backoff

logger = logging.getLogger(__name__)

ASK_EVERY_S = 10.0  # while nothing waits
_FIRST_PAUSE_S = 5.0
_LONGEST_PAUSE_S = 300.0
_MAY_GO_BETTER = frozenset({AnalysisProblem.TIMED_OUT})


class ReportWorker:
    """Works until it is asked to stop.

    Args:
        door: to the centre.
        look: the networks.
        decode: gives the pictures of a file, or raises ``NoStills``.
        decode_film: gives all that a copy of a video shows, one by one, or raises it.
        randomness: so that not all workers ask at once.
    """

    def __init__(
        self,
        door: AnalysisDoor,
        *,
        look: Look,
        decode: Callable[[bytes], Sequence[DecodedStill]],
        decode_film: Callable[[bytes], Iterable[DecodedStill]] = decode_film,
        randomness: random.Random,
    ) -> None:
        self._door = door
        self._look = look
        self._decode = decode
        self._decode_film = decode_film
        self._randomness = randomness
        self._pauses = Backoff(first_s=_FIRST_PAUSE_S, longest_s=_LONGEST_PAUSE_S, randomness=randomness)
        self._stop = threading.Event()

    def request_stop(self) -> None:
        """Have it end after the file under way."""
        self._stop.set()

    def run(self) -> None:
        """Work; a centre that is away is tried for ever."""
        try:
            while not self._stop.wait(self.turn()):
                pass
        finally:
            self._door.close()

    def turn(self) -> float:
        """Look at one file, if one waits.

        Returns:
            Seconds until the next turn.
        """
        try:
            task = self._door.pull()
            if task is not None:
                self._work(task)
        except CentreBusy as error:
            return max(error.retry_after_s, self._pauses.next_s())
        except NotFound:  # the lease ended meanwhile, or a centre of an earlier version has no such door
            logger.warning("The centre has taken the file back", extra={"action": "report_lease_over"})
            return self._pauses.next_s()
        except (TransportError, NotAllowed, Invalid) as error:
            fields = {"action": "report_not_told", "reason": str(error)[:300]}
            logger.warning("The centre does not take what was seen", extra=fields)
            return self._pauses.next_s()
        self._pauses.reset()
        return 0.0 if task is not None else ASK_EVERY_S * self._randomness.uniform(0.8, 1.2)

    def _work(self, task: AnalysisTask) -> None:
        try:
            content = self._door.file(task)
        except (NotFound, Invalid) as error:
            self._give_back(task, AnalysisProblem.NOT_READABLE, error, again=True)
            return
        try:
            looked = self._look.at(self._decode(content))
        except NoStills as error:
            self._give_back(task, error.problem, error, again=error.problem in _MAY_GO_BETTER)
            return
        except (DetectionError, EvidenceError) as error:
            self._give_back(task, AnalysisProblem.NETWORKS_FAILED, error, again=True)
            return
        for number, picture in enumerate(looked.pictures, start=1):
            self._door.bring(task.lease_id, number, picture)
        if task.media_type == "video/mp4":
            self._bring_film(task, content)
        self._door.finish(task.lease_id, looked.findings)
        fields = {"action": "report_analysed", "lease_id": str(task.lease_id), "pictures": len(looked.pictures)}
        logger.info("A citizen's file was looked at", extra=fields)

    def _bring_film(self, task: AnalysisTask, content: bytes) -> None:
        """A copy of all of it; that there is none keeps back nothing else, and the centre shows none."""
        fields = {"action": "report_film", "lease_id": str(task.lease_id)}
        try:
            film = self._look.film(self._until_stopped(self._decode_film(content)))
        except (NoStills, DetectionError, EvidenceError) as error:
            logger.warning("A citizen's video has no blurred copy", extra=fields | {"reason": str(error)[:300]})
            return
        if film is None or len(film) > FILM_PART_BYTES * MOST_FILM_PARTS:
            logger.warning("A citizen's video has no blurred copy", extra=fields | {"reason": "it would be too large"})
            return
        try:
            self._door.bring_film(task.lease_id, film)
        except NotFound:  # a centre of an earlier version; where the lease is over, the next request says so
            logger.warning("The centre takes no blurred copies of videos", extra=fields)

    def _until_stopped(self, pictures: Iterable[DecodedStill]) -> Iterator[DecodedStill]:
        for picture in pictures:
            if self._stop.is_set():
                raise NoStills(AnalysisProblem.TIMED_OUT)
            yield picture

    def _give_back(self, task: AnalysisTask, problem: AnalysisProblem, error: Exception, *, again: bool) -> None:
        fields = {"action": "report_given_back", "lease_id": str(task.lease_id), "reason": type(error).__name__}
        logger.warning("A citizen's file could not be looked at", extra=fields | {"problem": problem.value})
        self._door.give_back(task.lease_id, AnalysisFailure(problem=problem, again=again))
