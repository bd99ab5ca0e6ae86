"""Why a case may be rejected or returned, in the words of the law's users."""

import json
from functools import cache
from importlib import resources
from typing import Literal

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
    document = json.loads(resources.files("domain.law").joinpath("rejection_reasons.json").read_text("utf-8"))
    reasons = [RejectionReason.model_validate(item) for item in document["reasons"]]
    return {reason.code: reason for reason in reasons}
