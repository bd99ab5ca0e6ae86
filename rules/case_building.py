"""From a rule's event to a case that names everything it was made of."""

from collections.abc import Sequence
from dataclasses import dataclass

from domain.camera import CameraConfig, Mode, RuleUse
from domain.cases.case import Case, CaseMoment, CaseSubject, Provenance, Site, case_id
from domain.cases.violations import violation_of
from domain.event import Event
from domain.instants import truncate_to_ms
from domain.law.catalogue import Catalogue, CatalogueRow
from domain.model_ref import ModelRef
from domain.seen.scene import Scene
from rules.rule import RuleParameters

REFUSED_MOMENT_MISSING = "moment_missing"  # the event lacks a decisive moment that its rule declares


def missing_moments(event: Event, needed: Sequence[str]) -> tuple[str, ...]:
    """Which decisive moments an event lacks; moments out of order of time count as missing.

    Returns:
        Names in the order of ``needed``; empty when the event shows all of them.
    """
    times = [moment.at for moment in event.moments]
    if times != sorted(times):
        return tuple(needed)
    shown = {moment.name for moment in event.moments}
    return tuple(name for name in needed if name not in shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseMaker:
    """What stays the same for all cases of one rule's use at one camera."""

    camera: CameraConfig
    use: RuleUse
    rule_version: str
    parameters: RuleParameters
    box_id: str
    catalogue: Catalogue
    detector: ModelRef | None
    tracker: str
    software_version: str

    def make(self, event: Event, row: CatalogueRow, scene: Scene, *, proven: bool = True) -> Case:
        """Build the case.

        Args:
            event: with all its decisive moments.
            row: of the catalogue, in force on the date of the act.
            scene: the one that made the event ripe; tells picture size and clock error.
            proven: false: whatever the camera's file says, the case is shadow.
        """
        began_at = truncate_to_ms(event.began_at)
        return Case(
            case_id=case_id(
                box_id=self.box_id,
                camera_id=self.camera.id,
                rule=self.use.rule,
                subject_key=event.subject.key,
                began_at=began_at,
            ),
            box_id=self.box_id,
            mode=self.use.mode if proven else Mode.SHADOW,
            violation=violation_of(row, self.catalogue),
            site=self._site(event),
            began_at=began_at,
            ended_at=event.ended_at,
            clock_error_ms=scene.clock_error_ms,
            subject=CaseSubject(
                key=event.subject.key,
                label=event.subject.label,
                label_share=_short(event.subject.label_share),
                vehicle_kind=event.subject.vehicle_kind,
                track_ids=event.subject.track_ids,
            ),
            moments=tuple(
                CaseMoment(name=moment.name, at=moment.at, box_xyxy_px=moment.box_xyxy_px, signal=moment.signal)
                for moment in event.moments
            ),
            resolution_wh=scene.resolution_wh,
            measurements={
                name: _short(value) if isinstance(value, float) else value
                for name, value in sorted(event.measurements.items())
            },
            provenance=self._provenance(),
        )

    def _site(self, event: Event) -> Site:
        named = [self.camera.zone(name) or self.camera.line(name) for name in event.zone_ids]
        return Site(
            camera_id=self.camera.id,
            camera_name=self.camera.name,
            road=self.camera.road,
            ward=self.camera.ward,
            direction=self.camera.direction,
            position=self.camera.position,
            heading_deg=self.camera.heading_deg,
            legal_class=self.camera.legal_class,
            camera_owner=self.camera.owner,
            camera_serial=self.camera.serial,
            camera_installed_on=self.camera.installed_on,
            camera_checked_on=self.camera.checked_on,
            legal_paper=self.camera.legal_paper,
            zone_ids=event.zone_ids,
            instruments=tuple(place.instrument for place in named if place is not None and place.instrument),
        )

    def _provenance(self) -> Provenance:
        return Provenance(
            software_version=self.software_version,
            rule=self.use.rule,
            rule_version=self.rule_version,
            rule_parameters=self.parameters.model_dump(mode="json"),
            camera_config_version=self.camera.version,
            camera_config_sha256=self.camera.sha256(),
            detector=self.detector,
            tracker=self.tracker,
        )


def _short(value: float) -> float:
    """Three decimals are finer than anything measured here, and keep the case's bytes readable."""
    return round(value, 3)
