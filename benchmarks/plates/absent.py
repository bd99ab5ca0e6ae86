"""What NO_PLATE and PLATE_OBSCURED would say, of vehicles with their plate and of the same with it composed away.

    python -m benchmarks.plates.absent --data ../shared/data

The look that such a rule would take: only pictures that show the vehicle whole, sharp, end on and not behind another,
large enough, three of them at two distances; of motorcycles only from behind. It knows nothing until the camera's own
bank says that plates are found on such vehicles there.

Nobody in these pictures is known to lack or to cover a plate. So truth is composed (``hiding``): the plate that was
found is taken off, or covered. Real are the vehicles that a camera followed (junction, street clip); gate photos of
plates that no network learned from are made into visits by the renderer's camera.
"""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path

import cv2
import numpy as np

from benchmarks.plates.clips import Passing, junction_pictures, passings, street_pictures
from benchmarks.plates.hiding import ALL_MANNERS, covered, taken_off
from benchmarks.plates.looks import LEAST_LOOKS, Told, usable
from benchmarks.plates.taped import Placeless
from benchmarks.plates.visits import Still, Visit, stills, visit
from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.plates.corners import PlateCorners
from detectors.plates.finder import PlateBox, PlateFinder
from detectors.plates.pipeline import NO_PLATE, PlatePipeline
from detectors.plates.sight import VehicleSight
from detectors.sessions import open_session
from domain.cases.precision import wilson
from domain.geometry import BoxPx, ImageBgr
from domain.model_ref import ModelRef
from domain.plates.grammar import plate_grammar
from domain.plates.reasons import MAY_BE_COVERED
from edge.configuration.settings import PlateSettings
from edge.networks.plate_networks import find_plate_networks, open_reader
from edge.networks.street_network import built_in_manifest

BANK_VEHICLES, BANK_SHARE = 20, 0.95

GATE_WIDTHS_PX, GATE_AROUND = (60.0, 140.0), 1.4
WHOLE_SEED, OFF_SEED, COVERED_SEED = 3_000_000, 4_000_000, 5_000_000
OFFENDERS = (1 / 1000, 1 / 200, 1 / 50)


class Remembering:
    """A finder that looks at a picture once, and notes what it found."""

    def __init__(self, finder: PlateFinder) -> None:
        self._finder = finder
        self._known: dict[int, tuple[ImageBgr, tuple[PlateBox, ...]]] = {}

    @property
    def model(self) -> ModelRef:
        """Which weights look."""
        return self._finder.model

    def find(self, picture_bgr: ImageBgr, vehicle_box_xyxy_px: BoxPx) -> tuple[PlateBox, ...]:
        """As the finder; a picture shows one vehicle here."""
        if id(picture_bgr) not in self._known:
            self._known[id(picture_bgr)] = picture_bgr, self._finder.find(picture_bgr, vehicle_box_xyxy_px)
        return self._known[id(picture_bgr)][1]

    def forget(self) -> None:
        """The next pictures are others."""
        self._known.clear()


class Looking:
    """The networks, opened once."""

    def __init__(self) -> None:
        networks = find_plate_networks(PlateSettings(), Path())
        spec = find_model(read_manifest(built_in_manifest()), PlateSettings().finder, DetectorSpec)
        self.finder = Remembering(PlateFinder(OnnxDetector(spec=spec, session=open_session(spec))))
        corners = PlateCorners(spec=networks.corners, session=open_session(networks.corners))
        reader = open_reader(networks.reader)
        self.pipeline, self.placeless = (
            PlatePipeline(finder=self.finder, corners=corners, reader=one, grammar=plate_grammar())
            for one in (reader, Placeless(reader))
        )

    def found(self, sight: VehicleSight) -> bool:
        """Whether anything in the vehicle's box is taken for a plate."""
        return bool(self.finder.find(sight.picture_bgr, sight.vehicle_box_xyxy_px))


