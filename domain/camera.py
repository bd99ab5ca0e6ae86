"""Camera configuration: one YAML file a camera; its JSON Schema is published in docs/schemas/camera.schema.json."""

import hashlib
import json
from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from domain.instants import HUE_TIME

Identifier = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,62}$")]
ShortText = Annotated[str, Field(max_length=300)]  # as long as the texts of a case
LongText = Annotated[str, Field(max_length=2000)]
Fraction = Annotated[float, Field(ge=0.0, le=1.0)]
PointNormField = tuple[Fraction, Fraction]
RuleName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,40}$")]
VehicleLabel = Literal["bicycle", "bus", "car", "motorcycle", "truck"]


class _Strict(BaseModel):
    # inputs may hold a credential typed in the wrong place: they are never repeated in errors
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Position(_Strict):
    """WGS-84 point of the camera's view."""

    latitude_deg: Annotated[float, Field(ge=-90, le=90)]
    longitude_deg: Annotated[float, Field(ge=-180, le=180)]


def _no_credentials(url: str) -> str:
    authority = url.split("://", 1)[-1].split("/", 1)[0]
    if "@" in authority:
        raise ValueError("a stream URL must not hold a user or password; use username and password_env")
    if not url.startswith(("rtsp://", "rtsps://", "file:", "frames:")):
        raise ValueError("expected a URL that starts with rtsp://, rtsps://, file: or frames:")
    return url


class Stream(_Strict):
    """Where the pictures come from; the secret stands in the environment or a file, never here."""

    url: Annotated[str, AfterValidator(_no_credentials)]  # the main stream: what evidence is cut from
    # a smaller stream of the same live camera, to be analysed in place of the main one; same user and password
    analysed_url: Annotated[str, AfterValidator(_no_credentials)] | None = None
    username: str | None = None
    password_env: str | None = None
    password_file: str | None = None
    transport: Literal["tcp", "udp"] = "tcp"
    analysed_fps: Annotated[float, Field(gt=0, le=60)] = 5.0
    clock_offset_limit_ms: Annotated[float, Field(gt=0)] = 2000.0

    @model_validator(mode="after")
    def _one_secret(self) -> Self:
        if self.password_env and self.password_file:
            raise ValueError("give password_env or password_file, not both")
        if (self.password_env or self.password_file) and not self.username:
            raise ValueError("a password needs a username")
        return self

    @model_validator(mode="after")
    def _sub_stream_is_live(self) -> Self:
        if self.analysed_url is not None:
            if not all(url.startswith(("rtsp://", "rtsps://")) for url in (self.url, self.analysed_url)):
                raise ValueError("analysed_url names another stream of a live camera: both URLs must be rtsp or rtsps")
            if self.analysed_url == self.url:
                raise ValueError("analysed_url is the main stream itself; leave it out")
        return self


class ZoneKind(StrEnum):
    """What a zone stands for."""

    PAVEMENT = "pavement"
    LANE = "lane"
    JUNCTION = "junction"
    PERMITTED_BAY = "permitted_bay"
    NO_STOPPING = "no_stopping"  # by sign, or a crosswalk
    NO_PARKING = "no_parking"  # by sign
    NEAR_JUNCTION = "near_junction"  # a junction and 5 m around it, a bus stop, a gate
    BRIDGE = "bridge"
    BESIDE_PARKED = "beside_parked"  # the strip of the road beside those who park lawfully
    ROADWAY = "roadway"  # where whoever stands is in the way of traffic
    CROSSWALK = "crosswalk"  # where people on foot may cross a carriageway
    CLOSED_ROAD = "closed_road"  # a road or area that a sign closes to some vehicles
    MEDIAN = "median"  # the strip between the two ways of a road
    LOW_SPOT = "low_spot"  # where water gathers, with dry ground beside it; a waterline is drawn across it
    PERMITTED_USE = "permitted_use"  # part of a pavement whose use the ward has permitted: what stands there is lawful
    PRIVACY_MASK = "privacy_mask"
    IGNORE = "ignore"


class Zone(_Strict):
    """An area of the reference still."""

    id: Identifier
    kind: ZoneKind
    name: ShortText = ""
    polygon_norm: Annotated[tuple[PointNormField, ...], Field(min_length=3, max_length=200)]
    # lanes only: the lawful direction of travel, as two points from tail to head of an arrow
    direction_norm: tuple[PointNormField, PointNormField] | None = None
    # lanes: the only classes that may use it; closed roads: the classes that may use it all the same; empty: not said
    open_to: tuple[VehicleLabel, ...] = ()
    # pavements: width that must stay free for those on foot, metres; None: nothing may stand there
    free_width_m: Annotated[float, Field(gt=0, le=10, exclude_if=lambda value: value is None)] | None = None
    instrument: LongText = ""  # the sign, marking or decision that makes the rule hold here, with its date

    @model_validator(mode="after")
    def _has_area(self) -> Self:
        if len(set(self.polygon_norm)) < 3:  # noqa: PLR2004 - a triangle
            raise ValueError(f"zone {self.id}: a polygon needs three different points")
        if self.direction_norm and self.direction_norm[0] == self.direction_norm[1]:
            raise ValueError(f"zone {self.id}: the direction's two points are the same")
        return self


