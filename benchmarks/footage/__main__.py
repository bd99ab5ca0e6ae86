"""What the rules find in the real recordings, and a contact sheet of every finding to judge it by.

``python -m benchmarks.footage --data ../shared/data --out FOLDER [--only TEXT]``: the folder lies outside the
repository, since its sheets show real people. The judgements are in ``benchmarks/footage.md``.
"""

import argparse
from collections import Counter
from pathlib import Path

import cv2

from benchmarks.footage.playing import Findings, play_frames, street_detector
from benchmarks.footage.recordings import RECORDINGS, Recording
from benchmarks.footage.sheets import alert_sheet, case_sheet
from domain.ports import Detector


def main() -> None:
    """Play all, print the table, write the sheets."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder of recorded street data")
    parser.add_argument("--out", type=Path, required=True, help="folder of the contact sheets")
    parser.add_argument("--only", default="", help="recordings whose name holds this text")
    given = parser.parse_args()
    detector = street_detector()
    given.out.mkdir(parents=True, exist_ok=True)
    print("| recording | pictures | seconds | cases | alerts | counted | refused |")
    print("|---|---|---|---|---|---|---|")
    for recording in RECORDINGS:
        if given.only in recording.name:
            print(_row(recording, _play(recording, given.data, given.out, detector)), flush=True)


def _play(recording: Recording, data: Path, out: Path, detector: Detector) -> Findings:
    camera = recording.camera
    frames = list(recording.frames(data, camera))
    findings = play_frames(camera, frames, detector)
    by_time = {frame.captured_at: frame for frame in frames}
    seen = {item.at: item for item in findings.seen}
    sheets = [
        *((f"{case.provenance.rule}-{number}", case_sheet(case, camera, by_time))
          for number, case in enumerate(findings.cases)),
        *((f"{alert.rule}-{number}", alert_sheet(alert, camera, by_time, seen))
          for number, alert in enumerate(findings.alerts)),
    ]  # fmt: skip
    for name, sheet in sheets:
        cv2.imwrite(str(out / f"{recording.name}-{name}.jpg"), sheet)
    return findings


def _row(recording: Recording, findings: Findings) -> str:
    seconds = (findings.seen[-1].at - findings.seen[0].at).total_seconds()
    cases = Counter(case.provenance.rule for case in findings.cases)
    alerts = Counter(alert.rule for alert in findings.alerts)
    refused = sorted(findings.refusals.items(), key=lambda item: -item[1])
    cells = (
        recording.name,
        str(len(findings.seen)),
        f"{seconds:.1f}",
        _counts(cases),
        _counts(alerts),
        str(len(findings.passages)),
        ", ".join(f"{rule} {reason} {count}" for (rule, reason), count in refused) or "-",
    )
    return f"| {' | '.join(cells)} |"


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{rule} {count}" for rule, count in sorted(counter.items())) or "-"


if __name__ == "__main__":
    main()
