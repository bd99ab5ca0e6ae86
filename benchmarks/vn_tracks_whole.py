"""The red-light rule on whole logs: every vehicle of 56 clips of three Vietnamese junctions, whatever approach it uses.

What `vn_tracks` plays are the labelled vehicles of one approach alone; here all that the logs hold is played, oncoming
and crossing traffic and people on foot too. Truth: tracks of vehicles in red clips whose lower edge begins below the
line and later lies above it, by the log's own ids. Run: ``python -m benchmarks.vn_tracks_whole ../shared/data``.
"""

import argparse
import tarfile
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path

from benchmarks.vn_tracks import GOES_ON_S, LABEL_OF_CLASS, LabelledClip, LabelledTrack, is_offence, run_clip, track_of
from domain.geometry import BoxPx

_LINES_PX = {"hanam": 797.0, "thainguyen": 839.0, "vungtau": 727.0}
_SIGNALS = {"dendo": "red", "denxanh": "green"}
_COLUMNS = 7  # frame, id, class, x1, x2, y1, y2


def read_logs(shared_data: Path) -> list[LabelledClip]:
    """Every whole log, in order of signal and name; rows that are not whole are left out."""
    clips = []
    with tarfile.open(shared_data / "street" / "vn_tracks" / "tracks.tar.gz") as archive:
        for member in archive.getmembers():
            if not member.name.endswith("info.txt"):
                continue
            _, _, folder, clip, _ = member.name.split("/")
            content = archive.extractfile(member)
            assert content is not None
            tracks = _tracks(content.read().decode().splitlines())
            name = clip.removesuffix(".avi_save")
            line_y_px = _LINES_PX[name.partition("_")[0]]
            clips.append(LabelledClip(name=name, signal=_SIGNALS[folder], line_y_px=line_y_px, tracks=tracks))
    return sorted(clips, key=lambda clip: (clip.signal, clip.name))


def _tracks(lines: list[str]) -> tuple[LabelledTrack, ...]:
    boxes: dict[str, dict[int, BoxPx]] = defaultdict(dict)
    classes: dict[str, Counter[int]] = defaultdict(Counter)
    for row in (line.split(",") for line in lines):
        if len(row) == _COLUMNS and all(row):
            x1, x2, y1, y2 = map(float, row[3:])
            boxes[row[1]][int(row[0])] = (x1, y1, x2, y2)
            classes[row[1]][int(float(row[2]))] += 1
    return tuple(
        LabelledTrack(
            name=name, label=LABEL_OF_CLASS[classes[name].most_common(1)[0][0]], boxes=dict(sorted(of_it.items()))
        )
        for name, of_it in boxes.items()
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path, help="folder of the recorded data")
    logs = read_logs(parser.parse_args().data)
    for goes_on_s in (GOES_ON_S, 0.0):
        print(f"\n{goes_on_s:g} s of pictures after the last box\n")
        _print_table(logs, goes_on_s)


def _print_table(logs: Sequence[LabelledClip], goes_on_s: float) -> None:
    counts: dict[str, Counter[str]] = {signal: Counter() for signal in _SIGNALS.values()}
    refusals: Counter[str] = Counter()
    wrong = []
    for clip in logs:
        cases, refused = run_clip(clip, goes_on_s)
        told = Counter(track_of(case, clip).name for case in cases)
        passing = {track.name for track in clip.tracks if is_offence(track, clip.line_y_px) and track.label != "person"}
        right = set(told) & passing if clip.signal == "red" else set()
        wrong += [f"{clip.signal} {clip.name} id{name}" for name in told if name not in right or told[name] > 1]
        counts[clip.signal].update(
            clips=1, tracks=len(clip.tracks), passing=len(passing), cases=told.total(), right=len(right)
        )
        for (_, reason), count in refused.items():
            refusals[f"{clip.signal}: {reason}"] += count
    print("| clips | tracks in the logs | pass the line by the log | cases | of those | right, each once |")
    print("|---|---|---|---|---|---|")
    for signal, of in counts.items():
        share = f"{of['right'] / of['passing']:.3f}" if signal == "red" else "-"
        print(
            f"| {of['clips']} {signal} | {of['tracks']} | {of['passing']} | {of['cases']} | {share} | {of['right']} |"
        )
    print("\nWrong or told twice, by the log:", *wrong, sep="\n- ")
    print("\nRefused:", *(f"{reason}: {count}" for reason, count in sorted(refusals.items())), sep="\n- ")


if __name__ == "__main__":
    main()
