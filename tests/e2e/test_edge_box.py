"""One box as a real process, with real RTSP, a real broker and real footage."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from deploy.demo.footage import AVENUE, PAVEMENT, write_clips
from deploy.local.servers import NatsBroker, RtspServer, box_user, free_port
from domain.alert import Alert
from domain.canonical import canonical_bytes
from domain.cases.evidence import FileRole
from domain.plates.reasons import BICYCLE
from edge.ledger.book import LedgerBook
from plumbing.signing import check_signature, load_public_keys
from tests.builders.box_process import BoxProcess, ListeningCentre, camera_document, wait_for

pytestmark = pytest.mark.server

_PAVEMENT_ZONE = {
    "id": "pavement",
    "kind": "pavement",
    "polygon_norm": [[0.0, 0.60], [0.27, 0.61], [0.52, 0.66], [0.69, 0.71], [1.0, 0.81], [1.0, 1.0], [0.0, 1.0]],
}
_PARKING = {
    "zones": [_PAVEMENT_ZONE, {**_PAVEMENT_ZONE, "id": "lane", "kind": "lane"}],
    "rules": [
        {
            "rule": "PARK_PAVEMENT",
            "mode": "enforce",
            "valid_from": "2026-01-01",
            "parameters": {"zones": ["pavement"], "threshold_s": 5.0},
        },
        {
            "rule": "STOPPED_ON_FAST_ROAD",
            "mode": "warn",
            "valid_from": "2026-01-01",
            "parameters": {"zones": ["lane"], "min_time_s": 2.0},
        },
    ],
}


@pytest.fixture(scope="module")
def cameras(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RtspServer]:
    clips = tmp_path_factory.mktemp("street") / "clips"
    write_clips(clips)
    with RtspServer(clips, [PAVEMENT.file_name, AVENUE.file_name]) as server:
        yield server


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsBroker]:
    users = {"centre": "centre-password", "box-1": box_user("box-1", "box-1-password")}
    with NatsBroker(tmp_path_factory.mktemp("broker"), users=users) as server:
        yield server


@pytest.fixture(scope="module")
def centre(broker: NatsBroker) -> Iterator[ListeningCentre]:
    listening = ListeningCentre(broker)
    yield listening
    listening.close()


@pytest.fixture(scope="module")
def hanging_port() -> Iterator[int]:
    """A camera that takes connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


@pytest.fixture(scope="module")
def box(
    tmp_path_factory: pytest.TempPathFactory,
    cameras: RtspServer,
    broker: NatsBroker,
    centre: ListeningCentre,
    hanging_port: int,
) -> Iterator[BoxProcess]:
    """A box with a pavement, an avenue, a dead and a hanging camera."""
    process = BoxProcess(tmp_path_factory.mktemp("box"), broker, centre_url=centre.url)
    process.put_camera(camera_document("pavement", cameras.url(PAVEMENT.file_name), **_PARKING))
    process.put_camera(camera_document("avenue", cameras.url(AVENUE.file_name)))
    process.put_camera(camera_document("dead", f"rtsp://127.0.0.1:{free_port()}/street"))
    process.put_camera(camera_document("hanging", f"rtsp://127.0.0.1:{hanging_port}/street"))
    process.start()
    yield process
    process.close()


def test_a_bicycle_left_on_the_pavement_arrives_at_the_centre_with_signed_evidence(
    box: BoxProcess, centre: ListeningCentre
) -> None:
    message = wait_for(centre.cases, "a case on record")[0]
    assert message.case.violation.code == "PARK_PAVEMENT"
    assert message.case.subject.vehicle_kind == "bicycle"
    assert message.case.site.camera_id == "pavement"
    # the bicycle stands there from the stream's first picture on, so nothing was recorded before it
    assert all(gap.startswith("clip") and "before the moment" in gap for gap in message.manifest.gaps)
    assert {file.role for file in message.manifest.files} >= {
        FileRole.CLIP,
        FileRole.STILL_FULL,
        FileRole.STILL_CROP,
        FileRole.OVERLAY,
    }
    keys = load_public_keys(box.folder / "keys" / "box.pub")
    check_signature(canonical_bytes(message.manifest), message.signature, keys)
    assert (message.case.plate.status, message.case.plate.reason) == ("unread", BICYCLE)
    counted = f'matthan_plates_total{{camera="pavement",reason="{BICYCLE}",status="unread"}}'
    assert box.metrics()[counted] >= 1


def test_a_bicycle_that_stands_in_a_lane_is_an_alert_at_the_centre(box: BoxProcess, centre: ListeningCentre) -> None:
    payload = wait_for(lambda: centre.payloads("alert"), "an alert")[0]
    alert = Alert.model_validate(payload)
    assert (alert.rule, alert.camera_id, alert.place_id) == ("STOPPED_ON_FAST_ROAD", "pavement", "lane")
    assert (alert.label, alert.end) == ("bicycle", None)
    assert box.metrics()['matthan_alerts_total{camera="pavement",rule="STOPPED_ON_FAST_ROAD"}'] >= 1


