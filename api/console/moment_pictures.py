"""Pictures to choose one from for a decisive moment: a button each, so that the keyboard reaches all."""

from collections.abc import Sequence
from dataclasses import dataclass

from nicegui import ui

from api.console.words import Language, translate


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentPicture:
    """One of them."""

    name: str  # as it is chosen
    url: str
    words: str  # below it


class MomentPictures:
    """The pictures of one moment; nothing that was chosen is ever redrawn.

    Args:
        moment: its name.
        pictures: in order of time.
        language: of the reader.
    """

    def __init__(self, moment: str, pictures: Sequence[MomentPicture], language: Language) -> None:
        self.chosen = ""
        self._buttons: dict[str, ui.element] = {}
        title = translate(language, f"moment.{moment}")
        with ui.element("section").classes("mt-moment") as self._section:
            self._section.props["aria-label"] = title
            ui.label(title).classes("mt-hint")
            with ui.element("div").classes("mt-moment-pictures"):
                for picture in pictures:
                    self._show(picture, title)
        self._section.set_visibility(False)

    def show(self, *, so: bool) -> None:
        """Whether the moment is one of the chosen offence."""
        self._section.set_visibility(so)

    def _show(self, picture: MomentPicture, title: str) -> None:
        with ui.element("button").props("type=button aria-pressed=false") as button:
            button.props["aria-label"] = f"{title}: {picture.words}"
            image = ui.element("img").props('loading=lazy alt=""')
            image.props["src"] = picture.url
            ui.label(picture.words)
        button.on("click", lambda: self._choose(picture.name))
        self._buttons[picture.name] = button

    def _choose(self, name: str) -> None:
        self.chosen = name
        for each, button in self._buttons.items():
            button.props["aria-pressed"] = "true" if each == name else "false"
