"""``/readyz`` and ``/metrics``: what is wrong with the centre, since when, and what to do; for those who watch it.

``/healthz`` says only whether the database answers; a load balancer asks that, since a broker that is away is no reason
to send nobody to the console.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.cases.workload import Dropped
from api.citizens.analyses import Looks
from api.errors import StoreUnavailable
from api.fleet_health import SilentBox
from api.intake.broker_line import BrokerLine
from api.people.throttle import Door
from api.standing_problems import StandingProblem
from api.web.sessions import anyone
from domain.fleet.health import LONGEST_TEXT, HealthProblem
from domain.instants import Clock, to_text

_LONGEST_LIST = 3  # boxes named in one problem; all of them stand in the metrics and in GET /api/v1/health/boxes


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What the centre is asked of itself."""

    ask_database: Callable[[], object]  # raises StoreUnavailable when it does not answer
    silent_boxes: Callable[[], Sequence[SilentBox]]  # of which nothing is heard, the longest silent first
    dropped: Callable[[], Sequence[Dropped]]  # cases of the last day that the written rule for a full queue dropped
    looks: Callable[[], Looks]  # at citizens' reports
    standing: Callable[[], Sequence[StandingProblem]]  # what any process of the centre has found wrong
    refused: Callable[[], Mapping[Door, int]]  # tries of the last day that the throttle did not look at
    unstated_accounts: Callable[[], int]  # of people who decide, and nobody has said which person it is
    line: BrokerLine | None  # to the broker; None: this process holds none
    clock: Clock  # says since when the database is away


def add_readiness(app: FastAPI, watched: Watched) -> None:
    """Add both pages to an application."""
    watch = _Watch(watched)
    registry = CollectorRegistry()
    registry.register(watch)

    @app.get("/readyz", include_in_schema=False, dependencies=[anyone()])
    def readyz() -> Response:
        """Every problem with its remedy; 503 when there is one."""
        problems = watch.look().problems
        document = {
            "status": "problems" if problems else "ok",
            "problems": [problem.model_dump(mode="json", exclude={"camera_id"}) for problem in problems],
        }
        return JSONResponse(document, HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK)

    @app.get("/metrics", include_in_schema=False, dependencies=[anyone()])
    def metrics() -> Response:
        """The same for Prometheus."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sight:
    problems: tuple[HealthProblem, ...]
    silent: Sequence[SilentBox] | None  # None: nobody knows while the database is away
    dropped: int | None  # likewise
    looks: Looks | None
    unstated: int | None
    refused: Mapping[Door, int] | None


class _Watch(Collector):
    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._line = watched.line

    def look(self) -> _Sight:
        """At database, broker and boxes."""
        of_line = self._line.problems() if self._line is not None else ()
        try:
            self._watched.ask_database()
            silent, dropped, looks = self._watched.silent_boxes(), self._watched.dropped(), self._watched.looks()
            standing, unstated = self._watched.standing(), self._watched.unstated_accounts()
            refused = self._watched.refused()
        except StoreUnavailable:
            away = HealthProblem(
                code="database_away",
                text="The database does not answer",
                remedy="Check that it runs and can be reached; boxes and their cases wait meanwhile.",
                since=self._watched.clock.now(),
            )
            return _Sight(problems=(away, *of_line), silent=None, dropped=None, looks=None, unstated=None, refused=None)
        problems = (*of_line, *_by_code(standing), *_of_boxes(silent), *_of_queue(dropped))
        cases = sum(each.cases for each in dropped)
        return _Sight(problems=problems, silent=silent, dropped=cases, looks=looks, unstated=unstated, refused=refused)

    def describe(self) -> Iterable[Metric]:
        """Nothing: asking the database at registration would make its absence an error of start-up."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Read everything now."""
        problem = GaugeMetricFamily("matthan_centre_problem", "1 while a problem stands", labels=["code"])
        since = GaugeMetricFamily("matthan_centre_problem_since_seconds", "Unix time it began at", labels=["code"])
        sight = self.look()
        for each in sight.problems:
            problem.add_metric([each.code], 1)
            since.add_metric([each.code], each.since.timestamp())
        yield problem
        yield since
        if sight.silent is not None:
            silent = GaugeMetricFamily(
                "matthan_box_silent_since_seconds", "Unix time since which nothing is heard of a box", labels=["box"]
            )
            for box in sight.silent:
                silent.add_metric([box.box_id], box.since.timestamp())
            yield silent
        if sight.dropped is not None:
            yield GaugeMetricFamily(
                "matthan_cases_dropped_last_day", "Cases dropped unseen since the queue was full", sight.dropped
            )
        if sight.unstated is not None:
            unstated = "Accounts that decide, or that hold a case up, of which nobody has stated the person"
            yield GaugeMetricFamily("matthan_accounts_without_person", unstated, sight.unstated)
        if sight.refused is not None:
            told = "Tries of the last day that the throttle refused to look at"
            refused = GaugeMetricFamily("matthan_tries_refused_last_day", told, labels=["door"])
            for door, number in sight.refused.items():
                refused.add_metric([door], number)
            yield refused
        if sight.looks is not None:
            yield from _of_looks(sight.looks)
        if self._line is None:
            return
        now = self._line.figures()
        yield GaugeMetricFamily("matthan_broker_connected", "Whether the line to the broker stands", int(now.connected))
        yield GaugeMetricFamily(
            "matthan_broker_short_lines", "Lines of the last ten minutes that broke within 30 s", now.short_lines
        )
        yield CounterMetricFamily("matthan_broker_connects", "Lines to the broker that stood", now.connects)
        yield CounterMetricFamily("matthan_broker_losses", "Lines to the broker that broke", now.losses)
        yield CounterMetricFamily(
            "matthan_broker_refused_subscriptions", "Subscriptions not granted", now.refused_subscriptions
        )