def street(data: Path, looking: Looking) -> Told:
    """Print the tables of vehicles that a camera followed; returns on how many of the junction's none is found."""
    print(
        "| camera | look | vehicles | none found on | bank | may be covered | plate taken off: none found on |\n"
        "|---|---|---|---|---|---|---|"
    )
    wrong = Told(told=0, of=0)
    covers: dict[str, Counter[str]] = {}
    for name, pictures in (("junction", junction_pictures(data)), ("street clip, handheld", street_pictures(data))):
        first = next(pictures)
        size_wh = (first[1].shape[1], first[1].shape[0])
        followed = list(passings(chain([first], pictures)).values())
        for strict in (False, True):
            vehicles = [(one, sights) for one in followed if (sights := usable(one, size_wh, strict=strict))]
            found = [[looking.found(sight) for sight in sights] for _, sights in vehicles]
            none = Told(told=sum(not any(one) for one in found), of=len(found))
            off = [
                any(looking.found(one) for one in _each_off(sights, looking))
                for (_, sights), seen in zip(vehicles, found, strict=True)
                if sum(seen) >= LEAST_LOOKS
            ]
            ends = [_end(looking.pipeline, sights, one.kind, "") for one, sights in vehicles]
            flagged = Told(told=ends.count("may be covered"), of=len(ends))
            look = "strict" if strict else "sharp and large"
            taken = Told(told=off.count(False), of=len(off))
            print(f"| {name} | {look} | {none.of} | {none} | {_bank(none)} | {flagged} | {taken} |")
            if strict and name == "junction":
                wrong = none
            if strict:
                covers[name] = _street_covers(vehicles, looking)
    print()
    for name, counted in covers.items():
        print(f"{name}, strict look, {sum(counted.values())} plates covered: {_ends(counted)}  ")
    print()
    return wrong


def _each_off(sights: Sequence[VehicleSight], looking: Looking) -> Iterator[VehicleSight]:
    """The pictures in which a plate is found, without any."""
    for sight in sights:
        plates = looking.finder.find(sight.picture_bgr, sight.vehicle_box_xyxy_px)
        picture = sight.picture_bgr
        for plate in plates:
            picture = taken_off(picture, plate.box_xyxy_px)
        if plates:
            yield replace(sight, picture_bgr=picture)


def _street_covers(vehicles: Sequence[tuple[Passing, list[VehicleSight]]], looking: Looking) -> Counter[str]:
    ends: Counter[str] = Counter()
    for number, (one, sights) in enumerate(vehicles):
        plates = [looking.finder.find(sight.picture_bgr, sight.vehicle_box_xyxy_px) for sight in sights]
        if sum(map(bool, plates)) < LEAST_LOOKS:
            continue
        for manner in ALL_MANNERS:
            hidden = [
                replace(sight, picture_bgr=covered(sight.picture_bgr, found[0].box_xyxy_px, manner, number))
                for sight, found in zip(sights, plates, strict=True)
                if found
            ]
            ends[_end(looking.pipeline, hidden, one.kind, "")] += 1
    return ends


def gate(sources: Sequence[Still], looking: Looking) -> tuple[Told, Told]:
    """Print the tables of visits made of gate photos; returns NO_PLATE wrongly told, and rightly."""
    whole: list[tuple[float, float, str, bool]] = []
    off: list[bool] = []
    without = Counter[str]()
    twice = [*sources, *sources]
    for number, still in enumerate(twice):
        coming = _gate_visit(still, WHOLE_SEED + number)
        end = _end(looking.pipeline, coming.sights, "motorbike", still.text)
        without[f"whole, {_end(looking.placeless, coming.sights, 'motorbike', still.text)}"] += 1
        whole.append((coming.width_px, coming.severity, end, any(map(looking.found, coming.sights))))
        looking.finder.forget()
    for number, still in enumerate(sources):
        bare = replace(still, picture_bgr=taken_off(still.picture_bgr, still.plate_box_xyxy_px))
        off.append(any(map(looking.found, _gate_visit(bare, OFF_SEED + number).sights)))
        looking.finder.forget()
    wrong = Told(told=sum(not found for *_, found in whole), of=len(whole))
    right = Told(told=off.count(False), of=len(off))
    print("| gate visits | visits | no plate found | read right | read wrong | may be covered | else unread |")
    print("|---|---|---|---|---|---|---|")
    _gate_row("whole", [end for _, _, end, _ in whole])
    for low, high in ((60, 90), (90, 140)):
        _gate_row(f"whole, plate up to {low} to {high} px", [end for width, _, end, _ in whole if low <= width < high])
    for least, most in ((0.0, 1 / 3), (1 / 3, 2 / 3), (2 / 3, 1.0)):
        ends = [end for _, severity, end, _ in whole if least <= severity < most]
        _gate_row(f"whole, spoilt {least:.2f} to {most:.2f}", ends)
    print(f"| **taken off** | {right.of} | {right} | - | - | - | - |")
    everything: list[str] = []
    for place, manner in enumerate(ALL_MANNERS):
        ends = []
        for number, still in enumerate(twice):
            if number % len(ALL_MANNERS) == place:
                seed = COVERED_SEED + number
                hidden = covered(still.picture_bgr, still.plate_box_xyxy_px, manner, seed)
                coming = _gate_visit(replace(still, picture_bgr=hidden), seed)
                ends.append(_end(looking.pipeline, coming.sights, "motorbike", still.text))
                without[f"covered, {_end(looking.placeless, coming.sights, 'motorbike', still.text)}"] += 1
                looking.finder.forget()
        _gate_row(f"covered: {manner}", ends)
        everything += ends
    _gate_row("**covered, all**", everything)
    print(
        f"\nWere it not known where characters stand: {'; '.join(f'{end} {n}' for end, n in sorted(without.items()))}\n"
    )
    print("| would be right | one vehicle in 1,000 offends | one in 200 | one in 50 |\n|---|---|---|---|")
    covered_right = Told(told=everything.count("may be covered"), of=len(everything))
    covered_wrong = Told(told=sum(end == "may be covered" for _, _, end, _ in whole), of=len(whole))
    _worth("PLATE_OBSCURED at the gate", covered_right, covered_wrong)
    return wrong, right


