"""A rule as a small pure judgement over facts; what it keeps between scenes is nothing."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, Protocol, TypeVar

from domain.camera import CameraConfig
from domain.cases.words import Words
from domain.event import DecisiveMoment, Event, FindingKind, Hold, Measurement, Subject
from domain.model_ref import ModelRef
from domain.seen.looks import Look
from rules import interlocks
from rules.facts.contact import Contact
from rules.facts.facts import Facts
from rules.facts.line.measures import LineMeasures
from rules.facts.road_user import RoadUser
from rules.facts.stays.stays import StaysWanted
from rules.proof import MeasuredFigures, RuleFigure, why_shadow
from rules.rule import Refusals, RuleParameters, RuleProblem

P = TypeVar("P", bound=RuleParameters)
P_contra = TypeVar("P_contra", bound=RuleParameters, contravariant=True)


class Judge(Protocol[P_contra]):
    """Yields the acts that these facts show, and counts those that something speaks for but too little."""

    def __call__(
        self, facts: Facts, camera: CameraConfig, parameters: P_contra, refusals: Refusals
    ) -> Iterable[Event | Hold]:
        """The acts, perhaps the same ones again in later scenes; a hold in every scene while its moment is needed."""
        ...


class Check(Protocol[P_contra]):
    """What is missing or wrong at a camera for these parameters; empty: nothing."""

    def __call__(self, camera: CameraConfig, parameters: P_contra) -> Sequence[RuleProblem]:
        """One for each thing."""
        ...


class StopLine(Protocol[P_contra]):
    """By which measures a rule's stop line is watched."""

    def __call__(self, camera: CameraConfig, parameters: P_contra) -> LineMeasures:
        """They name the line; rules with equal measures share its facts."""
        ...


class Places(Protocol[P_contra]):
    """Ids of the zones and lines that a rule judges at a camera."""

    def __call__(self, camera: CameraConfig, parameters: P_contra) -> Sequence[str]:
        """In the order in which they are drawn."""
        ...


class StaysOf(Protocol[P_contra]):
    """Which stays a rule judges at a camera."""

    def __call__(self, camera: CameraConfig, parameters: P_contra) -> StaysWanted:
        """By which limits, in which zones."""
        ...


@dataclass(frozen=True, kw_only=True)
class FactRule(Generic[P]):
    """Everything that a rule brings.

    The same act may be yielded scene after scene: the camera remembers what became a case.
    """

    CODE: str  # its name in camera files
    VERSION: str  # raised with every change of behaviour; cases name it
    MOMENTS: tuple[str, ...]  # decisive moments; the engine refuses an event that lacks one
    PARAMETERS: type[P]
    judge: Judge[P]
    places: Places[P]
    check: Check[P]
    stays: StaysOf[P] | None = None  # None: it judges nobody who stands
    stop_line: StopLine[P] | None = None  # of rules at a stop line
    INTERLOCKS: frozenset[str] = interlocks.ALL
    LOOKS: frozenset[Look] = frozenset()  # taken of the pictures of its cameras, at its places
    MEASURED: RuleFigure | None = None  # how often its cases were right; too seldom, or None: they are shadow
    PROOF: tuple[str, ...] = ()  # of rules on what networks tell: figures of weights; all open it, instead of MEASURED
    KIND: FindingKind = FindingKind.CASE  # what its events become
    OFFENCES: Mapping[str, str] = field(default_factory=dict)  # of cases: the catalogue's code by kind of vehicle

    def why_shadow(self, figures: MeasuredFigures) -> Words | None:
        """Why its cases are shadow whatever a camera's file says; None: they need not be, or it makes none.

        Args:
            figures: of the weights that look.
        """
        return why_shadow(self.PROOF, self.MEASURED, figures) if self.OFFENCES else None

    def problems(self, camera: CameraConfig, parameters: RuleParameters) -> tuple[RuleProblem, ...]:
        """What is missing or wrong at this camera for these parameters; empty: nothing."""
        return tuple(self.check(camera, self._own(parameters)))

    def place_ids(self, camera: CameraConfig, parameters: RuleParameters) -> frozenset[str]:
        """The zones and lines whose facts it needs."""
        return frozenset(self.places(camera, self._own(parameters)))

    def stays_wanted(self, camera: CameraConfig, parameters: RuleParameters) -> StaysWanted | None:
        """The stays that it judges; None: none."""
        return None if self.stays is None else self.stays(camera, self._own(parameters))

    def measures(self, camera: CameraConfig, parameters: RuleParameters) -> frozenset[LineMeasures]:
        """Of the stop line whose facts it needs; empty: of none."""
        return frozenset() if self.stop_line is None else frozenset({self.stop_line(camera, self._own(parameters))})

    def __call__(self, *, camera: CameraConfig, parameters: RuleParameters, refusals: Refusals) -> "JudgedByFacts[P]":
        """The rule at a camera."""
        return JudgedByFacts(rule=self, camera=camera, parameters=self._own(parameters), refusals=refusals)

    def _own(self, parameters: RuleParameters) -> P:
        if not isinstance(parameters, self.PARAMETERS):
            raise TypeError(f"{self.CODE} needs {self.PARAMETERS.__name__}, got {type(parameters).__name__}")
        return parameters


