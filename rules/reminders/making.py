"""From the life of a place to the reminder that is sent, and to the event of its case."""

from collections.abc import Mapping
from dataclasses import dataclass

from domain.cases.case import ViolationRef, case_id
from domain.cases.violations import violation_of
from domain.errors import CatalogueError
from domain.event import DecisiveMoment, Event, Measurement
from domain.geometry import SizeWh
from domain.instants import seconds_between, truncate_to_ms
from domain.reminder import NameBasedId, Reminder, reminder_id
from domain.seen.scene import Scene
from rules.case_building import CaseMaker
from rules.facts.occupation.occupation import Occupation, scaled
from rules.reminders.place_life import PlaceLife

FIRST_OBSERVATION, LATER_OBSERVATION = "first_observation", "later_observation"
BACK_AGAIN = "back_again"  # where it came back

OCCUPIED = "person/organisation"
"""The catalogue's kind of what occupies a place: nobody in particular."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReminderMaker:
    """What stays the same for all reminders of one rule's use at one camera."""

    cases: CaseMaker  # of the same use
    offence: str  # the catalogue's code

    def violation(self, life: PlaceLife) -> ViolationRef | None:
        """What the place would be as a case; None where the catalogue has no row in force."""
        try:
            row = self.cases.catalogue.row_for(self.offence, OCCUPIED, life.began_at)
        except CatalogueError:
            return None
        return violation_of(row, self.cases.catalogue)

    def reminder(self, life: PlaceLife, occupation: Occupation, violation: ViolationRef, scene: Scene) -> Reminder:
        """The reminder as its life stands now."""
        zone = self.cases.camera.zone(life.zone_id)
        began_at = truncate_to_ms(life.began_at)
        return Reminder(
            reminder_id=self.reminder_id(life),
            box_id=self.cases.box_id,
            camera_id=self.cases.camera.id,
            camera_name=self.cases.camera.name,
            road=self.cases.camera.road,
            ward=self.cases.camera.ward,
            position=self.cases.camera.position,
            rule=self.cases.use.rule,
            rule_version=self.cases.rule_version,
            mode=self.cases.use.mode,
            violation=violation,
            camera_config_version=self.cases.camera.version,
            zone_id=life.zone_id,
            instruments=(zone.instrument,) if zone is not None and zone.instrument else (),
            subject_key=life.key,
            place_xyxy_px=scaled(life.last.box_norm, scene.resolution_wh),
            resolution_wh=scene.resolution_wh,
            seen=occupation.seen,
            measurements=_numbers(measured(life, occupation)),
            began_at=began_at,
            seen_until=max(began_at, truncate_to_ms(life.last.at)),
            clear_by=life.clear_by or life.last.at,
            clock_error_ms=scene.clock_error_ms,
            steps=life.steps,
            case_id=life.case_id,
        )

    def case_event(self, life: PlaceLife, occupation: Occupation, judged: Event, resolution_wh: SizeWh) -> Event:
        """The event of a place that stayed or came back, with its pictures from then and now."""
        later = life.later or life.last
        shown = [(FIRST_OBSERVATION, life.first), (LATER_OBSERVATION, later)]
        if life.first.at < life.since.at < later.at:
            shown.insert(1, (BACK_AGAIN, life.since))
        return Event(
            code=self.offence,
            subject=judged.subject,
            began_at=life.first.at,
            ended_at=later.at,
            moments=tuple(
                DecisiveMoment(name=name, at=one.at, box_xyxy_px=scaled(one.box_norm, resolution_wh))
                for name, one in shown
            ),
            zone_ids=judged.zone_ids,
            measurements={
                **measured(life, occupation),
                **judged.measurements,
                **({"reminder_id": str(self.reminder_id(life))} if life.steps else {}),
            },
        )

    def reminder_id(self, life: PlaceLife) -> NameBasedId:
        """Of the place's reminder."""
        return reminder_id(
            box_id=self.cases.box_id,
            camera_id=self.cases.camera.id,
            rule=self.cases.use.rule,
            subject_key=life.key,
            began_at=truncate_to_ms(life.began_at),
        )

    def case_id(self, life: PlaceLife) -> NameBasedId:
        """Of the place's case."""
        return case_id(
            box_id=self.cases.box_id,
            camera_id=self.cases.camera.id,
            rule=self.cases.use.rule,
            subject_key=life.key,
            began_at=truncate_to_ms(life.first.at),
        )


def measured(life: PlaceLife, occupation: Occupation) -> dict[str, Measurement]:
    """What is known of a place and its time, with units in the names."""
    presence, width = occupation.presence, occupation.free_width
    until = (life.later or life.last).at
    reminded = {"reminded_before_s": seconds_between(life.steps[0].at, until)} if life.steps else {}
    free = {} if width is None else {"free_width_least_m": width.least_m, "free_width_most_m": width.most_m}
    return {
        "occupied_s": seconds_between(life.since.at, until),
        "observed_share": presence.observed_share,
        "longest_gap_s": presence.longest_gap_s,
        "attended_share": presence.attended_share,
        "share_of_zone": occupation.share_of_zone,
        "came_back": occupation.came_back,
        "seen_there": ", ".join(occupation.seen),
        **reminded,
        **free,
    }


def _numbers(measurements: Mapping[str, Measurement]) -> dict[str, float | int | str | bool]:
    """Three decimals are finer than anything measured here."""
    return {
        name: round(value, 3) if isinstance(value, float) else value
        for name, value in sorted(measurements.items())
        if value is not None
    }
