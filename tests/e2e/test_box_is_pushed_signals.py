"""A whole box takes what a signal controller pushes by HTTP or MQTT, from its own settings file."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from paho.mqtt.client import Client
from paho.mqtt.enums import CallbackAPIVersion

from deploy.local.servers import NatsBroker, free_port
from domain.fleet.topics import edge_signals
from domain.instants import to_text
from tests.builders.box_process import BoxProcess, camera_document, wait_for

pytestmark = pytest.mark.server
KEY = "a key of at least thirty-two characters"


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[NatsBroker]:
    with NatsBroker(tmp_path / "broker", users={"box-1": "box-1-password", "centre": "centre-password"}) as running:
        yield running


def test_a_controller_pushes_to_a_box(broker: NatsBroker, tmp_path: Path) -> None:
    port = free_port()
    folder = tmp_path / "box"
    folder.mkdir()
    (folder / "signal.key").write_text(KEY + "\n", encoding="utf-8")
    (folder / "signal.key").chmod(0o600)
    box = BoxProcess(folder, broker, signal_intake={"port": port, "key_file": "signal.key"})
    signals = [{"id": "S1", "source": "feed", "max_age_s": 5.0}]
    box.put_camera(camera_document("junction", f"rtsp://127.0.0.1:{free_port()}/away", signals=signals))
    box.start()

    def push(signal_id: str = "S1", key: str = KEY) -> httpx.Response | None:
        now = to_text(datetime.now(UTC))
        report = {"camera": "junction", "signal": signal_id, "t": now, "state": "red"}
        try:
            return httpx.post(
                f"http://127.0.0.1:{port}/signals",
                content=json.dumps({"sent_at": now, "signals": [report]}),
                headers={"Authorization": f"Bearer {key}"},
                trust_env=False,
            )
        except httpx.HTTPError:
            return None

    try:
        answer = wait_for(push, "the intake answers")
        assert wait_for(lambda: (pushed := push()) is not None and pushed.status_code == 200, "it is taken")
        assert answer.status_code in {200, 409}, "the camera may not be there yet"
        for wrong, status in ((push("S9"), 409), (push(key="x" * 40), 401)):
            assert wrong is not None
            assert wrong.status_code == status
    finally:
        box.close()


def test_a_controller_publishes_to_a_box(broker: NatsBroker, tmp_path: Path) -> None:
    folder = tmp_path / "box"
    folder.mkdir()
    mqtt = {"host": broker.host, "port": broker.port, "tls": False, "hears_signals": True}
    box = BoxProcess(folder, broker, mqtt={**mqtt, "username": "box-1", "password_env": "BOX_MQTT_PASSWORD"})
    signals = [{"id": "S1", "source": "feed", "max_age_s": 5.0}]
    box.put_camera(camera_document("junction", f"rtsp://127.0.0.1:{free_port()}/away", signals=signals))
    controller = Client(CallbackAPIVersion.VERSION2)
    controller.username_pw_set("centre", "centre-password")
    controller.connect(broker.host, broker.port)
    controller.loop_start()

    def refused_after(signal_id: str) -> bool:
        """Whether the box says so after one more push."""
        now = to_text(datetime.now(UTC))
        report = {"camera": "junction", "signal": signal_id, "t": now, "state": "red"}
        controller.publish(edge_signals("box-1"), json.dumps({"sent_at": now, "signals": [report]}), qos=1)
        return "reports of signal junction/S9 are not used: unknown_signal" in str(box.health())

    try:
        box.start()
        wait_for(lambda: refused_after("S9"), "the box heard of a signal that it does not have")
        wait_for(lambda: not refused_after("S1"), "it heard of one that it has")
    finally:
        controller.disconnect()
        controller.loop_stop()
        box.close()
