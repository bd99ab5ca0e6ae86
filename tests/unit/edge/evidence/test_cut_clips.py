"""A clip is cut when it is due, whatever the rest of the box does, and is never lost once it is on the disk."""

import errno
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from domain.cases.case import Case, CaseMoment
from domain.cases.evidence import CameraSignature, CaseMessage, FileRole, Manifest
from domain.errors import ClipUnavailable
from domain.event import Hold, Release
from domain.ports import Clip, DamagedStretch
from edge.evidence.evidence_line import EvidenceLine
from edge.evidence.keeper import EvidenceKeeper
from edge.evidence.recovery import Recovery
from edge.evidence.video.clips import decides
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from ingest.recorded.video_file import VideoFileSource
from plumbing.package_checks import verify_package
from plumbing.signing import BoxSigner, generate_key
from tests.builders.box_fakes import NOON, ManualClock, camera
from tests.builders.cases import build_case
from tests.builders.numbered_video import HEIGHT_PX, WIDTH_PX, number_of, write_numbered_video

FRAME_S = 0.04
RING_S = 30.0
BOX = (100.0, 60.0, 160.0, 120.0)
SIZE_WH = (WIDTH_PX, HEIGHT_PX)


def at(number: int) -> datetime:
    return NOON + timedelta(seconds=number * FRAME_S)


@pytest.fixture(scope="module")
def video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("video") / "numbered.mp4"
    write_numbered_video(path, [n * FRAME_S for n in range(1500)])
    return path


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> BoxSigner:
    return generate_key(tmp_path_factory.mktemp("key"))


class ForgetfulCamera:
    """A recorded camera whose ring of thirty seconds ends at the instant that it shows now."""

    def __init__(self, video: Path, clock: ManualClock) -> None:
        self._source = VideoFileSource(camera_id="cam-1", path=video, started_at=NOON, clock=clock)
        self.newest_at = NOON
        self.damage: tuple[DamagedStretch, ...] = ()
        self.signs = False

    def cut_clip(self, start: datetime, end: datetime) -> Clip:
        oldest_at = self.newest_at - timedelta(seconds=RING_S)
        if end < oldest_at:
            raise ClipUnavailable("that is no longer in the ring")
        clip = self._source.cut_clip(max(start, oldest_at), min(end, self.newest_at))
        return replace(clip, damage=self.damage, camera_signed=self.signs)

    def close(self) -> None:
        self._source.close()


class Life:
    """One life of a box with one camera, on a disk that outlives it."""

    def __init__(self, data_dir: Path, video: Path, signer: BoxSigner) -> None:
        self.clock, self.problems, self.signer = ManualClock(), ProblemBoard(), signer
        self.outbox = Outbox.open(
            data_dir, clock=self.clock, problems=self.problems, min_free_bytes=0, reserve_bytes=4096
        )
        self.line = EvidenceLine.of(self.outbox, signer=signer, clock=self.clock, problems=self.problems)
        self.camera = ForgetfulCamera(video, self.clock)
        self.keeper = EvidenceKeeper(
            camera=camera("cam-1", reference_still_wh=list(SIZE_WH)),
            source=self.camera,
            line=self.line,
            directory=data_dir / "holds" / "cam-1",
            clock=self.clock,
        )

    def show(self, number: int) -> None:
        self.camera.newest_at = at(number)
        self.keeper.note(at(number), SIZE_WH, (), {})

    def recover(self) -> int:
        return Recovery(self.line, self.signer).begin()

    def work_off(self) -> None:
        """Until every job has been tried once."""
        self.line.stages.start()
        self.line.stages.close()

    def message(self, case: Case) -> CaseMessage:
        content = self.outbox.message(case.case_id)
        assert content is not None
        return CaseMessage.model_validate_json(content)

    def folder(self, case: Case) -> Path:
        return self.outbox.package_folder(case.case_id)

    def end(self) -> None:
        self.outbox.close()
        self.camera.close()


@pytest.fixture
def life(tmp_path: Path, video: Path, signer: BoxSigner) -> Iterator[Life]:
    life = Life(tmp_path / "data", video, signer)
    yield life
    life.end()


