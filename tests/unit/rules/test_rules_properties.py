"""What must hold for every rule whatever the tracker and the stream do."""

import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import count, pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detectors.tracking.tracker import SteadyTracker
from domain.camera import CameraConfig, ZoneKind
from domain.canonical import canonical_bytes
from domain.cases.case import Case
from domain.geometry import BoxPx
from domain.seen.timeline import SignalState
from edge.run.camera_run import CameraRun, timelines_of
from rules.acts.memory import CameraMemory
from tests.builders.drives import (
    CameraBuilder,
    Drive,
    at,
    box_at,
    detections,
    engine_for,
    every,
    path,
    run,
    scenes,
    seen_at,
)

lean = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
seeds = st.integers(0, 2**32 - 1)


def junction() -> CameraConfig:
    return CameraBuilder().rule("RED_LIGHT").rule("STOP_LINE").build()


def pavement() -> CameraConfig:
    builder = CameraBuilder().zone("pavement", ZoneKind.PAVEMENT, (0, 0), (1, 0), (1, 1), (0, 1))
    return builder.rule("PARK_PAVEMENT", threshold_s=60.0).build()


def one_way() -> CameraConfig:
    builder = CameraBuilder().zone(
        "lane", ZoneKind.LANE, (0, 0), (1, 0), (1, 1), (0, 1), direction_norm=((0.5, 0.9), (0.5, 0.1))
    )
    return builder.rule("WRONG_WAY").build()


def shaken(box: BoxPx, chance: random.Random, sigma_px: float) -> BoxPx:
    x1, y1, x2, y2 = (value + chance.gauss(0, sigma_px) for value in box)
    return (x1, y1, x2, y2)


def seen_by_tracker(
    camera: CameraConfig, pictures: Sequence[tuple[float, list[BoxPx]]], *, signal: str = "red", twice: bool = False
) -> list[Case]:
    """The cases of boxes that go through the product's own tracker."""
    ids = count(1)
    tracker = SteadyTracker(ids=ids)
    run = CameraRun(
        camera=camera,
        tracker=tracker,
        engine=engine_for(camera),
        signals=timelines_of(camera),
        track_ids=ids,
        memory=CameraMemory(),
    )
    run.report_signal("S1", at(-60), SignalState.GREEN if signal == "red" else SignalState.RED)
    run.report_signal("S1", at(-30), SignalState(signal))
    outputs: list[object] = []
    for second, boxes in pictures:
        for _ in range(2 if twice else 1):
            outputs += run.judge(seen_at(second, detections([(box, "motorcycle") for box in boxes]))) or ()
    outputs += run.finish()
    return [item for item in outputs if isinstance(item, Case)]


def stop_and_go(second: float, *, start_px: float, speed_px_s: float, stop_px: float, stop_s: float) -> float:
    """Where a vehicle is that stops at a place for a while and goes on."""
    arrives_s = (start_px - stop_px) / speed_px_s
    if second <= arrives_s:
        return start_px - speed_px_s * second
    return stop_px - speed_px_s * max(0.0, second - arrives_s - stop_s)


@st.composite
def traffic(draw: st.DrawFn, *, may_lose: bool = True) -> tuple[list[tuple[float, list[BoxPx]]], int]:
    """One to three vehicles over the line, with jitter and stops; some boxes and pictures may be lost."""
    chance = random.Random(draw(seeds))
    vehicles = draw(st.integers(1, 3))
    step_s = draw(st.sampled_from([0.1, 0.2, 0.25]))
    lost = draw(st.floats(0, 0.2)) if may_lose else 0.0
    sigma_px = draw(st.floats(0, 2.0))
    ways = [
        {
            "start_px": chance.uniform(760, 900),
            "speed_px_s": chance.uniform(100, 280),
            "stop_px": chance.uniform(560, 640),
            "stop_s": chance.choice([0.0, 1.0, 4.0]),
        }
        for _ in range(vehicles)
    ]
    pictures = []
    for second in every(step_s, 0, 14):
        if chance.random() < lost / 2:
            continue
        boxes = []
        for index, way in enumerate(ways):
            bottom_px = stop_and_go(second, **way)
            if bottom_px > 130 and chance.random() >= lost:
                boxes.append(shaken(box_at(400 + 400 * index, bottom_px), chance, sigma_px))
        pictures.append((second, boxes))
    return pictures, vehicles


