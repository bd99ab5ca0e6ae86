"""SPEED counts vehicles by their speed where the ground is calibrated; it can never become a case."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.camera import CameraConfig, Mode, RuleUse, ZoneKind
from domain.event import FindingKind
from edge.health.quarters import Quarters
from edge.ledger.book import Traffic
from edge.ledger.speeds import LEAST_VEHICLES, quantile, speed_figures
from rules.counts.speed import BAND_KMH, MOST_UNCERTAIN_KMH, SPEED
from rules.registry import rule_problems
from tests.builders.drives import START, CameraBuilder, Findings, run, scenes
from tests.builders.rule_scenes import along, drive

METRES_HIGH = 54.0  # the picture: 0.05 m a pixel, seen from straight above


def camera(*, calibrated: bool = True, off_by: float = 1.0) -> CameraConfig:
    builder = CameraBuilder().zone("lane", ZoneKind.LANE, (0.2, 0.05), (0.45, 0.05), (0.45, 0.95), (0.2, 0.95))
    builder.use(RuleUse(rule="SPEED", mode=Mode.ENFORCE, valid_from=date(2026, 1, 1)))
    if calibrated:
        corners = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))
        builder.ground_points(*(((x, y), (96.0 * off_by * x, METRES_HIGH * off_by * (1 - y))) for x, y in corners))
    return builder.build()


def driven(kmh: float, *, off_by: float = 1.0) -> Findings:
    pixels_per_s = kmh / 3.6 / 0.05
    seconds = 1100 / pixels_per_s
    return run(camera(off_by=off_by), scenes([drive(along((0, 600, 1070), (seconds, 600, -30)), seconds=seconds)]))


@given(kmh=st.floats(12, 110))
def test_a_vehicle_is_counted_in_the_band_of_its_speed(kmh: float) -> None:
    (passage,) = driven(kmh).passages
    assert (passage.place_id, passage.direction, passage.label) == ("lane", "speed_kmh", "car")
    assert abs(int(passage.lane_id) + BAND_KMH / 2 - kmh) <= BAND_KMH / 2 + 0.05 * kmh


def test_what_nobody_drives_is_refused() -> None:
    """A calibration that is off by four makes 60 km/h 240."""
    found = driven(60, off_by=4)
    assert found.passages == ()
    assert found.refused("SPEED") == {"speed_implausible": 1}


@pytest.mark.parametrize("kmh", [30, 90, 150])
def test_no_speed_becomes_a_case_in_any_mode(kmh: float) -> None:
    """There is no way from a counting rule to a case: the engine makes passages of its events."""
    found = driven(kmh)
    assert found.cases == ()
    assert found.alerts == ()
    assert SPEED.KIND is FindingKind.COUNT
    assert not SPEED.OFFENCES
    assert not [name for name in CameraConfig.model_fields if "certificate" in name or "verif" in name]


def test_without_a_calibration_it_is_refused() -> None:
    without = camera(calibrated=False)
    (problem,) = map(str, rule_problems(without, without.rules[0]))
    assert "not calibrated" in problem


def test_who_stops_short_is_not_told() -> None:
    found = run(camera(), scenes([drive(along((0, 600, 1000), (1, 600, 940)), seconds=3.0)]))
    assert found.passages == ()
    assert found.refused("SPEED") == {"way_too_short": 1}


def test_figures_of_a_quarter_of_an_hour() -> None:
    quarters = Quarters()
    for kmh in (22, 28, 33, 34, 36, 41, 58):
        for passage in driven(kmh).passages:
            quarters.note(passage)
    traffic = [
        (Traffic(quarter=beginning, camera_id="cam-1", counted=counted), count)
        for beginning, counts in quarters.read().items()
        for counted, count in counts.items()
    ]
    (figure,) = speed_figures(traffic)
    assert (figure.zone_id, figure.label, figure.vehicles) == ("lane", "car", 7)
    assert figure.quarter <= START < figure.quarter + timedelta(minutes=15)
    assert figure.median is not None
    assert figure.median.low_kmh <= 34 <= figure.median.high_kmh
    assert 30 <= figure.median.kmh <= 38


@given(
    counts=st.dictionaries(st.integers(0, 24).map(lambda band: band * BAND_KMH), st.integers(1, 40), min_size=1),
    share=st.sampled_from([0.5, 0.85]),
)
def test_a_quantile_lies_among_the_vehicles_and_in_its_interval(counts: dict[int, int], share: float) -> None:
    found = quantile(counts, share)
    if sum(counts.values()) < LEAST_VEHICLES:
        assert found is None
        return
    assert found is not None
    assert min(counts) <= found.kmh <= max(counts) + BAND_KMH
    assert found.low_kmh <= found.kmh <= found.high_kmh
    assert found.high_kmh - found.kmh >= MOST_UNCERTAIN_KMH
