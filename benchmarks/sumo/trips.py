"""Scripted ways that curve like driven ones, set into traffic where they run into nobody."""

import math
from collections.abc import Sequence

import numpy as np

from benchmarks.sumo.actors import PARKED_HEIGHT_M, Actor, Floats, draw_size

Place = tuple[float, float]
_STEP_S = 0.1
_STEP_M = 0.2
_CHANGE_STEPS = 18  # over which a change of speed is spread
_ROUNDINGS = 3
_BESIDE_M = 0.25  # air between two who pass each other


class Trip:
    """Where somebody's front is over time: straight and round ways at given speeds, waits, ways back in reverse.

    Args:
        begin_s: when it begins.
        start: where its front is then.
    """

    def __init__(self, begin_s: float, start: Place) -> None:
        self._times: list[float] = [begin_s]
        self._went_m: list[float] = [0.0]  # at those times
        self._along_m: list[Floats] = [np.zeros(1)]
        self._places: list[Floats] = [np.array([start])]  # so far along
        self._headings: list[Floats] = []

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
        at = np.linspace(0, along[-1], max(2, math.ceil(along[-1] / _STEP_M)) + 1)
        places = np.column_stack([np.interp(at, along, way[:, axis]) for axis in (0, 1)])
        self._headings.append(np.arctan2(*np.diff(places, axis=0).T) + (math.pi if reverse else 0.0))
        self._places.append(places[1:])
        self._along_m.append(self._went_m[-1] + at[1:])
        self._times.append(self._times[-1] + float(along[-1]) / mps)
        self._went_m.append(self._went_m[-1] + float(along[-1]))
        return self

    def wait(self, seconds: float) -> "Trip":
        """Stand still."""
        self._times.append(self._times[-1] + seconds)
        self._went_m.append(self._went_m[-1])
        return self

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
        t, went = self._driven()
        kept = (t >= 0) & (t < seconds)
        if kept.sum() < 5:
            return None
        t, went = t[kept], went[kept]
        along, places = np.concatenate(self._along_m), np.concatenate(self._places)
        turns = np.concatenate(self._headings)
        headings = np.unwrap(np.concatenate([turns[:1], turns]))
        return Actor(
            name=name, label=label, kind=kind, length_m=length, width_m=width, t_s=t,
            xy_m=np.column_stack([np.interp(went, along, places[:, axis]) for axis in (0, 1)]),
            heading_rad=np.interp(went, along, headings),
            height_m=np.full(len(t), PARKED_HEIGHT_M if pushed else height),
        )  # fmt: skip

    def _driven(self) -> tuple[Floats, Floats]:
        """Instants and how far it has gone then: speeds change no faster than engines and brakes change them."""
        t = np.arange(self._times[0], self._times[-1], _STEP_S)
        speed = np.diff(np.interp(t, self._times, self._went_m), append=self._went_m[-1])
        padded = np.pad(speed, (_CHANGE_STEPS, _CHANGE_STEPS), mode="edge")
        even = np.convolve(padded, np.full(_CHANGE_STEPS, 1 / _CHANGE_STEPS), mode="same")[_CHANGE_STEPS:-_CHANGE_STEPS]
        went = np.cumsum(even)
        return t, went * self._went_m[-1] / went[-1]


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