def _gate_visit(still: Still, seed: int) -> Visit:
    return visit(still, seed, widths_px=GATE_WIDTHS_PX, around=GATE_AROUND)


def _gate_row(name: str, ends: Sequence[str]) -> None:
    columns = ("no plate found", "read right", "read wrong", "may be covered", "else unread")
    shares = " | ".join(str(Told(told=ends.count(one), of=len(ends))) for one in columns)
    print(f"| {name} | {len(ends)} | {shares} |")


def _end(pipeline: PlatePipeline, sights: Sequence[VehicleSight], kind: str, text: str) -> str:
    """How reading ended; without a truth a text is just read."""
    reading = pipeline.read(sights, kind).reading
    if reading.text is not None:
        return "read right" if reading.text == text else "read wrong" if text else "read"
    return {MAY_BE_COVERED: "may be covered", NO_PLATE: "no plate found"}.get(str(reading.reason), "else unread")


def _ends(counted: Counter[str]) -> str:
    return "; ".join(f"{end} {Told(told=count, of=sum(counted.values()))}" for end, count in counted.most_common())


def _bank(none: Told) -> str:
    """What the camera's bank would say."""
    share = 1 - none.told / none.of if none.of else 0.0
    if none.of < BANK_VEHICLES:
        return f"unknown: {none.of} of {BANK_VEHICLES} vehicles"
    return f"{share:.2f}, {'speaks' if share >= BANK_SHARE else 'unknown'}"


def _worth(name: str, right: Told, wrong: Told) -> None:
    """Print the precision that these shares give where so many vehicles offend."""
    found, high = right.told / right.of, wilson(wrong.told, wrong.of)[1]
    rows = [
        f"{_precision(p, found, wrong.told / wrong.of)} (at the interval's end {_precision(p, found, high)})"
        for p in OFFENDERS
    ]
    print(f"| {name}: finds {right}, wrong {wrong} | {' | '.join(rows)} |")


def _precision(offenders: float, found: float, wrong: float) -> str:
    """Of those told, how many are true.

    Examples:
        >>> _precision(0.01, 0.9, 0.01)
        '0.48'
    """
    true, false = offenders * found, (1 - offenders) * wrong
    return f"{true / (true + false):.2f}" if true + false else "-"


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of the recorded data")
    parser.add_argument("--stills", type=int, default=60, help="so many gate photos, 60")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    with np.errstate(all="raise"):
        looking = Looking()
        junction_wrong = street(options.data, looking)
        motorcycles = [still for still in stills(options.data, "test") if still.vehicle == "motorbike"]
        sources = motorcycles[:: max(1, len(motorcycles) // options.stills)][: options.stills]
        gate_wrong, gate_right = gate(sources, looking)
    _worth("NO_PLATE at the gate", gate_right, gate_wrong)
    _worth("NO_PLATE, wrong as at the junction", gate_right, junction_wrong)


if __name__ == "__main__":
    main()