def case_of(*numbers: int, key: str = "track:1") -> Case:
    moments = tuple(CaseMoment(name=f"m{number}", at=at(number), box_xyxy_px=BOX) for number in numbers)
    return build_case(
        began_at=moments[0].at, ended_at=moments[-1].at, moments=moments, resolution_wh=SIZE_WH, subject_key=key
    )


def on_disk(life: Life) -> list[str]:
    return sorted(path.name for path in (life.outbox.directory / "spool").glob("*/*"))


def test_sixty_acts_ripe_at_once_lose_no_second_of_any_clip_however_long_their_packages_take(life: Life) -> None:
    busy, go_on = threading.Event(), threading.Event()

    def a_slow_package() -> bool:
        busy.set()
        return go_on.wait(60.0)

    life.line.stages.packaging.submit(a_slow_package)
    life.line.stages.start()
    assert busy.wait(20.0)
    cases = [case_of(500, key=f"track:{number}") for number in range(60)]
    life.show(500)
    for case in cases:
        life.keeper.collect(case)
    life.show(630)
    cut = threading.Event()
    life.line.stages.cutting.submit(lambda: cut.set() or True)  # type: ignore[func-returns-value]
    assert cut.wait(60.0), "all are cut while nothing is packaged"
    life.show(1499)  # the ring has forgotten all of it
    go_on.set()
    assert life.keeper.drain(120.0)
    life.line.stages.close()
    assert {gap for case in cases for gap in life.message(case).manifest.gaps} == set()
    assert on_disk(life) == []


def test_a_box_that_dies_between_cut_and_package_finishes_it_from_the_cut_clip(
    tmp_path: Path, video: Path, signer: BoxSigner
) -> None:
    case = case_of(500, 510)
    first = Life(tmp_path / "data", video, signer)
    first.show(500)
    first.keeper.collect(case)
    first.show(640)
    first.line.stages.cutting.start()
    first.line.stages.cutting.close(20.0)
    assert on_disk(first) == ["clip.mp4", "cut.json"]
    first.end()  # it dies: nothing is packaged

    second = Life(tmp_path / "data", video, signer)
    assert second.recover() == 1
    second.work_off()
    message = second.message(case)
    assert message.manifest.gaps == ()
    still = cv2.imread(str(second.folder(case) / "still-m510.jpg"))
    assert still is not None
    assert number_of(still.astype(np.uint8)) == 510
    overlay = json.loads((second.folder(case) / "overlay.json").read_text())
    assert overlay["clips"][0]["frames"], "what was seen is still known"
    assert verify_package(second.folder(case), {signer.key_id: signer.public_key}).is_valid
    assert on_disk(second) == []
    second.end()


def test_half_a_cut_clip_is_not_taken_for_one(tmp_path: Path, video: Path, signer: BoxSigner) -> None:
    case = case_of(500)
    first = Life(tmp_path / "data", video, signer)
    first.show(500)
    first.keeper.collect(case)
    first.show(640)
    first.line.stages.cutting.start()
    first.line.stages.cutting.close(20.0)
    clip = next((tmp_path / "data" / "spool").glob("*/clip.mp4"))
    clip.write_bytes(clip.read_bytes()[:1000])
    first.end()
    second = Life(tmp_path / "data", video, signer)
    second.recover()
    second.work_off()
    (gap,) = second.message(case).manifest.gaps
    assert gap == "no media: clip.mp4 is not whole on the box's disk"
    second.end()


def test_a_cut_clip_that_cannot_be_read_any_more_does_not_keep_its_case_for_ever(life: Life) -> None:
    case = case_of(500)
    life.show(500)
    life.keeper.collect(case)
    life.show(640)
    life.line.stages.cutting.start()
    life.line.stages.cutting.close(20.0)
    next((life.outbox.directory / "spool").glob("*/clip.mp4")).unlink()
    life.line.stages.packaging.start()
    life.line.stages.packaging.close(20.0)
    assert life.message(case).manifest.gaps == ("no media: what was cut cannot be read (No such file or directory)",)


