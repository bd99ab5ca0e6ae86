import json
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from detectors.lamps.looking import LampSettings, read_lamps
from detectors.lamps.reader import LampReader
from domain.seen.timeline import SignalState
from tests.builders.detecting import frame_of

RED, YELLOW, GREEN, UNKNOWN = SignalState.RED, SignalState.YELLOW, SignalState.GREEN, SignalState.UNKNOWN
COLOURS_BGR = {RED: (60, 40, 230), YELLOW: (30, 150, 250), GREEN: (150, 220, 40)}
PLACES = {RED: 0, YELLOW: 1, GREEN: 2}


def light(lit: dict[SignalState, tuple[int, int, int]], *, size: int = 30) -> NDArray[np.uint8]:
    """An upright traffic light whose lamps are lit in the given colours."""
    image = np.full((3 * size, size, 3), 35, np.uint8)
    for state, place in PLACES.items():
        colour = lit.get(state, (45, 45, 45))
        cv2.circle(image, (size // 2, size // 2 + place * size), size // 3, colour, thickness=-1)
    return image


@pytest.mark.parametrize("state", [RED, YELLOW, GREEN])
@pytest.mark.parametrize("size", [8, 14, 30, 80])
def test_a_lit_lamp_is_read_near_and_far_upright_and_lying(state: SignalState, size: int) -> None:
    upright = light({state: COLOURS_BGR[state]}, size=size)
    assert read_lamps(upright).state == state
    assert read_lamps(np.ascontiguousarray(upright.transpose(1, 0, 2))).state == state


@pytest.mark.parametrize(
    "image",
    [
        light({}),
        light({RED: COLOURS_BGR[RED], GREEN: COLOURS_BGR[GREEN]}),
        light({GREEN: COLOURS_BGR[RED]}),
        light({RED: COLOURS_BGR[GREEN]}),
        np.full((90, 30, 3), COLOURS_BGR[RED], np.uint8),
        np.full((90, 30, 3), 255, np.uint8),
        np.zeros((90, 30, 3), np.uint8),
        np.zeros((6, 3, 3), np.uint8),
        np.zeros((0, 0, 3), np.uint8),
        (light({RED: COLOURS_BGR[RED]}) * 0.2).astype(np.uint8),
    ],
    ids=["off", "two lit", "red below", "green above", "red wall", "glare", "black", "tiny", "no region", "night"],
)
def test_what_is_not_sure_is_unknown(image: NDArray[np.uint8]) -> None:
    assert read_lamps(image).state == UNKNOWN


@given(seed=st.integers(0, 10_000))
@settings(max_examples=60, deadline=None)
def test_no_light_in_noise(seed: int) -> None:
    image = np.random.default_rng(seed).integers(0, 256, (60, 20, 3), np.uint8)
    assert read_lamps(image).state == UNKNOWN


def test_the_picture_is_not_written_to() -> None:
    image = light({RED: COLOURS_BGR[RED]})
    image.setflags(write=False)
    assert read_lamps(image).state == RED


def told(states: list[SignalState | None], *, every_s: float = 0.1) -> list[SignalState]:
    reader = LampReader(region_norm=(0.5, 0.25, 0.75, 1.0))
    answers = []
    for n, state in enumerate(states):
        image = np.full((120, 120, 3), 90, np.uint8)
        image[30:, 60:90] = light({state: COLOURS_BGR[state]} if state else {})
        answers.append(reader.read(frame_of(image, at_s=n * every_s)))
    return answers


def test_a_change_is_unknown_for_a_moment_and_never_the_old_state() -> None:
    answers = told([RED] * 10 + [GREEN] * 10)
    assert answers[:10] == [RED] * 10
    assert RED not in answers[10:]
    assert answers[10] == UNKNOWN
    assert answers[-5:] == [GREEN] * 5
    changes = [pair for pair in pairwise(answers) if pair[0] != pair[1]]
    assert changes == [(RED, UNKNOWN), (UNKNOWN, GREEN)]


def test_one_strange_reading_makes_the_light_unknown_for_half_a_minute() -> None:
    answers = told([GREEN] * 8 + [RED] + [GREEN] * 310)
    assert answers[:8] == [GREEN] * 8
    assert set(answers[8:300]) == {UNKNOWN}
    assert answers[-1] == GREEN


def test_a_covered_light_is_unknown_at_once() -> None:
    assert told([RED] * 5 + [None] * 3)[5:] == [UNKNOWN] * 3


def test_rare_pictures_are_each_judged_alone() -> None:
    assert told([RED, RED, GREEN, YELLOW], every_s=1.25) == [RED, RED, GREEN, YELLOW]


def test_time_never_stands() -> None:
    reader = LampReader(region_norm=(0.0, 0.0, 1.0, 1.0))
    frame = frame_of(light({RED: COLOURS_BGR[RED]}))
    reader.read(frame)
    with pytest.raises(ValueError, match="not later"):
        reader.read(frame)


def test_settings_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="least_contrast"):
        LampSettings(least_contrast=0.5)


def test_a_real_light_is_read_right_or_not_at_all(shared_data: Path) -> None:
    folder = shared_data / "street" / "vn_redlight"
    spans = json.loads((folder / "ground_truth.json").read_text())["signal"]
    truth = [span["state"] for span in spans for _ in range(span["from"], span["to"] + 1)]
    inside_the_drawn_frame = (slice(102, 246), slice(1778, 1829))
    answers = []
    for n in range(0, len(truth), 3):
        picture = cv2.imread(str(folder / "frames" / f"frame_{n:04d}.jpg"))
        assert picture is not None
        answers.append(read_lamps(np.asarray(picture[inside_the_drawn_frame], np.uint8)).state)
    assert {(answer, state) for answer, state in zip(answers, truth[::3], strict=True) if answer != UNKNOWN} <= {
        (RED, "red"),
        (YELLOW, "yellow"),
        (GREEN, "green"),
    }
    assert sum(answer != UNKNOWN for answer in answers) >= 0.97 * len(answers)
