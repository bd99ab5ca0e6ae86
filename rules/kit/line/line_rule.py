"""What the two rules at a stop line share: watching the line, judging each crossing once, and counting refusals."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial

import shapely

from domain.camera import CameraConfig
from domain.event import DecisiveMoment, Subject
from domain.geometry import SizeWh
from domain.seen.scene import Scene
from domain.seen.track import Track
from rules.kit.line.crossing_parameters import CrossingParameters
from rules.kit.line.judgement import Judge, Judgement, Outcome
from rules.kit.line.line_watch import LineWatch
from rules.kit.line.passage import Passage
from rules.kit.line.sighting import Sighting
from rules.rule import Refusals

REFUSED_NOT_A_VEHICLE = "not_a_vehicle"  # a person or thing; the catalogue knows no such driver


Judged = tuple[tuple[Passage, Judgement], ...]


class LineJudge:
    """Watches one stop line and judges every crossing once, whichever rules ask for it.

    Args:
        camera: with the line, its signal and the zones.
        parameters: by which crossings are measured.
    """

    def __init__(self, *, camera: CameraConfig, parameters: CrossingParameters) -> None:
        line = camera.line(parameters.line)
        if line is None or line.signal is None:
            raise ValueError(f"line {parameters.line} is missing or names no signal; check the rule's problems first")
        self.signal_id = line.signal
        self._settle = timedelta(seconds=parameters.signal_settle_s)
        self._watch = LineWatch(camera=camera, line=line, parameters=parameters)
        self._junction = zone_polygon(camera, parameters.junction_zone)
        self._resolution_wh: SizeWh = camera.reference_still_wh
        self._judge = Judge(parameters=parameters, in_junction=self._in_junction)
        self._newest: Scene | None = None
        self._of_newest: Judged = ()
        self._at_the_end: Judged | None = None

    @property
    def open_passages(self) -> list[Passage]:
        """Crossings whose judgement is still open."""
        return self._watch.open_passages

    def step(self, scene: Scene) -> Judged:
        """Take in one scene, once; returns the crossings that are judged now, to everybody who asks."""
        if scene is not self._newest:
            self._newest = scene
            self._resolution_wh = scene.resolution_wh
            self._watch.step(scene)
            self._of_newest = tuple(self._judged(scene, scene.at - self._settle, finishing=False))
        return self._of_newest

    def finish(self) -> Judged:
        """Judge what is open by what was seen."""
        if self._at_the_end is None:
            if self._newest is None:
                return ()
            self._watch.finish(self._newest.at)
            self._at_the_end = tuple(self._judged(self._newest, self._newest.at, finishing=True))
        return self._at_the_end

    def _judged(self, scene: Scene, until: datetime, *, finishing: bool) -> Iterator[tuple[Passage, Judgement]]:
        reading = partial(scene.signal_at, self.signal_id)
        for passage in self._watch.open_passages:
            gone = finishing or self._watch.is_gone(passage, scene.at)
            judgement = self._judge.judge(passage, reading, until, gone=gone)
            if judgement is not None:
                passage.judged = True
                yield passage, judgement

    def _in_junction(self, sighting: Sighting) -> bool:
        return self._junction is not None and touches(self._junction, sighting, self._resolution_wh)


class StopLineWatcher:
    """One rule's part in judging a line: it hands out crossings that came to something, and counts the rest.

    Args:
        camera: with the line, its signal and the zones.
        parameters: of the rule.
        refusals: where refused crossings are counted.
    """

    def __init__(self, *, camera: CameraConfig, parameters: CrossingParameters, refusals: Refusals) -> None:
        self.measures = {name: getattr(parameters, name) for name in CrossingParameters.model_fields}
        self.judge = LineJudge(camera=camera, parameters=parameters)
        self._refusals = refusals

    @property
    def signal_id(self) -> str:
        """Of the signal that governs the line."""
        return self.judge.signal_id

    @property
    def open_passages(self) -> list[Passage]:
        """Crossings whose judgement is still open."""
        return self.judge.open_passages

    def step(self, scene: Scene) -> Iterator[tuple[Passage, Judgement]]:
        """Take in one scene; yields crossings that are judged now."""
        return self._counted(self.judge.step(scene))

    def finish(self) -> Iterator[tuple[Passage, Judgement]]:
        """Judge what is open by what was seen."""
        return self._counted(self.judge.finish())

    def _counted(self, judged: Judged) -> Iterator[tuple[Passage, Judgement]]:
        for passage, judgement in judged:
            if judgement.outcome == Outcome.REFUSED:
                self._refusals.add(judgement.reason)
            elif judgement.outcome != Outcome.LAWFUL and passage.track.vehicle_kind is None:
                self._refusals.add(REFUSED_NOT_A_VEHICLE)
            else:
                yield passage, judgement


def share_judges(rules: Iterable[object]) -> None:
    """Let rules that measure crossings of one line in the same way judge them together: once, not once each."""
    known: list[StopLineWatcher] = []
    for rule in rules:
        watcher = getattr(rule, "watcher", None)
        if not isinstance(watcher, StopLineWatcher):
            continue
        alike = next((other for other in known if other.measures == watcher.measures), None)
        if alike is None:
            known.append(watcher)
        else:
            watcher.judge = alike.judge


def zone_polygon(camera: CameraConfig, zone_id: str | None) -> shapely.Polygon | None:
    """A zone of the camera as a polygon in normalised coordinates; None where there is none."""
    zone = camera.zone(zone_id) if zone_id is not None else None
    if zone is None:
        return None
    polygon = shapely.Polygon(zone.polygon_norm)
    shapely.prepare(polygon)
    return polygon


def touches(polygon: shapely.Polygon, sighting: Sighting, resolution_wh: SizeWh) -> bool:
    """Whether a sighting touches the ground in a normalised polygon."""
    x_px, y_px = sighting.contact_px
    return bool(shapely.intersects_xy(polygon, x_px / resolution_wh[0], y_px / resolution_wh[1]))


def subject_of(track: Track) -> Subject:
    """The vehicle of a track as an event's subject.

    Raises:
        ValueError: the track is no vehicle.
    """
    kind = track.vehicle_kind
    if kind is None:
        raise ValueError(f"track {track.track_id} is a {track.label}, no vehicle")
    return Subject(
        key=f"track:{track.track_id}",
        label=track.label,
        label_share=track.label_share,
        vehicle_kind=kind,
        track_ids=(track.track_id,),
    )


def moment(name: str, sighting: Sighting, scene: Scene, signal_id: str) -> DecisiveMoment:
    """A sighting as a decisive moment, with what the signal showed."""
    return DecisiveMoment(
        name=name,
        at=sighting.at,
        box_xyxy_px=sighting.box_xyxy_px,
        signal=scene.signal_at(signal_id, sighting.at).state,
    )