@dataclass(frozen=True, kw_only=True)
class Judged:
    """What a rule made of one scene's facts."""

    events: tuple[Event, ...]
    holds: Mapping[str, datetime]  # by the rule's own keys: moments whose pictures are to be kept


@dataclass(frozen=True, kw_only=True)
class JudgedByFacts(Generic[P]):
    """A rule at one camera."""

    rule: FactRule[P]
    camera: CameraConfig
    parameters: P
    refusals: Refusals
    told: dict[str, datetime] = field(default_factory=dict)  # by zone or line: when an act was last shown there

    @property
    def CODE(self) -> str:  # noqa: N802 - as every rule's
        """Of the rule."""
        return self.rule.CODE

    @property
    def MOMENTS(self) -> tuple[str, ...]:  # noqa: N802 - as every rule's
        """Of the rule."""
        return self.rule.MOMENTS

    @property
    def INTERLOCKS(self) -> frozenset[str]:  # noqa: N802 - as every rule's
        """Of the rule."""
        return self.rule.INTERLOCKS

    def judge(self, facts: Facts) -> Judged:
        """The acts that these facts show, and the moments that may still be needed."""
        found = tuple(self.rule.judge(facts, self.camera, self.parameters, self.refusals))
        events = tuple(item for item in found if isinstance(item, Event))
        self.told.update((place_id, facts.scene.at) for event in events for place_id in event.zone_ids)
        return Judged(
            events=events,
            holds={item.key: item.at for item in found if isinstance(item, Hold)},
        )


def vehicle_of(user: RoadUser) -> Subject | None:
    """A road user as an event's subject; None for what is no vehicle."""
    track = user.track
    kind = track.vehicle_kind
    if kind is None:
        return None
    return Subject(
        key=f"track:{track.track_id}",
        label=track.label,
        label_share=track.label_share,
        vehicle_kind=kind,
        track_ids=(track.track_id,),
    )


def followed_vehicle(user: RoadUser, track_ids: tuple[int, ...], label_share: float) -> Subject | None:
    """The same under all the tracks that it had; as unsure of its class as the least sure of them."""
    subject = vehicle_of(user)
    if subject is None:
        return None
    return replace(
        subject,
        key=f"track:{track_ids[0]}",
        track_ids=track_ids,
        label_share=min(label_share, subject.label_share),
    )


TWO_WHEELS = frozenset({"motorcycle", "bicycle"})


def kind_in_doubt(subject: Subject, min_label_share: float) -> bool:
    """Whether a two-wheeler may be of the other kind: no offence of a bicycle's is a motorcycle's."""
    return subject.label in TWO_WHEELS and subject.label_share < min_label_share


def act(
    code: str,
    subject: Subject,
    moments: Mapping[str, Contact],
    *,
    place_ids: Sequence[str],
    measurements: Mapping[str, Measurement],
    looked_with: ModelRef | None = None,
) -> Event:
    """An event that begins with its first moment and ends with its last.

    Args:
        code: of the catalogue.
        subject: who did it.
        moments: the sightings that show it, by name, in order of time.
        place_ids: zones and lines that were judged.
        measurements: names carry units.
        looked_with: weights that it rests on, beside the detector's.
    """
    shown = tuple(
        DecisiveMoment(name=name, at=contact.at, box_xyxy_px=contact.box_xyxy_px) for name, contact in moments.items()
    )
    return Event(
        code=code,
        subject=subject,
        began_at=shown[0].at,
        ended_at=shown[-1].at,
        moments=shown,
        zone_ids=tuple(place_ids),
        measurements=measurements,
        looked_with=looked_with,
    )
