"""A simulated detector: what it reports of a view at one level of noise."""

import math
from dataclasses import dataclass, field

import numpy as np

from benchmarks.sumo.actors import TWO_WHEELS, Actor
from benchmarks.sumo.noise import Noise
from benchmarks.sumo.pinhole import RESOLUTION_WH, Floats
from benchmarks.sumo.view import View

HIDDEN_BELOW = 0.3  # who is covered by more than 70 % is not seen
_PARTLY_BELOW = 0.65
_CORNERS = np.array([*RESOLUTION_WH, *RESOLUTION_WH], float)
_CONFUSED_WITH = {
    "motorcycle": ("bicycle", "person"), "bicycle": ("motorcycle",), "car": ("truck", "bus"),
    "truck": ("bus", "car"), "bus": ("truck",), "person": ("motorcycle",),
}  # fmt: skip
_RIDER_SHARE = 0.72  # of the height, from the top, that is the rider

Row = tuple[float, float, float, float, float, str]


@dataclass(slots=True)
class _Memory:
    """What the detector's faults remember of one actor."""

    drift: Floats
    at_s: float
    missing_until_s: float = -1.0
    held: Floats | None = None
    held_in: int = -1  # by the number of the picture
    held_left: int = 0
    partly_second: int = -1
    partly: bool = False


@dataclass(slots=True)
class _Ghost:
    box: Floats
    label: str
    left: int


