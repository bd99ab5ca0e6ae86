"""A table of texts, as several pages show one."""

from collections.abc import Sequence

from nicegui import ui

from api.console.words import Language, translate


def show_table(names: Sequence[str], rows: Sequence[Sequence[str]], language: Language, *, empty: str) -> None:
    """Show rows under named columns.

    Args:
        names: words of the columns.
        rows: a text for each column.
        language: of the words.
        empty: the word for no row.
    """
    if not rows:
        ui.label(translate(language, empty)).classes("mt-hint")
        return
    with ui.element("div").classes("mt-scroll").props("tabindex=0"), ui.element("table").classes("mt-table"):
        with ui.element("thead"), ui.element("tr"):
            for name in names:
                with ui.element("th").props("scope=col"):
                    ui.label(translate(language, name))
        with ui.element("tbody"):
            for row in rows:
                with ui.element("tr"):
                    for text in row:
                        with ui.element("td"):
                            ui.label(text)
