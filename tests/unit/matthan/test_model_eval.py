"""The arithmetic of evaluation, against cases done by hand and against what must hold always."""

from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detectors.plates.corners import PlateShape
from detectors.plates.reader import PlatePicture
from detectors.plates.reads import CharacterRead, PlateText
from domain.cases.precision import wilson
from domain.errors import ConfigurationError
from domain.model_ref import ModelRef
from domain.plates.grammar import plate_grammar
from matthan.model_eval.average_precision import class_result, mean_interval
from matthan.model_eval.intervals import format_share
from matthan.model_eval.labelled import LabelledPicture
from matthan.model_eval.matching import SIZES_PX, Judged, of_size, ranked
from matthan.model_eval.reading import PlateResult, counted, read_plates

Boxes = list[tuple[float, float, float, float]]
boxes = st.lists(
    st.tuples(st.integers(0, 200), st.integers(0, 200), st.integers(10, 60), st.integers(10, 60)).map(
        lambda b: (float(b[0]), float(b[1]), float(b[0] + b[2]), float(b[1] + b[3]))
    ),
    min_size=1,
    max_size=6,
)


def page(truth: Boxes, found: Boxes, scores: list[float], ignored: Boxes | None = None) -> Judged:
    def array(rows: Boxes) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        return np.array(rows, np.float32).reshape(-1, 4)

    return Judged(
        truth_xyxy_px=array(truth),
        ignored_xyxy_px=array(ignored or []),
        found_xyxy_px=array(found),
        scores=np.array(scores, np.float32),
    )


CAR, FAR = (0.0, 0.0, 40.0, 40.0), (100.0, 100.0, 140.0, 140.0)


def test_one_false_find_with_a_better_score_halves_the_average_precision() -> None:
    result = class_result([page([CAR], [FAR, CAR], [0.9, 0.8])], 0.5)
    assert result is not None
    assert (result.ap50, result.recall, result.precision, result.false) == (0.5, 1.0, 0.5, 1)


def test_one_of_two_found_gives_half_of_the_recall_points() -> None:
    result = class_result([page([CAR, FAR], [CAR], [0.9])], 0.5)
    assert result is not None
    assert result.ap50 == pytest.approx(51 / 101)
    assert result.recall == 0.5


def test_an_object_counts_once_and_an_ignored_region_never() -> None:
    result = class_result([page([CAR], [CAR, CAR, FAR], [0.9, 0.8, 0.7], [FAR])], 0.5)
    assert result is not None
    assert (result.precision, result.false) == (0.5, 1)


def test_nothing_labelled_is_nothing_to_judge() -> None:
    assert class_result([page([], [CAR], [0.9])], 0.5) is None


def test_only_objects_of_the_size_count() -> None:
    small = (200.0, 200.0, 210.0, 210.0)
    only = of_size(page([CAR, small], [CAR, small, FAR], [0.9, 0.8, 0.7]), "small")
    result = class_result([only], 0.5)
    assert result is not None
    assert (result.objects, result.recall, result.false) == (1, 1.0, 0)


@given(boxes)
def test_finding_all_exactly_is_perfect(truth: Boxes) -> None:
    apart = [(x1 + 1000 * n, y1, x2 + 1000 * n, y2) for n, (x1, y1, x2, y2) in enumerate(truth)]
    result = class_result([page(apart, apart, [0.9] * len(apart))] * 5, 0.5)
    assert result is not None
    assert (result.ap50, result.ap) == (1.0, pytest.approx(1.0))
    assert (result.recall, result.precision, result.false) == (1.0, 1.0, 0)
    assert result.ap50_interval == (1.0, 1.0)


def iou(first: tuple[float, ...], second: tuple[float, ...]) -> float:
    across = min(first[2], second[2]) - max(first[0], second[0])
    down = min(first[3], second[3]) - max(first[1], second[1])
    if across <= 0 or down <= 0:
        return 0.0
    return across * down / (area(first) + area(second) - across * down)


