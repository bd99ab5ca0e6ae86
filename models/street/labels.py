"""The eleven street classes, in the order of the network's outputs, and where each comes from in COCO."""

from __future__ import annotations

STREET_LABELS: tuple[str, ...] = (
    "person",
    "bicycle",
    "motorcycle",
    "car",
    "bus",
    "truck",
    "traffic light",
    "umbrella",
    "chair",
    "table",
    "bench",
)

#: Street label -> name of the COCO class it is made from, where the two differ.
COCO_NAME_OF: dict[str, str] = {"table": "dining table"}


def coco_rows(coco_names: dict[int, str]) -> list[int]:
    """Find the COCO output row of every street class.

    Args:
        coco_names: Class index -> name of the starting weights.

    Returns:
        One COCO index per street class, in street order.

    Raises:
        KeyError: A street class has no COCO class of its name.
    """
    index_of = {name: index for index, name in coco_names.items()}
    return [index_of[COCO_NAME_OF.get(label, label)] for label in STREET_LABELS]
