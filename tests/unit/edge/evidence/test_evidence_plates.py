"""The plate of a case is read in its package's own clips, and no failure to read it costs the package."""

import logging
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from detectors.plates.sight import PlateCrop, PlateFinding, VehicleSight
from domain.cases.case import Case, CaseMoment
from domain.cases.evidence import CaseMessage, EvidenceFile, FileRole
from domain.geometry import BoxPx, SizeWh
from domain.plates import reasons as plate_reasons
from domain.plates.reading import PlateRead, PlateReading
from edge.evidence.evidence_line import EvidenceLine
from edge.evidence.plates.case_plates import PlatePipeline
from edge.evidence.seen_rows import OverlayRow, OverlayTrack
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from plumbing.package_checks import verify_package
from plumbing.signing import BoxSigner, generate_key
from tests.builders.box_fakes import NOON, ManualClock
from tests.builders.cases import build_case
from tests.builders.numbered_video import HEIGHT_PX, WIDTH_PX, number_of, write_numbered_video
from tests.builders.plate_pipelines import INFERENCE_FAILED, TEXT, NumberPipeline
from tests.builders.recording import Recording

FRAME_S = 0.04
SIZE_WH = (WIDTH_PX, HEIGHT_PX)
BOX = (50.0, 60.0, 270.0, 160.0)  # so wide that the view of it spells the picture's number
OTHER = (240.0, 60.0, 310.0, 140.0)
VIEW_TOP = 35.0  # a quarter of the vehicle's height above it


def in_view(box: BoxPx) -> BoxPx:
    """A box of the picture as the networks are told it."""
    return (box[0], box[1] - VIEW_TOP, box[2], box[3] - VIEW_TOP)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("video") / "numbered.mp4"
    write_numbered_video(path, [n * FRAME_S for n in range(500)])
    return path


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> BoxSigner:
    return generate_key(tmp_path_factory.mktemp("key"))


def at(number: int) -> datetime:
    return NOON + timedelta(seconds=number * FRAME_S)


def track(track_id: int = 1, box: BoxPx = BOX, *, label: str = "motorcycle", observed: bool = True) -> OverlayTrack:
    return OverlayTrack(track_id=track_id, label=label, box_xyxy_px=box, observed=observed)


def row(number: int, *tracks: OverlayTrack, size_wh: SizeWh = SIZE_WH) -> OverlayRow:
    return OverlayRow(at=at(number), resolution_wh=size_wh, tracks=tracks, signals=())


class Bench:
    """Builds packages of one recording with one pipeline."""

    def __init__(self, folder: Path, video: Path, signer: BoxSigner) -> None:
        self._video, self._signer = video, signer
        self._clock = ManualClock()
        self.problems = ProblemBoard()
        self.outbox = Outbox.open(
            folder, clock=self._clock, problems=self.problems, min_free_bytes=0, reserve_bytes=4096
        )
        self.sealed: list[Case] = []
        self.gone = False

    def build(self, pipeline: PlatePipeline | None, *rows: OverlayRow, case: Case | None = None) -> CaseMessage:
        case = case_of() if case is None else case
        self.outbox.record(case)
        line = EvidenceLine.of(
            self.outbox,
            signer=self._signer,
            clock=self._clock,
            problems=self.problems,
            plate_pipeline=pipeline,
            on_sealed=self.sealed.append,
        )
        video = Recording(self._video, rows)
        video.gone = self.gone
        assert line.builder.build(case, line.cutter.cut(case, None, video))
        video.close()
        content = self.outbox.message(case.case_id)
        assert content is not None
        return CaseMessage.model_validate_json(content)

    def picture(self, case: Case, name: str) -> np.ndarray:
        image = cv2.imread(str(self.folder(case) / name))
        assert image is not None
        return image

    def folder(self, case: Case) -> Path:
        return self.outbox.package_folder(case.case_id)

    def is_valid(self, case: Case) -> bool:
        return verify_package(self.folder(case), {self._signer.key_id: self._signer.public_key}).is_valid


@pytest.fixture
def bench(tmp_path: Path, video: Path, signer: BoxSigner) -> Iterator[Bench]:
    bench = Bench(tmp_path, video, signer)
    yield bench
    bench.outbox.close()


