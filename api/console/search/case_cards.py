"""Cases as cards with a picture of the subject, page after page."""

import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime

from nicegui.element import Element

from api.cases.case_rows import ListedCase
from api.console.review.dossier import hue_time
from api.console.review.short_forms import short
from api.console.words import Language, translate
from domain.cases.words import CLOCK_WORDS


class CaseCards(Element, component="../assets/case_cards.js"):
    """The cards; it emits ``more`` when the next page is wanted.

    Args:
        language: of the words.
        on_more: called then.
    """

    def __init__(self, language: Language, on_more: Callable[[], Awaitable[None]]) -> None:
        super().__init__()
        self._props["rows"] = []
        self._props["more"] = False
        self._props["words"] = {
            "more": translate(language, "more_cases"),
            "no_picture": translate(language, "no_still"),
            "not_shown": translate(language, "still_not_shown"),
        }
        self.on("more", lambda _: on_more())

    def put(self, rows: Sequence[Mapping[str, str]], *, more: bool, afresh: bool) -> None:
        """Show rows, in place of what there is or behind it."""
        if afresh:  # a browser that comes later gets them with the page
            self._props["rows"], self._props["more"] = list(rows), more
        self.run_method("put", list(rows), more, afresh)

    def failed(self) -> None:
        """The next page could not be read."""
        self.run_method("failed")


def card(
    item: ListedCase,
    language: Language,
    *,
    now: datetime,
    pictures: Mapping[uuid.UUID, str],
    page: str = "/",
    plate: str = "",
) -> dict[str, str]:
    """One row.

    Args:
        item: the case.
        language: of the words.
        now: for its clock.
        pictures: name of a still of each case.
        page: where the case is opened.
        plate: text to be shown; empty: none.
    """
    still = pictures.get(item.case_id)
    clock = next(iter(item.clocks), None)
    return {
        "id": str(item.case_id),
        "url": f"/console{page}?lang={language}&case={item.case_id}",
        "picture": f"/api/v1/cases/{item.case_id}/files/{still}" if still else "",
        "what": short(item.name_vi if language == "vi" else item.name_en, 90),
        "plate": plate,
        "where": short(f"{item.road} · {translate(language, f'kind.{item.vehicle_kind}')} · {item.camera_name}", 90),
        "at": hue_time(item.began_at),
        "state": item.state.value,
        "state_word": translate(language, f"state.{item.state}"),
        "clock": f"{CLOCK_WORDS[clock.kind].of(language)}: {hue_time(clock.ends_at)}" if clock else "",
        "band": f"mt-band-{clock.band(now)}" if clock else "",
    }
