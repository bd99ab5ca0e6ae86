"""CPU seconds per analysed 1080p picture of a whole edge box, against its bare parts and against ``ultralytics``.

    python -m benchmarks.edge_pipeline --ultralytics-python VENV/bin/python [--rounds 5] [--memory]

Every round measures, one after the other, on the same clip:

- **box_file**, **box_rtsp**: a box with two cameras, wired as ``matthan edge run`` wires it: reading, decoding,
  detector, tracker, three rules, evidence (clips, stills, hashes, signature), outbox, MQTT, health. Once its cameras
  are files played at their own pace, of which no due picture is ever dropped; once real RTSP streams, with the ring;
- **bare_file**, **bare_rtsp**: reading and decoding with PyAV from the same file or stream plus ONNX Runtime on
  prepared tensors, for as many decoded and analysed pictures as that box had; nothing else at all;
- **ultralytics**, **ultralytics_1**: ``model.track`` with the same ONNX file, as shipped and with its runtime held to
  one thread, on the same file.

Each measurement is a process of its own; CPU is user + system of that process after a warm-up. Ratios are taken within
a round, so that a busy machine weighs on both sides alike; printed are the median and the spread over rounds.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.edge_pipeline.street import ANALYSED_FPS, FPS, furnish, write_street
from benchmarks.edge_pipeline.workers import work_bare, work_box
from deploy.local.servers import NatsBroker, RtspServer
from edge.configuration.settings import ModelSettings
from edge.networks.street_network import find_network

_COLUMNS = (
    *("box_file", "bare_file", "box_rtsp", "bare_rtsp", "decode", "decode_rtsp", "infer"),
    *("ultralytics", "ultralytics_1", "decoded_per_analysed_file", "decoded_per_analysed_rtsp"),
    *("evidence_file", "evidence_rtsp", "cases_file", "cases_rtsp"),
)
_RATIOS = (
    ("box_file", "bare_file", "1.12"),
    ("box_rtsp", "bare_rtsp", "1.12"),
    ("box_file", "ultralytics", "0.60"),
    ("box_file", "ultralytics_1", "0.95"),
)
_PEER_PICTURES = 50  # analysed pictures in each measurement of the others
_SELF = ("-m", "benchmarks.edge_pipeline")
_ULTRALYTICS = Path(__file__).with_name("peer.py")


def run_worker(python: str, *arguments: str, environ: dict[str, str] | None = None) -> dict[str, float]:
    """Run one measurement in a process of its own; its last line is its answer."""
    done = subprocess.run(
        [python, *arguments], capture_output=True, text=True, check=False, env={**os.environ, **(environ or {})}
    )
    if done.returncode != 0:
        raise RuntimeError(f"{arguments}: {done.stderr[-3000:]}")
    answer: dict[str, float] = json.loads(done.stdout.strip().splitlines()[-1])
    return answer


def one_round(root: Path, number: int, broker: NatsBroker, url: str, options: argparse.Namespace) -> dict[str, float]:
    """All measurements once; milliseconds of CPU per analysed picture."""
    clip, count = root / "clips" / "street.mp4", str(options.pictures)
    boxes = {}
    for kind, address in (("file", f"file:{clip}"), ("rtsp", url)):
        folder = root / f"box-{kind}-{number}"
        furnish(folder, broker, [address] * options.cameras)
        boxes[kind] = run_worker(
            sys.executable, *_SELF, "--worker", "box", "--folder", str(folder), "--pictures", count
        )
    bare = run_worker(sys.executable, *_SELF, "--worker", "bare", "--clip", str(clip), "--url", url)
    row = {f"{name[:-2]}": 1000 * value for name, value in bare.items()}
    for kind, box in boxes.items():
        decoded_per_analysed = box["decoded"] / box["analysed"]
        decode = row["decode" if kind == "file" else "decode_rtsp"]
        row[f"box_{kind}"] = 1000 * box["cpu_s"] / box["analysed"]
        row[f"bare_{kind}"] = decode * decoded_per_analysed + row["infer"]
        row[f"decoded_per_analysed_{kind}"] = decoded_per_analysed
        row[f"cases_{kind}"] = box["cases"]
        row[f"evidence_{kind}"] = 1000 * box["evidence_s"] / box["analysed"]
    if options.ultralytics_python:
        script = str(_ULTRALYTICS)
        weights = str(find_network(ModelSettings(name="street-n"), Path()).path)
        common = ["--clip", str(clip), "--weights", weights, "--stride", str(FPS // ANALYSED_FPS)]
        common += ["--pictures", str(_PEER_PICTURES)]
        for name, extra in (("ultralytics", []), ("ultralytics_1", ["--one-thread"])):
            answer = run_worker(options.ultralytics_python, script, *common, *extra)
            row[name] = 1000 * answer["cpu_s"] / answer["analysed"]
    return row


def print_rows(rows: list[dict[str, float]]) -> None:
    """Print the table."""

    def column(values: list[float]) -> str:
        return f"{statistics.median(values):7.2f}   {min(values):7.2f} .. {max(values):7.2f}"

    print(f"{len(rows)} rounds; CPU ms per analysed picture: median, least .. most")
    for name in _COLUMNS:
        if name in rows[0]:
            print(f"  {name:<28} {column([row[name] for row in rows])}")
    print("ratios within a round: median, least .. most")
    for ours, theirs, limit in _RATIOS:
        if theirs in rows[0]:
            ratios = [row[ours] / row[theirs] for row in rows]
            print(f"  {ours} / {theirs:<18} {column(ratios)}   (wanted: at most {limit})")


def print_memory(root: Path, broker: NatsBroker, url: str, seconds: float) -> None:
    """Print the peak memory of boxes with 1 and 4 cameras, with full rings."""
    peaks = {}
    for cameras in (1, 4):
        folder = root / f"memory-{cameras}"
        furnish(folder, broker, [url] * cameras)
        arguments = ["--worker", "box", "--folder", str(folder), "--pictures", "1000000", "--seconds", str(seconds)]
        peaks[cameras] = run_worker(sys.executable, *_SELF, *arguments)["peak_mb"]
    added_mb = (peaks[4] - peaks[1]) / 3
    print(f"peak memory: {peaks[1]:.0f} MB with 1 camera, {peaks[4]:.0f} MB with 4, {added_mb:.1f} MB per added camera")


def main() -> None:
    """Measure, or be one of the measured processes."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--ultralytics-python", help="a Python with ultralytics, lap and onnxruntime")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--street", type=Path, help="a 1080p clip to use in place of the film's scenes")
    parser.add_argument("--pictures", type=int, default=560, help="analysed pictures in each measurement of the box")
    parser.add_argument("--cameras", type=int, default=2, help="cameras of the box")
    parser.add_argument("--memory", action="store_true", help="measure peak memory as well")
    parser.add_argument("--worker", choices=["box", "bare"])
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--clip", type=Path)
    parser.add_argument("--url")
    parser.add_argument("--seconds", type=float, default=120.0)
    options = parser.parse_args()
    if options.worker == "box":
        print(json.dumps(work_box(options.folder, options.pictures, options.seconds)))
        return
    if options.worker == "bare":
        print(json.dumps(work_bare(options.clip, options.url, _PEER_PICTURES)))
        return
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "clips").mkdir()
        if options.street:
            shutil.copy(options.street, root / "clips" / "street.mp4")
        else:
            write_street(root / "clips" / "street.mp4")
        with NatsBroker(root / "broker") as broker, RtspServer(root / "clips", ["street.mp4"]) as cameras:
            url = cameras.url("street.mp4")
            rows = []
            for number in range(options.rounds):
                rows.append(one_round(root, number, broker, url, options))
                print(json.dumps({key: round(value, 2) for key, value in rows[-1].items()}), flush=True)
            if rows:
                print_rows(rows)
            if options.memory:
                print_memory(root, broker, url, seconds=45.0)


if __name__ == "__main__":
    main()