def case_of(*numbers: int, vehicle_kind: str = "motorbike", track_ids: tuple[int, ...] = (1,)) -> Case:
    moments = tuple(CaseMoment(name=f"m{number}", at=at(number), box_xyxy_px=BOX) for number in (numbers or (200, 210)))
    case = build_case(began_at=moments[0].at, ended_at=moments[-1].at, moments=moments, resolution_wh=SIZE_WH)
    subject = case.subject.model_copy(update={"vehicle_kind": vehicle_kind, "track_ids": track_ids})
    return case.model_copy(update={"subject": subject})


def files(message: CaseMessage, role: FileRole) -> list[EvidenceFile]:
    return [file for file in message.manifest.files if file.role is role]


def test_the_plate_is_read_in_the_very_pictures_that_were_analysed_and_shown_with_crop_and_full_picture(
    bench: Bench,
) -> None:
    pipeline = NumberPipeline()
    message = bench.build(pipeline, *(row(number, track()) for number in (150, 155, 193)))
    plate = message.case.plate
    assert (plate.status, plate.text) == ("agreed", TEXT)
    assert [(read.at, read.text) for read in plate.reads] == [(at(n), str(n)) for n in (150, 155, 193)]
    assert pipeline.kinds == ["motorbike"]

    crops = files(message, FileRole.PLATE_CROP)
    assert [(crop.name, crop.clip, crop.at) for crop in crops] == [
        ("plate-1.jpg", "clip.mp4", at(193)),
        ("plate-2.jpg", "clip.mp4", at(155)),
        ("plate-3.jpg", "clip.mp4", at(150)),
    ]
    assert crops[0].box_xyxy_px == (46.0, 146.0, 78.0, 162.0), "the plate with fifteen hundredths on each side"
    assert bench.picture(message.case, "plate-1.jpg").shape[:2] == (16, 32)
    (full,) = [file for file in files(message, FileRole.STILL_FULL) if file.moment is None]
    assert (full.name, full.clip, full.at) == ("still-plate.jpg", "clip.mp4", at(193))
    assert number_of(bench.picture(message.case, full.name)) == 193
    assert message.manifest.gaps == ()
    assert bench.is_valid(message.case)
    assert [case.plate for case in bench.sealed] == [plate]


def test_a_still_of_a_moment_is_not_kept_twice(bench: Bench) -> None:
    message = bench.build(NumberPipeline(), row(195, track()), row(200, track()))
    assert files(message, FileRole.PLATE_CROP)[0].at == at(200)
    assert [file.name for file in files(message, FileRole.STILL_FULL)] == ["still-m200.jpg", "still-m210.jpg"]
    assert bench.is_valid(message.case)


def test_a_moment_called_plate_keeps_its_own_still(bench: Bench) -> None:
    case = case_of()
    case = case.model_copy(update={"moments": (case.moments[0].model_copy(update={"name": "plate"}),)})
    message = bench.build(NumberPipeline(), row(195, track()), case=case)
    assert [(file.name, file.moment) for file in files(message, FileRole.STILL_FULL)] == [
        ("still-plate.jpg", "plate"),
        ("still-plate-2.jpg", None),
    ]


