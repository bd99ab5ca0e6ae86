"""Box and centre agree on reminders; the small peer of other tests behaves as the real centre does."""

import random
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import uvicorn

from api.principals import SYSTEM, Principal
from deploy.local.servers import LOOPBACK, free_port
from domain.cases.roles import Role
from domain.errors import Conflict, Invalid, NotAllowed, NotFound
from domain.law.catalogue import built_in_catalogue
from domain.reminder import ReminderState
from edge.delivery.centre import Centre
from edge.health.problems import ProblemBoard
from edge.reminders.book import ReminderBook
from edge.reminders.door import ReminderDoor
from edge.reminders.line import ReminderLine
from matthan.replay.replay import Replay
from matthan.replay.replay_evidence import NoPlates
from tests.builders.centre import CentreBuilder
from tests.builders.centre_peer import API_KEY, HttpPeer, PeerStore
from tests.builders.metronome import Metronome
from tests.builders.pavement_logs import trading
from tests.builders.pavement_scenes import MINUTE, pavement_camera
from tests.builders.reminders import build_reminder, place_picture, with_pictures
from tests.builders.watching import WallClock, wait_until

OBSERVED, STILL_THERE, CLEARED, CAME_BACK, BECAME_CASE = ReminderState
OPERATOR = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A centre that answers."""

    url: str
    api_key: str
    builder: CentreBuilder | None = None

    def door(self, api_key: str | None = None) -> ReminderDoor:
        return ReminderDoor(Centre(url=self.url, api_key=api_key or self.api_key, timeout_s=10.0))


@pytest.fixture(scope="module")
def real_centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    builder = CentreBuilder(tmp_path_factory.mktemp("centre"))
    builder.box_key("box-1")
    _, secret = builder.centre.machines.create_key(SYSTEM, name="box-1", role=Role.EDGE, box_id="box-1")
    port = free_port()
    server = uvicorn.Server(uvicorn.Config(builder.app, host=LOOPBACK, port=port, log_level="error"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_until(lambda: server.started, 60.0, "the centre answers")
    yield Running(url=f"http://{LOOPBACK}:{port}", api_key=secret, builder=builder)
    server.should_exit = True
    thread.join(20)
    builder.close()


@pytest.fixture(params=["peer", pytest.param("centre", marks=pytest.mark.server)])
def centre(request: pytest.FixtureRequest) -> Iterator[Running]:
    if request.param == "peer":
        with HttpPeer(PeerStore()) as peer:
            yield Running(url=peer.url, api_key=API_KEY)
        return
    yield request.getfixturevalue("real_centre")


def test_each_message_is_answered_with_its_hash_however_often_it_comes(centre: Running) -> None:
    door, told = centre.door(), build_reminder(place="pavement-1:0.1,0.5")
    longer = build_reminder(OBSERVED, STILL_THERE, place="pavement-1:0.1,0.5")
    for message in (told, told, longer, told, longer):
        answer = door.tell(message)
        assert (answer.reminder_id, answer.message_sha256) == (message.reminder_id, message.sha256())
    door.close()


def test_a_message_that_contradicts_is_a_conflict(centre: Running) -> None:
    door = centre.door()
    door.tell(build_reminder(OBSERVED, STILL_THERE, place="pavement-1:0.2,0.5"))
    with pytest.raises(Conflict):
        door.tell(build_reminder(OBSERVED, CLEARED, place="pavement-1:0.2,0.5"))
    door.close()


def test_another_key_is_let_in_nowhere(centre: Running) -> None:
    door = centre.door("no-such-key")
    with pytest.raises(NotAllowed):
        door.tell(build_reminder())
    door.close()


def test_a_picture_is_taken_as_often_as_it_comes_and_only_the_one_that_was_named(centre: Running) -> None:
    door, plain = centre.door(), build_reminder(place="pavement-1:0.3,0.5")
    told = with_pictures(plain, {0: place_picture(1)})
    with pytest.raises(NotFound):
        door.show(told.reminder_id, 0, place_picture(1))
    door.tell(told)
    with pytest.raises(Invalid):
        door.show(told.reminder_id, 0, place_picture(2))
    with pytest.raises(NotFound):
        door.show(told.reminder_id, 1, place_picture(1))
    for _ in range(2):
        door.show(told.reminder_id, 0, place_picture(1))
    door.close()


@pytest.mark.server
def test_what_recorded_lines_show_is_at_the_real_centre_within_seconds_as_reminder_and_as_case(
    real_centre: Running, tmp_path: Path, metronome: Metronome
) -> None:
    clock = WallClock()
    line = ReminderLine(
        book=ReminderBook(tmp_path),
        door=real_centre.door(),
        clock=clock,
        randomness=random.Random(1),
        problems=ProblemBoard(clock),
    )
    line.start()
    replay = Replay(
        pavement_camera(), (), box_id="box-1", catalogue=built_in_catalogue(), evidence=NoPlates("replayed")
    )
    result = replay.log(trading(45 * MINUTE).lines(45 * MINUTE))
    began_s = time.monotonic()
    for reminder in result.reminders:
        line.tell(reminder)
    wait_until(lambda: line.unsent == 0, 30.0, "the centre holds every message")
    took_s = metronome.since(began_s)
    line.close()
    assert took_s < 5.0
    assert real_centre.builder is not None
    listed = {one.reminder_id: one for one in real_centre.builder.centre.reminders.list(OPERATOR).items}
    newest = result.reminders[-1]
    assert listed[newest.reminder_id].state is BECAME_CASE
    assert newest.case_id == result.cases[0].case_id
