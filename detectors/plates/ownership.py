"""Whether a plate belongs to the vehicle in whose box it was found."""

from collections.abc import Sequence

from domain.geometry import BoxPx, box_iou

ANOTHER_VEHICLE = "the plate may belong to another vehicle"
NOT_ON_VEHICLE = "the plate is not wholly on the vehicle"
SEVERAL_PLATES = "more than one plate was found on the vehicle"

_LEAST_INSIDE = 0.8  # of the plate's area
_MOST_OF_WIDTH = 0.9  # a plate is narrower than its vehicle
_LEAST_DEPTH = 0.2  # of the vehicle's height below its upper edge; what shows above is on something behind it
_AROUND_PLATE = 0.25  # of the plate's size: a box that comes so near to the plate's middle may be its owner's
_SAME_VEHICLE_IOU = 0.85  # one vehicle may be told twice, as a car and as a truck
_SAME_KIND_INSIDE = 0.9  # of the smaller box: one motorcycle with its rider and without
_SAME_KIND_LEAST_SIZE = 0.4  # of the larger box's area: a small one inside may be another that stands behind


def is_same_vehicle(box_xyxy_px: BoxPx, kind: str | None, other_xyxy_px: BoxPx, other_kind: str | None) -> bool:
    """Whether two boxes of one picture show one vehicle that was found twice.

    Nearly the same box of any kind does, and a box nearly inside another of the same kind that is not much larger:
    of 1,200 vehicles labelled by hand no two stand so (``benchmarks.plates.nested``).

    Examples:
        >>> whole, wheels = (0.0, 0.0, 100.0, 200.0), (2.0, 80.0, 100.0, 202.0)
        >>> is_same_vehicle(whole, "motorbike", wheels, "motorbike"), is_same_vehicle(whole, "car", wheels, "motorbike")
        (True, False)
    """
    if box_iou(box_xyxy_px, other_xyxy_px) >= _SAME_VEHICLE_IOU:
        return True
    smaller, larger = sorted((_area(box_xyxy_px), _area(other_xyxy_px)))
    return (
        kind is not None
        and kind == other_kind
        and smaller >= _SAME_KIND_LEAST_SIZE * larger
        and _shared_area(box_xyxy_px, other_xyxy_px) >= _SAME_KIND_INSIDE * smaller
    )


def why_not_owned(plate_box_xyxy_px: BoxPx, vehicle_box_xyxy_px: BoxPx, others_xyxy_px: Sequence[BoxPx]) -> str | None:
    """Why a plate cannot be said to be the vehicle's own; None where it can.

    Boxes are rectangles around things that are not, so where two vehicles' boxes share the plate's middle nobody can
    tell whose it is: a motorcycle before a car, two motorcycles side by side.

    Args:
        plate_box_xyxy_px: the plate.
        vehicle_box_xyxy_px: the vehicle that it is looked for on.
        others_xyxy_px: every other vehicle in the picture; not the same one told twice (``is_same_vehicle``).

    Examples:
        >>> car, motorcycle = (0.0, 0.0, 200.0, 150.0), (120.0, 60.0, 180.0, 160.0)
        >>> why_not_owned((70.0, 120.0, 110.0, 132.0), car, [motorcycle])
        >>> why_not_owned((140.0, 120.0, 160.0, 135.0), car, [motorcycle])
        'the plate may belong to another vehicle'
    """
    x1, y1, x2, y2 = plate_box_xyxy_px
    width, height = x2 - x1, y2 - y1
    too_wide = width > _MOST_OF_WIDTH * (vehicle_box_xyxy_px[2] - vehicle_box_xyxy_px[0])
    if too_wide or _shared_area(plate_box_xyxy_px, vehicle_box_xyxy_px) < _LEAST_INSIDE * width * height:
        return NOT_ON_VEHICLE
    middle_x, middle_y = (x1 + x2) / 2, (y1 + y2) / 2
    top, bottom = vehicle_box_xyxy_px[1], vehicle_box_xyxy_px[3]
    if middle_y < top + _LEAST_DEPTH * (bottom - top):
        return ANOTHER_VEHICLE
    reach_x, reach_y = _AROUND_PLATE * width, _AROUND_PLATE * height
    core = (middle_x - reach_x, middle_y - reach_y, middle_x + reach_x, middle_y + reach_y)
    if any(_shared_area(core, other) > 0 for other in others_xyxy_px):
        return ANOTHER_VEHICLE
    return None


def _shared_area(first: BoxPx, second: BoxPx) -> float:
    width = min(first[2], second[2]) - max(first[0], second[0])
    height = min(first[3], second[3]) - max(first[1], second[1])
    return max(0.0, width) * max(0.0, height)


def _area(box: BoxPx) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])
