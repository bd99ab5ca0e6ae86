"""From a case to its package, on real encoded video whose pictures carry their number."""

import json
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest

from domain.camera import CameraConfig, Line, Position, Signal, Stream
from domain.cases.case import Case, CaseMoment
from domain.cases.evidence import CaseMessage, FileRole
from domain.errors import ClipUnavailable
from domain.event import Hold, Release
from domain.ports import Clip
from domain.seen.timeline import SignalState, SignalTimeline
from domain.seen.track import Track, TrackPoint
from edge.evidence.evidence_line import EvidenceLine
from edge.evidence.keeper import EvidenceKeeper
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from ingest.recorded.video_file import VideoFileSource
from plumbing.package_checks import verify_package
from plumbing.signing import BoxSigner, generate_key
from tests.builders.box_fakes import NOON, ManualClock
from tests.builders.cases import build_case
from tests.builders.numbered_video import HEIGHT_PX, WIDTH_PX, number_of, write_numbered_video

FRAME_S = 0.04
BOX = (100.0, 60.0, 160.0, 120.0)


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> BoxSigner:
    return generate_key(tmp_path_factory.mktemp("key"))


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Sixty seconds, irregular: every tenth picture comes 15 ms late, and pictures 500 to 510 are missing."""
    path = tmp_path_factory.mktemp("video") / "numbered.mp4"
    write_numbered_video(path, times_s=TIMES_S)
    return path


TIMES_S = [n * FRAME_S + (0.015 if n % 10 == 0 and n else 0.0) + (0.44 if n >= 500 else 0.0) for n in range(1500)]


def at(number: int) -> datetime:
    return NOON + timedelta(seconds=TIMES_S[number])


CAMERA = CameraConfig(
    id="cam-1",
    version=1,
    name="Lê Lợi 1",
    road="Lê Lợi",
    ward="Thuận Hóa",
    position=Position(latitude_deg=16.46, longitude_deg=107.59),
    heading_deg=90.0,
    stream=Stream(url="file:numbered.mp4"),
    reference_still_wh=(WIDTH_PX, HEIGHT_PX),
    signals=(Signal(id="S1", source="feed"),),
    lines=(Line(id="L1", kind="stop_line", points_norm=((0, 0.5), (1, 0.5)), beyond_norm=(0.5, 0.1), signal="S1"),),
)


def moment(name: str, number: int) -> CaseMoment:
    return CaseMoment(name=name, at=at(number), box_xyxy_px=BOX, signal=SignalState.RED)


def case_of(*moments: CaseMoment) -> Case:
    return build_case(
        began_at=moments[0].at, ended_at=moments[-1].at, moments=moments, resolution_wh=(WIDTH_PX, HEIGHT_PX)
    )


def track(number: int) -> Track:
    point = TrackPoint(at=at(number), box_xyxy_px=BOX, score=0.9)
    return Track(track_id=1, label="motorcycle", label_share=1.0, first_seen_at=at(0), points=(point,), observed=True)


class ShortRing:
    """The recorded camera, but with a ring of thirty seconds that ends at the newest picture shown."""

    camera_id = "cam-1"

    def __init__(self, source: VideoFileSource) -> None:
        self._source = source
        self.newest_at = NOON
        self.broken: Exception | None = None

    def cut_clip(self, start: datetime, end: datetime) -> Clip:
        if self.broken is not None:
            raise self.broken
        oldest_at = self.newest_at - timedelta(seconds=30)
        if end < oldest_at:
            raise ClipUnavailable("that is no longer in the ring")
        return self._source.cut_clip(max(start, oldest_at), min(end, self.newest_at))

    def read(self, timeout_s: float) -> None:
        return None

    def close(self) -> None:
        self._source.close()


class Bench:
    """A keeper with everything around it, real but for clock and ring."""

    def __init__(self, folder: Path, video: Path, signer: BoxSigner, max_evidence_bytes: int = 10**9) -> None:
        self.clock = ManualClock()
        self.problems = ProblemBoard()
        self.outbox = Outbox.open(
            folder / "data", clock=self.clock, problems=self.problems, max_evidence_bytes=max_evidence_bytes
        )
        self.signer = signer
        self.camera = ShortRing(VideoFileSource(camera_id="cam-1", path=video, started_at=NOON, clock=self.clock))
        self.line = EvidenceLine.of(self.outbox, signer=signer, clock=self.clock, problems=self.problems)
        self.stages = self.line.stages
        self.stages.start()
        self.keeper = EvidenceKeeper(
            camera=CAMERA,
            source=self.camera,
            line=self.line,
            directory=folder / "data" / "holds" / "cam-1",
            clock=self.clock,
        )
        self.timeline = SignalTimeline(signal_id="S1")
        self.timeline.record(NOON, SignalState.RED)
        self._shown = 0

    def show_until(self, number: int) -> None:
        """Five pictures a second are analysed."""
        while self._shown < number:
            self._shown += 5
            self.camera.newest_at = at(self._shown)
            self.keeper.note(at(self._shown), (WIDTH_PX, HEIGHT_PX), (track(self._shown),), {"S1": self.timeline})

    def wait_for_stages(self) -> None:
        """Until every job in line has been tried."""
        for stage in (self.stages.cutting, self.stages.packaging):
            reached = threading.Event()

            def reach(reached: threading.Event = reached) -> bool:
                reached.set()
                return True

            stage.submit(reach)
            assert reached.wait(20.0)

    def finish(self) -> None:
        assert self.keeper.drain(20.0)

    def message(self, case: Case) -> CaseMessage:
        content = self.outbox.message(case.case_id)
        assert content is not None
        return CaseMessage.model_validate_json(content)

    def folder(self, case: Case) -> Path:
        return self.outbox.package_folder(case.case_id)

    def close(self) -> None:
        self.stages.close()
        self.outbox.close()
        self.camera.close()


@pytest.fixture
def bench(tmp_path: Path, video: Path, signer: BoxSigner) -> Iterator[Bench]:
    bench = Bench(tmp_path, video, signer)
    yield bench
    bench.close()


def still_number(path: Path) -> int:
    image = cv2.imread(str(path))
    assert image is not None
    return number_of(image.astype(np.uint8))


def test_a_case_becomes_a_signed_package_with_clip_stills_crops_and_overlay(bench: Bench) -> None:
    case = case_of(moment("before_line", 250), moment("past_line", 287))
    bench.show_until(300)
    bench.keeper.collect(case)
    assert bench.outbox.status().collecting == 1
    bench.show_until(420)
    bench.finish()

    message = bench.message(case)
    assert message.manifest.gaps == ()
    names = {file.name for file in message.manifest.files}
    assert names == {
        "blurred-clip.mp4",
        "blurred-still-before-line.jpg",
        "blurred-crop-before-line.jpg",
        "blurred-still-past-line.jpg",
        "blurred-crop-past-line.jpg",
        "clip.mp4",
        "still-before-line.jpg",
        "crop-before-line.jpg",
        "still-past-line.jpg",
        "crop-past-line.jpg",
        "overlay.json",
    }
    report = verify_package(bench.folder(case), {bench.signer.key_id: bench.signer.public_key})
    assert report.is_valid, report
    clip = next(file for file in message.manifest.files if file.role is FileRole.CLIP)
    assert clip.started_at is not None
    assert clip.ended_at is not None
    assert clip.started_at <= case.moments[0].at - timedelta(seconds=5)
    assert clip.ended_at >= case.moments[-1].at + timedelta(seconds=4.9)


def test_a_still_is_the_very_picture_of_its_moment_and_nothing_near_it(bench: Bench) -> None:
    numbers = [250, 251, 260, 499, 500, 507]  # late pictures and both sides of the gap among them
    case = case_of(*(moment(f"m{number}", number) for number in numbers))
    bench.show_until(600)
    bench.camera.newest_at = at(700)
    bench.keeper.collect(case)
    bench.finish()
    assert bench.message(case).manifest.gaps == ()
    assert [still_number(bench.folder(case) / f"still-m{number}.jpg") for number in numbers] == numbers


def test_a_moment_between_two_pictures_is_a_gap_and_not_the_nearest_picture(bench: Bench) -> None:
    in_the_gap = CaseMoment(name="crossing", at=at(499) + timedelta(seconds=0.2), box_xyxy_px=BOX)
    case = case_of(moment("before_line", 490), in_the_gap)
    bench.show_until(700)
    bench.keeper.collect(case)
    bench.finish()
    message = bench.message(case)
    assert not any(file.moment == "crossing" for file in message.manifest.files)
    assert any("crossing" in gap for gap in message.manifest.gaps)
    assert (bench.folder(case) / "still-before-line.jpg").exists()


def test_the_crop_is_cut_by_the_moments_box_and_says_where(bench: Bench) -> None:
    case = case_of(moment("before_line", 250))
    bench.show_until(420)
    bench.keeper.collect(case)
    bench.finish()
    crop = next(file for file in bench.message(case).manifest.files if file.role is FileRole.STILL_CROP)
    assert crop.box_xyxy_px == (91.0, 51.0, 169.0, 129.0)  # fifteen hundredths wider on every side
    assert crop.clip == "clip.mp4"
    assert crop.at == case.moments[0].at
    image = cv2.imread(str(bench.folder(case) / crop.name))
    assert image is not None
    assert image.shape[:2] == (78, 78)


def test_the_overlay_tells_where_in_the_clip_each_analysed_picture_stands(bench: Bench) -> None:
    case = case_of(moment("before_line", 250))
    bench.show_until(420)
    bench.keeper.collect(case)
    bench.finish()
    overlay = json.loads((bench.folder(case) / "overlay.json").read_text())
    (clip,) = overlay["clips"]
    row = next(row for row in clip["frames"] if row["at"] == case.model_dump(mode="json")["moments"][0]["at"])
    started_at = bench.message(case).manifest.files[0].started_at
    assert started_at is not None
    assert row["offset_s"] == pytest.approx((at(250) - started_at).total_seconds(), abs=0.002)
    assert row["tracks"] == [
        {"track_id": 1, "label": "motorcycle", "box_xyxy_px": list(BOX), "observed": True, "subject": True}
    ]
    assert row["signals"] == {"S1": "red"}
    assert overlay["lines"][0]["points_norm"] == [[0.0, 0.5], [1.0, 0.5]]
    assert overlay["stills"] == {"encoding": "jpeg", "quality": 92}


def test_a_held_moment_is_shown_by_its_own_clip_long_after_the_ring_forgot_it(bench: Bench) -> None:
    bench.show_until(100)
    bench.keeper.hold(Hold(key="stay:1", at=at(100)))
    bench.show_until(160)
    bench.wait_for_stages()
    bench.show_until(1200)
    bench.keeper.release(Release(key="stay:1"))  # a rule may let go in the same breath, or before
    case = case_of(moment("first_sighting", 100), moment("last_sighting", 1200))
    bench.keeper.collect(case)
    bench.show_until(1400)
    bench.finish()
    message = bench.message(case)
    assert {file.name for file in message.manifest.files if file.role is FileRole.CLIP} == {
        "clip.mp4",
        "clip-first-sighting.mp4",
    }
    assert still_number(bench.folder(case) / "still-first-sighting.jpg") == 100
    assert still_number(bench.folder(case) / "still-last-sighting.jpg") == 1200
    assert message.manifest.gaps == ()
    overlay = json.loads((bench.folder(case) / "overlay.json").read_text())
    assert all(clip["frames"] for clip in overlay["clips"])


@pytest.mark.parametrize("key_after", ["0:PAVEMENT_TRADE:p:first", "1:PAVEMENT_TRADE:p:first"])
def test_a_held_moment_outlasts_a_reload_that_lets_it_go_and_wants_it_again(bench: Bench, key_after: str) -> None:
    """The ring has long forgotten it, and the rule may stand elsewhere in the camera's file now."""
    bench.show_until(100)
    bench.keeper.hold(Hold(key="0:PAVEMENT_TRADE:p:first", at=at(100)))
    bench.show_until(160)
    bench.wait_for_stages()
    bench.show_until(1200)
    bench.keeper.release(Release(key="0:PAVEMENT_TRADE:p:first"))
    bench.keeper.hold(Hold(key=key_after, at=at(100)))
    bench.keeper.tick()
    bench.wait_for_stages()
    bench.clock.pass_s(3600)
    bench.keeper.tick()
    bench.show_until(1400)
    bench.keeper.release(Release(key=key_after))
    case = case_of(moment("first_observation", 100), moment("later_observation", 1200))
    bench.keeper.collect(case)
    bench.finish()
    assert still_number(bench.folder(case) / "still-first-observation.jpg") == 100
    assert bench.message(case).manifest.gaps == ()


