"""Which detection belongs to which track: pure functions on boxes."""

import lap
import numpy as np
from numpy.typing import NDArray

from domain.geometry import Float64Array, iou_matrix

Mask = NDArray[np.bool_]
Indices = NDArray[np.intp]

_REFUSED = 1e6
LONE_COST = 1.2
"""A pair that costs more is none: two bad pairs never outweigh one good pair and two left alone."""
_LEAST_PART_IOU = 0.15  # less than any that is alike but for one edge has
_PART_COST = 0.5  # of a pair that is alike but for one edge: dearer than a good match, cheaper than a bad one


def size_ratios(a_xyxy_px: Float64Array, b_xyxy_px: Float64Array) -> Float64Array:
    """The greater of the ratios of widths and of heights of every pair, (N, M), at least 1.

    Examples:
        >>> size_ratios(np.array([[0.0, 0.0, 4.0, 2.0]]), np.array([[0.0, 0.0, 2.0, 2.0]])).tolist()
        [[2.0]]
    """
    logs_a = np.log(np.maximum(a_xyxy_px[:, 2:] - a_xyxy_px[:, :2], 1e-6)).T
    logs_b = np.log(np.maximum(b_xyxy_px[:, 2:] - b_xyxy_px[:, :2], 1e-6)).T
    widths, heights = np.abs(logs_a[:, :, None] - logs_b[:, None])
    ratios: Float64Array = np.exp(np.maximum(widths, heights))
    return ratios


def third_edges(a_xyxy_px: Float64Array, b_xyxy_px: Float64Array) -> Float64Array:
    """How far the third best of four edges lies apart, row by row of (N, 4), in shares of the shorter side; (N,).

    Three edges of a vehicle stay where they are when another comes before it or leaves it: only one moves.

    Examples:
        >>> third_edges(np.array([[0.0, 0.0, 10.0, 10.0]]), np.array([[1.0, 0.0, 10.0, 40.0]])).tolist()
        [0.1111111111111111]
    """
    sides_a, sides_b = a_xyxy_px[:, 2:] - a_xyxy_px[:, :2], b_xyxy_px[:, 2:] - b_xyxy_px[:, :2]
    shorter = np.maximum(np.minimum(sides_a, sides_b), 1e-6)
    apart = np.abs(a_xyxy_px - b_xyxy_px) / np.concatenate((shorter, shorter), axis=1)
    third: Float64Array = np.sort(apart, axis=1)[:, 2]
    return third


def centre_offsets_px(a_xyxy_px: Float64Array, b_xyxy_px: Float64Array) -> Float64Array:
    """From the centre of a to the centre of b for every pair, (2, N, M): to the right and down."""
    centres_a = (a_xyxy_px[:, :2] + a_xyxy_px[:, 2:]) / 2
    centres_b = (b_xyxy_px[:, :2] + b_xyxy_px[:, 2:]) / 2
    offsets: Float64Array = centres_b.T[:, None] - centres_a.T[:, :, None]
    return offsets


def assign(cost: Float64Array, allowed: Mask) -> tuple[Indices, Indices]:
    """The pairs whose worth, what they cost less than ``LONE_COST``, is greatest together; each row and column once.

    Args:
        cost: (N, M), at least 0; a pair of ``LONE_COST`` or more is left alone.
        allowed: (N, M).

    Returns:
        Rows and columns that belong together, by increasing row.

    Examples:
        >>> rows, columns = assign(np.array([[0.1, 0.2], [0.1, 0.9]]), np.array([[True, True], [True, False]]))
        >>> rows.tolist(), columns.tolist()
        ([0, 1], [1, 0])
        >>> rows, columns = assign(np.array([[0.1, 0.9], [0.9, 9.0]]), np.ones((2, 2), bool))
        >>> rows.tolist(), columns.tolist()
        ([0], [0])
    """
    rows, columns = np.flatnonzero(allowed.any(axis=1)), np.flatnonzero(allowed.any(axis=0))
    if not len(rows):
        return rows, columns
    worth = np.where(allowed, np.minimum(cost - LONE_COST, 0.0), 0.0)[rows[:, None], columns]
    matched_rows, matched_columns = lap.lapjvx(worth, extend_cost=True, return_cost=False)
    fits = worth[matched_rows, matched_columns] < 0.0
    return rows[matched_rows[fits]], columns[matched_columns[fits]]


def moving_pairs(
    predicted_xyxy_px: Float64Array,
    deviations_px: Float64Array,
    boxes_xyxy_px: Float64Array,
    *,
    match_iou: float,
    max_jump_sizes: float,
    max_size_ratio: float,
    part_edges: float,
    max_part_ratio: float,
) -> tuple[Float64Array, Mask]:
    """Cost and gate of matching predictions with detections.

    A pair is possible where place and size agree, or where three of the four edges do: then something has come before
    the object, or has left it.

    Args:
        predicted_xyxy_px: (N, 4).
        deviations_px: (N, 2) standard deviation of the predicted centre.
        boxes_xyxy_px: (M, 4).
        match_iou: overlap that is enough by itself.
        max_jump_sizes: distance of centres, in sizes of the prediction, that is never exceeded.
        max_size_ratio: ratio of sides that is never exceeded by place and size ...
        part_edges: how far three edges may lie apart, in shares of the shorter side ...
        max_part_ratio: ... and the ratio of sides that is then never exceeded.

    Returns:
        Cost (N, M) and which pairs are possible at all (N, M).
    """
    overlap = iou_matrix(predicted_xyxy_px, boxes_xyxy_px)
    offsets_px = centre_offsets_px(predicted_xyxy_px, boxes_xyxy_px)
    ratios = size_ratios(predicted_xyxy_px, boxes_xyxy_px)
    sides = predicted_xyxy_px[:, 2:] - predicted_xyxy_px[:, :2]
    sizes = np.sqrt(np.maximum(sides[:, 0] * sides[:, 1], 1.0))
    jumps = np.hypot(*offsets_px) / sizes[:, None]
    surprise_right, surprise_down = np.square(offsets_px / deviations_px.T[:, :, None])
    likely = surprise_right + surprise_down < _SURPRISE_LIMIT
    allowed = ((overlap >= match_iou) | likely) & (jumps <= max_jump_sizes) & (ratios <= max_size_ratio)
    cost = 1.0 - overlap + 0.5 * jumps
    rows, columns = np.nonzero((overlap >= _LEAST_PART_IOU) & (ratios <= max_part_ratio))
    third = third_edges(predicted_xyxy_px[rows], boxes_xyxy_px[columns])
    in_part = third <= part_edges
    rows, columns = rows[in_part], columns[in_part]
    cost[rows, columns] = np.minimum(cost[rows, columns], _PART_COST + third[in_part])
    allowed[rows, columns] = True
    return cost, allowed


