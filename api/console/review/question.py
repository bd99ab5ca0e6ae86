"""A dialog for one answer, of which nothing is left afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager

from nicegui import ui


@contextmanager
def question(classes: str = "") -> Iterator[ui.dialog]:
    """Lay out a dialog and wait for its answer inside; then it goes, here and in the browser.

    NiceGUI lays dialogs out apart from where they are made, and keeps each until a mark is gone that it left in that
    place: on a page that asks two hundred times a shift they would heap up.

    Args:
        classes: of the card that everything is laid out in, beside its own.
    """
    with ui.element() as place:
        place.set_visibility(False)  # takes no room
        with ui.dialog() as dialog, ui.card().classes(f"mt-dialog {classes}"):
            try:
                yield dialog
            finally:
                for each in (dialog, place):
                    if not each.is_deleted:  # as they are when the page was closed meanwhile
                        each.delete()