def test_a_released_moment_is_forgotten_and_costs_no_disk(bench: Bench) -> None:
    bench.show_until(100)
    bench.keeper.hold(Hold(key="stay:1", at=at(100)))
    bench.show_until(200)
    bench.keeper.hold(Hold(key="stay:2", at=at(200)))
    bench.keeper.release(Release(key="stay:2"))  # before it was cut
    holds = bench.outbox.directory / "holds" / "cam-1"
    bench.keeper.release(Release(key="stay:1"))
    bench.show_until(300)
    bench.stages.close()
    assert len(list(holds.glob("*.mp4"))) == 1
    bench.clock.pass_s(31.0)
    bench.keeper.tick()
    assert list(holds.glob("*.mp4")) == []


def test_a_busy_stage_does_not_keep_what_was_released_meanwhile(bench: Bench) -> None:
    busy, go_on = threading.Event(), threading.Event()

    def work() -> bool:
        busy.set()
        return go_on.wait(20.0)

    bench.stages.cutting.submit(work)
    assert busy.wait(20.0)
    bench.show_until(100)
    bench.keeper.hold(Hold(key="stay:1", at=at(100)))
    bench.show_until(200)  # its cut stands in line
    bench.keeper.release(Release(key="stay:1"))
    bench.clock.pass_s(31.0)
    bench.keeper.tick()
    go_on.set()
    bench.wait_for_stages()
    assert list((bench.outbox.directory / "holds").rglob("*.mp4")) == []


