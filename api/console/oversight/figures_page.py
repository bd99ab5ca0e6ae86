"""Figures of a span, as the city's own reports count: charts, the numbers behind them, and CSV."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from nicegui import ui

from api.cases.figures import Figures
from api.console.counts_page import rule_name
from api.console.search.address import day_of
from api.console.tables import show_table
from api.console.visitor import Visitor
from api.console.words import Language, number, percent
from api.counts.reading import Span
from domain.cases.words import STATE_WORDS
from domain.instants import HUE_TIME
from domain.law.rejection import rejection_reasons
from domain.public_figures import CITY_STATE_WORDS, CityState

_USUAL: Final = timedelta(days=29)
_SHOWN: Final = 15  # offences or wards in a chart; the table has all
_COLOURS: Final = {
    CityState.DETECTED: "#6cb6ff",
    CityState.UNDER_REVIEW: "#ffb000",
    CityState.NOT_CONFIRMED: "#9aa7b5",
    CityState.TRANSFERRED: "#b9a2ff",
    CityState.IN_PROGRESS: "#4dd0c4",
    CityState.PROCESSED: "#2fbf71",
}
Counts = Mapping[tuple[str, ...], Counter[CityState]]


async def show_figures(visitor: Visitor) -> None:
    """Lay out the page; another span is another address."""
    today = visitor.centre.store.clock.now().astimezone(HUE_TIME).date()
    last = day_of(visitor.asked("to")) or today
    first = min(day_of(visitor.asked("from")) or last - _USUAL, last)
    span = Span(first=first, last=last)
    async with visitor.page("figures", hint="figures_hint"):
        _choose(visitor, first, last)
        found = await visitor.do(lambda who: visitor.centre.figures.read(who, span))
        if found is None:
            ui.label(visitor.say("page_failed")).classes("mt-alert bad")
            return
        url = f"/api/v1/figures.csv?from={first}&to={last}"
        with ui.element("a").props(f'href="{url}" download').classes("mt-hint"):
            ui.label(visitor.say("as_csv"))
        _show_cases(visitor, found)
        _show_quality(visitor, found)


def _choose(visitor: Visitor, first: date, last: date) -> None:
    def go(name: str, text: str | None) -> None:
        days = {"from": first.isoformat(), "to": last.isoformat()}
        if text and day_of(text):
            days[name] = text
        ui.navigate.to(f"/figures?lang={visitor.language}&from={days['from']}&to={days['to']}")

    with ui.element("div").classes("mt-choices"):
        for name, key, day in (("from", "from_day", first), ("to", "to_day", last)):
            field = ui.input(visitor.say(key), value=day.isoformat()).props("type=date dense outlined stack-label")
            field.on("change", lambda name=name, field=field: go(name, field.value))


def _show_cases(visitor: Visitor, found: Figures) -> None:
    say, language = visitor.say, visitor.language
    total = sum((counts for counts in found.by("state").values()), Counter[CityState]())
    with ui.element("div").classes("mt-figures"):
        for state in CityState:
            with ui.element("div").classes("mt-figure"):
                ui.label(number(total[state], language, places=0)).classes("mt-figure-number")
                ui.label(CITY_STATE_WORDS[state].of(language)).classes("mt-hint")
    if not found.counts:
        ui.label(say("figures_none")).classes("mt-alert")
        return
    _heading(visitor, "by_day")
    by_day = found.by("day")
    chart(by_day, [day[8:] + "/" + day[5:7] for (day,) in by_day], language, kind="line", title=say("by_day"))
    name = "name_vi" if language == "vi" else "name_en"
    for key, field in (("by_offence", name), ("by_ward", "ward")):
        _heading(visitor, key)
        counts = found.by(field)
        largest = sorted(counts.items(), key=lambda item: -item[1][CityState.DETECTED])
        shown = dict(largest[:_SHOWN])
        names = [each or say("no_ward") for (each,) in shown]
        chart(shown, names, language, kind="bar", title=say(key))
        rows = [
            (each or say("no_ward"), *(number(of[state], language, places=0) for state in CityState))
            for (each,), of in largest
        ]
        show_table((key, *(f"city.{state}" for state in CityState)), rows, language, empty="figures_none")


def _show_quality(visitor: Visitor, found: Figures) -> None:
    say, language = visitor.say, visitor.language
    _heading(visitor, "precision_of_rules")
    rows: list[Sequence[str]] = []
    for code, precision in sorted(found.precision.items()):
        low, high = precision.interval95
        of = f"{precision.right} / {precision.judged}"
        share = "-" if precision.share is None else percent(precision.share, language)
        between = f"{percent(low, language)} – {percent(high, language)}"
        rows.append((rule_name(code, language), of, share, between))
    show_table(("offence", "right_of", "share", "interval"), rows, language, empty="rule_outcomes_none")
    _heading(visitor, "let_go_why")
    reasons = rejection_reasons()
    because = []
    for (state, code), cases in sorted(found.let_go.items(), key=lambda item: (-item[1], item[0])):
        reason = reasons.get(code)
        words = code if reason is None else reason.vi if language == "vi" else reason.en
        because.append((STATE_WORDS[state].of(language), words or "-", number(cases, language, places=0)))
    show_table(("state", "reason", "number_of_cases"), because, language, empty="let_go_none")
    _heading(visitor, "speed_of_review")
    timed = say("nothing_timed") if found.review_s is None else f"{number(found.review_s, language)} {say('seconds')}"
    ui.label(timed)
    ui.label(say("review_seconds_hint")).classes("mt-hint")
    _heading(visitor, "downtime")
    down = [
        (f"{camera} ({box})", number(seconds / 3600.0, language))
        for (box, camera), seconds in sorted(found.downtime_s.items(), key=lambda item: (-item[1], item[0]))
    ]
    show_table(("camera", "hours_down"), down, language, empty="downtime_none")


def _heading(visitor: Visitor, name: str) -> None:
    ui.label(visitor.say(name)).classes("mt-section").props("role=heading aria-level=2")


def chart(counts: Counts, names: Sequence[str], language: Language, *, kind: str, title: str) -> None:
    """A chart of the city's states, which can be saved as a picture.

    Args:
        counts: in the order of the names.
        names: along its axis.
        language: of the words.
        kind: ``line`` or ``bar``.
        title: what it shows, for who cannot see it.
    """
    series: list[dict[str, Any]] = [
        {
            "name": CITY_STATE_WORDS[state].of(language),
            "type": kind,
            "data": [of[state] for of in counts.values()],
            "itemStyle": {"color": _COLOURS[state]},
        }
        for state in CityState
    ]
    along: dict[str, Any] = {"type": "category", "data": list(names)}
    if kind == "bar":  # a long name leaves the bars their room on a phone; the table has it whole
        along["axisLabel"] = {"width": 170, "overflow": "truncate"}
    up: dict[str, Any] = {"type": "value", "minInterval": 1, "splitLine": {"lineStyle": {"color": "#7f8b98"}}}
    x, y = (along, up) if kind == "line" else (up, along | {"inverse": True})
    options = {
        "legend": {"type": "scroll", "top": 0, "left": 0, "right": 40},
        "animation": False,
        "tooltip": {"trigger": "axis"},
        "toolbox": {"feature": {"saveAsImage": {"name": title}}},
        "grid": {"containLabel": True, "left": 8, "right": 24, "bottom": 8, "top": 44},
        "xAxis": x,
        "yAxis": y,
        "series": series,
        "aria": {"enabled": True},
    }
    height = 300 if kind == "line" else 90 + 42 * len(names)
    ui.echart(options, renderer="svg").classes("mt-chart").style(f"height: {height}px").props(
        f'role=img aria-label="{title}"'
    )
