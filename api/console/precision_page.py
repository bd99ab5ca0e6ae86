"""The page that shows how often rules in shadow mode were right."""

from collections.abc import Sequence

from nicegui import ui

from api.cases.case_reader import RulePrecision
from api.console.review.short_forms import short
from api.console.visitor import Visitor
from api.console.words import Language, percent, translate


async def show_precision(visitor: Visitor) -> None:
    """Show one row for each offence, camera and version of the rule, with Wilson's interval."""
    language = visitor.language
    async with visitor.page("precision", hint="precision_hint"):
        rules: Sequence[RulePrecision] = await visitor.do(visitor.centre.cases.precision) or ()
        if not rules:
            ui.label(translate(language, "precision_none")).classes("mt-hint")
            return
        with ui.element("table").classes("mt-table"):
            with ui.element("tr"):
                for name in ("offence", "camera", "rule_version", "right_of", "share", "interval"):
                    with ui.element("th"):
                        ui.label(translate(language, name))
            for rule in rules:
                _show_rule(rule, language)


def _show_rule(rule: RulePrecision, language: Language) -> None:
    low, high = rule.precision.interval95
    share = rule.precision.share
    cells = (
        short(rule.name_vi if language == "vi" else rule.name_en, 90),
        f"{short(rule.camera_name)} ({rule.camera_id})",
        short(rule.rule_version),
        f"{rule.precision.right} / {rule.precision.judged}",
        "-" if share is None else percent(share, language),
        f"{percent(low, language)} – {percent(high, language)}",
    )
    with ui.element("tr"):
        for text in cells:
            with ui.element("td"):
                ui.label(text)
