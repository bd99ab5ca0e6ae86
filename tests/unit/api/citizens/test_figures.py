"""What the public is told in numbers: nobody is singled out, and a month that is over is the same report for ever."""

import csv
import io
from collections.abc import Iterable
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import delete, select

from api.citizens.error_report import What
from api.citizens.figure_texts import figures_csv, report_csv, report_pdf
from api.citizens.figures import Month
from api.counts.reading import Span
from api.jobs import Jobs
from api.persistence.tables import events, published_figures
from api.police.steps import Told
from api.principals import SYSTEM, Principal
from domain.cases.roles import Role
from domain.cases.states import REFERRED_STATES, Action, CaseState
from domain.instants import HUE_TIME
from domain.public_figures import CityState, city_states, moved, renewed, told, told_row
from tests.builders.cases import NOON, build_case
from tests.builders.centre import QUEUE, CentreBuilder
from tests.builders.citizens import noticed_case

WORDS = "Không phải xe của tôi."
TO_FEBRUARY_S = 40 * 86_400.0


def lived_month(centre: CentreBuilder) -> list[str]:
    """A January of which much is to tell; returns the plates and names that nobody may read."""
    officer, door = centre.officer(), centre.centre.citizens
    take = centre.centre.police_steps.take
    noticed = [noticed_case(centre, officer) for _ in range(6)]
    for case_id, notice in noticed[:3]:
        door.object(door.open(notice.number, notice.code, address="home"), WORDS)
        assert centre.stored(case_id).state is CaseState.CONTESTED
    take(officer, noticed[0][0], Told(step=Action.UPHOLD, note="looked at again"))
    take(officer, noticed[1][0], Told(step=Action.POLICE_CANCEL, reason_code="PLATE_VEHICLE_MISMATCH"))
    noticed_case(centre, officer, code="RED_LIGHT", vehicle_kind="car")
    centre.queued_case(code="STOP_LINE", vehicle_kind="car")
    return ["Lê Lợi", WORDS, *(notice.number for _, notice in noticed), *(str(case_id) for case_id, _ in noticed)]


def texts(centre: CentreBuilder) -> Iterable[str]:
    client = centre.client()
    for path in ("so-lieu", "so-lieu?lang=en", "so-lieu/2026-01.csv", "bao-cao/2026-01.csv"):
        answer = client.get(f"/cong-dan/{path}")
        assert answer.status_code == 200, path
        yield answer.text


def test_the_months_figures_are_rounded_and_name_nobody(centre: CentreBuilder) -> None:
    secrets = lived_month(centre)
    centre.clock.advance(TO_FEBRUARY_S)
    assert centre.centre.public_figures.publish() == 1
    shown = centre.centre.public_figures.month("2026-01")
    assert shown is not None
    total = dict(zip(CityState, shown.total, strict=True))
    assert total[CityState.DETECTED] == 10, "eight, rounded"
    assert total[CityState.TRANSFERRED] == 5, "seven, rounded"
    assert total[CityState.UNDER_REVIEW] is None, "one: fewer than five"
    numbers = [each for _, row in shown.by_day for each in row] + [each for *_, row in shown.by_offence for each in row]
    assert all(each is None or each % 5 == 0 for each in numbers)
    for text in texts(centre):
        assert not [secret for secret in secrets if secret in text]
    assert "&lt;5" in centre.client().get("/cong-dan/so-lieu").text
    rows = list(csv.DictReader(io.StringIO(figures_csv(shown))))
    assert rows[0]["by"] == "all"
    assert {row["by"] for row in rows} == {"all", "day", "offence", "ward"}
    assert next(row["name"] for row in rows if row["by"] == "ward") == "Thuận Hóa"
    assert next(row["name"] for row in rows if row["by"] == "day") == "2026-01-05"


def test_rows_of_few_cases_are_not_told(sqlite_centre: CentreBuilder) -> None:
    site = build_case().site
    for ward, cases in (("Thuận Hóa", 6), ('=HYPERLINK("http://x")', 5), ("Phú Xuân", 4)):
        for number in range(cases):
            of = {"site": site.model_copy(update={"ward": ward}), "subject_key": f"{ward}{number}"}
            sqlite_centre.queued_case(**of)
    sqlite_centre.centre.public_figures.publish()
    shown = sqlite_centre.centre.public_figures.month("2026-01")
    assert shown is not None
    assert shown.by_day == (), "the day is not over"
    assert dict(shown.by_ward) == dict.fromkeys(("Thuận Hóa", '=HYPERLINK("http://x")'), (5, 5, 0, 0, 0, 0))
    named = [row["name"] for row in csv.DictReader(io.StringIO(figures_csv(shown))) if row["by"] == "ward"]
    assert sorted(named) == ['\'=HYPERLINK("http://x")', "Thuận Hóa"], "no spreadsheet takes it for a formula"


