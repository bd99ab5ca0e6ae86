"""Cases that may be the same act, or were merged, beside the open one: why, their stills, and what may be said."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from nicegui import ui

from api.cases.case_rows import StoredCase, StoredFile
from api.cases.duplicates import OtherCase
from api.console.elements import OtherCasePart
from api.console.review.dossier import StillCard, hue_time, stills
from api.console.review.plates.words import printed
from api.console.review.short_forms import short
from api.console.words import Language, translate
from domain.cases.duplicates import Judgement
from domain.cases.states import CaseState
from domain.cases.words import GROUND_WORDS

SAME_KEY, DIFFERENT_KEY, SPLIT_KEY = "G", "D", "T"
_STILLS = 2
Judge = Callable[[OtherCase, Judgement], Awaitable[None]]


def first_open(others: Sequence[OtherCase]) -> OtherCase | None:
    """Of which a key judges."""
    return next((other for other in others if other.is_open), None)


def show_other_cases(
    others: Sequence[OtherCase],
    stored: StoredCase,
    files: Sequence[StoredFile],
    language: Language,
    judge: Judge | None,
) -> None:
    """Each of them, the ones that wait for a person first.

    Args:
        others: of the open case.
        stored: the open case.
        files: its files.
        language: of everything shown.
        judge: what a person says; None: this person may not.
    """
    for other in sorted(others, key=lambda each: not each.is_open):
        if not other.is_open and not other.merged:
            continue  # somebody said that it is another act
        with OtherCasePart(_shown(stored, files, other, language)).mark("other-case"):
            if judge is not None and other.is_open:
                _show_buttons(other, language, judge, keyed=other is first_open(others))


def show_split(stored: StoredCase, language: Language, split: Callable[[], Awaitable[None]]) -> None:
    """The way to take a duplicate out of its lead."""
    if stored.state is CaseState.DUPLICATE:
        button = ui.button(f"{translate(language, 'split_case')} · {SPLIT_KEY}", on_click=split)
        button.props("no-caps unelevated color=blue-grey-8").mark("split")


def _title(other: OtherCase) -> str:
    if other.is_open:
        return "maybe_same_act"
    return "led_by_other" if other.leads else "leads_other"


def _shown(stored: StoredCase, files: Sequence[StoredFile], other: OtherCase, language: Language) -> dict[str, Any]:
    """As the browser's part takes it; tuples, so that NiceGUI does not watch them."""
    case = other.stored.case
    lines = [short(f"{case.site.camera_name} · {case.site.road}", 80)]
    if other.grounds:
        why = ", ".join(GROUND_WORDS[ground].of(language) for ground in other.grounds)
        lines.append(f"{translate(language, 'grounds')}: {why}")
    return {
        "title": translate(language, _title(other)),
        "waits": other.is_open,
        "what": f"{printed(case) or translate(language, 'plate_unread')} · {hue_time(case.began_at)}",
        "lines": tuple(lines),
        "url": f"/console/?lang={language}&case={other.stored.case_id}",
        "open": translate(language, "open_other"),
        "sides": (
            _side("this_case", stills(stored, files, language), language),
            _side("other_case", stills(other.stored, other.files, language), language),
        ),
    }


def _side(whose: str, cards: Sequence[StillCard], language: Language) -> dict[str, Any]:
    shown = tuple({"url": card.crop_url or card.url, "title": card.title} for card in cards[:_STILLS])
    return {"whose": translate(language, whose), "stills": shown}


def _show_buttons(other: OtherCase, language: Language, judge: Judge, *, keyed: bool) -> None:
    ways = (
        (Judgement.SAME, "same_act", SAME_KEY, "indigo-8"),
        (Judgement.DIFFERENT, "different_act", DIFFERENT_KEY, "blue-grey-8"),
    )
    with ui.element("div").classes("mt-decide"):
        for judgement, word, key, colour in ways:
            text = translate(language, word) + (f" · {key}" if keyed else "")
            button = ui.button(text, on_click=lambda judgement=judgement: judge(other, judgement))
            button.props(f"no-caps unelevated dense color={colour}").mark(f"judge-{judgement}")
