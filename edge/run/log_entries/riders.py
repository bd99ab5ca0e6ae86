"""How a detection log writes looks at riders: motorcycles and people are named by their rows among the detections."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from domain.coordinates import BoxPx
from domain.model_ref import ModelRef
from domain.seen.detections import Detections
from domain.seen.riders import HeadWear, RiderLooks, RiderSeen, RidersLook

_Row = Annotated[int, Field(ge=0)]
_Side = Annotated[float, Field(allow_inf_nan=False)]
_HeadRow = tuple[
    _Row, _Side, _Side, _Side, _Side, HeadWear, Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0)]
]


class RidersLookEntry(BaseModel):
    """The look at one motorcycle, as it stands in a line."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    of: _Row  # the motorcycle
    counted: bool  # false: it is not known whether those are all
    heads: tuple[_HeadRow, ...]  # person, x1, y1, x2, y2 of the head, wear, confidence, sharpness

    def look(self, boxes: tuple[BoxPx, ...]) -> RidersLook:
        """The look, with the boxes of the line's detections."""
        riders = tuple(
            RiderSeen(
                person_xyxy_px=boxes[person],
                head_xyxy_px=(x1, y1, x2, y2),
                wear=wear,
                confidence=confidence,
                sharpness=sharpness,
            )
            for person, x1, y1, x2, y2, wear, confidence, sharpness in self.heads
        )
        return RidersLook(motorcycle_xyxy_px=boxes[self.of], count=len(riders) if self.counted else None, riders=riders)

    def rows(self) -> tuple[int, ...]:
        """Every detection that it names."""
        return (self.of, *(head[0] for head in self.heads))


class RidersEntry(BaseModel):
    """The looks of one picture, as they stand in a line."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    model: tuple[Annotated[str, Field(min_length=1)], Annotated[str, Field(pattern="^[0-9a-f]{64}$")]]  # name, sha256
    looks: Annotated[tuple[RidersLookEntry, ...], Field(min_length=1)]

    def rows(self) -> frozenset[int]:
        """Every detection that is named."""
        return frozenset(row for look in self.looks for row in look.rows())

    def read(self, detections: Detections) -> RiderLooks:
        """The looks at these detections."""
        boxes = boxes_of(detections)
        name, sha256 = self.model
        return RiderLooks(
            model=ModelRef(name=name, sha256=sha256), looks=tuple(look.look(boxes) for look in self.looks)
        )


def boxes_of(detections: Detections) -> tuple[BoxPx, ...]:
    """The boxes as plain numbers, exactly as tracks hold them."""
    return tuple((x1, y1, x2, y2) for x1, y1, x2, y2 in detections.boxes_xyxy_px.tolist())


def riders_entry(looks: RiderLooks, detections: Detections) -> dict[str, object]:
    """Looks as plain values that ``RidersEntry`` reads again.

    Raises:
        ValueError: a look is at none of these detections.
    """
    boxes = boxes_of(detections)
    return {
        "model": [looks.model.name, looks.model.sha256],
        "looks": [
            {
                "of": boxes.index(look.motorcycle_xyxy_px),
                "counted": look.count is not None,
                "heads": [
                    [
                        boxes.index(rider.person_xyxy_px),
                        *rider.head_xyxy_px,
                        rider.wear,
                        rider.confidence,
                        rider.sharpness,
                    ]
                    for rider in look.riders
                ],
            }
            for look in looks.looks
        ],
    }
