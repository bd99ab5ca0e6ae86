"""Pages of ledgers at the centre: whole, the newest revision, bounded; summed for people, streamed as CSV."""

import csv
import io
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import event, func, select, text
from typer.testing import CliRunner

from api.counts.intake import KEPT_FOR, MAX_PAGES_BYTES, PAGES_OF_ONE
from api.counts.reading import BATCH_ROWS, Span
from api.jobs import Jobs
from api.persistence.tables import events, ledger_days, traffic_quarters
from api.principals import Principal
from domain.cases.roles import Role
from domain.errors import Invalid, NotAllowed
from domain.fleet.ledger_pages import DayPage, LedgerAnswer, QuarterPage
from matthan.cli import build_app
from tests.builders.centre import CentreBuilder
from tests.builders.ledgers import TODAY, day_page, payload, quarter_page

READER = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
SEVEN = datetime(2026, 1, 5, 0, tzinfo=UTC)  # in the morning, in Hue
DAY = Span(first=TODAY, last=TODAY)


@pytest.fixture
def boxes(centre: CentreBuilder) -> CentreBuilder:
    centre.box_key("box-1")
    centre.box_key("box-2")
    return centre


def box(box_id: str = "box-1") -> Principal:
    return Principal(actor=f"key:{box_id}", name=box_id, role=Role.EDGE, box_id=box_id)


def take(centre: CentreBuilder, *pages: DayPage | QuarterPage, box_id: str = "box-1") -> LedgerAnswer:
    return centre.centre.ledger_intake.take(box(box_id), payload(*pages))


def rows(centre: CentreBuilder, table: Any) -> int:
    with centre.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


def seen(centre: CentreBuilder) -> int | None:
    (recall,) = centre.centre.counts.recall(READER, DAY)
    return recall.seen


def test_a_page_takes_the_place_of_the_one_before_it_and_an_older_one_changes_nothing(boxes: CentreBuilder) -> None:
    assert take(boxes, day_page(revision=2, seen=7)).kept == 1
    assert take(boxes, day_page(revision=2, seen=7)).kept == 1, "again, its answer was lost"
    assert take(boxes, day_page(revision=3, seen=9)).kept == 1
    assert take(boxes, day_page(revision=2, seen=7)).older == 1
    assert seen(boxes) == 9
    assert rows(boxes, ledger_days) == 1
    assert rows(boxes, events) == 2, "no box makes the record grow: these are the two registrations"


def test_what_two_books_counted_is_the_sum(boxes: CentreBuilder) -> None:
    take(boxes, day_page(revision=40, seen=7), quarter_page(SEVEN, motorcycle=20, pictures=900))
    take(
        boxes,
        day_page(revision=1, seen=2, book="0" * 16),
        quarter_page(SEVEN, motorcycle=3, pictures=50, book="0" * 16),
    )
    assert seen(boxes) == 9
    (quarter,) = boxes.centre.counts.traffic(READER, DAY, "cam-1")
    assert (quarter.pictures, dict(quarter.counts)) == (950, {("south", "in", "lane-1", "motorcycle"): 23})


def test_two_boxes_that_name_one_camera_are_summed_and_both_are_named(boxes: CentreBuilder) -> None:
    take(boxes, day_page(revision=1, seen=7))
    (recall,) = boxes.centre.counts.recall(READER, DAY)
    assert recall.boxes == ("box-1",)
    take(boxes, day_page(revision=1, seen=2), box_id="box-2")
    (recall,) = boxes.centre.counts.recall(READER, DAY)
    assert (recall.seen, recall.boxes) == (9, ("box-1", "box-2"))


def test_recall_says_what_became_of_everything_that_a_rule_looked_at(boxes: CentreBuilder) -> None:
    take(
        boxes,
        day_page(judged=90, seen=31, case=2, refused_within_grace=3, refused_left_soon=1, suspended_clock=1),
        day_page(camera_id="cam-2", case=1),
    )
    first, second = boxes.centre.counts.recall(READER, DAY)
    assert (first.camera_id, first.rule, first.judged_pictures, first.seen) == ("cam-1", "RED_LIGHT", 90, 31)
    assert (first.candidates, first.told) == (6, 2)
    assert (first.refused, first.suspended) == ({"left_soon": 1, "within_grace": 3}, {"clock": 1})
    assert (second.camera_id, second.seen) == ("cam-2", None), "not counted is not none"
    assert [one.camera_id for one in boxes.centre.counts.recall(READER, DAY, "cam-2")] == ["cam-2"]
    assert boxes.centre.counts.cameras(READER, DAY) == ("cam-1", "cam-2")


