"""A small real peer of the box: takes cases over HTTP and health over MQTT, by the contract, and can misbehave."""

import hashlib
import random
import threading
import uuid
from collections.abc import Collection, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import MappingProxyType, TracebackType
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, urlsplit

from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion

from domain.cases.evidence import CaseAnswer, CaseMessage, MissingFile
from domain.cases.pieces import split_pieces
from domain.fleet.ledger_pages import LedgerAnswer, LedgerPages
from domain.reminder import Reminder, ReminderAnswer
from tests.builders.cases import NOON

API_KEY = "peer-key"


class PeerStore:
    """What the centre holds: arriving packages, and cases on record, whose first form stays."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.messages: dict[uuid.UUID, bytes] = {}  # offered
        self.files: dict[tuple[uuid.UUID, str], bytearray] = {}
        self.on_record: dict[uuid.UUID, CaseAnswer] = {}
        self.lost: dict[uuid.UUID, tuple[str, ...]] = {}
        self.mismatches = 0
        self.pages: list[LedgerPages] = []  # of the ledger, as they came
        self.reminders: dict[uuid.UUID, Reminder] = {}  # the newest message of each
        self.told = 0  # messages that were taken
        self.refuses_pictures = False
        self.pictures: dict[tuple[uuid.UUID, int], bytes] = {}  # of reminders, by step

    def offer(self, payload: bytes, lost: Collection[str] = ()) -> CaseAnswer | None:
        """The answer to a message, None when it is refused."""
        message = CaseMessage.model_validate_json(payload)
        case_id, sha256 = message.case.case_id, message.sha256()
        with self.lock:
            known = self.on_record.get(case_id)
            if known is not None:
                return known if known.message_sha256 == sha256 else None
            self.messages[case_id] = payload
            missing = self._missing(message)
            wanted = tuple(file for file in missing if file.name not in lost)
            if wanted:
                return CaseAnswer(case_id=case_id, message_sha256=sha256, missing=wanted)
            self.lost[case_id] = tuple(file.name for file in missing)
            answer = CaseAnswer(case_id=case_id, message_sha256=sha256, received_at=NOON)
            return self.on_record.setdefault(case_id, answer)

    def tell(self, payload: bytes) -> tuple[int, bytes]:
        """Status and answer to a reminder's message (docs/reminder-door.md)."""
        reminder = Reminder.model_validate_json(payload)
        with self.lock:
            known = self.reminders.get(reminder.reminder_id, reminder)
            if not (reminder.goes_on_from(known) or known.goes_on_from(reminder)):
                return 409, b'{"detail": "it contradicts what is held"}'
            self.reminders[reminder.reminder_id] = max(known, reminder, key=lambda one: len(one.steps))
            self.told += 1
        answer = ReminderAnswer(reminder_id=reminder.reminder_id, message_sha256=reminder.sha256(), received_at=NOON)
        return 200, answer.model_dump_json().encode()

    def show(self, reminder_id: uuid.UUID, step: int, content: bytes) -> int:
        """Status of the answer to a reminder's picture."""
        if self.refuses_pictures:
            return 422
        with self.lock:
            known = self.reminders.get(reminder_id)
            named = next((one for one in known.pictures if one.step == step), None) if known is not None else None
            if named is None or named.sha256 is None:
                return 404
            if hashlib.sha256(content).hexdigest() != named.sha256:
                return 422
            self.pictures[reminder_id, step] = content
            return 204

    def append(self, case_id: uuid.UUID, name: str, offset: int, content: bytes) -> tuple[int, int]:
        """Status and offset of the answer to a piece."""
        with self.lock:
            if case_id not in self.messages or case_id in self.on_record:
                return 404, 0
            files = CaseMessage.model_validate_json(self.messages[case_id]).manifest.files
            file = next((file for file in files if file.name == name), None)
            if file is None:
                return 404, 0
            held = self.files.setdefault((case_id, name), bytearray())
            if offset != len(held):
                return 409, len(held)
            if offset + len(content) > file.size_bytes:
                return 413, len(held)
            held.extend(content)
            return 204, len(held)

    def _missing(self, message: CaseMessage) -> tuple[MissingFile, ...]:
        missing: list[MissingFile] = []
        for file in message.manifest.files:
            held = self.files.setdefault((message.case.case_id, file.name), bytearray())
            if len(held) == file.size_bytes and hashlib.sha256(held).hexdigest() != file.sha256:
                held.clear()
                self.mismatches += 1
            if len(held) < file.size_bytes:
                missing.append(MissingFile(name=file.name, offset_bytes=len(held)))
        return tuple(missing)


