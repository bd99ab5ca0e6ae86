"""Proposes that two cases are one act, when one comes in: bounded, and the same for the same cases."""

from typing import Any

from sqlalchemy import Row, insert

from api.cases.blind import PROPOSED
from api.cases.case_columns import plate_key
from api.cases.case_rows import change_case
from api.persistence.case_queries import acts_near, acts_of_plate, pairs_of
from api.persistence.store import Work
from api.persistence.tables import case_pairs
from api.persistence.turns import in_turn
from api.principals import SYSTEM
from domain.cases.case import Case
from domain.cases.duplicates import (
    ENDED_WITHOUT_SANCTION,
    SeenAct,
    cells_around,
    proposed,
    searched,
    seen_act,
)
from domain.cases.grounds import Ground
from domain.cases.states import CaseState

OF_PLATE_AT_MOST = 20
NEAR_AT_MOST = 60
PAIRS_AT_MOST = 20


def propose_duplicates(
    work: Work, row: Row[Any], case: Case, *, plate_text: str | None = None, but: str | None = None
) -> Row[Any]:
    """Note which earlier cases may show the same act; until a person has judged each, this one cannot be confirmed.

    Of two cases that come in at once and may be one act, the second waits for the first and sees it.

    Args:
        work: the transaction that holds the row.
        row: of the case; one that is measured only is compared with nothing.
        case: its document.
        plate_text: that a person entered; None: as the networks read it.
        but: a case of which a person has said that it is another act.

    Returns:
        The row as it is now.
    """
    if row.shadow:
        return row
    act = seen_act(case, case_id=row.case_id, plate_text=plate_text)
    in_turn(
        work.connection, [f"act {each}" for each in (*cells_around(act.position), plate_key(act.plate_text)) if each]
    )
    known = {each for pair in work.connection.execute(pairs_of(row.case_id, PAIRS_AT_MOST)) for each in pair[:2]} | {
        but
    }
    others = {other: case_id for other, case_id in _others(work, act).items() if case_id not in known}
    found: dict[str, tuple[Ground, ...]] = {}
    for other, why in proposed(act, others):
        found.setdefault(others[other], why)
    if not found:
        return row
    pairs = [
        {"later_id": row.case_id, "earlier_id": other, "grounds": " ".join(why), "proposed_at": work.now}
        for other, why in found.items()
    ]
    work.connection.execute(insert(case_pairs), pairs)
    body = {"others": {other: [ground.value for ground in why] for other, why in found.items()}}
    work.record(SYSTEM, PROPOSED, case_id=row.case_id, body=body)
    return change_case(work, row, duplicates_open=row.duplicates_open + len(found))


def _others(work: Work, act: SeenAct) -> dict[SeenAct, str]:
    """Acts that may be the same, each with the case that stands for it: its own, or the one that leads it."""
    rows: dict[str, Row[Any]] = {}
    if act.plate_text is not None:
        began_from, began_to = searched(act, by_plate=True)
        of_plate = acts_of_plate(plate_key(act.plate_text) or "", began_from, began_to, OF_PLATE_AT_MOST)
        rows |= {row.case_id: row for row in work.connection.execute(of_plate)}
    began_from, began_to = searched(act, by_plate=False)
    near = acts_near(sorted(set(cells_around(act.position))), act.code, began_from, began_to, NEAR_AT_MOST)
    rows |= {row.case_id: row for row in work.connection.execute(near)}
    return {
        seen_act(
            Case.model_validate_json(row.case_json), case_id=row.case_id, plate_text=row.plate_by_hand
        ): row.lead_id or row.case_id
        for row in rows.values()
        if act.case_id not in {row.case_id, row.lead_id} and CaseState(row.state) not in ENDED_WITHOUT_SANCTION
    }
