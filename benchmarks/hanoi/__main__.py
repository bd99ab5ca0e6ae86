"""``python -m benchmarks.hanoi --data ../shared/data``: one real minute against the truth."""

import argparse
from pathlib import Path

from benchmarks.hanoi.playing import SIGNAL, play
from benchmarks.hanoi.scoring import Score
from domain.cases.precision import wilson


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of recorded street data")
    minute = play(parser.parse_args().data)
    print("| lamp | right | unknown | wrong |\n|---|---|---|---|")
    for state, counts in minute.truth.lamp_readings(minute.recorded.seen, SIGNAL).items():
        print(f"| {state} | {counts['right']} | {counts['unknown']} | {counts['wrong']} |")
    print("\n| rule | right | wrong | missed | cannot be told | precision (95 %) | recall (95 %) |")
    print("|---|---|---|---|---|---|---|")
    for name, score in (
        ("RED_LIGHT, as recorded", minute.truth.red_light(minute.recorded.cases)),
        ("STOP_LINE, as recorded", minute.truth.stop_line(minute.recorded.cases)),
        ("RED_LIGHT, green added at the end", minute.truth.red_light(minute.continued.cases)),
        ("STOP_LINE, green added at the end", minute.truth.stop_line(minute.continued.cases)),
        ("RED_LIGHT, ground points estimated", minute.truth.red_light(minute.calibrated.cases)),
        ("STOP_LINE, ground points estimated", minute.truth.stop_line(minute.calibrated.cases)),
    ):
        print(_row(name, score))
    forward = [passage for passage in minute.recorded.passages if passage.direction == "in"]
    print(f"\nCounted over the line: {len(forward)}; by the truth {len(minute.truth.crossings)}")
    print("\nRefused, ground points estimated:")
    for (rule, reason), count in sorted(minute.calibrated.refusals.items()):
        if rule in {"RED_LIGHT", "STOP_LINE"}:
            print(f"- {rule} {reason}: {count}")


def _row(name: str, score: Score) -> str:
    told, acts = len(score.right) + len(score.wrong), len(score.right) + len(score.missed)
    lists = (score.right, score.wrong, score.missed, score.open_to_doubt)
    cells = [name, *(", ".join(names) or "-" for names in lists)]
    for of in (told, acts):
        low, high = wilson(len(score.right), of)
        cells.append(f"{len(score.right)}/{of} ({low:.2f} to {high:.2f})" if of else "-")
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