class LineKind(StrEnum):
    """What a line stands for."""

    STOP_LINE = "stop_line"
    SOLID_LINE = "solid_line"  # between lanes: nobody may change over it
    GATE = "gate"  # across an approach of a junction: beyond it lies the junction
    WATERLINE = "waterline"  # across a low spot: so far water stands when it is flooded; beyond it is the deep side


class Line(_Strict):
    """A line of the reference still, e.g. a stop line, with the point that lies beyond it."""

    id: Identifier
    kind: LineKind
    points_norm: tuple[PointNormField, PointNormField]
    beyond_norm: PointNormField  # any point on the junction's side; of a waterline: on the deep side
    signal: Identifier | None = None  # the signal that governs this line; stop lines only
    # stop lines only: the gate of the same approach; its movements say which lamp governs which way on
    gate: Identifier | None = None
    instrument: LongText = ""

    @model_validator(mode="after")
    def _is_a_line(self) -> Self:
        (x1, y1), (x2, y2) = self.points_norm
        if (x1, y1) == (x2, y2):
            raise ValueError(f"line {self.id}: its two points are the same")
        cross = (x2 - x1) * (self.beyond_norm[1] - y1) - (y2 - y1) * (self.beyond_norm[0] - x1)
        if cross == 0:
            raise ValueError(f"line {self.id}: beyond_norm lies on the line, so it names no side")
        return self


class Turn(StrEnum):
    """Which way a movement goes, as its driver sees it."""

    AHEAD = "ahead"
    LEFT = "left"
    RIGHT = "right"
    AROUND = "around"  # a U-turn


class Movement(_Strict):
    """A way through the junction, from one gate to another or back over the same one."""

    id: Identifier
    from_gate: Identifier
    to_gate: Identifier
    turn: Turn
    banned: bool = False  # a sign that faces its drivers forbids it
    banned_for: tuple[VehicleLabel, ...] = ()  # only these classes; empty: all
    signal: Identifier | None = None  # a lamp of its own, e.g. an arrow; not given: the stop line's
    on_red: bool = False  # a sign or lamp lets it go while the stop line's signal is red
    instrument: LongText = ""  # the sign, with its date

    @model_validator(mode="after")
    def _one_leave(self) -> Self:
        if self.on_red and self.signal is not None:
            raise ValueError(f"movement {self.id}: on_red says that no lamp stops it, so it must not name a signal")
        return self


class Signal(_Strict):
    """A traffic signal: read from a lamp in the picture, or fed by the controller."""

    id: Identifier
    source: Literal["feed", "lamp"]
    lamp_region_norm: tuple[Fraction, Fraction, Fraction, Fraction] | None = None  # x1, y1, x2, y2
    max_age_s: Annotated[float, Field(gt=0)] | None = 5.0  # one report is believed so long; null: changes-only log

    @model_validator(mode="after")
    def _lamp_has_region(self) -> Self:
        if (self.source == "lamp") != (self.lamp_region_norm is not None):
            raise ValueError(f"signal {self.id}: lamp_region_norm belongs to source lamp, and only there")
        return self


class GroundPoint(_Strict):
    """A point seen in the reference still and measured on the road."""

    image_norm: PointNormField
    road_m: tuple[float, float]  # metres east and north of the calibration's origin


class VehicleSide(StrEnum):
    """What a camera sees of the vehicles that its rules are about."""

    FRONTS = "fronts"  # they come towards the camera: a bounding box's lower edge is the front
    REARS = "rears"  # they go away from it: the lower edge is the rear, the front lies ahead of it
    BOTH = "both"  # either, by each vehicle's own heading


class Mode(StrEnum):
    """What becomes of a rule's findings."""

    SHADOW = "shadow"  # counted and kept for measuring, never shown to police
    WARN = "warn"  # a reminder, no fine
    ENFORCE = "enforce"


class Hours(_Strict):
    """A daily span in Hue's local time; an end before the start passes midnight."""

    start: time
    end: time

    def contain(self, local: time) -> bool:
        """Whether a local time of day lies in the span, start included, end excluded.

        Examples:
            >>> Hours(start=time(22), end=time(6)).contain(time(1, 30))
            True
        """
        if self.start == self.end:
            return True
        if self.start < self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end


