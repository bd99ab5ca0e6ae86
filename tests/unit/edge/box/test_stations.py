"""What a camera keeps over a reload, and what it lets go of."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from domain.camera import CameraConfig
from domain.detections import Detections
from domain.errors import ConfigurationError
from domain.health import HealthEvent, StreamState
from domain.law.catalogue import built_in_catalogue
from domain.model_ref import ModelRef
from domain.timeline import SignalState
from edge.box.problems import ProblemBoard
from edge.box.stations import BoxStations, EvidenceDesk
from edge.evidence.collector import PackageBuilder
from edge.evidence.worker import EvidenceWorker
from edge.outbox.outbox import Outbox
from ingest.source_counters import SourceCounters, Tally
from plumbing.signing import generate_key
from plumbing.system_clock import SystemClock
from tests.builders.box_fakes import NOON, ListedSource, camera, frame
from tests.builders.cases import build_case

FEED = {"id": "S1", "source": "feed"}


class CountedSource(ListedSource):
    """A source whose figures the test sets."""

    def __init__(self, camera_id: str, on_health: Callable[[HealthEvent], None]) -> None:
        super().__init__(camera_id, [frame(camera_id)])
        self.tally = Tally()
        self.tally.connections = 1
        self.tell = on_health

    @property
    def state(self) -> StreamState:
        return StreamState.LIVE

    @property
    def counters(self) -> SourceCounters:
        return self.tally.snapshot(StreamState.LIVE, ring_bytes=7)


class EmptyTracker:
    """Follows nothing, but takes an id for each picture."""

    name = "empty/1"

    def __init__(self, ids: Iterator[int]) -> None:
        self.ids = ids

    def update(self, at: object, detections: object) -> tuple[()]:
        self.newest_id = next(self.ids)
        return ()


class Street:
    """Stations over fake streams and a real outbox."""

    def __init__(self, folder: Path) -> None:
        problems, clock = ProblemBoard(), SystemClock()
        self.outbox = Outbox.open(folder / "data", clock=clock, problems=problems)
        self.opened: list[CountedSource] = []
        self.trackers: list[EmptyTracker] = []
        self.told: list[HealthEvent] = []
        self.worker = EvidenceWorker()
        self.worker.start()
        signer = generate_key(folder / "keys")
        self.stations = BoxStations(
            box_id="box-1",
            open_source=self._open,  # type: ignore[arg-type]
            make_tracker=self._track,  # type: ignore[arg-type,return-value]
            detector=ModelRef(name="m", sha256="0" * 64),
            catalogue=built_in_catalogue(),
            builder=PackageBuilder(outbox=self.outbox, signer=signer, clock=clock, problems=problems),
            worker=self.worker,
            holds_dir=folder / "data" / "holds",
            clock=clock,
            on_health=self.told.append,
        )

    def _open(self, camera: CameraConfig, on_health: Callable[[HealthEvent], None]) -> CountedSource:
        self.opened.append(CountedSource(camera.id, on_health))
        return self.opened[-1]

    def _track(self, ids: Iterator[int]) -> EmptyTracker:
        self.trackers.append(EmptyTracker(ids))
        return self.trackers[-1]

    def close(self) -> None:
        self.worker.close()
        self.outbox.close()


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    street = Street(tmp_path)
    yield street
    street.close()


def test_a_reload_with_the_same_stream_keeps_source_evidence_and_figures(street: Street) -> None:
    old = street.stations.build(camera("a"), None)
    old.figures.analysed_frames = 9
    new = street.stations.build(camera("a", version=2, name="anders"), old)
    old.finish()
    street.stations.retire(old, new)
    assert new.source is old.source
    assert len(street.opened) == 1
    assert not street.opened[0].closed
    assert isinstance(old.desk, EvidenceDesk)
    assert isinstance(new.desk, EvidenceDesk)
    assert new.desk.keeper is old.desk.keeper
    assert new.figures.analysed_frames == 9


def test_a_reload_with_another_stream_opens_it_and_closes_the_old_one_when_its_evidence_is_done(street: Street) -> None:
    old = street.stations.build(camera("a"), None)
    street.opened[0].tally.frames_decoded = 100
    changed = camera("a", version=2, stream={"url": "rtsp://127.0.0.1:1/other", "analysed_fps": 5})
    new = street.stations.build(changed, old)
    street.opened[1].tally.frames_decoded = 5
    old.desk.take(build_case(camera_id="a"))
    old.finish()
    street.stations.retire(old, new)
    until_s = time.monotonic() + 10
    while not street.opened[0].closed:
        assert time.monotonic() < until_s
        time.sleep(0.01)
    assert street.outbox.status().ready == 1
    assert street.stations.stream_figures(new).decoded_frames == 105
    assert not street.opened[1].closed


def test_track_ids_are_never_used_twice_over_reloads_and_restarts(street: Street) -> None:
    old = street.stations.build(camera("a"), None)
    empty = Detections.nothing(("car",))
    old.judge(frame("a", at_s=0), empty)
    new = street.stations.build(camera("a", version=2), old)
    new.judge(frame("a", at_s=1), empty)
    used = [tracker.newest_id for tracker in street.trackers if hasattr(tracker, "newest_id")]
    assert len(used) == len(set(used)) == 2


def test_what_a_signal_shows_outlives_a_reload_unless_the_signals_change(street: Street) -> None:
    old = street.stations.build(camera("a", signals=[FEED]), None)
    timeline = street.stations.timeline("a", "S1")
    assert timeline is not None
    timeline.record(NOON, SignalState.RED)
    same = street.stations.build(camera("a", version=2, signals=[FEED]), old)
    assert street.stations.timeline("a", "S1") is timeline
    street.stations.build(camera("a", version=3, signals=[{**FEED, "max_age_s": 9}]), same)
    fresh = street.stations.timeline("a", "S1")
    assert fresh is not None
    assert fresh.at(NOON).state is SignalState.UNKNOWN
    assert street.stations.timeline("b", "S1") is None


def test_a_camera_with_wrong_rules_is_refused_before_its_stream_is_opened(street: Street) -> None:
    rules = [{"rule": "SPEEDING", "valid_from": "2026-01-01"}]
    with pytest.raises(ConfigurationError, match="SPEEDING"):
        street.stations.build(camera("a", rules=rules), None)
    assert street.opened == []


def test_the_reason_of_a_stream_s_state_is_kept_and_told_on(street: Street) -> None:
    station = street.stations.build(camera("a"), None)
    event = HealthEvent(camera_id="a", state=StreamState.LOST, at=NOON, reason="refused")
    street.opened[0].tell(event)
    assert street.told == [event]
    assert street.stations.stream_figures(station).state_reason == "refused"


def test_a_drain_finishes_evidence_and_closes_every_source(street: Street) -> None:
    station = street.stations.build(camera("a"), None)
    station.desk.take(build_case(camera_id="a"))
    station.finish()
    street.stations.drain(10.0)
    assert street.opened[0].closed
    assert street.outbox.status().ready == 1
