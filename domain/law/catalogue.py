"""The violation catalogue: what each offence is called, where the law states it, from when to when."""

import hashlib
import json
from datetime import date, datetime
from functools import cache
from importlib import resources
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from domain.errors import CatalogueError
from domain.instants import HUE_TIME


class Amendment(BaseModel):
    """A later decree that edits a row."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    decree: str
    effective_from: date
    effect: str


class CatalogueRow(BaseModel):
    """One offence for one kind of vehicle, as one decree states it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    code: str
    name_vi: str
    name_en: str
    vehicle: str
    liable: str
    decree: str
    article: int | None
    clause: str | None
    point: str | None
    legal_ref: str
    fine_min_vnd: int | None
    fine_max_vnd: int | None
    fine_min_org_vnd: int | None
    fine_max_org_vnd: int | None
    licence_points: int | None
    points_ref: str
    effective_from: date | None
    effective_to: date | None
    amended_by: Amendment | None
    camera_feasibility: str
    confidence: str
    note: str
    sanction_route: str
    explanation_right: bool | None
    typical_fine_vnd: int | None
    signed_off_by_police: bool


class Catalogue(BaseModel):
    """All rows of one version."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    source: str
    warning: str
    rows: Annotated[tuple[CatalogueRow, ...], Field(min_length=1)]
    sha256: str

    @classmethod
    def from_bytes(cls, content: bytes) -> "Catalogue":
        """Read a catalogue file.

        Raises:
            CatalogueError: not JSON, not the catalogue's form, or two rows in force for the same thing at once.
        """
        try:
            catalogue = cls.model_validate(json.loads(content) | {"sha256": hashlib.sha256(content).hexdigest()})
        except (ValueError, TypeError, ValidationError) as error:
            raise CatalogueError(f"the violation catalogue cannot be read: {error}") from error
        catalogue.refuse_overlaps()
        return catalogue

    def row_for(self, code: str, vehicle_kind: str, at: datetime) -> CatalogueRow:
        """The row in force for an offence, a kind of vehicle and the date of the act in Hue.

        Raises:
            CatalogueError: no row is in force; the act is then no case.
        """
        day = at.astimezone(HUE_TIME).date()
        for row in self.rows:
            if row.code == code and row.vehicle == vehicle_kind and _in_force(row, day):
                return row
        raise CatalogueError(f"no catalogue row is in force for {code} by {vehicle_kind} on {day.isoformat()}")

    def rows_at(self, at: datetime) -> tuple[CatalogueRow, ...]:
        """Every row in force on the date of an act in Hue."""
        day = at.astimezone(HUE_TIME).date()
        return tuple(row for row in self.rows if _in_force(row, day))

    def codes(self) -> frozenset[str]:
        """Every offence code that some row names."""
        return frozenset(row.code for row in self.rows)

    def refuse_overlaps(self) -> None:
        """One act has one row: raise CatalogueError where two are in force for the same thing at once."""
        dated = [row for row in self.rows if row.effective_from is not None]
        for index, row in enumerate(dated):
            for other in dated[index + 1 :]:
                if (row.code, row.vehicle) == (other.code, other.vehicle) and _overlap(row, other):
                    raise CatalogueError(f"two rows of {row.code} for {row.vehicle} are in force at the same time")


def _in_force(row: CatalogueRow, day: date) -> bool:
    if row.effective_from is None or day < row.effective_from:
        return False
    return row.effective_to is None or day <= row.effective_to


def _overlap(a: CatalogueRow, b: CatalogueRow) -> bool:
    a_from, b_from = a.effective_from or date.min, b.effective_from or date.min
    return a_from <= (b.effective_to or date.max) and b_from <= (a.effective_to or date.max)


@cache
def built_in_catalogue() -> Catalogue:
    """The catalogue that ships with this version.

    Examples:
        >>> from datetime import UTC
        >>> row = built_in_catalogue().row_for("RED_LIGHT", "motorbike", datetime(2026, 1, 5, tzinfo=UTC))
        >>> row.legal_ref
        'điểm c khoản 7 Điều 7 NĐ 168/2024/NĐ-CP'
    """
    return Catalogue.from_bytes(resources.files("domain.law").joinpath("violations.json").read_bytes())
