"""The check of the record: whatever a guard, queue or right trusts is computed again, and a busy centre is intact."""

import hashlib
import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any, Self

import pyotp
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import Table, func, select, update
from sqlalchemy.exc import IntegrityError

from api.audit import verification
from api.audit.columns import IRRELEVANT, RECOMPUTED, Column
from api.cases.review import Decision
from api.people.linked_identities import LinkedIdentities
from api.people.second_factor import SecondFactors
from api.people.secrets_of_accounts import Passwords
from api.persistence import ledger
from api.persistence.case_search import CaseFilter
from api.persistence.ledger import ChainHead
from api.persistence.tables import InstantText, metadata
from api.principals import SYSTEM, Principal
from domain.camera import Mode
from domain.canonical import canonical_bytes
from domain.cases.duplicates import Judgement
from domain.cases.evidence import CaseMessage
from domain.cases.exporting import Answer, Content
from domain.cases.roles import Role
from domain.instants import from_text
from domain.plates.reading import NOT_READ
from tests.builders.altered_records import altering
from tests.builders.cases import NOON, build_case, build_message
from tests.builders.centre import PASSWORD, QUEUE, CentreBuilder, full_manifest
from tests.builders.citizens import WORDS, noticed_case

OPERATOR = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
HELD_BY_THE_CHAIN = "events"
OTHER_INSTANT = "2031-01-05T07:00:00.000Z"


def test_every_column_is_computed_again_or_said_to_decide_nothing() -> None:
    """A new column fails here until somebody says which it is."""
    columns = {Column(table.name, column.name) for table in metadata.tables.values() for column in table.columns}
    assert not RECOMPUTED & set(IRRELEVANT)
    assert columns == RECOMPUTED | set(IRRELEVANT)
    assert all(IRRELEVANT.values())


def with_second_factor(centre: CentreBuilder, username: str) -> None:
    """Give somebody a second factor, at a centre that has its key elsewhere."""
    factors = SecondFactors(centre.centre.store, Passwords(memory_cost_kib=64, time_cost=1), key="k" * 64)
    who = Principal(actor=f"user:{username}", name=username, role=Role.AUDITOR)
    secret = factors.begin(who, PASSWORD).secret
    factors.confirm(who, pyotp.TOTP(secret).at(int(centre.clock.now().timestamp())))


@pytest.fixture
def lived_in(centre: CentreBuilder) -> CentreBuilder:
    """A centre with something in every table that the check computes again."""
    services = centre.centre
    stranger = build_case(mode=Mode.SHADOW, subject_key="stranger")
    centre.take_in(
        build_message(stranger, Ed25519PrivateKey.generate(), full_manifest(stranger, gaps=("no clip",))), {}
    )
    officer = centre.officer()
    _, notice = noticed_case(centre, officer)
    services.citizens.object(services.citizens.open(notice.number, notice.code, address="192.0.2.1"), WORDS)
    centre.ready_case()
    lease = services.police.pull(officer, QUEUE, n=1, lease_s=600, idempotency_key="first")
    assert lease.lease_id is not None
    b"".join(services.police.package(officer, lease.cases[0].case_id))
    services.police.extend(officer, lease.lease_id, lease_s=900)
    first = centre.queued_case(plate=NOT_READ)
    centre.ready_case()
    twin = centre.queued_case(camera_id="cam-2", plate=NOT_READ)
    boss, lan = centre.user("boss", Role.SUPERVISOR), centre.user("lan", Role.OPERATOR)
    corrected = centre.queued_case(camera_id="cam-3", began_at=NOON - timedelta(hours=14))
    services.entered_plates.enter(boss, corrected.case_id, "75F1-876.54")
    services.review.decide(boss, corrected.case_id, Decision(decision="confirm"), expected_version=corrected.version)
    court: dict[str, Any] = {"content": Content.COPIES, "recipient": "Toà án", "reason_code": "COURT", "note": ""}
    export = services.exports.ask(lan, lease.cases[0].case_id, **court)
    services.exports.answer(boss, export.export_id, Answer.APPROVED, note="")
    services.duplicates.judge(boss, twin.case_id, first.case_id, Judgement.SAME, expected_version=twin.version)
    centre.user("csgt", Role.POLICE, queues=(QUEUE,))
    services.accounts.create_user(
        SYSTEM, username="gone", display_name="Gone", role=Role.AUDITOR, password=PASSWORD, queues=()
    )
    services.accounts.disable_user(SYSTEM, "gone")
    services.accounts.state_person(SYSTEM, "lan", "cb 0417")
    key, _ = services.machines.create_key(SYSTEM, name="old", role=Role.EDGE, box_id="box-1")
    services.machines.revoke_key(SYSTEM, key.key_id)
    services.organisations.set_webhook(SYSTEM, centre.police(), url="https://csgt.example/", queues=(QUEUE,))
    centre.user("kiem", Role.AUDITOR)
    with_second_factor(centre, "kiem")
    services.machines.create_key(SYSTEM, name="police", role=Role.POLICE, queues=(QUEUE,), organisation=centre.police())
    LinkedIdentities(services.store, issuer="https://sso.example").link(SYSTEM, "csgt", "csgt@city")
    services.sign_in.sign_in("lan", PASSWORD, address="192.0.2.1")
    return centre


