"""Copies of evidence for use outside: asked for, answered by another person, fetched once."""

import uuid
from collections.abc import Iterator
from http import HTTPStatus
from typing import Annotated, Any, BinaryIO

from fastapi import APIRouter, Path, Query
from fastapi.responses import StreamingResponse

from api.principals import Permission, Principal
from api.web.documents_of_exports import ExportAnswer, ExportDocument, ExportList, ExportRequest
from api.web.fields import CaseIdPath
from api.web.problems import problem_responses
from api.web.sessions import TheCentre, allow

router = APIRouter(tags=["exports"])
Reader = Annotated[Principal, allow(Permission.EXPORTS_READ)]
Asker = Annotated[Principal, allow(Permission.EXPORTS_ASK)]
Answerer = Annotated[Principal, allow(Permission.EXPORTS_ANSWER)]
ExportId = Annotated[uuid.UUID, Path()]
_PIECE_BYTES = 256 * 1024
_ARCHIVE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}},
    **problem_responses(404, 409, 429, 503),
}


@router.post("/cases/{case_id}/exports", status_code=HTTPStatus.CREATED, responses=problem_responses(404, 409, 429))
def ask_export(principal: Asker, centre: TheCentre, case_id: CaseIdPath, asked: ExportRequest) -> ExportDocument:
    """Ask for an export of a case; another person answers within three days."""
    export = centre.exports.ask(
        principal,
        case_id,
        content=asked.content,
        recipient=asked.recipient,
        reason_code=asked.reason_code,
        note=asked.note,
    )
    return ExportDocument.of(export)


@router.get("/exports")
def list_exports(
    principal: Reader, centre: TheCentre, cursor: Annotated[str | None, Query(max_length=36)] = None
) -> ExportList:
    """Exports of the cases in the caller's scope, the newest first; ``next_cursor`` goes on."""
    page = centre.exports.list(principal, cursor=cursor)
    return ExportList(items=tuple(ExportDocument.of(each) for each in page.items), next_cursor=page.next_cursor)


@router.post("/exports/{export_id}/answer", responses=problem_responses(404, 409))
def answer_export(principal: Answerer, centre: TheCentre, export_id: ExportId, answer: ExportAnswer) -> ExportDocument:
    """Approve or refuse what another person asked for; approved, it can be fetched once within a day."""
    return ExportDocument.of(centre.exports.answer(principal, export_id, answer.answer, note=answer.note))


@router.post("/exports/{export_id}/file", response_class=StreamingResponse, responses=_ARCHIVE)
def fetch_export(principal: Asker, centre: TheCentre, export_id: ExportId) -> StreamingResponse:
    """The archive, once, for whoever asked: made now, every picture with its mark, on record before it is sent."""
    produced = centre.exports.produce(principal, export_id)
    name = f"ban-xuat-{produced.export.number}.zip"
    headers = {
        "Content-Length": str(produced.size_bytes),
        "Content-Disposition": f'attachment; filename="{name}"',
        "Cache-Control": "no-store",
    }
    return StreamingResponse(_pieces(produced.archive), media_type="application/zip", headers=headers)


def _pieces(archive: BinaryIO) -> Iterator[bytes]:
    with archive:
        while piece := archive.read(_PIECE_BYTES):
            yield piece
