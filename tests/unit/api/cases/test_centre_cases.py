"""Cases that the centre makes itself: their files are here when they are on record, and gone when they are not."""

import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, select, text
from sqlalchemy.exc import OperationalError

from api.cases.centre_cases import MADE_WITHIN, new_document
from api.errors import StoreUnavailable
from api.persistence.tables import arriving_cases, cases
from api.principals import SYSTEM
from domain.cases.entries import CENTRE
from domain.cases.evidence import RECEIVED_PREFIX, FileRole
from domain.errors import Conflict, NotFound
from plumbing.signing import generate_key_pair
from plumbing.source_checks import SOURCE_MANIFEST_FILE
from tests.builders.centre import CentreBuilder
from tests.builders.lost_commits import PostgresLine, SqliteCommits
from tests.unit.api.cases.test_clones import cloned, first_act
from tests.unit.api.citizens.test_report_cases import looked_at, made
from tests.unit.api.conftest import MakeCentre

Prepare = Callable[[CentreBuilder], Callable[[], Any]]


def clone(centre: CentreBuilder) -> Callable[[], Any]:
    """A case that can be cloned, and how."""
    case_id = first_act(centre)
    return lambda: cloned(centre, case_id)


def report(centre: CentreBuilder) -> Callable[[], Any]:
    """A report that can become a case, and how."""
    report_id = looked_at(centre)
    return lambda: made(centre, report_id)


MAKERS = pytest.mark.parametrize("prepare", [clone, report])


@pytest.fixture
def with_key(tmp_path: Path, make_centre: MakeCentre) -> Callable[[str], CentreBuilder]:
    """Makes a centre that has a key, on a database."""
    generate_key_pair(tmp_path / "keys", key_name="centre.key", public_name="centre.pub")
    record = {"key_file": tmp_path / "keys" / "centre.key", "checkpoints": tmp_path / "checkpoints"}
    return lambda url: make_centre(database_url=url, record=record)


def of_centre(centre: CentreBuilder) -> list[uuid.UUID]:
    """The cases on record that the centre made itself."""
    with centre.database.read() as connection:
        found = connection.execute(select(cases.c.case_id).where(cases.c.box_id == CENTRE)).scalars()
        return [uuid.UUID(each) for each in found]


def begun(centre: CentreBuilder) -> list[str]:
    with centre.database.read() as connection:
        return list(connection.execute(select(arriving_cases.c.case_id)).scalars())


def folders(tmp_path: Path) -> set[str]:
    return {each.name for each in (tmp_path / "evidence").iterdir() if any(each.iterdir())}


def whole(centre: CentreBuilder, case_id: uuid.UUID) -> bool:
    """Whether every file of a case is here, with a citizen's own beside it."""
    files = centre.centre.evidence._files
    stored = centre.stored(case_id)
    names = [file.name for file in stored.manifest.files if file.size_bytes]
    if stored.case.origin and stored.case.origin.entry == "report":
        names += [f"{RECEIVED_PREFIX}video-1.mp4"]
    return all(files.held_bytes(str(case_id), name) for name in names)


@MAKERS
def test_a_case_whose_commit_was_answered_to_nobody_keeps_its_files_on_sqlite(
    with_key: Callable[[str], CentreBuilder], tmp_path: Path, prepare: Prepare
) -> None:
    centre = with_key(f"sqlite:///{tmp_path / 'centre.sqlite3'}")
    make = prepare(centre)
    commits = SqliteCommits(centre.centre.store.database.engine)
    commits.lose_next()
    with pytest.raises(StoreUnavailable):
        make()
    assert commits.lost == 1
    (case_id,) = of_centre(centre)
    assert whole(centre, case_id)
    assert begun(centre) == []
    assert centre.centre.audit.verify(SYSTEM).intact


