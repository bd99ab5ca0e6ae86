"""The page of the boxes: which are not well, which cameras are not live, since when, and what to do."""

from nicegui import ui

from api.console.misplaced_cameras import show_misplaced
from api.console.readings import is_well
from api.console.review.dossier import hue_time
from api.console.review.short_forms import short
from api.console.visitor import Visitor
from api.console.watched_list import WatchedList
from api.console.words import translate
from api.fleet_health import BoxHealth, CameraHealth
from api.places.camera_registry import RegisteredCamera
from api.principals import Permission
from domain.fleet.health import StreamState

_RENEW_EVERY_S = 2.0
Fleet = tuple[tuple[BoxHealth, ...], tuple[CameraHealth, ...], tuple[RegisteredCamera, ...]]


class BoxesPage:
    """One person's page.

    Args:
        visitor: who opened the page.
    """

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._language = visitor.language

    async def build(self) -> None:
        """Lay out the page and keep it up to date."""
        async with self._visitor.page("boxes", hint="boxes_hint"):
            watched = WatchedList(read=self._read, show=self._show, unread="boxes_unread", language=self._language)
            self._list = ui.element("div").props('role=list aria-live="polite"')
            await watched.renew()
            ui.timer(_RENEW_EVERY_S, watched.renew)

    def _read(self, *, afresh: bool) -> Fleet:
        self._visitor.again(in_use=afresh).require(Permission.HEALTH_READ)
        readings = self._visitor.readings
        return readings.boxes.read(), readings.cameras.read(), readings.misplaced.read()

    def _show(self, fleet: Fleet) -> None:
        """Those that are not well come first."""
        boxes, cameras, misplaced = fleet
        self._list.clear()
        with self._list:
            if not boxes:
                ui.label(translate(self._language, "boxes_none")).classes("mt-hint").props("role=listitem")
            if misplaced:
                show_misplaced(misplaced, self._language)
            for box in sorted(boxes, key=lambda one: (is_well(one), one.box_id)):
                self._box(box, [one for one in cameras if one.box_id == box.box_id])

    def _box(self, box: BoxHealth, cameras: list[CameraHealth]) -> None:
        language = self._language
        heard = box.silent_since is None and box.status != "offline"
        ill = [one for one in cameras if one.state is not StreamState.LIVE] if heard else []
        well = is_well(box) and not ill
        with ui.element("div").classes("mt-card" if well else "mt-card waiting").props("role=listitem"):
            with ui.element("div").classes("mt-head"):
                ui.label(box.box_id).classes("mt-card-title")
                if box.silent_since is not None:
                    text = f"{translate(language, 'box_silent')} {hue_time(box.silent_since)}"
                    ui.label(text).classes("mt-badge rejected")
                elif box.status == "offline":
                    ui.label(translate(language, "box_offline")).classes("mt-badge")
                elif well:
                    ui.label(translate(language, "box_well")).classes("mt-badge ready")
            counts = [(box.unsent_cases, "unsent"), (box.arriving_cases, "arriving")]
            waiting = [f"{count} {translate(language, word)}" for count, word in counts if count]
            ui.label(" · ".join(filter(None, [box.software_version, *waiting]))).classes("mt-hint")
            for one in ill:
                state = translate(language, f"stream.{one.state}")
                text = f"{translate(language, 'camera_state')} {one.camera_id}: {state}, {hue_time(one.at)}"
                ui.label(short(f"{text} · {one.reason}" if one.reason else text, 200)).classes("mt-alert bad")
            for problem in box.problems if heard else ():
                with ui.element("div").classes("mt-alert"):
                    where = f"{problem.camera_id} · " if problem.camera_id else ""
                    ui.label(f"{where}{problem.text}")
                    remedy = f"{translate(language, 'what_to_do')}: {problem.remedy}"
                    ui.label(f"{remedy} · {translate(language, 'since')} {hue_time(problem.since)}").classes("mt-hint")
