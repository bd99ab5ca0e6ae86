"""Asks what second act the evidence of the open case shows: which offence, which vehicle, a still for each moment."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from nicegui import ui

from api.cases.case_rows import StoredCase, StoredFile
from api.cases.clone_files import originals_of
from api.cases.clones import SAME_SUBJECT, SecondAct, is_cloneable
from api.cases.review import MAX_NOTE
from api.cases.told_overlay import OtherVehicle
from api.console.moment_pictures import MomentPicture, MomentPictures
from api.console.review.dossier import hue_time, media_url
from api.console.review.question import question
from api.console.words import Language, number, translate
from domain.cases.evidence import EvidenceFile
from domain.cases.shown_acts import moments_of
from domain.law.catalogue import CatalogueRow, built_in_catalogue
from domain.plates.by_hand import VEHICLES_WITH_PLATES

CLONE_KEY: Final = "A"
_SUBJECTS: Final = (SAME_SUBJECT, 2, 3, 4)
_TITLE: Final = "clone_case"
_SPACE_PRESSES: Final = "event => { if (event.key === ' ') event.stopPropagation(); }"
"""On a picture's button the space bar chooses it; the player behind the dialog does not hear it."""


def show_clone(stored: StoredCase, language: Language, clone: Callable[[], Awaitable[None]]) -> None:
    """The way to say that the evidence shows a second act; nothing where the case is not one that can be cloned."""
    if is_cloneable(stored):
        button = ui.button(f"{translate(language, _TITLE)} · {CLONE_KEY}", on_click=clone)
        button.props("no-caps outline dense color=blue-grey-8").classes("mt-clone").mark("clone")


async def ask_second_act(
    stored: StoredCase, files: Sequence[StoredFile], vehicles: Sequence[OtherVehicle], language: Language
) -> SecondAct | None:
    """Ask for it.

    Args:
        stored: the open case.
        files: its files.
        vehicles: that the box saw in its clips beside its own.
        language: of everything shown.

    Returns:
        What the person says, or None when he thought better of it.
    """
    with question("mt-clone-dialog") as dialog:
        ui.context.slot.parent.on("keydown", js_handler=_SPACE_PRESSES)
        form = _Form(stored, files, vehicles, language)
        form.build()
        with ui.element("div").classes("mt-decide"):
            cancel = ui.button(translate(language, "cancel"), on_click=lambda: dialog.submit(None))
            cancel.props("flat no-caps color=grey-5")

            def take() -> None:
                act = form.said()
                if act is None:
                    ui.notify(translate(language, "clone_incomplete"), type="warning", position="top")
                else:
                    dialog.submit(act)

            make = ui.button(translate(language, "clone_make"), on_click=take)
            make.props("no-caps unelevated color=blue-grey-8").mark("clone-make")
        answer: SecondAct | None = await dialog
    return answer


class _Form:
    """What is asked; every moment has its pictures from the start, so that nothing chosen is redrawn."""

    def __init__(
        self, stored: StoredCase, files: Sequence[StoredFile], vehicles: Sequence[OtherVehicle], language: Language
    ) -> None:
        self._stored = stored
        self._vehicles = {each.track_id: _seen(each, language) for each in vehicles}
        self._language = language
        self._stills = originals_of([entry.file for entry in files if entry.complete])
        self._rows = [
            row
            for row in built_in_catalogue().rows_at(stored.began_at)
            if moments_of(row.code) and row.vehicle in VEHICLES_WITH_PLATES
        ]
        self._groups: dict[str, MomentPictures] = {}

    def build(self) -> None:
        """Lay out the form."""
        language = self._language
        ui.label(translate(language, _TITLE)).classes("mt-title").props("role=heading aria-level=2")
        ui.label(translate(language, "clone_hint")).classes("mt-hint")
        offences = {number: self._name(row) for number, row in enumerate(self._rows)}
        self._offence = ui.select(
            offences, label=translate(language, "clone_offence"), with_input=True, on_change=self._show_moments
        )
        self._offence.props("outlined dense autofocus").classes("mt-note")
        subjects = {number: translate(language, f"clone_subject_{number}") for number in _SUBJECTS}
        self._subject = ui.select(subjects, value=_SUBJECTS[1], label=translate(language, "clone_subject"))
        self._subject.props("outlined dense").classes("mt-note")
        self._track = ui.select(self._vehicles, label=translate(language, "clone_track"), clearable=True)
        self._track.props("outlined dense").classes("mt-note").set_visibility(bool(self._vehicles))
        self._note = ui.input(translate(language, "clone_note")).props(f"outlined dense maxlength={MAX_NOTE}")
        self._note.classes("mt-note")
        pictures = [
            MomentPicture(name=still.name, url=media_url(self._stored, still.name), words=_clock_time(still))
            for still in self._stills
        ]
        for name in dict.fromkeys(name for row in self._rows for name in moments_of(row.code)):
            self._groups[name] = MomentPictures(name, pictures, language)

    def said(self) -> SecondAct | None:
        """What was said; None: something is not said yet."""
        moments = {name: self._groups[name].chosen for name in self._wanted()}
        note = str(self._note.value or "").strip()
        if not moments or "" in moments.values() or not note:
            return None
        row = self._rows[int(self._offence.value)]
        return SecondAct(
            offence_code=row.code,
            vehicle_kind=row.vehicle,
            subject=int(self._subject.value),
            moments=moments,
            note=note,
            track_id=None if self._track.value is None else int(self._track.value),
        )

    def _name(self, row: CatalogueRow) -> str:
        kind = translate(self._language, f"kind.{row.vehicle}")
        return f"{row.name_vi if self._language == 'vi' else row.name_en} ({kind})"

    def _wanted(self) -> tuple[str, ...]:
        return () if self._offence.value is None else moments_of(self._rows[int(self._offence.value)].code)

    def _show_moments(self) -> None:
        wanted = self._wanted()
        for name, group in self._groups.items():
            group.show(so=name in wanted)


def _seen(vehicle: OtherVehicle, language: Language) -> str:
    """When a vehicle is in the clip, and on which side of the picture."""
    side = ("left", "middle", "right")[min(2, int(3 * max(0.0, vehicle.at_share)))]
    span = f"{number(vehicle.from_s, language)} – {number(vehicle.to_s, language)} s"
    return f"{translate(language, f'label.{vehicle.label}')} · {span} · {translate(language, f'side.{side}')}"


def _clock_time(still: EvidenceFile) -> str:
    return hue_time(still.at, ms=True).split(" ")[0] if still.at else ""
