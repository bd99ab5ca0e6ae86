"""What lies in a privacy mask is in no picture that leaves the sealed original."""

import io
import json
from datetime import datetime, timedelta
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from domain.camera import CameraConfig, Position, Stream, Zone, ZoneKind
from domain.cases.case import CaseMoment
from edge.evidence.evidence_line import EvidenceLine
from edge.evidence.masking import masked
from edge.evidence.seen_rows import OverlayRow, OverlayTrack
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from plumbing.signing import generate_key
from tests.builders.box_fakes import NOON, ManualClock
from tests.builders.cases import build_case
from tests.builders.numbered_video import HEIGHT_PX, WIDTH_PX, write_numbered_video
from tests.builders.plate_pipelines import NumberPipeline
from tests.builders.recording import Recording

SIZE_WH = (WIDTH_PX, HEIGHT_PX)
BOX = (50.0, 60.0, 270.0, 160.0)  # across the mask's edge
RIGHT_HALF = ((0.5, 0.0), (1.0, 0.0), (1.0, 1.0), (0.5, 1.0))
GREY = 128


def at(number: int) -> datetime:
    return NOON + timedelta(seconds=number * 0.04)


def camera(*zones: Zone) -> CameraConfig:
    return CameraConfig(
        id="cam-1",
        version=1,
        name="Lê Lợi 1",
        road="Lê Lợi",
        ward="Thuận Hóa",
        position=Position(latitude_deg=16.46, longitude_deg=107.59),
        heading_deg=90.0,
        stream=Stream(url="file:numbered.mp4"),
        reference_still_wh=SIZE_WH,
        zones=zones,
    )


def is_grey(picture: NDArray[np.uint8]) -> bool:
    return bool(np.abs(picture.astype(int) - GREY).max() <= 6)  # JPEG


def test_stills_crops_and_plate_views_are_masked_and_the_original_is_not(tmp_path: Path) -> None:
    path = tmp_path / "numbered.mp4"
    write_numbered_video(path, [number * 0.04 for number in range(500)])
    track = OverlayTrack(track_id=1, label="motorcycle", box_xyxy_px=BOX, observed=True)
    recording = Recording(path, [OverlayRow(at=at(205), resolution_wh=SIZE_WH, tracks=(track,), signals=())])
    problems, pipeline = ProblemBoard(), NumberPipeline()
    outbox = Outbox.open(
        tmp_path / "data", clock=ManualClock(), problems=problems, min_free_bytes=0, reserve_bytes=4096
    )
    line = EvidenceLine.of(
        outbox, signer=generate_key(tmp_path / "key"), clock=ManualClock(), problems=problems, plate_pipeline=pipeline
    )
    case = build_case(
        began_at=at(200),
        ended_at=at(210),
        moments=(CaseMoment(name="before_line", at=at(200), box_xyxy_px=BOX),),
        resolution_wh=SIZE_WH,
    )
    case = case.model_copy(update={"subject": case.subject.model_copy(update={"track_ids": (1,)})})
    mask = Zone(id="window", kind=ZoneKind.PRIVACY_MASK, polygon_norm=RIGHT_HALF)
    outbox.record(case)
    assert line.builder.build(case, line.cutter.cut(case, camera(mask), recording))
    recording.close()
    folder = outbox.package_folder(case.case_id)

    full = cv2.imread(str(folder / "still-before-line.jpg"))
    assert full is not None
    assert is_grey(full[:, 168:])
    assert not is_grey(full[:, :150])
    crop = cv2.imread(str(folder / "crop-before-line.jpg"))
    assert crop is not None
    assert is_grey(crop[:, -80:])
    views = [sight.picture_bgr for sight in pipeline.sights]
    assert views
    assert all(is_grey(view[:, -60:]) for view in views)
    overlay = json.loads((folder / "overlay.json").read_text())
    assert overlay["masks"] == [[list(point) for point in RIGHT_HALF]]
    with av.open(io.BytesIO((folder / "clip.mp4").read_bytes())) as container:
        original = next(container.decode(video=0)).to_ndarray(format="bgr24")
    assert not is_grey(original[:, 168:312])
    outbox.close()


def test_a_picture_without_masks_is_the_very_same_array() -> None:
    picture = np.zeros((4, 4, 3), np.uint8)
    assert masked(picture, ()) is picture


def test_a_mask_fits_whatever_size_the_picture_has_and_never_writes_to_it() -> None:
    for height, width in ((90, 160), (1080, 1920)):
        picture = np.zeros((height, width, 3), np.uint8)
        shown = masked(picture, [RIGHT_HALF])
        assert not picture.any()
        assert shown[:, width // 2 + 1 :].mean() == pytest.approx(GREY)
        assert not shown[:, : width // 2 - 1].any()
