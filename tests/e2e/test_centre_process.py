"""The centre as a process of its own, on a machine without vision libraries, used by its own commands."""

import base64
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from click.testing import Result
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from typer.testing import CliRunner

from api.web.server import HEAD_WITHIN_S
from deploy.local.process import free_port
from domain.canonical import canonical_bytes
from domain.cases.evidence import MAX_MESSAGE_BYTES
from domain.errors import ConfigurationError, Conflict
from domain.instants import truncate_to_ms
from matthan.commands import audit as commands_audit
from matthan.commands import centre as commands_centre
from matthan.commands import police as commands_police
from tests.builders.cases import build_case, build_message
from tests.builders.centre import QUEUE, evidence_of, full_manifest

REPOSITORY = Path(__file__).resolve().parents[2]
WITHOUT_VISION = """
import runpy, sys
class Missing:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {"cv2", "av", "onnxruntime", "torch", "edge", "ingest", "detectors", "rules"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Missing())
runpy.run_module("matthan", run_name="__main__", alter_sys=True)
"""


def run(*arguments: str, key: str | None = None, check: bool = True) -> Result:
    """Run a command of the centre in this process; its errors are told as ``matthan`` tells them."""
    app = {"centre": commands_centre.app, "audit": commands_audit.app, "police": commands_police.app}[arguments[0]]
    done = CliRunner().invoke(app, arguments[1:], env={"MATTHAN_API_KEY": key} if key else None)
    assert not check or done.exit_code == 0, (done.output, done.exception)
    return done


