"""When somebody stood."""

from collections.abc import Iterator, Sequence

import numpy as np

from benchmarks.sumo.actors import Actor

_STILL_MPS = 0.1


def _speed_mps(actor: Actor) -> np.ndarray:
    return np.asarray(np.hypot(*np.gradient(actor.xy_m, axis=0).T) / np.gradient(actor.t_s))


def standing_spans(actor: Actor, least_s: float = 3.0) -> Iterator[tuple[float, float]]:
    """When an actor stood, as spans of at least so long; creeping less than 0.1 m/s is standing."""
    still = np.concatenate([[False], _speed_mps(actor) < _STILL_MPS, [False]])
    changes = np.flatnonzero(np.diff(still.astype(int)))
    for begin, end in zip(changes[::2].tolist(), changes[1::2].tolist(), strict=True):
        span = (float(actor.t_s[begin]), float(actor.t_s[min(end, len(actor.t_s)) - 1]))
        if span[1] - span[0] >= least_s:
            yield span


def free_s(span_s: tuple[float, float], held_s: Sequence[tuple[float, float]]) -> float:
    """What of a span lies outside all others, which do not overlap each other."""
    begin_s, end_s = span_s
    return end_s - begin_s - sum(max(0.0, min(end_s, until) - max(begin_s, since)) for since, until in held_s)
