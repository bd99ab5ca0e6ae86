"""Where the act of a case was, on a map of the wards; drawn when it is asked for, since most cases need no look."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from nicegui import ui

from api.cases.case_rows import StoredCase
from api.console.review.question import question
from api.console.review.short_forms import short
from api.console.tiled_map import TiledMap
from api.console.words import Language, translate
from api.places.schematic import Mark, MarkKind, in_the_city, schematic_svg
from api.places.ward_map import Ward

PLACE_KEY: Final = "B"


def place_button(language: Language, show: Callable[[], Awaitable[None]]) -> None:
    """The way to the map."""
    button = ui.button(f"{translate(language, 'place_on_map')} · {PLACE_KEY}", on_click=show)
    button.props("no-caps outline dense color=blue-grey-8").classes("mt-clone").mark("place")


async def show_place(
    stored: StoredCase, wards: Sequence[Ward], language: Language, *, tiles_path: str | None = None
) -> None:
    """Show the map until the person closes it.

    Args:
        stored: the case.
        wards: with their borders; none: the place stands alone.
        language: of the words.
        tiles_path: of the city's own map tiles; None: the borders are drawn, as on the map of cameras.
    """
    site = stored.case.site
    at = f"{site.position.latitude_deg:.5f}, {site.position.longitude_deg:.5f}"
    href = f"/console/camera?lang={language}&box={stored.case.box_id}&camera={site.camera_id}"
    mark = Mark(position=site.position, kind=MarkKind.ALERT, title=site.camera_name, href=href)
    with question("mt-place-dialog") as dialog:
        ui.label(short(f"{site.road}, {site.ward}")).classes("mt-title").props("role=heading aria-level=2")
        if in_the_city(wards, [mark]):
            ui.label(f"{at} · {short(site.direction)}").classes("mt-hint")
            if tiles_path is not None:
                TiledMap(ui.element("div").classes("mt-map-frame mt-place-tiles"), tiles_path).show([mark])
            else:
                ui.html(schematic_svg(wards, [mark], label=translate(language, "place_on_map")), sanitize=False)
        else:
            ui.label(translate(language, "place_unknown")).classes("mt-alert")
        close = ui.button(translate(language, "close_dialog"), on_click=lambda: dialog.submit(None))
        close.props("flat no-caps color=grey-5 autofocus")
        await dialog
