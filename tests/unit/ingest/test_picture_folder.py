"""Folders of time-stamped pictures."""

from datetime import UTC, datetime
from pathlib import Path

import cv2
import pytest

from domain.errors import ClipUnavailable, ConfigurationError, EndOfSource, SourceUnavailable
from ingest.recorded.picture_folder import PictureFolderSource
from tests.builders.synthetic_video import number_of, numbered_picture


class StillClock:
    """A clock that stands."""

    def now(self) -> datetime:
        return datetime(2026, 1, 5, tzinfo=UTC)

    def monotonic_s(self) -> float:
        return 0.0


def write(path: Path, number: int) -> None:
    assert cv2.imwrite(str(path), numbered_picture(number))


def open_folder(path: Path, **options: float) -> PictureFolderSource:
    return PictureFolderSource(camera_id="cam-1", directory=path, clock=StillClock(), **options)  # type: ignore[arg-type]


def test_pictures_come_in_order_of_the_times_in_their_names(tmp_path: Path) -> None:
    names = ["20260105T070000.040Z.jpg", "20260105T070000Z.png", "cam-1_20260105T140000.080+0700.jpg"]
    for number, name in zip((1, 0, 2), names, strict=True):
        write(tmp_path / name, number)
    (tmp_path / "notes.txt").write_text("not a picture")
    source = open_folder(tmp_path)
    frames = [source.read(0.0) for _ in range(3)]
    assert [number_of(frame.image_bgr) for frame in frames if frame] == [0, 1, 2]
    assert [frame.captured_at.microsecond for frame in frames if frame] == [0, 40_000, 80_000]
    with pytest.raises(EndOfSource):
        source.read(0.0)
    with pytest.raises(ClipUnavailable, match="folder of pictures"):
        source.cut_clip(datetime(2026, 1, 5, tzinfo=UTC), datetime(2026, 1, 6, tzinfo=UTC))


def test_a_table_of_times_decides_alone(tmp_path: Path) -> None:
    for number in range(3):
        write(tmp_path / f"IMG_{number}.jpg", number)
    (tmp_path / "times.csv").write_text(
        "file,captured_at\nIMG_1.jpg,2026-01-05T07:00:01Z\nIMG_0.jpg,2026-01-05T14:00:00+07:00\n", encoding="utf-8"
    )
    source = open_folder(tmp_path)
    frames = [source.read(0.0), source.read(0.0)]
    assert [number_of(frame.image_bgr) for frame in frames if frame] == [0, 1]
    with pytest.raises(EndOfSource):
        source.read(0.0)


@pytest.mark.parametrize(
    ("table", "told"),
    [
        ("name,when\na.jpg,2026-01-05T07:00:01Z\n", "expected the header file,captured_at"),
        ("file,captured_at\na.jpg,2026-01-05T07:00:01\n", r"times.csv:2: expected an instant"),
        ("file,captured_at\nb.jpg,2026-01-05T07:00:01Z\n", "no picture 'b.jpg'"),
        ("file,captured_at\n../a.jpg,2026-01-05T07:00:01Z\n", "no picture '../a.jpg'"),
        ("file,captured_at\na.jpg,2026-01-05T07:00:01Z\na.jpg,2026-01-05T07:00:01Z\n", "the same capture time"),
    ],
)
def test_a_wrong_table_is_told_with_its_line(tmp_path: Path, table: str, told: str) -> None:
    write(tmp_path / "a.jpg", 0)
    (tmp_path / "times.csv").write_text(table, encoding="utf-8")
    with pytest.raises(ConfigurationError, match=told):
        open_folder(tmp_path)


def test_a_picture_without_a_time_a_missing_and_an_empty_folder_are_told(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match="does not exist"):
        open_folder(tmp_path / "absent")
    with pytest.raises(SourceUnavailable, match="holds no pictures"):
        open_folder(tmp_path)
    write(tmp_path / "IMG_1.jpg", 0)
    with pytest.raises(ConfigurationError, match=r"20260105T070000\.040Z\.jpg"):
        open_folder(tmp_path)


@pytest.mark.parametrize("content", [b"", b"no picture"])
def test_an_unreadable_picture_is_an_error_not_an_empty_scene_and_the_next_one_follows(
    tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "20260105T070000Z.jpg").write_bytes(content)
    write(tmp_path / "20260105T070001Z.jpg", 7)
    source = open_folder(tmp_path)
    with pytest.raises(SourceUnavailable, match="not a readable picture"):
        source.read(0.0)
    frame = source.read(0.0)
    assert frame is not None
    assert number_of(frame.image_bgr) == 7
    assert source.counters.frames_damaged == 1


def test_analysed_fps_thins_by_time(tmp_path: Path) -> None:
    for i in range(10):
        write(tmp_path / f"20260105T070000.{i}Z.png", i)
    source = open_folder(tmp_path, analysed_fps=2.0)
    frames = [source.read(0.0), source.read(0.0)]
    assert [number_of(frame.image_bgr) for frame in frames if frame] == [0, 5]
    source.close()
    with pytest.raises(SourceUnavailable, match="closed"):
        source.read(0.0)
