"""Heads marked by hand and heads of stock photos, and the pictures of them that a network learns from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from detectors.riders.head_region import cut_head

LABELS_FILE = Path(__file__).with_name("labels.tsv")
REGION_LABELS_FILE = Path(__file__).with_name("region_labels.tsv")
PHOTO_MARKS_FILE = Path(__file__).with_name("photo_marks.tsv")
LABELS = ("helmet", "bare", "other")
CANNOT_TELL = "cannot_tell"
CLASSES = (*LABELS, CANNOT_TELL)  # in the order of the network's output
PARTS = ("train", "val", "test")
INPUT_WH = (48, 48)
NO_MOTORCYCLE = "-"
LEAST_PHOTO_HEAD_PX = 12  # narrower heads of the stock photos were not looked over
LEAST_TELLING_PX = 9.0  # a picture made coarser than this many pixels a head is one that nobody can tell
STRETCHED_TO = (1.0, 1.7)  # stock photos and some cameras' pictures were squeezed to squares; most were wide
SQUEEZED = "street/vn_fixed_cams/"

Box = tuple[float, float, float, float]
Picture = NDArray[np.uint8]
T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadLabel:
    """A line of ``labels.tsv``; the file's header says what the columns mean.

    Attributes:
        part: train, val or test.
        picture: Name in the data folder.
        motorcycle: Box, None for a head that is no rider's.
        riders: "1", "2", "3", "?" or "-".
        wear: One of LABELS or cannot_tell.
        head: Box in pixels of the picture.
    """

    part: str
    picture: str
    motorcycle: Box | None
    riders: str
    wear: str
    head: Box


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A head to learn from.

    Attributes:
        picture_bgr: (h, w, 3).
        box: In pixels of the picture.
        chances: (4,) wanted for CLASSES.
        is_squeezed: The picture was squeezed to a square, nobody knows from what.
    """

    picture_bgr: Picture
    box: Box
    chances: NDArray[np.float32]
    is_squeezed: bool


def read_labels(path: Path = LABELS_FILE) -> list[HeadLabel]:
    """Read the hand-made labels.

    Raises:
        ValueError: A line is not in the form of the file's header.
    """

    def label(cells: Sequence[str]) -> HeadLabel:
        part, picture, motorcycle, riders, wear, head = cells
        on = None if motorcycle == NO_MOTORCYCLE else _box(motorcycle)
        return HeadLabel(
            part=_known(part, PARTS),
            picture=picture,
            motorcycle=on,
            riders=riders,
            wear=_known(wear, CLASSES),
            head=_box(head),
        )

    return _read_lines(path, label, "part, picture, motorcycle, riders, class, head")


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionLabel:
    """A line of ``region_labels.tsv``.

    Attributes:
        part: train, val or test.
        picture: Name in the data folder.
        is_rider: Sits on a motorcycle.
        wear: One of LABELS or cannot_tell.
        head: Box in pixels of the file.
    """

    part: str
    picture: str
    is_rider: bool
    wear: str
    head: Box


def read_region_labels(path: Path = REGION_LABELS_FILE) -> list[RegionLabel]:
    """Read the labels of heads as the product finds them.

    Raises:
        ValueError: A line is not in the form of the file's header.
    """

    def label(cells: Sequence[str]) -> RegionLabel:
        part, picture, rider, wear, head = cells
        return RegionLabel(
            part=_known(part, PARTS),
            picture=picture,
            is_rider=_known(rider, ("yes", "no")) == "yes",
            wear=_known(wear, CLASSES),
            head=_box(head),
        )

    return _read_lines(path, label, "part, picture, rider, class, head")


def _read_lines(path: Path, label: Callable[[Sequence[str]], T], columns: str) -> list[T]:
    rows = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith(("#", "part\t")):
            continue
        try:
            rows.append(label(line.split("\t")))
        except ValueError as e:
            raise ValueError(f"{path}:{number}: expected {columns}: {e}") from e
    return rows


def _known(word: str, words: Sequence[str]) -> str:
    if word not in words:
        raise ValueError(f"{word!r} is none of {', '.join(words)}")
    return word


def _box(text: str) -> Box:
    x1, y1, x2, y2 = (float(v) for v in text.split(","))
    if not (x1 < x2 and y1 < y2):
        raise ValueError(f"the box {text} has no area")
    return x1, y1, x2, y2


def read(data: Path, name: str) -> Picture:
    """Read a picture of the data folder.

    Raises:
        FileNotFoundError: It is absent or unreadable.
    """
    picture = cv2.imread(str(data / name))
    if picture is None:
        raise FileNotFoundError(f"cannot read {name} under {data}: check --data and the file")
    return np.asarray(picture, np.uint8)


def wanted(wear: str) -> NDArray[np.float32]:
    """Chances to be learned."""
    return np.asarray(np.eye(len(CLASSES), dtype=np.float32)[CLASSES.index(wear)])


