"""Water that rises over a zone, composed: a mirror of what stands above it, with ripples, on wet ground in the rain."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import cv2
import numpy as np

from benchmarks.surface.episodes import EPISODE_LOOKS, HOURS_TESTED, LAID_AT, learn
from benchmarks.surface.streets import Street
from benchmarks.surface.weather import Effect, Weather, rain
from detectors.surface.zone_bank import ZoneBank
from domain.geometry import ImageBgr
from domain.seen.looks import SurfaceUnknown

FLOODED_SHARE: Final = 0.6
_RISES_LOOKS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """What was believed at the end of one episode."""

    street: str
    water: bool
    changed_share: float
    unknown: SurfaceUnknown | None

    @property
    def told(self) -> bool:
        """Whether it would be an alert."""
        return self.unknown is None and self.changed_share >= FLOODED_SHARE


def rises(street: Street) -> Sequence[Rise]:
    """One episode with water and one without, both in the rain."""
    learned = learn(street, Weather(name="rain", effect=rain))
    found = []
    for water in (True, False):
        random = street.random("water", water)
        bank, surround = deepcopy(learned.bank), deepcopy(learned.surround)
        began = bank.looked_at
        unknown: SurfaceUnknown | None = None
        for number in range(EPISODE_LOOKS):
            level = min(1.0, max(0.0, (number - LAID_AT) / _RISES_LOOKS)) if water else 0.0
            wet = Weather(name="water", effect=_flooded_to(street, level))
            look = street.look(int(random.choice(street.halves[1])), wet, HOURS_TESTED[0], random, ())
            lit_anew = surround.is_lit_anew(look.around, look.around_visible)
            at = began + timedelta(seconds=2 * (number + 1))
            unknown = bank.see(at, look.now, look.visible, street.ground, lit_anew=lit_anew)
        found.append(Rise(street=street.name, water=water, changed_share=_share(street, bank), unknown=unknown))
    return found


def _flooded_to(street: Street, level: float) -> Effect:
    """Rain, and water over the lower part of the zone and a little beyond."""
    x, y = np.array(street.polygon).T * np.array(street.wh)[:, None]
    low, high = float(y.max()), float(y.min())
    mask = np.zeros((street.wh[1], street.wh[0]), np.float32)
    cv2.fillPoly(mask, [np.stack([x, y], axis=1).astype(np.int32)], 1.0)
    mask[: max(0, round(low - level * (low - high)))] = 0.0
    soft = cv2.GaussianBlur(cv2.dilate(mask, np.ones((9, 9), np.uint8)), (0, 0), 3)

    def effect(image_bgr: ImageBgr, hour: float, random: np.random.Generator) -> ImageBgr:
        if level == 0.0:
            return rain(image_bgr, hour, random)
        height, width = image_bgr.shape[:2]
        rows = np.arange(height, dtype=np.float32)[:, None] + random.normal(0, 2.0, (height, 1)).astype(np.float32)
        columns = np.arange(width, dtype=np.float32)[None, :] + 3 * np.sin(rows / 4 + random.uniform(0, 6))
        mirrored = cv2.remap(
            np.ascontiguousarray(np.flipud(image_bgr)),
            columns.astype(np.float32),
            np.broadcast_to(rows, (height, width)).astype(np.float32),
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )
        water = 0.55 * cv2.GaussianBlur(mirrored, (0, 0), 2) + 0.45 * np.array([95, 110, 120], np.float32)
        flooded = image_bgr + (water - image_bgr) * soft[..., None] * 0.85
        return rain(np.clip(flooded, 0, 255).astype(np.uint8), hour, random)

    return effect


def _share(street: Street, bank: ZoneBank) -> float:
    return street.ground.share_of(bank.changed)
