"""How many visits' plates are read, how many wrongly, and what it costs; prints Markdown tables.

    python -m benchmarks.plates --data ../shared/data [--manifest FILE] [--visits N] [--only simulated clips cost]

``simulated``: visits made of stills (``visits``); rules are chosen on the val part, reported on the test part.
``clips``: a street clip and the junction's pictures through detector, tracker and pipeline, against labels by hand.
``cost``: time and memory of the whole pipeline, one core.
"""

import argparse
import resource
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np

from benchmarks.plates.clips import junction_table, street_table
from benchmarks.plates.figures import (
    HEAD,
    VisitReads,
    agreed_text,
    best_single_read,
    chosen_rules,
    counted,
    majority_vote,
)
from benchmarks.plates.visits import START, KnownPlates, Still, faulty, stills, visit
from detectors.plates.agreement import Agreement, AgreementRules, TrackRead, agree
from detectors.plates.corners import PlateCorners
from detectors.plates.pipeline import PlatePipeline
from detectors.plates.sight import VehicleSight
from detectors.sessions import open_session
from domain.geometry import ImageBgr
from domain.plates.grammar import plate_grammar
from edge.configuration.settings import PlateSettings
from edge.networks.plate_networks import PlateNetworks, find_plate_networks, open_plate_pipeline, open_reader

MOST_WRONG = 0.003
WIDTH_BANDS_PX = (30, 45, 60, 80, 110)
COST_VEHICLES, COST_PICTURES = 100, 12
COMMON_PROVINCES = ("29", "30", "51", "54", "59")
FIRST_SEED = {"val": 1_000_000, "test": 2_000_000}


class Scales:
    """Keeps what the pipeline weighs."""

    def __init__(self) -> None:
        self.reads: tuple[TrackRead, ...] = ()

    def weigh(self, reads: Sequence[TrackRead]) -> Agreement:
        """Keep, then judge as the product does."""
        self.reads = tuple(reads)
        return agree(reads)


def simulated(
    networks: PlateNetworks, sources: Sequence[Still], part: str, count: int, *, with_fault: bool = False
) -> list[VisitReads]:
    """Read simulated visits, each still in turn; with a fault that all pictures of a visit show, or without."""
    finder, scales = KnownPlates(), Scales()
    pipeline = PlatePipeline(
        finder=finder,
        corners=PlateCorners(spec=networks.corners, session=open_session(networks.corners)),
        reader=open_reader(networks.reader),
        grammar=plate_grammar(),
        weigh=scales.weigh,
    )
    visits = []
    order = np.random.default_rng(FIRST_SEED[part]).permutation(len(sources))
    for number in range(count):
        seed, still = FIRST_SEED[part] + number, sources[order[number % len(sources)]]
        coming = visit(faulty(still, seed) if with_fault else still, seed)
        finder.expect(coming)
        pipeline.read(coming.sights, coming.still.vehicle)
        visits.append(
            VisitReads(
                reads=scales.reads, text=coming.still.text, vehicle=coming.still.vehicle, width_px=coming.width_px
            )
        )
    return visits


