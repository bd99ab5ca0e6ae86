"""What stands in place of the buttons while another person has the case open."""

from nicegui import ui

from api.cases.holds import Hold
from api.console.review.dossier import hue_time
from api.console.words import Language, translate


def show_held(hold: Hold, language: Language) -> None:
    """Say so, and until when; not by whom, which is nobody's business."""
    ui.label(f"{translate(language, 'held_by_other')} {hue_time(hold.expires_at)}").classes("mt-alert").mark("held")
