"""The production broker under attack: a real nats-server, configured by ``python -m deploy.broker``, over TLS.

The attacker holds the credentials of box-2, or none.
"""

import json
import socket
import ssl
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from deploy.broker.permissions import MAX_PAYLOAD_BYTES
from deploy.local.process import LOOPBACK, accepts
from domain.errors import ConfigurationError
from domain.fleet.topics import ROOT, edge_signals, ward_ready
from tests.builders.box_process import wait_for
from tests.builders.production_broker import Peer, ProductionBroker

pytestmark = pytest.mark.server
EDGE = f"{ROOT}/edge"
OWN = f"{EDGE}/box-1/config"
BELL = f"{ROOT}/police/traffic_police/ready"
CENTRE_HEARS = tuple(f"{EDGE}/+/{kind}" for kind in ("heartbeat", "health", "alert"))
VICTIM_ID = "matthan-edge-box-1"
END = b"the end"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ProductionBroker]:
    root = tmp_path_factory.mktemp("broker")
    queues = ("traffic_police", "ward_police")
    wards = ("phu-xuan", "thuan-hoa")
    boxes = ("box-1", "box-2")
    with ProductionBroker(root, boxes=boxes, queues=queues, wards=wards, controllers=boxes) as running:
        yield running


@pytest.fixture
def centre(broker: ProductionBroker) -> Iterator[Peer]:
    with Peer(broker, "centre", client_id="matthan-centre", subscribe=CENTRE_HEARS, clean=True) as peer:
        yield peer


@pytest.fixture
def victim(broker: ProductionBroker) -> Iterator[Peer]:
    with Peer(broker, "box-1", client_id=VICTIM_ID, subscribe=(OWN,)) as peer:
        yield peer


@pytest.fixture
def thief(broker: ProductionBroker) -> Iterator[Peer]:
    with Peer(broker, "box-2", client_id="thief", clean=True) as peer:
        yield peer


def live(peer: Peer) -> list[tuple[str, bytes]]:
    """What it heard, without retained messages of earlier tests."""
    return [(topic, payload) for topic, payload, retained in peer.heard if not retained]


# what must work


def test_each_message_of_the_contract_passes(broker: ProductionBroker, centre: Peer, victim: Peer) -> None:
    sent = [(f"{EDGE}/box-1/{kind}", kind.encode()) for kind in ("heartbeat", "health", "alert")]
    for topic, payload in sent:
        victim.send(topic, payload, retain=topic.endswith("heartbeat"))
    victim.send(f"{EDGE}/box-1/health", b"of QoS 0", qos=0)
    with Peer(broker, "police-traffic_police", subscribe=(BELL,), clean=True) as police:
        centre.send(OWN, b"desired", retain=True)
        centre.send(BELL, b"ready")
        police.wait_until(lambda: (BELL, b"ready") in live(police), "no doorbell")
        victim.wait_until(lambda: (OWN, b"desired") in live(victim), "no notice")
        centre.wait_until(lambda: len(live(centre)) == 4, "something is missing, or came twice")
    assert sorted(live(centre)) == sorted([*sent, (f"{EDGE}/box-1/health", b"of QoS 0")])


def test_a_ward_hears_its_own_bell_and_no_other_and_says_nothing(broker: ProductionBroker, centre: Peer) -> None:
    mine, other = ward_ready("phu-xuan"), ward_ready("thuan-hoa")
    wanted = (mine, other, BELL, f"{ROOT}/ward/+/ready", f"{EDGE}/box-1/heartbeat")
    with Peer(broker, "ward-phu-xuan", subscribe=(mine,), clean=True) as ward:
        assert ward.subscribe(*wanted) == [True, False, False, False, False]
        centre.send(other, b"ready")
        centre.send(mine, b"ready")
        ward.wait_until(lambda: (mine, b"ready") in live(ward), "no doorbell")
        assert live(ward) == [(mine, b"ready")]


