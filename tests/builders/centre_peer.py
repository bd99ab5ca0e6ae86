"""A small real peer of the box: takes cases over MQTT and evidence over HTTP, by the contract, and can misbehave."""

import hashlib
import json
import random
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, ClassVar, Self

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from domain.canonical import canonical_bytes
from domain.cases.evidence import CaseAcknowledgement, CaseMessage
from domain.topics import edge_ack
from tests.builders.cases import NOON

API_KEY = "peer-key"


class PeerStore:
    """What the centre holds; a case's first form stays."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.messages: dict[uuid.UUID, bytes] = {}
        self.files: dict[tuple[uuid.UUID, str], bytearray] = {}
        self.complete: set[tuple[uuid.UUID, str]] = set()
        self.repeated = 0
        self.refused: list[uuid.UUID] = []  # the same id with another message
        self.mismatches = 0

    def take(self, payload: bytes) -> CaseAcknowledgement | None:
        """The answer to a message, None when it is refused."""
        message = CaseMessage.model_validate_json(payload)
        case_id = message.case.case_id
        with self.lock:
            known = self.messages.setdefault(case_id, payload)
            if known is not payload:
                self.repeated += 1
            if known != payload:
                self.refused.append(case_id)
                return None
        return CaseAcknowledgement(case_id=case_id, message_sha256=message.sha256(), received_at=NOON)

    def listed(self, case_id: uuid.UUID, name: str) -> tuple[int, str] | None:
        """Size and hash of a file, None when it is not known."""
        payload = self.messages.get(case_id)
        if payload is None:
            return None
        files = CaseMessage.model_validate_json(payload).manifest.files
        return next(((file.size_bytes, file.sha256) for file in files if file.name == name), None)

    def missing(self) -> list[tuple[uuid.UUID, str]]:
        """Files of known cases that are not complete."""
        return [
            (case_id, file.name)
            for case_id, payload in self.messages.items()
            for file in CaseMessage.model_validate_json(payload).manifest.files
            if (case_id, file.name) not in self.complete
        ]


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that is killed breaks its connections; that is what these tests do."""


class HttpPeer:
    """The upload door on a free port of the loopback.

    Args:
        store: what it holds.
        faults: chance of a request that is answered 503 or cut off in the middle.
        randomness: decides the faults.
    """

    def __init__(self, store: PeerStore, *, faults: float = 0.0, randomness: random.Random | None = None) -> None:
        class Handler(_Handler):
            peer = self

        self.store = store
        self.faults = faults
        self.randomness = randomness or random.Random(1)
        self.requests: list[tuple[str, str, int]] = []
        self._server = _QuietServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, e: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    peer: ClassVar[HttpPeer]

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        pass

    def do_HEAD(self) -> None:
        self._serve(b"")

    def do_PATCH(self) -> None:
        self._serve(self.rfile.read(int(self.headers["Content-Length"])))

    def _serve(self, body: bytes) -> None:
        peer, store = self.peer, self.peer.store
        peer.requests.append((self.command, self.path, len(body)))
        if self.headers["Authorization"] != f"Bearer {API_KEY}":
            self._answer(401)
            return
        chance = peer.randomness.random()
        if chance < peer.faults / 2:
            self._answer(503)
            return
        _, _, case_text, _, name = self.path.removeprefix("/api/v1/").split("/")
        case_id = uuid.UUID(case_text)
        with store.lock:
            listed = store.listed(case_id, name)
            if listed is None:
                self._answer(404)
                return
            held = store.files.setdefault((case_id, name), bytearray())
            if self.command == "HEAD":
                self._progress(200, case_id, name, listed[0])
                return
            if int(self.headers["Upload-Offset"]) != len(held):
                self._progress(409, case_id, name, listed[0])
                return
            if chance < peer.faults:  # the line breaks in the middle
                held.extend(body[: len(body) // 2])
                self.close_connection = True
                return
            held.extend(body)
            self._finish(case_id, name, listed)

    def _finish(self, case_id: uuid.UUID, name: str, listed: tuple[int, str]) -> None:
        store = self.peer.store
        held = store.files[case_id, name]
        if len(held) >= listed[0]:
            if hashlib.sha256(held).hexdigest() != listed[1]:
                held.clear()
                store.mismatches += 1
                self._answer(422, {"type": "https://matthan.example/problems/hash-mismatch", "status": 422})
                return
            store.complete.add((case_id, name))
        self._progress(204, case_id, name, listed[0])

    def _progress(self, status: int, case_id: uuid.UUID, name: str, size_bytes: int) -> None:
        self.send_response(status)
        self.send_header("Upload-Offset", str(len(self.peer.store.files[case_id, name])))
        self.send_header("Upload-Length", str(size_bytes))
        self.send_header("Upload-Complete", "?1" if (case_id, name) in self.peer.store.complete else "?0")
        if status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def _answer(self, status: int, document: dict[str, object] | None = None) -> None:
        content = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


class MqttPeer:
    """The centre's consumer with a session that outlives it, subscribed when it stands; answers every case."""

    def __init__(self, store: PeerStore, *, host: str, port: int, username: str, password: str) -> None:
        self.store = store
        self.heard: list[tuple[str, bytes, bool]] = []
        self.answers = True
        self._client = Client(CallbackAPIVersion.VERSION2, client_id="matthan-centre", clean_session=False)
        self._client.username_pw_set(username, password)
        self._client.reconnect_delay_set(1, 1)
        self._client.on_connect = lambda client, *_: client.subscribe("matthan/v1/edge/+/+", qos=1)
        subscribed = threading.Event()  # what is said before that and not kept by the broker would never be heard
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.on_message = self._on_message
        self._client.connect(host, port)
        self._client.loop_start()
        assert subscribed.wait(30), "the broker did not take the subscription"

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()

    def _on_message(self, client: Client, _data: object, message: MQTTMessage) -> None:
        *_, box_id, kind = message.topic.split("/")
        if kind != "case":
            self.heard.append((kind, message.payload, message.retain))
            return
        answer = self.store.take(message.payload) if self.answers else None
        if answer is not None:
            client.publish(edge_ack(box_id), canonical_bytes(answer), qos=1)
