"""Every error that can reach a page has Vietnamese words: read from the code of the rooms behind the pages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from api import errors
from api.console.problem_texts import problem_text
from api.console.problem_words import BY_KIND, BY_SENTENCE
from domain.cases.guards import GUARDS
from domain.errors import CentreError, Conflict, MatThanError, NotAllowed

REPOSITORY = Path(__file__).resolve().parents[4]
KINDS = {"Invalid", "Conflict", "NotAllowed", "NotFound", "StaleVersion"}
ROOMS = (
    "api/alerts.py",
    "api/cameras/drawings.py",
    "api/cameras/pages.py",
    "api/cases",
    "api/citizens/report_cases.py",
    "api/citizens/reports.py",
    "api/citizens/unhidden.py",
    "api/console/report_case_form.py",
    "api/counts/reading.py",
    "api/evidence_store/decoding_process.py",
    "api/exports",
    "api/people/open_sessions.py",
    "api/people/persons.py",
    "api/people/second_factor.py",
    "api/police",
    "api/principals.py",
    "api/reminders/reminders.py",
    "domain/cases",
    "domain/plates",
)
"""What pages call; accounts, keys and what boxes send are the API's and the commands' alone."""
NO_PAGE = {"api/police/webhook_address.py", "api/police/webhooks.py"}
TO_BOXES = {
    "an alert has at most {} bytes",
    "not an Alert: {} faults",
    "the alert is of another box, or its id does not follow from what it names",
    "the box is not registered",
    "the body begins with no line that names its pieces",
    "the first line does not name pieces of files",
    "the pieces have {} bytes, and {} came",
}
INNER = {"set up a second factor first", "the role {} does not permit it"}  # fill in another sentence


def sentence_of(said: ast.expr) -> str | None:
    if isinstance(said, ast.Constant) and isinstance(said.value, str):
        return said.value
    if isinstance(said, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in said.values)
    return None


def raised(room: str) -> Iterator[tuple[str, str | None]]:
    """Where a sentence is raised, and which; None: it is not written there."""
    path = REPOSITORY / room
    for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
        name = file.relative_to(REPOSITORY).as_posix()
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if name in NO_PAGE or not isinstance(node, ast.Raise) or not isinstance(node.exc, ast.Call):
                continue
            kind = node.exc.func.attr if isinstance(node.exc.func, ast.Attribute) else getattr(node.exc.func, "id", "")
            if kind in KINDS and node.exc.args:
                yield f"{name}:{node.lineno}", sentence_of(node.exc.args[0])


def guards_sentences() -> set[str]:
    """What guards answer: texts of the module beside the lists of what blocks."""
    source = ast.parse((REPOSITORY / "domain/cases/guards.py").read_text("utf-8"))
    calls = [node for node in ast.walk(source) if isinstance(node, ast.Call)]
    told = [node.args[1] for node in calls if getattr(node.func, "id", "") == "_unless"]
    return {said for each in told if (said := sentence_of(each)) is not None}


def test_every_sentence_of_the_rooms_behind_the_pages_has_its_line_and_none_is_left_over() -> None:
    found = {place: sentence for room in ROOMS for place, sentence in raised(room)}
    assert len(found) > 100
    assert not [place for place, sentence in found.items() if sentence is None], "write the sentence where it is raised"
    guards = guards_sentences() | {"the case is blocked: {}"}
    assert len(guards) > len(GUARDS) // 2
    wanted = {sentence for sentence in found.values() if sentence} - TO_BOXES | guards | INNER
    missing = sorted(f"{place}: {said}" for place, said in found.items() if said in wanted - BY_SENTENCE.keys())
    assert not missing, "give each a line in api/console/problem_words.py"
    assert not sorted(guards - BY_SENTENCE.keys())
    assert not sorted(BY_SENTENCE.keys() - wanted), "nothing says these any more"


@pytest.mark.parametrize("sentence", sorted(BY_SENTENCE))
def test_a_line_fills_in_only_what_its_sentence_has_and_is_found_by_it(sentence: str) -> None:
    said = BY_SENTENCE[sentence]
    slots = {int(slot) for slot in re.findall(r"\{(\d)\}", said)}
    assert slots <= set(range(sentence.count("{}")))
    if sentence.replace("{}", "").strip():
        values = [f"{number}{number}" for number in range(sentence.count("{}"))]
        filled = sentence.format(*values)
        assert problem_text(Conflict(filled), "vi") == said.format(*values)
        assert problem_text(Conflict(filled), "en") == filled


def every_kind(kind: type[MatThanError]) -> Iterator[type[MatThanError]]:
    yield kind
    for each in kind.__subclasses__():
        yield from every_kind(each)


def test_every_error_of_the_centre_has_words_though_its_sentence_is_new() -> None:
    known = [kind for kind, _ in BY_KIND]
    for kind in every_kind(CentreError):
        error = kind.__new__(kind)
        Exception.__init__(error, "a sentence that nobody has translated")
        said = problem_text(error, "vi")
        assert said in {words for _, words in BY_KIND}
        assert re.search(r"[à-ỹÀ-Ỹ]", said), said
    assert known.index(errors.StaleVersion) < known.index(Conflict), "the first that fits counts"


def test_what_fills_a_sentence_is_in_the_reader_s_language_too() -> None:
    said = problem_text(Conflict("the step confirm is not open: the case is blocked: bad_signature, no_receiver"), "vi")
    assert said == (
        "Chưa thực hiện được bước «Xác nhận»: hồ sơ còn vướng: Chữ ký không hợp lệ; Chưa xác định cơ quan tiếp nhận"
    )
    said = problem_text(NotAllowed("cases_read is refused: the role auditor does not permit it"), "vi")
    assert said == "Bạn không có quyền làm việc này: vai trò «kiểm toán» không được phép"
