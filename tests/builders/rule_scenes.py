"""For every rule over facts: a camera, an act, and what looks like one and is lawful or cannot be known."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from domain.camera import CameraConfig, LineKind, Turn, ZoneKind
from domain.geometry import BoxPx
from domain.seen.riders import HeadWear
from tests.builders.drives import CameraBuilder, Drive, box_at, every, path

Place = tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class RuleScene:
    """One rule's scripted scenes; pixels of a picture of 1920 by 1080, ten pictures a second."""

    code: str  # of the rule
    offence: str  # the catalogue's code of the act
    camera: CameraConfig
    act: Sequence[Drive]
    goes_on: bool = False  # the case shows the whole visit, of which a quarter is no act yet, and half may be one
    decoys: Mapping[str, Sequence[Drive]] = field(default_factory=dict)  # by why it is none: a refusal, or silence


def drive(
    places: Callable[[float], Place],
    *,
    seconds: float = 8.0,
    track_id: int = 1,
    label: str = "car",
    share: float = 1.0,
    height_px: float = 110,
) -> Drive:
    """A vehicle that is seen ten times a second."""
    sightings = path(places, every(0.1, 0.0, seconds), width_px=90, height_px=height_px)
    return Drive(track_id=track_id, sightings=sightings, label=label, label_share=share)


def along(*corners: tuple[float, float, float]) -> Callable[[float], Place]:
    """The way through (second, x, y), straight between them; it stands before the first and after the last."""

    def at(second: float) -> Place:
        if second <= corners[0][0]:
            return corners[0][1:]
        for (t0, x0, y0), (t1, x1, y1) in pairwise(corners):
            if second <= t1:
                share = (second - t0) / (t1 - t0)
                return (x0 + share * (x1 - x0), y0 + share * (y1 - y0))
        return corners[-1][1:]

    return at


def around(second: float) -> Place:
    """Up the left side, around, and down the right side."""
    if second < 2:
        return (600, 1000 - 250 * second)
    if second < 5:
        angle = math.pi * (second - 2) / 3
        return (900 - 300 * math.cos(angle), 500 - 200 * math.sin(angle))
    return (1200, 500 + 250 * (second - 5))


def _walker(places: Callable[[float], Place], *, seconds: float = 8.0) -> Drive:
    """Somebody on foot who keeps beside a way, a little taller than a motorcycle."""

    return drive(_beside(places, 60), seconds=seconds, track_id=2, label="person", height_px=150)


def _beside(places: Callable[[float], Place], aside_px: float) -> Callable[[float], Place]:
    """The same way, so far to the right of it."""
    return lambda second: (places(second)[0] + aside_px, places(second)[1])


def _without(drive_: Drive, start_s: float, end_s: float) -> Drive:
    kept = [item for item in drive_.sightings if not start_s < item[0] < end_s]
    return Drive(track_id=drive_.track_id, sightings=kept, label=drive_.label, label_share=drive_.label_share)


def _lane_change() -> RuleScene:
    camera = (
        CameraBuilder()
        .line("solid", LineKind.SOLID_LINE, (0.5, 0.05), (0.5, 0.95), beyond=(0.8, 0.5))
        .rule("LANE_CHANGE")
        .build()
    )
    over = along((1, 860, 900), (5, 1060, 200))
    return RuleScene(
        code="LANE_CHANGE",
        offence="LANE_CHANGE",
        camera=camera,
        act=[drive(over)],
        decoys={
            "stays_in_lane": [drive(along((0, 860, 1000), (6, 860, 100)))],
            "on_the_line_and_back": [drive(along((0, 860, 1000), (3, 950, 550), (6, 860, 100)))],
            "crosses_the_road": [drive(along((1, 300, 500), (5, 1600, 500)))],
            "turns_round": [
                drive(along((1, 860, 900), (4, 1010, 400), (5, 1060, 380), (6, 1080, 500), (8, 1080, 1000)))
            ],
            "turns_round_before_the_line": [
                drive(along((0, 800, 100), (2, 800, 600), (3, 860, 640), (6, 1060, 200)), label="motorcycle")
            ],
            "obstacle_ahead": [
                drive(over),
                drive(lambda _: (870, 500), track_id=2, label="truck"),
            ],
            "obstacle_ahead_when_it_comes_back": [
                drive(over),
                drive(lambda _: (1050, 760), track_id=2, label="truck"),
            ],
            "stays_on_line": [
                drive(along((0, 860, 1000), (1, 950, 950), (11, 960, 300), (12, 1060, 250)), seconds=12.0)
            ],
            "class_in_doubt": [drive(over, label="motorcycle", share=0.6)],
            "gap_at_line": [_without(drive(over), 2.0, 4.2)],
            "round_the_end": [drive(along((0, 860, 40), (6, 1060, 10)))],
            "a_person": [drive(over, label="person")],
        },
    )


