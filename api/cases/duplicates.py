"""People say whether two cases are one act: one leads, the other closes with a link to it, and can be split off."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, update

from api.cases.blind import JUDGED, has_yet_to_answer
from api.cases.case_rows import (
    StoredCase,
    StoredFile,
    announce,
    case_after,
    change_case,
    load_case,
    load_files,
    lock_case,
    read_plate,
    row_blockers,
    shown_version,
)
from api.cases.holds import standing_hold
from api.cases.moves import move
from api.cases.notifier import CaseNotifier
from api.cases.view_log import ViewLog
from api.errors import StaleVersion
from api.persistence.case_queries import case_row, case_rows, led_by, pairs_of
from api.persistence.store import Store, Work, once_more_if_deadlocked
from api.persistence.tables import case_pairs
from api.principals import Permission, Principal
from domain.cases.duplicates import LEADING, Judgement, Standing, which_leads
from domain.cases.grounds import Ground
from domain.cases.states import UNDECIDED, Action, Blocker, CaseState
from domain.errors import Conflict, Invalid, NotFound

MAX_NOTE = 2000
MOST_PAIRS = 20
_REASON = "DUPLICATE"


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherCase:
    """Another case that may be, or is, the same act, as it is shown beside one."""

    stored: StoredCase
    files: tuple[StoredFile, ...]
    grounds: tuple[Ground, ...]  # empty: merged over a third one
    judgement: Judgement | None  # None: nobody has said yet
    judged_at: datetime | None
    leads: bool  # it goes on for both
    merged: bool  # one of the two leads the other

    @property
    def is_open(self) -> bool:
        """Whether a person has to say."""
        return self.judgement is None


class Duplicates:
    """Shows and judges pairs of cases.

    Args:
        store: the centre's memory.
        notifier: hears of every change.
        views: notes who saw which case.
    """

    def __init__(self, store: Store, notifier: CaseNotifier, views: ViewLog) -> None:
        self._store = store
        self._notifier = notifier
        self._views = views

    def of(self, actor: Principal, case_id: uuid.UUID) -> tuple[OtherCase, ...]:
        """Cases that may be, or are, the same act; each that is shown is noted as seen.

        Whoever has yet to answer is not shown what somebody judged to be another act: that would tell of a look.

        Raises:
            NotAllowed: the role may not read cases.
            NotFound: there is no such case for the caller.
        """
        actor.require(Permission.CASES_READ)
        with self._store.read() as connection:
            row = connection.execute(case_row(str(case_id))).one_or_none()
            if row is None or not actor.sees_case(row):
                raise NotFound(f"there is no case {case_id}")
            found = tuple(self._others(connection, row, actor))
        for other in found:
            self._views.note(actor, str(other.stored.case_id), "case")
        return found

    @once_more_if_deadlocked
    def judge(
        self,
        actor: Principal,
        case_id: uuid.UUID,
        other_id: uuid.UUID,
        judgement: Judgement,
        *,
        expected_version: int,
        lead_id: uuid.UUID | None = None,
    ) -> StoredCase:
        """Say whether two cases are one act.

        Args:
            actor: operator or supervisor.
            case_id: the case that was looked at.
            other_id: the one beside it.
            judgement: ``same`` or ``different``.
            expected_version: of the case that was looked at.
            lead_id: which of the two goes on; None: as ``domain.cases.duplicates.which_leads`` says.

        Returns:
            The case that was looked at, as it is now.

        Raises:
            NotAllowed: the role may not decide.
            NotFound: one of them is not there for the caller, or nobody proposed that they are one.
            Invalid: the judgement is none of the two, or the lead is none of the two cases.
            StaleVersion: the case changed since it was looked at.
            Conflict: the pair is judged already, another person has the case that would close open, or that case has
                gone on to where none is merged.
        """
        actor.require(Permission.CASES_DECIDE)
        if judgement not in {Judgement.SAME, Judgement.DIFFERENT}:
            raise Invalid("two cases are the same act or different ones")
        with self._store.write() as work:
            _require_version(work, _plain(work, actor, case_id), actor, expected_version)
            rows = self._locked(work, actor, case_id, other_id)
            this, other = rows[str(case_id)], rows[str(other_id)]
            _require_version(work, this, actor, expected_version)
            if standing_hold(work, this, but=actor.actor) is not None:
                raise Conflict("another person has this case open")
            pair = _pair_between(work, this, other)
            if pair.judgement is not None:
                raise Conflict("somebody has judged these two already")
            closing, leading = (None, None)
            if judgement == Judgement.SAME:
                closing, leading = self._sides(work, rows[this.lead_id or this.case_id], rows, other, lead_id)
            self._note(work, pair, rows, actor, judgement, lead_id=leading.case_id if leading is not None else None)
            if closing is not None and leading is not None:
                self._merge(work, closing.case_id, leading, actor)
            return case_after(work, case_id, actor)

    @once_more_if_deadlocked
    def split(self, actor: Principal, case_id: uuid.UUID, *, note: str, expected_version: int) -> StoredCase:
        """Take a case out of the one that leads it: both go on, this one from its first look.

        Raises:
            NotAllowed: the role may not decide.
            NotFound: there is no such case for the caller.
            StaleVersion: it changed since it was looked at.
            Conflict: it is no duplicate.
            Invalid: the note says nothing.
        """
        actor.require(Permission.CASES_DECIDE)
        if not any(letter.isalnum() for letter in note):
            raise Invalid("the step split needs a note that says why")
        with self._store.write() as work:
            plain = _plain(work, actor, case_id)
            _require_version(work, plain, actor, expected_version)
            lead_id = plain.lead_id
            rows = self._lock_all(work, actor, {str(case_id)}, leads={lead_id} if lead_id else set())
            row = rows[str(case_id)]
            _require_version(work, row, actor, expected_version)
            body = {"note": note[:MAX_NOTE], "lead_id": row.lead_id}
            if row.lead_id != lead_id:
                raise StaleVersion("the case changed since you looked at it")
            for pair in work.connection.execute(pairs_of(row.case_id, MOST_PAIRS)).all():
                if lead_id in {pair.later_id, pair.earlier_id} and pair.judgement == Judgement.SAME:
                    self._note(work, pair, rows, actor, Judgement.SPLIT, lead_id=lead_id)
            fresh = work.connection.execute(case_row(str(case_id))).one()
            move(work, fresh, Action.SPLIT, actor, notifier=self._notifier, body=body, values={"lead_id": None})
            return case_after(work, case_id, actor)

    def _others(self, connection: Connection, row: Row[Any], actor: Principal) -> "list[OtherCase]":
        hides = has_yet_to_answer(row, actor)
        found: dict[str, OtherCase] = {}
        for pair in connection.execute(pairs_of(row.case_id, MOST_PAIRS)).all():
            other_id = pair.earlier_id if pair.later_id == row.case_id else pair.later_id
            if pair.judgement in {Judgement.DIFFERENT, Judgement.SPLIT} and hides:
                continue
            grounds = tuple(Ground(word) for word in pair.grounds.split())
            self._add(connection, found, row, actor, other_id, grounds=grounds, pair=pair)
        linked = [each.case_id for each in connection.execute(led_by(row.case_id, MOST_PAIRS))]
        for other_id in [*linked, *([row.lead_id] if row.lead_id else [])]:
            self._add(connection, found, row, actor, other_id, grounds=(), pair=None)
        return list(found.values())

    def _add(
        self,
        connection: Connection,
        found: dict[str, OtherCase],
        row: Row[Any],
        actor: Principal,
        other_id: str,
        *,
        grounds: tuple[Ground, ...],
        pair: Row[Any] | None,
    ) -> None:
        """Add another case, where it lies in the caller's scope and is not there yet."""
        if other_id in found:
            return
        try:
            stored = load_case(connection, uuid.UUID(other_id), actor)
        except NotFound:
            return
        own_lead = str(stored.lead_id) if stored.lead_id else None
        judgement = Judgement(pair.judgement) if pair is not None and pair.judgement else None
        found[other_id] = OtherCase(
            stored=stored,
            files=load_files(connection, stored),
            grounds=grounds,
            judgement=Judgement.SAME if pair is None else judgement,
            judged_at=pair.judged_at if pair is not None else None,
            leads=row.lead_id == other_id,
            merged=row.lead_id == other_id or own_lead == row.case_id,
        )

    def _locked(self, work: Work, actor: Principal, *case_ids: uuid.UUID) -> dict[str, Row[Any]]:
        """Both cases and those that lead them."""
        wanted = {str(each) for each in case_ids}
        plain = {row.case_id: row for row in work.connection.execute(case_rows(sorted(wanted)))}
        leads = {row.lead_id for row in plain.values() if row.lead_id}
        rows = self._lock_all(work, actor, wanted, leads=leads)
        if any(rows[each].lead_id and rows[each].lead_id not in rows for each in wanted):
            raise StaleVersion("one of the cases changed since you looked at it")
        return rows

    @staticmethod
    def _lock_all(work: Work, actor: Principal, case_ids: set[str], *, leads: set[str]) -> dict[str, Row[Any]]:
        """Lock cases, whoever leads first, as where a lead ends; then in order of their ids."""
        ordered = [*sorted(leads), *sorted(case_ids - leads)]
        return {each: lock_case(work, uuid.UUID(each), actor) for each in ordered}

    def _sides(
        self,
        work: Work,
        one: Row[Any],
        rows: Mapping[str, Row[Any]],
        other: Row[Any],
        wanted: uuid.UUID | None,
    ) -> tuple[Row[Any] | None, Row[Any] | None]:
        """(which case closes, which leads): none closes where both are one already, or one of them has ended."""
        two = rows[other.lead_id or other.case_id]
        if one.case_id == two.case_id:
            return None, one
        first, second = which_leads(_standing(work, one), _standing(work, two))
        leading, closing = rows[str(first.case_id)], rows[str(second.case_id)]
        if wanted is not None:
            if str(wanted) not in {one.case_id, two.case_id}:
                raise Invalid("the case that leads is one of the two")
            leading = rows[str(wanted)]
            closing = two if leading.case_id == one.case_id else one
        if CaseState(closing.state) not in LEADING:
            return None, leading if CaseState(leading.state) in LEADING else None
        if CaseState(closing.state) not in UNDECIDED:
            raise Conflict(f"neither can close any more: one is {leading.state}, the other {closing.state}")
        if work.connection.execute(led_by(closing.case_id, 1)).one_or_none() is not None:
            raise Conflict("both lead other cases already: split those off first")
        return closing, leading

    def _merge(self, work: Work, closing_id: str, leading: Row[Any], actor: Principal) -> None:
        closing = work.connection.execute(case_row(closing_id)).one()  # as it is after the pair was noted
        if standing_hold(work, closing, but=actor.actor) is not None:
            raise Conflict("another person has the case that would close open")
        body = {"reason_code": _REASON, "lead_id": leading.case_id, "lead_state": leading.state}
        values = {"lead_id": leading.case_id}
        move(work, closing, Action.MERGE, actor, notifier=self._notifier, body=body, values=values)

    def _note(
        self,
        work: Work,
        pair: Row[Any],
        rows: Mapping[str, Row[Any]],
        actor: Principal,
        judgement: Judgement,
        *,
        lead_id: str | None,
    ) -> None:
        """Write what was said of a pair, on the record of both."""
        which = (case_pairs.c.later_id == pair.later_id) & (case_pairs.c.earlier_id == pair.earlier_id)
        said = {"judgement": judgement.value, "judged_by": actor.actor, "judged_at": work.now}
        work.connection.execute(update(case_pairs).where(which).values(said))
        for case_id, other_id in ((pair.later_id, pair.earlier_id), (pair.earlier_id, pair.later_id)):
            body = {
                "other": other_id,
                "other_message_sha256": rows[other_id].message_sha256,
                "judgement": judgement.value,
                "is_later": case_id == pair.later_id,
                "lead_id": lead_id,
            }
            work.record(actor, JUDGED, case_id=case_id, body=body)
        if pair.judgement is None:
            later = rows[pair.later_id]
            now = change_case(work, later, duplicates_open=later.duplicates_open - 1)
            announce(work, now, self._notifier)