class TestThroughTheTracker:
    @lean
    @given(traffic(may_lose=False))
    def test_everyone_over_the_line_on_red_is_told_once(
        self, seen: tuple[list[tuple[float, list[BoxPx]]], int]
    ) -> None:
        pictures, vehicles = seen
        cases = seen_by_tracker(junction(), pictures)
        assert [case.violation.code for case in cases] == ["RED_LIGHT"] * vehicles
        assert len({case.case_id for case in cases}) == vehicles

    @lean
    @given(traffic())
    def test_lost_boxes_and_pictures_never_make_more_of_it(
        self, seen: tuple[list[tuple[float, list[BoxPx]]], int]
    ) -> None:
        pictures, vehicles = seen
        cases = seen_by_tracker(junction(), pictures)
        assert len(cases) <= vehicles
        assert {case.violation.code for case in cases} <= {"RED_LIGHT"}
        for case in cases:
            before, after = case.moments
            assert before.box_xyxy_px[3] > 540 > after.box_xyxy_px[3]

    @lean
    @given(traffic())
    def test_nobody_on_green(self, seen: tuple[list[tuple[float, list[BoxPx]]], int]) -> None:
        assert seen_by_tracker(junction(), seen[0], signal="green") == []

    @lean
    @given(traffic())
    def test_the_same_input_gives_the_same_bytes_and_doubled_pictures_change_nothing(
        self, seen: tuple[list[tuple[float, list[BoxPx]]], int]
    ) -> None:
        first = [canonical_bytes(case) for case in seen_by_tracker(junction(), seen[0])]
        assert first == [canonical_bytes(case) for case in seen_by_tracker(junction(), seen[0])]
        assert first == [canonical_bytes(case) for case in seen_by_tracker(junction(), seen[0], twice=True)]

    @lean
    @given(traffic(), seeds)
    def test_the_order_of_detections_in_a_picture_changes_no_byte(
        self, seen: tuple[list[tuple[float, list[BoxPx]]], int], seed: int
    ) -> None:
        """Not even the case ids: track ids follow from places."""
        chance = random.Random(seed)
        shuffled = [(second, chance.sample(boxes, len(boxes))) for second, boxes in seen[0]]
        builder = CameraBuilder().zone("pavement", ZoneKind.PAVEMENT, (0, 0), (1, 0), (1, 1), (0, 1))
        lane = ((0, 0), (1, 0), (1, 1), (0, 1))
        builder = builder.zone("lane", ZoneKind.LANE, *lane, direction_norm=((0.5, 0.1), (0.5, 0.9)))
        builder = builder.rule("RED_LIGHT").rule("STOP_LINE").rule("PARK_PAVEMENT", threshold_s=2.0).rule("WRONG_WAY")
        camera = builder.build()
        cases = [canonical_bytes(case) for case in seen_by_tracker(camera, seen[0])]
        assert cases
        assert cases == [canonical_bytes(case) for case in seen_by_tracker(camera, shuffled)]

    @lean
    @given(seeds, st.floats(0, 3), st.floats(12, 60), st.integers(1, 4))
    def test_a_vehicle_before_the_line_is_never_told(
        self, seed: int, sigma_px: float, before_px: float, vehicles: int
    ) -> None:
        chance = random.Random(seed)
        pictures = [
            (
                second,
                [shaken(box_at(300 + 130 * index, 540 + before_px), chance, sigma_px) for index in range(vehicles)],
            )
            for second in every(0.2, 0, 20)
            if chance.random() > 0.1
        ]
        assert seen_by_tracker(junction(), pictures) == []

    @lean
    @given(seeds, st.floats(0, 2.5), st.lists(st.tuples(st.floats(5, 100), st.floats(1, 28)), max_size=2))
    def test_a_parked_vehicle_is_told_once_however_often_it_is_lost(
        self, seed: int, sigma_px: float, losses: list[tuple[float, float]]
    ) -> None:
        chance = random.Random(seed)
        pictures = [
            (
                second,
                []
                if any(start_s <= second <= start_s + lasts_s for start_s, lasts_s in losses) or chance.random() < 0.1
                else [shaken(box_at(700, 600), chance, sigma_px)],
            )
            for second in every(0.5, 0, 320)
        ]
        (case,) = seen_by_tracker(pavement(), pictures)
        assert case.began_at <= at(130)  # who was unseen for long and then stands a little aside stands from then on
        assert case.moments[-1].at - case.moments[0].at >= at(60) - at(0)

    @lean
    @given(traffic())
    def test_nobody_goes_against_the_direction(self, seen: tuple[list[tuple[float, list[BoxPx]]], int]) -> None:
        assert seen_by_tracker(one_way(), seen[0]) == []


