"""The servers that tests and the demo stand on: ready, restartable with their data, and never left behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import paho.mqtt.client as mqtt
import psycopg
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from paho.mqtt.reasoncodes import ReasonCode

from deploy.local.servers import S3, NatsBroker, Postgres, RtspServer, ServerNotReady, box_user, free_port

pytestmark = pytest.mark.server
LIMIT_S = 60.0


def wait_for(condition: Callable[[], bool], limit_s: float = LIMIT_S) -> None:
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"nothing within {limit_s} s"
        time.sleep(0.02)


class Subscriber:
    """An MQTT client with a session that outlives its connection."""

    def __init__(self, broker: NatsBroker, name: str, *, user: str = "", password: str = "") -> None:
        self.received: list[str] = []
        self.granted: list[ReasonCode] = []
        self.client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id=name, clean_session=False)
        if user:
            self.client.username_pw_set(user, password)
        self.client.on_message = lambda client, data, message: self.received.append(message.payload.decode())
        self.client.on_subscribe = lambda client, data, mid, codes, properties: self.granted.extend(codes)
        self.client.connect(broker.host, broker.port)
        self.client.loop_start()
        wait_for(self.client.is_connected)

    def subscribe(self, topic: str) -> None:
        before = len(self.granted)
        self.client.subscribe(topic, qos=1)
        wait_for(lambda: len(self.granted) > before)

    def close(self) -> None:
        self.client.disconnect()
        self.client.loop_stop()
        self.client.on_connect = self.client.on_subscribe = self.client.on_message = (
            None  # paho closes its sockets at once
        )


def test_a_broker_keeps_acknowledged_messages_for_an_absent_subscriber_over_a_kill(tmp_path: Path) -> None:
    with NatsBroker(tmp_path) as broker:
        absent = Subscriber(broker, "absent")
        absent.subscribe("t/+")
        absent.close()
        sender = Subscriber(broker, "sender")
        for number in range(10):
            sender.client.publish("t/x", str(number), qos=1).wait_for_publish(LIMIT_S)
        sender.close()
        port = broker.port

        broker.kill()
        broker.start()

        assert broker.port == port
        back = Subscriber(broker, "absent")
        wait_for(lambda: len(back.received) >= 10)
        back.close()
        assert back.received == [str(number) for number in range(10)]


def test_a_broker_refuses_a_wrong_password(nats_broker: NatsBroker) -> None:
    codes: list[ReasonCode] = []
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="stranger")
    client.username_pw_set("centre", "wrong")
    client.on_connect = lambda client, data, flags, code, properties: codes.append(code)
    client.connect(nats_broker.host, nats_broker.port)
    client.loop_start()
    wait_for(lambda: bool(codes))
    client.loop_stop()
    assert codes[0].is_failure


def test_a_box_account_can_send_only_under_its_own_name(tmp_path: Path) -> None:
    users = {"centre": "c", "box-1": box_user("box-1", "one")}
    with NatsBroker(tmp_path, users=users) as broker:
        centre = Subscriber(broker, "centre", user="centre", password="c")
        centre.subscribe("matthan/v1/edge/+/health")
        box = Subscriber(broker, "box-1", user="box-1", password="one")
        box.subscribe("matthan/v1/edge/box-1/config")

        box.client.publish("matthan/v1/edge/box-2/health", "forged", qos=0)
        wait_for(box.client.is_connected)
        box.client.publish("matthan/v1/edge/box-1/health", "own", qos=1)
        wait_for(lambda: bool(centre.received))
        centre.client.publish("matthan/v1/edge/box-1/config", "heard", qos=1)
        wait_for(lambda: bool(box.received))

        assert centre.received == ["own"]
        assert box.received == ["heard"]
        box.close()
        centre.close()


def write_clip(path: Path, *, frames: int = 25, fps: int = 25) -> None:
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=fps, options={"g": str(fps), "bf": "0"})
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for index in range(frames):
            picture = np.full((96, 160, 3), index * 8 % 256, dtype=np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        out.mux(stream.encode(None))


def test_an_rtsp_server_plays_a_file_for_ever_and_comes_back_on_its_port(tmp_path: Path) -> None:
    folder = tmp_path / "clips"
    folder.mkdir()
    write_clip(folder / "a.mp4", frames=10)
    with RtspServer(folder, ["a.mp4"]) as server:
        for _ in range(2):
            with av.open(server.url("a.mp4"), options={"rtsp_transport": "tcp", "analyzeduration": "200000"}) as stream:
                frames = stream.decode(video=0)
                assert [next(frames).width for _ in range(25)] == [160] * 25  # more than the file holds
            server.kill()
            server.start()


def test_an_rtsp_server_names_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ServerNotReady, match=r"b\.mp4"), RtspServer(tmp_path, ["b.mp4"]):
        pass


def test_postgres_keeps_its_rows_over_a_kill_and_refuses_a_wrong_password(tmp_path: Path) -> None:
    with Postgres(tmp_path) as server:
        url = server.new_database("own").replace("+psycopg", "")
        with psycopg.connect(url, autocommit=True) as link:
            link.execute("create table t (n int)")
            link.execute("insert into t values (7)")
        server.kill()
        server.start()
        with psycopg.connect(url) as link:
            assert link.execute("select n from t").fetchone() == (7,)
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(url.replace(server.password, "wrong"))


def test_postgres_does_not_run_as_root(postgres: Postgres) -> None:
    assert postgres.pid is not None
    assert os.stat(f"/proc/{postgres.pid}").st_uid != 0  # noqa: PTH116 - a process, not a file


def test_s3_takes_and_gives_an_object_and_refuses_a_wrong_key(s3: S3) -> None:
    client = s3.client()
    client.create_bucket(Bucket="own")
    client.put_object(Bucket="own", Key="a/b", Body=b"0123456789")
    part = client.get_object(Bucket="own", Key="a/b", Range="bytes=2-4")["Body"].read()
    client.close()
    assert part == b"234"

    stranger = S3(s3.data_dir)
    stranger._ports = s3._ports
    with pytest.raises(Exception, match="InvalidAccessKeyId"):
        stranger.client().list_buckets()


def test_a_server_that_cannot_start_says_why_and_soon(tmp_path: Path) -> None:
    (tmp_path / "jetstream").write_text("a file where a folder must be")
    with pytest.raises(ServerNotReady, match="ended with code 1"), NatsBroker(tmp_path):
        pass


def test_a_stopped_clock_of_a_server_is_a_stall_not_a_death(tmp_path: Path) -> None:
    with NatsBroker(tmp_path) as broker:
        broker.pause()
        assert broker.pid is not None
        broker.resume()
        wait_for(broker._is_ready)


def test_a_server_dies_with_the_process_that_started_it(tmp_path: Path) -> None:
    script = (
        "import sys, pathlib; from deploy.local.servers import NatsBroker\n"
        "with NatsBroker(pathlib.Path(sys.argv[1])) as broker:\n"
        "    print(broker.pid, flush=True); sys.stdin.read()\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    with parent:
        assert parent.stdout is not None
        child_pid = int(parent.stdout.readline())
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    wait_for(lambda: not _alive(child_pid))


def _alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_free_ports_lie_outside_the_range_of_outgoing_connections() -> None:
    low = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    assert free_port() < low