def test_a_day_is_a_day_in_hue(boxes: CentreBuilder) -> None:
    midnight = datetime(2026, 1, 4, 17, tzinfo=UTC)
    quarters = [midnight - timedelta(minutes=15), midnight, midnight + timedelta(hours=23, minutes=45)]
    take(boxes, *(quarter_page(at, car=1) for at in quarters))
    assert [each.quarter for each in boxes.centre.counts.traffic(READER, DAY, "cam-1")] == quarters[1:]


def test_pages_of_a_clock_that_was_wrong_are_not_kept_and_do_not_come_again(boxes: CentreBuilder) -> None:
    now = boxes.clock.now()
    wrong = [
        day_page(day=date(1970, 1, 1), seen=1),
        day_page(day=date(2031, 1, 1), seen=1),
        quarter_page(datetime(1970, 1, 1, tzinfo=UTC)),
        quarter_page(now.replace(hour=0) + timedelta(days=3)),
    ]
    answer = take(boxes, *wrong, day_page(seen=1))
    assert (answer.kept, answer.out_of_range) == (1, 4)
    assert rows(boxes, traffic_quarters) == 0


def test_one_box_cannot_fill_the_centre_and_an_invalid_request_changes_nothing(boxes: CentreBuilder) -> None:
    many = [day_page(camera_id=f"cam-{number}", seen=1) for number in range(PAGES_OF_ONE)]
    take(boxes, *many[:100])
    take(boxes, *many[100:])
    with pytest.raises(Invalid, match="at most"):
        take(boxes, day_page(camera_id="cam-1", revision=9, seen=5), day_page(camera_id="one-more", seen=1))
    assert [one.seen for one in boxes.centre.counts.recall(READER, DAY, "cam-1")] == [1]
    assert take(boxes, day_page(camera_id="cam-1", revision=9, seen=5)).kept == 1, "what it has may change"
    assert take(boxes, day_page(seen=1), box_id="box-2").kept == 1, "another box has its own room"


@pytest.mark.parametrize(
    "wrong",
    [
        b"",
        b"{}}",
        b'{"days": 7}',
        b'{"quarters": [{"book": "00000000000000aa", "revision": 1, "camera_id": "c", "quarter": '
        b'"2026-01-05T07:01:00Z", "pictures": 1, "counts": []}]}',
        b'{"days": [{"book": "aa", "revision": 1, "camera_id": "c", "day": "2026-01-05", "counts": []}]}',
        b'{"days": [{"book": "00000000000000aa", "revision": 1, "camera_id": "../c", "day": "2026-01-05", "counts": '
        b"[]}]}",
        b'{"days": [{"book": "00000000000000aa", "revision": 1, "camera_id": "c", "day": "2026-01-05", "counts": '
        b'[{"rule": "R", "what": "seen", "count": -1}]}]}',
        b'{"days": [{"book": "00000000000000aa", "revision": 1, "camera_id": "c", "day": "2026-01-05", "counts": '
        b'[{"rule": "R", "what": "seen", "count": NaN}]}]}',
        b'{"days": [{"book": "00000000000000aa", "revision": 1, "camera_id": "c", "day": "2026-01-05", "counts": '
        b'[{"rule": "R", "what": "seen", "count": 1e400}]}]}',
        b'{"days": [{"book": "00000000000000aa", "revision": 1, "camera_id": "c", "day": "2026-01-05", "counts": '
        b'[{"rule": "R", "what": "seen", "count": 2147483648}]}]}',
        b'{"days": [{"book": "00000000000000aa", "revision": 1, "camera_id": "c", "day": "2026-01-05", "counts": '
        b'[{"rule": "R", "what": "seen", "count": 1.5}]}]}',
        b'{"days": [{"book": "00000000000000aa", "revision": 1, "camera_id": "c", "day": "2026-01-05", "counts": '
        b'[{"rule": "R", "what": "seen", "count": true}]}]}',
        b'{"days": [{"book": "00000000000000aa", "revision": 1, "camera_id": "c", "day": "2026-01-05", "counts": '
        b'[{"rule": "R", "what": "seen", "count": "1"}]}]}',
        b'{"days": [{"book": "00000000000000aa", "revision": 9007199254740993, "camera_id": "c", "day": "2026-01-05", '
        b'"counts": []}]}',
        b'{"days": [{"book": "00000000000000aa", "revision": 1, "camera_id": "c", "day": "2026-01-05", "counts": [], '
        b'"box_id": "box-2"}]}',
        b'{"days": ['
        + b'{"book":"00000000000000aa","revision":1,"camera_id":"c","day":"2026-01-05","counts":[]},' * 100
        + b'{"book":"00000000000000aa","revision":1,"camera_id":"c","day":"2026-01-05","counts":[]}]}',
        b" " * (MAX_PAGES_BYTES + 1),
    ],
)
def test_what_is_no_pages_is_refused_with_a_reason(boxes: CentreBuilder, wrong: bytes) -> None:
    client = boxes.key_client(Role.EDGE, box_id="box-1")
    answer = client.put("/api/v1/edge/ledger", content=wrong)
    assert answer.status_code in {413, 422}
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["detail"]


