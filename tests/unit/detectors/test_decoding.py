import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detectors.decode import (
    Candidates,
    decode_anchor_free,
    decode_detr,
    decode_end_to_end,
    decode_yolox,
    yolox_grid,
)
from detectors.suppression import suppress
from domain.geometry import box_iou

seeds = st.integers(min_value=0, max_value=10_000)


def slow_suppress(boxes: NDArray[np.float64], class_ids: NDArray[np.int64], threshold: float) -> list[int]:
    kept: list[int] = []
    for row in range(len(boxes)):
        clashes = [
            other
            for other in kept
            if class_ids[other] == class_ids[row] and box_iou(tuple(boxes[other]), tuple(boxes[row])) > threshold
        ]
        if not clashes:
            kept.append(row)
    return kept


def random_boxes(random: np.random.Generator, count: int, extent: float = 60.0) -> NDArray[np.float64]:
    low = random.uniform(0, extent, (count, 2))
    return np.concatenate((low, low + random.uniform(1, extent, (count, 2))), axis=1)


@given(seed=seeds, count=st.integers(0, 40), threshold=st.sampled_from([0.0, 0.3, 0.5, 0.7, 1.0]))
@settings(max_examples=80, deadline=None)
def test_suppression_is_the_slow_one(seed: int, count: int, threshold: float) -> None:
    random = np.random.default_rng(seed)
    boxes, class_ids = random_boxes(random, count), random.integers(0, 3, count)
    assert suppress(boxes, class_ids, threshold).tolist() == slow_suppress(boxes, class_ids, threshold)


def rows_of(candidates: Candidates) -> list[tuple[float, ...]]:
    columns = zip(
        candidates.boxes_xyxy_px.tolist(), candidates.scores.tolist(), candidates.class_ids.tolist(), strict=True
    )
    return [(*box, score, class_id) for box, score, class_id in columns]


def slow_anchor_free(output: NDArray[np.float32], threshold: float, iou: float) -> list[tuple[float, ...]]:
    rows = []
    for anchor in range(output.shape[1]):
        x, y, width, height, *scores = output[:, anchor].tolist()
        best = max(scores)
        if best >= np.float32(threshold):
            rows.append((x - width / 2, y - height / 2, x + width / 2, y + height / 2, best, scores.index(best)))
    rows.sort(key=lambda row: -row[4])
    kept = slow_suppress(np.array([row[:4] for row in rows]).reshape(-1, 4), np.array([row[5] for row in rows]), iou)
    return [rows[index] for index in kept]


@given(seed=seeds, anchors=st.integers(0, 60), classes=st.integers(1, 5))
@settings(max_examples=60, deadline=None)
def test_the_anchor_free_head_is_decoded_as_the_slow_way(seed: int, anchors: int, classes: int) -> None:
    random = np.random.default_rng(seed)
    boxes = random.uniform(5, 60, (4, anchors))
    output = np.concatenate((boxes, random.random((classes, anchors)) ** 3)).astype(np.float32)
    before = output.copy()
    found = decode_anchor_free(output, score_threshold=0.3, iou_threshold=0.5)
    wanted = slow_anchor_free(output, 0.3, 0.5)
    np.testing.assert_allclose(np.array(rows_of(found)).reshape(-1, 6), np.array(wanted).reshape(-1, 6), atol=1e-4)
    np.testing.assert_array_equal(output, before)


