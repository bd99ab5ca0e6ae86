"""What boxes counted: the recall of rules, traffic by quarter of an hour, and both as CSV."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from api.counts.csv_text import recall_csv, traffic_csv
from api.counts.reading import Span
from api.principals import Permission, Principal
from api.web.documents_of_counts import QuarterDocument, RuleRecallDocument
from api.web.fields import Word
from api.web.sessions import TheCentre, allow

router = APIRouter(tags=["counts"])
Reader = Annotated[Principal, allow(Permission.COUNTS_READ)]
Camera = Annotated[Word | None, Query()]
CSV: Any = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}


def _span(
    first: Annotated[date, Query(alias="from", description="The first day, in Hue")],
    last: Annotated[date | None, Query(alias="to", description="The last day; without it, the first one")] = None,
) -> Span:
    return Span(first=first, last=last or first)


Days = Annotated[Span, Depends(_span)]


@router.get("/recall")
def get_recall(principal: Reader, centre: TheCentre, span: Days, camera: Camera = None) -> list[RuleRecallDocument]:
    """What became of everything that the rules looked at, by camera and rule; at most 31 days at once."""
    return [RuleRecallDocument.of(each) for each in centre.counts.recall(principal, span, camera)]


@router.get("/recall.csv", response_class=StreamingResponse, responses=CSV)
def get_recall_csv(principal: Reader, centre: TheCentre, span: Days, camera: Camera = None) -> StreamingResponse:
    """The same row by row, a day, camera, rule, outcome and reason; any number of days."""
    return download(recall_csv(centre.counts.days(principal, span, camera)), "recall")


@router.get("/traffic")
def get_traffic(
    principal: Reader, centre: TheCentre, span: Days, camera: Annotated[Word, Query()]
) -> list[QuarterDocument]:
    """Who passed one camera, by quarter of an hour; one that is missing was not watched, or has not come in yet."""
    return [QuarterDocument.of(each) for each in centre.counts.traffic(principal, span, camera)]


@router.get("/traffic.csv", response_class=StreamingResponse, responses=CSV)
def get_traffic_csv(principal: Reader, centre: TheCentre, span: Days, camera: Camera = None) -> StreamingResponse:
    """The same row by row, of one or all cameras; any number of days."""
    return download(traffic_csv(centre.counts.passages(principal, span, camera)), "traffic")


def download(pieces: Iterator[str], name: str) -> StreamingResponse:
    """CSV as a file."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return StreamingResponse(pieces, media_type="text/csv; charset=utf-8", headers=headers)
