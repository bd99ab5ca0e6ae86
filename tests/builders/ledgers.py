"""Pages of a ledger, and a centre that a box reaches without a network."""

from datetime import date, datetime
from typing import Any

import httpx

from domain.cases.roles import Role
from domain.fleet.ledger_pages import DayPage, LedgerPages, QuarterPage, RuleCount, VehicleCount
from edge.delivery.centre import Centre, CentreLine
from tests.builders.centre import ORIGIN, CentreBuilder

BOOK = "00000000000000aa"
TODAY = date(2026, 1, 5)


def day_page(
    *, day: date = TODAY, camera_id: str = "cam-1", revision: int = 1, book: str = BOOK, **counts: int
) -> DayPage:
    """A day of RED_LIGHT: ``seen=7``, ``case=1``, ``refused_within_grace=3``."""
    lines = []
    for name, count in counts.items():
        what, _, reason = name.partition("_")
        lines.append(RuleCount(rule="RED_LIGHT", what=what, reason=reason, count=count))
    return DayPage(book=book, revision=revision, camera_id=camera_id, day=day, counts=tuple(lines))


def quarter_page(
    quarter: datetime,
    *,
    camera_id: str = "cam-1",
    revision: int = 1,
    book: str = BOOK,
    pictures: int = 4500,
    **counts: int,
) -> QuarterPage:
    """A quarter at the gate ``south``, going in: ``motorcycle=20``."""
    passed = tuple(
        VehicleCount(place_id="south", direction="in", lane_id="lane-1", label=label, count=count)
        for label, count in counts.items()
    )
    return QuarterPage(
        book=book, revision=revision, camera_id=camera_id, quarter=quarter, pictures=pictures, counts=passed
    )


def payload(*pages: DayPage | QuarterPage) -> bytes:
    """As a box sends them."""
    days = tuple(page for page in pages if isinstance(page, DayPage))
    quarters = tuple(page for page in pages if isinstance(page, QuarterPage))
    return LedgerPages(days=days, quarters=quarters).model_dump_json().encode()


class ReachedCentre:
    """The line of a box to a centre in this process, which may be cut before the request or before the answer."""

    def __init__(self, centre: CentreBuilder, box_id: str = "box-1") -> None:
        centre.box_key(box_id)
        self._client = centre.key_client(Role.EDGE, box_id=box_id)
        self.cut: str | None = None  # "request", "answer"
        self.sent: list[LedgerPages] = []  # that the centre got

    def line(self) -> CentreLine:
        """What a sender of the box is given."""
        return CentreLine(Centre(url=ORIGIN, api_key="unused"), transport=httpx.MockTransport(self._pass_on))

    def _pass_on(self, request: httpx.Request) -> httpx.Response:
        if self.cut == "request":
            raise httpx.ConnectError("no route")
        options: dict[str, Any] = {
            "content": request.content,
            "headers": {"Content-Type": request.headers["Content-Type"]},
        }
        answer = self._client.request(request.method, request.url.path, **options)
        if request.url.path.endswith("/ledger"):
            self.sent.append(LedgerPages.model_validate_json(request.content))
        if self.cut == "answer":
            raise httpx.ReadError("broken")
        return httpx.Response(answer.status_code, content=answer.content, headers=dict(answer.headers))