class _QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that is killed breaks its connections; that is what these tests do."""


class HttpPeer:
    """The upload door on a free port of the loopback.

    Args:
        store: what it holds.
        faults: chance of a request that is answered ``fault_status`` or cut off in the middle.
        randomness: decides the faults.
    """

    def __init__(self, store: PeerStore, *, faults: float = 0.0, randomness: random.Random | None = None) -> None:
        class Handler(_Handler):
            peer = self

        self.store = store
        self.faults = faults
        self.fault_status = 503
        self.pieces_bytes = 0  # of several files that it takes at once; 0: an older centre, which says nothing of it
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

    def do_PUT(self) -> None:
        self._serve(self.rfile.read(int(self.headers["Content-Length"])))

    def do_POST(self) -> None:
        self._serve(self.rfile.read(int(self.headers["Content-Length"])))

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
            self._answer(peer.fault_status)
            return
        path = urlsplit(self.path)
        if "/reminders" in path.path:
            self._answer(*self._of_reminder(path.path, body))
            return
        if path.path.endswith("/edge/ledger"):
            pages = LedgerPages.model_validate_json(body)
            store.pages.append(pages)
            answer_pages = LedgerAnswer(kept=len(pages.days) + len(pages.quarters), older=0, out_of_range=0)
            self._answer(200, answer_pages.model_dump_json().encode())
            return
        self._of_case(uuid.UUID(path.path.split("/")[5]), body, breaks=chance < peer.faults)

    def _of_case(self, case_id: uuid.UUID, body: bytes, *, breaks: bool) -> None:
        path, store = urlsplit(self.path), self.peer.store
        if self.command == "PUT":
            self._offered(store.offer(body, parse_qs(path.query).get("lost", [])))
        elif not path.path.endswith("/files"):
            self._of_file(case_id, path.path.split("/")[7], body, breaks=breaks)
        elif breaks:
            self.close_connection = True  # nothing of several files is kept before all came
        else:
            answers = [store.append(case_id, each.name, each.offset_bytes, each.content) for each in split_pieces(body)]
            self._answer(max(status for status, _ in answers))

    def _offered(self, answer: CaseAnswer | None) -> None:
        if answer is None:
            self._answer(422, b'{"detail": "another case of this id is on record already"}')
            return
        told = self.peer.pieces_bytes and not answer.on_record
        several = {"Upload-Pieces": str(self.peer.pieces_bytes)} if told else {}
        self._answer(200 if answer.on_record else 202, answer.model_dump_json().encode(), several)

    def _of_file(self, case_id: uuid.UUID, name: str, body: bytes, *, breaks: bool) -> None:
        content = body[: len(body) // 2] if breaks else body  # the line breaks in the middle
        status, offset = self.peer.store.append(case_id, name, int(self.headers["Upload-Offset"]), content)
        if breaks:
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("Upload-Offset", str(offset))
        if status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()

    def _of_reminder(self, path: str, body: bytes) -> tuple[int, bytes]:
        if self.command == "POST":
            return self.peer.store.tell(body)
        *_, reminder_id, _, step = path.split("/")
        return self.peer.store.show(uuid.UUID(reminder_id), int(step), body), b""

    def _answer(self, status: int, content: bytes = b"", headers: Mapping[str, str] = MappingProxyType({})) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


class MqttPeer:
    """The centre's consumer with a session that outlives it, subscribed when it stands."""

    def __init__(self, *, host: str, port: int, username: str, password: str) -> None:
        self.heard: list[tuple[str, bytes, bool]] = []
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

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        *_, kind = message.topic.split("/")
        self.heard.append((kind, message.payload, message.retain))
