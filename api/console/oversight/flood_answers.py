"""What a supervisor does with a flood: let its cases go on, reject them for one reason, or take that back."""

from collections.abc import Awaitable, Callable

from nicegui import ui

from api.cases.floods import Flood
from api.console.review.dossier import hue_time
from api.console.review.reason_dialog import matching_reasons
from api.console.visitor import Visitor
from api.principals import Principal
from domain.law.rejection import rejection_reasons


def flood_answers(visitor: Visitor, flood: Flood, renew: Callable[[], Awaitable[None]]) -> None:
    """Lay out the ways on.

    Args:
        visitor: a supervisor.
        flood: of one camera.
        renew: shows the page anew after an answer.
    """
    say, floods = visitor.say, visitor.centre.floods

    async def take(step: Callable[[Principal], None]) -> None:
        await visitor.do(step)
        await renew()

    if flood.closing_reason is not None and flood.undo_until is not None:
        reason = rejection_reasons()[flood.closing_reason]
        words = reason.vi if visitor.language == "vi" else reason.en
        ui.label(f"{say('flood_closes')} {hue_time(flood.undo_until)}: {words}").classes("mt-alert").props(
            "role=status"
        )
        if visitor.centre.store.clock.now() < flood.undo_until:
            back = ui.button(say("undo"), on_click=lambda: take(lambda who: floods.take_back(who, flood.camera_id)))
            back.props("no-caps outline")
        return
    note = ui.input(say("why_lift")).props("dense outlined maxlength=2000").classes("mt-note")

    async def lift() -> None:
        said = str(note.value or "").strip()
        if not said:
            ui.notify(say("say_why_lift"), type="warning", position="top")
            return
        await take(lambda who: floods.lift(who, flood.camera_id, note=said))

    ui.button(say("lift_flood"), on_click=lift).props("no-caps unelevated color=amber-9 text-color=black")
    if not flood.waiting:
        return
    reasons = {
        each.code: each.vi if visitor.language == "vi" else each.en
        for each in matching_reasons("", offence_code="", language=visitor.language)
    }
    chosen = ui.select(reasons, label=say("flood_reason"), with_input=True).props("dense outlined").classes("mt-note")

    async def close() -> None:
        if chosen.value is None:
            ui.notify(say("say_flood_reason"), type="warning", position="top")
            return
        code, said = str(chosen.value), str(note.value or "").strip()
        await take(lambda who: floods.close(who, flood.camera_id, reason_code=code, note=said))

    ui.button(f"{say('reject_flood')} ({flood.waiting})", on_click=close).props("no-caps unelevated color=red-9")
