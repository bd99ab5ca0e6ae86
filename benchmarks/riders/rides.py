"""Composed rides: motorcycles cut out of press photos come nearer through a street that a camera knows.

``python -m benchmarks.riders.rides ../shared/data [MOST]``. The street is the median of a fixed camera's pictures, so
nobody is in it; the camera's view guard has learned it before the first ride, as a camera's would have after half a
minute. A rider alone moves, as in front of a fixed camera.
"""

import argparse
import csv
import json
from collections import Counter
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import cv2
import numpy as np

from benchmarks.riders.looking import Found, Marks, camera_of, find, open_networks, run_of
from benchmarks.riders.stills import photos
from detectors.onnx_detector import OnnxDetector
from detectors.riders.head_classifier import HeadClassifier
from detectors.view.guard import LOOK_EVERY_S, ViewGuard
from detectors.view.reference import LEARNED_LOOKS
from domain.cases.case import Case
from domain.geometry import BoxPx, ImageBgr
from domain.seen.frame import BgrPicture, Frame
from domain.seen.view import ViewState
from edge.run.camera_run import CameraRun
from matthan.replay.replay import default_start

SIZE_WH = (1280, 720)
_STREET, _VIEW = "street/vn_fixed_cams", 47  # a street in Da Nang by day, 39 pictures, squeezed to squares
_EVERY_S = 0.3
_APPROACHES, _EMPTY = 10, 4  # pictures: from 0.6 of its size to all of it, and then nothing
_LEAST_PX = 90.0  # a lower motorcycle with its riders would be enlarged more than a camera's picture ever is
_MOST_LARGER, _TALLEST = 1.5, 0.5  # times the photo's pixels, and of the street's height
_AROUND = 0.08  # of the cut-out's sides; its edge is blended over as much
_NOISE = 1.5  # grey values: two pictures of a camera are never equal
_HERE = Path(__file__).parent


@dataclass(frozen=True, slots=True, kw_only=True)
class Ride:
    """A motorcycle with somebody on it, cut out of a photo."""

    name: str  # of the photo
    middle_px: tuple[float, float]  # of the motorcycle's box, in the photo
    cut_bgr: ImageBgr
    larger: float  # at its nearest it is so many times as large as in the photo

    @property
    def key(self) -> tuple[str, int, int]:
        """As in ``composed.tsv``."""
        return self.name, round(self.middle_px[0]), round(self.middle_px[1])


def empty_street(data: Path) -> ImageBgr:
    """The street without anybody, (720, 1280, 3)."""
    views = json.loads((data / _STREET / "view_clusters.json").read_text(encoding="utf-8"))
    pictures = [
        cv2.imread(str(path))
        for path in sorted((data / _STREET / "images").glob("*.jpg"))
        if views.get(path.stem) == _VIEW
    ]
    median = np.median(np.stack([one for one in pictures if one is not None]), axis=0).astype(np.uint8)
    return np.asarray(cv2.resize(median, SIZE_WH, interpolation=cv2.INTER_CUBIC), np.uint8)


def ride_of(name: str, picture: ImageBgr, found: Found) -> Ride | None:
    """The largest motorcycle of a photo that has somebody on it; None: there is none that is large enough."""
    seated = [
        (_around((motorcycle, *people)), motorcycle)
        for motorcycle, people in zip(found.motorcycles, found.seated, strict=True)
        if people
    ]
    if not seated:
        return None
    (left, top, right, bottom), motorcycle = max(seated, key=lambda one: (one[0][3] - one[0][1], one[1]))
    tall = bottom - top
    if tall < _LEAST_PX:
        return None
    x, y = _AROUND * (right - left), _AROUND * tall
    cut = picture[max(round(top - y), 0) : round(bottom + y), max(round(left - x), 0) : round(right + x)]
    middle = ((motorcycle[0] + motorcycle[2]) / 2, (motorcycle[1] + motorcycle[3]) / 2)
    larger = min(_MOST_LARGER, _TALLEST * SIZE_WH[1] / cut.shape[0])
    return Ride(name=name, middle_px=middle, cut_bgr=cut.copy(), larger=larger)


