"""The drawn act of every rule as scripted vehicles: what its example camera sees of it, altered at will."""

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import shapely

from docs.rules.acts import ACTS
from docs.rules.scene import KINDS, ON_THE_GROUND, Way, view_of
from domain.camera import CameraConfig
from domain.event import FindingKind
from domain.geometry import BoxPx, bottom_centre
from domain.seen.scene import Scene
from tests.builders.drives import SIZE_WH, Drive, box_at, scenes
from tests.builders.low_spot_scenes import Water
from tests.builders.pavement_scenes import Pavement, Thing

_FAR = 2.0
_FREE_S = 300.0  # an occupied place is looked at so long after it is free
_LONG_S = 60.0  # a longer act is seen once a second, a shorter one ten times


@dataclass(frozen=True, kw_only=True)
class ActScene:
    """What happens before one camera."""

    code: str
    camera: CameraConfig
    drives: Sequence[Drive]
    signal: Sequence[tuple[float, str]]

    def scenes(self) -> list[Scene]:
        """As the rules see it."""
        return list(scenes(self.drives, signal=self.signal))

    def later(self, by_s: float) -> "ActScene":
        """The same at another time."""
        return replace(
            self,
            drives=[
                replace(one, sightings=[(round(second + by_s, 3), box) for second, box in one.sightings])
                for one in self.drives
            ],
            signal=[(second + by_s, state) for second, state in self.signal],
        )

    def in_a_mirror(self) -> "ActScene":
        """The picture mirrored, with everything that is drawn in it; east becomes west."""
        return replace(
            self,
            camera=_mirrored_camera(self.camera),
            drives=[
                replace(one, sightings=[(second, _mirrored(box)) for second, box in one.sightings])
                for one in self.drives
            ],
        )

    def with_a_stranger(self) -> "ActScene":
        """Somebody walks to and fro where nothing is drawn."""
        x_px, y_px = _free_place(self.camera)
        seconds = sorted({second for one in self.drives for second, _ in one.sightings})
        way = [(second, box_at(x_px + 6 * (number % 5), y_px, width_px=14, height_px=40))
               for number, second in enumerate(seconds)]  # fmt: skip
        return replace(self, drives=[*self.drives, Drive(track_id=999, sightings=way, label="person")])

    def split(self, share: float) -> "ActScene":
        """After so much of the time every track goes on under another id."""
        cut_s = self.second_at(share)
        parts = [
            replace(one, track_id=one.track_id + number * 300, sightings=part)
            for one in self.drives
            for number, part in enumerate(_cut(one, cut_s))
            if part
        ]
        return replace(self, drives=parts)

    def with_lawful(self, *, swapped_at: float | None = None) -> "ActScene":
        """The drawn lawful drive at the same time; ids are swapped after a share of it, once both are apart."""
        lawful = [replace(one, track_id=one.track_id + 500) for one in drives_of(self.code, ACTS[self.code].lawful)]
        if swapped_at is None:
            return replace(self, drives=[*self.drives, *lawful])
        cut_s = _apart_since(self.drives[0], lawful[0], self.second_at(swapped_at))
        (one_first, one_rest), (other_first, other_rest) = _cut(self.drives[0], cut_s), _cut(lawful[0], cut_s)
        swapped = [
            replace(self.drives[0], sightings=[*one_first, *other_rest]),
            replace(lawful[0], sightings=[*other_first, *one_rest]),
        ]
        return replace(self, drives=[*swapped, *self.drives[1:], *lawful[1:]])

    def broken(self, share: float, *, lost_s: float = 0.0) -> "tuple[ActScene, ActScene]":
        """What is seen before and after a break: tracks begin anew, and time was lost."""
        cut_s = self.second_at(share)
        first, rest = [], []
        for one in self.drives:
            before, after = _cut(one, cut_s)
            first.append(replace(one, sightings=before))
            moved = [(round(second + lost_s, 3), box) for second, box in after]
            rest.append(replace(one, track_id=one.track_id + 300, sightings=moved))
        signal = [(second + (lost_s if second > cut_s else 0.0), state) for second, state in self.signal]
        return replace(self, drives=first, signal=signal), replace(self, drives=rest, signal=signal)

    def second_at(self, share: float) -> float:
        """So far into the act."""
        seconds = [second for one in self.drives for second, _ in one.sightings]
        return min(seconds) + share * (max(seconds) - min(seconds))


def act_scene(code: str) -> ActScene:
    """The drawn act of a rule before its example camera."""
    act = ACTS[code]
    return ActScene(code=code, camera=view_of(code).camera, drives=drives_of(code, act.act), signal=act.signal)


