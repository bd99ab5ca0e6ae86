"""After a crash: every case that was being collected is sent with what the disk still holds, and says what happened."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from domain.cases.case import CaseMoment
from domain.cases.evidence import CaseMessage, FileRole
from domain.errors import EvidenceError
from domain.plates.reading import PlateReading
from edge.evidence.evidence_line import EvidenceLine
from edge.evidence.package import Content, seal, write_package
from edge.evidence.recovery import HOLDS, RESTART_GAP, Recovery
from edge.evidence.seen_rows import OverlayRow, OverlayTrack
from edge.evidence.video.holds import HoldStore
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from ingest.recorded.video_file import VideoFileSource
from plumbing.package_checks import verify_package
from plumbing.signing import BoxSigner, generate_key
from tests.builders.box_fakes import NOON, ManualClock
from tests.builders.cases import a_uuid, build_case
from tests.builders.numbered_video import HEIGHT_PX, WIDTH_PX, number_of, write_numbered_video

BOX = (100.0, 60.0, 160.0, 120.0)
FIRST, LAST = NOON + timedelta(seconds=2), NOON + timedelta(seconds=600)
CASE = build_case(
    began_at=FIRST,
    ended_at=LAST,
    moments=(
        CaseMoment(name="first_sighting", at=FIRST, box_xyxy_px=BOX),
        CaseMoment(name="last_sighting", at=LAST, box_xyxy_px=BOX),
    ),
    resolution_wh=(WIDTH_PX, HEIGHT_PX),
)
ROW = OverlayRow(
    at=FIRST,
    resolution_wh=(WIDTH_PX, HEIGHT_PX),
    tracks=(OverlayTrack(track_id=1, label="motorcycle", box_xyxy_px=BOX, observed=True),),
    signals=(("S1", "red"),),
)


class Bench:
    """A box's disk, and starting on it."""

    def __init__(self, folder: Path) -> None:
        self.data_dir = folder / "data"
        self.signer: BoxSigner = generate_key(folder / "key")
        self.clock = ManualClock()
        self.open()

    def open(self) -> None:
        self.problems = ProblemBoard()
        self.outbox = Outbox.open(
            self.data_dir, clock=self.clock, problems=self.problems, min_free_bytes=0, reserve_bytes=4096
        )
        self.line = EvidenceLine.of(self.outbox, signer=self.signer, clock=self.clock, problems=self.problems)

    def recover(self) -> int:
        """Begin, and wait until everything was tried once."""
        found = Recovery(self.line, self.signer).begin()
        self.line.stages.start()
        self.line.stages.close()
        return found

    def start_again(self) -> int:
        self.outbox.close()
        self.open()
        return self.recover()

    def message(self) -> CaseMessage:
        content = self.outbox.message(CASE.case_id)
        assert content is not None
        return CaseMessage.model_validate_json(content)

    def is_valid(self) -> bool:
        folder = self.outbox.package_folder(CASE.case_id)
        return verify_package(folder, {self.signer.key_id: self.signer.public_key}).is_valid


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    bench = Bench(tmp_path)
    yield bench
    bench.outbox.close()


def test_a_case_with_nothing_left_is_sent_with_the_gap_in_words(bench: Bench) -> None:
    bench.outbox.record(CASE)
    assert bench.start_again() == 1
    message = bench.message()
    assert message.manifest.files == ()
    assert len(message.manifest.gaps) == 2
    assert all(gap.endswith(RESTART_GAP) for gap in message.manifest.gaps)
    assert bench.is_valid()
    assert bench.start_again() == 0


@pytest.mark.parametrize("left", [None, (), ("clip.mp4",), ("manifest.json",), ("manifest.json", "case.json")])
def test_what_was_held_on_disk_is_still_used_whatever_is_left_of_a_package(
    bench: Bench, tmp_path: Path, left: tuple[str, ...] | None
) -> None:
    video = tmp_path / "numbered.mp4"
    write_numbered_video(video, [n * 0.04 for n in range(125)])
    source = VideoFileSource(camera_id="cam-1", path=video, started_at=NOON, clock=bench.clock)
    store = HoldStore(bench.data_dir / HOLDS / "cam-1.2")  # the camera was reconfigured
    clip = source.cut_clip(FIRST - timedelta(seconds=1), FIRST + timedelta(seconds=1))
    store.keep("stay:1", clip, [ROW])
    source.close()
    bench.outbox.record(CASE)
    if left is not None:  # what a disk that failed left of one
        bench.outbox.package_folder(CASE.case_id).mkdir(parents=True)
        for name in left:
            (bench.outbox.package_folder(CASE.case_id) / name).write_bytes(b"{}")
    bench.start_again()
    message = bench.message()
    assert [gap for gap in message.manifest.gaps if "last_sighting" in gap] == list(message.manifest.gaps)
    assert {file.role for file in message.manifest.files} == {
        FileRole.CLIP,
        FileRole.STILL_FULL,
        FileRole.STILL_CROP,
        FileRole.CLIP_BLURRED,
        FileRole.STILL_FULL_BLURRED,
        FileRole.STILL_CROP_BLURRED,
        FileRole.OVERLAY,
    }
    still = cv2.imread(str(bench.outbox.package_folder(CASE.case_id) / "still-first-sighting.jpg"))
    assert still is not None
    assert number_of(still.astype(np.uint8)) == 50
    assert bench.is_valid()
    assert list(bench.data_dir.glob(f"{HOLDS}*")) == []