def test_a_controller_says_the_signals_of_its_box_alone_and_hears_nothing(
    broker: ProductionBroker, centre: Peer, thief: Peer
) -> None:
    mine, other = edge_signals("box-1"), edge_signals("box-2")
    with (
        Peer(broker, "box-1", client_id="same-id", clean=True) as box,
        Peer(broker, "signals-box-1", client_id="same-id", clean=True) as controller,
        Peer(broker, "signals-box-2", client_id="stranger", clean=True) as stranger,
    ):
        assert box.subscribe(mine, other, f"{EDGE}/+/signals") == [True, False, False]
        assert thief.subscribe(mine, other) == [False, True]
        assert controller.subscribe(mine, OWN, "#") == [False, False, False]
        assert centre.subscribe(mine) == [False]
        for peer in (stranger, thief, box, centre):
            peer.send(mine, b"forged")
        for topic in (other, OWN, f"{EDGE}/box-1/health", f"{EDGE}/box-1/heartbeat", f"$MQTT/msgs/{mine}"):
            controller.send(topic, b"forged")
        said = [(mine, b"red"), (mine, b"x" * 60_000)]
        for topic, payload in said:
            controller.send(topic, payload)
        controller.send(mine, b"of QoS 0", qos=0)
        stranger.send(other, END)
        box.send(f"{EDGE}/box-1/health", END)
        box.wait_until(lambda: len(live(box)) == 3, "signals are missing")
        thief.wait_until(lambda: bool(live(thief)), "signals are missing")
        centre.wait_until(lambda: bool(live(centre)), "the box's own message is missing")
        assert sorted(live(box)) == sorted([*said, (mine, b"of QoS 0")])
        assert live(thief) == [(other, END)]
        assert live(centre) == [(f"{EDGE}/box-1/health", END)]
        assert (box.losses, centre.losses, thief.losses) == (0, 0, 0), "one client id in two accounts ends no line"


def test_a_retained_signal_stays_in_the_controllers_account(broker: ProductionBroker) -> None:
    mine = edge_signals("box-1")
    with Peer(broker, "signals-box-1", client_id="retaining", clean=True) as controller:
        controller.send(mine, b"an old red", retain=True)
        with Peer(broker, "box-1", client_id="later", subscribe=(mine,), clean=True) as box:
            controller.send(mine, END)
            box.wait_until(lambda: (mine, END, False) in box.heard, "the live one is missing")
            assert box.heard == [(mine, END, False)]
        controller.send(mine, b"", retain=True)


def test_too_long_a_push_ends_the_controllers_line_only(broker: ProductionBroker) -> None:
    mine = edge_signals("box-1")
    with (
        Peer(broker, "box-1", client_id="hearing", subscribe=(mine,), clean=True) as box,
        Peer(broker, "signals-box-1", client_id="long", clean=True) as controller,
    ):
        controller.try_to_send(mine, b"x" * (MAX_PAYLOAD_BYTES + 1))
        controller.wait_until(lambda: controller.losses > 0, "the line stands")
        with Peer(broker, "signals-box-1", client_id="short", clean=True) as honest:
            honest.send(mine, END)
            box.wait_until(lambda: (mine, END) in live(box), "nothing comes any more")
        assert (box.losses, live(box)) == (0, [(mine, END)])


def test_retained_and_waiting_messages_pass_between_accounts_over_a_kill(tmp_path: Path) -> None:
    with ProductionBroker(tmp_path, boxes=("box-1",)) as broker:
        with Peer(broker, "centre", subscribe=CENTRE_HEARS), Peer(broker, "box-1", subscribe=(OWN,)):
            pass  # both sessions are known from here on
        with Peer(broker, "box-1", client_id="other") as box:
            box.send(f"{EDGE}/box-1/health", b"while the centre was away")
            box.send(f"{EDGE}/box-1/heartbeat", b"beat", retain=True)
        with Peer(broker, "centre", client_id="other") as centre:
            centre.send(OWN, b"desired", retain=True)
        broker.kill()
        broker.start()
        with Peer(broker, "box-1", client_id="other") as box:
            box.send(f"{EDGE}/box-1/alert", b"after the kill, before the centre")
        with Peer(broker, "centre", subscribe=CENTRE_HEARS) as centre, Peer(broker, "box-1") as box:
            assert centre.session_was_there
            centre.wait_until(lambda: len({payload for _, payload, _ in centre.heard}) == 3, "something is lost")
            box.wait_until(lambda: (OWN, b"desired", False) in box.heard, "the notice is lost")
        with Peer(broker, "centre", client_id="late", subscribe=CENTRE_HEARS, clean=True) as late:
            assert late.wait_for(1) == [(f"{EDGE}/box-1/heartbeat", b"beat", True)]
        with Peer(broker, "box-1", client_id="late", subscribe=(OWN,), clean=True) as late:
            assert late.wait_for(1) == [(OWN, b"desired", True)]


