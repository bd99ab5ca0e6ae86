"""What is wrong with the places of cameras, in words, with what to do."""

from collections.abc import Sequence

from nicegui import ui

from api.console.words import Language, translate
from api.places.camera_registry import RegisteredCamera


def show_misplaced(cameras: Sequence[RegisteredCamera], language: Language) -> None:
    """One card with a line for each camera whose place is not right."""
    with ui.element("div").classes("mt-card waiting").props("role=listitem").mark("misplaced"):
        ui.label(translate(language, "places")).classes("mt-card-title")
        for camera in cameras:
            with ui.element("div").classes("mt-alert"):
                ui.label(f"{camera.box_id} · {camera.camera_id}: {place_words(camera, language)}")
                remedy = f"{translate(language, 'what_to_do')}: {translate(language, 'place_remedy')}"
                ui.label(f"{remedy} · {_at(camera)}").classes("mt-hint")


def place_words(camera: RegisteredCamera, language: Language) -> str:
    """What is wrong with a camera's place; empty where nothing is."""
    place = camera.place
    if place.problem is None:
        return ""
    words = translate(language, f"place.{place.problem}")
    wards = [name for name in (place.ward if place.ward_key else "", place.neighbour) if name]
    return f"{words} ({' / '.join(wards)})" if wards else words


def _at(camera: RegisteredCamera) -> str:
    return f"{camera.position.latitude_deg:.5f}, {camera.position.longitude_deg:.5f}"
