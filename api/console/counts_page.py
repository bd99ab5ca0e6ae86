"""The page of counts, for a camera and a day: what became of all that each rule had before it, and who passed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from nicegui import run, ui

from api.console.counts_table import Breakdown, TrafficRow, TrafficTable, traffic_table
from api.console.visitor import Visitor
from api.console.words import Language, translate
from api.counts.reading import Quarter, RuleRecall, Span
from domain.alert_words import ALERT_WORDS
from domain.cases.act_words import REFUSAL_WORDS
from domain.instants import HUE_TIME
from domain.law.catalogue import built_in_catalogue

if TYPE_CHECKING:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the address asks for."""

    day: date
    camera_id: str  # empty: the first that counted
    by: Breakdown

    def url(self, language: Language, **changes: str) -> str:
        """The address of this, or of something else."""
        asked = {"day": self.day.isoformat(), "camera": self.camera_id, "by": self.by.value} | changes
        return f"/counts?lang={language}&" + "&".join(f"{name}={value}" for name, value in asked.items())


async def show_counts(visitor: Visitor, wanted: Wanted) -> None:
    """Lay out the page; another day or camera is another address."""
    centre, principal, language = visitor.centre, visitor.principal, visitor.language
    span = Span(first=wanted.day, last=wanted.day)
    cameras = await run.io_bound(centre.counts.cameras, principal, span) or ()
    camera_id = wanted.camera_id if wanted.camera_id in cameras else next(iter(cameras), "")
    recall: Sequence[RuleRecall] = ()
    quarters: Sequence[Quarter] = ()
    if camera_id:
        recall = await run.io_bound(centre.counts.recall, principal, span, camera_id) or ()
        quarters = await run.io_bound(centre.counts.traffic, principal, span, camera_id) or ()
    async with visitor.page("counts", hint="counts_hint"):
        _choices(Wanted(day=wanted.day, camera_id=camera_id, by=wanted.by), cameras, language)
        if not recall and not quarters:
            ui.label(translate(language, "counts_none")).classes("mt-alert")
            return
        boxes = sorted({box for each in recall for box in each.boxes})
        if len(boxes) > 1:
            ui.label(f"{translate(language, 'two_boxes')}: {', '.join(boxes)}").classes("mt-alert bad")
        show_recall(recall, language)
        _csv("recall", wanted.day, camera_id, language)
        _show_traffic(traffic_table(quarters, wanted.by), wanted.by, language)
        _csv("traffic", wanted.day, camera_id, language)


def _choices(wanted: Wanted, cameras: Sequence[str], language: Language) -> None:
    breakdowns = {each.value: translate(language, f"by_{each}") for each in Breakdown}
    with ui.element("div").classes("mt-choices"):
        day = ui.input(translate(language, "day"), value=wanted.day.isoformat()).props("type=date dense outlined")
        day.on("change", lambda: ui.navigate.to(wanted.url(language, day=_day(day.value, wanted.day).isoformat())))
        ui.select(
            list(cameras) or [""],
            value=wanted.camera_id,
            label=translate(language, "camera"),
            on_change=lambda event: ui.navigate.to(wanted.url(language, camera=event.value)),
        ).props("dense outlined options-dense").classes("mt-filter")
        ui.select(
            breakdowns,
            value=wanted.by.value,
            label=translate(language, "by"),
            on_change=lambda event: ui.navigate.to(wanted.url(language, by=event.value)),
        ).props("dense outlined options-dense").classes("mt-filter")


