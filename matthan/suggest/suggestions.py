"""Suggestions as a camera's file of their own, to be looked at, redrawn and accepted on the drawing page."""

import shutil
from pathlib import Path

from domain.camera import Line, LineKind, Zone, ZoneKind
from domain.errors import ConfigurationError
from edge.run.detection_log import DetectionLog
from matthan.drawing.drawing_file import read_drawing, write_drawing
from matthan.suggest.lanes import Lane, lanes_of
from matthan.suggest.traffic import traffic_of

_LEAST_VEHICLES = 20
_MOST_LANES = 12


def suggest(camera: Path, log: Path, out: Path) -> list[str]:
    """Write a copy of a camera's file with the suggested lanes and stop lines added to what is drawn.

    Args:
        camera: the camera's file; it is not changed.
        log: what was seen there, e.g. of a day: ``--record-detections`` writes it.
        out: the file to write; it must not be there yet.

    Returns:
        What was suggested, a line each.

    Raises:
        ConfigurationError: the log shows too little traffic, or the file is there already.
        ConfigurationFaults: the camera's file is wrong.
    """
    if out.exists():
        raise ConfigurationError(f"{out} is there already: move it away, or name another file with --out")
    drawing = read_drawing(camera)
    traffic = traffic_of(DetectionLog(log))
    if traffic.vehicles < _LEAST_VEHICLES:
        raise ConfigurationError(
            f"{log} shows {traffic.vehicles} vehicles in {traffic.pictures} pictures: too few to suggest anything; "
            "record for longer, best a whole day"
        )
    width, height = drawing.reference_still_wh
    lanes = list(lanes_of(traffic, width / height))[:_MOST_LANES]
    zones = [_zone(number, lane) for number, lane in enumerate(lanes, start=1)]
    lines = [line for number, lane in enumerate(lanes, start=1) if (line := _line(number, lane)) is not None]
    shutil.copyfile(camera, out)
    write_drawing(
        out, drawing.model_copy(update={"zones": (*drawing.zones, *zones), "lines": (*drawing.lines, *lines)})
    )
    return [
        f"suggested-lane-{number}: weight {lane.moves}" + (", with a stop line" if lane.stop_line_norm else "")
        for number, lane in enumerate(lanes, start=1)
    ]


def _zone(number: int, lane: Lane) -> Zone:
    return Zone(
        id=f"suggested-lane-{number}",
        kind=ZoneKind.LANE,
        polygon_norm=lane.polygon_norm,
        direction_norm=lane.direction_norm,
    )


def _line(number: int, lane: Lane) -> Line | None:
    if lane.stop_line_norm is None or lane.beyond_norm is None:
        return None
    return Line(
        id=f"suggested-stop-{number}",
        kind=LineKind.STOP_LINE,
        points_norm=lane.stop_line_norm,
        beyond_norm=lane.beyond_norm,
    )