@pytest.mark.server
@pytest.mark.parametrize("in_flight", [False, True])
@pytest.mark.parametrize(("prepare", "event_name"), [(clone, "cloned"), (report, "report_answered")])
def test_a_case_whose_commit_was_answered_to_nobody_keeps_its_files_on_postgresql(
    with_key: Callable[[str], CentreBuilder],
    request: pytest.FixtureRequest,
    prepare: Prepare,
    event_name: str,
    in_flight: bool,
) -> None:
    """The answer is lost after the commit; or the line breaks before it, and whoever asks waits until it is known."""
    url: str = request.getfixturevalue("postgres").new_database(f"t{uuid.uuid4().hex}")
    centre: CentreBuilder

    def until_somebody_asks() -> None:
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        with centre.database.read() as connection:
            while not connection.execute(text(waits)).scalar_one():
                connection.rollback()

    line = PostgresLine(url, event_name=event_name, before_commit=until_somebody_asks if in_flight else None)
    centre = with_key(line.url)
    make = prepare(centre)
    line.lose_next()
    with pytest.raises(StoreUnavailable):
        make()
    assert line.lost == 1
    (case_id,) = of_centre(centre)
    assert whole(centre, case_id)
    assert begun(centre) == []
    if event_name == "cloned":
        assert make().case_id == case_id, "asked again, the clone that there is"
    else:
        with pytest.raises(Conflict, match="already"):
            make()
    assert centre.centre.audit.verify(SYSTEM).intact
    line.close()


class Away:
    """A database that goes away when a case is put on record, and is back when told."""

    def __init__(self, engine: Engine) -> None:
        self.is_away = False
        event.listen(engine, "before_cursor_execute", self._go)
        event.listen(engine, "begin", self._refuse)

    def _go(self, conn: object, cursor: object, statement: str, *_: object) -> None:
        if "INSERT INTO cases " in statement:
            self.is_away = True
        self._refuse()

    def _refuse(self, *_: object) -> None:
        if self.is_away:
            raise OperationalError("any", None, OSError("the server is away"))


@MAKERS
def test_where_nobody_can_be_asked_the_files_stay_and_a_later_try_or_tidying_finds_them(
    with_key: Callable[[str], CentreBuilder], database_url: str, tmp_path: Path, prepare: Prepare
) -> None:
    centre = with_key(database_url)
    make = prepare(centre)
    before = folders(tmp_path)
    away = Away(centre.centre.store.database.engine)
    with pytest.raises(StoreUnavailable):
        make()
    left = folders(tmp_path) - before
    assert len(left) == 1, "nobody knows, so nothing goes"
    event.remove(centre.centre.store.database.engine, "before_cursor_execute", away._go)
    away.is_away = False
    assert begun(centre) == list(left)
    assert of_centre(centre) == []
    assert centre.centre.centre_cases.forget_abandoned() == 0, "somebody may still be at it"
    centre.clock.advance(MADE_WITHIN.total_seconds() + 1)
    assert centre.centre.centre_cases.forget_abandoned() == 1
    assert folders(tmp_path) == before
    assert begun(centre) == []
    make()
    (case_id,) = of_centre(centre)
    assert whole(centre, case_id)
    centre.clock.advance(MADE_WITHIN.total_seconds() + 1)
    assert centre.centre.centre_cases.forget_abandoned() == 0
    assert whole(centre, case_id)


@MAKERS
def test_nothing_stays_of_a_case_that_was_refused(
    with_key: Callable[[str], CentreBuilder],
    database_url: str,
    tmp_path: Path,
    prepare: Prepare,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    centre = with_key(database_url)
    make = prepare(centre)
    before = folders(tmp_path)
    seen: set[str] = set()

    def refuse(*_: object, **__: object) -> None:
        seen.update(folders(tmp_path) - before)
        raise NotFound("the case was withdrawn meanwhile")

    monkeypatch.setattr(centre.centre.admission, "put", refuse)
    with pytest.raises(NotFound):
        make()
    assert seen
    assert folders(tmp_path) == before
    assert begun(centre) == []


def test_a_case_that_is_on_record_meanwhile_keeps_its_files_as_they_were_signed(
    with_key: Callable[[str], CentreBuilder], database_url: str
) -> None:
    """An earlier try lost its line while its commit was under way, and the next one found nothing yet."""
    centre = with_key(database_url)
    clone(centre)()
    (case_id,) = of_centre(centre)
    makes, files = centre.centre.centre_cases, centre.centre.evidence._files
    name = SOURCE_MANIFEST_FILE
    held = files.sha256(str(case_id), name)
    again = new_document(name, FileRole.SOURCE, {"written": "once more"})
    with pytest.raises(Conflict, match="somebody else"), makes.making(centre.stored(case_id).case, [again]):
        pytest.fail("it is on record")
    assert files.sha256(str(case_id), name) == held
    assert whole(centre, case_id)
    assert begun(centre) == []