def _gates() -> CameraBuilder:
    return (
        CameraBuilder()
        .line("south-in", LineKind.GATE, (0.2, 0.75), (0.45, 0.75), beyond=(0.3, 0.1))
        .line("south-out", LineKind.GATE, (0.5, 0.75), (0.8, 0.75), beyond=(0.6, 0.1))
        .line("west", LineKind.GATE, (0.15, 0.2), (0.15, 0.6), beyond=(0.5, 0.4))
        .line("north", LineKind.GATE, (0.2, 0.15), (0.8, 0.15), beyond=(0.5, 0.5))
    )


_AHEAD = along((0, 600, 1050), (5, 600, 60))
_TO_LEFT = along((0, 600, 1050), (2.5, 600, 450), (6, 60, 430))


def _u_turn() -> RuleScene:
    camera = _gates().movement("turn-back", "south-in", "south-out", Turn.AROUND).rule("UTURN").build()
    return RuleScene(
        code="UTURN",
        offence="UTURN_SIGN",
        camera=camera,
        act=[drive(around)],
        decoys={
            "ahead": [drive(_AHEAD)],
            "left": [drive(_TO_LEFT)],
            "unseen_around": [_without(drive(around), 2.0, 5.0)],
            "a_bicycle": [drive(around, label="bicycle")],
            "class_in_doubt": [drive(around, label="motorcycle", share=0.6)],
            "mixed_up": [drive(around, label="motorcycle"), drive(_beside(around, 20), label="motorcycle", track_id=2)],
            "pushed_on_foot": [drive(around, label="motorcycle"), _walker(around)],
            "pushed_on_foot_by_one_who_is_lost": [drive(around, label="motorcycle"), _without(_walker(around), 4.5, 9)],
        },
    )


def _u_turn_place() -> RuleScene:
    def camera(*corners: Place) -> CameraConfig:
        builder = _gates().zone("crosswalk", ZoneKind.CROSSWALK, *corners)
        return builder.movement("turn-back", "south-in", "south-out", Turn.AROUND).rule("UTURN_PLACE").build()

    return RuleScene(
        code="UTURN_PLACE",
        offence="UTURN_PLACE",
        camera=camera((0.25, 0.2), (0.7, 0.2), (0.7, 0.45), (0.25, 0.45)),
        act=[drive(around)],
        decoys={
            "ahead": [drive(_AHEAD)],
            "turned_elsewhere": [drive(lambda second: (around(second)[0], around(second)[1] + 240))],
            "unseen_around": [_without(drive(around), 2.0, 5.0)],
            "a_bicycle": [drive(around, label="bicycle")],
            "class_in_doubt": [drive(around, label="motorcycle", share=0.6)],
            "mixed_up": [drive(around, label="motorcycle"), drive(_beside(around, 20), label="motorcycle", track_id=2)],
            "pushed_on_foot": [drive(around, label="motorcycle"), _walker(around)],
            "pushed_on_foot_by_one_who_is_lost": [drive(around, label="motorcycle"), _without(_walker(around), 4.5, 9)],
        },
    )


def _u_turn_at_one_gate() -> RuleScene:
    builder = CameraBuilder().line("gate", LineKind.GATE, (0.2, 0.75), (0.8, 0.75), beyond=(0.5, 0.1))
    camera = builder.movement("turn-back", "gate", "gate", Turn.AROUND).rule("UTURN").build()
    return RuleScene(
        code="UTURN",
        offence="UTURN",
        camera=camera,
        act=[drive(around, label="motorcycle")],
        decoys={"backed_out": [drive(along((0, 600, 1000), (2, 600, 500), (6, 630, 1050)))]},
    )