def _plain(work: Work, actor: Principal, case_id: uuid.UUID) -> Row[Any]:
    """A case before anything is locked: which rows those are follows from it."""
    row = work.connection.execute(case_row(str(case_id))).one_or_none()
    if row is None or not actor.sees_case(row):
        raise NotFound(f"there is no case {case_id}")
    return row


def _require_version(work: Work, row: Row[Any], actor: Principal, expected: int) -> None:
    shown = shown_version(work.connection, row, actor)
    if shown != expected:
        raise StaleVersion(f"the case is at version {shown}, the judgement was made on {expected}")


def _pair_between(work: Work, one: Row[Any], other: Row[Any]) -> Row[Any]:
    ids = {one.case_id, other.case_id}
    for pair in work.connection.execute(pairs_of(one.case_id, MOST_PAIRS)).all():
        if {pair.later_id, pair.earlier_id} == ids:
            return pair
    raise NotFound(f"nothing says that {one.case_id} and {other.case_id} may be one act")


def _standing(work: Work, row: Row[Any]) -> Standing:
    return Standing(
        case_id=uuid.UUID(row.case_id),
        state=CaseState(row.state),
        leads=work.connection.execute(led_by(row.case_id, 1)).one_or_none() is not None,
        plate_known=read_plate(row) is not None,
        blockers=len(set(row_blockers(row)) - {Blocker.DUPLICATE_OPEN}),
        began_at=row.began_at,
    )
