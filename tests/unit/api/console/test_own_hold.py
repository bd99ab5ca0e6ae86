"""A page holds the case that it shows, whichever of two moves comes last."""

from api.console.review.own_hold import OwnHold
from api.principals import Principal
from domain.cases.roles import Role
from tests.builders.centre import CentreBuilder

LAN = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
HUY = Principal(actor="user:huy", name="Huy", role=Role.OPERATOR)


def test_a_move_that_comes_late_takes_nothing_and_lets_nothing_go(sqlite_centre: CentreBuilder) -> None:
    left, shown = (sqlite_centre.queued_case(subject_key=f"track:{number}").case_id for number in (1, 2))
    holds = sqlite_centre.centre.holds
    own = OwnHold(holds, lambda _: False)
    assert own.move_to(LAN, shown, still=lambda: True) is not None
    assert own.move_to(LAN, left, still=lambda: False) is None
    for case_id, holder in ((shown, LAN), (left, HUY)):
        hold = holds.take(HUY, case_id)
        assert hold is not None
        assert hold.holder == holder.actor
