"""Scripted ways that curve like driven ones, set into traffic where they run into nobody."""

import math
from collections.abc import Sequence

import numpy as np

from benchmarks.sumo.actors import PARKED_HEIGHT_M, Actor, Floats, draw_size

Place = tuple[float, float]
_STEP_S = 0.1
_ROUNDINGS = 3
_BESIDE_M = 0.25  # air between two who pass each other


class Trip:
    """Where somebody's front is over time: straight and round ways at given speeds, waits, ways back in reverse.

    Args:
        begin_s: when it begins.
        start: where its front is then.
    """

    def __init__(self, begin_s: float, start: Place) -> None:
        self._times: list[Floats] = [np.array([begin_s])]
        self._places: list[Floats] = [np.array([start])]
        self._headings: list[Floats] = []

    @property
    def now_s(self) -> float:
        """When it has come so far."""
        return float(self._times[-1][-1])

    @property
    def here(self) -> Place:
        """Where it has come to."""
        x, y = self._places[-1][-1]
        return (float(x), float(y))

    def go(self, *corners: Place, mps: float, reverse: bool = False) -> "Trip":
        """Go past these corners, which are rounded off, to the last of them."""
        way = _rounded(np.array([self.here, *corners]))
        steps = np.hypot(*np.diff(way, axis=0).T)
        along = np.concatenate([[0.0], np.cumsum(steps)])
        count = max(2, math.ceil(along[-1] / mps / _STEP_S))
        at = np.linspace(0, along[-1], count + 1)[1:]
        places = np.column_stack([np.interp(at, along, way[:, axis]) for axis in (0, 1)])
        before = np.column_stack([np.interp(at - along[-1] / count, along, way[:, axis]) for axis in (0, 1)])
        headings = np.arctan2(*(places - before).T) + (math.pi if reverse else 0.0)
        self._add(self.now_s + at / mps, places, headings)
        return self

    def wait(self, seconds: float) -> "Trip":
        """Stand still."""
        last = self._headings[-1][-1] if self._headings else 0.0
        self._add(np.array([self.now_s + seconds]), np.array([self.here]), np.array([last]))
        return self

    def _add(self, times: Floats, places: Floats, headings: Floats) -> None:
        self._times.append(times)
        self._places.append(places)
        self._headings.append(headings)

    def actor(
        self, name: str, label: str, kind: str, rng: np.random.Generator, *, seconds: float, pushed: bool = False
    ) -> Actor | None:
        """Who makes this trip, within the scene's time; None where nothing of it lies there.

        Args:
            name: its id.
            label: its class.
            kind: what it does.
            rng: for its size.
            seconds: length of the scene.
            pushed: a two-wheeler without its rider.
        """
        length, width, height = draw_size(label, rng)
        times, places = np.concatenate(self._times), np.concatenate(self._places)
        turns = np.concatenate(self._headings)
        headings = np.unwrap(np.concatenate([turns[:1], turns]))
        t = np.arange(max(0.0, times[0]), min(times[-1], seconds), _STEP_S)
        if len(t) < 5:
            return None
        return Actor(
            name=name, label=label, kind=kind, length_m=length, width_m=width, t_s=t,
            xy_m=np.column_stack([np.interp(t, times, places[:, axis]) for axis in (0, 1)]),
            heading_rad=np.interp(t, times, headings),
            height_m=np.full(len(t), PARKED_HEIGHT_M if pushed else height),
        )  # fmt: skip


def _rounded(corners: Floats) -> Floats:
    """Corners cut off three times over (Chaikin), the ends kept."""
    for _ in range(_ROUNDINGS):
        one, other = corners[:-1], corners[1:]
        cut = np.stack([0.75 * one + 0.25 * other, 0.25 * one + 0.75 * other], axis=1).reshape(-1, 2)
        corners = np.concatenate([corners[:1], cut[1:-1], corners[-1:]]) if len(corners) > 2 else corners
    return corners


def runs_into(actor: Actor, others: Sequence[Actor]) -> bool:
    """Whether somebody would be in its way; both are taken for three discs each."""
    own_t = actor.t_s[::3]
    own = _discs(actor, own_t)
    for other in others:
        both = (own_t >= other.t_s[0]) & (own_t <= other.t_s[-1])
        if not both.any():
            continue
        theirs = _discs(other, own_t[both])
        apart = np.hypot(*np.moveaxis(own[both][:, :, None] - theirs[:, None], -1, 0))
        if apart.min() < (actor.width_m + other.width_m) / 2 + _BESIDE_M:
            return True
    return False


def _discs(actor: Actor, t_s: Floats) -> Floats:
    """Middles (n, 3, 2) of the front, the middle and the rear part."""
    front, heading, _ = actor.at(t_s)
    half = actor.width_m / 2
    backs = np.array([half, actor.length_m / 2, max(half, actor.length_m - half)])
    return np.asarray(front[:, None] - backs[None, :, None] * heading[:, None])