def test_a_box_is_added_and_removed_without_cutting_any_line(tmp_path: Path) -> None:
    with (
        ProductionBroker(tmp_path, boxes=("box-1",)) as broker,
        Peer(broker, "centre", subscribe=CENTRE_HEARS) as centre,
        Peer(broker, "box-1") as box,
    ):
        password = broker.folder.add_box("box-9").read_text().strip()
        broker.reload()
        wait_for(lambda: _may_log_in(broker, "box-9", password), "the new box is let in")
        with Peer(broker, "box-9") as added:
            added.send(f"{EDGE}/box-9/health", b"hello")
            centre.wait_until(lambda: (f"{EDGE}/box-9/health", b"hello") in live(centre), "nothing of the new box")
        holder = Peer(broker, "box-9", client_id="holder", password=password)
        broker.folder.remove(box_id="box-9")
        broker.reload()
        holder.wait_until(lambda: holder.losses > 0, "a removed box stays connected")
        holder.close()
        wait_for(lambda: not _may_log_in(broker, "box-9", password), "the removed box is refused")
        box.send(f"{EDGE}/box-1/health", b"still here")
        centre.wait_until(lambda: (f"{EDGE}/box-1/health", b"still here") in live(centre), "nothing of the old box")
        assert (centre.losses, box.losses) == (0, 0)


def test_a_notice_retained_before_a_box_ever_connected_waits_for_it_after_the_first_visit(tmp_path: Path) -> None:
    """The broker makes an account's store at its first login: ``first-visit`` is that login, long before the box is."""
    with ProductionBroker(tmp_path, boxes=("box-1",), queues=("traffic_police",)) as broker:
        broker.folder.add_box("box-9")
        broker.reload()
        wait_for(lambda: _all_visited(broker) == ["box-1", "box-9", "police-traffic_police"], "all are let in")
        with Peer(broker, "centre", client_id="other", clean=True) as centre:
            for box_id in ("box-1", "box-9"):
                centre.send(f"{EDGE}/{box_id}/config", b"an older one", retain=True)
                centre.send(f"{EDGE}/{box_id}/config", b"desired", retain=True)
        broker.kill()
        broker.start()
        for box_id in ("box-1", "box-9"):
            own = f"{EDGE}/{box_id}/config"
            with Peer(broker, box_id, subscribe=(own,), clean=True) as box:
                assert box.wait_for(1) == [(own, b"desired", True)]


def test_a_first_visit_says_who_is_not_let_in(tmp_path: Path) -> None:
    with ProductionBroker(tmp_path, boxes=("box-1",)) as broker:
        broker.folder.add_box("box-9")  # and the broker is not reloaded
        with pytest.raises(ConfigurationError, match=r"does not let box-9 in.*reloaded"):
            broker.folder.first_visits()
        broker.kill()
        with pytest.raises(ConfigurationError, match="cannot be reached"):
            broker.folder.first_visits()


def _all_visited(broker: ProductionBroker) -> list[str]:
    try:
        return broker.folder.first_visits()
    except ConfigurationError:
        return []  # it has not read its file again yet


def _may_log_in(broker: ProductionBroker, user: str, password: str) -> bool:
    with Peer(broker, user, client_id="try", password=password, clean=True) as peer:
        return peer.accepted


# reading what is others'


@pytest.mark.parametrize(
    "topic_filter",
    [
        OWN,
        f"{EDGE}/+/config",
        f"{EDGE}/#",
        "#",
        "+/+/+/+/+",
        "+/#",
        f"{EDGE}/box-1/heartbeat",
        f"{EDGE}/box-2/heartbeat",
        BELL,
        f"{ROOT}/police/+/ready",
        "$MQTT/#",
        "$MQTT/msgs/#",
        "$MQTT/rmsgs/#",
        "$MQTT/sess/#",
        "$MQTT/sub/#",
        "$MQTT/JSA/#",
        "$JS/#",
        "$JS/API/#",
        "$SYS/#",
        "_INBOX/#",
    ],
)
def test_a_box_may_not_subscribe_to_anything_but_its_own_notice(
    broker: ProductionBroker, centre: Peer, victim: Peer, thief: Peer, topic_filter: str
) -> None:
    centre.send(OWN, b"for box-1 only", retain=True)
    victim.send(f"{EDGE}/box-1/heartbeat", b"of box-1", retain=True)
    assert thief.subscribe(topic_filter) == [False]
    assert thief.subscribe(f"{EDGE}/box-2/config") == [True]
    centre.send(OWN, b"again", retain=True)
    centre.send(f"{EDGE}/box-2/config", END)
    thief.wait_until(lambda: any(payload == END for _, payload, _ in thief.heard), "its own notice did not come")
    assert {topic for topic, _, _ in thief.heard} == {f"{EDGE}/box-2/config"}