_SURPRISE_LIMIT = 16.0  # squared distance in standard deviations: 99.97 % of true matches of two dimensions


def held_pairs(
    places_xyxy_px: Float64Array, least_iou: Float64Array, boxes_xyxy_px: Float64Array, *, max_size_ratio: float
) -> tuple[Float64Array, Mask]:
    """Cost and gate of finding standing objects again after they were long unseen.

    Args:
        places_xyxy_px: (N, 4) where they stood.
        least_iou: (N,) overlap that is demanded.
        boxes_xyxy_px: (M, 4).
        max_size_ratio: ratio of sides that is never exceeded.

    Returns:
        Cost (N, M) and which pairs are possible at all (N, M).
    """
    overlap = iou_matrix(places_xyxy_px, boxes_xyxy_px)
    allowed = (overlap >= least_iou[:, None]) & (size_ratios(places_xyxy_px, boxes_xyxy_px) <= max_size_ratio)
    return 1.0 - overlap, allowed


def clear_choices(cost: Float64Array, allowed: Mask, margin: float) -> Mask:
    """The allowed pairs that are clearly the cheapest of their row and of their column.

    Args:
        cost: (N, M).
        allowed: (N, M).
        margin: by how much the next possible pair must be dearer.

    Examples:
        >>> cost = np.array([[0.1, 0.9, 0.9], [0.9, 0.5, 0.52]])
        >>> clear_choices(cost, np.ones((2, 3), bool), 0.1).tolist()
        [[True, False, False], [False, False, False]]
    """
    priced = np.where(allowed, cost, _REFUSED)
    clear = allowed.copy()
    for axis in (0, 1):
        if priced.shape[axis] > 1:
            cheapest = np.partition(priced, 1, axis=axis)
            best, next_best = (cheapest[:1], cheapest[1:2]) if axis == 0 else (cheapest[:, :1], cheapest[:, 1:2])
            clear &= (priced <= best) & (next_best - best >= margin)
    return clear


def only_choices(allowed: Mask) -> Mask:
    """The allowed pairs whose row and column allow no other pair.

    Examples:
        >>> only_choices(np.array([[True, False, False], [False, True, True]])).tolist()
        [[True, False, False], [False, False, False]]
    """
    single: Mask = allowed & (allowed.sum(axis=1, keepdims=True) == 1) & (allowed.sum(axis=0, keepdims=True) == 1)
    return single


def refound_pairs(
    last_xyxy_px: Float64Array,
    last_speeds_px_s: Float64Array,
    unseen_s: Float64Array,
    boxes_xyxy_px: Float64Array,
    *,
    most_angle_deg: float,
    pace: tuple[float, float],
    least_speed_sizes_per_s: float,
    within_sizes: float,
    max_size_ratio: float,
) -> Mask:
    """Which detections a moving object may have become that was unseen for some time.

    Only distance, heading and size speak for it, so a pair is possible only if the object went on roughly as it went.

    Args:
        last_xyxy_px: (N, 4) box when it was last seen.
        last_speeds_px_s: (N, 2) speed of its centre then.
        unseen_s: (N,) seconds since then.
        boxes_xyxy_px: (M, 4).
        most_angle_deg: between the last heading and the way to the detection.
        pace: least and most ratio of the speed needed to the last speed.
        least_speed_sizes_per_s: slower objects match nothing.
        within_sizes: greatest distance between the two, in sizes of the box when it was last seen.
        max_size_ratio: ratio of sides that is never exceeded.

    Returns:
        (N, M) possible pairs.
    """
    right_px, down_px = centre_offsets_px(last_xyxy_px, boxes_xyxy_px)
    distances = np.hypot(right_px, down_px)
    speeds = np.hypot(last_speeds_px_s[:, 0], last_speeds_px_s[:, 1])
    sides = last_xyxy_px[:, 2:] - last_xyxy_px[:, :2]
    sizes = np.sqrt(np.maximum(sides[:, 0] * sides[:, 1], 1.0))
    expected = np.maximum(speeds * unseen_s, 1e-6)[:, None]
    along = right_px * last_speeds_px_s[:, :1] + down_px * last_speeds_px_s[:, 1:]
    straight = along >= np.cos(np.deg2rad(most_angle_deg)) * distances * speeds[:, None]
    possible: Mask = (
        straight
        & (distances >= pace[0] * expected)
        & (distances <= np.minimum(pace[1] * expected, (within_sizes * sizes)[:, None]))
        & (speeds >= least_speed_sizes_per_s * sizes)[:, None]
        & (size_ratios(last_xyxy_px, boxes_xyxy_px) <= max_size_ratio)
    )
    return possible