def test_a_package_finished_just_before_the_crash_is_taken_as_it_is(bench: Bench) -> None:
    contents = [Content(name="clip.mp4", role=FileRole.CLIP, content=b"clip")]
    message = seal(CASE, contents, (), created_at=NOON, signer=bench.signer)
    bench.outbox.record(CASE)
    write_package(bench.outbox.package_folder(CASE.case_id), message, contents)
    bench.start_again()
    assert bench.message() == message


def test_a_package_finished_with_its_plate_read_keeps_the_reading(bench: Bench) -> None:
    contents = [Content(name="clip.mp4", role=FileRole.CLIP, content=b"clip")]
    plate = PlateReading(status="unread", reason="all of it was hidden")
    message = seal(CASE.model_copy(update={"plate": plate}), contents, (), created_at=NOON, signer=bench.signer)
    bench.outbox.record(CASE)
    write_package(bench.outbox.package_folder(CASE.case_id), message, contents)
    bench.start_again()
    assert bench.message() == message
    assert bench.message().case.plate == plate
    assert bench.is_valid()


@pytest.mark.parametrize("change", [{"clock_error_ms": 41.0}, {"case_id": a_uuid(7)}])
def test_a_package_of_another_act_is_not_taken(bench: Bench, change: dict[str, Any]) -> None:
    contents = [Content(name="clip.mp4", role=FileRole.CLIP, content=b"clip")]
    other = CASE.model_copy(update=change)
    bench.outbox.record(CASE)
    folder = bench.outbox.package_folder(CASE.case_id)
    write_package(folder, seal(other, contents, (), created_at=NOON, signer=bench.signer), contents)
    bench.start_again()
    assert bench.message().case.model_copy(update={"plate": CASE.plate}) == CASE
    assert bench.message().manifest.files == ()
    assert bench.is_valid()


class PowerCut(BaseException):
    """Nothing after this instant happens."""


@pytest.mark.parametrize("step", range(12))
def test_a_power_cut_at_any_step_of_writing_leaves_a_case_that_is_sent_whole(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    contents = [Content(name="clip.mp4", role=FileRole.CLIP, content=b"clip" * 1000)]
    message = seal(CASE, contents, (), created_at=NOON, signer=bench.signer)
    bench.outbox.record(CASE)
    left = iter(range(step))
    flush, rename = os.fsync, Path.rename

    def cut_before(*arguments: Any) -> None:
        if next(left, None) is None:
            raise PowerCut
        (flush if len(arguments) == 1 else rename)(*arguments)

    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", cut_before)
        broken.setattr(Path, "rename", cut_before)
        try:
            write_package(bench.outbox.package_folder(CASE.case_id), message, contents)
        except PowerCut:
            assert step < 7, "four files, their folder, the rename, the folder above"
        else:
            assert step >= 7
    bench.start_again()
    assert bench.is_valid()
    assert (bench.message() == message) == (step >= 6), "once renamed, it is the package"
    assert [folder.name for folder in bench.outbox.packages.iterdir()] == [str(CASE.case_id)]


def test_a_package_that_is_not_whole_is_not_taken(bench: Bench) -> None:
    contents = [Content(name="clip.mp4", role=FileRole.CLIP, content=b"clip")]
    message = seal(CASE, contents, (), created_at=NOON, signer=bench.signer)
    bench.outbox.record(CASE)
    folder = bench.outbox.package_folder(CASE.case_id)
    write_package(folder, message, contents)
    (folder / "clip.mp4").write_bytes(b"cl")
    bench.start_again()
    assert bench.message().manifest.files == ()
    assert bench.is_valid()


def test_half_a_held_clip_is_left_out(bench: Bench) -> None:
    folder = bench.data_dir / HOLDS / "cam-1"
    folder.mkdir(parents=True)
    (folder / "00000001.json").write_text('{"key": "stay:1"')
    (folder / "00000002.json").write_text('{"key": "stay:1", "size_bytes": 3, "frame_times": [], "rows": []}')
    (folder / "00000002.mp4").write_bytes(b"abc")
    bench.outbox.record(CASE)
    bench.start_again()
    assert bench.message().manifest.files == ()


def test_a_disk_that_cannot_be_written_keeps_the_case_for_the_next_start(bench: Bench) -> None:
    bench.outbox.record(CASE)
    bench.outbox.packages.rmdir()
    bench.outbox.packages.write_bytes(b"in the way")
    bench.recover()
    assert bench.outbox.status().collecting == 1
    assert any("cannot be written" in text for text in bench.problems.texts())
    bench.outbox.packages.unlink()
    assert bench.start_again() == 1
    assert bench.outbox.status().ready == 1


def test_held_clips_are_bounded_in_number_and_bytes(tmp_path: Path, bench: Bench) -> None:
    video = tmp_path / "numbered.mp4"
    write_numbered_video(video, [n * 0.04 for n in range(50)])
    source = VideoFileSource(camera_id="cam-1", path=video, started_at=NOON, clock=bench.clock)
    clip = source.cut_clip(NOON, NOON + timedelta(seconds=2))
    source.close()
    few = HoldStore(tmp_path / "few", max_clips=2)
    for key in ("a", "b", "b"):
        few.keep(key, clip, [])
    with pytest.raises(EvidenceError, match="limit"):
        few.keep("c", clip, [])
    few.delete("a")
    few.keep("c", clip, [])
    assert few.size_bytes == 2 * len(clip.content)
    assert len(list((tmp_path / "few").glob("*.mp4"))) == 2
    small = HoldStore(tmp_path / "small", max_bytes=len(clip.content) + 1)
    small.keep("a", clip, [])
    with pytest.raises(EvidenceError, match="limit"):
        small.keep("b", clip, [])
