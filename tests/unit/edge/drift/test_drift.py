from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.errors import ConfigurationError
from domain.seen.detections import Detections
from domain.seen.frame import BgrPicture, Frame
from edge.drift.band import LEAST_DAYS, judge
from edge.drift.profile import DayProfile, LabelCounts, figures_of
from edge.drift.report import report
from edge.drift.store import KEPT_DAYS, CameraDays, ProfileStore
from edge.drift.watch import DriftWatch
from edge.health.problems import ProblemBoard
from tests.builders.box_fakes import ManualClock

FIRST = date(2026, 1, 5)
WEIGHTS = "a" * 64
LABELS = ("car", "motorcycle")


def seen(*rows: tuple[float, float, int]) -> Detections:
    """Boxes by (height in px, score, class)."""
    return Detections(
        boxes_xyxy_px=np.array([(0, 0, 10, height) for height, _, _ in rows], np.float32).reshape(-1, 4),
        scores=np.array([score for _, score, _ in rows], np.float32),
        class_ids=np.array([label for _, _, label in rows], np.int64),
        labels=LABELS,
    )


def day_of(index: int, *, motorcycles: int = 20_000, score: float = 0.6, pictures: int = 10_000) -> DayProfile:
    scores = [0] * 20
    scores[int(score * 20)] = motorcycles
    heights = [0] * 32
    heights[12] = motorcycles
    counts = LabelCounts(objects=motorcycles, scores=scores, heights=heights)
    return DayProfile(
        day=FIRST + timedelta(days=index), detector_sha256=WEIGHTS, pictures=pictures, labels={"motorcycle": counts}
    )


USUAL = [day_of(index, motorcycles=20_000 + 300 * (index % 3)) for index in range(LEAST_DAYS + 1)]


def test_a_picture_without_objects_counts_as_looked_at() -> None:
    profile = DayProfile(day=FIRST, detector_sha256=WEIGHTS)

    profile.add(seen(), (100, 100))

    assert (profile.pictures, profile.labels) == (1, {})


@given(st.lists(st.tuples(st.floats(1, 2000), st.floats(0, 1), st.integers(0, 1)), max_size=30))
def test_every_object_is_counted_once_in_each_histogram(rows: list[tuple[float, float, int]]) -> None:
    profile = DayProfile(day=FIRST, detector_sha256=WEIGHTS)

    profile.add(seen(*rows), (1920, 1080))

    assert sum(counts.objects for counts in profile.labels.values()) == len(rows)
    for counts in profile.labels.values():
        assert sum(counts.scores) == sum(counts.heights) == counts.objects


def test_figures_are_those_of_the_objects() -> None:
    profile = DayProfile(day=FIRST, detector_sha256=WEIGHTS)
    for _ in range(10):
        profile.add(seen((100, 0.81, 1), (100, 0.81, 1)), (400, 400))

    figures = figures_of(profile, least_objects=20, least_plates=1)

    assert figures["motorcycle: objects a picture"] == 2.0
    assert figures["motorcycle: mean score"] == pytest.approx(0.81, abs=0.025)
    assert figures["motorcycle: median height, share of the picture's"] == pytest.approx(0.25, rel=0.1)
    assert "car: objects a picture" not in figures


def test_few_objects_give_no_score_and_few_plates_no_rate() -> None:
    profile = DayProfile(day=FIRST, detector_sha256=WEIGHTS)
    profile.add(seen((100, 0.8, 1)), (400, 400))
    profile.add_plate(agreed=True)

    assert list(figures_of(profile, least_objects=2, least_plates=2)) == ["motorcycle: objects a picture"]
    assert figures_of(profile, least_objects=2, least_plates=1)["plates read, share of those looked for"] == 1.0


def test_two_days_with_low_scores_have_left_the_band() -> None:
    lower = [day_of(len(USUAL), score=0.4), day_of(len(USUAL) + 1, score=0.4)]

    assert judge(lower[0], USUAL).departures == ()
    (departure,) = judge(lower[1], [*USUAL, lower[0]]).departures
    assert departure.figure == "motorcycle: mean score"


def test_a_class_that_is_seen_no_more_has_left_the_band() -> None:
    empty = [
        DayProfile(day=FIRST + timedelta(days=len(USUAL) + n), detector_sha256=WEIGHTS, pictures=10_000)
        for n in range(2)
    ]

    (departure,) = judge(empty[1], [*USUAL, empty[0]]).departures

    assert (departure.figure, departure.value) == ("motorcycle: objects a picture", 0.0)


