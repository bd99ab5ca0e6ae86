"""Mistakes of a drawing that concern low spots and their waterlines."""

from collections.abc import Iterator

from detectors.surface.low_spot import LEAST_CELLS
from detectors.surface.water_watch import CELL_PX, spot_ground
from domain.camera import CameraConfig, LineKind, Zone, ZoneKind
from domain.low_spots import above, below, waterlines_of
from matthan.drawing.mistake import Mistake


def low_spot_mistakes(camera: CameraConfig) -> Iterator[Mistake]:
    """Each with its place and remedy; what a rule needs and lacks, the rule says itself."""
    spots = [zone for zone in camera.zones if zone.kind is ZoneKind.LOW_SPOT]
    across = {line.id for zone in spots for line in waterlines_of(camera, zone)}
    for index, line in enumerate(camera.lines):
        if line.kind is LineKind.WATERLINE and line.id not in across:
            problem = f"waterline {line.id} crosses no zone of kind low_spot"
            remedy = "draw the low spot around it, or the line from border to border of one"
            yield Mistake(("lines", index, "points_norm"), problem, remedy, certain=False)
    for index, zone in enumerate(camera.zones):
        if zone.kind is ZoneKind.LOW_SPOT:
            yield from _of_spot(camera, index, zone)


def _of_spot(camera: CameraConfig, index: int, zone: Zone) -> Iterator[Mistake]:
    place = ("zones", index, "polygon_norm")
    lines = waterlines_of(camera, zone)
    if len(lines) != 1:
        problem = f"low spot {zone.id} has {len(lines)} lines of kind waterline across it, of 1 needed"
        remedy = "draw one line from border to border: so far water stands when it is flooded"
        yield Mistake(place, problem, remedy, certain=False)
        return
    (line,) = lines
    if not (below(zone, line) and above(zone, line)):
        return  # the rule refuses it
    cells = spot_ground(zone, line, camera.reference_still_wh)
    few = {"below": int(cells.below.sum()), "above and around": int(cells.elsewhere.sum())}
    for side, count in few.items():
        if count < LEAST_CELLS:
            problem = (
                f"low spot {zone.id} shows {count} cells of {CELL_PX} pixels {side} its waterline, "
                f"of {LEAST_CELLS} needed"
            )
            yield Mistake(place, problem, "draw more of the ground on that side", certain=False)
