"""What the API answers about work that is handed out."""

import uuid
from typing import Self

from api.cases.floods import Flood
from api.cases.holds import Hold
from api.cases.rule_standing import RuleOutcome
from api.principals import Principal
from api.web.documents import Document
from domain.cases.clocks import Forecast
from domain.cases.reviewers import ReviewerFigures
from domain.instants import Instant


class HoldDocument(Document):
    """Whose a case is, until when."""

    case_id: uuid.UUID
    yours: bool
    expires_at: Instant

    @classmethod
    def of(cls, hold: Hold, who: Principal) -> Self:
        """The document of a hold."""
        return cls(case_id=hold.case_id, yours=hold.holder == who.actor, expires_at=hold.expires_at)


class ReviewerDocument(Document):
    """How one reviewer fares."""

    actor: str
    seeds_caught: int
    seeds_missed: int
    caught_interval95_low: float  # Wilson's interval at 95 %
    caught_interval95_high: float
    agreed: int
    differed: int
    upheld: int
    overruled: int

    @classmethod
    def of(cls, actor: str, figures: ReviewerFigures) -> Self:
        """The document of a reviewer."""
        low, high = figures.caught_interval95
        return cls(
            actor=actor,
            seeds_caught=figures.seeds_caught,
            seeds_missed=figures.seeds_missed,
            caught_interval95_low=low,
            caught_interval95_high=high,
            agreed=figures.agreed,
            differed=figures.differed,
            upheld=figures.upheld,
            overruled=figures.overruled,
        )


class OutcomeDocument(Document):
    """How the cases of one version of a rule at one camera fared."""

    code: str
    camera_id: str
    rule_version: str
    hour: int | None  # of the act, in Hue; None: all hours
    right: int
    judged: int
    interval95_low: float  # Wilson's interval at 95 %
    interval95_high: float
    fallen_at: Instant | None  # since when its cases there are shadow, whatever the box says

    @classmethod
    def of(cls, outcome: RuleOutcome) -> Self:
        """The document of an outcome."""
        low, high = outcome.precision.interval95
        return cls(
            code=outcome.code,
            camera_id=outcome.camera_id,
            rule_version=outcome.rule_version,
            hour=outcome.hour,
            right=outcome.precision.right,
            judged=outcome.precision.judged,
            interval95_low=low,
            interval95_high=high,
            fallen_at=outcome.fallen_at,
        )


class BacklogDocument(Document):
    """How much waits for people, and whether it keeps its target."""

    waiting: int
    reviewed_an_hour: float
    arriving_an_hour: float
    grows: bool
    misses_at: Instant | None  # the first case that will be older than three days; None: none will

    @classmethod
    def of(cls, forecast: Forecast) -> Self:
        """The document of a forecast."""
        return cls(**{name: getattr(forecast, name) for name in cls.model_fields})


class FloodDocument(Document):
    """A camera whose cases wait behind a flag."""

    camera_id: str
    raised_at: Instant
    last_hour: int
    usual_an_hour: float
    waiting: int
    closing_reason: str | None  # for which its cases are being rejected
    undo_until: Instant | None

    @classmethod
    def of(cls, flood: Flood) -> Self:
        """The document of a flood."""
        return cls(**{name: getattr(flood, name) for name in cls.model_fields})


class DroppedDocument(Document):
    """Cases that were dropped unseen on one day (UTC)."""

    day: str
    cases: int
