"""Both ways to the centre over TLS: with the right authority they work, without it nothing is sent."""

import json
import random
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from deploy.local.process import accepts
from deploy.local.servers import NatsBroker
from domain.errors import NotFound, TransportError
from domain.fleet.health import Heartbeat
from edge.delivery.broker import Broker, Tls
from edge.delivery.centre import Centre, CentreDoor
from edge.delivery.mqtt_link import MqttLink, Pace
from edge.health.problems import ProblemBoard
from edge.outbox.values import FileState, OutboxFile
from plumbing.system_clock import SystemClock
from tests.builders.cases import build_case
from tests.builders.centre_peer import API_KEY, HttpPeer, PeerStore
from tests.builders.certificates import Certificates, make_certificates

FILE = OutboxFile(
    case_id=build_case().case_id,
    name="clip.mp4",
    path=Path("unused"),
    size_bytes=10,
    sha256="0" * 64,
    state=FileState.WAITING,
)


def wait_for(condition: Callable[[], bool], limit_s: float = 60.0) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"nothing within {limit_s} s"
        time.sleep(0.01)


class TlsBroker(NatsBroker):
    """The same broker, with a certificate on its MQTT port."""

    def __init__(self, data_dir: Path, certificates: Certificates) -> None:
        super().__init__(data_dir, users={"box-1": "box-1-password"})
        self._certificates = certificates

    def _prepare(self) -> None:
        super()._prepare()
        config = json.loads(self._config_path.read_text())
        files = {"cert_file": str(self._certificates.cert_file), "key_file": str(self._certificates.key_file)}
        config["mqtt"]["tls"] = files
        self._config_path.write_text(json.dumps(config))

    def _is_ready(self) -> bool:
        return accepts(self.nats_port) and accepts(self.port)


@pytest.fixture
def certificates(tmp_path: Path) -> Certificates:
    return make_certificates(tmp_path / "certificates")


@pytest.fixture
def https(certificates: Certificates) -> Iterator[HttpPeer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificates.cert_file, certificates.key_file)
    peer = HttpPeer(PeerStore())
    peer._server.socket = context.wrap_socket(peer._server.socket, server_side=True)
    with peer:
        yield peer


def test_evidence_goes_up_only_to_a_centre_that_the_authority_vouches_for(
    https: HttpPeer, certificates: Certificates
) -> None:
    url = https.url.replace("http://", "https://")
    trusting = CentreDoor(Centre(url=url, api_key=API_KEY, ca_file=certificates.ca_file, timeout_s=5.0))
    with pytest.raises(NotFound):
        trusting.send(FILE, 0, b"x")  # the centre answers, and does not know the case
    trusting.close()
    asked = len(https.requests)
    wary = CentreDoor(Centre(url=url, api_key=API_KEY, timeout_s=5.0))
    with pytest.raises(TransportError, match="CERTIFICATE_VERIFY_FAILED"):
        wary.send(FILE, 0, b"x")
    wary.close()
    assert len(https.requests) == asked


@pytest.mark.filterwarnings("ignore:Exception ignored in. <ssl.SSLSocket")  # paho leaves a refused one to the collector
@pytest.mark.server
@pytest.mark.parametrize("trusts", [True, False])
def test_the_box_speaks_only_to_a_broker_that_the_authority_vouches_for(
    tmp_path: Path, certificates: Certificates, *, trusts: bool
) -> None:
    problems = ProblemBoard()
    other = make_certificates(tmp_path / "other")
    ca_file = certificates.ca_file if trusts else other.ca_file
    with TlsBroker(tmp_path / "nats", certificates) as broker:
        link = MqttLink(
            box_id="box-1",
            broker=Broker(
                host=broker.host,
                port=broker.port,
                username="box-1",
                password="box-1-password",
                tls=Tls(ca_file=ca_file),
            ),
            heartbeat=lambda: Heartbeat(box_id="box-1", status="online"),
            clock=SystemClock(),
            randomness=random.Random(1),
            problems=problems,
            pace=Pace(reconnect_first_s=0.1, reconnect_longest_s=0.2),
        )
        link.start()
        if trusts:
            wait_for(lambda: link.connected)
        else:
            wait_for(lambda: any("CERTIFICATE_VERIFY_FAILED" in text for text in problems.texts()))
            assert not link.connected
        link.close()
