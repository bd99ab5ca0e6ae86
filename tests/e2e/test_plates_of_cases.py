"""From a vehicle that drives through a real clip to the plate in its sealed case, with the networks that ship."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from deploy.plate_renderer import PlateText
from detectors.plates.pipeline import PlatePipeline
from domain.cases.case import Case, CaseMoment
from domain.cases.evidence import CaseMessage, FileRole
from domain.geometry import BoxPx, box_iou
from domain.plates.reasons import MAY_BE_COVERED
from edge.configuration.settings import PlateSettings
from edge.evidence.evidence_line import EvidenceLine
from edge.evidence.seen_rows import OverlayRow, OverlayTrack
from edge.health.problems import ProblemBoard
from edge.networks.plate_networks import open_plate_pipeline
from edge.outbox.outbox import Outbox
from plumbing.package_checks import verify_package
from plumbing.signing import BoxSigner, generate_key
from tests.builders.box_fakes import NOON, ManualClock
from tests.builders.cases import build_case
from tests.builders.plates import VehiclePicture, vehicle_picture_with_plate
from tests.builders.recording import Recording
from tests.builders.synthetic_video import Recipe, encode_pictures

SIZE_WH = (960, 540)
FPS = 4
PICTURES = 44  # eleven seconds
CAR = PlateText(kind="car", colour="white", size="car_short", lines=("75A", "678.92"))
CLOTH_BGR = (70, 40, 40)
MOTORBIKE = PlateText(kind="motorbike", colour="white", size="motorbike", lines=("75-F1", "123.45"))


@dataclass(frozen=True, kw_only=True)
class Drive:
    """One vehicle and where its plate is at each moment: from one place and width to another, in pixels."""

    track_id: int
    plate: PlateText
    start: tuple[float, float, float]  # x, y of the plate's middle, its width
    end: tuple[float, float, float]
    covered: bool = False  # its lower line, by a cloth

    @property
    def kind(self) -> str:
        return "car" if self.plate is CAR else "motorbike"


@cache
def picture_with(drive: Drive, number: int) -> VehiclePicture:
    """The drive's vehicle alone on the road."""
    share = number / (PICTURES - 1)
    x, y, width = (a + share * (b - a) for a, b in zip(drive.start, drive.end, strict=True))
    return vehicle_picture_with_plate(
        drive.track_id,
        vehicle="car" if drive.plate is CAR else "motorbike",
        plate=drive.plate,
        size_wh=SIZE_WH,
        centre_px=(x, y),
        plate_width_px=width,
        severity=0.05,
    )


