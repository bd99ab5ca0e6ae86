"""``/readyz`` and ``/metrics``: what is wrong with the centre, since when, and what to do; for those who watch it.

``/healthz`` says only whether the database answers; a load balancer asks that, since a broker that is away is no reason
to send nobody to the console.
"""

from collections.abc import Callable, Iterable
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.responses import JSONResponse, Response
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from api.errors import StoreUnavailable
from api.intake.broker_line import BrokerLine
from api.web.sessions import anyone
from domain.health import HealthProblem
from domain.instants import Clock


def add_readiness(app: FastAPI, *, ask_database: Callable[[], object], line: BrokerLine | None, clock: Clock) -> None:
    """Add both pages.

    Args:
        app: the application.
        ask_database: raises StoreUnavailable when it does not answer.
        line: to the broker; None: this process holds none.
        clock: says since when the database is away.
    """
    watch = _Watch(ask_database, line, clock)
    registry = CollectorRegistry()
    registry.register(watch)

    @app.get("/readyz", include_in_schema=False, dependencies=[anyone()])
    def readyz() -> Response:
        """Every problem with its remedy; 503 when there is one."""
        problems = watch.problems()
        document = {
            "status": "problems" if problems else "ok",
            "problems": [problem.model_dump(mode="json", exclude={"camera_id"}) for problem in problems],
        }
        return JSONResponse(document, HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK)

    @app.get("/metrics", include_in_schema=False, dependencies=[anyone()])
    def metrics() -> Response:
        """The same for Prometheus."""
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)


class _Watch(Collector):
    def __init__(self, ask_database: Callable[[], object], line: BrokerLine | None, clock: Clock) -> None:
        self._ask_database = ask_database
        self._line = line
        self._clock = clock

    def problems(self) -> tuple[HealthProblem, ...]:
        """Of database and broker."""
        of_line = self._line.problems() if self._line is not None else ()
        try:
            self._ask_database()
        except StoreUnavailable:
            away = HealthProblem(
                code="database_away",
                text="The database does not answer",
                remedy="Check that it runs and can be reached; boxes and their cases wait meanwhile.",
                since=self._clock.now(),
            )
            return (away, *of_line)
        return of_line

    def describe(self) -> Iterable[Metric]:
        """Nothing: asking the database at registration would make its absence an error of start-up."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Read everything now."""
        problem = GaugeMetricFamily("matthan_centre_problem", "1 while a problem stands", labels=["code"])
        since = GaugeMetricFamily("matthan_centre_problem_since_seconds", "Unix time it began at", labels=["code"])
        for each in self.problems():
            problem.add_metric([each.code], 1)
            since.add_metric([each.code], each.since.timestamp())
        yield problem
        yield since
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
