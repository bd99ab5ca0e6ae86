"""The scorer of the simulated scenes, on a truth small enough to check by eye."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks.sumo.pinhole import Pinhole
from benchmarks.sumo.score import score_run
from domain.cases.precision import wilson

NEAR = [100.0, 100.0, 200.0, 300.0]
ASIDE = [400.0, 100.0, 500.0, 300.0]
ACTORS = [
    {"name": "runner", "label": "car", "kind": "runs"},
    {"name": "waiter", "label": "motorcycle", "kind": "waits"},
]


def act(*, actor: int = 0, begin_s: float = 2.0, evident: bool = True, ignored: bool = False) -> dict[str, Any]:
    return {"rule": "RED_LIGHT", "actor": actor, "kind": "runs", "begin_s": begin_s, "end_s": begin_s + 3,
            "evident": evident, "why_not": "", "ignored": ignored}  # fmt: skip


def case(first: list[float], last: list[float], *, at_s: int = 2, rule: str = "RED_LIGHT") -> dict[str, Any]:
    instants = [f"2026-01-05T01:00:{second:02d}.000Z" for second in (at_s, at_s + 1)]
    moments = [{"at": at, "box_xyxy_px": box} for at, box in zip(instants, (first, last), strict=True)]
    return {"provenance": {"rule": rule}, "began_at": instants[0], "moments": moments}


@pytest.fixture
def scene(tmp_path: Path) -> Path:
    """Ten pictures, one a second; the runner stands at NEAR, the waiter at ASIDE."""
    folder = tmp_path / "scene-s0" / "default"
    folder.mkdir(parents=True)
    pictures = np.repeat(np.arange(10), 2)
    np.savez(
        folder.parent / "view.npz", times_s=np.arange(10.0), picture=pictures, actor=np.tile([0, 1], 10),
        box=np.tile([NEAR, ASIDE], (10, 1)), visible=np.ones(20),
    )  # fmt: skip
    np.savez(folder / "stamps.npz", picture=np.arange(10), stamp_s=np.arange(10.0))
    return folder


def judge(scene: Path, acts: list[dict[str, Any]], cases: list[dict[str, Any]]) -> Any:
    truth = {"scene": "scene", "start": "2026-01-05T01:00:00.000Z", "seconds": 600, "actors": ACTORS, "acts": acts}
    (scene / "truth.json").write_text(json.dumps(truth))
    (scene / "cases.jsonl").write_text("\n".join(json.dumps(item) for item in cases))
    return score_run(scene).get("RED_LIGHT")


def test_a_case_of_the_vehicle_that_acted_is_right(scene: Path) -> None:
    tally = judge(scene, [act()], [case(NEAR, NEAR)])
    assert (tally.tp, tally.fp, tally.evident_found, tally.evident) == (1, 0, 1, 1)


def test_a_case_of_another_vehicle_is_false_and_the_act_is_missed(scene: Path) -> None:
    tally = judge(scene, [act()], [case(ASIDE, ASIDE)])
    assert (tally.tp, tally.fp, tally.evident_found) == (0, 1, 0)
    assert tally.false_kinds == {"waits": 1}


def test_a_second_case_of_one_act_is_false(scene: Path) -> None:
    tally = judge(scene, [act()], [case(NEAR, NEAR), case(NEAR, NEAR, at_s=3)])
    assert (tally.tp, tally.fp) == (1, 1)
    assert tally.false_kinds == {"the same act twice": 1}


def test_pictures_of_two_vehicles_are_false(scene: Path) -> None:
    tally = judge(scene, [act()], [case(NEAR, ASIDE)])
    assert (tally.tp, tally.false_kinds) == (0, {"its pictures show two vehicles": 1})


def test_where_nobody_is_the_case_is_false(scene: Path) -> None:
    tally = judge(scene, [], [case([800.0, 800.0, 900.0, 900.0], [800.0, 800.0, 900.0, 900.0])])
    assert tally.false_kinds == {"nobody is there": 1}


def test_an_ignored_act_counts_neither_way(scene: Path) -> None:
    assert judge(scene, [act(ignored=True)], []) is None
    tally = judge(scene, [act(ignored=True)], [case(NEAR, NEAR)])
    assert (tally.tp, tally.fp, tally.acts) == (0, 0, 0)


def test_an_act_that_was_not_evident_counts_in_the_recall_of_all_only(scene: Path) -> None:
    tally = judge(scene, [act(evident=False)], [])
    assert (tally.acts, tally.found, tally.evident) == (1, 0, 0)


def test_wilson_interval_of_nine_in_ten() -> None:
    low, high = wilson(9, 10)
    assert (round(low, 3), round(high, 3)) == (0.596, 0.982)


def test_the_lower_edge_is_the_end_that_the_camera_sees() -> None:
    """A car at the origin that heads north: from the north its front is lowest, from the south its rear."""
    front, heading, height = np.array([[0.0, 0.0]]), np.array([[0.0, 1.0]]), np.array([1.5])
    for camera_y_m, nearest_y_m in ((40.0, 0.0), (-40.0, -4.0)):
        camera = Pinhole(position_m=(0.0, camera_y_m, 7.0), target_m=(0.0, 0.0, 0.0), hfov_deg=45)
        boxes, _ = camera.boxes(front, heading, 4.0, 1.8, height)
        assert boxes[0, 3] == pytest.approx(camera.ground_norm(0.0, nearest_y_m)[1] * 1080)
