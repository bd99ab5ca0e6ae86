"""How each camera is, by all that the centre heard of it: what the map and its list show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from api.alerts import StoredAlert
from api.console.words import Language, translate
from api.fleet_health import BoxHealth, CameraHealth
from api.places.camera_registry import RegisteredCamera
from api.places.schematic import Mark, MarkKind
from domain.fleet.health import HealthProblem, StreamState

if TYPE_CHECKING:
    from api.console.readings import Readings


@dataclass(frozen=True, slots=True, kw_only=True)
class SeenCamera:
    """One camera as it is now."""

    box_id: str
    camera_id: str
    registered: RegisteredCamera | None  # None: nothing has said yet where it is
    kind: MarkKind
    stream: StreamState | None
    problems: tuple[HealthProblem, ...]
    alerts: int  # that stand
    box_silent: bool

    @property
    def name(self) -> str:
        """Its name for people; its id where none came in."""
        return self.registered.name if self.registered is not None and self.registered.name else self.camera_id

    def words(self, language: Language) -> str:
        """How it is, in a line."""
        said = [translate(language, f"mark.{self.kind}")]
        if self.box_silent:
            said.append(translate(language, "box_is_silent"))
        elif self.stream is not None and self.stream is not StreamState.LIVE:
            said.append(translate(language, f"stream.{self.stream}"))
        said += [problem.text for problem in self.problems[:2]]
        return " · ".join(said)

    def address(self, language: Language) -> str:
        """Of its page, below ``/console``."""
        return "/camera?" + urlencode({"lang": language, "box": self.box_id, "camera": self.camera_id})

    def mark(self, language: Language) -> Mark | None:
        """Its mark on the map; None where nobody knows its place."""
        if self.registered is None:
            return None
        return Mark(
            position=self.registered.position,
            kind=self.kind,
            title=f"{self.name}: {self.words(language)}",
            href=f"/console{self.address(language)}",
        )


def seen_cameras(
    registered: Sequence[RegisteredCamera],
    statuses: Sequence[CameraHealth],
    boxes: Sequence[BoxHealth],
    alerts: Sequence[StoredAlert],
) -> tuple[SeenCamera, ...]:
    """Every camera of which anything came in, those that need a look first."""
    places = {(one.box_id, one.camera_id): one for one in registered}
    streams = {(one.box_id, one.camera_id): one.state for one in statuses}
    by_box = {box.box_id: box for box in boxes}
    standing = [(alert.box_id, alert.camera_id) for alert in alerts]
    found = []
    for key in places.keys() | streams.keys():
        box = by_box.get(key[0])
        silent = box is not None and (box.silent_since is not None or box.status == "offline")
        problems = tuple(each for each in box.problems if each.camera_id == key[1]) if box is not None else ()
        found.append(
            SeenCamera(
                box_id=key[0],
                camera_id=key[1],
                registered=places.get(key),
                kind=_kind(streams.get(key), alerts=standing.count(key), silent=silent, ill=bool(problems)),
                stream=streams.get(key),
                problems=() if silent else problems,
                alerts=standing.count(key),
                box_silent=silent,
            )
        )
    order = list(MarkKind)
    return tuple(sorted(found, key=lambda one: (order.index(one.kind), one.name, one.box_id, one.camera_id)))


def read_cameras(readings: "Readings") -> tuple[SeenCamera, ...]:
    """The same, of what all pages of the process have read."""
    return seen_cameras(readings.places.read(), readings.cameras.read(), readings.boxes.read(), readings.alerts.read())


def _kind(stream: StreamState | None, *, alerts: int, silent: bool, ill: bool) -> MarkKind:
    if alerts:
        return MarkKind.ALERT
    if silent or stream in {StreamState.LOST, StreamState.STALLED}:
        return MarkKind.LOST
    if ill or stream is StreamState.CONNECTING:
        return MarkKind.UNWELL
    return MarkKind.UNKNOWN if stream is None else MarkKind.WELL
