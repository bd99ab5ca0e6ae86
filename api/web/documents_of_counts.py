"""What the API answers about counts, as documents."""

from api.counts.reading import Quarter, RuleRecall
from api.web.documents import Document
from domain.instants import Instant


class RuleRecallDocument(Document):
    """What became of everything that one rule looked at, at one camera."""

    camera_id: str
    rule: str
    judged_pictures: int
    seen: int | None  # road users at its places; null: not counted
    candidates: int  # told or refused
    told: int  # cases, alerts and reminders
    refused: dict[str, int]  # by reason
    suspended: dict[str, int]  # spans in which it could not judge, by reason
    boxes: tuple[str, ...]  # whose counts are summed; more than one: two boxes name one camera

    @classmethod
    def of(cls, recall: RuleRecall) -> "RuleRecallDocument":
        """The document of a rule and camera."""
        return cls(**{name: getattr(recall, name) for name in cls.model_fields})


class PassedDocument(Document):
    """How many of one class passed one place in one direction."""

    place_id: str  # a gate or a movement
    direction: str
    lane_id: str  # empty: none that is drawn
    label: str
    count: int


class QuarterDocument(Document):
    """One camera's quarter of an hour."""

    quarter: Instant
    pictures: int  # that the numbers rest on
    counts: tuple[PassedDocument, ...]

    @classmethod
    def of(cls, quarter: Quarter) -> "QuarterDocument":
        """The document of a quarter."""
        counts = tuple(
            PassedDocument(place_id=place, direction=direction, lane_id=lane, label=label, count=count)
            for (place, direction, lane, label), count in sorted(quarter.counts.items())
        )
        return cls(quarter=quarter.quarter, pictures=quarter.pictures, counts=counts)
