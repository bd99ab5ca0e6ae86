"""What is wrong with a line to the production broker: on the centre's pages, on a box's problem board."""

import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI

from api.intake.broker_line import BrokerLine
from api.intake.mqtt_door import MqttDoor
from api.principals import Principal
from api.settings import MqttSettings, Secret
from api.web.readiness import Watched, add_readiness
from domain.cases.roles import Role
from domain.fleet.health import Heartbeat, ProblemCode
from domain.instants import from_text
from edge.delivery.broker import Broker, Tls
from edge.delivery.mqtt_link import MqttLink, Pace
from edge.health.problems import ProblemBoard
from plumbing.system_clock import SystemClock
from tests.builders.asgi_client import AsgiClient
from tests.builders.box_process import wait_for
from tests.builders.centre import CentreBuilder
from tests.builders.production_broker import Peer, ProductionBroker

pytestmark = pytest.mark.server
CLIENT_ID = "matthan-centre"


@contextmanager
def watched(broker: ProductionBroker, builder: CentreBuilder, user: str = "centre") -> Iterator[AsgiClient]:
    """The centre's line as ``user``, and the pages that show it."""
    clock = SystemClock()
    line = BrokerLine(clock)
    settings = MqttSettings(
        host=broker.host,
        port=broker.port,
        username=user,
        password=Secret(file=broker.folder.password_file(user)),
        ca_file=broker.certificates.ca_file,
    )
    door = MqttDoor(settings, builder.centre, line)
    app = FastAPI()
    silent = builder.centre.health.silent_boxes
    watched = Watched(
        ask_database=lambda: None,
        silent_boxes=silent,
        dropped=lambda: (),
        looks=builder.centre.report_analyses.standing,
        standing=builder.centre.problems.standing,
        refused=builder.centre.sign_in.refused_lately,
        unstated_accounts=builder.centre.accounts.unstated_deciders,
        line=line,
        clock=clock,
    )
    add_readiness(app, watched)
    door.start()
    try:
        yield AsgiClient(app, base_url="http://127.0.0.1")
    finally:
        door.close()


def box_link(
    broker: ProductionBroker,
    clock: SystemClock,
    heartbeat: Callable[[], Heartbeat],
    problems: ProblemBoard | None = None,
) -> MqttLink:
    """The line of box-1, with heartbeats four times a second."""
    return MqttLink(
        box_id="box-1",
        broker=Broker(
            host=broker.host,
            port=broker.port,
            username="box-1",
            password=broker.password("box-1"),
            tls=Tls(ca_file=broker.certificates.ca_file),
        ),
        heartbeat=heartbeat,
        clock=clock,
        randomness=random.Random(1),
        problems=problems or ProblemBoard(),
        pace=Pace(heartbeat_s=0.25, reconnect_first_s=0.1, reconnect_longest_s=0.2),
    )


def problems(page: AsgiClient) -> dict[str, dict[str, Any]]:
    """Of /readyz, by code."""
    answer = page.get("/readyz")
    document = answer.json()
    assert answer.status_code == (503 if document["problems"] else 200)
    return {each["code"]: each for each in document["problems"]}


def stands(page: AsgiClient) -> Callable[[], bool]:
    return lambda: "broker_away" not in problems(page)


def has(page: AsgiClient, code: str) -> Callable[[], bool]:
    return lambda: code in problems(page)


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[CentreBuilder]:
    made = CentreBuilder(tmp_path / "centre")
    yield made
    made.close()


def test_a_broker_that_goes_away_is_reported_with_since_when_until_it_is_back(
    tmp_path: Path, centre: CentreBuilder
) -> None:
    with ProductionBroker(tmp_path / "b", boxes=("box-1",)) as broker, watched(broker, centre) as page:
        wait_for(stands(page), "the line stands")
        assert "matthan_broker_connected 1.0" in page.get("/metrics").text
        broker.kill()
        wait_for(has(page, "broker_away"), "the broker is away")
        first = problems(page)["broker_away"]
        assert first["remedy"]
        assert problems(page)["broker_away"]["since"] == first["since"]
        metrics = page.get("/metrics").text
        assert 'matthan_centre_problem{code="broker_away"} 1.0' in metrics
        assert "matthan_broker_connected 0.0" in metrics
        broker.start()
        wait_for(stands(page), "the line stands again")
        assert "matthan_broker_losses_total 1.0" in page.get("/metrics").text


