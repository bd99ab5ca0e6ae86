"""The auditors' page of looked-up plates: who, which, why; and whose use is odd."""

from nicegui import ui

from api.cases.plate_look_ups import LookUp, LookUpAlarm
from api.console.review.dossier import hue_time
from api.console.tables import show_table
from api.console.visitor import Visitor
from api.console.words import number
from api.principals import Principal
from domain.cases.plate_search import PURPOSES


async def show_look_ups(visitor: Visitor) -> None:
    """Lay out the page."""
    say, language = visitor.say, visitor.language

    def read(who: Principal) -> tuple[tuple[LookUpAlarm, ...], tuple[LookUp, ...]]:
        return visitor.centre.plates.alarms(who), visitor.centre.plates.list(who)

    async with visitor.page("look_ups", hint="look_ups_hint"):
        found = await visitor.do(read)
        if found is None:
            return
        alarms, look_ups = found
        ui.label(say("look_up_alarms")).classes("mt-section").props("role=heading aria-level=2")
        if not alarms:
            ui.label(say("look_up_alarms_none")).classes("mt-hint")
        for alarm in alarms:
            usual = f"{say('own_usual')} {number(alarm.own_usual, language)}"
            usual += f" · {say('others_usual')} {number(alarm.others_usual, language)}"
            with ui.element("div").classes("mt-alert bad"):
                who = alarm.actor.removeprefix("user:")
                ui.label(f"{who}: {alarm.look_ups} {say('look_ups_in_shift')} {alarm.shift}")
                ui.label(f"{usual} · {hue_time(alarm.raised_at)}").classes("mt-hint")
        ui.label(say("look_ups_newest")).classes("mt-section").props("role=heading aria-level=2")
        rows = [
            (
                hue_time(each.at),
                each.actor.removeprefix("user:"),
                f"{each.pattern} (±1)" if each.near else each.pattern,
                PURPOSES[each.purpose].of(language) if each.purpose in PURPOSES else each.purpose,
                each.note,
                str(each.cases),
            )
            for each in look_ups
        ]
        names = ("when", "who", "plate", "purpose", "note", "found_cases")
        show_table(names, rows, language, empty="look_ups_none")
