"""Rules about occupied places on generated lines: what is told of acts, and of what looks like one.

The lines are made up, not seen: boxes shake, a share of things is overlooked in each picture. They show how the rules
bear a worse detector, not how often a street's stalls are found.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, replace

from domain.camera import ZoneKind
from domain.cases.precision import wilson
from domain.law.catalogue import built_in_catalogue
from domain.plates.reasons import REPLAYED_LOG
from matthan.replay.replay import Replay
from matthan.replay.replay_evidence import NoPlates
from tests.builders.pavement_logs import RecordedPavement, furniture
from tests.builders.pavement_scenes import MINUTE, SELLER, STALL, Pavement, Thing, pavement_camera

LASTS_S = 22 * MINUTE
SEEDS = range(5)
OVERLOOKED = (0.1, 0.3, 0.5)
_SELLER = Thing(box=SELLER, label="person", spans=((60, LASTS_S),), track_id=60)
_NEVER_READ = [(0.0, LASTS_S + 1)]

_GOODS = Pavement(changed=[(STALL, 60, 1e5)])
_ATTENDED = Pavement(changed=[(STALL, 60, 1e5)], things=[_SELLER])
_FURNISHED = Pavement(changed=[(STALL, 60, 1e5)], things=[_SELLER, *furniture(60, LASTS_S)])

ACTS: Mapping[str, Pavement] = {
    "goods, a seller": _ATTENDED,
    "goods, the ground read half of the time": Pavement(
        changed=[(STALL, 60, 1e5)],
        things=[_SELLER],
        unknown=[(120.0 * number, 120.0 * number + 60) for number in range(20)],
    ),
    "a table and three chairs, the ground never read": Pavement(things=furniture(60, LASTS_S), unknown=_NEVER_READ),
}
DECOYS: Mapping[str, Pavement] = {
    "a load set down for two minutes": Pavement(changed=[(STALL, 60, 180)], things=[_SELLER]),
    "furniture carried through": Pavement(things=furniture(60, 150)),
    "a parked motorcycle, its owner beside it": Pavement(
        changed=[(STALL, 60, 1e5)],
        things=[_SELLER, Thing(box=STALL, label="motorcycle", spans=((60, LASTS_S),), track_id=61)],
    ),
    "a single chair with somebody by it": Pavement(things=[_SELLER, furniture(60, LASTS_S)[1]]),
    "three people who wait under umbrellas": Pavement(
        things=[
            replace(one, label=label, track_id=70 + number)
            for number, (one, label) in enumerate(
                (one, label) for one in furniture(60, LASTS_S)[:3] for label in ("person", "umbrella")
            )
        ]
    ),
}


@dataclass(frozen=True, kw_only=True)
class Judged:
    """A rule, what is an act of it, and what looks like one."""

    code: str
    kind: ZoneKind
    acts: Mapping[str, Pavement]
    decoys: Mapping[str, Pavement]


_LEFT_ALONE = {"goods, nobody by them": _GOODS}
_ALL_THERE_IS = {"goods, a seller": _ATTENDED, "goods, a table, three chairs, a seller": _FURNISHED}
RULES = (
    Judged(code="PAVEMENT_TRADE", kind=ZoneKind.PAVEMENT, acts=ACTS, decoys={**DECOYS, **_LEFT_ALONE}),
    Judged(
        code="VENDOR_STREET",
        kind=ZoneKind.PAVEMENT,
        acts={"goods, a seller": _ATTENDED},
        decoys={**DECOYS, **_LEFT_ALONE, "goods, a table, three chairs, a seller": _FURNISHED},
    ),
    Judged(code="OBSTACLE", kind=ZoneKind.ROADWAY, acts=_LEFT_ALONE, decoys={**DECOYS, **_ALL_THERE_IS}),
    Judged(code="MEDIAN_OCCUPY", kind=ZoneKind.MEDIAN, acts={**_LEFT_ALONE, **_ALL_THERE_IS}, decoys=DECOYS),
)


def told(judged: Judged, street: Pavement, overlooked: float, seed: int) -> tuple[int, int]:
    """How many places were reminded, and how many became a case."""
    camera = pavement_camera(judged.code, kind=judged.kind)
    replay = Replay(camera, (), box_id="box-1", catalogue=built_in_catalogue(), evidence=NoPlates(REPLAYED_LOG))
    lines = RecordedPavement(street=street, overlooked=overlooked, seed=seed).lines(LASTS_S)
    result = replay.log(lines)
    return len({one.reminder_id for one in result.reminders}), len(result.cases)


def main() -> None:
    """Print the tables: what happens, then how often each rule's cases are right."""
    argparse.ArgumentParser(description=__doc__).parse_args()
    print("| rule | what happens | overlooked | runs | reminded once (share, 95 %) | cases | told twice |")
    print("|---|---|---|---|---|---|---|")
    counted: dict[str, tuple[int, int]] = {}
    for judged in RULES:
        right = wrong = 0
        for name, street in {**judged.acts, **judged.decoys}.items():
            for overlooked in OVERLOOKED:
                runs = [told(judged, street, overlooked, seed) for seed in SEEDS]
                reminded = sum(reminders > 0 for reminders, _ in runs)
                low, high = wilson(reminded, len(runs))
                cases, twice = sum(cases for _, cases in runs), sum(max(0, reminders - 1) for reminders, _ in runs)
                found = f"{reminded} ({low:.2f} to {high:.2f})"
                print(
                    f"| {judged.code} | {name} | {overlooked:.0%} | {len(runs)} | {found} | {cases} | {twice} |",
                    flush=True,
                )
                once = sum(min(cases, 1) for _, cases in runs) if name in judged.acts else 0
                right, wrong = right + once, wrong + cases - once
        counted[judged.code] = (right, right + wrong)
    print("\n| rule | cases | precision (95 %) |\n|---|---|---|")
    for code, (right, of) in counted.items():
        low, high = wilson(right, of)
        print(f"| {code} | {of} | {right / of if of else 0:.3f} ({low:.2f} to {high:.2f}) |")


if __name__ == "__main__":
    main()
