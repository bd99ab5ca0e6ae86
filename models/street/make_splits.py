"""Writes the lists of pictures for training, choosing and testing. Run once, before any training; then they stay.

    python models/street/make_splits.py --data DATA

Same place, different time: the red-light camera is cut by time (the ten frames between are for choosing), the Hanoi
crossing by moments that share no vehicle; the fixed cameras by place. The lists name pictures relative to the data
folder.
"""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import fixed_cams
from pictures import add_data_argument

SPLITS = Path(__file__).parent / "splits"
COCO_TEST, COCO_VAL = 60, 12
HELMET_PHOTOS = 90

#: Places in the sorted list of Hanoi scenes whose vehicles appear in no other scene (looked at by eye).
HANOI_TEST = (2, 5, 8, 12, 14)
HANOI_VAL = (17, 18)

#: Night pictures without coloured masks drawn over their vehicles (looked at by eye). They are for testing only: the
#: teacher's labels on the other unmasked ones were too often wrong to learn from.
NIGHT_TEST = (15, 16)

#: Night pictures that were later labelled by hand, and so can be learned from; what lies under masks is ignored.
NIGHT_TRAIN = (5, 8, 9, 11, 17)


def _coco(data: Path) -> dict[str, list[str]]:
    names = [f"street/coco_subset/images/{p.name}" for p in (data / "street/coco_subset/images").glob("*.jpg")]
    names.sort(key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    return {
        "test_coco": names[:COCO_TEST],
        "val": names[COCO_TEST : COCO_TEST + COCO_VAL],
        "train": names[COCO_TEST + COCO_VAL :],
    }


def _redlight() -> dict[str, list[str]]:
    name = "street/vn_redlight/frames/frame_{:04d}.jpg".format
    return {
        "train": [name(k) for k in range(70)],
        "val": [name(k) for k in range(70, 80, 2)],
        "test_vn": [name(k) for k in range(80, 109)],
    }


def _hanoi(data: Path) -> dict[str, list[str]]:
    scenes = [f"street/vn_hanoi/scenes/{p.name}" for p in sorted((data / "street/vn_hanoi/scenes").glob("*.jpg"))]
    rest = [name for k, name in enumerate(scenes) if k not in HANOI_TEST + HANOI_VAL]
    clip = [f"street/vn_hanoi/clip_20f_5fps.mp4#{k}" for k in (0, 6, 12, 18)]
    return {
        "train": [*rest, "street/vn_hanoi/hanoi_clean.jpg", *clip],
        "val": [scenes[k] for k in HANOI_VAL],
        "test_vn": [scenes[k] for k in HANOI_TEST],
    }


def _hcmc(data: Path) -> dict[str, list[str]]:
    folder = data / "street/vn_hcmc/night_overlay"
    night = [f"street/vn_hcmc/night_overlay/{p.name}" for p in sorted(folder.glob("*.jpg"))]
    return {
        "train": ["street/vn_hcmc/day_1.jpg", "street/vn_hcmc/day_2.jpg", *(night[k] for k in NIGHT_TRAIN)],
        "test_vn": ["street/vn_hcmc/day_3.jpg", *(night[k] for k in NIGHT_TEST)],
    }


def _others(data: Path) -> dict[str, list[str]]:
    photos = [f"street/helmet_photos/images/{p.name}" for p in (data / "street/helmet_photos/images").iterdir()]
    photos.sort(key=lambda name: hashlib.sha256(name.encode()).hexdigest())
    stills = [f"street/vn_tracks/stills/{p.name}" for p in sorted((data / "street/vn_tracks/stills").glob("*.jpg"))]
    junction = "street/clips_otvision/Testvideo_Cars-{}_FR20_2020-01-01_00-00-00.mp4#{}".format
    return {
        "train": stills[:4]
        + [junction("Cyclist", k) for k in (0, 20, 40)]
        + [f"clips/car-detection.mp4#{k}" for k in (80, 200, 320)]
        + [f"plates/street_videos/test_1.mp4#{k}" for k in range(0, 165, 15)]
        + photos[:HELMET_PHOTOS],
        "test_vn": stills[4:],
        "test_road": [f"street/road_atl/images/{p.name}" for p in sorted((data / "street/road_atl/images").iterdir())],
    }


def main() -> None:
    """Write one text file per list."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_data_argument(parser)
    data = parser.parse_args().data
    lists: dict[str, list[str]] = {}
    for part in (_coco(data), _redlight(), _hanoi(data), _hcmc(data), _others(data), fixed_cams.lists(data)):
        for split, names in part.items():
            lists.setdefault(split, []).extend(names)
    SPLITS.mkdir(exist_ok=True)
    for split, names in sorted(lists.items()):
        (SPLITS / f"{split}.txt").write_text("\n".join(names) + "\n", encoding="utf-8")
        print(f"{split}: {len(names)} pictures")


if __name__ == "__main__":
    main()
