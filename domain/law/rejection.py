"""Why a case may be rejected or returned, in the words of the law's users."""

import json
from functools import cache
from importlib import resources
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

Who = Literal["system", "operator", "police"]


class RejectionReason(BaseModel):
    """One reason code."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    vi: str
    en: str
    who: tuple[Who, ...]  # who may give it
    labelled_negative: bool  # whether the pictures may teach the detector what is no offence


@cache
def rejection_reasons() -> dict[str, RejectionReason]:
    """All reasons by code.

    Examples:
        >>> rejection_reasons()["DUPLICATE"].vi
        'Trùng'
    """
    reasons = [RejectionReason.model_validate(item) for item in _document()["reasons"]]
    return {reason.code: reason for reason in reasons}


def usual_reasons(offence_code: str) -> tuple[RejectionReason, ...]:
    """What a reviewer most often finds wrong with this offence, at most nine: one for each digit of the keyboard.

    Examples:
        >>> [reason.code for reason in usual_reasons("RED_LIGHT")][:3]
        ['AMBER_OR_ON_LINE', 'PERMITTED_MOVEMENT', 'SIGNAL_NOT_VISIBLE']
        >>> usual_reasons("AN_OFFENCE_OF_TOMORROW")
        ()
    """
    return tuple(rejection_reasons()[code] for code in _document()["usual"].get(offence_code, ()))


@cache
def _document() -> Any:
    return json.loads(resources.files("domain.law").joinpath("rejection_reasons.json").read_text("utf-8"))