class RuleUse(_Strict):
    """One rule at one camera."""

    rule: RuleName
    mode: Mode = Mode.SHADOW
    valid_from: date
    valid_to: date | None = None  # last day included
    hours: tuple[Hours, ...] = ()  # empty: all day
    parameters: dict[str, Any] = Field(default_factory=dict)  # checked by the rule's own parameter class

    def active_at(self, instant: datetime) -> bool:
        """Whether the rule holds at an instant, by Hue's calendar and clock."""
        local = instant.astimezone(HUE_TIME)
        if local.date() < self.valid_from or (self.valid_to is not None and local.date() > self.valid_to):
            return False
        return not self.hours or any(span.contain(local.time()) for span in self.hours)


class CalendarEntry(_Strict):
    """Roadworks, an event or a holiday: rules are lifted meanwhile."""

    begins_at: AwareDatetime
    ends_at: AwareDatetime
    rules: tuple[RuleName, ...] = ()  # empty: every rule
    reason: ShortText

    @model_validator(mode="after")
    def _has_a_length(self) -> Self:
        if self.ends_at <= self.begins_at:
            raise ValueError(f"calendar: it ends at {self.ends_at}, which is not after its beginning")
        return self

    def lifts(self, rule: str, instant: datetime) -> bool:
        """Whether a rule is lifted at an instant; the beginning included, the end excluded."""
        return self.begins_at <= instant < self.ends_at and (not self.rules or rule in self.rules)


class CameraConfig(_Strict):
    """Everything the product must know of one camera."""

    schema_version: Literal[1] = 1
    id: Identifier
    version: Annotated[int, Field(ge=1)]  # raised with every change; cases name it
    name: ShortText
    road: ShortText
    ward: ShortText
    direction: ShortText = ""  # of the traffic in view, in words
    position: Position
    heading_deg: Annotated[float, Field(ge=0, lt=360)]
    owner: ShortText = ""
    serial: ShortText = ""
    installed_on: date | None = None
    checked_on: date | None = None  # last, by who answers for it
    legal_class: Literal["police_device", "supplied_by_organisation", "supplied_by_citizen", "unknown"] = "unknown"
    legal_paper: ShortText = ""  # that says so
    stream: Stream
    sees: VehicleSide | None = None  # of vehicles; not stated: judged by each vehicle's heading, as with ``both``
    reference_still_wh: tuple[Annotated[int, Field(gt=0)], Annotated[int, Field(gt=0)]]
    zones: tuple[Zone, ...] = ()
    lines: tuple[Line, ...] = ()
    movements: tuple[Movement, ...] = ()
    signals: tuple[Signal, ...] = ()
    ground_points: tuple[GroundPoint, ...] = ()
    jam_vehicles: Annotated[int, Field(ge=1, le=50)] = 3  # so many others that stand in an act's zone are a jam
    calendar: tuple[CalendarEntry, ...] = ()
    rules: tuple[RuleUse, ...] = ()

    @model_validator(mode="after")
    def _references_exist(self) -> Self:
        ids = [*(z.id for z in self.zones), *(x.id for x in self.lines), *(s.id for s in self.signals)]
        ids += [movement.id for movement in self.movements]
        twice = sorted({name for name in ids if ids.count(name) > 1})
        if twice:
            raise ValueError(f"ids used twice: {', '.join(twice)}")
        known = {signal.id for signal in self.signals}
        for line in self.lines:
            if line.signal is not None and line.signal not in known:
                raise ValueError(f"line {line.id}: signal {line.signal} is not among signals")
        gates = {line.id for line in self.lines if line.kind == LineKind.GATE}
        for line in self.lines:
            if line.gate is not None and line.gate not in gates:
                raise ValueError(f"line {line.id}: {line.gate} is not among the lines of kind gate")
        for movement in self.movements:
            if movement.signal is not None and movement.signal not in known:
                raise ValueError(f"movement {movement.id}: signal {movement.signal} is not among signals")
            missing = sorted({movement.from_gate, movement.to_gate} - gates)
            if missing:
                raise ValueError(f"movement {movement.id}: {', '.join(missing)} is not among the lines of kind gate")
        return self

    def zone(self, zone_id: str) -> Zone | None:
        """The zone of an id, None when there is none."""
        return next((zone for zone in self.zones if zone.id == zone_id), None)

    def line(self, line_id: str) -> Line | None:
        """The line of an id, None when there is none."""
        return next((line for line in self.lines if line.id == line_id), None)

    def movement(self, from_gate: str, to_gate: str) -> Movement | None:
        """The movement from one gate to another, None where it is not described."""
        return next((item for item in self.movements if (item.from_gate, item.to_gate) == (from_gate, to_gate)), None)

    def sha256(self) -> str:
        """Hash of the canonical JSON: names exactly what the rules were given."""
        text = json.dumps(self.model_dump(mode="json"), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()
