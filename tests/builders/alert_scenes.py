"""For every alert rule: a camera, what it must find, and what looks like it and is none."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from domain.camera import CameraConfig, ZoneKind
from tests.builders.drives import CameraBuilder, Drive, every, path
from tests.builders.rule_scenes import Place, along, drive

LANE = ((0.2, 0.05), (0.6, 0.05), (0.6, 0.95), (0.2, 0.95))
CROSSWALK = ((0.2, 0.3), (0.6, 0.3), (0.6, 0.45), (0.2, 0.45))
UP = ((0.4, 0.9), (0.4, 0.1))


@dataclass(frozen=True, kw_only=True)
class AlertScene:
    """One alert rule's scripted scenes; pixels of a picture of 1920 by 1080, ten pictures a second."""

    rule: str
    camera: CameraConfig
    alarm: Sequence[Drive]  # one alert, from somebody's coming to his leaving
    decoys: Mapping[str, Sequence[Drive]]  # by why it is none


def person(places: Callable[[float], Place], *, seconds: float = 12.0, track_id: int = 1) -> Drive:
    """Somebody of 50 by 120 pixels, ten times a second."""
    sightings = path(places, every(0.1, 0.0, seconds), width_px=50, height_px=120)
    return Drive(track_id=track_id, sightings=sightings, label="person")


def _across(y: float) -> Callable[[float], Place]:
    """Over the carriageway in ten seconds."""
    return along((0, 300, y), (10, 1300, y))


def _carriageway(rule: str) -> CameraConfig:
    return (
        CameraBuilder()
        .zone("lane", ZoneKind.LANE, *LANE)
        .zone("crossing", ZoneKind.CROSSWALK, *CROSSWALK)
        .rule(rule)
        .build()
    )


def _person_on_carriageway() -> AlertScene:
    moving = along((0, 600, 1050), (8, 600, 100))
    return AlertScene(
        rule="PERSON_ON_CARRIAGEWAY",
        camera=_carriageway("PERSON_ON_CARRIAGEWAY"),
        alarm=[person(_across(800))],
        decoys={
            "on_crosswalk": [person(_across(420))],
            "left_soon": [person(along((0, 300, 800), (2, 420, 800), (4, 300, 800)))],
            "beside_it": [person(along((0, 300, 1000), (10, 300, 100)))],
            "a_rider": [drive(moving, label="motorcycle", track_id=2), person(moving, seconds=8.0)],
            "a_rider_at_a_light": [
                drive(lambda _: (600, 500), label="motorcycle", track_id=2, seconds=12),
                person(lambda _: (605, 470)),
            ],
            "beside_a_motorcycle": [
                drive(lambda _: (640, 500), label="motorcycle", track_id=2, seconds=12),
                person(lambda _: (520, 500)),
            ],
            "too_small_to_tell": [
                Drive(
                    track_id=1,
                    label="person",
                    sightings=path(_across(800), every(0.1, 0, 12), width_px=40, height_px=90),
                ),
            ],
            "in_a_jam": [
                person(_across(800)),
                *(_queued(number) for number in range(3)),
            ],
            "a_driver_behind_glass": [
                Drive(
                    track_id=2,
                    label="truck",
                    sightings=path(lambda _: (600, 700), every(0.1, 0, 12), width_px=400, height_px=400),
                ),
                person(lambda _: (600, 550)),
            ],
            "as_fast_as_nobody_walks": [person(along((0, 1000, 1060), (2, 1000, 60)), seconds=2.0)],
            "a_dog": [replace(person(_across(800)), label="dog")],
        },
    )


def _animal_on_carriageway() -> AlertScene:
    return AlertScene(
        rule="ANIMAL_ON_CARRIAGEWAY",
        camera=_carriageway("ANIMAL_ON_CARRIAGEWAY"),
        alarm=[replace(person(_across(420)), label="cow")],  # a crosswalk makes no difference to it
        decoys={"a_person": [person(_across(800))], "beside_it": [replace(person(lambda _: (200, 500)), label="dog")]},
    )


def _people(count: int, *, seconds: float = 14.0) -> list[Drive]:
    def place(number: int) -> Callable[[float], Place]:
        x, y = 450 + 90 * (number % 6), 500 + 140 * (number // 6)
        return along((0, x - 300, y), (1, x, y), (seconds - 1, x, y), (seconds, x + 800, y))

    return [person(place(number), track_id=number + 1, seconds=seconds) for number in range(count)]


def _crowd() -> AlertScene:
    builder = CameraBuilder().zone("square", ZoneKind.PAVEMENT, *LANE)
    return AlertScene(
        rule="CROWD",
        camera=builder.rule("CROWD", zones=["square"], min_persons=8, min_time_s=5.0).build(),
        alarm=_people(10),
        decoys={
            "too_few": _people(7),
            "for_a_moment": _people(10, seconds=5.0),
            "vehicles": [replace(one, label="car") for one in _people(10)],
        },
    )


def _fast_road(rule: str) -> CameraConfig:
    builder = CameraBuilder().zone("fast", ZoneKind.LANE, *LANE, direction_norm=UP)
    return builder.rule(rule, zones=["fast"]).build()


def _stopped_on_fast_road() -> AlertScene:
    stops = along((0, 600, 1060), (3, 600, 600), (15, 600, 600), (18, 600, 10))
    return AlertScene(
        rule="STOPPED_ON_FAST_ROAD",
        camera=_fast_road("STOPPED_ON_FAST_ROAD"),
        alarm=[drive(stops, seconds=18)],
        decoys={
            "drives_on": [drive(along((0, 600, 1060), (8, 600, 60)))],
            "slow": [drive(along((0, 600, 1060), (20, 600, 200)), seconds=20)],
            "for_a_moment": [drive(along((0, 600, 1060), (3, 600, 600), (8, 600, 600), (11, 600, 10)), seconds=11)],
            "on_the_shoulder": [drive(lambda _: (1400, 600), seconds=18)],
            "jam": [drive(stops, seconds=18), *(_queued(number) for number in range(3))],
            "a_person": [person(lambda _: (600, 600), seconds=18)],
        },
    )


def _queued(number: int) -> Drive:
    return drive(lambda _: (450, 300 + 200 * number), track_id=2 + number, seconds=18)


def _against_traffic() -> AlertScene:
    return AlertScene(
        rule="AGAINST_TRAFFIC",
        camera=_fast_road("AGAINST_TRAFFIC"),
        alarm=[drive(along((0, 600, 30), (8, 600, 1070)), label="motorcycle")],
        decoys={
            "with_the_traffic": [drive(along((0, 600, 1070), (8, 600, 30)), label="motorcycle")],
            "across": [drive(along((0, 200, 500), (6, 1400, 560)))],
            "rolls_back_a_little": [
                drive(along((0, 600, 1060), (3, 600, 600), (5, 600, 640), (9, 600, 30)), seconds=9)
            ],
            "outside": [drive(along((0, 1400, 30), (8, 1400, 1070)))],
        },
    )


ALERT_SCENES: tuple[AlertScene, ...] = (
    _person_on_carriageway(),
    _animal_on_carriageway(),
    _crowd(),
    _stopped_on_fast_road(),
    _against_traffic(),
)