def test_the_error_report_counts_what_was_done_in_the_month(sqlite_centre: CentreBuilder) -> None:
    lived_month(sqlite_centre)
    sqlite_centre.clock.advance(TO_FEBRUARY_S)
    sqlite_centre.centre.public_figures.publish()
    report = sqlite_centre.centre.public_figures.report("2026-01")
    assert report is not None
    assert {what.value: count for what, count in report.total.items() if count} == {
        "confirmed": 7,
        "received": 7,
        "issued": 7,
        "appealed": 3,
        "upheld": 1,
        "cancelled_after": 1,
    }
    assert report.cancelled_share == pytest.approx(1 / 7)
    assert report.refused_share == 0
    assert [vi for vi, _, _ in report.by_offence] == ["Các hành vi khác"], "one offence alone would tell of the other"
    assert report.by_offence[0][2] == report.total


def test_what_a_second_unit_receives_is_received_once(centre: CentreBuilder) -> None:
    case_id, steps = centre.ready_case().case_id, centre.centre.police_steps
    city, ward = centre.officer(), centre.officer("ward", queues=("commune_police",))
    for officer, queue in ((city, QUEUE), (ward, "commune_police")):
        lease = centre.centre.police.pull(officer, queue, n=1, lease_s=600, idempotency_key="k")
        assert lease.lease_id is not None
        b"".join(centre.centre.police.package(officer, case_id))
        sha256 = centre.stored(case_id).package_sha256 or ""
        centre.centre.police.acknowledge(officer, case_id, lease_id=lease.lease_id, package_sha256=sha256)
        steps.take(officer, case_id, Told(step=Action.VERIFY))
        if officer is city:
            steps.take(officer, case_id, Told(step=Action.REFER_COMMUNE))
    centre.clock.advance(TO_FEBRUARY_S)
    centre.centre.public_figures.publish()
    report = centre.centre.public_figures.report("2026-01")
    assert report is not None
    assert report.total[What.RECEIVED] == 1


def test_the_same_month_is_the_same_bytes_whenever_it_is_made(centre: CentreBuilder) -> None:
    lived_month(centre)
    assert centre.centre.public_figures.publish() == 0, "January is not over"
    centre.clock.advance(TO_FEBRUARY_S)
    figures = centre.centre.public_figures
    assert figures.publish() == 1
    first = figures.report("2026-01")
    assert first is not None
    made = report_pdf(first), report_csv(first)
    client = centre.client()
    assert client.get("/cong-dan/bao-cao/2026-01.pdf").content == made[0]
    february = NOON + timedelta(seconds=TO_FEBRUARY_S)
    noticed_case(centre, centre.officer(), began_at=february)
    with centre.database.write() as connection:
        connection.execute(delete(published_figures))
    centre.clock.advance(86_400)
    assert figures.publish() == 1
    again = figures.report("2026-01")
    assert again == first
    assert (report_pdf(again), report_csv(again)) == made
    assert figures.publish() == 0, "what is there is not made again"
    with centre.database.read() as connection:
        published = connection.execute(select(events.c.body).where(events.c.action == "report_published")).scalars()
        hashes = list(published)
    assert len(hashes) == 2
    assert hashes[0] == hashes[1], "the record names the same hash twice"
    assert centre.centre.audit.verify(SYSTEM).intact


def test_the_jobs_process_publishes(sqlite_centre: CentreBuilder) -> None:
    for _ in range(5):
        sqlite_centre.queued_case()
    jobs = Jobs(sqlite_centre.settings, sqlite_centre.centre)
    assert jobs.round()
    assert sqlite_centre.centre.public_figures.months() == ("2026-01",)
    jobs.close()


def test_two_renewals_compared_show_no_single_case(centre: CentreBuilder) -> None:
    """Seven cases are told as five and eight as ten: the eighth would move its offence, ward and day, and the total."""
    site, figures = build_case().site, centre.centre.public_figures
    elsewhere = {"code": "STOP_LINE", "vehicle_kind": "car", "site": site.model_copy(update={"ward": "An Cựu"})}
    for _ in range(7):
        centre.queued_case()
        centre.queued_case(**elsewhere)
    centre.clock.advance(86_400)
    figures.publish()
    first = figures.month("2026-01")
    assert first is not None
    assert [len(table) for table in (first.by_day, first.by_offence, first.by_ward)] == [1, 2, 2]
    centre.queued_case(**elsewhere)
    centre.clock.advance(6 * 3600)
    figures.publish()
    assert figures.month("2026-01") == first
    for _ in range(4):
        centre.queued_case()  # five cases moved in all, one of them elsewhere
    centre.clock.advance(6 * 3600)
    figures.publish()
    second = figures.month("2026-01")
    assert second is not None
    assert second.total != first.total
    assert (second.by_ward, second.by_offence) == (first.by_ward, first.by_offence), (
        "each row waits for five of its own"
    )
    centre.queued_case()
    figures.publish()
    third = figures.month("2026-01")
    assert third is not None
    assert third.by_ward[0] == first.by_ward[0]
    assert third.by_ward[1] == ("Thuận Hóa", (10, 10, 0, 0, 0, 0))