@pytest.mark.parametrize(
    "topic_filter", [f"{ROOT}/police/ward_police/ready", f"{ROOT}/police/+/ready", "#", *CENTRE_HEARS]
)
def test_the_police_hear_their_own_doorbell_only(broker: ProductionBroker, topic_filter: str) -> None:
    with Peer(broker, "police-traffic_police", client_id="other", clean=True) as police:
        assert police.subscribe(topic_filter) == [False]


# saying what is others'


@pytest.mark.parametrize(
    "topic",
    [
        f"{EDGE}/box-1/heartbeat",
        f"{EDGE}/box-1/health",
        f"{EDGE}/box-1/alert",
        OWN,
        f"{EDGE}/box-2/config",
        f"{EDGE}/box-2/case",
        BELL,
        f"$MQTT/msgs/{EDGE}/box-1/health",
        f"$MQTT/rmsgs/{EDGE}/box-1/heartbeat",
        f"$MQTT/msgs/{EDGE}/box-2/health",
        "$MQTT/sess/x",
        "$JS/API/STREAM/LIST",
        "$JS/API/STREAM/DELETE/$MQTT_msgs",
        "$JS/API/STREAM/PURGE/$MQTT_rmsgs",
        "$SYS/REQ/SERVER/PING",
    ],
)
def test_a_box_may_not_speak_elsewhere(
    broker: ProductionBroker, centre: Peer, victim: Peer, thief: Peer, topic: str
) -> None:
    with Peer(broker, "police-traffic_police", subscribe=(BELL,), clean=True) as police:
        thief.send(topic, b"forged", retain=True)  # nats-server acknowledges what it drops
        thief.send(f"{EDGE}/box-2/health", END)
        centre.wait_until(lambda: (f"{EDGE}/box-2/health", END) in live(centre), "the thief's own message did not come")
        centre.send(OWN, END)
        centre.send(BELL, END)
        victim.wait_until(lambda: (OWN, END) in live(victim), "the victim's notice did not come")
        police.wait_until(lambda: (BELL, END) in live(police), "the doorbell did not come")
        heard = [payload for peer in (centre, victim, police) for _, payload, _ in peer.heard]
    assert b"forged" not in heard
    thief.send(f"{EDGE}/box-2/heartbeat", END, retain=True)  # of what is retained, one at least is there
    with Peer(broker, "centre", client_id="late", subscribe=CENTRE_HEARS, clean=True) as late:
        assert b"forged" not in [payload for _, payload, _ in late.wait_for(1)]


def test_the_police_may_not_speak(broker: ProductionBroker, centre: Peer) -> None:
    with (
        Peer(
            broker, "police-ward_police", client_id="listening", subscribe=(f"{ROOT}/police/ward_police/ready",)
        ) as other,
        Peer(broker, "police-traffic_police", client_id="speaking", clean=True) as police,
    ):
        for topic in (BELL, f"{ROOT}/police/ward_police/ready", f"{EDGE}/box-1/health"):
            police.send(topic, b"forged")
        centre.send(f"{ROOT}/police/ward_police/ready", END)
        other.wait_until(lambda: bool(other.heard), "no doorbell")
        assert [payload for _, payload, _ in other.heard] == [END]
        assert not live(centre)


def test_the_centre_may_not_speak_for_a_box(broker: ProductionBroker, centre: Peer, victim: Peer) -> None:
    centre.send(f"{EDGE}/box-1/heartbeat", b"forged", retain=True)
    victim.send(f"{EDGE}/box-1/health", END)
    centre.wait_until(lambda: (f"{EDGE}/box-1/health", END) in live(centre), "the box's own message did not come")
    assert b"forged" not in [payload for _, payload, _ in centre.heard]


@pytest.mark.parametrize("topic", [f"{EDGE}/box-1/heartbeat", OWN, BELL])
def test_a_last_will_on_anothers_topic_is_never_said(
    broker: ProductionBroker, centre: Peer, victim: Peer, topic: str
) -> None:
    with Peer(broker, "police-traffic_police", subscribe=(BELL,), clean=True) as police:
        dying = Peer(broker, "box-2", client_id="dying", will=(topic, b"forged"))
        honest = Peer(broker, "box-2", client_id="honest", will=(f"{EDGE}/box-2/heartbeat", END))
        dying.drop()
        honest.drop()
        centre.wait_until(lambda: (f"{EDGE}/box-2/heartbeat", END) in live(centre), "an own last will did not come")
        centre.send(OWN, END)
        centre.send(BELL, END)
        victim.wait_until(lambda: (OWN, END) in live(victim), "the victim's notice did not come")
        police.wait_until(lambda: (BELL, END) in live(police), "the doorbell did not come")
        assert b"forged" not in [payload for peer in (centre, victim, police) for _, payload, _ in peer.heard]


