"""The centre ends at any step of an upload; whoever comes after it goes on, and nothing is lost or doubled."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from api.evidence_store.port import EvidenceStore
from api.persistence.store import Store, Work
from api.principals import SYSTEM, Principal
from api.services.evidence_desk import EvidenceDesk
from api.services.intake import Intake
from domain.canonical import canonical_bytes
from domain.cases.roles import Role
from domain.cases.states import CaseState
from tests.builders.centre import CLIP, CentreBuilder, evidence_of

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


def desk(centre: CentreBuilder, fuse: Fuse | None = None) -> EvidenceDesk:
    store, files = centre.centre.store, centre.centre.evidence._files
    if fuse is not None:
        store, files = FusedStore(store, fuse), FusedFiles(files, fuse)
    return EvidenceDesk(store, files=files, notifier=centre.centre.notifier, views=centre.centre.evidence._views)


def send_clip(to: EvidenceDesk, case_id: Any) -> None:
    """What a box does: ask, send the next piece, until the file is whole."""
    while not (state := to.upload_state(BOX, case_id, "clip.mp4")).complete:
        piece = CLIP[state.offset_bytes : state.offset_bytes + PIECE]
        to.receive(BOX, case_id, "clip.mp4", offset_bytes=state.offset_bytes, content=piece)


def test_an_upload_survives_the_end_at_every_step(sqlite_centre: CentreBuilder) -> None:
    cut_at = 0
    for cut_at in itertools.count(1):
        message = sqlite_centre.message()
        sqlite_centre.take_in(message)
        others = {name: content for name, content in evidence_of(message.case).items() if name != "clip.mp4"}
        sqlite_centre.upload(message, others)
        case_id = message.case.case_id
        try:
            send_clip(desk(sqlite_centre, Fuse(cut_at)), case_id)
        except PowerCut:
            send_clip(desk(sqlite_centre), case_id)
            finished = False
        else:
            finished = True
        stored = sqlite_centre.stored(case_id)
        assert (stored.state, stored.files_missing) == (CaseState.QUEUED, 0), cut_at
        reader = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
        assert sqlite_centre.centre.evidence.read_whole(reader, case_id, "clip.mp4") == CLIP
        whole = [e for e in sqlite_centre.centre.desk.history(reader, case_id) if e.action == "evidence_complete"]
        assert len(whole) == len(message.manifest.files), cut_at
        if finished:
            break
    assert cut_at > 12
    assert sqlite_centre.centre.audit.verify(SYSTEM).intact


@pytest.mark.parametrize("cut_at", [1, 2])
def test_a_case_is_stored_whole_or_not_at_all(sqlite_centre: CentreBuilder, cut_at: int) -> None:
    message = sqlite_centre.message()
    intake = Intake(FusedStore(sqlite_centre.centre.store, Fuse(cut_at)), sqlite_centre.centre.notifier, {})
    with pytest.raises(PowerCut):
        intake.receive("box-1", canonical_bytes(message))
    sqlite_centre.take_in(message)
    sqlite_centre.upload(message)
    assert sqlite_centre.stored(message.case.case_id).state == CaseState.QUEUED
    assert sqlite_centre.centre.audit.verify(SYSTEM).intact
