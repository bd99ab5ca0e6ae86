"""The centre ends at any step of a package; whoever comes after it goes on, and nothing is lost or doubled."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import select

from api.evidence_store.port import EvidenceStore
from api.intake.admission import Admission
from api.intake.limits import IntakeLimits
from api.intake.packages import Intake
from api.intake.refusals import Refusals
from api.persistence.store import Store, Work
from api.persistence.tables import arriving_cases
from api.places.routing import Router
from api.principals import SYSTEM, Principal
from domain.canonical import canonical_bytes
from domain.cases.evidence import CaseAnswer, CaseMessage
from domain.cases.pieces import Piece
from domain.cases.roles import Role
from domain.cases.states import CaseState
from tests.builders.centre import CentreBuilder, evidence_of

BOX = Principal(actor="key:box", name="box", role=Role.EDGE, box_id="box-1")
PIECE = 400


class PowerCut(BaseException):
    """Nothing of this process runs any more."""


class Fuse:
    """Cuts the power at the n-th step."""

    def __init__(self, at_step: int) -> None:
        self.left = at_step

    def step(self) -> None:
        """One step more."""
        self.left -= 1
        if self.left == 0:
            raise PowerCut


class FusedFiles:
    """An evidence store whose every change can be the last, done or not."""

    def __init__(self, real: EvidenceStore, fuse: Fuse) -> None:
        self._real = real
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._real, name)

        def fused(*arguments: Any, **named: Any) -> Any:
            self._fuse.step()
            answer = method(*arguments, **named)
            self._fuse.step()
            return answer

        return fused


class FusedStore(Store):
    """A memory whose every commit can be the last, done or not."""

    def __init__(self, real: Store, fuse: Fuse) -> None:
        super().__init__(real.database, real.clock)
        self._fuse = fuse

    @contextmanager
    def write(self) -> Iterator[Work]:
        with super().write() as work:
            yield work
            self._fuse.step()
        self._fuse.step()


def cut(centre: CentreBuilder, fuse: Fuse) -> Intake:
    """The centre's intake with a fuse at every change of database and files."""
    store, files = FusedStore(centre.centre.store, fuse), FusedFiles(centre.centre.intake._files, fuse)
    return Intake(
        store,
        files=files,
        admission=Admission(store, centre.centre.notifier, Router()),
        refusals=Refusals(store),
        limits=IntakeLimits(),
    )


def deliver(to: Intake, message: CaseMessage) -> CaseAnswer:
    """What a box does: offer, send the next pieces of what is missing, offer again."""
    case_id, contents = message.case.case_id, evidence_of(message.case)
    while not (answer := to.offer(BOX, case_id, canonical_bytes(message))).on_record:
        for file in answer.missing:
            offset, content = file.offset_bytes, contents[file.name]
            while offset < len(content):
                piece = Piece(name=file.name, offset_bytes=offset, content=content[offset : offset + PIECE])
                offset = to.receive(BOX, case_id, [piece])[0].offset_bytes
    return answer


def test_a_package_survives_the_end_of_the_centre_at_every_step(sqlite_centre: CentreBuilder) -> None:
    cut_at = 0
    for cut_at in itertools.count(1):
        message = sqlite_centre.message()
        case_id = message.case.case_id
        try:
            deliver(cut(sqlite_centre, Fuse(cut_at)), message)
        except PowerCut:
            finished = False
        else:
            finished = True
        answer = deliver(sqlite_centre.centre.intake, message)
        assert answer.message_sha256 == message.sha256()
        stored = sqlite_centre.stored(case_id)
        assert (stored.state, stored.files_missing) == (CaseState.QUEUED, 0), cut_at
        reader = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
        for name, content in evidence_of(message.case).items():
            assert sqlite_centre.centre.evidence.read_whole(reader, case_id, name) == content
        history = sqlite_centre.centre.cases.history(reader, case_id)
        assert [event.action for event in history if event.action != "view"] == ["detect"], cut_at
        if finished:
            break
    assert cut_at > 30
    with sqlite_centre.centre.store.read() as connection:
        assert connection.execute(select(arriving_cases)).all() == []
    assert sqlite_centre.centre.audit.verify(SYSTEM).intact
