"""How often the drift watch cries wolf and how fast it sees a real change: simulated cameras; prints drift.md's tables.

    python -m benchmarks.drift [--cameras 300]

A camera has six classes with their own usual numbers, scores and heights. Days differ by a factor common to all classes
(lognormal), a factor of each class's own, a weaker Sunday, and chance; then, on one day, something happens.
"""

import argparse
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np

from edge.drift.band import judge
from edge.drift.profile import HEIGHT_BINS, SCORE_BINS, DayProfile, LabelCounts

DAYS = 42
EVENT_DAY = 35
PICTURES = 200_000
FIRST = date(2026, 1, 5)


@dataclass(frozen=True, slots=True)
class Usual:
    """One class at one camera."""

    label: str
    a_picture: float
    score: float
    height_bin: float


@dataclass(frozen=True, slots=True)
class Nature:
    """How much days differ by themselves."""

    common: float = 0.15  # sigma of the lognormal factor of all classes
    own: float = 0.10
    score: float = 0.01
    height: float = 0.15  # bins
    sunday: float = 0.75


Change = Callable[[Usual], Usual]


def camera(rng: np.random.Generator) -> list[Usual]:
    """A camera's classes."""
    rates = {"motorcycle": 8.0, "person": 5.0, "car": 2.0, "truck": 0.3, "bus": 0.1, "bicycle": 0.05}
    return [
        Usual(label, rate * rng.lognormal(0, 0.5), rng.uniform(0.5, 0.75), rng.uniform(8, 16))
        for label, rate in rates.items()
    ]


def day_of(classes: Sequence[Usual], index: int, nature: Nature, rng: np.random.Generator) -> DayProfile:
    """One day of a camera."""
    weekday = nature.sunday if (FIRST + timedelta(days=index)).weekday() == 6 else 1.0
    common = rng.lognormal(0, nature.common) * weekday
    labels = {}
    for one in classes:
        objects = int(rng.poisson(PICTURES * one.a_picture * common * rng.lognormal(0, nature.own)))
        score = one.score + rng.normal(0, nature.score)
        height = one.height_bin + rng.normal(0, nature.height)
        labels[one.label] = LabelCounts(
            objects=objects,
            scores=_spread(objects, score * SCORE_BINS, 3.0, SCORE_BINS, rng),
            heights=_spread(objects, height, 3.0, HEIGHT_BINS, rng),
        )
    return DayProfile(day=FIRST + timedelta(days=index), detector_sha256="0" * 64, pictures=PICTURES, labels=labels)


def _spread(objects: int, middle: float, width: float, bins: int, rng: np.random.Generator) -> list[int]:
    shape = np.exp(-(((np.arange(bins) + 0.5 - middle) / width) ** 2) / 2)
    counts: list[int] = rng.multinomial(objects, shape / shape.sum()).tolist()
    return counts


def told(change: Change | None, nature: Nature, cameras: int, seed: int) -> tuple[float, float]:
    """Alarms per camera and day before the event, and share of cameras told on the event's second day."""
    rng = np.random.default_rng(seed)
    alarms = judged = seen = 0
    for _ in range(cameras):
        usual = camera(rng)
        days: list[DayProfile] = []
        for index in range(EVENT_DAY + 2 if change else DAYS):
            classes = [change(one) for one in usual] if change and index >= EVENT_DAY else usual
            day = day_of(classes, index, nature, rng)
            verdict = judge(day, days)
            is_event = change is not None and index == EVENT_DAY + 1
            seen += is_event and bool(verdict.departures)
            if (change is None or index < EVENT_DAY) and verdict.not_judged_because is None:
                judged += 1
                alarms += bool(verdict.departures)
            days.append(day)
    return alarms / judged, seen / cameras


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cameras", type=int, default=300)
    cameras = parser.parse_args().cameras
    print("| days differ by themselves | cameras told wrongly, a day | days between false alarms at one camera |")
    print("|---|---|---|")
    for name, nature in {
        "calm (factor 0.10, classes 0.05)": Nature(common=0.10, own=0.05),
        "usual (0.15, 0.10)": Nature(),
        "restless (0.25, 0.15)": Nature(common=0.25, own=0.15),
    }.items():
        rate, _ = told(None, nature, cameras, seed=1)
        print(f"| {name} | {rate:.2%} | {'more than ' if rate == 0 else ''}{1 / max(rate, 1 / (cameras * 35)):.0f} |")
    print("\n| what happens | cameras told after its second day |\n|---|---|")
    changes: dict[str, Change] = {
        "every score falls by 0.10 (dirty lens, worse light)": lambda u: replace(u, score=u.score - 0.10),
        "every score falls by 0.05": lambda u: replace(u, score=u.score - 0.05),
        "half of everything is no longer seen": lambda u: replace(u, a_picture=u.a_picture * 0.5),
        "a third is no longer seen": lambda u: replace(u, a_picture=u.a_picture * 0.67),
        "everything is 1.4 times as tall (zoom, moved camera)": lambda u: replace(u, height_bin=u.height_bin - 2),
        "motorcycles are called bicycles": lambda u: replace(
            u, a_picture={"motorcycle": 0.05, "bicycle": 8.0}.get(u.label, u.a_picture)
        ),
    }
    for name, change in changes.items():
        _, share = told(change, Nature(), cameras, seed=2)
        print(f"| {name} | {share:.1%} |")


if __name__ == "__main__":
    main()
