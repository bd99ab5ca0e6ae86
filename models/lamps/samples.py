"""Lights put upon streets, made worse, with regions that fit and regions that do not: what the lamp-fit network learns.

Worsenings here: blur, noise, less light, casts of up to a third, a halo, JPEG; beside a light others and coloured
things. Not here, so that they judge: rain, glare, flare, sodium light, movement, a codec's blocks, night bloom, arrows
and countdowns in housings of their own, buses that pass.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from drawn_lights import STATES, Picture, colour_of, drawn_light

from detectors.lamps.fit_crop import cut_light

FITS = ("here", "elsewhere", "no_light", "cannot_tell")
SHOWN = (*STATES, "cannot_tell")
NOT_JUDGED = -1

_JUDGING_STREETS = 40  # of the benchmark; their views teach nothing
_KINDS = {"here": 0.72, "no_light": 0.18, "cannot_tell": 0.1}  # of pictures; a light is cut twice, here and elsewhere
_STATE_SHARES = (0.33, 0.2, 0.33, 0.14)
_DRAWN = 0.55


@dataclass(frozen=True, slots=True)
class Sample:
    """One cut and what it is."""

    cut_bgr: Picture  # (48, 24, 3)
    fit: int  # index into FITS
    shown: int  # index into SHOWN


@dataclass(frozen=True, slots=True)
class Material:
    """What samples are made of."""

    heads: dict[str, list[Picture]]  # cut-out lights by state
    streets: Sequence[Picture]


def material(data: Path, part: str) -> Material:
    """The training heads of pypi_tlc and streets whose views do not judge.

    Args:
        data: the folder of pictures.
        part: ``train``, or ``val`` for those that choose.
    """
    heads: dict[str, list[Picture]] = {}
    for state in STATES[:3]:
        paths = sorted((data / f"lamps/pypi_tlc/dataset_train/{state}").glob("*.jpg"))
        chosen = [path for path in paths if (_hash(path.stem) < 0.15) == (part == "val")]
        heads[state] = [np.asarray(cv2.imread(str(path)), np.uint8) for path in chosen]
    folder = data / "street/vn_fixed_cams"
    views: dict[str, int] = json.loads((folder / "view_clusters.json").read_text())
    streets = sorted(folder.rglob("*.jpg"))
    judging = {views.get(path.stem) for path in streets[:: max(len(streets) // _JUDGING_STREETS, 1)]}
    teaching = [path for path in streets if views.get(path.stem) not in judging]
    wanted = [path for path in teaching if (_hash(path.stem) < 0.15) == (part == "val")][:150]
    pictures = [cv2.resize(np.asarray(cv2.imread(str(path))), (640, 360)) for path in wanted]
    return Material(heads, [np.asarray(picture, np.uint8) for picture in pictures])


def samples(made_of: Material, rng: np.random.Generator) -> list[Sample]:
    """Those of one picture at random: of a light one with the region on it and one with the region beside it."""
    kind = str(rng.choice(list(_KINDS), p=list(_KINDS.values())))
    state = str(rng.choice(STATES, p=_STATE_SHARES))
    light = _light(made_of, state, rng)
    high, wide = light.shape[:2]
    picture = _street(made_of, (7 * wide, 3 * high), rng)
    left, top = 3 * wide, high
    for _ in range(rng.integers(0, 3)):
        _put_something(picture, made_of, (left, top, wide, high), rng)
    if kind != "no_light":
        picture[top : top + high, left : left + wide] = light
    elif rng.random() < 0.6:
        _put_colour(picture, (left, top, wide, high), rng)
    if kind == "cannot_tell":
        picture = _hidden(picture, made_of, (left, top, wide, high), rng)
    picture = worse(picture, wide, rng)
    made = []
    for fit in ("here", "elsewhere") if kind == "here" else (kind,):
        cut = cut_light(picture, _region((left, top, wide, high), fit, rng))
        shown = SHOWN.index(state if fit == "here" else "cannot_tell")
        made.append(Sample(cut[:, ::-1].copy() if rng.random() < 0.5 else cut, FITS.index(fit), shown))
    return made


def worse(picture: Picture, wide_px: int, rng: np.random.Generator) -> Picture:
    """Some of the worsenings that this network may learn from."""
    made = picture.astype(np.float32)
    if rng.random() < 0.5:
        made *= rng.uniform(0.75, 1.3, 3).astype(np.float32)
    if rng.random() < 0.5:
        made *= rng.uniform(0.3, 1.4)
    if rng.random() < 0.2:  # by night: what glows keeps its light
        level = made.max(axis=2, keepdims=True)
        spread = (level - made.min(axis=2, keepdims=True)) / np.maximum(level, 1)
        glows = cv2.GaussianBlur(((spread > 0.45) & (level > 120)).astype(np.float32), (0, 0), 1.5)[..., None]
        halo = cv2.GaussianBlur(made * glows, (0, 0), max(wide_px * rng.uniform(0.1, 0.4), 1))
        made = made * (0.12 + 0.88 * glows) + rng.uniform(0, 0.9) * halo
    if rng.random() < 0.5:
        made = np.asarray(cv2.GaussianBlur(made, (0, 0), wide_px * rng.uniform(0.02, 0.16) + 0.1), np.float32)
    if rng.random() < 0.5:
        made += rng.normal(0, rng.uniform(2, 18), made.shape)
    if rng.random() < 0.2:
        made = made * 0.8 + rng.uniform(0, 60)
    seen = np.clip(made, 0, 255).astype(np.uint8)
    if rng.random() < 0.3:
        _, coded = cv2.imencode(".jpg", seen, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(20, 80))])
        seen = np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)
    return seen


def _region(light: tuple[int, int, int, int], kind: str, rng: np.random.Generator) -> tuple[int, int, int, int]:
    """Drawn around the light; or a sixth of its length or four tenths of its width beside, or of a wrong size."""
    left, top, wide, high = light
    scale_x, scale_y = rng.uniform(0.9, 1.2), rng.uniform(0.93, 1.1)
    off_x, off_y = rng.uniform(-0.15, 0.15), rng.uniform(-0.06, 0.06)
    if kind == "elsewhere":
        if rng.random() < 0.2:
            scale_x = scale_y = rng.choice([rng.uniform(0.4, 0.65), rng.uniform(1.6, 2.0)])
        else:
            ways = rng.choice([-1, 0, 1], 2)
            while not ways.any():
                ways = rng.choice([-1, 0, 1], 2)
            off_x, off_y = ways[0] * rng.uniform(0.4, 1.2), ways[1] * rng.uniform(0.16, 0.75)
    x = left + wide / 2 + off_x * wide
    y = top + high / 2 + off_y * high
    half_x, half_y = scale_x * wide / 2, scale_y * high / 2
    x1, y1, x2, y2 = round(x - half_x), round(y - half_y), round(x + half_x), round(y + half_y)
    return x1, y1, max(x2, x1 + 2), max(y2, y1 + 6, y1 + (x2 - x1))


def _light(made_of: Material, state: str, rng: np.random.Generator) -> Picture:
    wide = round(float(np.exp(rng.uniform(np.log(8), np.log(34)))))
    if state == "dark" or rng.random() < _DRAWN:
        return drawn_light(state, wide, rng)
    heads = made_of.heads[state]
    head = heads[rng.integers(len(heads))]
    size = (wide, max(round(wide * head.shape[0] / head.shape[1]), wide))
    return np.asarray(cv2.resize(head, size, interpolation=cv2.INTER_AREA), np.uint8)


def _street(made_of: Material, size_wh: tuple[int, int], rng: np.random.Generator) -> Picture:
    street = made_of.streets[int(rng.integers(len(made_of.streets)))]
    wide = int(rng.integers(60, 400))
    high = min(round(wide * size_wh[1] / size_wh[0]), street.shape[0] - 1)
    left, top = int(rng.integers(street.shape[1] - wide)), int(rng.integers(street.shape[0] - high))
    return np.asarray(cv2.resize(street[top : top + high, left : left + wide], size_wh), np.uint8)


def _put_something(
    picture: Picture, made_of: Material, light: tuple[int, int, int, int], rng: np.random.Generator
) -> None:
    """Another light or a coloured thing near the light, which is put before it afterwards."""
    left, top, wide, high = light
    if rng.random() < 0.5:
        _put_colour(picture, light, rng)
        return
    other = _light(made_of, str(rng.choice(STATES)), rng)
    other = np.asarray(cv2.resize(other, (wide, high)), np.uint8)
    if rng.random() < 0.6:
        x, y = (
            left + round(rng.choice([-1, 1]) * rng.uniform(1.02, 2.2) * wide),
            top + round(rng.uniform(-0.3, 0.3) * high),
        )
    else:
        x, y = (
            left + round(rng.uniform(-0.3, 0.3) * wide),
            top + round(rng.choice([-1, 1]) * rng.uniform(1.0, 1.1) * high),
        )
    x, y = max(x, 0), max(y, 0)
    space = picture[y : y + high, x : x + wide]
    space[...] = other[: space.shape[0], : space.shape[1]]


def _put_colour(picture: Picture, light: tuple[int, int, int, int], rng: np.random.Generator) -> None:
    """A round or a square thing in a colour that lamps have, too."""
    left, top, wide, high = light
    hue = rng.choice([rng.uniform(-10, 8), rng.uniform(12, 28), rng.uniform(48, 92), rng.uniform(0, 180)])
    colour = colour_of(hue, rng.uniform(60, 255), rng.uniform(60, 255))
    x, y = round(left + rng.uniform(-1, 2) * wide), round(top + rng.uniform(-0.5, 1.5) * high)
    if rng.random() < 0.4:
        cv2.circle(picture, (x, y), max(round(wide * rng.uniform(0.2, 0.8)), 1), colour, -1)
    else:
        end = (x + round(wide * rng.uniform(0.3, 3)), y + round(high * rng.uniform(0.1, 1)))
        cv2.rectangle(picture, (x, y), end, colour, -1)


def _hidden(picture: Picture, made_of: Material, light: tuple[int, int, int, int], rng: np.random.Generator) -> Picture:
    """Too dark, too bright, or most of it covered."""
    left, top, wide, high = light
    way = rng.random()
    if way < 0.3:
        return np.asarray(picture * rng.uniform(0.02, 0.1), np.uint8)
    if way < 0.5:
        veil = rng.uniform(0.85, 0.97)
        return np.asarray(picture * (1 - veil) + veil * rng.uniform(150, 250), np.uint8)
    hidden = picture.copy()
    cover = _street(made_of, (round(wide * 1.4), round(high * rng.uniform(0.7, 1.1))), rng)
    x, y = left - round(0.2 * wide), top + (0 if rng.random() < 0.5 else max(high - cover.shape[0], 0))
    hidden[y : y + cover.shape[0], x : x + cover.shape[1]] = cover
    return hidden


def _hash(text: str) -> float:
    return int(hashlib.sha256(text.encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
