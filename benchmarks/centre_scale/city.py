"""A city's cases and sightings, seeded: where they come from, which plates they show, and when.

Few cameras bring most cases, vehicles that drive much are seen much, and both follow the hours of a day.
"""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any, Final

from benchmarks.filled_record import BEGIN, EVERY_S
from domain.instants import HUE_TIME, to_text
from domain.plates.sightings import month_of, plate_hash

CAMERAS: Final = 1500
VEHICLES: Final = 400_000
WARDS: Final = tuple(f"Phường {number}" for number in range(1, 41))
FIRST_DAY: Final = datetime(2026, 1, 5, tzinfo=HUE_TIME)
OFFENCES: Final = (  # code, kind of vehicle, words, and its share of a hundred cases
    ("RED_LIGHT", "motorbike", ("Vượt đèn đỏ", "Red light"), 24),
    ("STOP_LINE", "motorbike", ("Dừng quá vạch", "Over the stop line"), 16),
    ("WRONG_WAY", "motorbike", ("Đi ngược chiều", "Wrong way"), 14),
    ("NO_HELMET_DRIVER", "motorbike", ("Không đội mũ bảo hiểm", "No helmet"), 14),
    ("PARK_PAVEMENT", "car", ("Đỗ trên hè phố", "Parked on the pavement"), 12),
    ("WRONG_LANE", "car", ("Sai làn", "Wrong lane"), 8),
    ("LANE_CHANGE", "car", ("Chuyển làn sai", "Unlawful lane change"), 6),
    ("UTURN", "motorbike", ("Quay đầu sai", "Unlawful turn round"), 6),
)
_HOURS: Final = (1, 1, 1, 1, 1, 3, 9, 12, 8, 6, 6, 7, 6, 5, 5, 7, 11, 13, 9, 6, 5, 4, 2, 1)  # of a day in Hue
_AGREED: Final = 0.75  # of the plates
_PROVINCES: Final = ("75",) * 17 + ("74", "43", "29")


def plate_of(vehicle: int) -> str:
    """The plate of one of the city's vehicles; one in five is a car."""
    dice = random.Random(vehicle)  # noqa: S311 - seeded
    province, digits = dice.choice(_PROVINCES), f"{dice.randrange(100_000):05d}"
    series = dice.choice("ABCDEFGHKLMNPSTUVXYZ")
    return f"{province}{series}{digits}" if vehicle % 5 == 0 else f"{province}{series}{dice.randrange(1, 10)}{digits}"


class City:
    """Draws what happens in the city.

    Args:
        seed: of its dice.
        days: over which everything is spread, from ``first_day`` on.
        first_day: midnight in Hue.
    """

    def __init__(self, seed: int = 11, *, days: int = 300, first_day: datetime = FIRST_DAY) -> None:
        self._dice = random.Random(seed)  # noqa: S311 - seeded
        self._days = days
        self._first_day = first_day
        self._cameras = list(accumulate(1 / (rank + 20) for rank in range(CAMERAS)))
        self._hours = list(accumulate(_HOURS))
        self._offences = list(accumulate(share for *_, share in OFFENCES))
        self._plates: dict[int, str] = {}

    def camera(self) -> int:
        """A camera; the busiest brings some thirty times what the median one does."""
        return self._dice.choices(range(CAMERAS), cum_weights=self._cameras)[0]

    def vehicle(self) -> int:
        """A vehicle; the tenth that drives most makes a third of all."""
        return int(VEHICLES * self._dice.random() ** 2)

    def instant(self) -> datetime:
        """When something happens, UTC."""
        hour = self._dice.choices(range(24), cum_weights=self._hours)[0]
        after = timedelta(days=self._dice.randrange(self._days), hours=hour, seconds=3600 * self._dice.random())
        return (self._first_day + after).astimezone(UTC)

    def plate(self) -> str:
        """The plate of a vehicle."""
        vehicle = self.vehicle()
        if vehicle not in self._plates:
            self._plates[vehicle] = plate_of(vehicle)
        return self._plates[vehicle]

    def vary(self, number: int, case: dict[str, Any]) -> None:
        """Make one case of the city out of a document that is like all others."""
        camera = self.camera()
        code, kind, words, _ = self._dice.choices(OFFENCES, cum_weights=self._offences)[0]
        site, violation, plate = case["site"], case["violation"], case["plate"]
        site |= {"camera_id": f"cam-{camera}", "camera_name": f"Camera {camera}", "ward": WARDS[camera % len(WARDS)]}
        site["position"] = {"latitude_deg": 16.40 + camera % 50 * 0.004, "longitude_deg": 107.5 + camera // 50 * 0.005}
        violation |= {"code": code, "name_vi": words[0], "name_en": words[1], "vehicle_kind": kind}
        case["subject"]["vehicle_kind"] = kind
        case["box_id"] = f"box-{camera // 8}"
        if self._dice.random() < _AGREED:
            plate |= {"status": "agreed", "text": self.plate(), "reason": None}
        began_at = BEGIN + timedelta(seconds=EVERY_S * number - self._dice.lognormvariate(4.0, 1.2))  # before it came
        case["began_at"], case["ended_at"] = to_text(began_at), to_text(began_at + timedelta(seconds=20))

    def sightings(self, number: int, keys: dict[str, bytes]) -> Iterator[tuple[str, str, str, str]]:
        """Rows of so many sightings: hash, instant, camera, box; each month's plates are hashed with its key."""
        hashes: dict[tuple[str, str], str] = {}
        for _ in range(number):
            plate, at, camera = self.plate(), self.instant(), self.camera()
            known = (month_of(at), plate)
            if known not in hashes:
                hashes[known] = plate_hash(plate, keys[known[0]])
            yield hashes[known], to_text(at), f"cam-{camera}", f"box-{camera // 8}"