def slow_yolox(
    output: NDArray[np.float32], input_wh: tuple[int, int], threshold: float, iou: float
) -> list[tuple[float, ...]]:
    rows: list[tuple[float, ...]] = []
    index = 0
    for stride in (8, 16, 32):
        for row in range(input_wh[1] // stride):
            for column in range(input_wh[0] // stride):
                x, y, width, height, objectness, *scores = (float(value) for value in output[index])
                index += 1
                best = float(np.float32(max(scores)) * np.float32(objectness))
                if best < np.float32(threshold):
                    continue
                cx, cy = (x + column) * stride, (y + row) * stride
                w, h = float(np.exp(width)) * stride, float(np.exp(height)) * stride
                rows.append((cx - w / 2, cy - h / 2, cx + w / 2, cy + h / 2, best, scores.index(max(scores))))
    rows.sort(key=lambda one: -one[4])
    kept = slow_suppress(np.array([one[:4] for one in rows]).reshape(-1, 4), np.array([one[5] for one in rows]), iou)
    return [rows[one] for one in kept]


@given(seed=seeds, classes=st.integers(1, 4))
@settings(max_examples=30, deadline=None)
def test_the_yolox_head_is_decoded_as_the_slow_way(seed: int, classes: int) -> None:
    random = np.random.default_rng(seed)
    anchors = len(yolox_grid((64, 96))[1])
    output = random.normal(0, 1, (anchors, 5 + classes)).astype(np.float32)
    output[:, 4:] = random.random((anchors, 1 + classes))
    found = decode_yolox(output, input_wh=(64, 96), score_threshold=0.5, iou_threshold=0.5)
    wanted = slow_yolox(output, (64, 96), 0.5, 0.5)
    np.testing.assert_allclose(np.array(rows_of(found)).reshape(-1, 6), np.array(wanted).reshape(-1, 6), atol=1e-3)


def slow_detr(
    output: NDArray[np.float32], input_wh: tuple[int, int], threshold: float, iou: float
) -> list[tuple[float, ...]]:
    rows: list[tuple[float, ...]] = []
    for x, y, width, height, *logits in output.tolist():
        best = max(logits)
        score = 1 / (1 + math.exp(-best)) if best > -700 else 0.0
        if np.float32(score) < np.float32(threshold):
            continue
        left, right = (x - width / 2) * input_wh[0], (x + width / 2) * input_wh[0]
        top, bottom = (y - height / 2) * input_wh[1], (y + height / 2) * input_wh[1]
        rows.append((left, top, right, bottom, score, logits.index(best)))
    rows.sort(key=lambda one: -one[4])
    kept = slow_suppress(np.array([one[:4] for one in rows]).reshape(-1, 4), np.array([one[5] for one in rows]), iou)
    return [rows[one] for one in kept]


@given(seed=seeds, queries=st.integers(0, 40), classes=st.integers(1, 5), iou=st.sampled_from([0.5, 1.0]))
@settings(max_examples=60, deadline=None)
def test_the_detr_head_is_decoded_as_the_slow_way(seed: int, queries: int, classes: int, iou: float) -> None:
    random = np.random.default_rng(seed)
    boxes, logits = random.random((queries, 4)), random.normal(0, 3, (queries, classes))
    output = np.concatenate((boxes, logits), axis=1).astype(np.float32)
    before = output.copy()
    found = decode_detr(output, input_wh=(640, 384), score_threshold=0.3, iou_threshold=iou)
    wanted = slow_detr(output, (640, 384), 0.3, iou)
    np.testing.assert_allclose(np.array(rows_of(found)).reshape(-1, 6), np.array(wanted).reshape(-1, 6), atol=1e-3)
    np.testing.assert_array_equal(output, before)


@pytest.mark.parametrize("logit", [-1e4, 1e4])
def test_a_logit_of_any_size_is_a_score(logit: float) -> None:
    output = np.array([[0.5, 0.5, 0.2, 0.2, logit]], np.float32)
    found = decode_detr(output, input_wh=(640, 384), score_threshold=0.0)
    assert found.scores.tolist() == [float(logit > 0)]


@given(seed=seeds, low=st.floats(0.05, 0.95), high=st.floats(0.05, 0.95))
@settings(max_examples=40, deadline=None)
def test_a_higher_threshold_only_takes_away(seed: int, low: float, high: float) -> None:
    output = np.random.default_rng(seed).normal(0, 1, (30, 7)).astype(np.float32)
    few, many = (
        {row[4:] for row in rows_of(decode_detr(output, input_wh=(64, 64), score_threshold=one))}
        for one in (max(low, high), min(low, high))
    )
    assert few <= many


def test_the_end_to_end_head_is_cut_at_the_threshold_and_sorted() -> None:
    output = np.array([[0, 0, 4, 4, 0.2, 1], [1, 1, 5, 5, 0.6, 0], [2, 2, 6, 6, 0.9, 2]], np.float32)
    found = decode_end_to_end(output, score_threshold=0.5)
    assert found.class_ids.tolist() == [2, 0]
    assert found.boxes_xyxy_px.tolist() == [[2, 2, 6, 6], [1, 1, 5, 5]]


@pytest.mark.parametrize("height", [0, 3])
def test_nothing_found_is_a_normal_case(height: int) -> None:
    assert len(decode_end_to_end(np.zeros((height, 6), np.float32), score_threshold=0.5).scores) == 0
    empty = decode_anchor_free(np.zeros((7, height), np.float32), score_threshold=0.5, iou_threshold=0.5)
    assert empty.boxes_xyxy_px.shape == (0, 4)


def test_a_box_without_end_is_refused() -> None:
    output = np.zeros((len(yolox_grid((32, 32))[1]), 6), np.float32)
    output[0] = [0, 0, 1000, 0, 1, 1]
    with pytest.raises(ValueError, match="finite"):
        decode_yolox(output, input_wh=(32, 32), score_threshold=0.5, iou_threshold=0.5)
