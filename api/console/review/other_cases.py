"""Cases that may be the same act, or were merged, beside the open one: why, their stills, and what may be said."""

from collections.abc import Awaitable, Callable, Sequence

from nicegui import ui

from api.cases.case_rows import StoredCase, StoredFile
from api.cases.duplicates import OtherCase
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
        keyed = other is first_open(others)
        with ui.element("section").classes("mt-other").mark("other-case") as section:
            section.props["aria-label"] = translate(language, _title(other))
            ui.label(translate(language, _title(other))).classes("mt-alert bad" if other.is_open else "mt-alert")
            _show_facts(other, language)
            _show_stills(stored, files, other, language)
            if judge is not None and other.is_open:
                _show_buttons(other, language, judge, keyed=keyed)


def show_split(stored: StoredCase, language: Language, split: Callable[[], Awaitable[None]]) -> None:
    """The way to take a duplicate out of its lead."""
    if stored.state is CaseState.DUPLICATE:
        button = ui.button(f"{translate(language, 'split_case')} · {SPLIT_KEY}", on_click=split)
        button.props("no-caps unelevated color=blue-grey-8").mark("split")


def _title(other: OtherCase) -> str:
    if other.is_open:
        return "maybe_same_act"
    return "led_by_other" if other.leads else "leads_other"


def _show_facts(other: OtherCase, language: Language) -> None:
    case = other.stored.case
    plate = printed(case) or translate(language, "plate_unread")
    ui.label(f"{plate} · {hue_time(case.began_at)}")
    ui.label(short(f"{case.site.camera_name} · {case.site.road}", 80)).classes("mt-hint")
    if other.grounds:
        why = ", ".join(GROUND_WORDS[ground].of(language) for ground in other.grounds)
        ui.label(f"{translate(language, 'grounds')}: {why}").classes("mt-hint")
    url = f"/?lang={language}&case={other.stored.case_id}"
    ui.link(translate(language, "open_other"), url).classes("mt-hint").props('target="_blank"')


def _show_stills(stored: StoredCase, files: Sequence[StoredFile], other: OtherCase, language: Language) -> None:
    """The stills of both, side by side."""
    here = stills(stored, files, language)[:_STILLS]
    there = stills(other.stored, other.files, language)[:_STILLS]
    with ui.element("div").classes("mt-pair"):
        for word, cards in (("this_case", here), ("other_case", there)):
            with ui.element("div"):
                ui.label(translate(language, word)).classes("mt-hint")
                for card in cards:
                    _show_still(card, translate(language, word))


def _show_still(card: StillCard, whose: str) -> None:
    with ui.element("a").props('target="_blank" rel="noopener"') as link:
        link.props["href"] = card.crop_url or card.url
        image = ui.element("img").props("loading=lazy")
        image.props["src"], image.props["alt"] = card.crop_url or card.url, f"{whose}: {card.title}"


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
