"""What the product made of the minute, held against what a person saw."""

import json
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

from domain.cases.case import Case, CaseMoment
from domain.seen.timeline import SignalState
from edge.run.seen import Seen

TRUTH = Path(__file__).with_name("truth.json")
_NEAR_PX = 18.0  # from the tyre placed by eye; riders in the queue stand 35 px apart
RED_LIGHT, STOP_LINE = "RED_LIGHT", "STOP_LINE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Right, wrong and missed of one rule, by the vehicles' names in the truth."""

    right: tuple[str, ...]
    wrong: tuple[str, ...]  # a name, or where the case was
    missed: tuple[str, ...]
    open_to_doubt: tuple[str, ...]  # cases of vehicles that a person could not judge


class Truth:
    """The truth of the film; pictures are named by their number, so it needs their times.

    Args:
        times: capture time of every picture of the film, in order.
    """

    def __init__(self, times: Sequence[datetime]) -> None:
        content: dict[str, Any] = json.loads(TRUTH.read_text(encoding="utf-8"))
        if len(times) != content["pictures"]:
            raise ValueError(f"the film has {len(times)} pictures, and the truth is of {content['pictures']}")
        self._times = times
        self._lamp = [span["state"] for span in content["lamp"] for _ in range(span["from"], span["to"] + 1)]
        self.crossings: list[dict[str, Any]] = content["crossings"]
        self.standing: list[dict[str, Any]] = content["standing"]

    def picture_at(self, at: datetime) -> int:
        """The picture taken nearest to an instant."""
        return min(range(len(self._times)), key=lambda number: abs(self._times[number] - at))

    def lamp_readings(self, seen: Iterable[Seen], signal_id: str) -> Mapping[str, Counter[str]]:
        """For each true state how often it was read right, wrong, or as unknown."""
        counts: dict[str, Counter[str]] = {state: Counter() for state in ("green", "yellow", "red")}
        for item in seen:
            true = self._lamp[self.picture_at(item.at)]
            read = item.lamps.get(signal_id, SignalState.UNKNOWN)
            verdict = "unknown" if read is SignalState.UNKNOWN else "right" if read.value == true else "wrong"
            counts[true][verdict] += 1
        return counts

    def red_light(self, cases: Sequence[Case]) -> Score:
        """Of everybody who passed the line."""
        acts = [crossing["id"] for crossing in self.crossings if crossing["act"] == RED_LIGHT]
        told = [self._who_crossed(case) for case in cases if case.provenance.rule == RED_LIGHT]
        return _score(acts, told, doubtful=())

    def stop_line(self, cases: Sequence[Case]) -> Score:
        """Of everybody who stood over the line, or may have."""
        clear = [item["id"] for item in self.standing if item["over"] == "clear"]
        doubtful = [item["id"] for item in self.standing if item["over"] in {"slight", "unknown"}]
        told = [self._who_stood(case) for case in cases if case.provenance.rule == STOP_LINE]
        return _score(clear, told, doubtful=doubtful)

    def _who_crossed(self, case: Case) -> str:
        for crossing in self.crossings:
            if all(self._fits(moment, crossing["rear_tyre_px"]) for moment in case.moments):
                return str(crossing["id"])
        return _where(case)

    def _who_stood(self, case: Case) -> str:
        x, y = _foot_px(case.moments[-1])
        at = self.picture_at(case.moments[-1].at)
        near = [
            (math.dist((x, y), item["rear_tyre_px"]), item["id"])
            for item in self.standing
            if item["since"] <= at <= item["until"]
        ]
        if near and min(near)[0] <= _NEAR_PX:
            return str(min(near)[1])
        return _where(case)

    def _fits(self, moment: CaseMoment, path: Sequence[tuple[int, float, float]]) -> bool:
        place = _place(path, self.picture_at(moment.at))
        return place is not None and math.dist(place, _foot_px(moment)) <= _NEAR_PX


def _score(acts: Sequence[str], told: Sequence[str], *, doubtful: Iterable[str]) -> Score:
    found = Counter(told)
    doubts = frozenset(doubtful)
    return Score(
        right=tuple(name for name in acts if found[name]),
        wrong=tuple(name for name in told if name not in acts and name not in doubts)
        + tuple(name for name, count in found.items() if count > 1),
        missed=tuple(name for name in acts if not found[name]),
        open_to_doubt=tuple(name for name in told if name in doubts),
    )


def _place(path: Sequence[tuple[int, float, float]], picture: int) -> tuple[float, float] | None:
    """Where the tyre was, between the pictures in which it was looked at and a little beyond them."""
    (first, x0, y0), (last, x1, y1) = path[0], path[-1]
    if picture <= first:
        return (x0, y0) if first - picture <= 1 else None
    if picture >= last:
        return (x1, y1) if picture - last <= 1 else None
    for (n0, xa, ya), (n1, xb, yb) in pairwise(path):
        if n0 <= picture <= n1:
            share = (picture - n0) / (n1 - n0)
            return (xa + share * (xb - xa), ya + share * (yb - ya))
    return None


def _foot_px(moment: CaseMoment) -> tuple[float, float]:
    x1, _, x2, y2 = moment.box_xyxy_px
    return ((x1 + x2) / 2, y2)


def _where(case: Case) -> str:
    x, y = _foot_px(case.moments[-1])
    return f"nobody of the truth, {case.subject.label} at {x:.0f}, {y:.0f}"


def with_green_after(seen: Sequence[Seen], signal_id: str, *, pictures: int = 24) -> list[Seen]:
    """The film goes on: its last picture stands for some seconds, and the light is green. STOP_LINE tells at its end.

    Made, not recorded: the film ends under red.
    """
    last = seen[-1]
    step = last.at - seen[-2].at
    return [
        *seen,
        *(
            Seen(
                camera_id=last.camera_id,
                at=last.at + timedelta(seconds=number * step.total_seconds()),
                clock_error_ms=last.clock_error_ms,
                resolution_wh=last.resolution_wh,
                detections=last.detections,
                lamps={signal_id: SignalState.GREEN},
                view=last.view,
                model=last.model,
            )
            for number in range(1, pictures + 1)
        ),
    ]
