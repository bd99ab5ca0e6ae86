"""One side of the edge benchmark: ``ultralytics`` ``model.track`` on a clip, in a Python of its own.

Run by ``benchmarks.edge_pipeline`` with the interpreter given to it; prints JSON: analysed pictures and CPU seconds.
"""

import argparse
import json
import resource
from typing import Any

import onnxruntime as ort

WARM_UP = 5


def cpu_s() -> float:
    """User and system seconds of this process so far."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def hold_runtime_to_one_thread() -> None:
    """Every ONNX Runtime session of this process gets one thread and does not spin."""
    opened = ort.InferenceSession

    def open_with_one_thread(model: str, sess_options: Any = None, **arguments: Any) -> Any:
        options = sess_options or ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return opened(model, options, **arguments)

    ort.InferenceSession = open_with_one_thread


def main() -> None:
    """Track every n-th picture of the clip."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--clip", required=True)
    parser.add_argument("--weights", required=True)
    parser.add_argument("--stride", type=int, required=True)
    parser.add_argument("--pictures", type=int, required=True)
    parser.add_argument("--one-thread", action="store_true")
    arguments = parser.parse_args()
    if arguments.one_thread:
        hold_runtime_to_one_thread()
    from ultralytics import YOLO  # noqa: PLC0415 - after the runtime is held

    model = YOLO(arguments.weights, task="detect")
    results = model.track(
        arguments.clip,
        imgsz=(384, 640),
        vid_stride=arguments.stride,
        stream=True,
        conf=0.25,
        persist=True,
        verbose=False,
        device="cpu",
    )
    objects, began_s, analysed = 0, 0.0, 0
    for number, result in enumerate(results):
        if number == WARM_UP:
            began_s = cpu_s()
        if number >= WARM_UP:
            analysed += 1
            objects += len(result.boxes)
        if analysed == arguments.pictures:
            break
    print(json.dumps({"analysed": analysed, "cpu_s": cpu_s() - began_s, "objects": objects}))


if __name__ == "__main__":
    main()