def test_a_moment_that_was_never_held_is_a_gap_in_words(bench: Bench) -> None:
    case = case_of(moment("first_sighting", 100), moment("last_sighting", 1200))
    bench.show_until(1400)
    bench.keeper.collect(case)
    bench.finish()
    gaps = bench.message(case).manifest.gaps
    assert len(gaps) == 1
    assert gaps[0].startswith("no video of the moment first_sighting at 2026-01-05T05:00:04.015Z: ")
    assert (bench.folder(case) / "still-last-sighting.jpg").exists()


def test_a_camera_that_dies_does_not_keep_a_case_waiting(bench: Bench) -> None:
    bench.show_until(300)
    case = case_of(moment("past_line", 300))
    bench.keeper.collect(case)
    bench.keeper.tick()
    assert bench.keeper.open_cases == 1
    bench.clock.pass_s(15.1)
    bench.keeper.tick()
    bench.stages.close()
    gaps = bench.message(case).manifest.gaps
    assert gaps == ("clip.mp4 ends 0.0 s after the moment, not 5 s",)


def test_a_camera_without_video_still_sends_the_case(bench: Bench) -> None:
    bench.camera.broken = ClipUnavailable("pictures of a folder have no video")
    case = case_of(moment("past_line", 300))
    bench.show_until(300)
    bench.keeper.collect(case)
    bench.finish()
    message = bench.message(case)
    assert message.manifest.files == ()
    assert "pictures of a folder have no video" in message.manifest.gaps[0]
    assert verify_package(bench.folder(case), {bench.signer.key_id: bench.signer.public_key}).is_valid


