"""The page that asks where else the vehicle of one case was seen: for a purpose, on record, or not at all."""

import uuid

from nicegui import ui

from api.console.review.dossier import hue_time
from api.console.tables import show_table
from api.console.visitor import Visitor
from api.sightings.look_up import MOST_SHOWN
from domain.cases.plate_search import NEEDS_NOTE, PURPOSES


class SightingsPage:
    """One person's look-ups of one case's vehicle.

    Args:
        visitor: who opened the page.
    """

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._sightings = visitor.centre.sightings

    async def build(self, case_id: uuid.UUID | None) -> None:
        """Lay out the page; it finds nothing before somebody says why. Without a basis it says so, of whatever case."""
        visitor, say = self._visitor, self._visitor.say
        async with visitor.page("sightings", hint="sightings_hint"):
            if not self._sightings.basis:
                ui.label(say("sightings_off")).classes("mt-alert").props("role=status")
                return
            ui.label(f"{say('sightings_basis')}: {self._sightings.basis}").classes("mt-hint")
            if case_id is None:
                ui.label(say("sightings_of_a_case")).classes("mt-alert").props("role=status")
                return
            self._case_id = case_id
            purposes = {code: words.of(visitor.language) for code, words in PURPOSES.items()}
            with ui.element("div").classes("mt-choices"):
                self._purpose = ui.select(purposes, label=say("purpose")).props("dense outlined options-dense")
                self._purpose.classes("mt-filter mt-purpose")
                self._note = ui.input(say("purpose_note")).props("dense outlined maxlength=2000")
            with ui.element("div").classes("mt-saved"):
                self._near = ui.checkbox(say("one_wrong"))
                ui.button(say("look_up"), on_click=self._look_up).props(
                    "no-caps unelevated color=amber-9 text-color=black"
                )
            self._said = ui.label().classes("mt-alert").props('role=status aria-live="polite"')
            self._said.set_visibility(False)
            self._found = ui.element("div")

    async def _look_up(self) -> None:
        purpose, note = str(self._purpose.value or ""), str(self._note.value or "").strip()
        self._found.clear()
        if not purpose or (purpose in NEEDS_NOTE and not note):
            self._say("say_number" if purpose else "say_purpose", bad=True)
            return
        near = bool(self._near.value)
        found = await self._visitor.do(
            lambda who: self._sightings.find(who, self._case_id, purpose=purpose, note=note, near=near)
        )
        if found is None:
            self._said.set_visibility(False)
            return
        self._say("look_up_noted", bad=False)
        language = self._visitor.language
        rows = [(hue_time(each.seen_at), each.camera_id, each.box_id) for each in found]
        with self._found:
            show_table(("when", "camera", "box"), rows, language, empty="sightings_none")
            if len(rows) == MOST_SHOWN:
                ui.label(self._visitor.say("sightings_newest")).classes("mt-hint")

    def _say(self, key: str, *, bad: bool) -> None:
        self._said.set_text(self._visitor.say(key))
        self._said.classes(add="bad" if bad else "", remove="" if bad else "bad")
        self._said.set_visibility(True)