def test_what_belongs_to_no_case_that_waits_is_swept_at_the_start(
    tmp_path: Path, video: Path, signer: BoxSigner
) -> None:
    spool = tmp_path / "data" / "spool"
    for name in ("3b241101-e2bb-4255-8caf-4136c566a962", ".half.part"):
        (spool / name).mkdir(parents=True)
        (spool / name / "clip.mp4").write_bytes(b"x")
    life = Life(tmp_path / "data", video, signer)
    life.recover()
    assert on_disk(life) == []
    life.end()


def test_a_package_that_could_not_be_written_keeps_its_cut_clip(life: Life) -> None:
    case = case_of(500)
    life.outbox.packages.rmdir()
    life.outbox.packages.write_bytes(b"in the way")
    life.show(500)
    life.keeper.collect(case)
    life.show(640)
    life.work_off()
    assert on_disk(life) == ["clip.mp4", "cut.json"]
    assert life.outbox.status().collecting == 1
    assert life.keeper.open_cases == 1


def test_a_read_only_folder_of_holds_ends_neither_the_keeper_nor_the_box(
    life: Life, monkeypatch: pytest.MonkeyPatch
) -> None:
    life.show(100)
    life.keeper.hold(Hold(key="stay:1", at=at(100)))
    life.show(160)
    life.line.stages.cutting.start()
    life.line.stages.cutting.close(20.0)
    assert len(list((life.outbox.directory / "holds").rglob("*.mp4"))) == 1
    life.keeper.release(Release(key="stay:1"))
    life.clock.pass_s(31.0)

    def refuse(path: Path, *_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system", str(path))

    with monkeypatch.context() as broken:
        for name in ("unlink", "mkdir", "rename", "replace"):
            broken.setattr(Path, name, refuse)
        life.keeper.tick()
        life.show(200)
        life.keeper.hold(Hold(key="stay:2", at=at(200)))
        life.show(300)
        life.keeper.forget_holds()
        life.keeper.drain(0.0)
    life.keeper.tick()


def test_lost_pictures_are_named_and_what_refers_to_them_is_no_still(life: Life) -> None:
    life.camera.damage = (
        DamagedStretch(began_at=at(495), ended_at=at(504), lost_pictures=3),
        DamagedStretch(began_at=at(550), ended_at=at(560), lost_pictures=None),
        DamagedStretch(began_at=at(570), ended_at=at(575), lost_pictures=1),
        DamagedStretch(began_at=at(580), ended_at=at(585), lost_pictures=0),
    )
    case = case_of(490, 500)
    life.show(500)
    life.keeper.collect(case)
    life.show(640)
    life.work_off()
    message = life.message(case)
    assert message.manifest.gaps == (
        "clip.mp4: 3 pictures are missing between 2026-01-05T05:00:19.800Z and 2026-01-05T05:00:20.160Z",
        "no still of the moment m500: pictures before 2026-01-05T05:00:20.000Z, which that one refers to, were lost",
    )
    assert message.manifest.remarks == (
        "clip.mp4: pictures are missing or damaged between 2026-01-05T05:00:22.000Z and 2026-01-05T05:00:22.400Z",
        "clip.mp4: 1 picture is missing between 2026-01-05T05:00:22.800Z and 2026-01-05T05:00:23.000Z",
        "clip.mp4: pictures are damaged between 2026-01-05T05:00:23.200Z and 2026-01-05T05:00:23.400Z",
    )
    assert [file.moment for file in message.manifest.files if file.role is FileRole.STILL_FULL] == ["m490"]


@given(
    moments=st.lists(st.integers(0, 2000), min_size=1, max_size=4),
    began=st.integers(-500, 2500),
    length=st.integers(1, 600),
)
@example(moments=[1000], began=1025, length=10)  # a second after the last moment: the sound picture before it
@example(moments=[1000], began=1026, length=10)
@example(moments=[1000], began=950, length=25)
@example(moments=[1000], began=950, length=24)
@example(moments=[100, 1900], began=1000, length=1)
def test_lost_pictures_decide_from_a_second_before_the_first_moment_to_one_after_the_last(
    moments: list[int], began: int, length: int
) -> None:
    """Frame by frame: a stretch decides exactly when it reaches into that span."""
    stretch = DamagedStretch(began_at=at(began), ended_at=at(began + length), lost_pictures=length)
    span = range(min(moments) - 25, max(moments) + 25 + 1)
    touched = any(number in span for number in range(began, began + length + 1))
    assert decides(stretch, case_of(*sorted(set(moments)))) == touched


def test_what_is_damaged_survives_a_restart(tmp_path: Path, video: Path, signer: BoxSigner) -> None:
    case = case_of(500)
    first = Life(tmp_path / "data", video, signer)
    first.camera.damage = (DamagedStretch(began_at=at(550), ended_at=at(560), lost_pictures=3),)
    first.camera.signs = True
    first.show(500)
    first.keeper.collect(case)
    first.show(640)
    first.line.stages.cutting.start()
    first.line.stages.cutting.close(20.0)
    first.end()
    second = Life(tmp_path / "data", video, signer)
    second.recover()
    second.work_off()
    manifest = second.message(case).manifest
    assert manifest.gaps == ()
    assert ["3 pictures are missing" in remark for remark in manifest.remarks] == [True]
    assert [file.camera_signature for file in manifest.files if file.role is FileRole.CLIP] == ["present"]
    second.end()


@pytest.mark.parametrize(("signs", "said"), [(True, CameraSignature.PRESENT), (False, CameraSignature.ABSENT)])
def test_the_manifest_says_whether_the_camera_signed(life: Life, signs: bool, said: CameraSignature) -> None:
    life.camera.signs = signs
    case = case_of(500)
    life.show(500)
    life.keeper.collect(case)
    life.show(640)
    life.work_off()
    manifest = life.message(case).manifest
    assert {file.camera_signature for file in manifest.files if file.role is FileRole.CLIP} == {said}
    assert {file.camera_signature for file in manifest.files if file.role is not FileRole.CLIP} == {None}


def test_a_manifest_of_before_keeps_its_very_bytes(life: Life) -> None:
    case = case_of(500)
    life.show(500)
    life.keeper.collect(case)
    life.show(640)
    life.work_off()
    document = life.message(case).manifest.model_dump(mode="json")
    for file in document["files"]:
        file.pop("camera_signature", None)
    assert Manifest.model_validate(document).model_dump(mode="json") == document


@pytest.mark.parametrize(("degrees", "size_wh"), [(-90, (HEIGHT_PX, WIDTH_PX)), (180, (WIDTH_PX, HEIGHT_PX))])
def test_stills_crops_and_boxes_of_a_turned_film_are_those_of_the_picture_that_was_analysed(
    tmp_path: Path, video: Path, signer: BoxSigner, degrees: int, size_wh: tuple[int, int]
) -> None:
    turned = tmp_path / "turned.mp4"
    with av.open(str(video)) as source, av.open(str(turned), "w") as container:
        stream = container.add_stream_from_template(source.streams.video[0])
        stream.set_display_rotation(degrees)
        for packet in source.demux(source.streams.video[0]):
            if packet.size:
                packet.stream = stream
                container.mux_one(packet)
    life = Life(tmp_path / "data", turned, signer)
    film = VideoFileSource(camera_id="cam-1", path=turned, started_at=NOON, clock=life.clock)
    analysed = film.read(1.0)
    film.close()
    assert analysed is not None
    assert analysed.resolution_wh == size_wh
    case = case_of(0).model_copy(update={"resolution_wh": size_wh})
    life.show(0)
    life.keeper.collect(case)
    life.show(140)
    life.work_off()
    still = cv2.imread(str(life.folder(case) / "still-m0.jpg"))
    crop = cv2.imread(str(life.folder(case) / "crop-m0.jpg"))
    assert still is not None
    assert crop is not None
    assert abs(still.astype(int) - analysed.image_bgr.astype(int)).mean() < 3.0, "but for the JPEG"
    (file,) = [one for one in life.message(case).manifest.files if one.role is FileRole.STILL_CROP]
    assert file.box_xyxy_px is not None
    left, top, right, bottom = map(int, file.box_xyxy_px)
    assert abs(crop.astype(int) - still[top:bottom, left:right].astype(int)).mean() < 4.0
    life.end()
