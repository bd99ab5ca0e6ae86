"""What only looks like an offence on a street of several lanes."""

import numpy as np

from benchmarks.sumo.lane_acts import FAR_M, Maker, Stage, into_side_road, pick, turn_round
from benchmarks.sumo.lanes_scene import LanesScene
from benchmarks.sumo.trips import Trip, runs_into

Made = tuple[Trip, str]
_STANDS_MPS = 0.2
_STANDS_ROWS = 80  # tenths of a second
_JAMS_PER_MIN = 0.4
_TRIES = 15


def _either(rng: np.random.Generator) -> int:
    """Minus one or one."""
    return int(rng.choice([-1, 1]))


def play_decoys(stage: Stage) -> None:
    """All kinds of decoys."""
    _forced_into_kept_lane(stage)
    _jams(stage)
    makers: dict[str, tuple[float, Maker]] = {
        "touches_line": (1.5, _touches_line),
        "rides_on_line": (0.6, _rides_on_line),
        "crosses_road": (1.0, _crosses_road),
        "through_lane_to_gate": (1.5, _to_gate),
        "out_of_gate": (1.0, _out_of_gate),
        "slants_to_gate": (0.8, _slants_to_gate),
        "bicycle_on_pavement": (0.7, _bicycle_on_pavement),
        "bicycle_in_kept_lane": (0.7, _bicycle_in_kept_lane),
        "permitted_in_kept_lane": (0.7, _permitted_in_kept_lane),
        "beside_kerb": (1.0, _beside_kerb),
        "parks_on_pavement": (0.8, _parks_on_pavement),
        "provided_u_turn": (1.2, _provided_u_turn),
        "bicycle_turns_round": (0.5, _bicycle_turns_round),
        "backs_out": (0.8, _backs_out),
        "permitted_on_closed_road": (1.0, _permitted_on_closed_road),
        "short_visit": (1.0, _short_visit),
        "comes_out": (1.0, _comes_out),
        "walks": (6.0, _walks),
        "walks_over": (1.5, _walks_over),
    }
    for kind, (share, make) in makers.items():
        stage.place(kind, share * stage.scene.decoys_per_min, make)
    for number in range(stage.how_many(stage.scene.decoys_per_min)):
        _pushed(number, stage)


def _through(now: float, x: float, *corners: tuple[float, float], mps: float) -> Trip:
    return Trip(now, (x, -FAR_M)).go(*corners, mps=mps)


def _touches_line(now: float, scene: LanesScene, rng: np.random.Generator) -> Made:
    """To the line, along on it, and back; its middle stays on its own side."""
    label = pick(rng, {"motorcycle": 0.6, "car": 0.4})
    side = 1 if rng.random() < 0.5 else -1
    line, y = scene.solid_x_m, float(rng.uniform(-5, 10))
    x0 = line - side * float(rng.uniform(1.2, 1.8))
    near = line - side * float(rng.uniform(0.05, 0.3) if label == "motorcycle" else rng.uniform(0.3, 0.8))
    stretch = float(rng.uniform(3, 15))
    return _through(
        now, x0, (x0, y - 8), (near, y), (near, y + stretch), (x0, y + stretch + 8), (x0, FAR_M),
        mps=float(rng.uniform(5, 11)),
    ), label  # fmt: skip


def _rides_on_line(now: float, scene: LanesScene, rng: np.random.Generator) -> Made:
    x = scene.solid_x_m + float(rng.uniform(-0.12, 0.12))
    return _through(now, x, (x, FAR_M), mps=float(rng.uniform(5, 11))), "motorcycle"


def _crosses_road(now: float, scene: LanesScene, rng: np.random.Generator) -> Made:
    """Straight across, from pavement to pavement."""
    y, wall = float(rng.uniform(-5, 32)), scene.pavement_x_m[1] + 3
    mps = float(rng.uniform(1.8, 4))
    return Trip(now, (wall, y)).go((-wall, y + float(rng.uniform(-4, 4))), mps=mps), "motorcycle"


def _gate_label(rng: np.random.Generator) -> str:
    return pick(rng, {"motorcycle": 0.7, "car": 0.3})