def drives_of(code: str, way: Way) -> list[Drive]:
    """A drawn way as tracks."""
    view = view_of(code)
    step_s = 1.0 if way.corners[-1][0] > _LONG_S else 0.1
    return [
        Drive(
            track_id=number + 1,
            sightings=[(second, view.box_px(way.places(second)[number], way.label)) for second in way.seconds(step_s)],
            label=way.label,
            riders=way.riders,
        )
        for number in range(way.group)
    ]


def is_occupied(code: str, way: Way) -> bool:
    """Whether nobody drives there: something lies or stands at a place, which looks at the ground show."""
    return KINDS[code] is FindingKind.REMINDER or way.label in ON_THE_GROUND


def occupied(code: str, way: Way) -> list[Scene]:
    """What occupies a place, which the ground shows, or a network that knows carts; water; it is looked after."""
    view, (zone, *_) = view_of(code), view_of(code).camera.zones
    if way.label == "water":
        water = Water(zone_id=zone.id, from_s=0.0, to_s=way.corners[-1][0])
        return list(water.scenes(water.to_s + _FREE_S))
    (place,), end_s = way.places(0), way.corners[-1][0]
    box, polygon = view.box_px(place, way.label), shapely.Polygon(zone.polygon_norm)
    width_px, height_px = view.camera.reference_still_wh
    ground = shapely.box(box[0] / width_px, box[1] / height_px, box[2] / width_px, box[3] / height_px)
    is_ground = way.label in ON_THE_GROUND
    person = Thing(box=view.box_px(place, "person"), label="person", spans=((0.0, end_s),), track_id=1)
    cart = Thing(box=box, label=way.label, spans=((0.0, end_s),), track_id=2)
    street = Pavement(
        changed=((box, 0.0, end_s),) if is_ground else (),
        things=(person,) if way.label == "goods" else () if is_ground else (cart,),
        share=float(ground.intersection(polygon).area / polygon.area),
        zone_id=zone.id,
    )
    step_s = 1.0 if KINDS[code] is FindingKind.ALERT else 5.0
    return list(street.scenes(end_s + _FREE_S, step_s=step_s))


def _apart_since(one: Drive, other: Drive, second: float) -> float:
    """The first second from then on in which they are two heights apart: neighbours nobody can tell."""
    boxes = dict(other.sightings)
    return next(
        (
            at
            for at, box in one.sightings
            if at >= second and (at not in boxes or _heights_apart(box, boxes[at]) >= _FAR)
        ),
        one.sightings[-1][0],
    )


def _heights_apart(one: BoxPx, other: BoxPx) -> float:
    return math.dist(bottom_centre(one), bottom_centre(other)) / (one[3] - one[1])


def _cut(one: Drive, second: float) -> tuple[list[tuple[float, BoxPx]], list[tuple[float, BoxPx]]]:
    return [item for item in one.sightings if item[0] <= second], [item for item in one.sightings if item[0] > second]


def _mirrored(box: BoxPx) -> BoxPx:
    return (SIZE_WH[0] - box[2], box[1], SIZE_WH[0] - box[0], box[3])


def _mirrored_camera(camera: CameraConfig) -> CameraConfig:
    def flipped(value: object, name: str = "") -> object:
        if isinstance(value, dict):
            return {key: flipped(item, key) for key, item in value.items()}
        if name in {"polygon_norm", "points_norm", "direction_norm"} and isinstance(value, list):
            return [[1 - x, y] for x, y in value]
        if name in {"beyond_norm", "image_norm"} and isinstance(value, list):
            return [1 - value[0], value[1]]
        if name == "road_m" and isinstance(value, list):
            return [-value[0], value[1]]
        return [flipped(item) for item in value] if isinstance(value, list) else value

    return CameraConfig.model_validate_json(json.dumps(flipped(camera.model_dump(mode="json"))))


def _free_place(camera: CameraConfig) -> tuple[float, float]:
    """A place far from all zones and lines, in pixels."""
    drawn = shapely.union_all(
        [
            *(shapely.Polygon(zone.polygon_norm) for zone in camera.zones),
            *(shapely.LineString(line.points_norm) for line in camera.lines),
        ]
    )
    places = [(x / 20, y / 20) for x in range(1, 20) for y in range(2, 20)]
    x, y = max(places, key=lambda place: float(drawn.distance(shapely.Point(place))))
    return (x * SIZE_WH[0], y * SIZE_WH[1])
