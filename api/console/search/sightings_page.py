"""The page that asks where else the vehicle of one case was seen: for a purpose, on record, or not at all."""

import uuid

from nicegui import ui

from api.console.review.dossier import hue_time
from api.console.search.look_up_form import LookUpForm
from api.console.tables import show_table
from api.console.visitor import Visitor
from api.sightings.look_up import MOST_SHOWN


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
            self._form = LookUpForm(visitor, self._look_up, plate=False)
            self._found = ui.element("div")

    async def _look_up(self) -> None:
        form = self._form
        self._found.clear()
        if form.missing:
            form.tell(form.missing, bad=True)
            return
        purpose, note, near = form.purpose, form.note, form.near
        found = await self._visitor.do(
            lambda who: self._sightings.find(who, self._case_id, purpose=purpose, note=note, near=near)
        )
        form.tell("" if found is None else "look_up_noted", bad=False)
        if found is None:
            return
        language = self._visitor.language
        rows = [(hue_time(each.seen_at), each.camera_id, each.box_id) for each in found]
        with self._found:
            show_table(("when", "camera", "box"), rows, language, empty="sightings_none")
            if len(rows) == MOST_SHOWN:
                ui.label(self._visitor.say("sightings_newest")).classes("mt-hint")
