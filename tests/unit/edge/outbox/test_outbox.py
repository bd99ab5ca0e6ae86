"""The outbox on a real disk: nothing lost, nothing doubled, nothing silently started anew."""

import sqlite3
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from domain.canonical import canonical_bytes, sha256_of
from domain.cases.evidence import CaseAnswer, CaseMessage
from domain.errors import OutboxError
from domain.instants import to_text
from domain.plates.reading import PlateRead, PlateReading
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from edge.outbox.schema import DATABASE_FILE
from edge.outbox.values import FileState, Recorded, Settled
from tests.builders.box_fakes import ManualClock
from tests.builders.cases import NOON, build_case, build_message

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
CASE = build_case()
MESSAGE = build_message(CASE, KEY)


def open_outbox(folder: Path, clock: ManualClock | None = None, **limits: int) -> Outbox:
    return Outbox.open(folder, clock=clock or ManualClock(), problems=ProblemBoard(), **limits)


@pytest.fixture
def outbox(tmp_path: Path) -> Iterator[Outbox]:
    outbox = open_outbox(tmp_path)
    yield outbox
    outbox.close()


def answer(message: CaseMessage, sha256: str | None = None) -> CaseAnswer:
    return CaseAnswer(case_id=message.case.case_id, message_sha256=sha256 or message.sha256(), received_at=NOON)


def test_a_case_goes_through_its_states_and_leaves_when_the_centre_has_everything(outbox: Outbox) -> None:
    folder = outbox.package_folder(CASE.case_id)
    folder.mkdir()
    assert outbox.record(CASE) is Recorded.NEW
    assert outbox.collecting() == (CASE,)
    assert outbox.make_ready(MESSAGE)
    assert [case_id for _, case_id in outbox.ready_after(0)] == [CASE.case_id]
    assert {file.state for file in outbox.files_of(CASE.case_id)} == {FileState.WAITING}
    assert outbox.settle(answer(MESSAGE).model_copy(update={"received_at": None})) is Settled.UNKNOWN
    assert outbox.settle(answer(MESSAGE)) is Settled.ACCEPTED
    assert outbox.settle(answer(MESSAGE)) is Settled.REPEATED
    assert outbox.files_of(CASE.case_id) == ()
    assert not folder.exists()
    assert outbox.status().unsent_cases == 0
    assert outbox.status().evidence_bytes == 0


def test_the_message_is_kept_byte_for_byte_over_a_restart(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path)
    outbox.record(CASE)
    outbox.make_ready(MESSAGE)
    before = outbox.message(CASE.case_id)
    outbox.close()
    again = open_outbox(tmp_path)
    after = again.message(CASE.case_id)
    again.close()
    assert before == after
    assert after is not None
    assert CaseMessage.model_validate_json(after).sha256() == MESSAGE.sha256()


def test_a_repeated_case_changes_nothing_not_even_after_it_left(outbox: Outbox) -> None:
    outbox.record(CASE)
    assert outbox.record(CASE) is Recorded.REPEATED
    outbox.make_ready(build_message(CASE, KEY, MESSAGE.manifest.model_copy(update={"files": ()})))
    assert outbox.record(CASE) is Recorded.REPEATED
    (_, case_id) = outbox.ready_after(0)[0]
    message = outbox.message(case_id)
    assert message is not None
    assert outbox.settle(answer(CaseMessage.model_validate_json(message))) is Settled.ACCEPTED
    assert outbox.record(CASE) is Recorded.REPEATED
    assert outbox.ready_after(0) == []
    assert outbox.collecting() == ()


def test_the_same_id_with_other_content_leaves_the_first_one(outbox: Outbox) -> None:
    outbox.record(CASE)
    other = CASE.model_copy(update={"clock_error_ms": 41.0})
    assert outbox.record(other) is Recorded.DIFFERENT
    assert not outbox.make_ready(build_message(other, KEY))
    assert outbox.collecting() == (CASE,)


READ = PlateReading(
    status="agreed",
    text="75F1-123.45",
    character_confidences=(0.9,),
    reads=(PlateRead(at=NOON, box_xyxy_px=(1, 2, 3, 4), text="75F1-123.45", character_confidences=(0.9,)),),
)


def test_the_message_may_carry_a_plate_that_was_read_after_the_case_was_recorded(outbox: Outbox) -> None:
    outbox.record(CASE)
    read = CASE.model_copy(update={"plate": READ})
    assert not outbox.make_ready(build_message(read.model_copy(update={"clock_error_ms": 41.0}), KEY))
    assert outbox.make_ready(build_message(read, KEY))
    message = outbox.message(CASE.case_id)
    assert message is not None
    assert CaseMessage.model_validate_json(message).case.plate == READ
    assert outbox.record(CASE) is Recorded.REPEATED, "the act found again is the recorded one"