def _banned_turn() -> RuleScene:
    camera = (
        _gates()
        .movement("left", "south-in", "west", Turn.LEFT, banned_for=("motorcycle", "car"))
        .movement("ahead", "south-in", "north", Turn.AHEAD, banned=False)
        .rule("BANNED_TURN")
        .build()
    )
    return RuleScene(
        code="BANNED_TURN",
        offence="BANNED_TURN",
        camera=camera,
        act=[drive(_TO_LEFT, label="motorcycle")],
        decoys={
            "ahead": [drive(_AHEAD, label="motorcycle")],
            "movement_unknown": [drive(around, label="motorcycle")],
            "class_not_meant": [drive(_TO_LEFT, label="truck")],
        },
    )


def _shaking_at(y_px: float) -> Callable[[float], Place]:
    """Stands for three seconds, with a box that shakes about its place, and drives off up the picture."""

    def place(second: float) -> Place:
        x, y = along((0, 600, y_px), (3, 600, y_px), (7, 600, 150))(second)
        return (x, y + 8 * math.sin(3 * second) + 3 * math.cos(31 * second))

    return place


def _prohibited_road() -> RuleScene:
    camera = (
        CameraBuilder()
        .zone("closed", ZoneKind.CLOSED_ROAD, (0.1, 0.1), (0.9, 0.1), (0.9, 0.6), (0.1, 0.6))
        .zone("bus-road", ZoneKind.CLOSED_ROAD, (0.92, 0.1), (1, 0.1), (1, 0.6), (0.92, 0.6), open_to=("truck",))
        .line("sign", LineKind.GATE, (0.1, 0.65), (0.9, 0.65), beyond=(0.5, 0.3))
        .rule("PROHIBITED_ROAD", closed_to=["truck", "car"], gates=["sign"])
        .build()
    )
    return RuleScene(
        code="PROHIBITED_ROAD",
        offence="PROHIBITED_ROAD",
        goes_on=True,
        camera=camera,
        act=[drive(_AHEAD, label="truck")],
        decoys={
            "class_not_meant": [drive(_AHEAD, label="motorcycle")],
            "class_in_doubt": [drive(_AHEAD, label="truck", share=0.6)],
            "not_by_gate": [drive(along((0, 100, 500), (3, 700, 450), (6, 1300, 400)), label="truck")],
            "open_to_its_class": [drive(along((0, 1850, 1050), (5, 1850, 60)), label="truck")],
            "entry_unseen": [drive(along((0, 600, 600), (5, 600, 150)), label="truck")],
            "comes_from_a_gate_at_the_edge": [drive(_shaking_at(644), label="truck")],
            "not_far_enough": [drive(along((0, 600, 1000), (3, 600, 600), (6, 600, 1000)), label="truck")],
        },
    )


def _wrong_lane() -> RuleScene:
    camera = (
        CameraBuilder()
        .zone(
            "bus-lane",
            ZoneKind.LANE,
            (0.2, 0.05),
            (0.4, 0.05),
            (0.4, 0.95),
            (0.2, 0.95),
            direction_norm=((0.3, 0.9), (0.3, 0.1)),
            open_to=("bus",),
        )
        .rule("WRONG_LANE")
        .build()
    )
    return RuleScene(
        code="WRONG_LANE",
        offence="WRONG_LANE",
        goes_on=True,
        camera=camera,
        act=[drive(_AHEAD, label="motorcycle")],
        decoys={
            "a_bus": [drive(_AHEAD, label="bus")],
            "a_bicycle": [drive(_AHEAD, label="bicycle")],
            "class_in_doubt": [drive(_AHEAD, share=0.7)],
            "not_far_enough": [drive(along((0, 900, 700), (3, 700, 500), (6, 1000, 300)))],
            "straddles_the_edge": [drive(along((0, 766, 1050), (5, 766, 60)))],
            "crosses_the_lane": [drive(along((0, 100, 700), (5, 1000, 400)))],
            "creeps_in_queue": [
                drive(along((0, 600, 1050), (9, 600, 850), (15, 600, 850), (20, 600, 700)), seconds=20.0)
            ],
            "jam": [
                drive(along((3, 600, 1050), (8, 600, 60))),
                *(drive(lambda _, n=n: (450, 300 + 200 * n), track_id=2 + n) for n in range(3)),  # type: ignore[misc]
            ],
        },
    )


