"""Draws how a training went: every figure of its log against steps or passes.

    python models/training_curve.py WORK/reader.pt --out curve.png
    python models/training_curve.py RUN/log.jsonl --out curve.png

Takes the checkpoints of the plate recipes and the logs of the detector recipes. Needs matplotlib, which the training
extra brings.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import matplotlib as mpl

PLACES = ("step", "epoch")
LEFT_OUT = ("seconds",)


def rows_of(path: Path) -> list[dict[str, float]]:
    """The figures of every step or pass that was written down, lists and tables spread into single ones.

    Raises:
        ValueError: The file holds none.
    """
    if path.suffix == ".jsonl":
        entries: list[dict[str, Any]] = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    else:
        import torch  # noqa: PLC0415 - a log needs none

        entries = torch.load(path, map_location="cpu")["curve"]
    rows = [dict(_spread(entry, "")) for entry in entries]
    if not rows or not any(place in rows[0] for place in PLACES):
        raise ValueError(f"{path} holds no training log; expected log.jsonl of a detector, or a checkpoint of a reader")
    return rows


def _spread(entry: Mapping[str, Any], before: str) -> list[tuple[str, float]]:
    out: list[tuple[str, float]] = []
    for key, value in entry.items():
        if isinstance(value, Mapping):
            out += _spread(value, f"{before}{key} ")
        elif isinstance(value, list):
            out += [(f"{before}{key} {number}", float(one)) for number, one in enumerate(value)]
        else:
            out.append((before + key, float(value)))
    return out


def draw(rows: list[dict[str, float]], title: str, out: Path) -> None:
    """Write one small diagram per figure."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415 - after the backend is chosen

    place = next(name for name in PLACES if name in rows[0])
    names = [name for name in rows[0] if name not in (*PLACES, *LEFT_OUT)]
    _, axes = plt.subplots(1, len(names), figsize=(4 * len(names), 3.2), squeeze=False)
    for axis, name in zip(axes[0], names, strict=True):
        axis.plot([row[place] for row in rows], [row.get(name) for row in rows], marker=".")
        axis.set(title=name, xlabel=place)
        axis.grid(alpha=0.3)
    plt.suptitle(title)
    plt.tight_layout()
    plt.savefig(out, dpi=90)


def main() -> None:
    """Read the arguments and draw."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("log", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    draw(rows_of(given.log), given.log.stem, given.out)


if __name__ == "__main__":
    main()