def area(box: tuple[float, ...]) -> float:
    return (box[2] - box[0]) * (box[3] - box[1])


def slow_average_precision(truth: Boxes, found: Boxes, scores: list[float], least: float, too_much: float) -> float:
    """COCO's definition word by word, for one picture at IoU 0.5."""
    taken: set[int] = set()
    hits = []
    for _, box in sorted(zip(scores, found, strict=True), key=lambda pair: -pair[0]):
        fitting = {n: iou(box, one) for n, one in enumerate(truth) if n not in taken and iou(box, one) >= 0.5}
        counting = {n: overlap for n, overlap in fitting.items() if least <= area(truth[n]) < too_much}
        if counting or fitting:
            taken.add(max(counting or fitting, key=lambda n: (counting or fitting)[n]))
        if counting:
            hits.append(True)
        elif not fitting and least <= area(box) < too_much:
            hits.append(False)
    objects = sum(least <= area(one) < too_much for one in truth)
    points = []
    for recall in np.linspace(0, 1, 101):
        reached = [sum(hits[:n]) / n for n in range(1, len(hits) + 1) if sum(hits[:n]) / objects >= recall]
        points.append(max(reached, default=0.0))
    return sum(points) / len(points)


near = st.tuples(st.sampled_from([0, 4, 50, 200]), st.sampled_from([0, 6]), st.sampled_from([20, 24, 40, 110])).map(
    lambda b: (float(b[0]), float(b[1]), float(b[0] + b[2]), float(b[1] + b[2]))
)


@given(st.lists(near, min_size=1, max_size=5), st.lists(near, max_size=6), st.sampled_from(["small", "medium", "all"]))
def test_the_figure_is_the_one_of_the_definition(truth: Boxes, found: Boxes, size: str) -> None:
    scores = [1.0 - n / 10 for n in range(len(found))]
    whole = page(truth, found, scores)
    result = class_result([whole if size == "all" else of_size(whole, size)], 0.5, with_interval=False)
    least, too_much = SIZES_PX.get(size, (0.0, np.inf))
    if result is None:
        assert not any(least <= area(one) < too_much for one in truth)
    else:
        assert result.ap50 == pytest.approx(slow_average_precision(truth, found, scores, least, too_much))
        assert result.ap50_interval is None


def test_a_small_false_find_on_a_large_object_is_no_excuse() -> None:
    """COCO leaves out a find of another size only when it covers an object of that size."""
    large, inside, small = (0.0, 0.0, 200.0, 200.0), (10.0, 10.0, 30.0, 30.0), (300.0, 0.0, 320.0, 20.0)
    result = class_result([of_size(page([large, small], [inside, small], [0.9, 0.8]), "small")], 0.5)
    assert result is not None
    assert (result.ap50, result.false) == (0.5, 1)


def test_an_interval_holds_the_figure_and_needs_some_pictures() -> None:
    pages = [page([CAR], [CAR], [0.9])] * 3 + [page([CAR, FAR], [CAR], [0.8])] * 3 + [page([], [FAR], [0.7])]
    result = class_result(pages, 0.5)
    assert result is not None
    assert result.ap50_interval is not None
    low, high = result.ap50_interval
    assert 0.5 < low < result.ap50 < high <= 1.0
    assert result.ap50_interval == mean_interval([ranked(pages, 0.5)])
    few = class_result(pages[:4], 0.5)
    assert few is not None
    assert few.ap50_interval is None


def test_nothing_found_has_no_precision() -> None:
    result = class_result([page([CAR], [CAR], [0.2])], 0.5)
    assert result is not None
    assert (result.recall, result.precision) == (0.0, None)