def street_heads(data: Path, part: str) -> list[tuple[HeadLabel, Head]]:
    """Hand-marked heads of a part, with the part of the picture around them."""
    pictures: dict[str, Picture] = {}
    out = []
    for row in read_labels():
        if row.part != part:
            continue
        if row.picture not in pictures:
            pictures[row.picture] = read(data, row.picture)
        out.append((row, _around(pictures[row.picture], row.head, row.wear, is_squeezed=False)))
    return out


def region_heads(data: Path, part: str) -> list[tuple[RegionLabel, Head]]:
    """Heads of a part where the product would look for them."""
    pictures: dict[str, Picture] = {}
    out = []
    for row in read_region_labels():
        if row.part != part:
            continue
        if row.picture not in pictures:
            pictures[row.picture] = read(data, row.picture)
        squeezed = row.picture.startswith(SQUEEZED)
        out.append((row, _around(pictures[row.picture], row.head, row.wear, is_squeezed=squeezed)))
    return out


def _around(picture: Picture, head: Box, wear: str, *, is_squeezed: bool) -> Head:
    """The head with the part of the picture around it."""
    x1, y1, x2, y2 = head
    margin = 2 * max(x2 - x1, y2 - y1)
    left, top = max(int(x1 - margin), 0), max(int(y1 - margin), 0)
    around = picture[top : int(y2 + margin) + 1, left : int(x2 + margin) + 1].copy()
    box = (x1 - left, y1 - top, x2 - left, y2 - top)
    return Head(picture_bgr=around, box=box, chances=wanted(wear), is_squeezed=is_squeezed)


def photo_heads(data: Path) -> dict[str, list[Head]]:
    """Heads of the stock photos by class; those "without helmet" as they were looked over."""
    folder = data / "street" / "helmet_photos"
    lines = PHOTO_MARKS_FILE.read_text(encoding="utf-8").splitlines()
    marks = {
        (p, int(n)): wear
        for p, n, wear in (line.split("\t") for line in lines if line[0] != "#" and "line" not in line)
    }
    heads: dict[str, list[Head]] = {name: [] for name in LABELS}
    for file in sorted((folder / "labels").glob("*.txt")):
        rows = [[float(v) for v in line.split()] for line in file.read_text().splitlines() if line.strip()]
        if not rows:
            continue
        picture = read(folder, f"images/{file.stem}.jpg")
        height, width = picture.shape[:2]
        for number, (label, x, y, w, h) in enumerate(rows):
            wear = marks.get((file.stem, number), "helmet" if label == 0 else "bare")
            if w * width < LEAST_PHOTO_HEAD_PX or wear not in LABELS:
                continue
            box = ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
            heads[wear].append(Head(picture_bgr=picture, box=box, chances=_softened(wear), is_squeezed=True))
    return heads


def _softened(wear: str) -> NDArray[np.float32]:
    """Marks of photos may be wrong now and then."""
    return (0.94 * wanted(wear) + 0.06 / len(CLASSES)).astype(np.float32)


def beside(head: Head, rng: np.random.Generator) -> Head:
    """A place beside a head, where nobody can tell what is on it: boxes of people do not always end at the head."""
    x1, y1, x2, y2 = head.box
    side, turn, far = max(x2 - x1, y2 - y1), rng.uniform(0, 2 * np.pi), rng.uniform(1.0, 1.8)
    x, y = far * side * np.cos(turn), far * side * np.sin(turn)
    box = (x1 + x, y1 + y, x2 + x, y2 + y)
    return replace(head, box=box, chances=wanted(CANNOT_TELL))


def sample(head: Head, rng: np.random.Generator, *, made_worse: bool = True) -> tuple[Picture, NDArray[np.float32]]:
    """A picture of a head as a street camera might have taken it, (48, 48, 3), and the chances wanted.

    Args:
        head: From a photo or the street.
        rng: Where the head lies in the picture, and how the picture is made worse.
        made_worse: Otherwise the picture is as it is, the head moved only.
    """
    picture, box = head.picture_bgr, np.array(head.box, np.float64)
    if head.is_squeezed:
        stretch = rng.uniform(*STRETCHED_TO)
        picture = np.asarray(cv2.resize(picture, None, fx=stretch, fy=1.0), np.uint8)
        box[[0, 2]] *= stretch
    cut = cut_head(picture, _moved(box, rng), INPUT_WH)
    if rng.random() < 0.5:
        cut = cut[:, ::-1]
    if not made_worse:
        return np.ascontiguousarray(cut), head.chances
    side_px = float(max(box[2] - box[0], box[3] - box[1]))
    cut, seen_px = _coarser(np.ascontiguousarray(cut), side_px, rng)
    cut = _recorded(_lit(_covered(cut, rng), rng), rng)
    doubt = np.clip((LEAST_TELLING_PX - seen_px) / 3.0, 0.0, 1.0)
    return cut, ((1 - doubt) * head.chances + doubt * wanted(CANNOT_TELL)).astype(np.float32)


