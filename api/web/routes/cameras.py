"""Cameras: what their boxes tell (docs/camera-door.md), what is known of each, and versions of what each is to draw."""

from http import HTTPStatus
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from starlette.concurrency import run_in_threadpool

from api.principals import Permission, Principal
from api.web.documents_of_cameras import (
    CameraDetail,
    ChangeDocument,
    DrawingDetail,
    DrawingDocument,
    DrawingRequest,
    RollBackRequest,
)
from api.web.problems import problem_responses
from api.web.sessions import TheCentre, allow, web_context
from domain.fleet.camera_reports import CameraAnswers

router = APIRouter(tags=["cameras"])
door = APIRouter(prefix="/edge/cameras", tags=["edge"])
Teller = Annotated[Principal, allow(Permission.CAMERAS_TELL)]
Reader = Annotated[Principal, allow(Permission.HEALTH_READ)]
Drawer = Annotated[Principal, allow(Permission.CAMERAS_DRAW)]
_NAME = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$"
BoxPath = Annotated[str, Path(pattern=_NAME)]
CameraPath = Annotated[str, Path(pattern=_NAME)]
NumberPath = Annotated[int, Path(ge=1, le=1_000_000)]


def _body(media_type: str, schema: dict[str, str]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {media_type: {"schema": schema}}}}


@door.put(
    "",
    openapi_extra=_body("application/json", {"type": "object", "description": "CameraReports of all cameras"}),
    responses=problem_responses(413, 422, 429, 503),
)
async def tell_cameras(*, request: Request, principal: Teller, centre: TheCentre) -> CameraAnswers:
    """Tell all cameras of the box as they are; the answer says what is wanted of them, and what they are to draw."""
    turns, box_id = web_context(request).turns, str(principal.box_id)
    with turns.request(box_id):
        payload = await request.body()
        async with turns.turn(box_id):
            return await run_in_threadpool(centre.camera_intake.take, principal, payload)


@door.put(
    "/{camera_id}/still",
    status_code=HTTPStatus.NO_CONTENT,
    openapi_extra=_body("image/jpeg", {"type": "string", "format": "binary"}),
    responses=problem_responses(404, 413, 422, 429, 503),
)
async def bring_still(*, request: Request, principal: Teller, centre: TheCentre, camera_id: CameraPath) -> None:
    """Bring a camera's still, people and vehicles covered; it takes the place of the one before."""
    turns, box_id = web_context(request).turns, str(principal.box_id)
    with turns.request(box_id):
        content = await request.body()
        async with turns.turn(box_id):
            await run_in_threadpool(centre.camera_intake.take_still, principal, camera_id, content)


@router.get("/cameras/{box_id}/{camera_id}", responses=problem_responses(404))
def get_camera(principal: Reader, centre: TheCentre, box_id: BoxPath, camera_id: CameraPath) -> CameraDetail:
    """One camera: its place, its view, what runs, what was wrong and when."""
    return CameraDetail.of(centre.camera_pages.page(principal, box_id, camera_id))


@router.get(
    "/cameras/{box_id}/{camera_id}/still",
    response_class=Response,
    responses={200: {"content": {"image/jpeg": {}}}, **problem_responses(404, 410)},
)
def get_still(principal: Reader, centre: TheCentre, box_id: BoxPath, camera_id: CameraPath) -> Response:
    """The camera's newest still, people and vehicles covered (JPEG)."""
    content = centre.camera_pages.still(principal, box_id, camera_id)
    return Response(content, media_type="image/jpeg", headers={"Cache-Control": "no-store"})


@router.get("/cameras/{box_id}/{camera_id}/drawings")
def get_drawings(principal: Reader, centre: TheCentre, box_id: BoxPath, camera_id: CameraPath) -> list[DrawingDocument]:
    """Versions of what the camera is to draw, the newest first, with who, when, why, and what the box answered."""
    return [DrawingDocument.of(each) for each in centre.drawings.versions(principal, box_id, camera_id)]


@router.get("/cameras/{box_id}/{camera_id}/drawings/{number}", responses=problem_responses(404))
def get_drawing(
    principal: Reader, centre: TheCentre, box_id: BoxPath, camera_id: CameraPath, number: NumberPath
) -> DrawingDetail:
    """One version with its drawing, and what it changes against the one before."""
    version = centre.drawings.version(principal, box_id, camera_id, number)
    changes = centre.drawings.changes(principal, box_id, camera_id, number)
    return DrawingDetail(
        version=DrawingDocument.of(version),
        drawing=version.drawing,
        changes=tuple(ChangeDocument.of(each) for each in changes),
    )


@router.post(
    "/cameras/{box_id}/{camera_id}/drawings",
    status_code=HTTPStatus.CREATED,
    responses=problem_responses(404, 409, 422),
)
def draw(
    *, principal: Drawer, centre: TheCentre, box_id: BoxPath, camera_id: CameraPath, wanted: DrawingRequest
) -> DrawingDocument:
    """Have the camera draw this from now on; its box checks it, and answers with what runs or why it does not."""
    version = centre.drawings.want(
        principal,
        box_id,
        camera_id,
        drawing=wanted.drawing,
        base_sha256=wanted.base_sha256,
        newest=wanted.newest,
        why=wanted.why,
    )
    return DrawingDocument.of(version)


@router.post(
    "/cameras/{box_id}/{camera_id}/drawings/{number}/again",
    status_code=HTTPStatus.CREATED,
    responses=problem_responses(404, 409, 422),
)
def draw_again(
    *,
    principal: Drawer,
    centre: TheCentre,
    box_id: BoxPath,
    camera_id: CameraPath,
    number: NumberPath,
    wanted: RollBackRequest,
) -> DrawingDocument:
    """Roll back: have the camera draw an earlier version again, as a new one."""
    version = centre.drawings.want_again(
        principal,
        box_id,
        camera_id,
        number=number,
        base_sha256=wanted.base_sha256,
        newest=wanted.newest,
        why=wanted.why,
    )
    return DrawingDocument.of(version)