def broken(sightings: list[tuple[float, BoxPx]], chance: random.Random, pieces: int) -> list[Drive]:
    """One vehicle's sightings under several ids, one after another."""
    cuts = sorted(chance.sample(range(1, len(sightings)), min(pieces - 1, len(sightings) - 1)))
    edges = [0, *cuts, len(sightings)]
    return [
        Drive(track_id=100 + index, sightings=sightings[start:end], label="motorcycle")
        for index, (start, end) in enumerate(pairwise(edges))
    ]


class TestWhateverTheTrackerDoes:
    @lean
    @given(seeds, st.integers(2, 6))
    def test_ids_that_change_never_double_a_crossing(self, seed: int, pieces: int) -> None:
        chance = random.Random(seed)
        speed_px_s = chance.uniform(60, 250)
        sightings = path(lambda second: (900, 820 - speed_px_s * second), every(0.2, 0, 650 / speed_px_s))
        assert len(run(junction(), scenes(broken(sightings, chance, pieces))).cases) <= 1

    @lean
    @given(seeds, st.integers(2, 6))
    def test_ids_that_change_never_invent_a_crossing(self, seed: int, pieces: int) -> None:
        """Vehicles wait before the line and drive beyond it; no id that hops between them makes one cross."""
        chance = random.Random(seed)
        waiting = path(lambda _: (900, 700), every(0.2, 0, 8))
        beyond = path(lambda second: (900 + chance.uniform(-2, 2), 420 - 20 * second), every(0.2, 0, 8))
        hops = sorted(chance.sample(range(1, len(waiting)), pieces))
        one, two, swapped = [], [], False
        for index, (low, high) in enumerate(zip(waiting, beyond, strict=True)):
            swapped ^= index in hops
            one.append(high if swapped else low)
            two.append(low if swapped else high)
        found = run(junction(), scenes([Drive(track_id=1, sightings=one), Drive(track_id=2, sightings=two)]))
        assert found.cases == ()

    @lean
    @given(seeds, st.integers(2, 5))
    def test_the_order_of_tracks_does_not_matter(self, seed: int, vehicles: int) -> None:
        chance = random.Random(seed)
        drives = []
        for index in range(vehicles):
            seconds, speed_px_s = every(0.2, 0, 6), chance.uniform(80, 250)
            crossing = [(second, box_at(300 + 250 * index, 820 - speed_px_s * second)) for second in seconds]
            standing = [(second, box_at(300 + 90 * index, 900)) for second in seconds]
            drives.append(Drive(track_id=index, sightings=crossing))
            drives.append(Drive(track_id=50 + index, sightings=standing))
        builder = CameraBuilder().zone("pavement", ZoneKind.PAVEMENT, (0, 0.6), (1, 0.6), (1, 1), (0, 1))
        camera = builder.rule("RED_LIGHT").rule("STOP_LINE").rule("PARK_PAVEMENT", threshold_s=4.0).build()
        pictures = list(scenes(drives, goes_on_s=4))
        ordered = run(camera, pictures)
        shuffled = run(
            camera,
            (replace(scene, tracks=tuple(chance.sample(scene.tracks, len(scene.tracks)))) for scene in pictures),
        )
        assert [canonical_bytes(case) for case in ordered.cases] == [canonical_bytes(case) for case in shuffled.cases]
        assert len(ordered.cases) == 2 * vehicles
        assert ordered.refusals == shuffled.refusals

    @lean
    @given(seeds, st.floats(0.3, 8))
    def test_time_that_is_missing_never_makes_a_case_without_its_moments(self, seed: int, gap_s: float) -> None:
        chance = random.Random(seed)
        start_s = chance.uniform(0, 5)
        seconds = [second for second in every(0.2, 0, 12) if not start_s < second < start_s + gap_s]
        drive = Drive(track_id=1, sightings=path(lambda second: (900, 820 - 70 * second), seconds))
        for case in run(junction(), scenes([drive], keep_s=30)).cases:
            before, after = case.moments
            assert before.box_xyxy_px[3] > 540 > after.box_xyxy_px[3]
            assert before.at < case.began_at < after.at

    @lean
    @given(seeds, st.integers(1, 30), st.floats(0, 4))
    def test_a_stay_under_many_ids_is_one_case(self, seed: int, pieces: int, sigma_px: float) -> None:
        chance = random.Random(seed)
        sightings = [(second, shaken(box_at(700, 600), chance, sigma_px)) for second in every(0.5, 0, 300)]
        found = run(pavement(), scenes(broken(sightings, chance, pieces), every(0.5, 0, 300)))
        assert len(found.cases) == 1