def _moved(box: NDArray[np.float64], rng: np.random.Generator) -> Box:
    """The box as a person's box would have put it."""
    width, height = box[2] - box[0], box[3] - box[1]
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    x += float(np.clip(rng.normal(0, 0.14), -0.4, 0.4)) * width
    y += float(np.clip(rng.normal(0, 0.10), -0.3, 0.3)) * height
    half = rng.uniform(0.8, 1.3) * max(width, height) / 2
    return (x - half, y - half, x + half, y + half)


def _coarser(cut: Picture, side_px: float, rng: np.random.Generator) -> tuple[Picture, float]:
    """Fewer pixels and blur; also how many pixels the head then has."""
    seen = side_px
    if rng.random() < 0.6:
        seen = float(min(side_px, rng.uniform(7.0, 32.0)))
        small = max(6, round(1.5 * seen))
        if small < cut.shape[0]:
            cut = np.asarray(cv2.resize(cut, (small, small), interpolation=cv2.INTER_AREA), np.uint8)
            cut = np.asarray(cv2.resize(cut, INPUT_WH, interpolation=cv2.INTER_LINEAR), np.uint8)
    if rng.random() < 0.3:
        length = int(rng.integers(2, 7))
        kernel = np.zeros((length, length), np.float32)
        kernel[length // 2, :] = 1 / length
        turn = cv2.getRotationMatrix2D(((length - 1) / 2, (length - 1) / 2), rng.uniform(0, 180), 1.0)
        kernel = np.asarray(cv2.warpAffine(kernel, turn, (length, length)), np.float32)
        cut = np.asarray(cv2.filter2D(cut, -1, kernel / max(float(kernel.sum()), 1e-3)), np.uint8)
    elif rng.random() < 0.3:
        cut = np.asarray(cv2.GaussianBlur(cut, (0, 0), rng.uniform(0.4, 1.8)), np.uint8)
    return cut, seen


def _covered(cut: Picture, rng: np.random.Generator) -> Picture:
    """Something before the head's edge: a mirror, a neighbour, a sign."""
    if rng.random() < 0.2:
        size = rng.integers(6, 20, 2)
        x, y = (int(v) for v in rng.integers(0, INPUT_WH[0], 2))
        cut[y : y + size[1], x : x + size[0]] = rng.integers(0, 255, 3)
    return cut


def _lit(cut: Picture, rng: np.random.Generator) -> Picture:
    """Other light: exposure, contrast, colour; now and then night."""
    hsv = cv2.cvtColor(cut, cv2.COLOR_BGR2HSV).astype(np.float32)
    hsv[..., 0] = (hsv[..., 0] + (rng.uniform(0, 180) if rng.random() < 0.15 else rng.normal(0, 4))) % 180
    hsv[..., 1] = np.clip(hsv[..., 1] * rng.uniform(0.3, 1.5), 0, 255)
    light = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2BGR).astype(np.float32) / 255
    light = np.clip((light - 0.5) * rng.uniform(0.6, 1.4) + 0.5 + rng.normal(0, 0.08), 0, 1) ** rng.uniform(0.6, 1.7)
    noise = rng.uniform(0.0, 0.03)
    if rng.random() < 0.15:
        light = light * rng.uniform(0.12, 0.45) * np.array([rng.uniform(0.5, 1.1), 0.9, 1.0])
        noise = rng.uniform(0.01, 0.06)
    return np.asarray(np.clip((light + rng.normal(0, noise, light.shape)) * 255, 0, 255), np.uint8)


def _recorded(cut: Picture, rng: np.random.Generator) -> Picture:
    """What compression leaves."""
    if rng.random() < 0.5:
        _, packed = cv2.imencode(".jpg", cut, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 90))])
        cut = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return cut


def grid(tiles: Sequence[tuple[Picture, str]], out: Path, columns: int = 12) -> None:
    """Write pictures with a line of text below each."""
    side, line = 108, 16
    drawn = []
    for picture, text in tiles:
        tile = np.full((side + line, side, 3), 30, np.uint8)
        tile[:side] = cv2.resize(picture, (side, side), interpolation=cv2.INTER_CUBIC)
        cv2.putText(tile, text, (2, side + 12), cv2.FONT_HERSHEY_SIMPLEX, 0.35, (255, 255, 255), 1, cv2.LINE_AA)
        drawn.append(tile)
    drawn += [np.zeros((side + line, side, 3), np.uint8)] * (-len(drawn) % columns)
    if drawn:
        rows = [np.hstack(drawn[at : at + columns]) for at in range(0, len(drawn), columns)]
        cv2.imwrite(str(out), np.vstack(rows))
