"""The list of keys that ``?`` opens."""

from nicegui import ui

from api.console.elements import KeysList
from api.console.words import Language, translate

_KEYS = (
    ("N", "key_next"),
    ("J K", "key_move"),
    ("C", "key_yes"),
    ("R", "key_no"),
    ("1 … 9", "key_digit"),
    ("U", "key_undo"),
    ("Space", "play"),
    (", .", "key_frame"),
    ("L", "key_loop"),
    ("O", "key_overlay"),
    ("S", "speed"),
    ("I", "key_pictures"),
    ("B", "place_on_map"),
    ("G D T", "key_pair"),
    ("A", "clone_case"),
    ("P", "enter_plate"),
    ("?", "key_help"),
)


def keys_help(language: Language) -> ui.dialog:
    """A dialog with every key of the review page; Escape closes it."""
    with ui.dialog() as dialog, ui.card().classes("mt-dialog"):
        ui.label(translate(language, "keys")).classes("mt-title")
        KeysList({keys: translate(language, words) for keys, words in _KEYS})
    return dialog
