"""Clips with true tracks for measuring trackers, and ways to spoil their boxes as detectors do."""

import bz2
import csv
import json
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

VN_CLASSES = ("motorcycle", "truck", "bicycle", "car", "person", "truck")
VN_FRAMES_PER_S = 10.0
OT_FRAMES_PER_S = 20.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Clip:
    """One clip: true tracks and the detections that a tracker is fed, both as rows by picture."""

    name: str
    frames_per_s: float
    truth: dict[int, NDArray[np.float64]]  # picture -> (N, 6) id, x1, y1, x2, y2, class where known
    detections: dict[int, NDArray[np.float64]]  # picture -> (M, 6) x1, y1, x2, y2, score, class
    labels: tuple[str, ...]


def vn_clips(data: Path) -> list[Clip]:
    """Every clip of ``raw_data`` of the Vietnamese track logs; its boxes are the detections, ids thrown away."""
    clips = []
    with tarfile.open(data / "street/vn_tracks/tracks.tar.gz") as archive:
        for member in sorted(archive.getnames()):
            if not member.endswith("info.txt"):
                continue
            handle = archive.extractfile(member)
            assert handle is not None
            parts = Path(member).parts
            clips.append(_vn_clip(f"{parts[-3]}/{parts[-2].removesuffix('.avi_save')}", handle.read().decode()))
    return clips


def _vn_clip(name: str, text: str) -> Clip:
    rows = [
        [float(value) for value in line.replace(",", " ").split()[:7]] for line in text.splitlines() if line.strip()
    ]
    table = np.array(rows)
    table = table[np.unique(table[:, :2], axis=0, return_index=True)[1]]  # some rows stand twice
    truth = {}
    for picture in range(int(table[:, 0].min()), int(table[:, 0].max()) + 1):
        of_picture = table[table[:, 0] == picture]
        truth[picture] = of_picture[:, [1, 3, 5, 4, 6, 2]]
    detections = {picture: as_detections(boxes) for picture, boxes in truth.items()}
    return Clip(name=name, frames_per_s=VN_FRAMES_PER_S, truth=truth, detections=detections, labels=VN_CLASSES)


def as_detections(truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """True rows (N, 6) without their ids, as detections of score 0.9."""
    return np.concatenate((truth[:, 1:5], np.full((len(truth), 1), 0.9), truth[:, 5:6]), axis=1)


def ot_clips(data: Path) -> list[Clip]:
    """The two junction clips with the reference tracks that another tracker made, cut into detections of their own.

    The reference tracks of one clip were not made of the detections that lie beside it (other boxes in every picture),
    so for both clips the reference's own boxes and scores are fed.
    """
    return [_ot_clip(path) for path in sorted((data / "street/clips_otvision").glob("*.ottrk"))]


def _ot_clip(path: Path) -> Clip:
    content = json.loads(bz2.decompress(path.read_bytes()))
    rows = content["data"]["detections"]
    labels = tuple(sorted({row["class"] for row in rows}))
    truth: dict[int, list[list[float]]] = {picture: [] for picture in range(1, max(row["frame"] for row in rows) + 1)}
    found: dict[int, list[list[float]]] = {picture: [] for picture in truth}
    for row in rows:
        half_width, half_height = row["w"] / 2, row["h"] / 2
        box = [row["x"] - half_width, row["y"] - half_height, row["x"] + half_width, row["y"] + half_height]
        label = float(labels.index(row["class"]))
        truth[row["frame"]].append([row["track-id"], *box, label])
        found[row["frame"]].append([*box, row["confidence"], label])
    return Clip(
        name=path.stem[:24],
        frames_per_s=OT_FRAMES_PER_S,
        truth={picture: np.array(boxes).reshape(-1, 6) for picture, boxes in truth.items()},
        detections={picture: np.array(boxes).reshape(-1, 6) for picture, boxes in found.items()},
        labels=labels,
    )


def spoiled(clip: Clip, *, missed: float, jitter: float, seed: int, unsure: float = 0.0, stride: int = 1) -> Clip:
    """The same clip as a worse detector would see it; the same seed gives the same boxes.

    Args:
        clip: what to spoil.
        missed: share of the boxes that are dropped.
        jitter: standard deviation of every side, in shares of the box's width or height.
        seed: of the randomness.
        unsure: share of the boxes whose score is lowered to between 0.1 and 0.4.
        stride: keep every n-th picture only, of truth and boxes.
    """
    random = np.random.default_rng(seed)
    worse = {}
    for picture, boxes in clip.detections.items():
        kept = boxes[random.random(len(boxes)) >= missed].copy()
        sides = np.tile(kept[:, 2:4] - kept[:, :2], 2)
        kept[:, :4] += random.normal(0.0, 1.0, (len(kept), 4)) * jitter * sides
        low = random.random(len(kept)) < unsure
        kept[low, 4] = random.uniform(0.1, 0.4, int(low.sum()))
        worse[picture] = kept
    pictures = sorted(clip.truth)[::stride]
    return Clip(
        name=clip.name,
        frames_per_s=clip.frames_per_s,
        truth={picture: clip.truth[picture] for picture in pictures},
        detections={picture: worse[picture] for picture in pictures},
        labels=clip.labels,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LineTruth:
    """One labelled track of a red clip."""

    clip: str  # as in Clip.name
    track_file: str  # inside the archive
    track_id: int
    line_y_px: float


def vn_labels(data: Path) -> list[LineTruth]:
    """The labelled tracks of the red clips."""
    with (data / "street/vn_tracks/track_labels.csv").open(newline="") as handle:
        return [
            LineTruth(
                clip=row["clip"],
                track_file=row["track_file"],
                track_id=int(float(row["track_id"])),
                line_y_px=float(row["line_y"]),
            )
            for row in csv.DictReader(handle)
            if row["signal"] == "red"
        ]


def vn_labelled_clips(data: Path) -> list[Clip]:
    """The red clips with their labelled tracks only."""
    texts: dict[str, list[str]] = {}
    with tarfile.open(data / "street/vn_tracks/tracks.tar.gz") as archive:
        for label in vn_labels(data):
            handle = archive.extractfile(label.track_file)
            assert handle is not None
            texts.setdefault(label.clip, []).append(handle.read().decode())
    return [_vn_clip(clip, "\n".join(parts)) for clip, parts in sorted(texts.items())]


def moving_crowd(objects: int, pictures: int = 300) -> Clip:
    """Synthetic traffic for timing: boxes that drive about a 1920x1080 picture at 10 pictures a second."""
    random = np.random.default_rng(objects)
    margin_px = np.array((100, 100))
    centres = random.uniform((100, 100), (1820, 980), (objects, 2))
    speeds = random.uniform(-60, 60, (objects, 2)) / 10
    sides = random.uniform(30, 120, (objects, 2))
    detections = {}
    for picture in range(pictures):
        at = centres + speeds * picture
        at = np.abs((at - margin_px) % (3440, 1760) - (1720, 880)) + margin_px
        boxes = np.concatenate((at - sides / 2, at + sides / 2), axis=1) + random.normal(0, 1, (objects, 4))
        detections[picture] = np.concatenate((boxes, np.full((objects, 1), 0.9), np.zeros((objects, 1))), axis=1)
    return Clip(name="crowd", frames_per_s=10.0, truth={}, detections=detections, labels=("car",))