@dataclass(slots=True)
class SimulatedDetector:
    """Reports rows picture by picture; all randomness comes from ``rng``."""

    noise: Noise
    actors: list[Actor]
    rng: np.random.Generator
    memories: dict[int, _Memory] = field(default_factory=dict)
    ghosts: list[_Ghost] = field(default_factory=list)
    traits: dict[int, tuple[bool, str | None]] = field(default_factory=dict)
    merged: dict[tuple[int, int], int] = field(default_factory=dict)
    before: list[Row] = field(default_factory=list)
    pictures: int = 0

    def report(self, view: View, picture: int) -> list[Row]:
        """The detector's rows of one picture."""
        self.pictures += 1
        if self.before and self.rng.random() < self.noise.hold_picture:
            return self.before
        rows = view.rows_of(picture)
        found: list[tuple[int, Floats, float]] = []
        shares, normals = (
            self.rng.random((rows.stop - rows.start, 4)),
            self.rng.normal(size=(rows.stop - rows.start, 8)),
        )
        now_s = float(view.times_s[picture])
        for number, offset in enumerate(range(rows.start, rows.stop)):
            visible = float(view.visible[offset])
            if visible < HIDDEN_BELOW:
                continue
            actor = int(view.actor[offset])
            box = self._box(
                (view.box[offset], view.part[offset]), visible, actor, now_s, (shares[number], normals[number])
            )
            if box is not None:
                found.append((actor, box, visible))
        out = []
        for actor, box, visible in self._merge(found):
            out += self._rows(actor, box, visible)
        self.before = [*out, *self._ghost_rows()]
        return self.before

    def _box(
        self,
        boxes: tuple[Floats, Floats],
        visible: float,
        actor: int,
        now_s: float,
        luck: tuple[Floats, Floats],
    ) -> Floats | None:
        """The noisy box of one actor, None where it is missed; boxes are the whole one and the visible part's."""
        noise, (share, normal) = self.noise, luck
        memory = self.memories.get(actor)
        if memory is None:
            memory = self.memories[actor] = _Memory(drift=self.rng.normal(size=4), at_s=now_s)
        step_s, memory.at_s = now_s - memory.at_s, now_s
        if step_s > 0:
            keep = math.exp(-step_s / noise.drift_s)
            memory.drift = keep * memory.drift + math.sqrt(1 - keep * keep) * normal[:4]
            if share[0] < noise.burst_per_s * min(step_s, 1.0):
                memory.missing_until_s = now_s + self.rng.exponential(noise.burst_s)
        box = boxes[1] if self._boxed_partly(memory, visible, now_s) else boxes[0]
        width, height = box[2] - box[0], box[3] - box[1]
        small = 0.5 if height < 32 else 0.0
        if now_s < memory.missing_until_s or share[1] < noise.miss * (1 + 2 * (1 - visible) + small):
            return None
        held, memory.held_in = memory.held if memory.held_in == self.pictures - 1 else None, self.pictures
        if held is not None and memory.held_left > 0:
            memory.held_left -= 1
            return held
        if held is not None and share[2] < noise.hold:
            memory.held_left = int(self.rng.integers(0, 3))
            return held
        memory.held_left = 0
        noisy = box + np.array((width, height, width, height)) * (noise.drift * memory.drift + noise.white * normal[4:])
        noisy = np.minimum(np.maximum(noisy, 0.0), _CORNERS)
        if min(noisy[2] - noisy[0], noisy[3] - noisy[1]) < 4:
            return None
        memory.held = np.asarray(noisy, np.float64)
        return memory.held

    def _boxed_partly(self, memory: _Memory, visible: float, now_s: float) -> bool:
        if visible >= _PARTLY_BELOW:
            return False
        if memory.partly_second != int(now_s):
            memory.partly_second = int(now_s)
            memory.partly = bool(self.rng.random() < self.noise.visible_part)
        return memory.partly

    def _merge(self, found: list[tuple[int, Floats, float]]) -> list[tuple[int, Floats, float]]:
        """Some pairs that overlap become one box, of the bigger one's class."""
        if self.noise.merge == 0 or len(found) < 2:
            return found
        boxes = np.array([item[1] for item in found])
        overlap = _iou(boxes)
        gone: set[int] = set()
        for first, second in zip(*np.nonzero(np.triu(overlap > 0.15, 1)), strict=True):
            if first in gone or second in gone:
                continue
            key = (found[first][0], found[second][0])
            left = self.merged.get(key, 0)
            if left == 0 and self.rng.random() < self.noise.merge * overlap[first, second]:
                left = int(self.rng.integers(1, 4))
            if left > 0:
                self.merged[key] = left - 1
                pair = sorted((first, second), key=lambda item: -np.prod(boxes[item, 2:] - boxes[item, :2]))
                union = np.concatenate([boxes[pair, :2].min(axis=0), boxes[pair, 2:].max(axis=0)])
                found[pair[0]] = (found[pair[0]][0], union, found[pair[0]][2])
                gone.add(int(pair[1]))
        return [item for index, item in enumerate(found) if index not in gone]

    def _rows(self, actor: int, box: Floats, visible: float) -> list[Row]:
        noise, rng, label = self.noise, self.rng, self.actors[actor].label
        if actor not in self.traits:
            other = str(rng.choice(_CONFUSED_WITH[label])) if rng.random() < noise.flip_for_life else None
            self.traits[actor] = (bool(rng.random() < noise.rider_too), other)
        rider_too, other = self.traits[actor]
        shown = label
        if rng.random() < noise.flip:
            shown = str(rng.choice(_CONFUSED_WITH[label]))
        elif other is not None and rng.random() < 0.5:
            shown = other
        score = min(0.97, max(0.26, rng.normal(0.55 + 0.3 * visible, 0.08)))
        rows = [_row(box, score, shown)]
        if label in TWO_WHEELS and rider_too and box[3] - box[1] > 1.6 * (box[2] - box[0]) * 0.6:
            rider = box + np.array([0.05, 0, -0.05, 0]) * (box[2] - box[0])
            rider[3] = box[1] + _RIDER_SHARE * (box[3] - box[1])
            rows.append(_row(rider, score * 0.9, "person"))
        if rng.random() < noise.double:
            rows.append(_row(box + rng.normal(size=4) * 0.06 * (box[3] - box[1]), score * 0.6, shown))
        return [row for row in rows if row[2] > row[0] and row[3] > row[1]]

    def _ghost_rows(self) -> list[Row]:
        rng = self.rng
        for _ in range(rng.poisson(self.noise.ghosts)):
            height, middle = rng.uniform(40, 160), rng.uniform((100, 250), (1820, 1060))
            half = np.array([height * rng.uniform(0.3, 0.8), height]) / 2
            label = str(rng.choice(["motorcycle", "car", "person"], p=[0.6, 0.2, 0.2]))
            box = np.clip(np.concatenate([middle - half, middle + half]), 0, [*RESOLUTION_WH, *RESOLUTION_WH])
            self.ghosts.append(_Ghost(box, label, int(rng.integers(1, 6))))
        out = []
        for ghost in self.ghosts:
            ghost.left -= 1
            out.append(_row(ghost.box + rng.normal(size=4), float(rng.uniform(0.26, 0.5)), ghost.label))
        self.ghosts = [ghost for ghost in self.ghosts if ghost.left > 0]
        return out


def _row(box: Floats, score: float, label: str) -> Row:
    x1, y1, x2, y2 = [round(value, 1) for value in box.tolist()]
    return (x1, y1, x2, y2, round(score, 3), label)


def _iou(boxes: Floats) -> Floats:
    low = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    high = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    common = np.prod(np.maximum(high - low, 0), axis=2)
    area = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1)
    return np.asarray(common / (area[:, None] + area[None, :] - common))
