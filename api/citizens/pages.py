"""Citizens' pages as HTML: no script, readable on a phone, Vietnamese unless English is asked for."""

from datetime import date, datetime
from typing import Any, Final

from jinja2 import Environment, PackageLoader, StrictUndefined

from api.citizens.own_case import OwnCase
from api.citizens.words import PAGE_WORDS
from domain.cases.act_words import MOMENT_WORDS
from domain.cases.clocks import ClockKind
from domain.cases.evidence import EvidenceFile, FileRole
from domain.cases.states import CaseState
from domain.cases.words import KIND_WORDS, STATE_WORDS, Language, Words, public_words
from domain.instants import HUE_TIME

_ENVIRONMENT: Final = Environment(
    loader=PackageLoader("api.citizens"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_DECIDED: Final = frozenset({CaseState.DECISION_ISSUED, CaseState.PAID, CaseState.ENFORCED, CaseState.SETTLED})
_ENDED: Final = frozenset({CaseState.CANCELLED, CaseState.EXPIRED, CaseState.PROCESSED})


def page(name: str, language: Language, /, **values: Any) -> str:
    """A page of a template.

    Args:
        name: of the template, without its ending.
        language: of all its words.
        values: what it shows; every text is escaped.

    Examples:
        >>> "&lt;b&gt;" in page("message", "vi", text="<b>", path="vu-viec")
        True
    """

    def say(key: str, **filled: Any) -> str:
        return PAGE_WORDS[key].of(language).format(**filled)

    other = "en" if language == "vi" else "vi"
    return _ENVIRONMENT.get_template(f"{name}.html").render(language=language, other=other, say=say, **values)


def own_case_page(seen: OwnCase, language: Language, *, now: datetime, problem: str | None = None) -> str:
    """The page of one case."""
    stored, case = seen.stored, seen.stored.case
    site = case.site
    kind = KIND_WORDS.get(case.subject.vehicle_kind)
    clocks = {clock.kind: clock.ends_at for clock in stored.clocks}
    return page(
        "own_case",
        language,
        path="vu-viec",
        problem=problem,
        number=f"{seen.number[:2]}-{seen.number[2:6]}-{seen.number[6:]}",
        what=stored.name_vi if language == "vi" else stored.name_en,
        law=case.violation.legal_ref,
        when=f"{local(case.began_at)} – {local(case.ended_at)}",
        where=stored.where,
        vehicle=case.subject.vehicle_kind if kind is None else kind.of(language),
        plate=stored.plate_by_hand or (case.plate.text if case.plate.status == "agreed" else None),
        public=public_words(stored.state).of(language),
        state=STATE_WORDS[stored.state].of(language),
        since=local(stored.entered_at),
        noticed=None if seen.noticed_at is None else local(seen.noticed_at),
        answer_until=_local_or_none(clocks.get(ClockKind.ANSWER)),
        clips=[file.name for file in seen.files if file.role is FileRole.CLIP_BLURRED],
        stills=[
            (file.name, _caption(file, language)) for file in seen.files if file.role is FileRole.STILL_FULL_BLURRED
        ],
        media_gone=seen.media_gone,
        ended=stored.state in _ENDED,
        decided=stored.state in _DECIDED,
        camera=" · ".join(part for part in (site.camera_name, site.camera_serial, site.camera_owner) if part),
        clock=None if case.clock_error_ms is None else number(case.clock_error_ms / 1000, 2, language),
        signs="; ".join(site.instruments),
        confirmed=[local(at) for at in seen.confirmed_at],
        files=len(stored.manifest.files),
        objected=_local_or_none(seen.objected_at),
        objection=seen.objection,
        objection_until=_local_or_none(clocks.get(ClockKind.OBJECTION)),
        contested=stored.state is CaseState.CONTESTED,
        won=stored.state is CaseState.CANCELLED,
        upheld=seen.objected_at is not None and stored.state not in _ENDED | {CaseState.CONTESTED},
        may_object=seen.may_object and not stored_is_late(clocks, now),
    )


def stored_is_late(clocks: dict[ClockKind, datetime], now: datetime) -> bool:
    """Whether the year of limitation is over, though nobody has noted it yet."""
    ends_at = clocks.get(ClockKind.LIMITATION)
    return ends_at is not None and now >= ends_at


def local(instant: datetime) -> str:
    """An instant as people in Hue write it."""
    return instant.astimezone(HUE_TIME).strftime("%H:%M:%S %d/%m/%Y")


def day(of: date) -> str:
    """A day as people in Hue write it.

    Examples:
        >>> day(date(2026, 1, 5))
        '05/01/2026'
    """
    return of.strftime("%d/%m/%Y")


def number(value: float, digits: int, language: Language) -> str:
    """A number with the language's decimal sign.

    Examples:
        >>> number(0.5, 2, "vi"), number(0.5, 2, "en")
        ('0,50', '0.50')
    """
    text = f"{value:.{digits}f}"
    return text.replace(".", ",") if language == "vi" else text


def _local_or_none(instant: datetime | None) -> str | None:
    return None if instant is None else local(instant)


def _caption(file: EvidenceFile, language: Language) -> str:
    words = MOMENT_WORDS.get(file.moment or "", Words(file.moment or "", file.moment or "")).of(language)
    return f"{words} · {local(file.at)}" if file.at else words