def _to_gate(now: float, scene: LanesScene, rng: np.random.Generator) -> Made:
    """Out of its lane through the kept lane and over the pavement to a gate."""
    y, label = float(rng.uniform(-4, 30)), _gate_label(rng)
    beside = scene.kept_x_m[0] - scene.lane_width_m / 2
    before = float(rng.uniform(7, 14))
    kept = sum(scene.kept_x_m) / 2
    trip = Trip(now, (beside, -FAR_M)).go((beside, y - before - 6), mps=float(rng.uniform(5, 9)))
    trip.go((kept, y - before), (kept + 0.5, y - 2), (kept + 2, y), (scene.pavement_x_m[1] + 5, y + 0.3), mps=3.0)
    return trip, label


def _out_of_gate(now: float, scene: LanesScene, rng: np.random.Generator) -> Made:
    y, label = float(rng.uniform(-4, 30)), _gate_label(rng)
    beside = scene.kept_x_m[0] - scene.lane_width_m / 2
    trip = Trip(now, (scene.pavement_x_m[1] + 5, y)).wait(float(rng.uniform(0, 5)))
    trip.go((scene.kept_x_m[1] - 1, y), (beside, y + float(rng.uniform(6, 12))), (beside, y + 20), mps=3.0)
    return trip.go((beside, FAR_M), mps=float(rng.uniform(5, 9))), label


def _slants_to_gate(now: float, scene: LanesScene, rng: np.random.Generator) -> Made:
    """Slantwise over the pavement, so that some of the way goes along it."""
    y, road = float(rng.uniform(0, 30)), scene.width_m - 1.0
    along = float(rng.uniform(2, 6))
    trip = Trip(now, (road, -FAR_M)).go((road, y - along - 4), mps=float(rng.uniform(5, 9)))
    left, right = scene.pavement_x_m
    return trip.go((left, y - along), (right, y), (right + 4, y + 2), mps=float(rng.uniform(2, 4))), "motorcycle"


def _bicycle_on_pavement(now: float, scene: LanesScene, rng: np.random.Generator) -> Made:
    x = sum(scene.pavement_x_m) / 2 + float(rng.uniform(-0.8, 0.8))
    return _through(now, x, (x, FAR_M), mps=float(rng.uniform(2.5, 4.5))), "bicycle"


def _bicycle_in_kept_lane(now: float, scene: LanesScene, rng: np.random.Generator) -> Made:
    x = scene.kept_x_m[1] - float(rng.uniform(0.6, 1.5))
    return _through(now, x, (x, FAR_M), mps=float(rng.uniform(2.5, 4.5))), "bicycle"


def _permitted_in_kept_lane(now: float, scene: LanesScene, rng: np.random.Generator) -> Made:
    label = str(rng.choice(scene.kept_for))
    x = sum(scene.kept_x_m) / 2
    return _through(now, x, (x, FAR_M), mps=float(rng.uniform(4, 9))), label


def _beside_kerb(now: float, scene: LanesScene, rng: np.random.Generator) -> Made:
    """On the road, but close to the pavement; a lawful class for the lane."""
    x = scene.width_m - float(rng.uniform(0.35, 0.6))
    label = "motorcycle" if "motorcycle" in scene.kept_for else "bicycle"
    return _through(now, x, (x, FAR_M), mps=float(rng.uniform(3, 8))), label


def _parks_on_pavement(now: float, scene: LanesScene, rng: np.random.Generator) -> Made:
    """Up the kerb, some metres along to a place, a stay, and off again."""
    y, road = float(rng.uniform(-2, 25)), scene.width_m - 0.8
    x, along = float(rng.uniform(scene.pavement_x_m[0] + 0.7, scene.pavement_x_m[1] - 0.6)), float(rng.uniform(1.5, 5))
    trip = Trip(now, (road, -FAR_M)).go((road, y - 6), mps=float(rng.uniform(5, 8)))
    trip.go((road, y - 1.5), (x, y), (x, y + along), mps=float(rng.uniform(1.5, 3))).wait(float(rng.uniform(8, 40)))
    return trip.go((x, y + along + 1), (road, y + along + 3), (road, FAR_M), mps=float(rng.uniform(3, 6))), "motorcycle"