def _drive_pavement() -> RuleScene:
    camera = (
        CameraBuilder()
        .zone("pavement", ZoneKind.PAVEMENT, (0.25, 0.05), (0.38, 0.05), (0.38, 0.95), (0.25, 0.95))
        .rule("DRIVE_PAVEMENT")
        .build()
    )
    return RuleScene(
        code="DRIVE_PAVEMENT",
        offence="DRIVE_PAVEMENT",
        camera=camera,
        act=[drive(_AHEAD, label="motorcycle")],
        decoys={
            "beside_it": [drive(along((0, 900, 1050), (5, 900, 60)), label="motorcycle")],
            "across_the_pavement": [drive(along((0, 900, 500), (5, 300, 450)), label="motorcycle")],
            "not_far_enough": [drive(along((0, 600, 600), (5, 600, 500)), label="motorcycle")],
            "a_person": [drive(_AHEAD, label="person")],
            "class_in_doubt": [drive(_AHEAD, label="motorcycle", share=0.6)],
            "pushed_on_foot": [drive(_AHEAD, label="motorcycle"), _walker(_AHEAD)],
            "pushed_on_foot_with_nobody_seen": [
                drive(along((0, 600, 1000), (20, 600, 400)), label="motorcycle", seconds=20.0)
            ],
        },
    )


_AWAY = along((0, 600, 1050), (6, 600, 60))


def ride(
    riders: Sequence[HeadWear],
    places: Callable[[float], Place] = _AWAY,
    *,
    label: str = "motorcycle",
    share: float = 1.0,
    grows: bool = True,
    looks_every_s: float = 1.0,
) -> Drive:
    """A motorcycle that drives away up the lane, with its riders; it becomes smaller as it goes, or does not."""

    def sighting(second: float) -> tuple[float, BoxPx]:
        x, y = places(second)
        return second, box_at(x, y, width_px=80, height_px=80 + 0.08 * y if grows else 120)

    return Drive(
        track_id=1,
        sightings=[sighting(second) for second in every(0.1, 0.0, 6.5)],
        label=label,
        label_share=share,
        riders=riders,
        looks_every_s=looks_every_s,
    )


def _ridden_lane(code: str) -> CameraConfig:
    corners = ((0.2, 0.05), (0.4, 0.05), (0.4, 0.9), (0.2, 0.9))
    return CameraBuilder().zone("lane", ZoneKind.LANE, *corners).rule(code).build()


def _riders(code: str, act: Sequence[HeadWear], decoys: Mapping[str, Sequence[Drive]]) -> RuleScene:
    others_walk = _walker(_AWAY, seconds=6.5)
    return RuleScene(
        code=code,
        offence=code,
        goes_on=True,
        camera=_ridden_lane(code),
        act=[ride(act)],
        decoys={
            "class_in_doubt": [ride(act, share=0.7)],
            "one_distance_only": [ride(act, grows=False)],
            "too_few_looks": [ride(act, looks_every_s=2.6)],
            "pushed_on_foot": [ride(act), others_walk],
            "a_bicycle": [ride(act, label="bicycle")],
            "beside_the_lane": [ride(act, along((0, 1000, 1050), (6, 1000, 60)))],
            "nobody_looks": [ride(())],
            **decoys,
        },
    )


def _no_helmet_driver() -> RuleScene:
    decoys = {
        "whose_head_unknown": [ride(["bare", "helmet"])],
        "a_helmet": [ride(["helmet"])],
        "a_cap": [ride(["other"])],
        "nobody_can_tell": [ride(["cannot_tell"])],
    }
    return _riders("NO_HELMET_DRIVER", ["bare"], decoys)


def _no_helmet_carry() -> RuleScene:
    decoys = {
        "whose_head_unknown": [ride(["bare", "helmet"])],
        "alone": [ride(["bare"])],
        "one_cannot_be_told": [ride(["bare", "cannot_tell"])],
    }
    return _riders("NO_HELMET_CARRY", ["bare", "bare"], decoys)


def _overload(code: str, people: int) -> RuleScene:
    decoys = {"fewer_people": [ride(["helmet"] * (people - 1))]}
    return _riders(code, ["helmet"] * people, decoys)