def simulated_tables(networks: PlateNetworks, data: Path, count: int) -> None:
    """Choose on val, report on test."""
    val = simulated(networks, stills(data, "val"), "val", count)
    val_faults = simulated(networks, stills(data, "val"), "val", count // 2, with_fault=True)
    rules = chosen_rules([*val, *val_faults], MOST_WRONG)
    print(f"Chosen on val, faults among it: {rules}")
    print(f"The product's: {AgreementRules()}\n")
    test = simulated(networks, stills(data, "test"), "test", count)
    faults = simulated(networks, stills(data, "test"), "test", count // 2, with_fault=True)
    told = [agreed_text(one) for one in test]
    print(HEAD)
    for name, visits in (("val", val), ("val, one fault in all pictures", val_faults)):
        print(counted(visits, [agreed_text(one) for one in visits]).row(f"{name}, the product"))
    print(counted(test, told).row("**test, the product**"))
    print(counted(test, [agreed_text(one, rules) for one in test]).row("test, as chosen on val"))
    print(counted(faults, [agreed_text(one) for one in faults]).row("**test, one fault in all pictures, the product**"))
    print(counted(faults, [majority_vote(one) for one in faults]).row("test, one fault in all pictures, majority vote"))
    print(counted(test, [majority_vote(one) for one in test]).row("test, majority vote"))
    print(counted(test, [best_single_read(one) for one in test]).row("test, best single read"))
    for vehicle in ("motorbike", "car"):
        some = [place for place, one in enumerate(test) if one.vehicle == vehicle]
        print(counted([test[p] for p in some], [told[p] for p in some]).row(f"test, {vehicle}"))
    for common in (True, False):
        some = [place for place, one in enumerate(test) if (one.text[:2] in COMMON_PROVINCES) == common]
        name = "provinces that most pictures show" if common else "all other provinces"
        print(counted([test[p] for p in some], [told[p] for p in some]).row(f"test, {name}"))
    for low, high in pairwise(WIDTH_BANDS_PX):
        some = [place for place, one in enumerate(test) if low <= one.width_px < high]
        print(counted([test[p] for p in some], [told[p] for p in some]).row(f"test, plates up to {low} to {high} px"))
    print("\nWrong:")
    for one, text in zip([*test, *faults], [*told, *(agreed_text(one) for one in faults)], strict=True):
        if text not in (None, one.text):
            print(f"- {one.text} told as {text}: {[read.text.text for read in one.reads]}")
    reasons = Counter(agree(one.reads).reason for one in test)
    print("\nWhy unread: " + "; ".join(f"{reason} {n}" for reason, n in reasons.most_common() if reason) + "\n")


def cost_table(pipeline: PlatePipeline, data: Path) -> None:
    """Time and memory of the whole pipeline on gate photos, every picture moved a little."""
    before_mb = _peak_mb()
    sources = [still for still in stills(data, "test") if still.vehicle == "motorbike"][:COST_VEHICLES]
    spent_s, endings = 0.0, Counter[str]()
    for still in sources:
        sights = _sights(still.picture_bgr)
        began_s = time.process_time()
        endings[pipeline.read(sights, still.vehicle).reading.status] += 1
        spent_s += time.process_time() - began_s
    print(f"{len(sources)} vehicles of {COST_PICTURES} pictures each ({dict(endings)}): ", end="")
    print(f"{1000 * spent_s / len(sources):.0f} ms of one core a vehicle; ", end="")
    print(f"peak memory {_peak_mb():.0f} MB, {before_mb:.0f} MB of it before the first picture\n")


def _sights(photo_bgr: ImageBgr) -> list[VehicleSight]:
    height, width = photo_bgr.shape[:2]
    return [
        VehicleSight(
            at=START + timedelta(seconds=0.2 * place),
            picture_bgr=np.roll(photo_bgr, 2 * place, axis=1),
            vehicle_box_xyxy_px=(0.0, 0.0, float(width), float(height)),
            other_vehicles_xyxy_px=(),
        )
        for place in range(COST_PICTURES)
    ]


def _peak_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print what was asked for."""
    cv2.setNumThreads(1)
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--manifest", type=Path, help="another manifest than the product's")
    parser.add_argument("--reader", default=PlateSettings().reader, help="the manifest's name of the plate reader")
    parser.add_argument("--visits", type=int, default=3000, help="simulated visits of each part")
    parser.add_argument("--only", nargs="+", choices=("simulated", "clips", "cost"), default=())
    options = parser.parse_args()
    manifest_file = options.manifest and str(options.manifest.resolve())
    settings = PlateSettings(manifest_file=manifest_file, reader=options.reader)
    wanted = options.only or ("simulated", "clips", "cost")
    networks = find_plate_networks(settings, Path())
    if "simulated" in wanted:
        simulated_tables(networks, options.data, options.visits)
    if "clips" in wanted or "cost" in wanted:
        pipeline = open_plate_pipeline(settings, Path())
        assert pipeline is not None
        if "cost" in wanted:
            cost_table(pipeline, options.data)
        if "clips" in wanted:
            street_table(pipeline, options.data)
            junction_table(pipeline, options.data)


if __name__ == "__main__":
    main()