def test_only_a_registered_box_sends_and_only_for_itself(boxes: CentreBuilder) -> None:
    with pytest.raises(NotAllowed):
        boxes.centre.ledger_intake.take(READER, payload(day_page(seen=1)))
    with pytest.raises(Invalid, match="not registered"):
        take(boxes, day_page(seen=1), box_id="box-9")
    take(boxes, day_page(seen=1))
    take(boxes, day_page(seen=5, revision=99), box_id="box-2")
    assert seen(boxes) == 6, "the page of one box never takes the place of another's"
    assert rows(boxes, ledger_days) == 2


def test_police_see_no_counts(boxes: CentreBuilder) -> None:
    for role in (Role.POLICE, Role.EDGE):
        who = Principal(actor="x", name="x", role=role)
        for ask in (boxes.centre.counts.recall, boxes.centre.counts.cameras, boxes.centre.counts.days):
            with pytest.raises(NotAllowed):
                ask(who, DAY)


def test_old_pages_are_forgotten(boxes: CentreBuilder) -> None:
    take(boxes, day_page(seen=1), quarter_page(SEVEN, car=1))
    boxes.clock.advance((KEPT_FOR - timedelta(days=1)).total_seconds())
    assert boxes.centre.ledger_intake.forget_old() == 0
    boxes.clock.advance(timedelta(days=2).total_seconds())
    with closing(Jobs(boxes.settings, boxes.centre)) as jobs:  # it holds the only right to do them
        assert jobs.round()
    assert rows(boxes, ledger_days) + rows(boxes, traffic_quarters) == 0


def test_the_csv_has_every_row_however_many_pages_and_no_formula(boxes: CentreBuilder) -> None:
    cameras = [f"cam-{number:03d}" for number in range(100)]
    for day in range(6):
        take(boxes, *(day_page(day=TODAY - timedelta(days=day), camera_id=each, seen=day + 1) for each in cameras))
    assert 6 * len(cameras) > BATCH_ROWS
    reader = boxes.signed_in("lan", Role.OPERATOR)
    answer = reader.get("/api/v1/recall.csv?from=2025-12-01&to=2026-01-05")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    table = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(table) == 600
    assert [row["day"] for row in table] == sorted(row["day"] for row in table)
    assert sum(int(row["count"]) for row in table) == 100 * (1 + 2 + 3 + 4 + 5 + 6)
    assert {row["camera"] for row in table} == set(cameras)
    take(boxes, quarter_page(SEVEN, pictures=3), quarter_page(SEVEN, camera_id="cam-2", **{"=1+1": 4}))
    lines = reader.get("/api/v1/traffic.csv?from=2026-01-05").text.splitlines()
    assert lines == [
        "quarter,camera,place,direction,lane,class,count,pictures",
        "2026-01-05T00:00:00.000Z,cam-1,,,,,0,3",
        "2026-01-05T00:00:00.000Z,cam-2,south,in,lane-1,'=1+1,4,4500",
    ]


@pytest.mark.parametrize("query", ["from=2026-01-05&to=2026-01-04", "from=0001-01-01", "to=2026-01-05", "from=x"])
def test_a_span_that_is_none_is_refused(boxes: CentreBuilder, query: str) -> None:
    reader = boxes.signed_in("lan", Role.OPERATOR)
    for path in ("recall", "recall.csv", "traffic.csv"):
        assert reader.get(f"/api/v1/{path}?{query}").status_code == 422
    assert reader.get("/api/v1/recall?from=2026-01-01&to=2026-02-01").status_code == 422, "more than 31 days"
    assert reader.get("/api/v1/recall?from=2026-01-01&to=2026-01-31").status_code == 200