def at(number: int) -> datetime:
    return NOON + timedelta(seconds=number / FPS)


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What a camera filmed: later drives are nearer to it and hide earlier ones."""

    video: Path
    rows: tuple[OverlayRow, ...]
    plates: Mapping[int, Sequence[BoxPx]]  # by track: where its plate is in each picture


def film(folder: Path, *drives: Drive) -> Scene:
    """Film some drives."""
    pictures: list[NDArray[np.uint8]] = []
    rows: list[OverlayRow] = []
    plates: dict[int, list[BoxPx]] = {drive.track_id: [] for drive in drives}
    for number in range(PICTURES):
        picture: NDArray[np.uint8] | None = None
        tracks = []
        for drive in drives:
            seen = picture_with(drive, 0 if drive.start == drive.end else number)
            x1, y1, x2, y2 = (round(side) for side in seen.vehicle_box_xyxy_px)
            if picture is None:
                picture = seen.picture_bgr.copy()
            picture[y1:y2, x1:x2] = seen.picture_bgr[y1:y2, x1:x2]
            if drive.covered:
                left, top, right, bottom = (round(side) for side in seen.plate_box_xyxy_px)
                picture[(top + bottom) // 2 : bottom + 3, left - 3 : right + 3] = CLOTH_BGR
            label = "car" if drive.plate is CAR else "motorcycle"
            tracks.append(
                OverlayTrack(track_id=drive.track_id, label=label, box_xyxy_px=seen.vehicle_box_xyxy_px, observed=True)
            )
            plates[drive.track_id].append(seen.plate_box_xyxy_px)
        assert picture is not None
        pictures.append(picture)
        rows.append(OverlayRow(at=at(number), resolution_wh=SIZE_WH, tracks=tuple(tracks), signals=()))
    times_ms = [round(number * 1000 / FPS) for number in range(PICTURES)]
    video = folder / "street.mp4"
    encode_pictures(video, pictures, times_ms, Recipe(size_wh=SIZE_WH, b_frames=2), form="mp4")
    return Scene(video=video, rows=tuple(rows), plates=plates)


class Bench:
    """Seals cases of a scene as the evidence stages do."""

    def __init__(self, folder: Path, signer: BoxSigner, pipeline: PlatePipeline) -> None:
        self._signer, self._clock, self._pipeline = signer, ManualClock(), pipeline
        self.problems = ProblemBoard()
        self.outbox = Outbox.open(
            folder / "data", clock=self._clock, problems=self.problems, min_free_bytes=0, reserve_bytes=4096
        )

    def seal(self, scene: Scene, drive: Drive) -> CaseMessage:
        """The sealed case of one of the vehicles."""
        case = case_of(drive, scene)
        self.outbox.record(case)
        line = EvidenceLine.of(
            self.outbox,
            signer=self._signer,
            clock=self._clock,
            problems=self.problems,
            plate_pipeline=self._pipeline,
        )
        recording = Recording(scene.video, scene.rows)
        assert line.builder.build(case, line.cutter.cut(case, None, recording))
        recording.close()
        assert self.problems.texts() == ()
        content = self.outbox.message(case.case_id)
        assert content is not None
        assert verify_package(self.folder(case), {self._signer.key_id: self._signer.public_key}).is_valid
        return CaseMessage.model_validate_json(content)

    def folder(self, case: Case) -> Path:
        return self.outbox.package_folder(case.case_id)


def case_of(drive: Drive, scene: Scene) -> Case:
    moments = tuple(
        CaseMoment(name=name, at=at(number), box_xyxy_px=box_of(scene, drive, number))
        for name, number in (("before_line", 20), ("after_line", 24))
    )
    case = build_case(
        code="RED_LIGHT",
        vehicle_kind=drive.kind,
        subject_key=f"track:{drive.track_id}",
        began_at=moments[0].at,
        ended_at=moments[-1].at,
        moments=moments,
        resolution_wh=SIZE_WH,
    )
    return case.model_copy(update={"subject": case.subject.model_copy(update={"track_ids": (drive.track_id,)})})


def box_of(scene: Scene, drive: Drive, number: int) -> BoxPx:
    return next(track.box_xyxy_px for track in scene.rows[number].tracks if track.track_id == drive.track_id)


@pytest.fixture(scope="module")
def pipeline() -> PlatePipeline:
    pipeline = open_plate_pipeline(PlateSettings(enabled=True), Path())
    assert pipeline is not None
    return pipeline


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> BoxSigner:
    return generate_key(tmp_path_factory.mktemp("key"))


@pytest.fixture
def bench(tmp_path: Path, signer: BoxSigner, pipeline: PlatePipeline) -> Iterator[Bench]:
    bench = Bench(tmp_path, signer, pipeline)
    yield bench
    bench.outbox.close()


@pytest.mark.parametrize("plate", [MOTORBIKE, CAR], ids=["motorbike", "car"])
def test_the_plate_of_a_vehicle_that_drives_by_stands_in_its_sealed_case_and_is_shown(
    bench: Bench, tmp_path: Path, pipeline: PlatePipeline, plate: PlateText
) -> None:
    drive = Drive(track_id=1, plate=plate, start=(350.0, 200.0, 55.0), end=(560.0, 340.0, 95.0))
    scene = film(tmp_path, drive)
    message = bench.seal(scene, drive)
    found = message.case.plate
    assert (found.status, found.text) == ("agreed", plate.text), found.reason
    assert len(found.character_confidences) == len(plate.text)
    assert found.models == pipeline.models
    kept = [read for read in found.reads if read.dropped_because is None]
    assert len({read.at for read in kept}) >= 2
    assert {read.text for read in kept} == {plate.text}
    for read in kept:
        assert box_iou(read.box_xyxy_px, scene.plates[1][picture_at(read.at)]) > 0.4

    manifest = message.manifest
    best = next(file for file in manifest.files if file.name == "plate-1.jpg")
    assert best.role is FileRole.PLATE_CROP
    assert best.box_xyxy_px is not None
    assert best.at is not None
    full = next(
        file
        for file in manifest.files
        if file.role is FileRole.STILL_FULL and (file.clip, file.at) == (best.clip, best.at)
    )
    folder = bench.folder(message.case)
    left, top, right, bottom = (round(side) for side in best.box_xyxy_px)
    there = picture_of(folder / full.name)[top:bottom, left:right].astype(int)
    assert abs(there - picture_of(folder / best.name)).mean() < 6.0, "the crop is that part of that picture"
    true_box = scene.plates[1][picture_at(best.at)]
    assert box_iou((left, top, right, bottom), true_box) > 0.4


def test_the_plate_of_a_vehicle_that_stands_before_another_is_never_the_others(bench: Bench, tmp_path: Path) -> None:
    car = Drive(track_id=1, plate=CAR, start=(480.0, 300.0, 80.0), end=(480.0, 300.0, 80.0))
    motorbike = Drive(track_id=2, plate=MOTORBIKE, start=(350.0, 300.0, 60.0), end=(350.0, 300.0, 60.0))
    scene = film(tmp_path, car, motorbike)
    of_car, of_motorbike = (bench.seal(scene, drive).case.plate for drive in (car, motorbike))
    assert of_car.text in {CAR.text, None}
    assert MOTORBIKE.text not in {read.text for read in of_car.reads}
    assert of_motorbike.text in {MOTORBIKE.text, None}
    assert CAR.text not in {read.text for read in of_motorbike.reads}


def test_a_covered_plate_is_told_in_the_sealed_case_with_its_pictures(bench: Bench, tmp_path: Path) -> None:
    drive = Drive(track_id=1, plate=MOTORBIKE, start=(350.0, 220.0, 100.0), end=(560.0, 300.0, 120.0), covered=True)
    message = bench.seal(film(tmp_path, drive), drive)
    assert (message.case.plate.text, message.case.plate.reason) == (None, MAY_BE_COVERED)
    assert any(file.role is FileRole.PLATE_CROP for file in message.manifest.files), "for who reviews it to look at"


def test_a_plate_is_read_only_where_its_vehicle_stands_free(bench: Bench, tmp_path: Path) -> None:
    car = Drive(track_id=1, plate=CAR, start=(300.0, 300.0, 80.0), end=(300.0, 300.0, 80.0))
    motorbike = Drive(track_id=2, plate=MOTORBIKE, start=(300.0, 330.0, 60.0), end=(800.0, 330.0, 60.0))
    scene = film(tmp_path, car, motorbike)
    found = bench.seal(scene, motorbike).case.plate
    assert (found.status, found.text) == ("agreed", MOTORBIKE.text), found.reason
    for read in found.reads:
        if read.dropped_because is None:
            number = picture_at(read.at)
            x1, _, x2, _ = scene.plates[2][number]
            assert box_of(scene, car, number)[2] <= x1 + (x2 - x1) / 4, "the car's box reaches no nearer than a rim"


def picture_at(instant: datetime) -> int:
    return round((instant - NOON).total_seconds() * FPS)


def picture_of(path: Path) -> NDArray[np.uint8]:
    image = cv2.imread(str(path))
    assert image is not None
    return image.astype(np.uint8)
