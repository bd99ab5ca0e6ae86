"""Pictures of reminded places: the place is seen, nobody who was found is, and they are small."""

from datetime import timedelta

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.camera import Zone, ZoneKind
from domain.errors import EvidenceError
from domain.fleet.camera_reports import MAX_STILL_BYTES
from domain.geometry import BoxPx, ImageBgr
from domain.reminder import MAX_PICTURE_BYTES, NoPicture
from domain.seen.detections import Detections
from domain.seen.frame import BgrPicture, Frame
from edge.camera_door.stills import WantedStills
from edge.reminders.place_pictures import LONGEST_SCENE_PX, LONGEST_SIDE_PX, PlacePictures, TakenPicture
from edge.run.seen import Seen
from tests.builders.box_fakes import NOON
from tests.builders.pavement_scenes import pavement_camera
from tests.builders.reminders import build_reminder

SIZE_WH = (1920, 1080)
PLACE = build_reminder()  # at 700, 500 to 920, 690
LABELS = ("person", "motorcycle", "chair")


def street(size_wh: tuple[int, int] = SIZE_WH) -> ImageBgr:
    """Red everywhere: what is grey was covered."""
    return np.full((size_wh[1], size_wh[0], 3), (20, 20, 220), np.uint8)


def found(at_s: float, *found_there: tuple[str, BoxPx]) -> Seen:
    return Seen(
        camera_id="cam-1",
        at=NOON + timedelta(seconds=at_s),
        clock_error_ms=None,
        resolution_wh=SIZE_WH,
        detections=Detections(
            boxes_xyxy_px=np.array([box for _, box in found_there], np.float32).reshape(-1, 4),
            scores=np.full(len(found_there), 0.9, np.float32),
            class_ids=np.array([LABELS.index(label) for label, _ in found_there], np.int64),
            labels=LABELS,
        ),
    )


def taken(pictures: PlacePictures, at_s: float, image: ImageBgr) -> TakenPicture:
    frame = Frame(
        camera_id="cam-1",
        index=1,
        captured_at=NOON + timedelta(seconds=at_s),
        clock_error_ms=None,
        picture=BgrPicture(image),
    )
    return pictures.take(frame, PLACE)


