"""The surface look of a camera run, with the network that is shipped, on pictures of paving stones."""

from dataclasses import replace
from itertools import count
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

import rules.registry
from detectors.surface.bank_document import document_of, from_document
from detectors.surface.network import SurfaceNetwork
from detectors.surface.sight import hiding
from detectors.surface.watch import LOOK_EVERY_S, SurfaceWatch
from detectors.tracking.tracker import SteadyTracker
from domain.camera import CameraConfig, ZoneKind
from domain.cases.case import Case
from domain.errors import ModelError
from domain.fleet.health import ProblemCode
from domain.geometry import BoxPx, SizeWh, box_iou
from domain.law.catalogue import built_in_catalogue
from domain.seen.detections import Detections
from domain.seen.frame import BgrPicture, Frame
from domain.seen.looks import Look, SurfaceReading, SurfaceUnknown
from domain.seen.view import ViewState
from edge.health.problems import ProblemBoard
from edge.networks.surface_network import SURFACE, shared_surface_network
from edge.run.camera_run import CameraRun, timelines_of
from edge.run.learned.kinds import surface_files
from edge.run.run_maker import RunMaker
from rules.acts.memory import CameraMemory
from tests.builders.drives import CameraBuilder, at, detections, engine_for
from tests.builders.surface_rule import THINGS
from tests.builders.surfaces import SQUARE, paving, zone

CRATE: BoxPx = (280, 150, 360, 230)
NOTHING = detections([])


@pytest.fixture(scope="module")
def network() -> SurfaceNetwork:
    return SURFACE.open()


@pytest.fixture(autouse=True)
def register(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rules.registry, "RULES", MappingProxyType({**rules.registry.RULES, "THINGS": THINGS}))


def frame_at(second: float, thing: BoxPx | None = None, *, evidence_wh: SizeWh | None = None) -> Frame:
    return Frame(
        camera_id="cam-1",
        index=0,
        captured_at=at(second),
        clock_error_ms=5.0,
        picture=BgrPicture(paving(int(second * 10), thing)),
        evidence_wh=evidence_wh,
    )


def see(
    watch: SurfaceWatch, frame: Frame, network: SurfaceNetwork | None, seen: Detections = NOTHING
) -> SurfaceReading | None:
    readings = watch.see(frame, seen, [zone()], network=network, view=ViewState.UNKNOWN)
    return readings[0] if readings else None


@pytest.fixture(scope="module")
def learned(network: SurfaceNetwork) -> bytes:
    """What a watch knows of the empty pavement."""
    watch = SurfaceWatch()
    for number in range(70):
        see(watch, frame_at(number * 10.0), network)
    return document_of(watch, "cam-1")


def test_a_crate_on_the_pavement_is_found_where_it_stands(network: SurfaceNetwork, learned: bytes) -> None:
    watch = from_document(learned, "cam-1")
    for number in range(12):
        reading = see(watch, frame_at(800 + 2.0 * number), network)
        assert reading is not None
        assert (reading.known, reading.changes) == (True, ())
    for number in range(15):
        reading = see(watch, frame_at(830 + 2.0 * number, CRATE, evidence_wh=(1280, 768)), network)
    assert reading is not None
    (change,) = reading.changes
    assert box_iou(change.box_xyxy_px, tuple(2 * side for side in CRATE)) > 0.3
    assert change.since == at(830)
    assert change.strength > 1


def test_it_is_looked_every_two_seconds_whatever_the_rate_of_pictures(network: SurfaceNetwork, learned: bytes) -> None:
    watch = from_document(learned, "cam-1")
    seconds = [800 + number / 5 for number in range(26)]
    looked = [second for second in seconds if see(watch, frame_at(second), network) is not None]
    assert looked == [800, 800 + LOOK_EVERY_S, 800 + 2 * LOOK_EVERY_S]


def test_those_who_come_and_go_hide_the_ground_and_furniture_does_not() -> None:
    seen = Detections(
        boxes_xyxy_px=np.array([[0, 0, 9, 9], [1, 1, 9, 9], [2, 2, 9, 9]], np.float32),
        scores=np.full(3, 0.9, np.float32),
        class_ids=np.array([0, 1, 2]),
        labels=("umbrella", "person", "motorcycle"),
    )
    assert hiding(seen)[:, 0].tolist() == [1, 2]
    assert hiding(Detections.nothing(("person",))).shape == (0, 4)


