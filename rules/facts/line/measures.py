"""By which measures a stop line is watched; rules with the same measures share one watch."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from rules.kit.places import Ids
from rules.rule import RuleParameters


class CrossingMeasures(RuleParameters):
    """How a crossing of a stop line is measured. Lengths are in heights of the subject's box at the line."""

    line: Annotated[str, Field(min_length=1, description="id of the stop line; it must name its signal")]
    contact: Annotated[
        Literal["bottom_centre", "bottom_edge"],
        Field(
            description="what must pass the line: the middle of the box's lower edge, or the whole lower edge; "
            "wholly before always means the whole lower edge"
        ),
    ] = "bottom_centre"
    before_margin_box_heights: Annotated[
        float, Field(ge=0, le=2, description="how far before the line the whole lower edge must lie, 0 to 2")
    ] = 0.02
    min_advance_box_heights: Annotated[
        float, Field(gt=0, le=10, description="least advance beyond the line, above 0 to 10")
    ] = 0.15
    enter_advance_box_heights: Annotated[
        float, Field(gt=0, le=20, description="an advance by which the junction is entered, above 0 to 20")
    ] = 1.0
    junction_zone: Annotated[
        str | None, Field(description="id of a zone whose touch also means that the junction is entered, or null")
    ] = None
    moving_box_heights_per_s: Annotated[
        float, Field(gt=0, le=10, description="slower than this is not moving, above 0 to 10")
    ] = 0.1
    stop_s: Annotated[float, Field(ge=1, le=60, description="standing so long is a stop, 1 to 60 s")] = 2.0
    stop_radius_box_heights: Annotated[
        float, Field(gt=0, le=1, description="how far a standing box may wander, above 0 to 1")
    ] = 0.1
    over_line_margin_box_heights: Annotated[
        float, Field(ge=0, le=2, description="how far beyond the line counts as over it for a stop, 0 to 2")
    ] = 0.05
    lost_after_s: Annotated[
        float,
        Field(
            gt=0,
            le=30,
            description="so long after its last sighting a lost vehicle's crossing is judged, above 0 to 30 s",
        ),
    ] = 1.5
    max_gap_s: Annotated[
        float, Field(gt=0, le=30, description="longest span without a sighting around the line, above 0 to 30 s")
    ] = 1.5
    signal_settle_s: Annotated[
        float, Field(ge=0, le=10, description="how late a signal's report may come in, 0 to 10 s")
    ] = 0.5

    @model_validator(mode="after")
    def _advances_in_order(self) -> Self:
        if self.enter_advance_box_heights < self.min_advance_box_heights:
            raise ValueError("enter_advance_box_heights must not be below min_advance_box_heights")
        return self

    def crossing(self) -> "CrossingMeasures":
        """Those of the crossing alone: equal where its sightings are measured alike."""
        return CrossingMeasures.model_construct(**{name: getattr(self, name) for name in CrossingMeasures.model_fields})


class LineMeasures(CrossingMeasures):
    """Those of a crossing, and which ways on a site has."""

    lawful_exit_zones: Annotated[
        Ids, Field(description="ids of zones by which a vehicle may lawfully leave on red, e.g. a permitted right turn")
    ] = ()
    other_exit_zones: Annotated[
        Ids,
        Field(description="ids of zones of the other ways out: a vehicle seen in one did not leave lawfully on red"),
    ] = ()
    exit_timeout_s: Annotated[
        float, Field(gt=0, le=20, description="how long after the crossing the exit is waited for, above 0 to 20 s")
    ] = 12.0

    def alone(self) -> "LineMeasures":
        """Without what a rule adds to them: equal where two rules measure alike."""
        return LineMeasures.model_construct(**{name: getattr(self, name) for name in LineMeasures.model_fields})
