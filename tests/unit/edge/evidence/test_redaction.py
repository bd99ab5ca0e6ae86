"""Working copies: what is hidden, what stays, and that nothing of the original changes."""

import io
from datetime import UTC, datetime, timedelta

import av
import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.geometry import BoxPx
from domain.seen.hidden_regions import hidden_regions
from edge.evidence.redaction.between_rows import tracks_at
from edge.evidence.redaction.blurred_clip import BlurredClip
from edge.evidence.redaction.blurring import blurred
from edge.evidence.seen_rows import OverlayRow, OverlayTrack

NOON = datetime(2026, 1, 5, 5, tzinfo=UTC)


def track(number: int, label: str, box: BoxPx) -> OverlayTrack:
    return OverlayTrack(track_id=number, label=label, box_xyxy_px=box, observed=True)


def row(offset_s: float, *tracks: OverlayTrack) -> OverlayRow:
    at = NOON + timedelta(seconds=offset_s)
    return OverlayRow(at=at, resolution_wh=(640, 360), tracks=tracks, signals=())


def covers(regions: tuple[BoxPx, ...], x: float, y: float) -> bool:
    return any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in regions)


def test_heads_and_plates_of_others_are_hidden_and_the_subjects_plate_is_not() -> None:
    bike, car, walker = (100, 100, 160, 200), (300, 100, 420, 180), (500, 100, 530, 190)
    rider = (105, 60, 155, 170)
    tracks = [track(1, "motorcycle", bike), track(2, "car", car), track(3, "person", walker), track(4, "person", rider)]
    of_subject = hidden_regions(tracks, {1})
    assert not covers(of_subject, 130, 185), "the subject's plate"
    assert covers(of_subject, 130, 70), "its rider's head"
    assert covers(of_subject, 360, 165), "another's plate"
    assert covers(of_subject, 515, 105), "a walker's head"
    assert covers(hidden_regions(tracks, ()), 130, 185), "nobody is the subject: every plate"
    assert hidden_regions([track(1, "umbrella", bike)], ()) == ()
    assert hidden_regions([track(1, "person", (0, 0, 4, 10))], ()) == (), "too far away to be known"


@given(st.sampled_from([n / 1000 for n in range(1001)]))
def test_between_two_pictures_everybody_stands_between_and_nobody_is_lost(share: float) -> None:
    rows = [
        row(0, track(1, "person", (0, 0, 10, 30)), track(2, "car", (100, 0, 150, 40))),
        row(2, track(1, "person", (20, 10, 30, 40)), track(3, "car", (200, 0, 250, 40))),
    ]
    found = {each.track_id: each.box_xyxy_px for each in tracks_at(rows, NOON + timedelta(seconds=2 * share))}
    assert found[1] == pytest.approx((20 * share, 10 * share, 10 + 20 * share, 30 + 10 * share), abs=1e-4)
    assert found.keys() >= ({1, 2} if share < 1 else {1}) | ({3} if share > 0 else set())
    before, after = NOON - timedelta(seconds=9), NOON + timedelta(seconds=9)
    assert tracks_at(rows, before) == rows[0].tracks
    assert tracks_at(rows, after) == rows[1].tracks
    assert tracks_at([], NOON) == ()


def test_of_a_hidden_part_no_letter_is_left_and_around_it_nothing_changes() -> None:
    image = np.full((360, 640, 3), 200, np.uint8)
    cv2.putText(image, "75-F1 123.45", (210, 190), cv2.FONT_HERSHEY_SIMPLEX, 0.9, (0, 0, 0), 2)
    before = image.copy()
    hidden = blurred(image, [(200.0, 150.0, 440.0, 210.0), (-50.0, -50.0, 5.0, 5.0), (700.0, 0.0, 800.0, 10.0)])
    assert np.array_equal(image, before), "the original is not written to"
    assert np.array_equal(hidden[220:], image[220:])
    inside = hidden[150:210, 200:440].astype(int)
    assert np.abs(np.diff(inside, axis=1)).max() <= 6, "no edge is left"
    assert np.abs(np.diff(image[150:210, 200:440].astype(int), axis=1)).max() > 100


@pytest.mark.parametrize("size_wh", [(640, 360), (1921, 1081), (2560, 1920)])
def test_the_film_of_a_clip_is_small_plays_and_keeps_time(size_wh: tuple[int, int]) -> None:
    film = BlurredClip()
    for offset_s in (0.0, 0.12, 0.24, 0.2, 0.36):  # one comes late and is left out
        film.add(np.full((size_wh[1], size_wh[0], 3), int(offset_s * 500), np.uint8), offset_s)
    film.add(np.zeros((36, 64, 3), np.uint8), 0.5)  # another size, after the camera was set anew
    content = film.finish()
    assert content is not None
    with av.open(io.BytesIO(content)) as container:
        stream = container.streams.video[0]
        assert (stream.codec_context.name, stream.width <= 1280, stream.width % 2) == ("h264", True, 0)
        times = [round(float(frame.pts * stream.time_base), 2) for frame in container.decode(stream)]
    assert times == [0.0, 0.12, 0.24, 0.36]
    assert BlurredClip().finish() is None, "no picture, no film"
