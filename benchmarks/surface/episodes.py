"""What the bank finds: episodes in which a thing is laid down or nothing is, after the empty street was learned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.surface.streets import Laid, Look, Street
from benchmarks.surface.things import Thing
from benchmarks.surface.weather import Weather
from detectors.surface.empty_states import EmptyStates
from detectors.surface.surround import Surround
from detectors.surface.zone_bank import YOUNG_S, ZoneBank
from domain.geometry import Float32Array, Float64Array

_START: Final = datetime(2026, 1, 5, 2, tzinfo=UTC)
LEARNED_LOOKS: Final = 70
EPISODE_LOOKS: Final = 32
LAID_AT: Final = 6
"""A thing lies there from this look of an episode on."""
HOURS_LEARNED: Final = (8.5, 11.0)
HOURS_TESTED: Final = (11.0, 11.75)
"""A look of an episode is a minute and a half of sun: shadows go on to where they were not learned."""
METHODS: Final = ("colour, nearest look", "vector, median of the looks", "vector, nearest state around")


@dataclass(slots=True, kw_only=True, eq=False)
class Result:
    """Of one street in one weather."""

    street: str
    weather: str
    found: list[tuple[Laid, bool]] = field(default_factory=list)
    false_finds: int = 0  # changes that no thing made, each once
    looks: int = 0  # of the episodes
    unknown_looks: int = 0
    unlike: dict[str, list[float]] = field(default_factory=lambda: {method: [] for method in METHODS})  # with a thing
    alike: dict[str, list[float]] = field(default_factory=lambda: {method: [] for method in METHODS})  # without one


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learned:
    """What was seen of the empty street."""

    bank: ZoneBank
    surround: Surround
    colours: Float32Array  # (looks, n, 3), NaN where somebody covered a block
    median: Float32Array  # (n, channels) of length 1

    @classmethod
    def of(cls, street: Street, looks: Sequence[Look]) -> Learned:
        """From looks that are spread over the time in which a bank is young."""
        bank, surround = None, Surround()
        for number, look in enumerate(looks):
            surround.is_lit_anew(look.around, look.around_visible)
            at = _START + timedelta(seconds=number * YOUNG_S / (LEARNED_LOOKS - 10))
            if bank is None:
                states = EmptyStates.none_yet(street.ground.blocks, look.now.shape[1])
                bank = ZoneBank(polygon_norm=street.polygon, picture_wh=street.wh, states=states, begun_at=at)
            bank.see(at, look.now, look.visible, street.ground)
        assert bank is not None
        hidden = np.stack([~look.visible for look in looks])
        colours = np.where(hidden[..., None], np.nan, np.stack([look.colours for look in looks])).astype(np.float32)
        rows = np.ma.masked_array(
            np.stack([look.now for look in looks]), np.broadcast_to(hidden[..., None], (*hidden.shape, 128))
        )
        median = np.ma.median(rows, axis=0).filled(0.0)  # type: ignore[no-untyped-call] # numpy has no types for it
        median /= np.maximum(np.linalg.norm(median, axis=1, keepdims=True), 1e-6)
        return cls(bank=bank, surround=surround, colours=colours, median=median.astype(np.float32))

    def distances(self, look: Look) -> dict[str, Float64Array]:
        """Of every block from its empty states, by each method; NaN where that is not known."""
        away = np.abs(self.colours - look.colours[None]).sum(axis=2)
        nearest = np.where(np.isnan(away), np.inf, away).min(axis=0)
        distances = (
            np.where(np.isinf(nearest), np.nan, nearest),
            1.0 - (self.median * look.now).sum(axis=1),
            self.bank.states.distances(look.now),
        )
        return {method: values.astype(np.float64) for method, values in zip(METHODS, distances, strict=True)}


def learn(street: Street, weather: Weather) -> Learned:
    """The empty street in a weather, from its first half of pictures."""
    random = street.random("learn", weather.name)
    first, last = HOURS_LEARNED
    looks = [
        street.look(
            street.halves[0][number % len(street.halves[0])],
            weather,
            first + (last - first) * number / LEARNED_LOOKS,
            random,
            (),
        )
        for number in range(LEARNED_LOOKS)
    ]
    return Learned.of(street, looks)


def episodes(street: Street, weather: Weather, things: Sequence[Thing], count: int) -> Result:
    """Every other episode has a thing, the others none.

    Args:
        street: whose second half of pictures is taken.
        weather: of all of it.
        things: to choose from.
        count: of episodes.
    """
    result = Result(street=street.name, weather=weather.name)
    learned = learn(street, weather)
    for number in range(count):
        random = street.random("episode", weather.name, number)
        laid = street.lay_somewhere(things, random) if number % 2 == 0 else None
        _play(street, learned, list(_looks(street, weather, laid, random)), laid, result)
    return result


def _play(street: Street, learned: Learned, looks: Sequence[Look], laid: Laid | None, result: Result) -> None:
    bank, surround = deepcopy(learned.bank), deepcopy(learned.surround)
    touched = laid.touched if laid else np.zeros(len(bank.belief), np.bool_)
    false_ones = np.zeros(len(bank.belief), np.bool_)
    began = bank.looked_at
    _note_distances(learned, looks[-1], laid, result)
    for number, look in enumerate(looks):
        at = began + timedelta(seconds=2 * (number + 1))
        lit_anew = surround.is_lit_anew(look.around, look.around_visible)
        unknown = bank.see(at, look.now, look.visible, street.ground, lit_anew=lit_anew)
        result.looks += 1
        result.unknown_looks += unknown is not None
        if unknown is None:
            false_ones |= bank.changed & ~touched
    result.false_finds += parts(false_ones, street)
    if laid is not None and laid.blocks.any():
        result.found.append((laid, bool((bank.changed & laid.touched).sum() >= 2)))


def _looks(street: Street, weather: Weather, laid: Laid | None, random: np.random.Generator) -> Iterator[Look]:
    tested = street.halves[1]
    for number in range(EPISODE_LOOKS):
        hour = HOURS_TESTED[0] + (HOURS_TESTED[1] - HOURS_TESTED[0]) * number / EPISODE_LOOKS
        there = (laid,) if laid is not None and number >= LAID_AT else ()
        yield street.look(tested[int(random.integers(len(tested)))], weather, hour, random, there)


def _note_distances(learned: Learned, look: Look, laid: Laid | None, result: Result) -> None:
    for method, distances in learned.distances(look).items():
        judged = look.visible & learned.bank.states.known & ~np.isnan(distances)
        if laid is not None:
            result.unlike[method] += distances[judged & laid.blocks].tolist()
            judged &= ~laid.touched
        result.alike[method] += distances[judged].tolist()


def parts(blocks: NDArray[np.bool_], street: Street) -> int:
    """Connected parts of two blocks or more."""
    grid = np.zeros(street.ground.grid_hw, np.uint8)
    rows, columns = street.ground.blocks[blocks].T
    grid[rows, columns] = 1
    count, _, sizes, _ = cv2.connectedComponentsWithStats(grid, connectivity=8)
    return sum(int(sizes[number, cv2.CC_STAT_AREA]) >= 2 for number in range(1, count))
