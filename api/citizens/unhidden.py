"""Who sees the files of a citizen's report with nobody hidden: who answers it, and later only who says why.

While a report waits, and while the case that was made of it is judged, seeing is the purpose. A report that was turned
down shows nobody, as a rejected case.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, Row

from api.cases.unblur import goes_on, newest_of_report
from api.citizens.reported import ReportState
from api.persistence.case_queries import case_row
from api.principals import Permission, Principal
from domain.cases.states import CaseState
from domain.cases.unblurring import IN_REVIEW, NEVER
from domain.errors import Conflict

TURNED_DOWN: Final = frozenset({ReportState.NOT_ACCEPTED, ReportState.UNUSABLE})


def require_unhidden(connection: Connection, actor: Principal, report: Row[Any], now: datetime) -> None:
    """Let somebody see a report's files with nobody hidden, now.

    Raises:
        Conflict: the report was turned down, or it was answered and he has not said why.
    """
    case_state = _case_state(connection, report)
    judged = report.state == ReportState.RECEIVED or case_state in IN_REVIEW
    if judged and actor.may(Permission.REPORTS_ANSWER):
        return
    require_not_turned_down(connection, report)
    act = newest_of_report(connection, actor, report.report_id, now)
    if act is None or not goes_on(act, now):
        raise Conflict("the report was answered: say why you look at a file with nobody hidden")


def require_not_turned_down(connection: Connection, report: Row[Any]) -> None:
    """Refuse whoever wants to see who is in a report that showed nothing.

    Raises:
        Conflict: it was turned down, or its case was.
    """
    if ReportState(report.state) in TURNED_DOWN or _case_state(connection, report) in NEVER:
        raise Conflict("the report was turned down, so nobody sees who is in it")


def _case_state(connection: Connection, report: Row[Any]) -> CaseState | None:
    return None if report.case_id is None else CaseState(connection.execute(case_row(report.case_id)).one().state)
