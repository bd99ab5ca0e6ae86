"""Heads that judge the head network were never seen in its training, and the marks are what their header says."""

import json
from collections import defaultdict
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

HEADS = Path(__file__).parents[3] / "models" / "heads"


@pytest.fixture
def data(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(HEADS))
    import head_data  # noqa: PLC0415 - a recipe's module, found only while its folder is on the path

    return head_data


def test_no_picture_is_in_two_parts_and_the_last_frames_judge(data: ModuleType) -> None:
    parts = defaultdict(set)
    for row in data.read_labels():
        parts[row.picture].add(row.part)
        if "vn_redlight" in row.picture:
            frame = int(Path(row.picture).stem.rsplit("_", 1)[1])
            assert row.part == ("test" if frame >= 80 else "val" if frame >= 64 else "train")
    assert all(len(of) == 1 for of in parts.values())
    assert {part for of in parts.values() for part in of} == {"train", "val", "test"}


def test_riders_of_a_motorcycle_are_told_once_and_hold_its_heads(data: ModuleType) -> None:
    riders, heads = defaultdict(set), defaultdict(list)
    for row in data.read_labels():
        if row.motorcycle is None:
            assert row.riders == "-"
        else:
            riders[row.picture, row.motorcycle].add(row.riders)
            heads[row.picture, row.motorcycle].append(row.head)
    for motorcycle, told in riders.items():
        (number,) = told
        assert number == "?" or len(heads[motorcycle]) <= int(number)
        assert len(set(heads[motorcycle])) == len(heads[motorcycle])


@pytest.mark.parametrize(
    "line",
    ["train\ta.jpg\t-\t-\thelmet\t4,4,2,8", "train\ta.jpg\t-\t-\thair\t1,1,2,8", "other\ta.jpg\t-\t-\tbare\t1,1,2,8"],
)
def test_a_wrong_mark_is_told_with_its_line(data: ModuleType, tmp_path: Path, line: str) -> None:
    path = tmp_path / "labels.tsv"
    path.write_text(f"# head\n{line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"labels\.tsv:2: expected part"):
        data.read_labels(path)


def test_no_picture_of_a_region_is_in_two_parts_and_the_indian_camera_judges_only(data: ModuleType) -> None:
    parts: dict[str, set[str]] = {}
    for row in data.read_region_labels():
        parts.setdefault(row.picture, set()).add(row.part)
    assert all(len(of) == 1 for of in parts.values())
    assert {part for name, of in parts.items() if "india_fixed_cam" in name for part in of} == {"test"}


def test_a_camera_judges_whole(data: ModuleType, shared_data: Path) -> None:
    """Neighbouring pictures show the same riders under other views: a hash of the view does not part them."""
    views = json.loads((shared_data / "street/vn_fixed_cams/view_clusters.json").read_text(encoding="utf-8"))
    for row in data.read_region_labels():
        if row.picture.startswith(data.SQUEEZED):
            view = views[Path(row.picture).stem]
            assert row.part == ("test" if view in {47, 72, 75, 76} else "val" if view in {74, 440} else "train")


def test_a_wrong_mark_of_a_region_is_told_with_its_line(data: ModuleType, tmp_path: Path) -> None:
    path = tmp_path / "region_labels.tsv"
    path.write_text("# head\ntrain\ta.jpg\tperhaps\tbare\t1,1,2,2\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"region_labels\.tsv:2: .*'perhaps' is none of yes, no"):
        data.read_region_labels(path)


def test_beside_a_head_nobody_can_tell(data: ModuleType) -> None:
    head = data.Head(
        picture_bgr=np.zeros((90, 90, 3), np.uint8), box=(30.0, 30.0, 50.0, 52.0), chances=data.wanted("bare"),
        is_squeezed=False,
    )  # fmt: skip
    other = data.beside(head, np.random.default_rng(5))
    assert other.chances.tolist() == data.wanted("cannot_tell").tolist()
    assert np.hypot(other.box[0] - 30, other.box[1] - 30) >= 22


def test_made_worse_pictures_follow_the_seed(data: ModuleType) -> None:
    picture = np.random.default_rng(1).integers(0, 255, (90, 90, 3)).astype(np.uint8)
    head = data.Head(picture_bgr=picture, box=(30.0, 30.0, 60.0, 62.0), chances=data.wanted("bare"), is_squeezed=False)

    cuts = [data.sample(head, np.random.default_rng(seed)) for seed in (3, 3, 4)]

    assert cuts[0][0].shape == (*data.INPUT_WH, 3)
    assert (cuts[0][0] == cuts[1][0]).all()
    assert not (cuts[0][0] == cuts[2][0]).all()
    assert all(chances.sum() == pytest.approx(1.0) for _, chances in cuts)
