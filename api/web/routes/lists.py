"""Lists that hold no case: reasons, catalogue, health of the fleet."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter

from api.principals import Permission, Principal
from api.web.documents import BoxHealthDocument, CameraDocument, CameraHealthDocument, RulePrecisionDocument
from api.web.sessions import TheCentre, allow
from domain.law.catalogue import Catalogue, built_in_catalogue
from domain.law.rejection import RejectionReason, rejection_reasons

router = APIRouter(tags=["lists"])
CaseReader = Annotated[Principal, allow(Permission.CASES_READ)]
HealthReader = Annotated[Principal, allow(Permission.HEALTH_READ)]


@router.get("/rejection-reasons", dependencies=[allow(Permission.LISTS_READ)])
def get_rejection_reasons() -> list[RejectionReason]:
    """Why a case may be rejected or returned, and by whom."""
    return list(rejection_reasons().values())


@router.get("/catalogue", dependencies=[allow(Permission.LISTS_READ)])
def get_catalogue() -> Catalogue:
    """The violation catalogue of this version."""
    return built_in_catalogue()


@router.get("/shadow-precision")
def get_shadow_precision(principal: CaseReader, centre: TheCentre) -> list[RulePrecisionDocument]:
    """How often each rule in shadow mode was right, by offence and camera, as people judged its cases."""
    return [RulePrecisionDocument.of(each) for each in centre.cases.precision(principal)]


@router.get("/health/cameras")
def get_camera_health(principal: HealthReader, centre: TheCentre) -> list[CameraHealthDocument]:
    """Every camera's stream as its box last reported it."""
    return [CameraHealthDocument(**asdict(each)) for each in centre.health.cameras(principal)]


@router.get("/health/boxes")
def get_box_health(principal: HealthReader, centre: TheCentre) -> list[BoxHealthDocument]:
    """Every box as it last reported."""
    return [BoxHealthDocument(**asdict(each)) for each in centre.health.boxes(principal)]


@router.get("/cameras")
def get_cameras(principal: HealthReader, centre: TheCentre) -> list[CameraDocument]:
    """Every camera of which something came in: where it looks, whose that is, and what is wrong with its place."""
    return [CameraDocument.of(each) for each in centre.cameras.cameras(principal)]
