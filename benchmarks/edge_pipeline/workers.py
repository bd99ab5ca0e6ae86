"""What is measured, each in a process of its own: a whole box, and its bare parts."""

import threading
import time
from pathlib import Path

import av
import cv2
import numpy as np

from benchmarks.edge_pipeline.street import ANALYSED_FPS, FPS
from benchmarks.edge_pipeline.usage import cpu_s, evidence_cpu_s, peak_memory_mb
from benchmarks.pictures import bgr_of
from detectors.letterbox import write_input
from detectors.sessions import open_session
from domain.fleet.camera_reports import WantedDrawing
from edge.camera_door.wanted_drawings import DrawingRefused
from edge.configuration.settings import BoxSettings, ModelSettings
from edge.networks.street_network import find_network
from edge.wiring.box import running_box

WARM_UP_PICTURES = 15
_LOOK_S = 0.5  # seldom, as each look at the box's figures costs CPU


def _keep_files(_wanted: WantedDrawing) -> str:
    raise DrawingRefused("cameras of a benchmark stay as they are")


def work_box(folder: Path, pictures: int, seconds: float) -> dict[str, float]:
    """Run a box in this process until its cameras have analysed so many pictures in all, or for so long."""
    cv2.setNumThreads(1)  # as `matthan edge run` does
    settings = BoxSettings.model_validate_json((folder / "box.json").read_text("utf-8"))
    with running_box(settings, folder=folder, environ={"BENCH_KEY": "key"}, write_drawing=_keep_files) as box:
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
                write_input(bgr_of(frame), slot, rgb=True, scale=spec.scale, pad_value=spec.pad_value)
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
