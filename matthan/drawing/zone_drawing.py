"""Draws a camera's zones, lines and signals onto a copy of a still, for checking by eye."""

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from domain.camera import CameraConfig, LineKind, ZoneKind
from domain.geometry import ImageBgr, PointNorm, SizeWh, to_px
from matthan.drawing.gates import way_between

_COLOURS_BGR: dict[ZoneKind, tuple[int, int, int]] = {
    ZoneKind.PAVEMENT: (0, 200, 255),
    ZoneKind.LANE: (255, 160, 0),
    ZoneKind.JUNCTION: (200, 0, 200),
    ZoneKind.PERMITTED_BAY: (0, 200, 0),
    ZoneKind.NO_STOPPING: (40, 40, 220),
    ZoneKind.NO_PARKING: (90, 60, 200),
    ZoneKind.NEAR_JUNCTION: (150, 40, 220),
    ZoneKind.BRIDGE: (180, 120, 60),
    ZoneKind.BESIDE_PARKED: (60, 140, 220),
    ZoneKind.ROADWAY: (180, 180, 60),
    ZoneKind.CROSSWALK: (255, 255, 255),
    ZoneKind.CLOSED_ROAD: (80, 80, 255),
    ZoneKind.MEDIAN: (60, 220, 160),
    ZoneKind.LOW_SPOT: (220, 120, 20),
    ZoneKind.PERMITTED_USE: (160, 200, 0),
    ZoneKind.PRIVACY_MASK: (60, 60, 60),
    ZoneKind.IGNORE: (140, 140, 140),
}
_LINE_BGR: dict[LineKind, tuple[int, int, int]] = {
    LineKind.STOP_LINE: (48, 59, 255),
    LineKind.SOLID_LINE: (255, 255, 255),
    LineKind.GATE: (230, 220, 0),
    LineKind.WATERLINE: (255, 168, 47),
}
_BANNED_BGR, _ALLOWED_BGR = (0, 0, 220), (0, 170, 0)
_GROUND_BGR = (217, 122, 255)
_LAMP_BGR = (0, 255, 255)
_FILL_SHARE = 0.25


def draw_camera(camera: CameraConfig, still_bgr: ImageBgr) -> ImageBgr:
    """A copy of the still with everything that the camera's file places in it.

    Args:
        camera: zones and lines in fractions of the reference still.
        still_bgr: (height, width, 3), of any size of the same view; not written to.
    """
    size_wh = (still_bgr.shape[1], still_bgr.shape[0])
    thickness_px = max(1, size_wh[1] // 400)
    filled = still_bgr.copy()
    for zone in camera.zones:
        cv2.fillPoly(filled, [_pixels(zone.polygon_norm, size_wh)], _COLOURS_BGR[zone.kind])
    picture: ImageBgr = cv2.addWeighted(filled, _FILL_SHARE, still_bgr, 1 - _FILL_SHARE, 0).astype(np.uint8)
    for zone in camera.zones:
        corners_px = _pixels(zone.polygon_norm, size_wh)
        cv2.polylines(picture, [corners_px], isClosed=True, color=_COLOURS_BGR[zone.kind], thickness=thickness_px)
        if zone.direction_norm is not None:
            tail, head = _pixels(zone.direction_norm, size_wh)
            cv2.arrowedLine(picture, tail, head, _COLOURS_BGR[zone.kind], thickness_px + 1)
        _label(picture, f"{zone.id} ({zone.kind.value})", corners_px.mean(axis=0), thickness_px)
    _draw_lines(picture, camera, size_wh, thickness_px)
    _draw_movements(picture, camera, size_wh, thickness_px)
    for index, ground in enumerate(camera.ground_points):
        (at_px,) = _pixels([ground.image_norm], size_wh)
        cv2.drawMarker(picture, at_px.tolist(), _GROUND_BGR, cv2.MARKER_CROSS, 8 * thickness_px, thickness_px)
        _label(picture, f"{index}: {ground.road_m[0]:g} m, {ground.road_m[1]:g} m", at_px, thickness_px)
    for signal in camera.signals:
        if signal.lamp_region_norm is not None:
            x1, y1, x2, y2 = signal.lamp_region_norm
            top_left, bottom_right = _pixels([(x1, y1), (x2, y2)], size_wh)
            cv2.rectangle(picture, top_left, bottom_right, _LAMP_BGR, thickness_px)
            _label(picture, signal.id, top_left, thickness_px)
    return picture


def _draw_lines(picture: ImageBgr, camera: CameraConfig, size_wh: SizeWh, thickness_px: int) -> None:
    for line in camera.lines:
        colour = _LINE_BGR[line.kind]
        start, end = _pixels(line.points_norm, size_wh)
        cv2.line(picture, start, end, colour, thickness_px + 1)
        (beyond,) = _pixels([line.beyond_norm], size_wh)
        cv2.arrowedLine(picture, ((start + end) // 2).astype(np.int32), beyond, colour, thickness_px)
        _label(picture, f"{line.id} ({line.kind.value}) -> beyond", start, thickness_px)


def _draw_movements(picture: ImageBgr, camera: CameraConfig, size_wh: SizeWh, thickness_px: int) -> None:
    for movement in camera.movements:
        colour = _BANNED_BGR if movement.banned else _ALLOWED_BGR
        way = _pixels(
            way_between(
                *(line for name in (movement.from_gate, movement.to_gate) for line in camera.lines if line.id == name)
            ),
            size_wh,
        )
        cv2.polylines(picture, [way], isClosed=False, color=colour, thickness=thickness_px + 1)
        cv2.arrowedLine(picture, way[-3], way[-1], colour, thickness_px + 1, tipLength=0.4)
        _label(picture, f"{movement.id} ({movement.turn.value})", way[len(way) // 2], thickness_px)


def _pixels(points_norm: Sequence[PointNorm], size_wh: SizeWh) -> NDArray[np.int32]:
    """(N, 2) whole pixels."""
    return np.array([to_px(point, size_wh) for point in points_norm]).round().astype(np.int32)


def _label(picture: ImageBgr, text: str, at_px: NDArray[np.generic], thickness_px: int) -> None:
    scale = picture.shape[0] / 1000
    place = (int(at_px[0]), int(at_px[1]))
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, (0, 0, 0), thickness_px + 2)
    cv2.putText(picture, text, place, cv2.FONT_HERSHEY_SIMPLEX, scale, (255, 255, 255), thickness_px)