def test_boxes_of_a_smaller_analysed_picture_are_scaled_to_the_clip_and_back(bench: Bench) -> None:
    half_wh = (WIDTH_PX // 2, HEIGHT_PX // 2)
    case = case_of().model_copy(update={"resolution_wh": half_wh})
    half = track(box=(25.0, 30.0, 135.0, 80.0))
    pipeline = NumberPipeline()
    message = bench.build(pipeline, row(195, half, track(9, (120.0, 30.0, 155.0, 70.0)), size_wh=half_wh), case=case)
    assert pipeline.sights[0].vehicle_box_xyxy_px == in_view(BOX)
    assert pipeline.sights[0].other_vehicles_xyxy_px == (in_view(OTHER),)
    assert message.case.plate.reads[0].box_xyxy_px == (25.0, 74.0, 37.0, 80.0), "pixels of the case, as all its boxes"
    assert files(message, FileRole.PLATE_CROP)[0].box_xyxy_px == (46.0, 146.0, 78.0, 162.0), "pixels of the still"


def test_the_other_vehicles_are_told_and_what_carries_no_plate_is_not(bench: Bench) -> None:
    pipeline = NumberPipeline()
    hidden = track(3, (0.0, 0.0, 50.0, 50.0), label="car", observed=False)
    seen = row(
        195, track(2, OTHER, label="truck"), track(), hidden, track(4, label="person"), track(5, label="bicycle")
    )
    bench.build(pipeline, seen)
    assert pipeline.sights[0].other_vehicles_xyxy_px == (in_view(OTHER), in_view((0.0, 0.0, 50.0, 50.0)))


def test_a_vehicle_that_is_told_twice_is_no_other_vehicle(bench: Bench) -> None:
    pipeline = NumberPipeline()
    again = (BOX[0] + 3, BOX[1], BOX[2], BOX[3] - 2)
    bench.build(
        pipeline, row(195, track(label="car"), track(2, again, label="truck")), case=case_of(vehicle_kind="car")
    )
    assert pipeline.sights[0].other_vehicles_xyxy_px == ()


class SmallPlate:
    """Finds a plate at the same place of every view."""

    def __init__(self) -> None:
        self.sights: list[VehicleSight] = []

    def read(self, sights: Sequence[VehicleSight], vehicle_kind: str) -> PlateFinding:
        self.sights += sights
        box = (10.0, 20.0, 34.0, 32.0)
        reads = tuple(PlateRead(at=s.at, box_xyxy_px=box, text=TEXT, character_confidences=(0.9,)) for s in sights)
        reading = PlateReading(status="agreed", text=TEXT, character_confidences=(0.9,), reads=reads)
        return PlateFinding(reading=reading, crops=(PlateCrop(at=sights[0].at, box_xyxy_px=box),))


def test_the_networks_are_shown_the_vehicle_and_what_is_around_it(bench: Bench) -> None:
    pipeline = SmallPlate()
    message = bench.build(
        pipeline, row(195, track(1, (100.0, 80.0, 180.0, 160.0)), track(2, (150.0, 20.0, 250.0, 90.0)))
    )
    (sight,) = pipeline.sights
    assert sight.picture_bgr.shape == (121, 121, 3)
    assert sight.vehicle_box_xyxy_px == (20.0, 20.0, 100.0, 100.0)
    assert sight.other_vehicles_xyxy_px == ((70.0, -40.0, 170.0, 30.0),)
    assert message.case.plate.reads[0].box_xyxy_px == (90.0, 80.0, 114.0, 92.0), "in the whole picture"
    (crop,) = files(message, FileRole.PLATE_CROP)
    assert crop.box_xyxy_px == (86.0, 78.0, 118.0, 94.0)
    still = bench.picture(message.case, "still-plate.jpg").astype(int)
    shown = still[60:181, 80:201] - sight.picture_bgr
    assert abs(shown).mean() < 3.0, "the very part of the very picture, but for the JPEG"


def test_a_picture_is_left_out_where_the_subject_is_not_seen_or_not_known(bench: Bench) -> None:
    pipeline = NumberPipeline()
    bench.build(
        pipeline,
        row(150, track(observed=False)),
        row(155, track(7)),
        row(160, track(1), track(2, OTHER)),  # both belong to the case: which one is it?
        row(165, track(2)),
        row(170, track(), size_wh=(640, 480)),
        row(175),
        case=case_of(track_ids=(1, 2)),
    )
    assert [sight.at for sight in pipeline.sights] == [at(165)]


def test_clips_that_lie_apart_are_both_looked_at(bench: Bench) -> None:
    pipeline = NumberPipeline()
    message = bench.build(pipeline, row(60, track()), row(430, track()), case=case_of(55, 425))
    assert [read.text for read in message.case.plate.reads] == ["60", "430"]
    assert [crop.clip for crop in files(message, FileRole.PLATE_CROP)] == ["clip.mp4", "clip-m55.mp4"]
    assert bench.is_valid(message.case)


@pytest.mark.parametrize(
    ("kind", "reason"),
    [("bicycle", plate_reasons.BICYCLE), ("person/organisation", plate_reasons.NO_VEHICLE)],
)
def test_what_has_no_plate_is_not_looked_at(bench: Bench, kind: str, reason: str) -> None:
    pipeline = NumberPipeline()
    case = case_of(vehicle_kind=kind)
    assert bench.build(pipeline, row(195, track()), case=case).case.plate.reason == reason
    assert pipeline.kinds == []


def test_without_networks_the_plate_is_honestly_unread(bench: Bench) -> None:
    plate = bench.build(None, row(195, track())).case.plate
    assert (plate.status, plate.reason) == ("unread", plate_reasons.NO_READER)


def test_a_vehicle_that_was_not_observed_in_any_clip_is_unread(bench: Bench) -> None:
    message = bench.build(NumberPipeline(), row(195, track(9)))
    assert message.case.plate.reason == plate_reasons.NOT_OBSERVED
    assert message.manifest.gaps == ()


def test_without_video_there_is_nothing_to_read_in(bench: Bench) -> None:
    bench.gone = True
    message = bench.build(NumberPipeline(), row(195, track()))
    assert message.case.plate.reason == plate_reasons.NO_MEDIA
    assert message.manifest.files == ()


class TestFailures:
    @pytest.mark.parametrize("error", [INFERENCE_FAILED, RuntimeError("75F1-123.45"), KeyError(3), MemoryError()])
    def test_a_failure_costs_the_plate_and_nothing_else_and_is_told_without_the_plate(
        self, bench: Bench, error: Exception, caplog: pytest.LogCaptureFixture
    ) -> None:
        with caplog.at_level(logging.DEBUG):
            message = bench.build(NumberPipeline(error=error), row(195, track()))
        assert message.case.plate == plate_unread(plate_reasons.READING_FAILED)
        assert {file.name for file in message.manifest.files} >= {"clip.mp4", "still-m200.jpg", "overlay.json"}
        assert message.manifest.gaps == (), "a gap would keep the case from being confirmed"
        assert any("plates cannot be read" in text for text in bench.problems.texts())
        assert bench.is_valid(message.case)
        told = (
            "".join(bench.problems.texts()) + caplog.text + "".join(str(record.__dict__) for record in caplog.records)
        )
        assert "123.45" not in told

    def test_the_problem_is_over_when_a_plate_can_be_looked_for_again(self, bench: Bench) -> None:
        bench.build(NumberPipeline(error=INFERENCE_FAILED), row(195, track()))
        bench.build(NumberPipeline(), row(195, track()), case=case_of(201))
        assert bench.problems.texts() == ()

    def test_an_agreed_plate_whose_picture_cannot_be_kept_is_none(self, bench: Bench) -> None:
        message = bench.build(NumberPipeline(plate_wh=(0.5, 0.5)), row(195, track()))
        plate = message.case.plate
        assert (plate.status, plate.text, plate.reason) == ("unread", None, plate_reasons.NOT_KEPT)
        assert [read.text for read in plate.reads] == ["195"]
        assert files(message, FileRole.PLATE_CROP) == []
        assert bench.is_valid(message.case)


def plate_unread(reason: str) -> object:
    return case_of().plate.model_copy(update={"reason": reason})


def test_the_plate_is_never_logged(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        bench.build(NumberPipeline(), row(195, track()))
    assert TEXT not in "".join(str(record.__dict__) for record in caplog.records)


def test_the_same_material_gives_the_same_pictures_byte_for_byte(
    tmp_path: Path, video: Path, signer: BoxSigner
) -> None:
    hashes = []
    for life in ("one", "two"):
        bench = Bench(tmp_path / life, video, signer)
        message = bench.build(NumberPipeline(), *(row(number, track()) for number in range(150, 200, 5)))
        hashes.append([(file.name, file.sha256) for file in message.manifest.files])
        bench.outbox.close()
    assert hashes[0] == hashes[1]


class NothingAgreed:
    """Sees a plate and cannot agree on it."""

    def read(self, sights: Sequence[VehicleSight], vehicle_kind: str) -> PlateFinding:
        found = NumberPipeline().read(sights, vehicle_kind)
        lost = {"status": "unread", "text": None, "character_confidences": (), "reason": "no two reads agree"}
        return PlateFinding(reading=found.reading.model_copy(update=lost), crops=found.crops)


def test_an_unread_plate_keeps_its_reads_and_its_pictures_for_the_reviewer(bench: Bench) -> None:
    message = bench.build(NothingAgreed(), row(195, track()))
    assert message.case.plate.status == "unread"
    assert len(message.case.plate.reads) == len(files(message, FileRole.PLATE_CROP)) == 1
    assert message.manifest.gaps == ()
    assert bench.is_valid(message.case)