def test_a_dead_and_a_hanging_camera_do_not_keep_the_others_from_their_work(box: BoxProcess) -> None:
    wait_for(lambda: box.camera("dead")["state"] == "lost", "the dead camera is told")
    before = {name: box.camera(name)["analysed_frames"] for name in ("pavement", "avenue")}
    for name, count in before.items():
        wait_for(lambda name=name, count=count: box.camera(name)["analysed_frames"] >= count + 10, f"{name} goes on")
    assert box.camera("hanging")["state"] in {"connecting", "lost"}
    assert box.camera("hanging")["analysed_frames"] == 0
    assert box.health()["status"] == "failing"


def test_health_events_and_heartbeats_reach_the_centre(box: BoxProcess, centre: ListeningCentre) -> None:
    def told() -> set[tuple[str, str]]:
        return {(event["camera_id"], event["state"]) for event in centre.payloads("health")}

    wait_for(lambda: told() >= {("pavement", "live"), ("dead", "lost")}, "health events")
    beats = wait_for(lambda: [b for b in centre.payloads("heartbeat") if b["status"] == "online"], "a heartbeat")
    assert set(beats[-1]["cameras"]) == {"pavement", "avenue", "dead", "hanging"}


def test_a_changed_file_reloads_its_camera_while_the_other_counts_on(box: BoxProcess, cameras: RtspServer) -> None:
    wait_for(lambda: box.camera("pavement")["analysed_frames"] > 0, "pictures")
    before, avenue_before = box.metrics(), box.camera("avenue")["analysed_frames"]
    box.put_camera(camera_document("avenue", cameras.url(AVENUE.file_name), version=2))
    wait_for(lambda: box.camera("avenue")["config_version"] == 2, "the new version")
    wait_for(lambda: box.camera("avenue")["analysed_frames"] > avenue_before, "the reloaded camera goes on")
    after = box.metrics()
    for name in ("matthan_frames_decoded_total", "matthan_frames_analysed_total"):
        assert after[f'{name}{{camera="pavement"}}'] >= before[f'{name}{{camera="pavement"}}']
    reloaded = [line["camera_id"] for line in box.log() if line.get("action") == "camera_reloaded"]
    assert reloaded == ["avenue"]
    assert after['matthan_stream_reconnects_total{camera="pavement"}'] == 0


def test_a_bad_new_file_is_refused_with_line_and_remedy_and_the_old_camera_runs_on(
    box: BoxProcess, cameras: RtspServer
) -> None:
    version = box.camera("avenue")["config_version"]
    bad = camera_document("avenue", cameras.url(AVENUE.file_name), version=9, rules=[{"rule": "SPEEDING"}])
    box.put_camera(bad)
    box.send(signal.SIGHUP)

    def refusals() -> list[str]:
        return [one["text"] for one in box.health()["problems"] if "camera file" in one["text"]]

    assert "avenue.yaml:1" in wait_for(refusals, "the refusal")[0]
    count = box.camera("avenue")["analysed_frames"]
    wait_for(lambda: box.camera("avenue")["analysed_frames"] > count, "the old camera runs on")
    assert box.camera("avenue")["config_version"] == version
    box.put_camera(camera_document("avenue", cameras.url(AVENUE.file_name), version=3))
    wait_for(lambda: not refusals(), "the problem is over")


def test_no_secret_is_in_the_log(box: BoxProcess) -> None:
    text = box.log_file.read_text("utf-8")
    assert "box-1-password" not in text
    assert text


def test_sigterm_finishes_pending_evidence_says_goodbye_and_ends_with_zero(
    tmp_path: Path, cameras: RtspServer, broker: NatsBroker, box: BoxProcess, centre: ListeningCentre
) -> None:
    box.send(signal.SIGTERM)
    assert box.wait() == 0
    wait_for(lambda: centre.payloads("heartbeat")[-1]["status"] == "offline", "the goodbye")
    ledger = LedgerBook(box.folder / "data")
    kept = {(entry.camera_id, entry.rule, entry.what) for _, entry, _ in ledger.entries()}
    assert kept >= {
        ("pavement", "", "pictures"),
        ("pavement", "PARK_PAVEMENT", "case"),
        ("pavement", "STOPPED_ON_FAST_ROAD", "alert"),
        ("avenue", "", "pictures"),
    }
    assert {one.camera_id for one, _ in ledger.traffic()} == {"pavement", "avenue"}

    process = BoxProcess(tmp_path, broker, centre_url=centre.url)
    process.put_camera(camera_document("pavement-2", cameras.url(PAVEMENT.file_name), **_PARKING))
    process.start()
    try:
        wait_for(lambda: process.camera("pavement-2")["cases"] > 0, "a case whose clip has not ended")
        process.send(signal.SIGTERM)
        assert process.wait() == 0
        sent = wait_for(
            lambda: [m for m in centre.cases() if m.case.site.camera_id == "pavement-2"],
            "the case, sent while draining",
        )
        assert any(file.role is FileRole.CLIP for file in sent[0].manifest.files)
    finally:
        process.close()