def test_a_crowd_a_dark_picture_and_a_small_zone_are_unknown_and_say_why(
    network: SurfaceNetwork, learned: bytes
) -> None:
    watch = from_document(learned, "cam-1")
    crowd = detections([((100, 50, 600, 350), "person")])
    reading = see(watch, frame_at(800), network, crowd)
    assert reading is not None
    assert reading.unknown is SurfaceUnknown.CROWDED
    dark = replace(frame_at(802), picture=BgrPicture(np.full((384, 640, 3), 6, np.uint8)))
    reading = see(watch, dark, network)
    assert reading is not None
    assert reading.unknown is SurfaceUnknown.DARK
    small = zone("P2", [(0.5, 0.5), (0.54, 0.5), (0.54, 0.55)])
    (reading,) = watch.see(frame_at(804), NOTHING, [small], network=network, view=ViewState.SOUND)
    assert reading.unknown is SurfaceUnknown.SMALL


def test_a_moved_view_forgets_everything(network: SurfaceNetwork, learned: bytes) -> None:
    watch = from_document(learned, "cam-1")
    revision = watch.revision
    (reading,) = watch.see(frame_at(800), NOTHING, [zone()], network=network, view=ViewState.MOVED)
    assert reading.unknown is SurfaceUnknown.VIEW
    assert watch.revision > revision, "the copy on disk is void too"
    reading = see(watch, frame_at(802), network)
    assert reading is not None
    assert reading.unknown is SurfaceUnknown.YOUNG


def test_a_view_that_is_covered_is_unknown_and_forgets_nothing(network: SurfaceNetwork, learned: bytes) -> None:
    watch = from_document(learned, "cam-1")
    (reading,) = watch.see(frame_at(800), NOTHING, [zone()], network=network, view=ViewState.COVERED)
    assert reading.unknown is SurfaceUnknown.VIEW
    reading = see(watch, frame_at(802), network)
    assert reading is not None
    assert reading.known


def test_a_zone_that_is_drawn_anew_and_other_weights_begin_anew(network: SurfaceNetwork, learned: bytes) -> None:
    watch = from_document(learned, "cam-1")
    moved = zone("P1", [(x + 0.1, y) for x, y in SQUARE])
    (reading,) = watch.see(frame_at(800), NOTHING, [moved], network=network, view=ViewState.SOUND)
    assert reading.unknown is SurfaceUnknown.YOUNG
    watch = from_document(learned.replace(network.model.sha256.encode(), b"0" * 64), "cam-1")
    reading = see(watch, frame_at(800), network)
    assert reading is not None
    assert reading.unknown is SurfaceUnknown.YOUNG


class TestKept:
    def test_what_is_kept_goes_on_as_if_nothing_had_been(self, network: SurfaceNetwork, learned: bytes) -> None:
        watch = from_document(learned, "cam-1")
        for number in range(10):
            see(watch, frame_at(800 + 2.0 * number, CRATE), network)
        again = from_document(document_of(watch, "cam-1"), "cam-1")
        one = see(watch, frame_at(822, CRATE), network)
        other = see(again, frame_at(822, CRATE), network)
        assert one is not None
        assert other is not None
        assert len(one.changes) == len(other.changes) == 1
        assert other.changes[0].since == one.changes[0].since
        assert other.changes[0].box_xyxy_px == one.changes[0].box_xyxy_px

    def test_a_restart_goes_on_with_what_was_learned(
        self, tmp_path: Path, network: SurfaceNetwork, learned: bytes
    ) -> None:
        problems = ProblemBoard()
        files = surface_files(tmp_path, problems=problems)
        watch = files.read("cam-1")
        assert watch.banks == {}
        watch = from_document(learned, "cam-1")
        for second in (800.0, 2000.0):
            see(watch, frame_at(second), network)
            files.keep("cam-1", watch)
        files.close()
        files = surface_files(tmp_path, problems=problems)
        reading = see(files.read("cam-1"), frame_at(2010), network)
        files.close()
        assert reading is not None
        assert reading.known
        assert not problems.problems()

    @pytest.mark.parametrize(
        "damage",
        [
            (b'"cam-1"', b'"cam-2"'),
            (b'"vectors":"', b'"vectors":"AAAA'),
            (b'"belief":[', b'"belief":[0.5,'),
            (b"{", b""),
            (b'"seen":[[', b'"seen":[[1,'),
        ],
    )
    def test_a_damaged_copy_is_named_and_learned_anew(
        self, tmp_path: Path, learned: bytes, damage: tuple[bytes, bytes]
    ) -> None:
        problems = ProblemBoard()
        (tmp_path / "cam-1.json").write_bytes(learned.replace(*damage, 1))
        files = surface_files(tmp_path, problems=problems)
        assert files.read("cam-1").banks == {}
        files.close()
        assert problems.stands(ProblemCode.MEMORY_UNREADABLE, camera_id="cam-1", about="surface")


