"""Whatever happens in whatever order, kills among it: the outbox never loses a case and never changes one."""

import shutil
import tempfile
import uuid
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from domain.cases.evidence import CaseAnswer, CaseMessage
from domain.plates.reading import PlateReading
from edge.health.problems import ProblemBoard
from edge.outbox.outbox import Outbox
from edge.outbox.values import Settled
from tests.builders.box_fakes import ManualClock
from tests.builders.cases import NOON, build_case, build_manifest, build_message

KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
CASES = [build_case(subject_key=f"track:{number}") for number in range(4)]
NUMBERS = st.integers(0, len(CASES) - 1)


def message_of(number: int, version: int) -> CaseMessage:
    files = {"clip.mp4": b"clip", "overlay.json": b"{}"} if number % 2 else {}
    plate = PlateReading(status="unread", reason=f"look {version}")  # read after the case was recorded
    case = CASES[number].model_copy(update={"plate": plate} if version else {})
    manifest = build_manifest(case, files)
    return build_message(case, KEY, manifest.model_copy(update={"created_at": NOON + timedelta(seconds=version)}))


class OutboxMachine(RuleBasedStateMachine):
    """A plain model beside the real outbox."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="outbox-machine-"))
        self.state: dict[uuid.UUID, str] = {}
        self.sent: dict[uuid.UUID, CaseMessage] = {}
        self.positions: dict[uuid.UUID, int] = {}
        self.outbox = self._open()

    def _open(self) -> Outbox:
        return Outbox.open(
            self.folder, clock=ManualClock(), problems=ProblemBoard(), min_free_bytes=0, reserve_bytes=4096
        )

    @rule(number=NUMBERS, changed=st.booleans())
    def record(self, number: int, changed: bool) -> None:
        case = CASES[number]
        known = case.case_id in self.state
        self.outbox.record(case.model_copy(update={"clock_error_ms": 99.0}) if known and changed else case)
        self.state.setdefault(case.case_id, "collecting")

    @rule(number=NUMBERS, version=st.integers(0, 2))
    def make_ready(self, number: int, version: int) -> None:
        message = message_of(number, version)
        case_id = message.case.case_id
        taken = self.outbox.make_ready(message)
        assert taken == (self.state.get(case_id) == "collecting")
        if taken:
            self.state[case_id] = "ready"
            self.sent[case_id] = message

    @rule(number=NUMBERS, version=st.integers(0, 2), on_record=st.booleans())
    def settle(self, number: int, version: int, on_record: bool) -> None:
        message = message_of(number, version)
        case_id = message.case.case_id
        received_at = NOON if on_record else None
        answer = CaseAnswer(case_id=case_id, message_sha256=message.sha256(), received_at=received_at)
        fits = case_id in self.sent and self.sent[case_id] == message and on_record
        was_ready = self.state.get(case_id) == "ready"
        settled = self.outbox.settle(answer)
        assert (settled is Settled.ACCEPTED) == (fits and was_ready)
        assert (settled is Settled.REPEATED) == (fits and not was_ready)
        if settled is Settled.ACCEPTED:
            self.state[case_id] = "removed"
            assert self.outbox.files_of(case_id) == ()

    @rule()
    def die_and_start_again(self) -> None:
        self.outbox.close()
        self.outbox = self._open()

    @invariant()
    def nothing_is_lost(self) -> None:
        status = self.outbox.status()
        for name in ("collecting", "ready"):
            assert getattr(status, name) == sum(state == name for state in self.state.values())
        assert {case.case_id for case in self.outbox.collecting()} == self._in("collecting")
        assert {case_id for _, case_id in self.outbox.ready_after(0)} == self._in("ready")

    @invariant()
    def what_waits_is_what_was_signed_first(self) -> None:
        for case_id in self._in("ready"):
            content = self.outbox.message(case_id)
            assert content is not None
            assert CaseMessage.model_validate_json(content) == self.sent[case_id]

    @precondition(lambda self: bool(self._in("ready")))
    @invariant()
    def what_became_ready_later_stands_later(self) -> None:
        positions = [position for position, _ in self.outbox.ready_after(0)]
        assert positions == sorted(set(positions))

    def _in(self, name: str) -> set[uuid.UUID]:
        return {case_id for case_id, state in self.state.items() if state == name}

    def teardown(self) -> None:
        self.outbox.close()
        shutil.rmtree(self.folder)


TestOutboxMachine = OutboxMachine.TestCase
TestOutboxMachine.settings = settings(max_examples=30, stateful_step_count=25, deadline=None)