EXACT = st.tuples(*[st.integers(0, 40)] * 4).map(
    lambda places: (sum(places), *places[:2], places[2] + places[3], *places[2:])
)


@given(st.lists(EXACT, min_size=2, max_size=8))
def test_what_is_told_of_a_row_changes_by_five_cases_or_not_at_all(counts: list[tuple[int, ...]]) -> None:
    basis: dict[str, tuple[int, ...]] = {}
    for now in counts:
        before, basis = basis, renewed(basis, {"row": now})
        if basis != before and before and basis:
            assert moved(before["row"], basis["row"]) >= 5
        assert all(told_row(row)[0] is not None for row in basis.values())


def test_months_that_are_none_have_a_page_that_says_so(sqlite_centre: CentreBuilder) -> None:
    client = sqlite_centre.client()
    assert "Chưa có số liệu" in client.get("/cong-dan/so-lieu").text
    for path in (
        "so-lieu?month=2026-01",
        "so-lieu?month=' OR 1=1",
        "so-lieu/2026-13.csv",
        "so-lieu/..%2f..%2fx.csv",
        "bao-cao/2026-01.pdf",
        "bao-cao/%00.csv",
    ):
        assert client.get(f"/cong-dan/{path}").status_code == 404, path


def test_an_empty_centre_publishes_nothing(centre: CentreBuilder) -> None:
    centre.clock.advance(TO_FEBRUARY_S)
    assert centre.centre.public_figures.publish() == 0
    assert centre.centre.public_figures.months() == ()


@given(st.integers(min_value=0, max_value=10_000))
def test_a_told_number_is_near_and_never_small(count: int) -> None:
    shown = told(count)
    if shown is None:
        assert 0 < count < 5
    else:
        assert shown % 5 == 0
        assert abs(shown - count) <= 2


@pytest.mark.parametrize("handed_over", [True, False])
@pytest.mark.parametrize(
    "state", sorted(set(CaseState) - {CaseState.DETECTED, CaseState.JUDGED_RIGHT, CaseState.JUDGED_WRONG})
)
def test_every_case_is_detected_and_in_one_place(state: CaseState, handed_over: bool) -> None:
    counted = city_states(state, handed_over=handed_over)
    if state is CaseState.DUPLICATE:
        assert not counted, "its lead counts"
        return
    if state in REFERRED_STATES:
        assert CityState.IN_PROGRESS in counted, "it waits for the next unit, not for the centre"
    assert CityState.DETECTED in counted
    places = counted & {CityState.UNDER_REVIEW, CityState.NOT_CONFIRMED, CityState.IN_PROGRESS, CityState.PROCESSED}
    assert len(places) == 1
    transferred = bool(places & {CityState.IN_PROGRESS, CityState.PROCESSED})
    assert (CityState.TRANSFERRED in counted) == transferred


def test_months_follow_each_other() -> None:
    month = Month.named("2025-11")
    assert [month.name, month.after.name, month.after.after.name] == ["2025-11", "2025-12", "2026-01"]
    assert month.after.before == month
    assert month.begins_at.isoformat() == "2025-11-01T00:00:00+07:00"
    assert set(What)


def test_a_ward_of_two_spellings_is_one_ward_in_the_figures(centre: CentreBuilder) -> None:
    site = build_case().site
    for ward, cases in (("Thuận Hóa", 3), ("Phường Thuận Hoá", 2)):
        for number in range(cases):
            centre.queued_case(site=site.model_copy(update={"ward": ward}), subject_key=f"{ward}{number}")
    centre.centre.public_figures.publish()
    shown = centre.centre.public_figures.month("2026-01")
    assert shown is not None
    assert shown.by_ward == (("Thuận Hóa", (5, 5, 0, 0, 0, 0)),)
    day = NOON.astimezone(HUE_TIME).date()
    boss = Principal(actor="user:boss", name="B", role=Role.SUPERVISOR)
    counts = centre.centre.figures.counts(boss, Span(first=day, last=day))
    assert {(each.ward, each.cases) for each in counts if each.state == CityState.DETECTED} == {("Thuận Hóa", 5)}