def shown(picture: TakenPicture) -> ImageBgr:
    assert picture.content is not None
    assert len(picture.content) <= MAX_PICTURE_BYTES
    image = cv2.imdecode(np.frombuffer(picture.content, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert max(image.shape[:2]) <= LONGEST_SIDE_PX
    return np.asarray(image, np.uint8)


def grey_share(image: ImageBgr) -> float:
    return float((np.abs(image.astype(np.int64) - 128).max(axis=2) < 40).mean())


def watching(pictures: PlacePictures, *found_there: tuple[str, BoxPx], until_s: float = 0.0) -> None:
    """Nobody for five seconds, and then whoever is given, once a second."""
    for second in range(-6, 0):
        pictures.note(found(until_s + second))
    pictures.note(found(until_s, *found_there))


def test_the_place_alone_is_cut_out_and_chairs_stay_in_it() -> None:
    pictures = PlacePictures(pavement_camera())
    watching(pictures, ("chair", (720.0, 560.0, 800.0, 690.0)))
    image = shown(taken(pictures, 0, street()))
    assert image.shape[1] / image.shape[0] == pytest.approx(220 / 190, rel=0.03)
    assert grey_share(image) == 0.0


@pytest.mark.parametrize(
    ("label", "box"),
    [("person", (740.0, 470.0, 790.0, 690.0)), ("motorcycle", (740.0, 600.0, 830.0, 690.0))],
)
def test_people_are_covered_and_who_rides_reaches_above_the_vehicle(label: str, box: BoxPx) -> None:
    pictures = PlacePictures(pavement_camera())
    watching(pictures, (label, box))
    image = shown(taken(pictures, 0, street()))
    left, top = 700 - 33, 500 - 28.5
    scale = image.shape[1] / (220 + 66)
    middle_x = round(((box[0] + box[2]) / 2 - left) * scale)
    head_y = round((max(box[1] - (0 if label == "person" else 60), top) - top + 6) * scale)
    assert np.abs(image[head_y, middle_x].astype(np.int64) - 128).max() < 40
    assert 0.05 < grey_share(image) < 0.7


def test_who_was_found_a_moment_ago_is_covered_though_this_picture_misses_them() -> None:
    pictures = PlacePictures(pavement_camera())
    watching(pictures, ("person", (740.0, 470.0, 790.0, 690.0)))
    for second in (2, 4):
        pictures.note(found(second))
    assert grey_share(shown(taken(pictures, 4, street()))) > 0.05
    for second in (6, 8, 9):
        pictures.note(found(second))
    assert grey_share(shown(taken(pictures, 9, street()))) == 0.0


@pytest.mark.parametrize("watched_s", [0, 1, 4])
def test_there_is_no_picture_before_five_seconds_were_watched(watched_s: int) -> None:
    """Who stands there may be missed in every picture since the start."""
    pictures = PlacePictures(pavement_camera())
    assert taken(pictures, 0, street()).missing is NoPicture.NOT_WATCHED
    for second in range(watched_s + 1):
        pictures.note(found(second))
    assert taken(pictures, watched_s, street()).missing is NoPicture.NOT_WATCHED
    for second in range(watched_s + 1, 6):
        pictures.note(found(second))
    assert taken(pictures, 5, street()).content is not None


@settings(max_examples=80, deadline=None)
@given(st.lists(st.integers(-3000, 9000).map(lambda step_ms: step_ms / 1000), min_size=1, max_size=30))
def test_a_picture_is_shown_only_after_five_seconds_without_a_gap(steps_s: list[float]) -> None:
    pictures, at_s, since_s = PlacePictures(pavement_camera()), 0.0, None
    for step_s in steps_s:
        at_s += step_s
        since_s = at_s if since_s is None or not 0 <= step_s <= 2.5 else since_s
        pictures.note(found(at_s))
        picture = taken(pictures, at_s, street())
        assert (picture.content is not None) == (at_s - since_s > 5.0 - 1e-6)


def test_a_clock_that_is_set_back_leaves_nothing_that_grows() -> None:
    pictures = PlacePictures(pavement_camera())
    pictures.note(found(86400, ("person", (740.0, 470.0, 790.0, 690.0))))
    for second in range(100):
        pictures.note(found(second))
    assert len(pictures._recent) <= 6


def test_where_nothing_of_the_place_is_left_there_is_no_picture_but_a_reason() -> None:
    pictures = PlacePictures(pavement_camera())
    watching(pictures, ("person", (690.0, 480.0, 930.0, 700.0)))
    picture = taken(pictures, 0, street())
    assert picture == TakenPicture(at=NOON, missing=NoPicture.COVERED)
    assert picture.named(0).missing is NoPicture.COVERED


def test_privacy_masks_hold_and_a_picture_of_another_shape_is_none() -> None:
    camera = pavement_camera()
    corner = ((0.36, 0.46), (0.42, 0.46), (0.42, 0.64), (0.36, 0.64))
    mask = Zone(id="window", kind=ZoneKind.PRIVACY_MASK, polygon_norm=corner)
    pictures = PlacePictures(camera.model_copy(update={"zones": (*camera.zones, mask)}))
    watching(pictures)
    assert grey_share(shown(taken(pictures, 0, street()))) > 0.2
    assert taken(pictures, 0, street((1000, 1000))).missing is NoPicture.FAILED


def test_a_small_stream_shows_the_same_place() -> None:
    pictures = PlacePictures(pavement_camera())
    watching(pictures, ("person", (740.0, 470.0, 790.0, 690.0)))
    large, small = (shown(taken(pictures, 0, street(size))) for size in (SIZE_WH, (640, 360)))
    assert grey_share(small) == pytest.approx(grey_share(large), abs=0.05)


@settings(max_examples=80, deadline=None)
@given(
    x=st.floats(-200, 1900),
    y=st.floats(-200, 1000),
    width=st.floats(1, 900),
    height=st.floats(1, 900),
    noise=st.integers(0, 5),
)
def test_no_pixel_of_a_found_person_is_shown(x: float, y: float, width: float, height: float, noise: int) -> None:
    """People are green here, and nothing else is."""
    image = np.random.default_rng(noise).integers(0, 60, (1080, 1920, 3)).astype(np.uint8)
    rows, columns = slice(max(int(y), 0), max(int(y + height), 0)), slice(max(int(x), 0), max(int(x + width), 0))
    image[rows, columns] = (0, 255, 0)
    pictures = PlacePictures(pavement_camera())
    watching(pictures, ("person", (x, y, x + width, y + height)))
    picture = taken(pictures, 0, image)
    if picture.content is None:
        assert picture.missing is NoPicture.COVERED
        return
    inside = shown(picture).astype(np.int64)
    assert not ((inside[..., 1] > 180) & (inside[..., 2] < 90) & (inside[..., 0] < 90)).any()


def a_frame(at_s: float, image: ImageBgr) -> Frame:
    at = NOON + timedelta(seconds=at_s)
    return Frame(camera_id="cam-1", index=1, captured_at=at, clock_error_ms=None, picture=BgrPicture(image))


def test_a_still_shows_the_whole_view_and_nobody_who_was_found_in_the_last_seconds() -> None:
    mask = Zone(id="m", kind=ZoneKind.PRIVACY_MASK, polygon_norm=((0.8, 0.8), (1.0, 0.8), (1.0, 1.0), (0.8, 1.0)))
    pictures = PlacePictures(pavement_camera().model_copy(update={"zones": (mask,)}))
    with pytest.raises(EvidenceError, match="not watched for five seconds"):
        pictures.scene(a_frame(0, street()))
    watching(pictures, ("person", (200.0, 200.0, 300.0, 500.0)))
    pictures.note(found(2, ("motorcycle", (1000.0, 400.0, 1200.0, 600.0))))
    content = pictures.scene(a_frame(2, street((960, 540))))
    image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    assert image is not None
    assert (len(content) <= MAX_STILL_BYTES, max(image.shape[:2])) == (True, LONGEST_SCENE_PX)
    for x, y in ((125, 175), (550, 250), (550, 150), (900, 500)):
        assert np.abs(image[y, x].astype(np.int64) - 128).max() < 40, "person, motorcycle, its rider's room, mask"
    assert np.abs(image[400, 400].astype(np.int64) - 128).max() > 80


def test_a_still_is_made_once_for_each_want() -> None:
    stills, made = WantedStills(), []

    def make() -> bytes:
        made.append(1)
        return b"jpeg"

    stills.offer("cam-1", make)
    assert (stills.take(), made) == (None, [])
    stills.want("cam-1")
    stills.offer("cam-2", make)
    for _ in range(3):
        stills.offer("cam-1", make)
    assert (stills.take(), stills.take(), made) == (("cam-1", b"jpeg"), None, [1])
