"""The plate in the open case: its characters, the pictures that show it, and every read."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from api.console.review.plates.card import PlateCard, PlateCharacter, PlatePicture, ReadRow
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
    with ui.element("div").classes("mt-plate"):
        ui.label(translate(language, "plate")).classes("mt-section")
        with ui.element("div").classes("mt-plate-text"):
            if card.characters:
                _show_characters(card, language)
            else:
                ui.label(translate(language, "unread")).classes("mt-plate-none")
                ui.label(card.reason).classes("mt-plate-weak" if card.may_be_covered else "mt-plate-reason")
        _show_by_hand(card, language, enter)
        if card.crops:
            _show_pictures(card, language)
        if card.reads:
            _show_reads(card, language)


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


def _show_characters(card: PlateCard, language: Language) -> None:
    with ui.element("div").classes("mt-plate-signs").props('role="img"') as signs:
        signs.props["aria-label"] = "".join(character.sign for character in card.characters)
        for character in card.characters:
            _show_character(character)
    if card.about:
        ui.label(card.about).classes("mt-plate-about")
    if card.weak_places:
        places = ", ".join(str(place) for place in card.weak_places)
        ui.label(f"{translate(language, 'weak_characters')}: {places}").classes("mt-plate-weak")


def _show_character(character: PlateCharacter) -> None:
    if character.confidence is None:
        ui.label(character.sign).classes("mt-sign-between")
        return
    with ui.element("div").classes("mt-sign weak" if character.weak else "mt-sign"):
        ui.label(character.sign).classes("mt-sign-letter")
        ui.label(f"{character.confidence:.0%}").classes("mt-sign-confidence")


def _show_pictures(card: PlateCard, language: Language) -> None:
    with ui.element("div").classes("mt-plate-pictures"):
        with ui.element("div").classes("mt-plate-crops"):
            for crop in card.crops:
                _show_picture(crop, translate(language, "plate_crop"))
        if card.full is not None:
            _show_picture(card.full, translate(language, "plate_full"))


def _show_picture(picture: PlatePicture, title: str) -> None:
    with ui.element("figure").classes("mt-plate-picture"):
        with ui.element("div").classes("mt-plate-frame"):
            with ui.element("a").props('target="_blank" rel="noopener"') as link:
                link.props["href"] = picture.url
                image = ui.element("img")
                image.props["src"], image.props["alt"] = picture.url, title
            if picture.mark_share is not None:
                left, top, width, height = (f"{share:.3%}" for share in picture.mark_share)
                ui.element("div").classes("mt-plate-mark").style(
                    f"left: {left}; top: {top}; width: {width}; height: {height}"
                )
        with ui.element("figcaption"):
            ui.label(title).classes("mt-still-title")
            ui.label(picture.at)


def _show_reads(card: PlateCard, language: Language) -> None:
    with ui.expansion(f"{translate(language, 'plate_reads')} ({len(card.reads)})").classes("mt-plate-reads"):
        with ui.element("table"):
            with ui.element("tr"):
                for name in ("when", "read_text", "read_confidence", "read_fate"):
                    with ui.element("th"):
                        ui.label(translate(language, name))
            for row in card.reads:
                _show_row(row)
        if card.networks:
            ui.label(f"{translate(language, 'plate_networks')}: {card.networks}").classes("mt-hint")


def _show_row(row: ReadRow) -> None:
    with ui.element("tr"):
        for text in (row.at, row.text, row.confidence, row.fate):
            with ui.element("td"):
                ui.label(text)
