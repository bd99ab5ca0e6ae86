"""Weights that took part in a finding."""

from pydantic import BaseModel, ConfigDict


class ModelRef(BaseModel):
    """Weights that took part."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    sha256: str