def test_only_the_first_message_of_a_case_counts(outbox: Outbox) -> None:
    outbox.record(CASE)
    outbox.make_ready(MESSAGE)
    later = MESSAGE.manifest.model_copy(update={"created_at": NOON + timedelta(days=1)})
    assert not outbox.make_ready(build_message(CASE, KEY, later))
    assert outbox.message(CASE.case_id) is not None
    assert outbox.settle(answer(build_message(CASE, KEY, later))) is Settled.DIFFERENT
    assert outbox.settle(answer(MESSAGE)) is Settled.ACCEPTED


def test_an_answer_counts_only_for_the_very_message(outbox: Outbox) -> None:
    assert outbox.settle(answer(MESSAGE)) is Settled.UNKNOWN
    outbox.record(CASE)
    assert outbox.settle(answer(MESSAGE)) is Settled.UNKNOWN
    outbox.make_ready(MESSAGE)
    assert outbox.settle(answer(MESSAGE, "0" * 64)) is Settled.DIFFERENT
    assert outbox.status().ready == 1
    assert outbox.settle(answer(MESSAGE)) is Settled.ACCEPTED
    assert outbox.settle(answer(MESSAGE)) is Settled.REPEATED


def test_a_second_process_is_refused(tmp_path: Path, outbox: Outbox) -> None:
    with pytest.raises(OutboxError, match="another process"):
        open_outbox(tmp_path)


@pytest.mark.parametrize("offset", [0, 100, 4096])
def test_a_damaged_database_is_refused_and_left_as_it_is(tmp_path: Path, offset: int) -> None:
    outbox = open_outbox(tmp_path)
    for number in range(20):
        outbox.record(build_case(subject_key=f"track:{number}"))
    outbox.close()
    path = tmp_path / DATABASE_FILE
    content = bytearray(path.read_bytes())
    content[offset : offset + 3000] = bytes(range(256)) * 11 + bytes(184)
    path.write_bytes(content)
    with pytest.raises(OutboxError, match=r"damaged|not an outbox"):
        open_outbox(tmp_path)
    assert path.read_bytes()[offset : offset + 50] == bytes(content[offset : offset + 50])


def test_a_case_damaged_on_the_disk_is_told_and_never_sent(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path)
    sound = build_case(subject_key="track:2")
    for case in (CASE, sound):
        outbox.record(case)
        outbox.make_ready(build_message(case, KEY))
    outbox.close()
    with sqlite3.connect(tmp_path / DATABASE_FILE) as meddler:
        meddler.execute("UPDATE cases SET message = x'7b7d' WHERE case_id = ?", (str(CASE.case_id),))
    meddler.close()
    problems = ProblemBoard()
    outbox = Outbox.open(tmp_path, clock=ManualClock(), problems=problems)
    assert outbox.message(CASE.case_id) is None
    assert outbox.message(sound.case_id) is not None
    assert len(problems.texts()) == 1
    assert outbox.status().ready == 2
    outbox.close()


def test_a_lost_database_beside_packages_is_never_replaced_silently(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path)
    outbox.record(CASE)
    outbox.package_folder(CASE.case_id).mkdir()
    outbox.close()
    (tmp_path / DATABASE_FILE).unlink()
    with pytest.raises(OutboxError, match="missing or empty"):
        open_outbox(tmp_path)


def test_a_database_of_another_program_or_version_is_refused(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / DATABASE_FILE) as strange:
        strange.execute("CREATE TABLE x (y)")
    strange.close()
    with pytest.raises(OutboxError, match="not an outbox"):
        open_outbox(tmp_path)
    (tmp_path / DATABASE_FILE).unlink()
    open_outbox(tmp_path).close()
    with sqlite3.connect(tmp_path / DATABASE_FILE) as newer:
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(OutboxError, match="version 99"):
        open_outbox(tmp_path)


def test_left_overs_of_a_crash_are_swept_and_living_packages_are_not(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path)
    outbox.record(CASE)
    outbox.package_folder(CASE.case_id).mkdir()
    (outbox.packages / f".{CASE.case_id}.part").mkdir()
    gone = build_case(subject_key="track:9")
    outbox.record(gone)
    message = build_message(gone, KEY)
    outbox.make_ready(message)
    outbox.settle(answer(message))
    outbox.package_folder(gone.case_id).mkdir()  # the process died before it could delete them
    outbox.close()
    open_outbox(tmp_path).close()
    assert [folder.name for folder in (tmp_path / "packages").iterdir()] == [str(CASE.case_id)]


