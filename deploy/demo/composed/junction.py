"""What happens at the composed junction: who goes where and when, and what the light shows, cycle after cycle."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from deploy.demo.composed.cutouts import CUTS, cut_out
from deploy.demo.composed.encoding import kept_clip, write_pieces
from deploy.demo.composed.junction_street import empty_street, show_light
from deploy.demo.composed.laying import Layer
from deploy.demo.composed.parts import Figure, Part, Placed, Way, placed
from deploy.demo.composed.view import VIEW_OF_JUNCTION
from deploy.demo.footage import FRAMES_PER_SECOND, film_pictures
from domain.geometry import ImageBgr
from domain.seen.timeline import SignalState

JUNCTION_CLIP = "junction.mp4"
CYCLE_S = 24
EVENTFUL_CYCLES = 2  # somebody runs the red light, somebody stands on the carriageway; so that a late box sees one
QUIET_CYCLES = 10  # all stop at red and go on green: nothing for anybody

_YELLOW_AT_S, _RED_AT_S = 8.0, 10.0
_LEFT_M, _RIGHT_M = 1.8, 5.2  # middles of the two lanes that lead away from the camera


def _along(right_m: float, *way: tuple[float, float]) -> Way:
    """A way along one lane, by second of the cycle (the next one's go on from CYCLE_S) and ahead_m."""
    return tuple((second, right_m, ahead_m) for second, ahead_m in way)


WAITS_RIGHT = Part(
    figure=Figure.BLACK_CAR,
    way=_along(_RIGHT_M, (10, 11), (11.2, 19), (12.4, 21.8), (25.2, 21.8), (27, 27), (29, 39), (31, 56), (34, 86)),
)
WAITS_LEFT = Part(
    figure=Figure.WHITE_CAR,
    way=_along(
        _LEFT_M, (18.8, 11), (20, 19), (21.2, 21.8), (25.6, 21.8), (27.4, 27), (29.4, 39), (31.4, 56), (34.4, 86)
    ),
)
CROSSES_ON_GREEN = Part(figure=Figure.GREEN_CAR, way=_along(_RIGHT_M, (2.6, 10), (4.6, 28), (11, 86)))
RUNS_THE_RED = Part(figure=Figure.GREEN_CAR, way=_along(_LEFT_M, (13.4, 10), (16, 30), (22.5, 86)))
STANDS_ON_THE_ROAD = Part(
    figure=Figure.MAN, way=((9.5, -8.4, 21.0), (12.5, -2.6, 21.0), (19.0, -2.6, 21.0), (22.0, -8.4, 21.0))
)
EVERY_CYCLE = (WAITS_RIGHT, WAITS_LEFT, CROSSES_ON_GREEN)
EVENTFUL = (*EVERY_CYCLE, RUNS_THE_RED, STANDS_ON_THE_ROAD)


def light_at(second: float) -> SignalState:
    """What the light shows at a second of the cycle.

    Examples:
        >>> [light_at(second).value for second in (0, 7.9, 8, 10, 23.9)]
        ['green', 'green', 'yellow', 'red', 'red']
    """
    if second < _YELLOW_AT_S:
        return SignalState.GREEN
    return SignalState.YELLOW if second < _RED_AT_S else SignalState.RED


def on_stage(parts: tuple[Part, ...], second: float) -> list[Placed]:
    """Who is where at a second of the cycle, those of the cycle before included."""
    return placed(parts, (second, second + CYCLE_S))


class Junction:
    """Composes pictures of the junction.

    Args:
        film: pictures of the film that everything is cut out of.
    """

    def __init__(self, film: Sequence[ImageBgr]) -> None:
        street = empty_street(film)
        self._streets = {state: street.copy() for state in (SignalState.RED, SignalState.YELLOW, SignalState.GREEN)}
        for state, lit in self._streets.items():
            show_light(lit, state)
        figures = {part.figure for part in EVENTFUL}
        self._layer = Layer(VIEW_OF_JUNCTION, {figure: cut_out(film, CUTS[figure]) for figure in figures})

    def picture(self, parts: tuple[Part, ...], second: float) -> ImageBgr:
        """The junction at a second of a cycle in which some play."""
        return self._layer.lay(self._streets[light_at(second)], on_stage(parts, second))

    def cycle(self, parts: tuple[Part, ...]) -> Iterator[ImageBgr]:
        """All pictures of a cycle."""
        return (self.picture(parts, number / FRAMES_PER_SECOND) for number in range(CYCLE_S * FRAMES_PER_SECOND))


def write_junction(path: Path, *, eventful: int = EVENTFUL_CYCLES, quiet: int = QUIET_CYCLES) -> None:
    """Compose and encode the junction's clip.

    Args:
        path: of the clip.
        eventful: how many cycles with somebody who runs the red light and somebody who stands on the road come first.
        quiet: how many without them follow.
    """
    junction = Junction(film_pictures())
    pieces = [(junction.cycle(EVENTFUL), eventful), (junction.cycle(EVERY_CYCLE), quiet)]
    write_pieces(path, pieces, pictures_per_second=FRAMES_PER_SECOND)


def junction_clip(folder: Path) -> Path:
    """The junction's clip as kept in a folder, or made anew."""
    return kept_clip(folder, "junction", write_junction)