def _of_looks(looks: Looks) -> Iterable[Metric]:
    waits = "Files of citizens' reports that wait for a worker's look"
    yield GaugeMetricFamily("matthan_report_looks_waiting", waits, looks.waiting)
    if looks.waiting_since is not None:
        since = "Unix time at which the report that waits longest for it came"
        yield GaugeMetricFamily("matthan_report_looks_waiting_since_seconds", since, looks.waiting_since.timestamp())
    failed = "Files of reports that nobody answered yet at which no look came about"
    yield GaugeMetricFamily("matthan_report_looks_failed", failed, looks.failed)


def _by_code(standing: Sequence[StandingProblem]) -> tuple[HealthProblem, ...]:
    """One problem a code, since its oldest: two would be one series of the metrics twice."""
    found: dict[str, HealthProblem] = {}
    for each in (problem.told() for problem in standing):
        first = found.setdefault(each.code, each)
        if first is not each and len(first.text) + len(each.text) + 2 <= LONGEST_TEXT:
            found[each.code] = first.model_copy(update={"text": f"{first.text}; {each.text}"})
    return tuple(found.values())


def _of_boxes(silent: Sequence[SilentBox]) -> tuple[HealthProblem, ...]:
    if not silent:
        return ()
    named = ", ".join(f"{box.box_id} since {to_text(box.since)}" for box in silent[:_LONGEST_LIST])
    more = f" and {len(silent) - _LONGEST_LIST} more" if len(silent) > _LONGEST_LIST else ""
    text = f"Nothing is heard of {named}{more}"
    if len(text) > LONGEST_TEXT:
        text = f"Nothing is heard of {len(silent)} boxes, the first of them {silent[0].box_id}"
    problem = HealthProblem(
        code="boxes_silent",
        text=text,
        remedy="Check power and uplink of the box, then its log; where many are named at once, the broker first.",
        since=silent[0].since,
    )
    return (problem,)


def _of_queue(dropped: Sequence[Dropped]) -> tuple[HealthProblem, ...]:
    if not dropped:
        return ()
    number = sum(each.cases for each in dropped)
    problem = HealthProblem(
        code="queue_full",
        text=f"{number} cases were dropped unseen in the last day, since more wait than may",
        remedy="Let more people review, stop rules that are mostly wrong, or raise review.queue_limit.",
        since=min(each.first_at for each in dropped),
    )
    return (problem,)
