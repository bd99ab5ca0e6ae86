"""Where a vehicle stands beside a line: its bounding box is not its wheels."""

from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.camera import CameraConfig, GroundPoint, LineKind
from domain.geometry import PointPx
from rules.facts.contact import Contact
from rules.facts.footprint import RoadLine, wheels_share, width_m
from rules.facts.ground_plane import GroundPlane
from tests.builders.drives import SIZE_WH, CameraBuilder

_HEIGHT_M, _FOCAL_PX, _TILT_RAD = 7.0, 1700.0, 0.25
_SIZES_M = {"motorcycle": (1.9, 0.75), "car": (4.3, 1.8), "truck": (7.0, 2.3)}


def _seen(x_m: float, y_m: float) -> PointPx:
    """A pinhole at a height over the origin that looks along y and down."""
    depth = y_m * np.cos(_TILT_RAD) + _HEIGHT_M * np.sin(_TILT_RAD)
    down = _HEIGHT_M * np.cos(_TILT_RAD) - y_m * np.sin(_TILT_RAD)
    return (SIZE_WH[0] / 2 + _FOCAL_PX * x_m / depth, SIZE_WH[1] / 2 + _FOCAL_PX * down / depth)


def _norm(x_m: float, y_m: float) -> tuple[float, float]:
    x, y = _seen(x_m, y_m)
    return (float(x / SIZE_WH[0]), float(y / SIZE_WH[1]))


def _camera(line_x_m: float) -> CameraConfig:
    builder = CameraBuilder().line(
        "solid",
        LineKind.SOLID_LINE,
        _norm(line_x_m, 22.0),
        _norm(line_x_m, 60.0),
        beyond=_norm(line_x_m + 2, 40.0),
    )
    builder.ground = [
        GroundPoint(image_norm=_norm(x, y), road_m=(x, y)) for x in (-4.0, 0.0, 4.0) for y in (25.0, 35.0, 50.0)
    ]
    return builder.build()


def _contact(label: str, middle_x_m: float, middle_y_m: float) -> Contact:
    """The bounding box of a vehicle that goes along y."""
    length, width = _SIZES_M[label]
    corners = [
        _seen(middle_x_m + across * width / 2, middle_y_m + along * length / 2)
        for across in (-1, 1)
        for along in (-1, 1)
    ]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    box = (min(xs), max(ys) - 100.0, max(xs), max(ys))
    point = ((box[0] + box[2]) / 2, box[3])
    return Contact(
        at=datetime(2026, 1, 5, tzinfo=UTC),
        leg=0,
        number=0,
        box_xyxy_px=box,
        steady_xyxy_px=box,
        point_px=point,
        width_px=box[2] - box[0],
        height_px=box[3] - box[1],
        ground=GroundPlane(camera=_camera(0.0), resolution_wh=SIZE_WH).at(point),
    )


@given(
    label=st.sampled_from(sorted(_SIZES_M)),
    line_x_m=st.floats(-6, 6),
    beside_m=st.floats(-3, 3),
    y_m=st.floats(28, 50),
)
def test_the_wheels_on_both_sides_of_a_vehicle_are_where_it_stands(
    label: str, line_x_m: float, beside_m: float, y_m: float
) -> None:
    plane = GroundPlane(camera=_camera(line_x_m), resolution_wh=SIZE_WH)
    line = RoadLine.of(_seen(line_x_m, 22.0), _seen(line_x_m, 60.0), _seen(line_x_m + 2, 40.0), plane)
    less, more = line.past_m(np.array([_contact(label, line_x_m + beside_m, y_m).ground]), [label])
    half = wheels_share(label) * width_m(label)
    assert less.tolist() == pytest.approx([beside_m - half], abs=0.12)
    assert more.tolist() == pytest.approx([beside_m + half], abs=0.12)


def test_the_middle_of_the_lower_edge_alone_would_say_otherwise() -> None:
    """A car to the left of a camera shows its right side: its box reaches far to the right of its wheels."""
    contact = _contact("car", -7.0, 28.0)
    assert contact.ground[0] > -6.6


@given(x_m=st.floats(-10, 10), y_m=st.floats(25, 60))
def test_a_place_is_seen_where_it_was_taken_from(x_m: float, y_m: float) -> None:
    plane = GroundPlane(camera=_camera(0.0), resolution_wh=SIZE_WH)
    assert plane.places(plane.image_points(np.array([(x_m, y_m)]))) == pytest.approx(np.array([(x_m, y_m)]), abs=1e-6)
    uncalibrated = GroundPlane(camera=CameraBuilder().build(), resolution_wh=SIZE_WH)
    place = np.array([(0.4, 0.6)])
    assert uncalibrated.places(uncalibrated.image_points(place)) == pytest.approx(place)
