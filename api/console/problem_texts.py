"""What went wrong, in the reader's language."""

import re
from collections.abc import Iterator
from functools import cache

from api.console.problem_words import BY_KIND, BY_SENTENCE
from api.console.words import WORDS, Language
from domain.cases.roles import Role
from domain.cases.states import Blocker
from domain.cases.words import BLOCKER_WORDS
from domain.errors import MatThanError
from domain.law.rejection import rejection_reasons

_ROLES = {
    Role.EDGE: "thiết bị",
    Role.ANALYSER: "máy phân tích",
    Role.OPERATOR: "trực ban",
    Role.SUPERVISOR: "giám sát",
    Role.POLICE: "công an",
    Role.WARD: "phường",
    Role.AUDITOR: "kiểm toán",
    Role.ADMIN: "quản trị",
    Role.CITIZEN: "người dân",
    Role.SYSTEM: "trung tâm",
}


def problem_text(error: MatThanError, language: Language) -> str:
    """An error for a reader; in Vietnamese never an English sentence.

    Examples:
        >>> from domain.errors import Conflict, NotFound
        >>> problem_text(Conflict("a case that is queued cannot take the step release"), "vi")
        'Hồ sơ đang ở trạng thái «Chờ rà soát» nên không thực hiện được bước «Vào hàng chờ công an»'
        >>> problem_text(NotFound("something that nobody foresaw"), "vi")
        'Không tìm thấy'
        >>> problem_text(NotFound("there is no case 7"), "en")
        'there is no case 7'
    """
    if language == "en":
        return str(error)
    found = _sentence(str(error))
    return found if found is not None else next(said for kind, said in BY_KIND if isinstance(error, kind))


def _sentence(text: str) -> str | None:
    for form, said in _forms():
        if fits := form.fullmatch(text):
            return said.format(*(_value(each) for each in fits.groups()))
    return None


def _value(text: str) -> str:
    """What fills a sentence in: a state, step, role, reason, what blocks, another sentence, or as it is."""
    for key in (f"state.{text}", f"action.{text}"):
        if key in WORDS:
            return f"«{WORDS[key].vi}»"
    if text in set(Role):
        return f"«{_ROLES[Role(text)]}»"
    bare = text.strip("'")
    if bare in rejection_reasons():
        return f"«{rejection_reasons()[bare].vi}»"
    blockers = text.split(", ")
    if all(each in set(Blocker) for each in blockers):
        return "; ".join(BLOCKER_WORDS[Blocker(each)].vi for each in blockers)
    return _sentence(text) or text


@cache
def _forms() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Sentences with nothing to fill in come first, then those with the most words of their own."""
    return tuple(_compiled())


def _compiled() -> Iterator[tuple[re.Pattern[str], str]]:
    for sentence, said in sorted(BY_SENTENCE.items(), key=lambda each: (each[0].count("{}"), -len(each[0]))):
        if sentence.replace("{}", "").strip():
            yield re.compile("(.+?)".join(map(re.escape, sentence.split("{}"))), re.DOTALL), said