# client ids


@pytest.mark.parametrize("client_id", [VICTIM_ID, "matthan-centre"])
@pytest.mark.parametrize("clean", [True, False], ids=["clean", "lasting"])
def test_anothers_client_id_takes_nothing_over(
    broker: ProductionBroker, centre: Peer, victim: Peer, client_id: str, *, clean: bool
) -> None:
    with Peer(broker, "box-2", client_id=client_id, clean=clean) as taking:
        assert taking.accepted, "it is another session, of its own account"
        assert not taking.session_was_there
        victim.send(f"{EDGE}/box-1/health", END)
        centre.send(OWN, END)
        centre.wait_until(lambda: (f"{EDGE}/box-1/health", END) in live(centre), "the centre's line broke")
        victim.wait_until(lambda: (OWN, END) in live(victim), "the victim's line broke")
        assert (victim.losses, centre.losses, taking.heard) == (0, 0, [])


def test_messages_that_wait_for_an_absent_box_are_not_handed_to_its_namesake(broker: ProductionBroker) -> None:
    with Peer(broker, "box-1", client_id="absent", subscribe=(OWN,)):
        pass
    with Peer(broker, "centre", client_id="speaking", clean=True) as centre:
        centre.send(OWN, b"waiting")
        with Peer(broker, "box-2", client_id="absent", subscribe=(f"{EDGE}/box-2/config",)) as namesake:
            centre.send(f"{EDGE}/box-2/config", END)
            namesake.wait_until(lambda: (f"{EDGE}/box-2/config", END) in live(namesake), "its own notice did not come")
            assert OWN not in {topic for topic, _, _ in namesake.heard}
    with Peer(broker, "box-1", client_id="absent") as back:
        back.wait_until(lambda: (OWN, b"waiting") in live(back), "the waiting message is gone")


# sizes and numbers


def test_an_oversize_message_is_cut_off_and_harms_nobody(
    broker: ProductionBroker, centre: Peer, victim: Peer, thief: Peer
) -> None:
    thief.try_to_send(f"{EDGE}/box-2/health", b"x" * (MAX_PAYLOAD_BYTES + 1))
    thief.wait_until(lambda: thief.losses > 0, "the line stands")
    victim.send(f"{EDGE}/box-1/health", b"y" * (MAX_PAYLOAD_BYTES - 1024))
    centre.wait_until(lambda: bool(live(centre)), "a large message within the limit did not come")
    assert [topic for topic, _ in live(centre)] == [f"{EDGE}/box-1/health"]
    assert (victim.losses, centre.losses) == (0, 0)


def test_one_box_cannot_take_every_connection(broker: ProductionBroker, victim: Peer) -> None:
    held = []
    refused = 0
    for number in range(8):
        try:
            peer = Peer(broker, "box-2", client_id=f"many-{number}", clean=True)
        except (AssertionError, OSError):
            refused += 1
            continue
        refused += not peer.accepted
        held.append(peer)
    victim.send(f"{EDGE}/box-1/health", END)
    for peer in held:
        peer.close()
    assert refused >= 4
    assert victim.losses == 0


# doors


@pytest.mark.parametrize(
    ("user", "password"),
    [(None, None), ("box-1", "wrong"), ("box-1", ""), ("nobody", "x"), ("SYSTEM", ""), ("centre", "")],
)
def test_nobody_comes_in_without_the_right_password(
    broker: ProductionBroker, user: str | None, password: str | None
) -> None:
    with Peer(broker, user, client_id="stranger", password=password, clean=True) as stranger:
        assert stranger.answered == "Not authorized"


def test_the_hash_of_a_password_is_no_password(broker: ProductionBroker) -> None:
    stored = broker.folder.plan().boxes["box-1"]
    with Peer(broker, "box-1", client_id="stranger", password=stored, clean=True) as stranger:
        assert stranger.answered == "Not authorized"


