"""How alike street-n and its int8 form see: on painted streets, on real pictures, and when int8 computes wrong.

    python -m benchmarks.self_test --data ../shared/data

Prints the tables of ``benchmarks/self_test.md``. Sets of twelve pictures are drawn with repetition, 2,000 times.
"""

import argparse
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

from detectors.manifest import find_model, read_manifest, read_weights
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.painted_streets import painted_street
from detectors.self_test import TOLD, compare, told_by_other
from detectors.sessions import open_session
from domain.geometry import ImageBgr
from edge.networks.street_network import built_in_manifest
from tests.builders.damaged_networks import Int8Array, with_weights

Change = Callable[[Int8Array], Int8Array]
_SET, _DRAWS = 12, 2000
_WIDE_WH = (1280, 720)  # what the stretched pictures of vn_fixed_cams were


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    street = parser.parse_args().data / "street"
    cv2.setNumThreads(1)
    specs = read_manifest(built_in_manifest())
    full_spec, int8_spec = (find_model(specs, name, DetectorSpec) for name in ("street-n", "street-n-int8"))
    full = OnnxDetector(spec=full_spec, session=open_session(full_spec), score_threshold=TOLD)
    int8 = OnnxDetector(spec=int8_spec, session=open_session(int8_spec), score_threshold=TOLD)
    print("| pictures | | sure objects | agreed | sets of 12: lowest in a hundred, median |\n|---|---|---|---|---|")
    for name, pictures in _material(street):
        rows = np.array([_both_ways(full, int8, picture) for picture in pictures])
        sets = rows[np.random.default_rng(0).integers(0, len(rows), (_DRAWS, _SET))].sum(axis=1)
        low, middle = np.quantile(sets[:, 1] / np.maximum(sets[:, 0], 1), [0.01, 0.5])
        sure, agreed = rows.sum(axis=0)
        print(f"| {name} | {len(rows)} | {sure} | {agreed / sure:.3f} | {low:.3f}, {middle:.3f} |", flush=True)
    print("\n| int8 weights | self-test | may look | real pictures |\n|---|---|---|---|")
    some = [picture for name, pictures in _material(street) if name.startswith("vn_") for picture in pictures[::6]]
    for name, change in _damages():
        broken = _damaged(int8_spec, change)
        agreement = compare(full, broken)
        sure, agreed = np.sum([_both_ways(full, broken, picture) for picture in some], axis=0)
        says = f"{agreement.agreed / agreement.sure:.3f} | {'yes' if agreement.right else 'no'}"
        print(f"| {name} | {says} | {agreed / sure:.3f} |", flush=True)


def _material(street: Path) -> Iterator[tuple[str, list[ImageBgr]]]:
    yield "painted", [painted_street(seed) for seed in range(48)]
    yield "vn_redlight", _read(sorted((street / "vn_redlight" / "frames").glob("*.jpg"))[::3])
    wide = _read(sorted((street / "vn_fixed_cams").rglob("*.jpg"))[::4])
    yield "vn_fixed_cams", [np.asarray(cv2.resize(picture, _WIDE_WH), np.uint8) for picture in wide]
    yield "hanoi_junctions", list(_film(next((street / "hanoi_junctions").glob("*.mp4")), every=8))
    yield "coco_subset", _read(sorted((street / "coco_subset").rglob("*.jpg"))[:60])
    yield "road_atl", _read(sorted((street / "road_atl").rglob("*.jpg")))
    yield (
        "vn_hcmc, vn_hanoi",
        _read(sorted([*(street / "vn_hcmc").rglob("*.jpg"), *(street / "vn_hanoi").rglob("*.jpg")])),
    )


def _damages() -> Iterator[tuple[str, Change]]:
    yield "as they are", lambda weights: weights
    for most in (124, 120, 116, 112, 108, 104, 100):
        yield f"clipped at {most}", lambda weights, most=most: np.clip(weights, -most, most)  # type: ignore[misc]
    for share in (3e-5, 1e-4, 3e-4, 1e-3):
        rng = np.random.default_rng(0)

        def turned(weights: Int8Array, share: float = share, rng: np.random.Generator = rng) -> Int8Array:
            return np.where(rng.random(len(weights)) < share, -weights.astype(np.int16), weights).astype(np.int8)

        yield f"sign lost in a share of {share:g}", turned


def _damaged(spec: DetectorSpec, change: Change) -> OnnxDetector:
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    session = ort.InferenceSession(
        with_weights(read_weights(spec), change), options, providers=["CPUExecutionProvider"]
    )
    return OnnxDetector(spec=spec, session=session, score_threshold=TOLD)


def _both_ways(one: OnnxDetector, other: OnnxDetector, picture_bgr: ImageBgr) -> tuple[int, int]:
    """Objects that either is sure of, and how many of them the other tells."""
    (first,), (second,) = one.look([picture_bgr]), other.look([picture_bgr])
    told = [*told_by_other(first, second), *told_by_other(second, first)]
    return len(told), sum(there for _, there in told)


def _read(paths: Iterable[Path]) -> list[ImageBgr]:
    return [np.asarray(picture, np.uint8) for path in paths if (picture := cv2.imread(str(path))) is not None]


def _film(path: Path, *, every: int) -> Iterator[ImageBgr]:
    film, number = cv2.VideoCapture(str(path)), 0
    while True:
        there, picture = film.read()
        if not there:
            return
        if number % every == 0:
            yield np.asarray(picture, np.uint8)
        number += 1


if __name__ == "__main__":
    main()
