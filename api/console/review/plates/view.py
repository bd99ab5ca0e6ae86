"""The plate in the open case: its characters, the pictures that show it, and every read."""

from collections.abc import Awaitable, Callable
from typing import Any

from nicegui import ui

from api.console.elements import PlateParts
from api.console.review.plates.card import PlateCard, PlatePicture
from api.console.words import Language, translate

PLATE_KEY = "P"
Enter = Callable[[str], Awaitable[None]]


def show_plate(card: PlateCard, language: Language, enter: Enter | None) -> None:
    """Show all that is known of the subject's plate; unread is shown with its reason.

    Args:
        card: of the plate.
        language: of everything shown.
        enter: takes what a person reads himself; None: this person may not.
    """
    with PlateParts(_shown(card), language):
        _show_by_hand(card, language, enter)


def _show_by_hand(card: PlateCard, language: Language, enter: Enter | None) -> None:
    """What people read themselves, and the field for it."""
    with ui.element("div").classes("mt-plate-hand"):
        if enter is not None:
            field = ui.input(f"{translate(language, 'enter_plate')} · {PLATE_KEY}", value=card.by_hand)
            field.props("outlined dense maxlength=20 autocomplete=off").classes("mt-plate-field").mark("plate-field")
            field.on("keydown.enter", lambda: enter(field.value or ""))
            ui.button(translate(language, "keep_plate"), on_click=lambda: enter(field.value or "")).props(
                "dense outline no-caps"
            )
        for entry in card.entries:
            ui.label(f"✎ {entry}").classes("mt-hint")


def _shown(card: PlateCard) -> dict[str, Any]:
    """As the browser's part takes it; tuples, so that NiceGUI does not watch them."""
    return {
        "characters": tuple(
            {
                "sign": each.sign,
                "confidence": None if each.confidence is None else f"{each.confidence:.0%}",
                "weak": each.weak,
            }
            for each in card.characters
        ),
        "text": "".join(each.sign for each in card.characters),
        "about": card.about,
        "weak_places": ", ".join(str(place) for place in card.weak_places),
        "reason": card.reason,
        "stands_out": card.may_be_covered,
        "pictures": (
            *(_picture(crop, full=False) for crop in card.crops),
            *(() if card.full is None else (_picture(card.full, full=True),)),
        ),
        "reads": tuple((row.at, row.text, row.confidence, row.fate) for row in card.reads),
        "networks": card.networks,
    }


def _picture(picture: PlatePicture, *, full: bool) -> dict[str, Any]:
    share = picture.mark_share
    names = ("left", "top", "width", "height")
    mark = None if share is None else {name: f"{part:.3%}" for name, part in zip(names, share, strict=True)}
    return {"url": picture.url, "at": picture.at, "full": full, "mark": mark}