@pytest.mark.parametrize("user", ["box-2", "police-traffic_police", "centre"])
@pytest.mark.parametrize(
    "wish",
    [
        "SUB matthan.> 1",
        "SUB > 1",
        "SUB $MQTT.> 1",
        "PUB $JS.API.STREAM.NAMES _INBOX.1 0\r\n",
        "PUB matthan.v1.x 1\r\nx",
    ],
)
def test_the_port_of_nats_own_protocol_lets_nobody_in(broker: ProductionBroker, user: str, wish: str) -> None:
    answer = speak_nats(broker.nats_port, wish, user=user, password=broker.password(user))
    assert "Authorization Violation" in answer
    assert not any(line.startswith(("MSG", "PONG", "+OK")) for line in answer.splitlines())


def test_the_port_of_nats_own_protocol_lets_no_stranger_in(broker: ProductionBroker) -> None:
    assert "Authorization Violation" in speak_nats(broker.nats_port, "SUB > 1")


def speak_nats(port: int, wish: str, **login: str) -> str:
    """Everything that the port answers until it hangs up."""
    connect = {"verbose": True, "pass": login["password"], "user": login["user"]} if login else {"verbose": True}
    with socket.create_connection((LOOPBACK, port), timeout=10) as line:
        line.sendall(f"CONNECT {json.dumps(connect)}\r\n{wish}\r\nPING\r\n".encode())
        parts = []
        try:
            while part := line.recv(65536):
                parts.append(part)
        except ConnectionResetError:
            pass
    return b"".join(parts).decode()


def test_mqtt_without_tls_and_old_tls_are_not_answered(broker: ProductionBroker) -> None:
    body = b"\x00\x04MQTT\x04\x02\x00\x05\x00\x05plain"
    with socket.create_connection((LOOPBACK, broker.port), timeout=10) as line:
        line.sendall(b"\x10" + bytes([len(body)]) + body)
        try:
            answer = line.recv(100)
        except ConnectionResetError:
            answer = b""
    assert not answer.startswith(b"\x20"), "a CONNACK without TLS"
    old = ssl.create_default_context(cafile=str(broker.certificates.ca_file))
    old.set_ciphers("ALL:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.minimum_version = ssl.TLSVersion.TLSv1_1
    with pytest.warns(DeprecationWarning, match="TLSv1_1"):
        old.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection((LOOPBACK, broker.port), timeout=10) as line, pytest.raises((ssl.SSLError, OSError)):
        old.wrap_socket(line, server_hostname=LOOPBACK)


@pytest.mark.parametrize("tls", [False, True], ids=["before TLS", "before the login"])
def test_who_connects_and_says_nothing_is_hung_up_on(broker: ProductionBroker, *, tls: bool) -> None:
    context = ssl.create_default_context(cafile=str(broker.certificates.ca_file))
    with ExitStack() as stack:
        line: socket.socket = stack.enter_context(socket.create_connection((LOOPBACK, broker.port), timeout=60))
        if tls:
            line = stack.enter_context(context.wrap_socket(line, server_hostname=LOOPBACK))
        assert line.recv(1) == b""


def test_no_other_door_is_open(broker: ProductionBroker) -> None:
    """Websocket, leaf nodes, cluster, gateway and monitoring: the process listens on two ports only."""
    assert broker.pid is not None
    assert listening_ports(broker.pid) == {("127.0.0.1", broker.nats_port), (LOOPBACK, broker.port)}
    assert all(accepts(port) for _, port in listening_ports(broker.pid))


def listening_ports(pid: int) -> set[tuple[str, int]]:
    """Addresses that a process listens on, as the kernel has them."""
    links = {link.readlink().name for link in Path(f"/proc/{pid}/fd").iterdir()}
    found = set()
    for table in ("tcp", "tcp6"):
        for line in Path(f"/proc/{pid}/net/{table}").read_text().splitlines()[1:]:
            fields = line.split()
            if fields[3] == "0A" and f"socket:[{fields[9]}]" in links:
                address, port = fields[1].split(":")
                found.add(
                    (socket.inet_ntoa(bytes.fromhex(address)[::-1]) if table == "tcp" else address, int(port, 16))
                )
    return found


# files


def test_files_are_the_brokers_own_and_hold_no_password(broker: ProductionBroker) -> None:
    passwords = [broker.password(user) for user in ("centre", "box-1", "police-traffic_police")]
    for path in [each for each in broker.folder.root.rglob("*") if each.is_file() and "data" not in each.parts]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        if path.parent.name != "secrets":
            assert not any(password in path.read_text() for password in passwords), path
    assert not any(password in broker.log_path.read_text() for password in passwords)
    assert "Plaintext passwords" not in broker.log_path.read_text()
