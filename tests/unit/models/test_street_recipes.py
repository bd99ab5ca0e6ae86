from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

STREET = Path(__file__).parents[3] / "models" / "street"
SPLITS = {file.stem: file.read_text(encoding="utf-8").split() for file in (STREET / "splits").glob("*.txt")}


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(STREET))
    import average_precision  # noqa: PLC0415 - a recipe's module, found only while its folder is on the path

    return average_precision


def boxes(*rows: tuple[float, ...]) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    return np.array(rows, np.float32).reshape(len(rows), -1)


EMPTY = np.zeros((0, 5), np.float32)


def test_all_found_and_nothing_else_is_perfect(judge: ModuleType) -> None:
    picture = judge.Labelled(truth=boxes((0, 0, 9, 9, 2)), ignored=EMPTY, found=boxes((0, 0, 9, 9, 0.9, 2)))

    result = judge.class_result([picture], 2, 0.25)

    assert (result.ap50, result.ap, result.recall, result.precision) == (1.0, 1.0, 1.0, 1.0)


def test_a_better_scored_false_box_halves_the_precision(judge: ModuleType) -> None:
    found = boxes((50, 50, 60, 60, 0.9, 2), (0, 0, 9, 9, 0.8, 2))

    result = judge.class_result([judge.Labelled(truth=boxes((0, 0, 9, 9, 2)), ignored=EMPTY, found=found)], 2, 0.25)

    assert result.ap50 == pytest.approx(0.5)
    assert result.precision == pytest.approx(0.5)


def test_one_object_counts_once_and_ignored_places_do_not_count(judge: ModuleType) -> None:
    found = boxes((0, 0, 9, 9, 0.9, 2), (0, 0, 9, 8, 0.8, 2), (50, 50, 60, 60, 0.7, 2))
    picture = judge.Labelled(truth=boxes((0, 0, 9, 9, 2)), ignored=boxes((40, 40, 70, 70, -1)), found=found)

    result = judge.class_result([picture], 2, 0.25)

    assert result.precision == pytest.approx(0.5)
    assert result.recall == 1.0


def test_a_class_without_labels_has_no_result(judge: ModuleType) -> None:
    assert judge.class_result([judge.Labelled(truth=EMPTY, ignored=EMPTY, found=np.zeros((0, 6)))], 2, 0.25) is None


def test_no_held_out_picture_is_trained_on() -> None:
    of = {part: [split for split in SPLITS if split.startswith(part)] for part in ("train", "val", "test")}
    learned = {name for part in ("train", "val") for split in of[part] for name in SPLITS[split]}

    assert {"train", "val", "test_coco", "test_road", "test_vn"} <= SPLITS.keys()
    assert {"train_fixed", "val_fixed", "test_fixed"} <= SPLITS.keys()
    assert not learned & {name for split, names in SPLITS.items() if split.startswith("test") for name in names}
    assert not {n for s in of["train"] for n in SPLITS[s]} & {n for s in of["val"] for n in SPLITS[s]}
