"""Media end after their time; the record and the documents stay, and the check agrees."""

from datetime import timedelta

import pytest

from api.centre import open_evidence_store
from api.errors import EvidenceLost
from api.police.documents import Lease
from api.principals import SYSTEM, Principal
from api.retention import STATES, Retention
from api.retention_limits import RetentionLimits
from domain.camera import Mode
from domain.cases.roles import Role
from domain.cases.states import CaseState
from tests.builders.centre import QUEUE, CentreBuilder

OPERATOR = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)


def retention(centre: CentreBuilder) -> Retention:
    files = open_evidence_store(centre.settings.evidence)
    return Retention(centre.centre.store, files=files, notifier=centre.centre.notifier, limits=RetentionLimits())


def clip_is_here(centre: CentreBuilder, case_id: object) -> bool:
    files = open_evidence_store(centre.settings.evidence)
    try:
        return bool(b"".join(files.read(str(case_id), "clip.mp4", start_byte=0, end_byte=10)))
    except EvidenceLost:
        return False


def received(centre: CentreBuilder) -> object:
    import hashlib  # noqa: PLC0415

    case_id, officer = centre.ready_case().case_id, centre.officer()
    lease: Lease = centre.centre.police.pull(officer, QUEUE, n=1, lease_s=60, idempotency_key=str(case_id))
    digest = hashlib.sha256(b"".join(centre.centre.police.package(officer, case_id))).hexdigest()
    assert lease.lease_id is not None
    centre.centre.police.acknowledge(officer, case_id, lease_id=lease.lease_id, package_sha256=digest)
    return case_id


def test_media_go_when_their_time_is_over_and_nothing_else_does(centre: CentreBuilder) -> None:
    waiting = centre.queued_case().case_id
    shadow = centre.queued_case(mode=Mode.SHADOW).case_id
    handed = received(centre)
    job = retention(centre)
    centre.clock.advance(29 * 86_400)
    assert not any(found.cases for found in job.run(apply=True).values())
    centre.clock.advance(2 * 86_400)
    planned = job.run(apply=False)
    assert {rule: found.cases for rule, found in planned.items()} == {
        "discarded": 0,
        "rejected": 0,
        "shadow": 1,
        "handed_over": 1,
    }
    assert clip_is_here(centre, shadow), "a dry run changes nothing"
    history = len(centre.centre.cases.history(OPERATOR, handed))  # type: ignore[arg-type]
    assert job.run(apply=True) == planned
    assert [clip_is_here(centre, each) for each in (waiting, shadow, handed)] == [True, False, False]
    assert not any(found.cases for found in job.run(apply=True).values()), "done once"
    events = centre.centre.cases.history(OPERATOR, handed)  # type: ignore[arg-type]
    assert [event.action for event in events[history:]] == ["media_expired"]
    assert centre.centre.audit.verify(SYSTEM).intact
    stored = centre.stored(handed)  # type: ignore[arg-type]
    assert stored.state is CaseState.RECEIVED
    assert stored.files_missing == stored.files_total - 1, "boxes and lines stay, they show nobody"


def test_what_may_stay_so_long_at_most_goes_before_that_is_over_and_what_must_stay_so_long_after(
    centre: CentreBuilder,
) -> None:
    """A job that runs now and then, and takes what is over, keeps everything longer than its limit."""
    shadow, handed = centre.queued_case(mode=Mode.SHADOW).case_id, received(centre)
    job, pause = retention(centre), timedelta(hours=1)
    centre.clock.advance(timedelta(days=30, minutes=-61).total_seconds())
    job.run(apply=True, until_next=pause)
    assert clip_is_here(centre, shadow), "the next run is in time"
    centre.clock.advance(timedelta(minutes=2).total_seconds())
    job.run(apply=True, until_next=pause)
    assert [clip_is_here(centre, each) for each in (shadow, handed)] == [False, True]
    centre.clock.advance(timedelta(hours=1).total_seconds())
    job.run(apply=True, until_next=pause)
    assert not clip_is_here(centre, handed)
    assert centre.centre.audit.verify(SYSTEM).intact


def test_a_crash_between_record_and_files_leaves_no_media(
    centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    shadow = centre.queued_case(mode=Mode.SHADOW).case_id
    centre.clock.advance(timedelta(days=31).total_seconds())
    job = retention(centre)

    def dies(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(job._files), "discard", dies)
        with pytest.raises(KeyboardInterrupt):
            job.run(apply=True)
    assert clip_is_here(centre, shadow)
    job.run(apply=True)
    assert not clip_is_here(centre, shadow)
    assert centre.centre.audit.verify(SYSTEM).intact


def test_every_state_is_under_one_rule_at_most_and_what_is_open_under_none() -> None:
    for state in CaseState:
        assert sum(state in states for states in STATES.values()) <= 1, state
    kept = {CaseState.QUEUED, CaseState.CONFIRMED, CaseState.READY, CaseState.TRANSFERRED, CaseState.RETURNED}
    assert not kept & frozenset().union(*STATES.values())
