"""What a camera keeps over a reload, and what it lets go of."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from domain.camera import CameraConfig
from domain.errors import ConfigurationError, OutboxError
from domain.fleet.health import HealthEvent, SourceFault, StreamState
from domain.law.catalogue import built_in_catalogue
from domain.model_ref import ModelRef
from domain.seen.detections import Detections
from domain.seen.timeline import SignalState
from edge.box.cameras import Cameras
from edge.evidence.evidence_line import EvidenceLine
from edge.evidence.keeper import EvidenceKeeper
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from edge.outbox.values import Recorded
from edge.run.run_maker import RunMaker
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
    def faults(self) -> tuple[SourceFault, ...]:
        return ()

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
    """Cameras over fake streams and a real outbox."""

    def __init__(self, folder: Path) -> None:
        problems, clock = ProblemBoard(), SystemClock()
        self.outbox = Outbox.open(folder / "data", clock=clock, problems=problems)
        self.opened: list[CountedSource] = []
        self.trackers: list[EmptyTracker] = []
        self.told: list[HealthEvent] = []
        signer = generate_key(folder / "keys")
        self.evidence = EvidenceLine.of(self.outbox, signer=signer, clock=clock, problems=problems)
        self.evidence.stages.start()
        self.cameras = Cameras(
            open_source=self._open,  # type: ignore[arg-type]
            keep_evidence=lambda camera, source, name: EvidenceKeeper(
                camera=camera,
                source=source,
                line=self.evidence,
                directory=folder / "data" / "holds" / name,
                clock=clock,
            ),
            runs=RunMaker(
                box_id="box-1",
                catalogue=built_in_catalogue(),
                detector=ModelRef(name="m", sha256="0" * 64),
                make_tracker=self._track,  # type: ignore[arg-type,return-value]
            ),
            problems=problems,
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
        self.evidence.stages.close()
        self.outbox.close()


@pytest.fixture
def street(tmp_path: Path) -> Iterator[Street]:
    street = Street(tmp_path)
    yield street
    street.close()


def test_a_reload_with_the_same_stream_keeps_source_evidence_and_figures(street: Street) -> None:
    guard = street.cameras.open(camera("a"))
    guard.figures.analysed_frames = 9
    stream = guard.stream
    street.cameras.prepare(guard, camera("a", version=2, name="anders"))()
    assert guard.camera.version == 2
    assert guard.stream is stream
    assert len(street.opened) == 1
    assert not street.opened[0].closed
    assert guard.figures.analysed_frames == 9


def test_a_reload_with_another_stream_opens_it_and_closes_the_old_one_when_its_evidence_is_done(street: Street) -> None:
    guard = street.cameras.open(camera("a"))
    street.opened[0].tally.frames_decoded = 100
    guard.stream.evidence.collect(build_case(camera_id="a"))
    changed = camera("a", version=2, stream={"url": "rtsp://127.0.0.1:1/other", "analysed_fps": 5})
    change = street.cameras.prepare(guard, changed)
    street.opened[1].tally.frames_decoded = 5
    assert guard.stream.source is street.opened[0]
    change()
    until_s = time.monotonic() + 60
    while not street.opened[0].closed:
        assert time.monotonic() < until_s
        time.sleep(0.01)
    assert street.outbox.status().ready == 1
    assert street.cameras.stream_figures(guard).decoded_frames == 105
    assert not street.opened[1].closed


def test_a_case_that_waits_outlives_the_stream_that_it_was_found_in(street: Street) -> None:
    guard = street.cameras.open(camera("a"))
    record, refused = street.outbox.record, OutboxError("database or disk is full")

    def full(_case: object) -> Recorded:
        raise refused

    street.outbox.record = full  # type: ignore[method-assign,assignment]
    guard._hand_over.put(guard.stream.evidence, [build_case(camera_id="a")])
    changed = camera("a", version=2, stream={"url": "rtsp://127.0.0.1:1/other", "analysed_fps": 5})
    street.cameras.prepare(guard, changed)()
    assert not street.opened[0].closed
    street.outbox.record = record  # type: ignore[method-assign]
    until_s = time.monotonic() + 60
    while not street.opened[0].closed:
        assert time.monotonic() < until_s
        time.sleep(0.01)
    assert street.outbox.status().ready == 1


def test_track_ids_are_never_used_twice_over_reloads_and_restarts(street: Street) -> None:
    guard = street.cameras.open(camera("a"))
    empty = Detections.nothing(("car",))
    guard.judge(frame("a", at_s=0), empty)
    street.cameras.prepare(guard, camera("a", version=2))()
    guard.judge(frame("a", at_s=1), empty)
    used = [tracker.newest_id for tracker in street.trackers if hasattr(tracker, "newest_id")]
    assert len(used) == len(set(used)) == 2


def test_what_a_signal_shows_outlives_a_reload_unless_the_signals_change(street: Street) -> None:
    guard = street.cameras.open(camera("a", signals=[FEED]))
    timeline = street.cameras.timeline("a", "S1")
    assert timeline is not None
    timeline.record(NOON, SignalState.RED)
    street.cameras.prepare(guard, camera("a", version=2, signals=[FEED]))()
    assert street.cameras.timeline("a", "S1") is timeline
    street.cameras.prepare(guard, camera("a", version=3, signals=[{**FEED, "max_age_s": 9}]))()
    fresh = street.cameras.timeline("a", "S1")
    assert fresh is not None
    assert fresh.at(NOON).state is SignalState.UNKNOWN
    assert street.cameras.timeline("b", "S1") is None


def test_a_camera_with_wrong_rules_is_refused_before_its_stream_is_opened(street: Street) -> None:
    rules = [{"rule": "SPEEDING", "valid_from": "2026-01-01"}]
    with pytest.raises(ConfigurationError, match="SPEEDING"):
        street.cameras.open(camera("a", rules=rules))
    assert street.opened == []
    guard = street.cameras.open(camera("a"))
    with pytest.raises(ConfigurationError, match="SPEEDING"):
        street.cameras.prepare(guard, camera("a", version=2, rules=rules))
    assert guard.camera.version == 1


def test_the_reason_of_a_stream_s_state_is_kept_and_told_on(street: Street) -> None:
    guard = street.cameras.open(camera("a"))
    event = HealthEvent(camera_id="a", state=StreamState.LOST, at=NOON, reason="refused")
    street.opened[0].tell(event)
    assert street.told == [event]
    assert street.cameras.stream_figures(guard).state_reason == "refused"


def test_a_removed_camera_s_evidence_is_finished_and_its_stream_closed(street: Street) -> None:
    guard = street.cameras.open(camera("a"))
    guard.stream.evidence.collect(build_case(camera_id="a"))
    street.cameras.remove(guard)
    until_s = time.monotonic() + 60
    while not street.opened[0].closed:
        assert time.monotonic() < until_s
        time.sleep(0.01)
    assert street.outbox.status().ready == 1
    assert street.cameras.stream_figures(guard).state is StreamState.LOST


def test_a_drain_finishes_evidence_and_closes_every_source(street: Street) -> None:
    guard = street.cameras.open(camera("a"))
    guard.stream.evidence.collect(build_case(camera_id="a"))
    guard.finish()
    street.cameras.drain(10.0)
    assert street.opened[0].closed
    assert street.outbox.status().ready == 1