class CentreProcess:
    """A served centre with one box and one police key."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = f"http://127.0.0.1:{free_port()}"
        self.config = folder / "centre.yaml"
        self.config.write_text(
            f"listen: {{port: {self.url.rsplit(':', 1)[1]}}}\n"
            "database: {url: 'sqlite:///centre.sqlite3'}\nevidence: {directory: evidence}\n"
            "review: {second_look_share: 0, seed_share: 0}\n"
        )
        self.settings = ("--config", str(self.config))
        assert "centre migrate" in str(run("centre", "create-admin", *self.settings, check=False).exception)
        run("centre", "migrate", *self.settings)
        self.box_key = Ed25519PrivateKey.generate()
        public = base64.b64encode(self.box_key.public_key().public_bytes_raw())
        (folder / "box.pub").write_bytes(public + b"\n")
        run("centre", "register-box", *self.settings, "--box", "box-1", "--public-key-file", str(folder / "box.pub"))
        self.admin_password = run("centre", "create-admin", *self.settings).stdout.strip()
        self.passwords: dict[str, str] = {}
        for name in ("lan", "minh"):
            user = ("--username", name, "--role", "operator", "--person", f"nv-{name}")
            self.passwords[name] = run("centre", "create-user", *self.settings, *user).stdout.strip()
        of_box = ("--name", "box", "--role", "edge", "--box", "box-1")
        self.box_api_key = run("centre", "create-key", *self.settings, *of_box).stdout.strip()
        run("centre", "create-organisation", *self.settings, "--id", "csgt-hue", "--name", "CSGT")
        of_police = ("--name", "csgt", "--role", "police", "--queue", QUEUE, "--organisation", "csgt-hue")
        run("centre", "create-key", *self.settings, *of_police, "--out", str(folder / "police.key"))
        self.process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        with (self.folder / "centre.log").open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", WITHOUT_VISION, "centre", "serve", *self.settings],
                stderr=log,
                cwd=self.folder,  # the pages' library may leave files where it runs
                env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
                text=True,
            )
        for _ in range(600):
            try:
                if httpx.get(f"{self.url}/healthz", trust_env=False).status_code == 200:
                    return
            except httpx.HTTPError:
                assert self.process.poll() is None, (self.folder / "centre.log").read_text()
                threading.Event().wait(0.1)
        pytest.fail("the centre did not start within a minute")

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        assert self.process is not None
        self.process.send_signal(number)
        self.process.wait(30)

    def client(self, key: str | None = None) -> httpx.Client:
        headers = {"Authorization": f"Bearer {key}"} if key else {"Origin": self.url}
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, trust_env=False, timeout=30)

    def confirmed_case(self) -> str:
        """Take in a case past MQTT, send its evidence by HTTP and confirm it as two operators."""
        case = build_case(began_at=truncate_to_ms(datetime.now(UTC) - timedelta(minutes=2)))
        message = build_message(case, self.box_key, full_manifest(case))
        with self.client(self.box_api_key) as box:
            offer = f"/edge/cases/{case.case_id}"
            assert box.put(offer, content=canonical_bytes(message)).status_code == 202
            for name, content in evidence_of(case).items():
                headers = {"Upload-Offset": "0", "Content-Type": "application/partial-upload"}
                box.patch(
                    f"/edge/cases/{case.case_id}/files/{name}", content=content, headers=headers
                ).raise_for_status()
            assert box.put(offer, content=canonical_bytes(message)).status_code == 200
        for name, password in self.passwords.items():  # a plate that is read by hand is read by two
            with self.client() as operator:
                operator.post("/session", json={"username": name, "password": password}).raise_for_status()
                operator.put(f"/cases/{case.case_id}/plate", json={"plate": "75-F1 123.45"}).raise_for_status()
                seen = operator.get(f"/cases/{case.case_id}")
                operator.post(
                    f"/cases/{case.case_id}/decision",
                    json={"decision": "confirm"},
                    headers={"If-Match": seen.headers["ETag"]},
                ).raise_for_status()
        return str(case.case_id)


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[CentreProcess]:
    made = CentreProcess(tmp_path)
    made.start()
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop()


def test_the_centre_serves_without_vision_and_the_police_pull_by_command(centre: CentreProcess) -> None:
    case_id = centre.confirmed_case()
    centre.stop(signal.SIGKILL)
    centre.start()
    out = ("--centre", centre.url, "--out", str(centre.folder / "police"))
    key = ("--key-file", str(centre.folder / "police.key"))
    assert run("police", "pull", *out, "--queue", QUEUE, "--n", "5", *key).stdout.split() == [case_id]
    assert "no case waits" in run("police", "pull", *out, "--queue", QUEUE, *key).stderr
    folder = centre.folder / "police" / case_id
    assert {path.name for path in folder.iterdir()} >= {"case.json", "manifest.json", "signature.json", "clip.mp4"}
    lease_id = json.loads((centre.folder / "police" / f"{case_id}.lease.json").read_text())["lease_id"]
    assert case_id in run("police", "extend", lease_id, "--centre", centre.url, *key).stdout
    assert run("police", "fetch", case_id, *out, *key).stdout.split() == [case_id]
    receipt = json.loads(run("police", "ack", case_id, *out, key=(centre.folder / "police.key").read_text()).stdout)
    kept = f"{receipt['event_seq']}:{receipt['event_hash']}"
    assert "whole" in run("audit", "verify", *centre.settings, "--kept", kept).stdout
    done = run("police", "processed", case_id, "--centre", centre.url, "--outcome", "warned", *key)
    assert json.loads(done.stdout)["state"] == "processed"
    late = run("police", "return", case_id, *out, "--reason", "LEGAL_ERROR", *key, check=False)
    assert isinstance(late.exception, Conflict)
    assert isinstance(run("police", "pull", *out, "--queue", QUEUE, check=False).exception, ConfigurationError)
    centre.stop()
    assert not [each for each in centre.passwords.values() if each in (centre.folder / "centre.log").read_text()]


def test_half_open_requests_are_ended_and_hold_up_nobody(centre: CentreProcess) -> None:
    host, port = centre.url.removeprefix("http://").split(":")
    half = [socket.create_connection((host, int(port))) for _ in range(200)]
    for number, each in enumerate(half):
        each.settimeout(HEAD_WITHIN_S * 4)
        if number % 2:
            each.sendall(b"GET /healthz HTTP/1.1\r\nHost: centre\r\nX-Slow: ")
    assert httpx.get(f"{centre.url}/healthz", trust_env=False).status_code == 200
    for each in half:
        with suppress(ConnectionResetError):
            assert each.recv(1) == b"", "ended, without an answer"
        each.close()


def test_a_head_that_is_too_long_is_refused(centre: CentreProcess) -> None:
    host, port = centre.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as one:
        one.settimeout(30)
        one.sendall(b"GET /healthz HTTP/1.1\r\nHost: centre\r\n")
        with suppress(ConnectionError):
            for number in range(10_000):
                one.sendall(b"X-%d: many\r\n" % number)
        with suppress(ConnectionError):
            assert one.recv(100).split(b" ")[1] in {b"400", b"431"}
    assert httpx.get(f"{centre.url}/healthz", trust_env=False).status_code == 200


def test_a_message_that_is_too_long_is_refused_on_record_without_being_read_whole(centre: CentreProcess) -> None:
    with centre.client(centre.box_api_key) as box:
        answer = box.put(f"/edge/cases/{build_case().case_id}", content=b"x" * (MAX_MESSAGE_BYTES + 1))
        assert (answer.status_code, answer.json()["type"].rsplit("/", 1)[1]) == (422, "message-refused")
        assert box.put(f"/edge/cases/{build_case().case_id}", content=b"not a case").status_code == 422
    centre.confirmed_case()


def test_an_update_says_of_how_many_reviewers_nobody_has_stated_the_person(tmp_path: Path) -> None:
    centre = CentreProcess(tmp_path)
    assert run("centre", "migrate", *centre.settings).stderr == ""
    with closing(sqlite3.connect(tmp_path / "centre.sqlite3")) as database:
        database.execute("UPDATE users SET person = NULL WHERE username = 'lan'")
        database.commit()
    assert run("centre", "migrate", *centre.settings).stderr.startswith("1 accounts of reviewers")
    run("centre", "state-person", *centre.settings, "--username", "lan", "--person", "nv-lan")
    assert run("centre", "migrate", *centre.settings).stderr == ""