def composed(data: Path, detector: OnnxDetector, heads: HeadClassifier, most: int | None = None) -> None:
    """Print what the rules make of rides that the heads' network has not learned from; of so many at most."""
    marks = Marks()
    street = empty_street(data)
    guard = _learned(street)
    refused: Counter[str] = Counter()
    verdicts: Counter[tuple[str, str]] = Counter()
    rides, suspended = 0, 0
    for name, picture in photos(data):
        if name in marks.learned or rides == most:
            continue
        ride = ride_of(name, picture, find(picture, detector, heads))
        if ride is None:
            continue
        rides += 1
        run = run_of(camera_of(SIZE_WH), detector, heads, deepcopy(guard))
        cases, sound = _ridden(ride, street, run, detector)
        suspended += not sound
        for case in cases:
            verdicts[case.violation.code, _verdict(ride, case)] += 1
        for (rule, reason), count in run.refusals.items():
            refused[f"{rule} {reason}"] += count
    print(f"### Composed rides: the largest motorcycle of {rides} photos comes nearer through a street\n")
    print(f"- suspended by the view guard at some picture: {suspended}")
    print(f"- cases, and whether each is right by eye: {dict(verdicts)}")
    print(f"- refused: {dict(refused.most_common())}\n")


def _learned(street: ImageBgr) -> ViewGuard:
    """A guard that knows the street."""
    guard, rng = ViewGuard(), np.random.default_rng(1)
    camera = camera_of(SIZE_WH)
    began = default_start(camera)
    for number in range(2 * LEARNED_LOOKS):
        at = began + timedelta(seconds=LOOK_EVERY_S * (number - 2 * LEARNED_LOOKS))
        picture = BgrPicture(_noisy(street, rng))
        frame = Frame(camera_id=camera.id, index=number, captured_at=at, clock_error_ms=None, picture=picture)
        guard.see(frame, camera.version)
    return guard


def _ridden(ride: Ride, street: ImageBgr, run: CameraRun, detector: OnnxDetector) -> tuple[list[Case], bool]:
    """The cases of a ride, and whether the view was sound all the way."""
    rng = np.random.default_rng(2)
    outputs: list[object] = []
    sound = True
    for number in range(_APPROACHES + _EMPTY):
        part = number / (_APPROACHES - 1)
        shown = _with_ride(ride, street, part) if number < _APPROACHES else street
        frame = Frame(
            camera_id=run.camera.id,
            index=number,
            captured_at=default_start(run.camera) + timedelta(seconds=_EVERY_S * number),
            clock_error_ms=None,
            picture=BgrPicture(_noisy(shown, rng)),
        )
        (detections,) = detector.detect([frame])
        seen = run.look(frame, detections)
        sound &= seen.view is ViewState.SOUND
        outputs += run.judge(seen) or ()
    outputs += run.finish()
    return [item for item in outputs if isinstance(item, Case)], sound


def _with_ride(ride: Ride, street: ImageBgr, part: float) -> ImageBgr:
    """The street with the motorcycle, far at 0 and near at 1."""
    factor = ride.larger * (0.6 + 0.4 * part)
    cut = cv2.resize(ride.cut_bgr, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    tall, wide = cut.shape[:2]
    bottom = round(SIZE_WH[1] * (0.6 + 0.36 * part))
    left, top = (SIZE_WH[0] - wide) // 2, bottom - tall
    edge = max(2, round(_AROUND * min(tall, wide) / 2))
    inner = np.zeros((tall, wide), np.float32)
    inner[edge:-edge, edge:-edge] = 1.0
    alpha = cv2.blur(inner, (2 * edge + 1, 2 * edge + 1))[..., None]
    shown = street.copy()
    at = shown[top:bottom, left : left + wide]
    at[:] = np.clip(alpha * cut + (1 - alpha) * at, 0, 255).astype(np.uint8)
    return shown


def _noisy(picture: ImageBgr, rng: np.random.Generator) -> ImageBgr:
    noise = rng.normal(0.0, _NOISE, picture.shape[:2]).astype(np.float32)[..., None]
    return np.asarray(np.clip(picture.astype(np.float32) + noise, 0, 255), np.uint8)


def _around(boxes: tuple[BoxPx, ...]) -> BoxPx:
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _verdict(ride: Ride, case: Case) -> str:
    """What a person said of a case."""
    with (_HERE / "composed.tsv").open(encoding="utf-8", newline="") as rows:
        for row in csv.DictReader(rows, delimiter="\t"):
            key = row["picture"], int(row["x_px"]), int(row["y_px"])
            if key == ride.key and row["code"] == case.violation.code:
                return row["verdict"]
    print(f"not judged by eye: {case.violation.code} {ride.key}")
    return "not marked"


def main() -> None:
    """Ride and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the recorded data")
    parser.add_argument("most", type=int, nargs="?", help="so many rides; all where it is left out")
    given = parser.parse_args()
    composed(given.data, *open_networks(), most=given.most)


if __name__ == "__main__":
    main()