@pytest.mark.parametrize(
    ("day", "earlier", "reason"),
    [
        (day_of(30, pictures=10), USUAL, "only 10 pictures"),
        (day_of(30, pictures=3000), USUAL, "too few beside the usual 10000"),
        (day_of(30), USUAL[:-1], "only 14 of 15"),
        (day_of(30).model_copy(update={"detector_sha256": "b" * 64}), USUAL, "only 0 of 15"),
    ],
)
def test_what_cannot_be_compared_is_not_judged(day: DayProfile, earlier: list[DayProfile], reason: str) -> None:
    verdict = judge(day, earlier)

    assert verdict.departures == ()
    assert reason in str(verdict.not_judged_because)


@given(st.permutations(range(len(USUAL))))
def test_the_order_of_the_earlier_days_does_not_matter(order: list[int]) -> None:
    day = day_of(40, score=0.4)

    assert judge(day, [USUAL[index] for index in order]) == judge(day, USUAL)


def test_days_come_back_from_the_disk_and_old_ones_go(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path / "profiles")
    days = [day_of(index) for index in range(KEPT_DAYS + 5)]

    store.write(CameraDays(camera_id="cam-1", days=days))

    assert store.read("cam-1").days == days[5:]
    assert store.camera_ids() == ("cam-1",)
    assert store.read("cam-2").days == []


def at_noon(index: int) -> datetime:
    day = FIRST + timedelta(days=index)
    return datetime(day.year, day.month, day.day, 5, tzinfo=UTC)


def picture(index: int) -> Frame:
    image = np.zeros((400, 400, 3), np.uint8)
    return Frame(camera_id="cam-1", index=0, captured_at=at_noon(index), clock_error_ms=None, picture=BgrPicture(image))


def watch_over(store: ProfileStore, problems: ProblemBoard) -> DriftWatch:
    return DriftWatch(store=store, detector_sha256=WEIGHTS, problems=problems, clock=ManualClock())


def test_the_first_picture_of_a_day_judges_the_day_before_and_a_restart_tells_it_again(tmp_path: Path) -> None:
    store, problems = ProfileStore(tmp_path), ProblemBoard()
    low = [day_of(len(USUAL) + n, score=0.4) for n in range(2)]
    store.write(CameraDays(camera_id="cam-1", days=[*USUAL, *low]))

    watch_over(store, problems).note(picture(len(USUAL) + 2), seen())

    (text,) = problems.texts()
    assert "camera cam-1" in text
    assert "motorcycle: mean score" in text


def test_a_day_back_in_its_band_ends_the_problem(tmp_path: Path) -> None:
    store, problems = ProfileStore(tmp_path), ProblemBoard()
    low = [day_of(len(USUAL) + n, score=0.4) for n in range(2)]
    store.write(CameraDays(camera_id="cam-1", days=[*USUAL, *low]))
    watch_over(store, problems).note(picture(len(USUAL) + 2), seen())
    store.write(CameraDays(camera_id="cam-1", days=[*USUAL, *low, day_of(len(USUAL) + 2)]))

    watch_over(store, problems).note(picture(len(USUAL) + 3), seen())

    assert problems.texts() == ()


def test_pictures_and_plates_of_a_day_outlive_the_process(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    for _ in range(2):
        watch = watch_over(store, ProblemBoard())
        watch.note(picture(3), seen((100, 0.8, 1)))
        watch.note_plate("cam-1", at_noon(3), agreed=True)
        watch.note_plate("cam-1", at_noon(2), agreed=True)  # its day is over
        watch.close()

    (day,) = store.read("cam-1").days
    assert (day.day, day.pictures, day.labels["motorcycle"].objects) == (FIRST + timedelta(days=3), 2, 2)
    assert (day.plates_agreed, day.plates_unread) == (2, 0)


def test_an_unreadable_profile_is_told_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "cam-1.json").write_text("{", encoding="utf-8")
    store, problems = ProfileStore(tmp_path), ProblemBoard()
    with pytest.raises(ConfigurationError, match=r"cam-1\.json"):
        store.read("cam-1")

    watch = watch_over(store, problems)
    watch.note(picture(0), seen())
    watch.close()

    assert "cam-1.json" in problems.texts()[0]
    assert (tmp_path / "cam-1.json").read_text(encoding="utf-8") == "{"


def test_the_report_shows_every_figure_beside_its_band(tmp_path: Path) -> None:
    store = ProfileStore(tmp_path)
    store.write(CameraDays(camera_id="cam-1", days=[*USUAL, day_of(len(USUAL))]))

    heading, *lines = report(store, today=FIRST + timedelta(days=len(USUAL) + 1))

    assert "cam-1" in heading
    assert "as usual" in heading
    assert [line.split(":")[0].strip() for line in lines] == ["motorcycle"] * 3