def test_a_fault_in_gathering_never_loses_the_case(bench: Bench) -> None:
    bench.camera.broken = RuntimeError("a bug")
    case = case_of(moment("past_line", 300))
    bench.show_until(300)
    bench.keeper.collect(case)
    bench.finish()
    assert bench.message(case).manifest.gaps == ("no media: evidence could not be gathered (RuntimeError)",)


def test_a_fault_in_making_a_package_is_named_and_the_case_is_tried_again(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = case_of(moment("past_line", 300))
    faults = [RuntimeError("a bug")]
    make_ready = bench.outbox.make_ready

    def fails_once(message: CaseMessage) -> bool:
        if faults:
            raise faults.pop()
        return make_ready(message)

    monkeypatch.setattr(bench.outbox, "make_ready", fails_once)
    bench.show_until(450)
    bench.keeper.collect(case)
    bench.wait_for_stages()
    (text,) = bench.problems.texts()
    assert str(case.case_id) in text
    assert "a bug" in text
    bench.clock.pass_s(10.1)
    bench.finish()
    assert bench.message(case).manifest.gaps == ()
    assert bench.problems.texts() == ()


def test_cut_clips_that_cannot_be_written_are_named_and_tried_again(bench: Bench) -> None:
    spool = bench.outbox.directory / "spool"
    spool.write_bytes(b"in the way")
    case = case_of(moment("past_line", 300))
    bench.show_until(450)
    bench.keeper.collect(case)
    bench.wait_for_stages()
    (text,) = bench.problems.texts()
    assert text.startswith("cut clips cannot be written")
    spool.unlink()
    bench.clock.pass_s(1.1)
    bench.finish()
    assert bench.message(case).manifest.gaps == ()
    assert bench.problems.texts() == ()


def test_a_disk_that_cannot_be_written_for_a_while_delays_the_case_and_says_so(bench: Bench) -> None:
    bench.outbox.packages.rmdir()
    bench.outbox.packages.write_bytes(b"in the way")
    case = case_of(moment("past_line", 300))
    bench.show_until(450)
    bench.keeper.collect(case)
    bench.wait_for_stages()
    assert bench.outbox.status().collecting == 1
    assert bench.keeper.open_cases == 1
    assert any("cannot be written" in text for text in bench.problems.texts())
    bench.outbox.packages.unlink()
    bench.clock.pass_s(10.1)
    bench.finish()
    assert bench.message(case).manifest.gaps == ()
    assert bench.problems.texts() == ()
    assert list((bench.outbox.directory / "spool").iterdir()) == []


def test_the_same_case_twice_is_collected_once(bench: Bench) -> None:
    case = case_of(moment("past_line", 300))
    bench.show_until(450)
    bench.keeper.collect(case)
    bench.finish()
    first = bench.outbox.message(case.case_id)
    bench.keeper.collect(case)
    bench.finish()
    assert bench.outbox.message(case.case_id) == first


def test_a_full_outbox_keeps_the_case_without_media_and_says_so(tmp_path: Path, video: Path, signer: BoxSigner) -> None:
    bench = Bench(tmp_path, video, signer, max_evidence_bytes=10_000)
    case = case_of(moment("past_line", 300))
    bench.show_until(450)
    bench.keeper.collect(case)
    bench.finish()
    assert bench.message(case).manifest.gaps == ("no media: the box's store for evidence was full",)
    assert any("kept without media" in text for text in bench.problems.texts())
    bench.close()
