"""From a real stream: the still of a moment is the very picture that was analysed, also when it was held."""

import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from deploy.local.servers import RtspServer
from domain.camera import CameraConfig, Position, Stream
from domain.cases.case import Case, CaseMoment
from domain.cases.evidence import CaseMessage, FileRole
from domain.event import Hold
from edge.evidence.evidence_line import EvidenceLine
from edge.evidence.keeper import EvidenceKeeper
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from ingest.live.rtsp import RtspSource
from plumbing.package_checks import verify_package
from plumbing.signing import generate_key
from plumbing.system_clock import SystemClock
from tests.builders.cases import build_case
from tests.builders.numbered_video import HEIGHT_PX, WIDTH_PX, number_of, write_numbered_video

pytestmark = pytest.mark.server

BOX = (100.0, 60.0, 160.0, 120.0)
WH = (WIDTH_PX, HEIGHT_PX)
LIMIT_S = 60.0


@dataclass(slots=True, kw_only=True)
class Camera:
    """One stream with its keeper, and which number each analysed picture carried."""

    source: RtspSource
    keeper: EvidenceKeeper
    seen: dict[datetime, int] = field(default_factory=dict)

    def look(self) -> None:
        frame = self.source.read(0.02)
        if frame is not None:
            self.seen[frame.captured_at] = number_of(frame.image_bgr)
            self.keeper.note(frame.captured_at, frame.resolution_wh, (), {})

    def span_s(self) -> float:
        return (max(self.seen) - min(self.seen)).total_seconds() if self.seen else 0.0


def moment(name: str, at: datetime) -> CaseMoment:
    return CaseMoment(name=name, at=at, box_xyxy_px=BOX)


def test_stills_of_h264_and_h265_streams_are_the_pictures_that_were_analysed(tmp_path: Path) -> None:
    clock, problems, signer = SystemClock(), ProblemBoard(), generate_key(tmp_path / "key")
    clips = tmp_path / "clips"
    clips.mkdir()
    codecs = {"h264": ("libx264", 2), "h265": ("libx265", 0)}
    for name, (codec, b_frames) in codecs.items():
        write_numbered_video(clips / f"{name}.mp4", [n * 0.04 for n in range(500)], codec=codec, b_frames=b_frames)
    outbox = Outbox.open(tmp_path / "data", clock=clock, problems=problems)
    evidence = EvidenceLine.of(outbox, signer=signer, clock=clock, problems=problems)
    evidence.stages.start()
    with RtspServer(clips) as server:
        cameras = {
            name: camera_of(name, server.url(f"{name}.mp4"), evidence, holds=tmp_path / "data" / "holds")
            for name in codecs
        }
        cases = watch(cameras)
        for camera in cameras.values():
            assert camera.keeper.drain(30.0)
            camera.source.close()
    evidence.stages.close()

    for name, case in cases.items():
        content = outbox.message(case.case_id)
        assert content is not None
        manifest = CaseMessage.model_validate_json(content).manifest
        assert not [gap for gap in manifest.gaps if "before the moment" not in gap], name
        folder = outbox.package_folder(case.case_id)
        stills = [file for file in manifest.files if file.role is FileRole.STILL_FULL]
        assert len(stills) == len(case.moments)
        assert (folder / "clip-first-sighting.mp4").exists(), "the held moment has a clip of its own"
        for still in stills:
            image = cv2.imread(str(folder / still.name))
            assert image is not None
            wanted = next(number for at, number in cameras[name].seen.items() if truncated(at) == still.at)
            assert number_of(image.astype(np.uint8)) == wanted, f"{name}: {still.name}"
        assert verify_package(folder, {signer.key_id: signer.public_key}).is_valid
    outbox.close()


def truncated(at: datetime) -> datetime:
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def camera_of(name: str, url: str, evidence: EvidenceLine, *, holds: Path) -> Camera:
    clock = SystemClock()
    config = CameraConfig(
        id=name,
        version=1,
        name=name,
        road="Lê Lợi",
        ward="Thuận Hóa",
        position=Position(latitude_deg=16.46, longitude_deg=107.59),
        heading_deg=90.0,
        stream=Stream(url=url),
        reference_still_wh=WH,
    )
    source = RtspSource(camera_id=name, url=url, clock=clock, analysed_fps=8, ring_s=6.0)
    keeper = EvidenceKeeper(
        camera=config,
        source=source,
        line=evidence,
        directory=holds / name,
        clock=clock,
    )
    return Camera(source=source, keeper=keeper)


def watch(cameras: dict[str, Camera]) -> dict[str, Case]:
    """Hold a moment early, collect a case at its end, and look on until its clip has ended."""
    held: dict[str, datetime] = {}
    cases: dict[str, Case] = {}
    deadline = time.monotonic() + LIMIT_S
    while any(camera.span_s() < 14.5 for camera in cameras.values()):
        assert time.monotonic() < deadline, {name: camera.span_s() for name, camera in cameras.items()}
        for name, camera in cameras.items():
            camera.look()
            if name not in held and camera.span_s() > 1.0:
                held[name] = max(camera.seen)
                camera.keeper.hold(Hold(key="stay:1", at=held[name]))
            if name not in cases and camera.span_s() > 9.0:  # the ring of six seconds has forgotten the held one
                *_, before, last = sorted(camera.seen)
                moments = (moment("first_sighting", held[name]), moment("before", before), moment("last", last))
                cases[name] = build_case(
                    camera_id=name, began_at=held[name], ended_at=last, moments=moments, resolution_wh=WH
                )
                camera.keeper.collect(cases[name])
    return cases