@given(boxes, boxes, st.data())
def test_one_more_false_find_never_helps(truth: Boxes, found: Boxes, data: st.DataObject) -> None:
    scores = data.draw(st.lists(st.floats(0.125, 1.0, width=32), min_size=len(found), max_size=len(found)))
    before = class_result([page(truth, found, scores)], 0.05)
    after = class_result([page(truth, [*found, (900.0, 900.0, 950.0, 950.0)], [*scores, 0.95])], 0.05)
    assert before is not None
    assert after is not None
    assert after.ap50 <= before.ap50 + 1e-9
    assert after.recall == before.recall
    assert after.false == before.false + 1


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_share_lies_in_its_interval(right: int, of: int) -> None:
    right = min(right, of)
    low, high = wilson(right, of)
    assert 0.0 <= low <= right / of + 1e-9
    assert right / of - 1e-9 <= high <= 1.0


def test_nothing_to_count_is_told_as_such() -> None:
    assert format_share(0, 0) == "-"


def read(text: str, confidence: float = 0.9) -> PlateText:
    return PlateText(tuple(CharacterRead(options=((character, confidence),)) for character in text))


def doubting_the_third(text: str) -> PlateText:
    sure = read(text, 1.0).characters
    return PlateText((*sure[:2], *read(text[2], 0.5).characters, *sure[3:]))


def result(truth: str, text: str, repaired: str | None, confidence: float = 0.9) -> PlateResult:
    return PlateResult(name="a", truth=truth, layout="two_lines", read=read(text, confidence), repaired=repaired)


def test_plates_characters_and_confidence_are_counted() -> None:
    figures = counted([result("75F1", "75F1", "75F1"), result("75F2", "75FZ", "75F2"), result("75F3", "75F8", "75F8")])
    assert (figures.plates, figures.exact, figures.exact_lawful, figures.wrong_lawful) == (3, 1, 2, 1)
    assert figures.character_error_rate == pytest.approx(2 / 12)
    assert figures.calibration_error == pytest.approx(0.9 - 10 / 12)


def test_reads_of_another_length_say_nothing_of_confidence() -> None:
    assert counted([result("75F1", "75F", None)]).calibration_error is None


class ScriptedReader:
    """Says what it is told to, and keeps what it saw."""

    model = ModelRef(name="scripted", sha256="0" * 64)

    def __init__(self, texts: list[str]) -> None:
        self._texts = texts
        self.seen: list[PlateShape] = []

    def read(self, plates: list[PlatePicture]) -> list[PlateText]:  # type: ignore[override]
        self.seen += [plate.shape for plate in plates]
        return [doubting_the_third(self._texts.pop(0)) for _ in plates]


class Seen(LabelledPicture):
    """A picture that needs no file."""

    def read(self) -> np.ndarray[tuple[int, int, int], np.dtype[np.uint8]]:  # type: ignore[override]
        return np.zeros((60, 90, 3), np.uint8)


def plate(text: str | None, lines: int | None = 1) -> LabelledPicture:
    return Seen(path=Path("a"), name="a", text=text, lines=lines)


def test_a_doubtful_character_is_mended_by_the_grammar_and_both_are_told() -> None:
    reader = ScriptedReader(["75812345"])
    (one,) = read_plates([plate("75B-123.45")], reader, None, grammar=plate_grammar(), on=date(2026, 1, 5))
    assert (one.truth, one.read.text, one.repaired) == ("75B12345", "75812345", "75B12345")
    assert reader.seen[0].corners_px.tolist() == [[0, 0], [90, 0], [90, 60], [0, 60]]


def test_pictures_without_text_or_lines_are_told() -> None:
    with pytest.raises(ConfigurationError, match="no picture has a text"):
        read_plates([plate(None)], ScriptedReader([]), None, grammar=plate_grammar(), on=date(2026, 1, 5))
    with pytest.raises(ConfigurationError, match="'lines'"):
        read_plates([plate("75B12345", None)], ScriptedReader([]), None, grammar=plate_grammar(), on=date(2026, 1, 5))
