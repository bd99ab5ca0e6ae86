"""The facts of one scene, and the book that works them out; what rules judge."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

from pydantic import JsonValue, TypeAdapter, ValidationError

from domain.camera import CameraConfig, Line, Zone
from domain.seen.scene import Scene
from rules.acts.emitted_acts import EmittedActs
from rules.facts.contact import Contact
from rules.facts.crossings import Crossing, LineWatches
from rules.facts.escort import Walkers
from rules.facts.flow import Flow, flow_of
from rules.facts.follower import Follower
from rules.facts.gate_paths import GatePath, GatePaths
from rules.facts.ground_plane import GroundPlane
from rules.facts.line.approach import Approaches
from rules.facts.line.arrow_flow import Driven
from rules.facts.line.measures import LineMeasures
from rules.facts.line.watch import LineFacts, StopLineWatch
from rules.facts.occupation.occupation import Occupation
from rules.facts.occupation.watch import OccupationWatch
from rules.facts.riders import RiderBook, Riders
from rules.facts.road_user import RoadUser
from rules.facts.stays.stays import Stays
from rules.facts.succession import successions
from rules.facts.visits import Visit, ZoneWatches

GATE = "gate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known after one picture. Crossings and paths are handed out once, when they are complete."""

    scene: Scene
    plane: GroundPlane
    users: tuple[RoadUser, ...] = ()  # everybody, by track id
    people: tuple[Sequence[Contact], ...] = ()  # the ways of those who walk, or walked lately
    crossings: tuple[Crossing, ...] = ()  # complete now, in order of time
    paths: tuple[GatePath, ...] = ()  # complete now
    visits: tuple[Visit, ...] = ()  # those that go on, and those that ended now
    riders: Mapping[int, Riders] = field(default_factory=dict)  # by motorcycle's track: those that were looked at
    occupations: tuple[Occupation, ...] = ()  # places that things occupy, or occupied today
    stays: Stays = field(default_factory=Stays)  # of the rule that judges, where it asks for any
    emitted: EmittedActs = field(default_factory=EmittedActs)  # by the rule that judges; it may pass over them
    stop_lines: Mapping[LineMeasures, LineFacts] = field(default_factory=dict)

    def visits_of(self, zone_ids: frozenset[str]) -> tuple[Visit, ...]:
        """The visits of some zones."""
        return tuple(visit for visit in self.visits if visit.zone_id in zone_ids)

    def flow_in(self, zone_id: str) -> Flow:
        """Who moves and who stands in a zone."""
        return flow_of(visit for visit in self.visits if visit.zone_id == zone_id)


class FactBook:
    """Works out one camera's facts, once a scene, for the places that its rules judge.

    Args:
        camera: with its zones, lines and ground points.
        place_ids: zones and lines that some rule judges; of nothing else anything is worked out.
        occupied_ids: zones of which some rule judges what occupies them.
        stop_lines: measures of the stop lines that some rule judges.
        jam_ids: those of the zones in which it matters how many others stand.
    """

    def __init__(
        self,
        camera: CameraConfig,
        place_ids: frozenset[str],
        occupied_ids: frozenset[str] = frozenset(),
        stop_lines: frozenset[LineMeasures] = frozenset(),
        jam_ids: frozenset[str] = frozenset(),
    ) -> None:
        self._camera = camera
        self._occupations = OccupationWatch(camera, occupied_ids)
        self._zones = tuple(zone for zone in camera.zones if zone.id in place_ids)
        self._lines = tuple(line for line in camera.lines if line.id in place_ids)
        self._stop_lines, self._jam_ids = stop_lines, jam_ids
        self._arrows: dict[str, list[Driven]] = {}  # by line, of a predecessor
        self._watch: _Watch | None = None

    def step(self, scene: Scene) -> Facts:
        """Take in one scene; another picture size begins everything anew."""
        watch = self._watch
        if watch is None or watch.plane.resolution_wh != scene.resolution_wh:
            plane = GroundPlane(camera=self._camera, resolution_wh=scene.resolution_wh)
            arrows = self._arrows if watch is None else watch.arrows()
            watch = self._watch = _Watch(plane, self._zones, self._lines, self._stop_lines, self._jam_ids)
            watch.resume_arrows(arrows)
        return watch.step(scene, self._occupations.step(scene, watch.plane))

    def keep(self) -> JsonValue:
        """The facts that last longer than a restart, as plain values."""
        return self._occupations.keep()

    def resume(self, kept: JsonValue) -> None:
        """Go on with what a predecessor kept.

        Raises:
            ValueError: it cannot be read; they begin anew.
        """
        self._occupations.resume(kept)

    def keep_arrows(self, shift: timedelta = timedelta()) -> JsonValue:
        """Who drove in by a red arrow at each stop line lately, as plain values.

        Args:
            shift: by which the successor's times are later.
        """
        by_line = self._arrows if self._watch is None else self._watch.arrows()
        later = {line: [(arrow, at + shift) for arrow, at in driven] for line, driven in by_line.items()}
        kept: JsonValue = _ARROWS.dump_python(later, mode="json")
        return kept

    def resume_arrows(self, kept: JsonValue) -> None:
        """Go on with what a predecessor saw at the same lines; before the first scene.

        Raises:
            ValueError: it cannot be read.
        """
        try:
            self._arrows = _ARROWS.validate_python(kept)
        except ValidationError as error:
            raise ValueError(f"the flow at arrows cannot be read: {error.error_count()} faults") from error

    def finish(self, scene: Scene) -> Facts:
        """The stream has ended with this scene, which was processed: everybody is gone."""
        if self._watch is None:
            return Facts(scene=scene, plane=GroundPlane(camera=self._camera, resolution_wh=scene.resolution_wh))
        return self._watch.finish(scene)


