"""The page of one camera: its still with what is drawn, view, problems with what to do, rules, counts, and its past."""

from collections import Counter
from collections.abc import Sequence
from urllib.parse import quote, urlencode

from nicegui import run, ui

from api.cameras.drawings import DrawingVersion
from api.cameras.pages import CameraPage as KnownCamera
from api.console.camera_marks import SeenCamera, read_cameras
from api.console.counts_page import Wanted, rule_name, show_recall
from api.console.counts_table import Breakdown
from api.console.drawn_still import drawn_still
from api.console.misplaced_cameras import place_words
from api.console.review.dossier import hue_time
from api.console.review.short_forms import short
from api.console.visitor import Visitor
from api.counts.reading import Quarter, RuleRecall, Span
from api.principals import Permission
from domain.errors import NotFound
from domain.instants import HUE_TIME

_MOST_LINES = 40
_QUARTERS = 4


class CameraPage:
    """One person's page.

    Args:
        visitor: who opened the page; its address names box and camera.
    """

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._say = visitor.say
        self._box_id, self._camera_id = visitor.asked("box"), visitor.asked("camera")

    async def build(self) -> None:
        """Lay out the page as it is now."""
        async with self._visitor.page("map", title=False):
            known = await run.io_bound(self._known)
            if known is None:
                ui.label(self._say("map")).classes("mt-title").props("role=heading aria-level=1")
                ui.label(self._say("camera_gone")).classes("mt-alert bad")
                return
            now = next((one for one in read_cameras(self._visitor.readings) if self._is_it(one)), None)
            name = known.registered.name if known.registered is not None else known.camera_id
            ui.label(name).classes("mt-title").props("role=heading aria-level=1")
            self._where(known)
            with ui.element("div").classes("mt-two"):
                with ui.element("div"):
                    self._still(known)
                    await self._counts()
                with ui.element("div"):
                    self._state(known, now)
                    self._rules(known)
                    self._versions(await run.io_bound(self._drawn) or ())
                    self._timeline(known)

    def _known(self) -> KnownCamera | None:
        try:
            return self._visitor.centre.camera_pages.page(self._visitor.principal, self._box_id, self._camera_id)
        except NotFound:
            return None

    def _drawn(self) -> tuple[DrawingVersion, ...]:
        centre, principal = self._visitor.centre, self._visitor.principal
        return centre.drawings.versions(principal, self._box_id, self._camera_id)

    def _is_it(self, camera: SeenCamera) -> bool:
        return (camera.box_id, camera.camera_id) == (self._box_id, self._camera_id)

    def _where(self, known: KnownCamera) -> None:
        camera = known.registered
        words = [known.box_id, known.camera_id]
        if camera is not None:
            at = f"{camera.position.latitude_deg:.5f}, {camera.position.longitude_deg:.5f}"
            words = [camera.road, camera.place.ward, at, *words]
        ui.label(" · ".join(word for word in words if word)).classes("mt-hint")
        if camera is not None and camera.place.problem is not None:
            with ui.element("div").classes("mt-alert"):
                ui.label(place_words(camera, self._visitor.language))
                ui.label(f"{self._say('what_to_do')}: {self._say('place_remedy')}").classes("mt-hint")

    def _still(self, known: KnownCamera) -> None:
        url = None
        if known.still_at is not None:
            place = f"{quote(known.box_id)}/{quote(known.camera_id)}"
            url = f"/api/v1/cameras/{place}/still?at={known.still_at.timestamp():.0f}"
        words = self._say("camera_none")
        if known.still_at is not None:
            words = f"{self._say('still_of')} {hue_time(known.still_at)}"
        if known.running is not None:
            words += f"; {self._say('as_drawn')}"
            ui.html(drawn_still(known.running.drawing, url, label=words), sanitize=False)
        elif url is not None:
            ui.element("img").props(f'src="{url}" alt="{words}"').classes("mt-still")
        ui.label(words).classes("mt-hint")

    def _state(self, known: KnownCamera, now: SeenCamera | None) -> None:
        if now is not None:
            ui.label(now.words(self._visitor.language)).classes("mt-card-title").mark("camera-state")
        view = self._say(f"view.{known.view or 'none'}")
        ui.label(f"{self._say('view_is')}: {view}" + (f" · {known.view_words}" if known.view_words else ""))
        ui.label(self._say("problems_now")).classes("mt-section")
        problems = () if now is None else now.problems
        if not problems:
            ui.label(self._say("problems_none")).classes("mt-hint")
        for problem in problems:
            with ui.element("div").classes("mt-alert"):
                ui.label(problem.text)
                remedy = f"{self._say('what_to_do')}: {problem.remedy}"
                ui.label(f"{remedy} · {self._say('since')} {hue_time(problem.since)}").classes("mt-hint")

    def _rules(self, known: KnownCamera) -> None:
        ui.label(self._say("runs_config")).classes("mt-section")
        if known.config_sha256 is None:
            ui.label(self._say("view.none")).classes("mt-hint")
            return
        version = "" if known.running is None else f"{self._say('config_version')} {known.running.version} · "
        ui.label(f"{version}sha256 {known.config_sha256[:12]}…").classes("mt-hint")
        for use in () if known.running is None else known.running.rules:
            ui.label(f"{rule_name(use.rule, self._visitor.language)}: {self._say(f'mode.{use.mode}')}")
        if known.running is not None and known.running.rules:
            ui.label(self._say("modes_as_written")).classes("mt-hint")

    async def _counts(self) -> None:
        visitor = self._visitor
        if not visitor.principal.may(Permission.COUNTS_READ):
            return
        today = visitor.centre.store.clock.now().astimezone(HUE_TIME).date()
        span = Span(first=today, last=today)
        counts, principal = visitor.centre.counts, visitor.principal
        recall: Sequence[RuleRecall] = await run.io_bound(counts.recall, principal, span, self._camera_id) or ()
        quarters: Sequence[Quarter] = await run.io_bound(counts.traffic, principal, span, self._camera_id) or ()
        ui.label(self._say("counts_today")).classes("mt-section")
        if recall:
            show_recall(recall, visitor.language)
        elif not quarters:
            ui.label(self._say("counts_none")).classes("mt-hint")
        for quarter in quarters[-_QUARTERS:]:
            passed: Counter[str] = Counter()
            for (_, _, _, label), number in quarter.counts.items():
                passed[label] += number
            words = ", ".join(f"{self._say(f'value.{label}')} {number}" for label, number in sorted(passed.items()))
            ui.label(f"{hue_time(quarter.quarter)}: {words or '-'}").classes("mt-hint")
        wanted = Wanted(day=today, camera_id=self._camera_id, by=Breakdown.CLASS)
        ui.link(self._say("all_counts"), wanted.url(visitor.language)).classes("mt-nav-link")

    def _versions(self, versions: Sequence[DrawingVersion]) -> None:
        ui.label(self._say("versions")).classes("mt-section")
        if self._visitor.principal.may(Permission.CAMERAS_DRAW):
            address = urlencode({"box": self._box_id, "camera": self._camera_id, "lang": self._visitor.language})
            ui.link(self._say("draw_zones"), f"/draw/?{address}").classes("mt-nav-link").mark("draw-zones")
        if not versions:
            ui.label(self._say("versions_none")).classes("mt-hint")
        for place, version in enumerate(versions[:_MOST_LINES]):
            outcome = version.outcome or ("sent" if place == 0 else "replaced")
            with ui.element("div").classes("mt-card").mark(f"drawing-{version.number}"):
                ui.label(f"{version.number} · {self._say(f'drawing.{outcome}')}").classes("mt-card-title")
                ui.label(version.why)
                who = version.actor.removeprefix("user:")
                ui.label(f"{who} · {hue_time(version.at)}").classes("mt-hint")
                for word in version.words:
                    ui.label(word).classes("mt-alert bad")

    def _timeline(self, known: KnownCamera) -> None:
        """Changes of the stream and problems, the newest first."""
        say = self._say
        lines = [
            (one.at, f"{say(f'stream.{one.state}')}" + (f" · {one.reason}" if one.reason else ""))
            for one in known.streams
        ]
        for span in known.problems:
            end = say("still_stands") if span.ended_at is None else f"{say('until')} {hue_time(span.ended_at)}"
            lines.append((span.began_at, f"{span.text} ({end})"))
        ui.label(say("timeline")).classes("mt-section")
        if not lines:
            ui.label(say("timeline_none")).classes("mt-hint")
        with ui.element("ul").classes("mt-past"):
            for at, words in sorted(lines, key=lambda line: line[0], reverse=True)[:_MOST_LINES]:
                with ui.element("li"):
                    ui.label(f"{hue_time(at)} · {short(words, 200)}")