def test_room_is_bounded_and_the_problem_ends_when_there_is_room_again(tmp_path: Path) -> None:
    problems = ProblemBoard()
    outbox = Outbox.open(tmp_path, clock=ManualClock(), problems=problems, max_evidence_bytes=50)
    outbox.record(CASE)
    outbox.make_ready(MESSAGE)
    assert not outbox.has_room_for(40)
    assert len(problems.texts()) == 1
    assert outbox.has_room_for(5)
    assert problems.texts() == ()
    outbox.close()


def test_a_disk_nearly_full_keeps_no_media(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path, min_free_bytes=1 << 60)
    assert not outbox.has_room_for(1)
    outbox.close()


def test_after_closing_every_use_is_an_outbox_error(outbox: Outbox) -> None:
    outbox.close()
    with pytest.raises(OutboxError, match="closed"):
        outbox.record(CASE)
    with pytest.raises(OutboxError, match="closed"):
        outbox.status()


def test_removed_cases_are_remembered_for_ninety_days(tmp_path: Path) -> None:
    clock = ManualClock()
    outbox = open_outbox(tmp_path, clock)
    outbox.record(CASE)
    message = build_message(CASE, KEY, MESSAGE.manifest.model_copy(update={"files": ()}))
    outbox.make_ready(message)
    assert outbox.settle(answer(message)) is Settled.ACCEPTED
    outbox.close()
    clock.pass_s(89 * 86400)
    outbox = open_outbox(tmp_path, clock)
    assert outbox.record(CASE) is Recorded.REPEATED
    outbox.close()
    clock.pass_s(2 * 86400)
    outbox = open_outbox(tmp_path, clock)
    assert outbox.record(CASE) is Recorded.NEW
    outbox.close()


def test_a_damaged_file_stays_damaged_over_a_restart(tmp_path: Path) -> None:
    outbox = open_outbox(tmp_path)
    outbox.record(CASE)
    outbox.make_ready(MESSAGE)
    outbox.mark_damaged(CASE.case_id, "clip.mp4")
    outbox.close()
    again = open_outbox(tmp_path)
    assert {file.name for file in again.files_of(CASE.case_id) if file.state is FileState.DAMAGED} == {"clip.mp4"}
    assert again.status().damaged_files == 1
    again.close()


VERSION_1 = """
CREATE TABLE cases (case_id TEXT PRIMARY KEY,
    state TEXT NOT NULL CHECK (state IN ('collecting', 'ready', 'acknowledged', 'removed')),
    position INTEGER NOT NULL UNIQUE, case_sha256 TEXT NOT NULL, case_json BLOB, message BLOB, message_sha256 TEXT,
    recorded_at TEXT NOT NULL, changed_at TEXT NOT NULL, evidence_bytes INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE INDEX cases_by_state ON cases (state, position);
CREATE TABLE files (case_id TEXT NOT NULL REFERENCES cases (case_id), name TEXT NOT NULL, size_bytes INTEGER NOT NULL,
    sha256 TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('waiting', 'uploaded', 'damaged')),
    PRIMARY KEY (case_id, name)) STRICT, WITHOUT ROWID;
PRAGMA application_id = 0x4D54484E;
PRAGMA user_version = 1;
"""


def test_an_outbox_of_the_first_version_goes_on(tmp_path: Path) -> None:
    states = {"ready": "waiting", "acknowledged": "uploaded", "removed": "uploaded", "collecting": None}
    messages = {state: build_message(build_case(subject_key=state), KEY) for state in states}
    with sqlite3.connect(tmp_path / DATABASE_FILE) as first:
        first.executescript(VERSION_1)
        for position, (state, message) in enumerate(messages.items(), start=1):
            case_id, content = str(message.case.case_id), canonical_bytes(message)
            first.execute(
                "INSERT INTO cases VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 3)",
                (
                    case_id,
                    state,
                    position,
                    sha256_of(message.case),
                    canonical_bytes(message.case),
                    None if state == "collecting" else content,
                    None if state == "collecting" else message.sha256(),
                    to_text(NOON),
                    to_text(NOON),
                ),
            )
            for file in message.manifest.files if states[state] else ():
                first.execute(
                    "INSERT INTO files VALUES (?, ?, ?, ?, ?)",
                    (case_id, file.name, file.size_bytes, file.sha256, states[state]),
                )
    first.close()
    outbox = open_outbox(tmp_path)
    assert [case_id for _, case_id in outbox.ready_after(0)] == [
        messages["ready"].case.case_id,
        messages["acknowledged"].case.case_id,
    ]
    for state in ("ready", "acknowledged"):
        assert {file.state for file in outbox.files_of(messages[state].case.case_id)} == {FileState.WAITING}
        assert outbox.settle(answer(messages[state])) is Settled.ACCEPTED
    assert [case.case_id for case in outbox.collecting()] == [messages["collecting"].case.case_id]
    assert outbox.record(messages["removed"].case) is Recorded.REPEATED
    outbox.close()
    open_outbox(tmp_path).close()