def camera(*rules_: str) -> CameraConfig:
    builder = CameraBuilder().zone("P1", ZoneKind.PAVEMENT, *SQUARE)
    for rule in rules_:
        builder = builder.rule(rule)
    return builder.build()


def run_of(camera_: CameraConfig, surfaces: SurfaceWatch, network: SurfaceNetwork | None) -> CameraRun:
    ids = count(1)
    return CameraRun(
        camera=camera_,
        tracker=SteadyTracker(ids=ids),
        engine=engine_for(camera_),
        signals=timelines_of(camera_),
        track_ids=ids,
        memory=CameraMemory(),
        surfaces=surfaces,
        surface_network=lambda: network,
    )


class TestInARun:
    def test_a_thing_on_the_pavement_becomes_a_finding_of_the_rule_that_asks_for_it_and_a_log_gives_the_same(
        self, network: SurfaceNetwork, learned: bytes
    ) -> None:
        run = run_of(camera("THINGS"), from_document(learned, "cam-1"), network)
        replayed = run_of(camera("THINGS"), SurfaceWatch(), None)
        cases, again = [], []
        for number in range(20):
            seen = run.look(frame_at(800 + 2.0 * number, CRATE if number > 4 else None), NOTHING)
            assert len(seen.surfaces) == 1
            cases += run.judge(seen) or ()
            again += replayed.judge(seen) or ()
        (case,) = cases
        assert isinstance(case, Case)
        assert case.began_at == at(810)
        assert cases == again

    def test_nothing_is_looked_at_where_no_rule_asks(self, network: SurfaceNetwork, learned: bytes) -> None:
        run = run_of(camera("DRIVE_PAVEMENT"), from_document(learned, "cam-1"), network)
        assert run.look(frame_at(800), NOTHING).surfaces == ()

    def test_a_zone_in_which_a_rule_tells_of_something_is_held(self, network: SurfaceNetwork, learned: bytes) -> None:
        camera_ = camera("THINGS")
        engine = engine_for(camera_)
        ids = count(1)
        run = CameraRun(
            camera=camera_,
            tracker=SteadyTracker(ids=ids),
            engine=engine,
            signals=timelines_of(camera_),
            track_ids=ids,
            memory=CameraMemory(),
            surfaces=from_document(learned, "cam-1"),
            surface_network=lambda: network,
        )
        for number in range(15):
            run.judge(run.look(frame_at(800 + 2.0 * number, CRATE), NOTHING))
        assert engine.places_told(Look.SURFACE, at(830)) == {"P1"}
        assert engine.places_told(Look.SURFACE, at(900)) == frozenset()
        assert engine.places_told(Look.HEADS, at(830)) == frozenset()

    def test_without_the_network_the_ground_is_unknown_and_the_zone_is_named(self, learned: bytes) -> None:
        run = run_of(camera("THINGS"), from_document(learned, "cam-1"), None)
        seen = run.look(frame_at(800), NOTHING)
        run.judge(seen)
        assert [reading.unknown for reading in seen.surfaces] == [SurfaceUnknown.NO_NETWORK]
        assert run.unread_surfaces == ("P1",)


def test_a_reload_goes_on_with_what_was_learned_and_a_check_touches_nothing(
    network: SurfaceNetwork, learned: bytes
) -> None:
    asked: list[str] = []

    def surfaces_of(camera_id: str) -> SurfaceWatch:
        asked.append(camera_id)
        return from_document(learned, camera_id)

    runs = RunMaker(
        box_id="box-1",
        catalogue=built_in_catalogue(),
        detector=None,
        make_tracker=lambda ids: SteadyTracker(ids=ids),
        surfaces_of=surfaces_of,
        surface_network=lambda: network,
    )
    runs.check(camera("THINGS"))
    assert asked == []
    first = runs.make(camera("THINGS"))
    assert first.look(frame_at(800), NOTHING).surfaces[0].known
    again = runs.make(camera("THINGS", "DRIVE_PAVEMENT"), first)
    assert again.surfaces is first.surfaces
    assert again.look(frame_at(802), NOTHING).surfaces[0].known
    assert asked == ["cam-1"]


def test_weights_that_are_absent_are_told_once_and_stop_nothing(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def absent() -> SurfaceNetwork:
        raise ModelError("the weights of surface cannot be read")

    shared = shared_surface_network(absent)
    assert shared() is None
    assert shared() is None
    assert [record.action for record in caplog.records] == ["surface_network_absent"]  # type: ignore[attr-defined]
