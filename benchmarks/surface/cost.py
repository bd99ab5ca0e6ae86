"""What a look at a zone costs."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import numpy as np

from detectors.surface.bank_document import document_of
from detectors.surface.network import SurfaceNetwork
from detectors.surface.watch import LOOK_EVERY_S, SurfaceWatch
from domain.camera import Zone, ZoneKind
from domain.geometry import PointNorm
from domain.seen.detections import Detections
from domain.seen.frame import BgrPicture, Frame
from domain.seen.view import ViewState

_WH: Final = (1920, 1080)
_ZONES: Final[dict[str, Sequence[PointNorm]]] = {
    "a strip of pavement, 2 % of the picture": ((0.0, 0.6), (0.2, 0.5), (0.22, 0.5), (0.0, 0.75)),
    "a pavement, 8 %": ((0.0, 0.6), (0.4, 0.4), (0.45, 0.4), (0.0, 1.0)),
    "a carriageway, 35 %": ((0.3, 0.4), (0.7, 0.4), (1.0, 1.0), (0.2, 1.0)),
}
_LOOKS: Final = 80
_PICTURES_A_SECOND: Final = 5
_START: Final = datetime(2026, 1, 5, 2, tzinfo=UTC)


def print_cost(network: SurfaceNetwork) -> None:
    """A table of CPU time and memory a zone."""
    print("\n| zone of a 1920x1080 picture | blocks | CPU ms a look | a picture at 5 a second | MB held | MB on disk |")
    print("|---|---|---|---|---|---|")
    random = np.random.default_rng(1)
    pictures = [random.integers(90, 140, (_WH[1], _WH[0], 3)).astype(np.uint8) for _ in range(4)]
    for name, polygon in _ZONES.items():
        watch = SurfaceWatch()
        zone = Zone(id="z", kind=ZoneKind.PAVEMENT, polygon_norm=tuple(polygon))
        spent: list[float] = []
        for number in range(_LOOKS):
            frame = Frame(
                camera_id="cam-1",
                index=number,
                captured_at=_START + timedelta(seconds=10 * number),
                clock_error_ms=None,
                picture=BgrPicture(pictures[number % len(pictures)]),
            )
            began = time.process_time()
            watch.see(frame, Detections.nothing(("person",)), [zone], network=network, view=ViewState.SOUND)
            spent.append(time.process_time() - began)
        look_ms = float(np.median(spent[-10:])) * 1000
        bank = watch.banks["z"]
        held = bank.states.vectors.nbytes / 1e6
        kept = len(document_of(watch, "cam-1")) / 1e6
        print(
            f"| {name} | {len(bank.belief)} | {look_ms:.0f} | {look_ms / LOOK_EVERY_S / _PICTURES_A_SECOND:.1f} | "
            f"{held:.1f} | {kept:.1f} |"
        )