def test_the_commands_print_the_same_csv(sqlite_centre: CentreBuilder, tmp_path: Path) -> None:
    boxes = sqlite_centre
    boxes.box_key("box-1")
    take(boxes, day_page(seen=4), quarter_page(SEVEN, bus=2))
    config = tmp_path / "centre.yaml"
    config.write_text(
        yaml.safe_dump({"database": {"url": boxes.settings.database.url}, "evidence": {"directory": "evidence"}}),
        encoding="utf-8",
    )

    def printed(command: str, *options: str) -> list[str]:
        words = ["centre", command, "--config", str(config), "--from", "2026-01-05", *options]
        done = CliRunner().invoke(build_app(), words, catch_exceptions=False)
        assert done.exit_code == 0, done.output
        return done.stdout.splitlines()[1:]

    assert printed("recall") == ["2026-01-05,cam-1,RED_LIGHT,seen,,4"]
    assert printed("traffic") == ["2026-01-05T00:00:00.000Z,cam-1,south,in,lane-1,bus,2,4500"]
    assert printed("traffic", "--camera", "cam-2") == []
    with pytest.raises(Invalid, match="a day looks like"):
        printed("recall", "--to", "tomorrow")


ROWS = 60_000


@pytest.fixture
def many(boxes: CentreBuilder) -> CentreBuilder:
    """Quarters of 60 cameras and days of 600, enough of them for the plans of half a million of 300 and 1500."""
    take(boxes, day_page(seen=1), quarter_page(SEVEN, car=1))
    if boxes.database.is_sqlite:
        plenty = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < :last)"
        quarter = "strftime('%Y-%m-%dT%H:%M:%S.000Z', 1767571200 - (i / 60) * 900, 'unixepoch')"
        day = "strftime('%Y-%m-%d', 1767571200 - (i / 600) * 86400, 'unixepoch')"
    else:
        plenty = "WITH n AS (SELECT i FROM generate_series(0, :last) AS i)"
        instant = "to_timestamp(1767571200 - (i / {}) * {}) AT TIME ZONE 'UTC'"
        quarter = f'to_char({instant.format(60, 900)}, \'YYYY-MM-DD"T"HH24\\:MI\\:SS.000"Z"\')'
        day = f"to_char({instant.format(600, 86400)}, 'YYYY-MM-DD')"
    if boxes.database.is_sqlite:
        quarter = quarter.replace(":", "\\:")
    with boxes.database.write() as connection:
        for table, time, more, values in (
            ("traffic_quarters", "quarter", "camera_id, pictures, counts", f"{quarter}, 'cam-' || (i % 60), 9, '[]'"),
            ("ledger_days", "day", "camera_id, counts", f"{day}, 'cam-' || (i % 600), '[]'"),
        ):
            into = f"INSERT INTO {table} ({time}, {more}, box_id, book, revision, received_at)"
            rest = "'box-3', 'b', 1, '2026-01-05T00\\:00\\:00.000Z'"
            chosen = f"SELECT {values}, {rest} FROM n"  # noqa: S608 - constants
            statement = f"{plenty} {into} {chosen}" if boxes.database.is_sqlite else f"{into} {plenty} {chosen}"
            connection.execute(text(statement), {"last": ROWS - 1})
        connection.execute(text("ANALYZE"))
    return boxes


def test_no_question_walks_all_pages(many: CentreBuilder) -> None:
    asked: list[tuple[str, Any]] = []

    def note(conn: Any, cursor: Any, statement: str, parameters: Any, context: Any, executemany: bool) -> None:  # noqa: PLR0917 - SQLAlchemy's
        if "ledger_days" in statement or "traffic_quarters" in statement:
            asked.append((statement, parameters))

    engine = many.centre.store.database.engine
    event.listen(engine, "before_cursor_execute", note)
    counts = many.centre.counts
    week = Span(first=TODAY - timedelta(days=6), last=TODAY)
    counts.cameras(READER, DAY)
    counts.recall(READER, DAY)
    counts.recall(READER, week, "cam-7")
    counts.traffic(READER, week, "cam-7")
    assert sum(1 for _ in counts.passages(READER, DAY)) > 1600
    assert sum(1 for _ in counts.passages(READER, week, "cam-7")) > 500
    take(many, day_page(seen=2, revision=2), quarter_page(SEVEN, car=2, revision=2))
    many.centre.ledger_intake.forget_old()
    event.remove(engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if many.database.is_sqlite else "EXPLAIN "
    questions = {statement: values for statement, values in asked if not statement.startswith("INSERT")}
    assert len(questions) > 8
    with many.database.read() as connection:
        for statement, parameters in questions.items():
            plan = "\n".join(str(row[-1]) for row in connection.exec_driver_sql(explain + statement, parameters))
            assert "Seq Scan" not in plan, statement + plan
            assert not any(line.startswith("SCAN") for line in plan.splitlines()), statement + plan
