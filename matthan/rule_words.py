"""What a rule is, and why a case was made, in plain words of both languages."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from domain.cases.act_words import MEASURE_WORDS, MOMENT_WORDS, REFUSAL_WORDS
from domain.cases.case import Case
from domain.cases.words import KIND_WORDS, Language, Words
from domain.errors import ConfigurationError, FileError
from domain.event import Measurement
from domain.instants import HUE_TIME
from rules.fact_rule import FactRule
from rules.registry import RULES

_OPEN = Words("không rõ nghĩa", "no words for it")
_YES_NO = {True: Words("có", "yes"), False: Words("không", "no")}


def described(rule: FactRule[Any]) -> str:
    """One line for a list of rules: name, version, offence by kind of vehicle, decisive moments."""
    offences = ", ".join(f"{kind}: {code}" for kind, code in sorted(rule.OFFENCES.items()))
    if not offences:
        offences = rule.KIND.value
    return f"{rule.CODE} {rule.VERSION}  [{offences}]  {' > '.join(rule.MOMENTS)}{_figure(rule)}"


def _figure(rule: FactRule[Any]) -> str:
    """How often it is right, as far as a case of it depends on that."""
    if rule.PROOF:
        told = ", ".join(rule.PROOF)
        return f"  chỉ chạy thử tới khi chứng minh được '{told}' · shadow until {told} is proven"
    why = rule.why_shadow({})
    if why is not None:
        return f"  chỉ chạy thử: {why.vi} · shadow: {why.en}"
    figure = rule.MEASURED
    return "" if figure is None else f"  đúng · right: {figure.right}/{figure.judged}"


def read_cases(path: Path) -> Iterator[Case]:
    """The cases of a package's ``case.json``, or of a replay's JSON Lines.

    Raises:
        FileError: it cannot be read.
        ConfigurationError: a line is no case.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        raise FileError(path, "read", error) from error
    documents = content.splitlines() if path.suffix == ".jsonl" else [content]
    for number, document in enumerate(documents, start=1):
        try:
            yield Case.model_validate_json(document)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(str(part) for part in first["loc"]) or "document"
            raise ConfigurationError(
                f"{path} line {number} is no case: {where}: {first['msg']}; give the case.json of a package, or the "
                "cases.jsonl of a replay"
            ) from error


def explain_case(case: Case, language: Language) -> Iterator[str]:
    """Why a case was made: the act, what shows it, what was measured, and by which limits.

    Args:
        case: as the box wrote it.
        language: of the words; names that a rule of another package brings come as they are.
    """
    vi = language == "vi"
    violation, place = case.violation, case.site
    yield f"{violation.name_vi if vi else violation.name_en} ({violation.code}), {violation.legal_ref}"
    yield f"{place.road}, {place.camera_name}: {_clock(case)}"
    kind = KIND_WORDS.get(case.subject.vehicle_kind)
    yield _line(vi, "Phương tiện", "Vehicle", kind.of(language) if kind else case.subject.vehicle_kind)
    yield "Thấy rõ ở các thời điểm:" if vi else "Shown at these moments:"
    for moment in case.moments:
        word = MOMENT_WORDS.get(moment.name, Words(moment.name, moment.name)).of(language)
        signal = f", {moment.signal.value}" if moment.signal else ""
        yield f"  {moment.at.astimezone(HUE_TIME):%H:%M:%S.%f}"[:-3] + f"  {word}{signal}"
    yield "Đo được:" if vi else "Measured:"
    for name, value in case.measurements.items():
        yield f"  {MEASURE_WORDS.get(name, Words(name, name)).of(language)}: {_value(value, language)}"
    made = case.provenance
    yield (
        f"Quy tắc {made.rule} {made.rule_version}, các giới hạn:"
        if vi
        else f"By the rule {made.rule} {made.rule_version} with these limits:"
    )
    fields = RULES[made.rule].PARAMETERS.model_fields if made.rule in RULES else {}
    for name, limit in made.rule_parameters.items():
        field = fields.get(name)
        yield f"  {name} = {limit}" + (f"  ({field.description})" if field is not None and field.description else "")


def explain_refusal(reason: str, language: Language) -> str:
    """What a counted reason means; the reason itself where nothing is known of it."""
    return f"{reason}: {REFUSAL_WORDS.get(reason, _OPEN).of(language)}"


def _line(vi: bool, vietnamese: str, english: str, value: str) -> str:  # noqa: FBT001 - which of two words
    return f"{vietnamese if vi else english}: {value}"


def _clock(case: Case) -> str:
    return f"{case.began_at.astimezone(HUE_TIME):%d/%m/%Y %H:%M:%S}"


def _value(value: Measurement, language: Language) -> str:
    if isinstance(value, bool):
        return _YES_NO[value].of(language)
    if isinstance(value, float) and language == "vi":
        return f"{value:g}".replace(".", ",")
    return f"{value:g}" if isinstance(value, float) else str(value)
