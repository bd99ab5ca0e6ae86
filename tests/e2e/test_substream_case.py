"""A case found in a camera's sub-stream: its moments, boxes and pictures are those of the main stream."""

import time
from contextlib import ExitStack
from pathlib import Path

import av
import cv2
import pytest

from detectors.tracking.tracker import SteadyTracker
from domain.camera import Stream
from domain.cases.case import Case
from domain.law.catalogue import built_in_catalogue
from edge.box.cameras import Cameras
from edge.box.pipeline import Pipeline
from edge.evidence.evidence_line import EvidenceLine
from edge.evidence.keeper import EvidenceKeeper
from edge.evidence.stills import file_stem
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from edge.run.run_maker import RunMaker
from ingest.open_source import open_source
from plumbing.signing import generate_key
from plumbing.system_clock import SystemClock
from tests.builders.lamp_street import FPS, SECONDS, SIZE_WH, BlueDetector, blue_box, lamp_camera, street
from tests.builders.scripted_camera import Script, ScriptedCamera
from tests.builders.synthetic_video import Recipe, coded, steady

pytestmark = pytest.mark.server

SUB_WH = (SIZE_WH[0] // 2, SIZE_WH[1] // 2)
WAIT_S = 90.0
NEAR_PX = 12.0  # a picture's way of the car, the sub-stream's coarser pixels, and lossy coding


def script(size_wh: tuple[int, int], keyframe_every: int) -> Script:
    pictures = (
        cv2.resize(street(number / FPS), size_wh, interpolation=cv2.INTER_AREA) for number in range(SECONDS * FPS)
    )
    sent = coded(pictures, steady(SECONDS * FPS), Recipe(size_wh=size_wh, keyframe_every=keyframe_every))
    return Script(pictures=sent, report_offset_s=0.0, in_step_s=float(SECONDS))


def test_a_red_light_seen_in_the_sub_stream_is_proved_by_the_main_stream(tmp_path: Path) -> None:
    clock, detector = SystemClock(), BlueDetector()
    problems = ProblemBoard(clock)
    with ExitStack() as stack:
        main = stack.enter_context(ScriptedCamera(script(SIZE_WH, FPS)))
        sub = stack.enter_context(ScriptedCamera(script(SUB_WH, FPS)))
        outbox = Outbox.open(tmp_path / "data", clock=clock, problems=problems)
        stack.callback(outbox.close)
        sealed: list[Case] = []
        line = EvidenceLine.of(
            outbox,
            signer=generate_key(tmp_path / "keys"),
            clock=clock,
            problems=problems,
            on_sealed=sealed.append,
        )
        line.stages.start()
        stack.callback(line.stages.close)
        cameras = Cameras(
            open_source=lambda camera, told: open_source(camera, clock=clock, secrets={}, on_health=told),
            keep_evidence=lambda camera, source, name: EvidenceKeeper(
                camera=camera, source=source, line=line, directory=tmp_path / "holds" / name, clock=clock
            ),
            runs=RunMaker(
                box_id="box-1",
                catalogue=built_in_catalogue(),
                detector=detector.model,
                make_tracker=lambda ids: SteadyTracker(ids=ids),
            ),
            problems=problems,
            clock=clock,
            on_health=lambda _event: None,
        )
        camera = lamp_camera(Stream(url=main.url, analysed_url=sub.url, analysed_fps=8))
        pipeline = Pipeline(detector=detector, batch_size=1, problems=problems, clock=clock)
        pipeline.cameras[camera.id] = cameras.open(camera)
        stack.callback(cameras.drain, 5.0)
        until_s = time.monotonic() + WAIT_S
        while not sealed:
            assert time.monotonic() < until_s, problems.texts()
            if pipeline.round() == 0:
                time.sleep(0.005)
        case = sealed[0]
        folder = outbox.package_folder(case.case_id)
        assert case.violation.code == "RED_LIGHT"
        assert case.resolution_wh == SIZE_WH
        with av.open(str(folder / "clip.mp4")) as clip:
            stream = clip.streams.video[0]
            assert (stream.codec_context.width, stream.codec_context.height) == SIZE_WH
        for moment in case.moments:
            image = cv2.imread(str(folder / f"still-{file_stem(moment.name, [])}.jpg"))
            assert image is not None
            shown = blue_box(image.astype("uint8"))
            assert shown is not None, moment.name
            assert max(abs(one - other) for one, other in zip(shown, moment.box_xyxy_px, strict=True)) < NEAR_PX