class _Watch:
    """The book at one picture size."""

    def __init__(
        self,
        plane: GroundPlane,
        zones: Sequence[Zone],
        lines: Sequence[Line],
        stop_lines: frozenset[LineMeasures],
        jam_ids: frozenset[str],
    ) -> None:
        self.plane = plane
        self._jam_ids = jam_ids
        judged = zones or lines or stop_lines
        self._follower = Follower(plane) if judged else None  # nobody is followed where nothing is judged
        camera, size_wh = plane.camera, plane.resolution_wh
        self._approaches = {
            one: Approaches(camera=camera, measures=one, resolution_wh=size_wh)
            for one in {each.crossing() for each in stop_lines}
        }
        self._stop_lines = {
            one: StopLineWatch(camera=camera, measures=one, resolution_wh=size_wh) for one in stop_lines
        }
        self._lines = LineWatches(lines, plane)
        self._zones = ZoneWatches(zones, plane)
        self._riders = RiderBook()
        self._walkers = Walkers()
        self._paths = GatePaths(line.id for line in lines if line.kind == GATE)

    def step(self, scene: Scene, occupations: tuple[Occupation, ...]) -> Facts:
        users = self._follower.step(scene) if self._follower else ()
        return self._facts(scene, users, self._riders.step(scene), occupations)

    def arrows(self) -> dict[str, list[Driven]]:
        """Who drove in by a red arrow lately, by line; where rules measure one differently, as many as any saw."""
        by_line: dict[str, list[Driven]] = {}
        for measures, watch in self._stop_lines.items():
            by_line[measures.line] = max(by_line.get(measures.line, []), watch.arrows(), key=len)
        return by_line

    def resume_arrows(self, by_line: Mapping[str, Sequence[Driven]]) -> None:
        """Go on with what a predecessor saw at the same lines."""
        for measures, watch in self._stop_lines.items():
            watch.resume_arrows(by_line.get(measures.line, ()))

    def finish(self, scene: Scene) -> Facts:
        users = self._follower.finish(scene.at) if self._follower else ()
        return self._facts(scene, users, self._riders.newest, ended=True)

    def _facts(
        self,
        scene: Scene,
        users: tuple[RoadUser, ...],
        riders: Mapping[int, Riders],
        occupations: tuple[Occupation, ...] = (),
        *,
        ended: bool = False,
    ) -> Facts:
        placed, gone = ((), ()) if self._follower is None else (self._follower.placed, self._follower.gone)
        followed = tuple(successions(users, self.plane.resolution_wh))
        crossings = self._lines.step(placed, gone, followed)
        by_zone = self._zones.step(placed, gone)
        for zone_id in self._jam_ids & by_zone.keys():
            flow = flow_of(by_zone[zone_id])
            for visit in by_zone[zone_id]:
                visit.others_standing = max(visit.others_standing, flow.stand_besides(visit.user.track.track_id))
        begun = {measures: tuple(line.step(placed, gone, followed)) for measures, line in self._approaches.items()}
        return Facts(
            scene=scene,
            plane=self.plane,
            users=users,
            people=self._walkers.step(users, scene.at),
            crossings=tuple(sorted(crossings, key=lambda item: (item.at, item.user.track.track_id))),
            paths=tuple(self._paths.step(crossings, gone, followed)),
            visits=tuple(visit for visits in by_zone.values() for visit in visits),
            riders=riders,
            occupations=occupations,
            stop_lines={
                measures: watch.step(scene, users, begun[measures.crossing()], ended=ended)
                for measures, watch in self._stop_lines.items()
            },
        )


_ARROWS: Final = TypeAdapter(dict[str, list[Driven]])