def _day(text: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return otherwise


def show_recall(recall: Sequence[RuleRecall], language: Language) -> None:
    """What became of all that each rule had before it, as a table."""
    with ui.element("div").classes("mt-scroll"), ui.element("table").classes("mt-table"):
        _row("th", [translate(language, name) for name in ("rule", "judged_pictures", "seen_users", "candidates")])
        for each in recall:
            seen = translate(language, "not_counted") if each.seen is None else str(each.seen)
            cells = [rule_name(each.rule, language), str(each.judged_pictures), seen, str(each.candidates)]
            _row("td", [*cells])
            _outcome(each, language)


def _outcome(recall: RuleRecall, language: Language) -> None:
    """The second line of a rule: what became of its candidates."""
    parts = [f"{translate(language, 'told')}: {recall.told}"]
    if recall.refused:
        parts.append(f"{translate(language, 'refused_why')}: {_reasons(recall.refused, language)}")
    if recall.suspended:
        parts.append(f"{translate(language, 'suspended_why')}: {_reasons(recall.suspended, language)}")
    with ui.element("tr").classes("mt-second"), ui.element("td").props("colspan=4"):
        for part in parts:
            ui.label(part)


def _reasons(counts: Mapping[str, int], language: Language) -> str:
    """The most frequent reason first, in words."""
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return "; ".join(f"{refusal_name(reason, language)} ({count})" for reason, count in ordered)


def _show_traffic(table: TrafficTable, by: Breakdown, language: Language) -> None:
    ui.label(translate(language, "traffic")).classes("mt-section")
    if not table.columns:
        ui.label(translate(language, "traffic_none")).classes("mt-hint")
        return
    ui.label(translate(language, "traffic_hint")).classes("mt-hint")
    heads = [_column(name, direction, by, language) for name, direction in table.columns]
    with ui.element("div").classes("mt-scroll"), ui.element("table").classes("mt-table mt-numbers"):
        _row("th", [translate(language, "quarter"), *heads, translate(language, "pictures")])
        for row in table.rows:
            _traffic_row(row, len(heads), language)
        _row("th", ["Σ", *(str(count) for count in table.sums), ""])


def _traffic_row(row: TrafficRow, columns: int, language: Language) -> None:
    begins = row.begins_at.astimezone(HUE_TIME).strftime("%H:%M")
    if row.pictures is None:
        ends = row.ends_at.astimezone(HUE_TIME).strftime("%H:%M")
        with ui.element("tr").classes("mt-gap"):
            _cell("td", f"{begins} – {ends}")
            with ui.element("td").props(f"colspan={columns + 1}"):
                ui.label(translate(language, "not_watched"))
        return
    few = f" ({translate(language, 'few_pictures')})" if row.few else ""
    cells = [begins, *(str(count) for count in row.counts), f"{row.pictures}{few}"]
    _row("td", cells, "mt-few" if row.few else "")


def _column(name: str, direction: str, by: Breakdown, language: Language) -> str:
    if by is Breakdown.CLASS:
        return translate(language, f"value.{name}")
    shown = name or translate(language, "no_lane")
    return f"{shown}, {translate(language, f'direction.{direction}')}"


def _csv(name: str, day: date, camera_id: str, language: Language) -> None:
    href = f"/api/v1/{name}.csv?from={day.isoformat()}&camera={camera_id}"
    with ui.element("a").props(f'href="{href}" download').classes("mt-hint"):
        ui.label(translate(language, "as_csv"))


def _row(kind: str, cells: Sequence[str], classes: str = "") -> None:
    with ui.element("tr").classes(classes):
        for text in cells:
            _cell(kind, text)


def _cell(kind: str, text: str) -> None:
    with ui.element(kind):
        ui.label(text)


def rule_name(rule: str, language: Language) -> str:
    """A rule in words; its own name where nothing is known of it.

    Examples:
        >>> rule_name("CROWD", "en"), rule_name("A_RULE", "en")
        ('A crowd', 'A_RULE')
    """
    if rule in ALERT_WORDS:
        return ALERT_WORDS[rule].of(language)
    row = next((row for row in built_in_catalogue().rows if row.code == rule), None)
    return rule if row is None else f"{row.name_vi if language == 'vi' else row.name_en} ({rule})"


def refusal_name(reason: str, language: Language) -> str:
    """A reason in words; the reason itself where nothing is known of it."""
    words = REFUSAL_WORDS.get(reason)
    return reason if words is None else words.of(language)