def approach() -> CameraBuilder:
    """A stop line between 0.3 and 0.9 of the picture with the gates of its junction; its vehicles go up the picture."""
    builder = CameraBuilder(stop_from=0.3, gate="south-in")
    return (
        builder.line("south-in", LineKind.GATE, (0.3, 0.6), (0.9, 0.6), beyond=(0.5, 0.3))
        .line("south-out", LineKind.GATE, (0.08, 0.6), (0.25, 0.6), beyond=(0.2, 0.3))
        .line("north", LineKind.GATE, (0.3, 0.12), (0.7, 0.12), beyond=(0.5, 0.3))
        .line("west", LineKind.GATE, (0.12, 0.15), (0.12, 0.42), beyond=(0.5, 0.3))
        .line("east", LineKind.GATE, (0.9, 0.15), (0.9, 0.42), beyond=(0.5, 0.3))
    )


AHEAD_FROM_LINE = along((0, 1000, 1000), (7, 1000, 20))
LEFT_FROM_LINE = along((0, 1000, 1000), (4, 1000, 400), (9, 60, 330))
RIGHT_FROM_LINE = along((0, 1000, 1000), (4, 1000, 420), (8, 1900, 330))
AROUND_FROM_LINE = along((0, 700, 1000), (4, 700, 420), (5.5, 320, 420), (9, 320, 1000))
STANDS_OVER = along((0, 1000, 1000), (3, 1000, 490))


def _red_light() -> RuleScene:
    camera = (
        approach()
        .movement("ahead", "south-in", "north", Turn.AHEAD, banned=False)
        .movement("right", "south-in", "east", Turn.RIGHT, banned=False, on_red=True)
        .movement("back", "south-in", "south-out", Turn.AROUND, banned=False, on_red=True)
        .rule("RED_LIGHT")
        .build()
    )
    return RuleScene(
        code="RED_LIGHT",
        offence="RED_LIGHT",
        camera=camera,
        act=[drive(AHEAD_FROM_LINE)],
        decoys={
            "stops_before_the_line": [drive(along((0, 1000, 1000), (3, 1000, 560)))],
            "lawful_turn": [drive(RIGHT_FROM_LINE)],
            "turns_back_where_it_may": [drive(AROUND_FROM_LINE, seconds=9)],
            "exit_unknown": [drive(RIGHT_FROM_LINE, seconds=4.6)],
            "rolled_back": [drive(along((0, 1000, 1000), (3, 1000, 510), (3.5, 1000, 510), (5, 1000, 700)))],
            "round_the_lines_end": [drive(along((0, 1800, 1000), (7, 1800, 20)), label="motorcycle")],
            "out_of_the_side_road_beyond_it": [drive(along((0, 1900, 300), (7, 300, 60)))],
            "not_a_vehicle": [drive(AHEAD_FROM_LINE, label="person")],
            "comes_towards_it": [drive(along((0, 1000, 20), (7, 1000, 1000)))],
        },
    )


def _stop_line() -> RuleScene:
    camera = approach().movement("ahead", "south-in", "north", Turn.AHEAD, banned=False).rule("STOP_LINE").build()
    return RuleScene(
        code="STOP_LINE",
        offence="STOP_LINE",
        camera=camera,
        act=[drive(STANDS_OVER)],
        decoys={
            "stops_before_the_line": [drive(along((0, 1000, 1000), (3, 1000, 560)))],
            "entered_junction": [drive(AHEAD_FROM_LINE)],
            "stands_too_short": [drive(along((0, 1000, 1000), (3, 1000, 490), (4, 1000, 490), (6, 1000, 700)))],
            "first_seen_over_the_line": [drive(lambda _: (1000, 490))],
            "a_bicycle": [drive(STANDS_OVER, label="bicycle")],
            "not_a_vehicle": [drive(STANDS_OVER, label="person")],
        },
    )


SCENES: tuple[RuleScene, ...] = (
    _red_light(),
    _stop_line(),
    _lane_change(),
    _u_turn(),
    _u_turn_place(),
    _u_turn_at_one_gate(),
    _banned_turn(),
    _prohibited_road(),
    _wrong_lane(),
    _drive_pavement(),
    _no_helmet_driver(),
    _no_helmet_carry(),
    _overload("OVERLOAD_2PAX", 3),
    _overload("OVERLOAD_3PAX", 4),
)
