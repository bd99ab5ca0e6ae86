"""Compares the product's cases with the truth: by rule, with what was accused falsely and what was missed."""

import json
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from domain.cases.precision import wilson

_LEAST_IOU = 0.25
_SURE_IOU = 0.5
_TWO_VEHICLES = "its pictures show two vehicles"
_SLACK_S = 5.0
_WAIT_S = 10.0  # rules at the line wait so long for what follows; a recording that ends before shows them too little
_LINE_RULES = {"RED_LIGHT", "STOP_LINE"}


@dataclass(slots=True)
class Tally:
    """Counts of one rule at one level."""

    tp: int = 0
    fp: int = 0
    evident: int = 0
    evident_found: int = 0
    steady: int = 0  # of the evident: the detector names the vehicle's class steadily
    steady_found: int = 0
    acts: int = 0
    found: int = 0
    false_kinds: Counter[str] = field(default_factory=Counter)
    missed_kinds: Counter[str] = field(default_factory=Counter)
    details: list[str] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Take in another's counts."""
        for name in ("tp", "fp", "evident", "evident_found", "steady", "steady_found", "acts", "found"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.false_kinds += other.false_kinds
        self.missed_kinds += other.missed_kinds
        self.details += other.details


class _Boxes:
    """True boxes by the stamp of the picture."""

    def __init__(self, folder: Path) -> None:
        view = np.load(folder.parent / "view.npz")
        stamps = np.load(folder / "stamps.npz")
        self._view_picture, self._actor, self._box = view["picture"], view["actor"], view["box"]
        self._stamp_s, self._picture = stamps["stamp_s"], stamps["picture"]

    def overlaps(self, at_s: float, box: list[float]) -> dict[int, float]:
        """IoU of every actor in the picture of an instant."""
        picture = self._picture[int(np.argmin(np.abs(self._stamp_s - at_s)))]
        low, high = np.searchsorted(self._view_picture, [picture, picture + 1])
        boxes = self._box[low:high]
        common = np.minimum(boxes[:, 2:], box[2:]) - np.maximum(boxes[:, :2], box[:2])
        both = np.prod(np.maximum(common, 0), axis=1)
        union = np.prod(boxes[:, 2:] - boxes[:, :2], axis=1) + np.prod(np.subtract(box[2:], box[:2])) - both
        return dict(zip(self._actor[low:high].tolist(), (both / union).tolist(), strict=True))


def score_run(folder: Path) -> dict[str, Tally]:
    """Score one scene at one level of noise; its folder must hold the product's ``cases.jsonl``."""
    truth = json.loads((folder / "truth.json").read_text(encoding="utf-8"))
    start = datetime.fromisoformat(truth["start"])
    boxes = _Boxes(folder)
    tallies: dict[str, Tally] = defaultdict(Tally)
    taken: set[int] = set()
    for text in (folder / "cases.jsonl").read_text(encoding="utf-8").splitlines():
        case = json.loads(text)
        rule = case["provenance"]["rule"]
        tally = tallies[rule]
        actor, one_vehicle = _subject(case, start, boxes, truth)
        began_s = _seconds(case["began_at"], start)
        act = _act_of(truth, rule, actor, began_s)
        if act is not None and truth["acts"][act]["ignored"]:
            continue
        if act is not None and act not in taken and truth["acts"][act]["rule"] == rule and one_vehicle:
            taken.add(act)
            tally.tp += 1
            continue
        kind = _false_kind(truth, rule, actor, act, taken) if one_vehicle else _TWO_VEHICLES
        tally.fp += 1
        tally.false_kinds[kind] += 1
        name = "nobody" if actor is None else f"{truth['actors'][actor]['label']} {truth['actors'][actor]['name']}"
        tally.details.append(f"FALSE {folder.parent.name}/{folder.name} {rule} {name} at {began_s:.1f} s: {kind}")
    _count_missed(truth, folder, taken, tallies)
    return dict(tallies)


def _count_missed(truth: dict[str, Any], folder: Path, taken: set[int], tallies: dict[str, Tally]) -> None:
    for index, act in enumerate(truth["acts"]):
        if act["ignored"]:
            continue
        tally = tallies[act["rule"]]
        found = index in taken
        tally.acts += 1
        tally.found += found
        ends_too_soon = act["rule"] in _LINE_RULES and act["end_s"] > truth["seconds"] - _WAIT_S
        if act["evident"] and not ends_too_soon:
            tally.evident += 1
            tally.evident_found += found
            actor = truth["actors"][act["actor"]]
            is_steady = actor.get("wavers_with") is None
            tally.steady += is_steady
            tally.steady_found += found and is_steady
            if not found:
                tally.missed_kinds[f"{act['kind']} {actor['label']}{'' if is_steady else ' (named two ways)'}"] += 1
                tally.details.append(
                    f"MISSED {folder.parent.name}/{folder.name} {act['rule']} {actor['label']} {actor['name']} at "
                    f"{act['begin_s']:.1f} s: {act['kind']}"
                )


def _seconds(instant: str, start: datetime) -> float:
    return (datetime.fromisoformat(instant) - start).total_seconds()


def _subject(case: dict[str, Any], start: datetime, boxes: _Boxes, truth: dict[str, Any]) -> tuple[int | None, bool]:
    """Who fits the case's decisive boxes best, people aside, None where nobody does; and whether it does in each."""
    total: Counter[int] = Counter()
    moments = []
    for moment in case["moments"]:
        overlaps = {
            actor: overlap
            for actor, overlap in boxes.overlaps(_seconds(moment["at"], start), moment["box_xyxy_px"]).items()
            if truth["actors"][actor]["label"] != "person"
        }
        total.update(overlaps)
        moments.append(overlaps)
    if not total:
        return None, True
    best, overlap = total.most_common(1)[0]
    one_vehicle = all(
        max(seen.values(), default=0.0) < _SURE_IOU or seen.get(best, 0.0) >= max(seen.values()) / 2 for seen in moments
    )
    return (best if overlap / len(moments) >= _LEAST_IOU else None), one_vehicle


def _act_of(truth: dict[str, Any], rule: str, actor: int | None, began_s: float) -> int | None:
    """The act of this road user that a case is about."""
    family = _LINE_RULES if rule in _LINE_RULES else {rule}
    for index, act in enumerate(truth["acts"]):
        if act["actor"] != actor or act["rule"] not in family:
            continue
        early = _SLACK_S if act["rule"] != "STOP_LINE" else 4 * _SLACK_S
        if act["begin_s"] - early <= began_s <= act["end_s"] + _SLACK_S:
            return index
    return None


def _false_kind(truth: dict[str, Any], rule: str, actor: int | None, act: int | None, taken: set[int]) -> str:
    if actor is None:
        return "nobody is there"
    if act is not None and truth["acts"][act]["rule"] != rule:
        return f"that was {truth['acts'][act]['rule']} ({truth['acts'][act]['kind']})"
    if act in taken:
        return "the same act twice"
    if any(item["actor"] == actor and item["rule"] == rule for item in truth["acts"]):
        return "at another time than its act"
    return str(truth["actors"][actor]["kind"])


def table(tallies: dict[tuple[str, str], Tally], rules: list[str], levels: list[str]) -> str:
    """A Markdown table by rule and noise."""
    lines = [
        "| rule | noise | cases | precision (95 %) | evident | recall of them (95 %) | steadily named | recall of them "
        "| all acts | recall of all |",
        "|---|---|---|---|---|---|---|---|---|---|",
    ]
    for rule in rules:
        for level in levels:
            tally = tallies.get((rule, level))
            if tally is None:
                continue
            lines.append(
                f"| {rule} | {level} | {tally.tp + tally.fp} | {_share(tally.tp, tally.tp + tally.fp)} "
                f"| {tally.evident} | {_share(tally.evident_found, tally.evident)} "
                f"| {tally.steady} | {tally.steady_found / tally.steady if tally.steady else 0:.3f} "
                f"| {tally.acts} | {tally.found / tally.acts if tally.acts else 0:.3f} |"
            )
    return "\n".join(lines)


def _share(part: int, whole: int) -> str:
    if whole == 0:
        return "-"
    low, high = wilson(part, whole)
    return f"{part / whole:.3f} ({low:.2f} to {high:.2f})"