def test_a_login_that_is_refused_is_reported(tmp_path: Path, centre: CentreBuilder) -> None:
    with ProductionBroker(tmp_path / "b", boxes=("box-1",)) as broker:
        broker.folder.password_file("centre").with_name("wrong").write_text("wrong")
        broker.folder.password_file("wrong").chmod(0o600)
        with watched(broker, centre, user="wrong") as page:
            wait_for(has(page, "broker_refuses_login"), "the refusal")


def test_a_subscription_that_is_refused_is_reported(tmp_path: Path, centre: CentreBuilder) -> None:
    """The centre's settings hold a box's account by mistake: it may log in, but hears nothing."""
    with (
        ProductionBroker(tmp_path / "b", boxes=("box-1",)) as broker,
        watched(broker, centre, user="box-1") as page,
    ):
        wait_for(has(page, "broker_refuses_subscription"), "the refusal")
        assert "matthan_broker_refused_subscriptions_total" in page.get("/metrics").text


def test_two_clients_that_fight_for_one_id_are_reported(tmp_path: Path, centre: CentreBuilder) -> None:
    with ProductionBroker(tmp_path / "b", boxes=("box-1",)) as broker, watched(broker, centre) as page:
        wait_for(stands(page), "the line stands")
        with Peer(broker, "centre", client_id=CLIENT_ID):  # it comes back after a second, as the centre does
            wait_for(has(page, "broker_line_taken_over"), "the fight")
        problem = problems(page)["broker_line_taken_over"]
        assert "client id" in problem["text"]
        assert "mqtt.client_id" in problem["remedy"]
        assert 'matthan_centre_problem{code="broker_line_taken_over"} 1.0' in page.get("/metrics").text


def test_a_box_that_freezes_is_named_by_the_centre_while_the_broker_holds_its_line(
    tmp_path: Path, centre: CentreBuilder
) -> None:
    """Its sockets stay open: no last will comes for a minute and a half, and the centre counts by its own clock."""
    centre.box_key("box-1")
    running, clock = threading.Event(), SystemClock()
    running.set()

    def heartbeat() -> Heartbeat:
        running.wait()
        return Heartbeat(box_id="box-1", status="online", at=clock.now())

    reader = Principal(actor="user:minh", name="Minh", role=Role.AUDITOR)
    with ProductionBroker(tmp_path / "b", boxes=("box-1",)) as broker, watched(broker, centre) as page:
        link = box_link(broker, clock, heartbeat)
        link.start()
        try:
            wait_for(lambda: bool(centre.centre.health.boxes(reader)), "the first heartbeat")
            assert problems(page).keys() == set()
            running.clear()
            time.sleep(0.5)  # what was on its way has come in
            heard_at = centre.centre.health.boxes(reader)[0].received_at
            centre.clock.advance(44)
            assert "boxes_silent" not in problems(page)
            centre.clock.advance(2)
            problem = problems(page)["boxes_silent"]
            assert "box-1" in problem["text"]
            assert from_text(problem["since"]) == heard_at == centre.centre.health.boxes(reader)[0].silent_since
            assert centre.centre.health.boxes(reader)[0].status == "online", "the broker has not dropped it"
            (line,) = [one for one in page.get("/metrics").text.splitlines() if one.startswith("matthan_box_silent")]
            assert line.startswith('matthan_box_silent_since_seconds{box="box-1"} ')
            assert float(line.split()[1]) == heard_at.timestamp()
            running.set()
            wait_for(lambda: "boxes_silent" not in problems(page), "it is heard again")
        finally:
            running.set()
            link.close()
        wait_for(lambda: centre.centre.health.boxes(reader)[0].status == "offline", "its goodbye")
        centre.clock.advance(3600)
        assert "boxes_silent" not in problems(page), "it was switched off in order"


def test_a_box_whose_name_another_uses_reports_it(tmp_path: Path) -> None:
    clock, problems = SystemClock(), ProblemBoard()
    with ProductionBroker(tmp_path / "b", boxes=("box-1",)) as broker:
        link = box_link(broker, clock, lambda: Heartbeat(box_id="box-1", status="online"), problems)
        link.start()
        try:
            wait_for(lambda: link.connected, "the line stands")
            with Peer(broker, "box-1", client_id="matthan-edge-box-1"):
                wait_for(lambda: problems.stands(ProblemCode.BROKER_LINE_TAKEN_OVER), "the fight")
        finally:
            link.close()