def test_what_was_really_done_is_intact(lived_in: CentreBuilder) -> None:
    found = lived_in.centre.audit.verify(SYSTEM)
    assert found.intact, found
    lived_in.centre.accounts.reset_password(SYSTEM, username="lan", new="another long password")
    lived_in.clock.advance(1000)
    lived_in.centre.police.expire_leases()
    token = lived_in.centre.sign_in.sign_in("csgt", PASSWORD, address="192.0.2.1").token
    lived_in.centre.sign_in.sign_out(token)
    lived_in.register("box-1", Ed25519PrivateKey.generate())
    found = lived_in.centre.audit.verify(SYSTEM)
    assert found.intact, found


def changed_value(column: Any, value: Any) -> Any:
    """Another value that fits the column."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(column.type, InstantText):
        return from_text(OTHER_INSTANT)
    return "f" * 64 if getattr(column.type, "length", None) == 64 else "changed"


def recomputed_cells(centre: CentreBuilder) -> Iterator[tuple[Table, Any, dict[str, Any]]]:
    """Every recomputed column with every row that is there."""
    for table in metadata.sorted_tables:
        with centre.database.read() as connection:
            rows = [dict(row) for row in connection.execute(select(table)).mappings()]
        columns = [column for column in table.columns if Column(table.name, column.name) in RECOMPUTED]
        for number, row in enumerate(rows):
            wanted = columns
            if table.name == HELD_BY_THE_CHAIN and number not in {0, len(rows) // 2, len(rows) - 1}:
                wanted = [columns[number % len(columns)]]  # each link is checked alike, over all of its columns
            yield from ((table, column, row) for column in wanted if not _says_nothing(table, column, row))


def _says_nothing(table: Table, column: Any, row: dict[str, Any]) -> bool:
    """A count of none, whatever it is a count of."""
    return table.name == "case_counts" and column.primary_key and not row["cases"]


def test_whatever_is_changed_by_hand_is_found_by_name(lived_in: CentreBuilder) -> None:
    """Every recomputed column of every row, one after the other."""
    unseen, unnamed, changed = [], [], set()
    for table, column, row in recomputed_cells(lived_in):
        value = changed_value(column, row[column.name])
        where = [key == row[key.name] for key in table.primary_key]
        try:
            with altering(lived_in) as connection:
                connection.execute(update(table).where(*where).values({column.name: value}))
        except IntegrityError:
            continue  # the table has such a row already
        changed.add(Column(table.name, column.name))
        found = lived_in.centre.audit.verify(SYSTEM)
        back = [key == (value if key.name == column.name else row[key.name]) for key in table.primary_key]
        with altering(lived_in) as connection:
            connection.execute(update(table).where(*back).values({column.name: row[column.name]}))
        told = " ".join([found.fault.problem if found.fault else "", *found.wrong_cases, *found.wrong_rows])
        if found.intact:
            unseen.append(f"{table.name}.{column.name}")
        elif column.name not in told and not column.primary_key and table.name != HELD_BY_THE_CHAIN:
            unnamed.append(f"{table.name}.{column.name}: {told}")
    assert not unseen
    assert not unnamed
    assert changed == RECOMPUTED
    assert lived_in.centre.audit.verify(SYSTEM).intact


@pytest.mark.parametrize("table", ["users", "api_keys", "sessions", "boxes", "leases", "cases", "evidence_files"])
def test_a_row_that_was_put_in_or_taken_out_is_found(lived_in: CentreBuilder, table: str) -> None:
    there = metadata.tables[table]
    key = list(there.primary_key)[-1]
    with lived_in.database.read() as connection:
        row = dict(connection.execute(select(there).order_by(key.desc())).mappings().first() or {})
    with altering(lived_in) as connection:
        connection.execute(
            there.insert().values(row | ({"person": None} if table == "users" else {}) | {key.name: "forged"})
        )
    found = lived_in.centre.audit.verify(SYSTEM)
    assert "forged" in " ".join((*found.wrong_cases, *found.wrong_rows)) or table == "sessions"
    assert not found.intact
    with altering(lived_in) as connection:
        connection.execute(there.delete().where(key == "forged"))
        connection.execute(there.delete().where(*(each == row[each.name] for each in there.primary_key)))
    found = lived_in.centre.audit.verify(SYSTEM)
    assert not found.intact or table == "sessions", "an ended session is no fault"


def test_a_check_reads_one_moment(centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch) -> None:
    """The chain has been read, the cases not yet: an operator confirms."""
    waiting = [centre.queued_case() for _ in range(3)]

    def between(*asked: Any) -> Iterator[Any]:
        yield from ledger.stored_events(*asked)
        stored = waiting.pop()
        centre.centre.review.decide(
            OPERATOR, stored.case_id, Decision(decision="confirm"), expected_version=stored.version
        )

    monkeypatch.setattr(verification, "stored_events", between)
    for _ in range(3):
        found = centre.centre.audit.verify(SYSTEM)
        assert found.intact, found


class AtWork:
    """Boxes, operators and officers at work on threads of their own until the block ends."""

    def __init__(self, centre: CentreBuilder, messages: list[CaseMessage]) -> None:
        self._centre = centre
        self._messages = messages
        self._stop = threading.Event()
        self._pulls = iter(range(1_000_000))
        self._threads = [
            threading.Thread(target=self._loop, args=(work,)) for work in (self._box, self._operator, self._officer)
        ]
        self.failures: list[BaseException] = []

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _loop(self, work: Callable[[], None]) -> None:
        try:
            while not self._stop.is_set():
                work()
        except BaseException as error:
            self.failures.append(error)
            raise

    def _box(self) -> None:
        if self._messages:
            message = self._messages.pop()
            self._centre.take_in(message)

    def _operator(self) -> None:
        services = self._centre.centre
        for listed in services.cases.list(OPERATOR, CaseFilter(), limit=5).items:
            if listed.confirmable:
                decision = Decision(decision="confirm")
                services.review.decide(OPERATOR, listed.case_id, decision, expected_version=listed.version)

    def _officer(self) -> None:
        police, who = self._centre.centre.police, self._centre.officer()
        lease = police.pull(who, QUEUE, n=3, lease_s=1, idempotency_key=f"pull {next(self._pulls)}")
        if lease.lease_id is not None:
            police.extend(who, lease.lease_id, lease_s=2)
        self._centre.clock.advance(1.0)
        police.expire_leases()


def test_a_busy_centre_is_intact(centre: CentreBuilder) -> None:
    with AtWork(centre, [centre.message() for _ in range(12)]) as at_work:
        wrong = [found for _ in range(25) if not (found := centre.centre.audit.verify(SYSTEM)).intact]
    assert not at_work.failures
    assert not wrong, wrong[0]


def test_from_a_checkpoint_only_what_changed_since_is_read(centre: CentreBuilder) -> None:
    old, changing = centre.queued_case(), centre.queued_case()
    centre.ready_case()
    centre.centre.police.pull(centre.officer(), QUEUE, n=1, lease_s=600, idempotency_key="k")
    since = centre.centre.audit.head(SYSTEM)
    assert since is not None
    decision = Decision(decision="confirm")
    centre.centre.review.decide(OPERATOR, changing.case_id, decision, expected_version=changing.version)
    found = centre.centre.audit.verify(SYSTEM, since=since)
    assert found.intact, found
    assert found.events > since.seq
    change(centre, "cases", "queue", "other", case_id=str(old.case_id))
    assert centre.centre.audit.verify(SYSTEM, since=since).intact, "a case that did nothing since is a whole check's"
    assert not centre.centre.audit.verify(SYSTEM).intact
    change(centre, "cases", "queue", "other", case_id=str(changing.case_id))
    found = centre.centre.audit.verify(SYSTEM, since=since)
    assert [wrong.split(":")[0] for wrong in found.wrong_cases] == [str(changing.case_id)]


def test_an_event_before_the_checkpoint_cannot_be_changed_unseen_where_its_case_went_on(centre: CentreBuilder) -> None:
    stored = centre.queued_case()
    since = centre.centre.audit.head(SYSTEM)
    decision = Decision(decision="confirm")
    centre.centre.review.decide(OPERATOR, stored.case_id, decision, expected_version=stored.version)
    with centre.database.read() as connection:
        events = metadata.tables["events"]
        first = connection.execute(select(func.min(events.c.seq)).where(events.c.case_id.is_not(None))).scalar_one()
        body = connection.execute(select(events.c.body).where(events.c.seq == first)).scalar_one()
    change(centre, "events", "body", body.replace('"enforce"', '"warn"'), seq=first)
    found = centre.centre.audit.verify(SYSTEM, since=since)
    assert any("was altered" in wrong for wrong in found.wrong_cases)


def test_another_chain_does_not_go_on_from_the_checkpoint(centre: CentreBuilder) -> None:
    centre.queued_case()
    found = centre.centre.audit.verify(SYSTEM, since=ChainHead(seq=2, hash="0" * 64))
    assert found.fault is not None
    assert "was replaced" in found.fault.problem


def change(centre: CentreBuilder, table: str, name: str, value: Any, **where: Any) -> None:
    there = metadata.tables[table]
    with altering(centre) as connection:
        connection.execute(
            update(there).where(*(there.c[key] == each for key, each in where.items())).values({name: value})
        )


def test_the_written_out_form_of_an_event_is_the_canonical_one() -> None:
    for text in ("plain", 'quote " \\ slash /', "Huế \u2028 \x1f\x7f \U0001f6f5", ""):
        event = {"seq": 7, "at": text, "actor": text, "action": text, "case_id": text or None, "body": text}
        event |= {"prev_hash": text}
        assert ledger.entry_hash(**event) == hashlib.sha256(canonical_bytes(event)).hexdigest()
