"""Write the drawings and tables of the rules' pages: ``python -m docs.rules.generate``."""

import importlib
import re
from collections.abc import Mapping
from itertools import chain
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from docs.rules.acts import ACTS
from docs.rules.scene import FOLDER, KINDS, OWN_RULES, file_name, view_of
from docs.rules.svg import svg_of
from domain.cases.act_words import MOMENT_WORDS, REFUSAL_WORDS
from rules.kit.line.crossing_parameters import CrossingParameters
from rules.kit.occupying import OccupyingParameters
from rules.kit.parking import ParkingParameters
from rules.kit.rider_looks import RiderParameters
from rules.offences.banned_turns import BannedTurnParameters
from rules.proof import RuleFigure
from rules.registry import RULES
from rules.rule import RuleParameters

_SHARED_REASONS: Mapping[type[RuleParameters], tuple[str, ...]] = {
    CrossingParameters: ("rules.kit.line.ruling",),
    BannedTurnParameters: ("rules.offences.banned_turns",),
    RiderParameters: ("rules.kit.rider_looks",),
    ParkingParameters: ("rules.facts.stays.stays", "rules.facts.stays.stay_book"),
    OccupyingParameters: ("rules.kit.occupying", "rules.reminders.reminder_rule"),
}
"""Modules beside a rule's own that refuse acts for it, by what its parameters are."""

INDEX = FOLDER / "README.md"
_WHY_SHADOW = "../adr/0157-a-rule-accuses-as-far-as-it-was-measured.md"
_NEVER = {  # the module's other rule gives this reason
    ("BANNED_TURN", "backed_out"),
    ("ANIMAL_ON_CARRIAGEWAY", "carried_by_a_vehicle"),
    ("ANIMAL_ON_CARRIAGEWAY", "on_crosswalk"),
}
_ONLY = {  # of reasons that several rules' module gives: whose they are
    "nobody_by_it": {"PAVEMENT_TRADE", "VENDOR_STREET"},
    "somebody_by_it": {"OBSTACLE"},
    "more_than_a_vendor": {"VENDOR_STREET"},
    "no_cart": {"PUSHCART"},
}
_BEGIN, _END = "<!-- {name}: by python -m docs.rules.generate -->", "<!-- end -->"


def reasons_of(code: str) -> list[str]:
    """The reasons that a rule itself counts; interlocks and the engine have their own."""
    parameters = RULES[code].PARAMETERS
    shared = (modules for of, modules in _SHARED_REASONS.items() if issubclass(parameters, of))
    modules = (parameters.__module__, *chain.from_iterable(shared))
    reasons = {
        str(value)
        for module in modules
        for name, value in vars(importlib.import_module(module)).items()
        if name.startswith("REFUSED_")
    }
    return sorted(reason for reason in reasons if (code, reason) not in _NEVER and code in _ONLY.get(reason, {code}))


def rule_texts(code: str) -> dict[Path, str]:
    """A rule's page and drawing with what they should hold; the page's own words stay as they are."""
    page = FOLDER / f"{file_name(code)}.md"
    filled = _filled(page.read_text(encoding="utf-8"), "refusals", _refusals(code))
    if RULES[code].OFFENCES and not RULES[code].PROOF:
        filled = _filled(filled, "measured", _measured(code))
    return {
        page: _filled(filled, "parameters", _parameters(code)),
        FOLDER / f"{file_name(code)}.svg": svg_of(view_of(code), ACTS[code]),
    }


def index_text() -> str:
    """The list of the rules likewise."""
    return _filled(INDEX.read_text(encoding="utf-8"), "rules", _index())


def _filled(page: str, name: str, table: str) -> str:
    """A page with its table of a name renewed.

    Raises:
        ValueError: the page has no such place.
    """
    begin = _BEGIN.format(name=name)
    before, found, rest = page.partition(begin)
    _, ended, after = rest.partition(_END)
    if not (found and ended):
        raise ValueError(f"the page has no place for its {name}: write {begin} and {_END}")
    return f"{before}{begin}\n\n{table}\n{_END}{after}"


def _refusals(code: str) -> str:
    if not reasons_of(code):
        return "None of its own.\n"
    rows = [f"| `{reason}` | {REFUSAL_WORDS[reason].vi} | {REFUSAL_WORDS[reason].en} |" for reason in reasons_of(code)]
    return "\n".join(("| reason | lý do | what it means |", "|---|---|---|", *rows, ""))


def _measured(code: str) -> str:
    rule = RULES[code]
    why, figure = rule.why_shadow({}), rule.MEASURED
    source = f"[how it was measured](../../{figure.source}), " if figure is not None else ""
    links = f"({source}[why that decides]({_WHY_SHADOW}))"
    if why is not None:
        return f"**Its cases are shadow, whatever the camera's file says**: {why.en} {links}.\n"
    if figure is None:
        return ""
    counted = f"{figure.right} of {figure.judged} cases, {_share(figure)}"
    return f"Its version {figure.version} was right in {counted} {links}.\n"


def _share(figure: RuleFigure) -> str:
    low, high = figure.precision.interval95
    return f"{figure.right / figure.judged:.3f} ({low:.2f} to {high:.2f})"


def _right(code: str) -> str:
    """How often it is right, for the list."""
    rule = RULES[code]
    if not rule.OFFENCES:
        return "-"
    if rule.PROOF:
        return "shadow until its network is proven"
    figure = rule.MEASURED
    if figure is None:
        return "shadow: not measured"
    share = f"[{figure.version}: {_share(figure)}](../../{figure.source})"
    return share if figure.carries_a_case else f"shadow: {share}"


def _parameters(code: str) -> str:
    fields = RULES[code].PARAMETERS.model_fields
    rows = [f"| `{name}` | {_default(field)} | {field.description} |" for name, field in fields.items()]
    return "\n".join(("| parameter | default | meaning |", "|---|---|---|", *rows, ""))


def _default(field: FieldInfo) -> str:
    if field.default is PydanticUndefined:
        return "needed"
    return "none" if field.default in (None, ()) else f"`{field.default}`"


def _index() -> str:
    rows = []
    for code in OWN_RULES:
        rule = RULES[code]
        offences = (
            ", ".join(f"{kind}: {offence}" for kind, offence in sorted(rule.OFFENCES.items())) or KINDS[code].value
        )
        moments = " → ".join(MOMENT_WORDS[name].vi for name in rule.MOMENTS if rule.OFFENCES) or "-"
        rows.append(f"| [{code}]({file_name(code)}.md) | {rule.VERSION} | {offences} | {moments} | {_right(code)} |")
    head = "| rule | version | offence by kind of vehicle | các thời điểm · decisive moments | right of its cases |"
    return "\n".join((head, "|---|---|---|---|---|", *rows, ""))


def links_of(page: Path) -> list[str]:
    """The files that a page points to."""
    return [target for target in re.findall(r"\]\(([^)#]+)", page.read_text(encoding="utf-8")) if "://" not in target]


if __name__ == "__main__":
    for rule in OWN_RULES:
        for path, text in rule_texts(rule).items():
            path.write_text(text, encoding="utf-8")
    INDEX.write_text(index_text(), encoding="utf-8")
