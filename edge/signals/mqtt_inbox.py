"""The box's topic of signals on the broker: what a controller or its gateway publishes there."""

from domain.errors import Invalid
from domain.fleet.health import ProblemCode
from edge.health.problems import ProblemBoard
from edge.signals.pushed_reports import PushedReports


class SignalInbox:
    """Takes what comes; nobody is answered, so what is wrong stands as a problem until a push is right.

    Args:
        reports: takes what is a push.
        problems: where it stands that something is none.
    """

    def __init__(self, *, reports: PushedReports, problems: ProblemBoard) -> None:
        self._reports = reports
        self._problems = problems

    def take(self, payload: bytes, retained: bool) -> None:  # noqa: FBT001 - as the link hands it over
        """Take one message; a retained one is of nobody knows when, and its red may have ended."""
        if retained:
            self._refuse("a retained message is not used; publish without the retain flag")
            return
        try:
            self._reports.take(payload)
        except Invalid as error:
            self._refuse(str(error))

    def _refuse(self, why: str) -> None:
        self._problems.report(ProblemCode.SIGNALS_REFUSED, f"what comes on the topic of signals: {why}")
