"""An edge box as the real process, with its files in a folder of its own, and a small centre."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx
from paho.mqtt.client import Client, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from deploy.local.servers import NatsBroker, free_port
from domain.cases.evidence import CaseMessage
from plumbing.signing import generate_key
from tests.builders.centre_peer import API_KEY, HttpPeer, PeerStore

REPOSITORY = Path(__file__).resolve().parents[2]
WAIT_S = 90.0


def wait_for(condition: Callable[[], Any], what: str, *, limit_s: float = WAIT_S) -> Any:
    """The condition's first true answer."""
    until_s = time.monotonic() + limit_s
    while not (answer := condition()):
        if time.monotonic() > until_s:
            raise AssertionError(f"not within {limit_s:.0f} s: {what}")
        time.sleep(0.1)
    return answer


def camera_document(camera_id: str, url: str, **changes: Any) -> dict[str, Any]:
    """A camera of the demo's footage (640x272) without rules."""
    return {
        "id": camera_id,
        "version": 1,
        "name": "Vỉa hè thử",
        "road": "Lê Lợi",
        "ward": "Thuận Hóa",
        "direction": "về cầu Trường Tiền",
        "owner": "IOC Huế",
        "serial": "ACME 7-0042",
        "installed_on": "2024-03-12",
        "checked_on": "2026-01-02",
        "legal_class": "supplied_by_organisation",
        "legal_paper": "07/BB-IOC, 15/01/2026",
        "position": {"latitude_deg": 16.46, "longitude_deg": 107.59},
        "heading_deg": 90,
        "stream": {"url": url, "analysed_fps": 4},
        "reference_still_wh": [640, 272],
        **changes,
    }


class BoxProcess:
    """``matthan edge run`` in a folder.

    Args:
        folder: gets box.yaml, camera files, keys and data.
        broker: with the accounts ``box-1`` and ``centre``.
        centre_url: None: there is no centre.
        settings: changes of the box file.
    """

    def __init__(self, folder: Path, broker: NatsBroker, *, centre_url: str | None = None, **settings: Any) -> None:
        self.folder = folder
        self.log_file = folder / "box.log"
        self.port = free_port()
        (folder / "cameras").mkdir()
        generate_key(folder / "keys")
        document = {
            "box_id": "box-1",
            "cameras": ["cameras/*.yaml"],
            "data_dir": "data",
            "box_key_file": "keys/box.key",
            "model": {"name": "street-n"},
            "centre": {"url": centre_url or f"http://127.0.0.1:{free_port()}", "api_key_env": "BOX_API_KEY"},
            "mqtt": {
                "host": broker.host,
                "port": broker.port,
                "tls": False,
                "username": "box-1",
                "password_env": "BOX_MQTT_PASSWORD",
            },
            "health": {"port": self.port, "heartbeat_interval_s": 1},
            "drain_limit_s": 20,
            **settings,
        }
        (folder / "box.yaml").write_text(json.dumps(document), "utf-8")
        self._process: subprocess.Popen[bytes] | None = None
        self._client = httpx.Client(base_url=f"http://127.0.0.1:{self.port}", trust_env=False, timeout=10)

    def put_camera(self, document: dict[str, Any]) -> None:
        """Write a camera file as an editor does: beside it first, then in its place."""
        path = self.folder / "cameras" / f"{document['id']}.yaml"
        beside = path.with_suffix(".new")
        beside.write_text(json.dumps(document, ensure_ascii=False), "utf-8")
        beside.replace(path)

    def start(self, *, umask: int = 0o022) -> None:
        environment = {**os.environ, "BOX_API_KEY": API_KEY, "BOX_MQTT_PASSWORD": "box-1-password"}
        with self.log_file.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-c", "from matthan.cli import main; main()", "edge", "run", "--config", "box.yaml"],
                cwd=self.folder,
                env={**environment, "PYTHONPATH": str(REPOSITORY)},
                stderr=log,
                umask=umask,
            )
        wait_for(self._answers, f"the health page; {self.log_file.read_text()[-2000:]}")

    def health(self) -> dict[str, Any]:
        document: dict[str, Any] = self._client.get("/healthz").json()
        return document

    def is_well(self) -> bool:
        return self._client.get("/healthz").status_code == HTTPStatus.OK

    def camera(self, camera_id: str) -> dict[str, Any]:
        document: dict[str, Any] = self.health()["cameras"].get(camera_id, {})
        return document

    def metrics(self) -> dict[str, float]:
        lines = self._client.get("/metrics").text.splitlines()
        return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines if line[0] != "#")}

    def send(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    def wait(self) -> int:
        assert self._process is not None
        return self._process.wait(WAIT_S)

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._client.close()

    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.log_file.read_text("utf-8").splitlines() if line.startswith("{")]

    def _answers(self) -> bool:
        assert self._process is not None
        assert self._process.poll() is None, self.log_file.read_text("utf-8")
        try:
            return bool(self.health()["cameras"])
        except httpx.TransportError:
            return False


class ListeningCentre:
    """Hears what boxes say by MQTT, and takes their cases by HTTP."""

    def __init__(self, broker: NatsBroker) -> None:
        self.store = PeerStore()
        self.heard: list[tuple[str, bytes]] = []
        self._http = HttpPeer(self.store)
        self._http.__enter__()
        self._ready = threading.Event()
        self._client = Client(
            callback_api_version=CallbackAPIVersion.VERSION2,
            client_id="listening-centre",
            protocol=MQTTProtocolVersion.MQTTv311,
        )
        self._client.username_pw_set("centre", "centre-password")
        self._client.on_message = self._on_message
        self._client.on_connect = lambda *_: self._client.subscribe("matthan/v1/edge/#", qos=1)
        self._client.on_subscribe = lambda *_: self._ready.set()
        self._client.connect(broker.host, broker.port)
        self._client.loop_start()
        assert self._ready.wait(WAIT_S)

    @property
    def url(self) -> str:
        return self._http.url

    def payloads(self, kind: str) -> list[dict[str, Any]]:
        return [json.loads(payload) for topic, payload in list(self.heard) if topic.endswith(f"/{kind}")]

    def cases(self) -> list[CaseMessage]:
        with self.store.lock:
            return [CaseMessage.model_validate_json(self.store.messages[case_id]) for case_id in self.store.on_record]

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()
        self._http.__exit__(None, None, None)

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.heard.append((message.topic, bytes(message.payload)))
