from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

STREET = Path(__file__).parents[3] / "models" / "street"
MOTORCYCLE, CAR, TRUCK, PERSON = 2, 3, 5, 0
PICTURE_WH = (1138, 640)


@pytest.fixture
def recipes(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(STREET))
    import crossed_labels  # noqa: PLC0415 - a recipe's module, found only while its folder is on the path

    return crossed_labels


@pytest.fixture
def judging(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(STREET))
    import evaluate_fixed  # noqa: PLC0415

    return evaluate_fixed


def seen(box: tuple[float, ...], score: float, label: int) -> tuple[np.ndarray, float, int, int]:
    return np.array(box, np.float32), score, label, 4


def marks(*rows: tuple[float, ...]) -> np.ndarray:
    return np.array(rows, np.float32).reshape(-1, 5)


RIDDEN = (100.0, 300.0, 150.0, 420.0)
WHEELS = (102.0, 340.0, 148.0, 420.0)
FAR = (500.0, 90.0, 540.0, 110.0, CAR)


def test_a_mark_makes_a_doubtful_motorcycle_a_label(recipes: ModuleType) -> None:
    doubtful = [[*WHEELS, MOTORCYCLE]]
    boxes, ignored = recipes.crossed(
        [seen(WHEELS, 0.2, MOTORCYCLE)], ([], doubtful), marks((*RIDDEN, MOTORCYCLE)), PICTURE_WH
    )

    assert boxes == [[*WHEELS, MOTORCYCLE]]
    assert [*WHEELS, MOTORCYCLE] not in ignored
    assert [*RIDDEN, PERSON] in ignored  # whether its rider was seen is the teacher's matter


def test_what_the_teacher_missed_is_labelled_as_the_source_drew_it(recipes: ModuleType) -> None:
    boxes, _ = recipes.crossed([], ([], []), marks((*RIDDEN, MOTORCYCLE)), PICTURE_WH)

    assert boxes == [[*RIDDEN, MOTORCYCLE]]


def test_the_source_tells_the_kind_of_a_vehicle_and_it_is_told_once(recipes: ModuleType) -> None:
    place = (300.0, 300.0, 500.0, 450.0)
    as_car, as_truck = seen(place, 0.8, CAR), seen(place, 0.7, TRUCK)
    boxes, _ = recipes.crossed(
        [as_car, as_truck], ([[*place, CAR]], [[*place, TRUCK]]), marks((*place, TRUCK)), PICTURE_WH
    )

    assert boxes == [[*place, TRUCK]]


def test_far_sightings_stay_and_near_vehicles_without_a_mark_are_doubtful(recipes: ModuleType) -> None:
    far, near = [10.0, 20.0, 40.0, 40.0, CAR], [900.0, 400.0, 1100.0, 600.0, CAR]
    boxes, ignored = recipes.crossed([], ([far, near], []), marks(FAR), PICTURE_WH)

    assert far in boxes
    assert near in ignored
    assert near not in boxes
    assert [0.0, 0.0, 1138.0, 110.0, MOTORCYCLE] in ignored  # nothing far is punished


def test_a_motorcycle_found_in_its_riders_box_is_told_and_a_second_box_of_it_is_unmarked(judging: ModuleType) -> None:
    found = np.array(
        [[*WHEELS, 0.8, MOTORCYCLE], [*RIDDEN, 0.5, MOTORCYCLE], [500, 92, 540, 110, 0.6, TRUCK]], np.float32
    )

    result = judging.judged(found, marks((*RIDDEN, MOTORCYCLE), FAR), "somewhere")

    assert result.told.tolist() == pytest.approx([0.8])
    assert result.unmarked.tolist() == pytest.approx([0.5])
    assert result.vehicles.tolist() == pytest.approx([0.6])


def test_scores_are_compared_where_as_many_finds_have_no_mark(judging: ModuleType) -> None:
    def picture(told: float, unmarked: list[float]) -> object:
        return judging.Judged(
            place="somewhere",
            told=np.array([told], np.float32),
            unmarked=np.array(unmarked, np.float32),
            vehicles=np.zeros(0, np.float32),
        )

    pictures = [picture(0.6, [0.5, 0.2]), picture(0.4, [0.3])]

    assert 0.3 < judging.equal_score(pictures, 1) < 0.4
    assert judging.equal_score(pictures, 3) == judging.SCORE_FLOOR
    assert judging.difference(pictures, 0.5, pictures, 0.3).startswith("+0.500")