def _provided_u_turn(now: float, scene: LanesScene, rng: np.random.Generator) -> Made:
    """From the north, for whom the layout provides it."""
    label = pick(rng, {"motorcycle": 0.6, "car": 0.4})
    x = -float(rng.uniform(0.8, 3.0) if label == "motorcycle" else rng.uniform(1.2, 1.9))
    back_x = x + float(rng.uniform(3.8, 6.0)) if label == "motorcycle" else float(rng.uniform(7.2, scene.width_m - 1.2))
    low, high = scene.gates_y_m
    return turn_round(Trip(now, (x, FAR_M)), x, back_x, float(rng.uniform(low + 4, high - 8)), rng), label


def _bicycle_turns_round(now: float, scene: LanesScene, rng: np.random.Generator) -> Made:
    low, high = scene.gates_y_m
    x = float(rng.uniform(1, 3))
    back_x = x - float(rng.uniform(3.2, 5))
    return turn_round(Trip(now, (x, -FAR_M)), x, back_x, float(rng.uniform(low + 8, high - 2)), rng), "bicycle"


def _backs_out(now: float, scene: LanesScene, rng: np.random.Generator) -> Made:
    """Over the gate, back over it, and on."""
    label = pick(rng, {"motorcycle": 0.4, "car": 0.6})
    x, gate = float(rng.uniform(1.2, 2.2)), scene.gates_y_m[0]
    trip = Trip(now, (x, -FAR_M)).go((x, gate - 8), mps=float(rng.uniform(5, 8)))
    trip.go((x, gate + float(rng.uniform(2.5, 6))), mps=3.0).wait(float(rng.uniform(1, 4)))
    trip.go((x - float(rng.uniform(0, 0.8)), gate - float(rng.uniform(3, 6))), mps=1.2, reverse=True)
    return trip.wait(float(rng.uniform(1, 4))).go((x, gate), (x, FAR_M), mps=float(rng.uniform(4, 8))), label


def _permitted_on_closed_road(now: float, scene: LanesScene, rng: np.random.Generator) -> Made | None:
    if scene.side_road_m is None:
        return None
    free = {"motorcycle": 0.7, "bus": 0.15, "bicycle": 0.15, "car": 0.2, "truck": 0.1}
    label = pick(rng, {name: share for name, share in free.items() if name not in scene.closed_to})
    return into_side_road(now, scene, scene.side_road_m[1] + 10, rng), label


def _short_visit(now: float, scene: LanesScene, rng: np.random.Generator) -> Made | None:
    """Some metres into the closed road, to turn or to unload, and back out in reverse."""
    if scene.side_road_m is None:
        return None
    label = str(rng.choice(scene.closed_to))
    road = scene.side_road_m
    trip = into_side_road(now, scene, road[0] + float(rng.uniform(1, 6)), rng)
    trip.wait(float(rng.uniform(2, 25)))
    x, y = scene.width_m - 1.7, (road[2] + road[3]) / 2
    trip.go((road[0] - 2, y), (x, y), (x, y + 7), mps=1.4, reverse=True).wait(1.5)
    beside = scene.kept_x_m[0] - scene.lane_width_m / 2
    return trip.go((beside, y + 20), (beside, FAR_M), mps=5.0), label


def _comes_out(now: float, scene: LanesScene, rng: np.random.Generator) -> Made | None:
    """Out of the closed road: it may have been there since before the hours, or live there."""
    if scene.side_road_m is None:
        return None
    label, road = str(rng.choice(scene.closed_to)), scene.side_road_m
    y = (road[2] + road[3]) / 2 + 1.0
    x = scene.kept_x_m[0] - scene.lane_width_m / 2
    trip = Trip(now - 15, (road[1] - 9, y)).wait(15.0).go((road[0] + 2, y), mps=float(rng.uniform(3, 6)))
    return trip.go((x, y), (x, y + 10), mps=3.0).go((x, FAR_M), mps=float(rng.uniform(5, 9))), label


def _walks(now: float, scene: LanesScene, rng: np.random.Generator) -> Made:
    x, way = float(rng.uniform(scene.pavement_x_m[0] + 0.3, scene.pavement_x_m[1])), 1 if rng.random() < 0.5 else -1
    return Trip(now, (x, -way * 40.0)).go(
        (x + float(rng.normal(0, 0.3)), way * 50.0), mps=float(rng.uniform(1, 1.6))
    ), "person"


def _walks_over(now: float, scene: LanesScene, rng: np.random.Generator) -> Made:
    y, wall = float(rng.uniform(-5, 32)), scene.pavement_x_m[1]
    return Trip(now, (wall, y)).go((-wall, y + float(rng.uniform(-3, 3))), mps=float(rng.uniform(1, 1.6))), "person"


def _pushed(number: int, stage: Stage) -> None:
    """A motorcycle that is pushed on foot along the pavement, with its owner beside it."""
    rng, (left, right) = stage.rng, stage.scene.pavement_x_m
    now, pace = float(rng.uniform(0, stage.seconds - 20)), float(rng.uniform(0.8, 1.4))
    x, start = float(rng.uniform(left + 0.7, right - 1.2)), float(rng.uniform(-5, 15))
    stretch = float(rng.uniform(14, 28)) * _either(rng)
    trips = [
        Trip(now, (beside, start)).wait(3.0).go((beside, start + stretch), mps=pace).wait(4.0)
        for beside in (x, x + 0.6)
    ]
    bike = trips[0].actor(f"pushed.{number}", "motorcycle", "pushed", rng, seconds=stage.seconds, pushed=True)
    owner = trips[1].actor(f"pushed.{number}.owner", "person", "walks", rng, seconds=stage.seconds)
    if owner is not None and stage.add(bike):
        stage.actors.append(owner)


def _jams(stage: Stage) -> None:
    """Vehicles that a jam has pushed into the kept lane: they stand, creep on, stand."""
    scene, rng, seconds = stage.scene, stage.rng, stage.seconds
    if "motorcycle" in scene.kept_for:
        return  # its own traffic fills the lane
    x, beside = sum(scene.kept_x_m) / 2, scene.kept_x_m[0] - scene.lane_width_m / 2
    for number in range(stage.how_many(_JAMS_PER_MIN)):
        begin = float(rng.uniform(15, seconds - 70))
        queue = []
        for behind in range(int(rng.integers(5, 8))):
            label = pick(rng, {"motorcycle": 0.3, "car": 0.6, "truck": 0.1})
            stand = 34.0 - 7.5 * behind
            trip = Trip(begin - 9 + 0.8 * behind, (beside, -FAR_M)).go((beside, stand - 14), mps=8.0)
            trip.go((beside, stand - 11), (x, stand - 4), (x, stand), mps=4.0)
            for _ in range(3):
                trip.wait(float(rng.uniform(5, 9))).go((x, trip.here[1] + 6), mps=1.5)
            trip.wait(4.0).go((x, trip.here[1] + 2), (beside, trip.here[1] + 10), (beside, FAR_M), mps=6.0)
            actor = trip.actor(f"jam.{number}.{behind}", label, "in_jam", rng, seconds=seconds)
            if actor is not None and not runs_into(actor, stage.actors):
                queue.append(actor)  # among themselves they are as close as they are
        stage.actors += queue


def _forced_into_kept_lane(stage: Stage) -> None:
    """Round whoever stands in the lane beside it."""
    scene, rng = stage.scene, stage.rng
    left, _ = scene.kept_x_m
    others = [label for label in ("motorcycle", "car") if label not in scene.kept_for]
    for standing in [item for item in stage.actors if item.kind == "traffic"]:
        speed = np.hypot(*np.gradient(standing.xy_m, axis=0).T) / np.gradient(standing.t_s)
        rows = np.flatnonzero(speed < _STANDS_MPS)
        if len(rows) < _STANDS_ROWS:
            continue
        x, y = standing.xy_m[rows[len(rows) // 2]]
        if not left - scene.lane_width_m < x < left:
            continue
        label = str(rng.choice(others))
        beside, kept, rear = left - scene.lane_width_m / 2, sum(scene.kept_x_m) / 2, y - standing.length_m
        for _ in range(_TRIES):
            now = float(rng.uniform(standing.t_s[rows[0]], standing.t_s[rows[-1]])) - 10
            trip = Trip(now, (beside, -FAR_M)).go((beside, rear - 16), mps=8.0)
            trip.go((beside, rear - 11), (kept, rear - 3), (kept, y + 2), (beside, y + 10), (beside, FAR_M), mps=5.0)
            name = f"forced.{standing.name}"
            if stage.add(trip.actor(name, label, "forced_into_kept_lane", rng, seconds=stage.seconds)):
                break
