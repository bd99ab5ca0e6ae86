"""YAML configuration files whose every fault is reported with its line."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.nodes import MappingNode, Node, SequenceNode

from domain.errors import ConfigurationFaults, Fault
from plumbing.text_files import text_of

Place = tuple[str | int, ...]
ModelT = TypeVar("ModelT", bound=BaseModel)

_MAX_FILE_BYTES = 4_000_000
_MOST_PLACES = 100_000


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class YamlDocument:
    """A file's content as plain values, and where each of them stands."""

    path: Path
    content: dict[str, Any]
    lines: Mapping[Place, int]  # 1-based line of every key's value, by its way from the top

    def line_of(self, place: Place) -> int | None:
        """The line of a value, or of the nearest thing around it that is there; None for the file as a whole."""
        for length in range(len(place), 0, -1):
            if place[:length] in self.lines:
                return self.lines[place[:length]]
        return None

    def fault(self, place: Place, problem: str, remedy: str) -> Fault:
        """A fault at a place of this file."""
        where = ".".join(str(part) for part in place)
        return Fault(file=str(self.path), line=self.line_of(place), where=where, problem=problem, remedy=remedy)


def read_yaml(path: Path) -> YamlDocument:
    """Read one mapping from a YAML 1.2 file.

    Raises:
        ConfigurationFaults: it cannot be read, is no YAML, names a key twice, or is no mapping.
    """
    try:
        data = path.read_bytes()
        if len(data) > _MAX_FILE_BYTES:
            raise ConfigurationFaults((_whole(path, "the file is too large", "expected at most 4 MB"),))
        text = text_of(data)
    except OSError as e:
        problem = f"the file cannot be read ({e.strerror})"
        raise ConfigurationFaults((_whole(path, problem, "check the path and who may read it"),)) from e
    except UnicodeDecodeError as e:
        raise ConfigurationFaults((_whole(path, "the file is no UTF-8 text", "save it as UTF-8"),)) from e
    yaml = YAML(typ="safe", pure=True)
    try:
        root = yaml.compose(text)
        lines: dict[Place, int] = {}
        _note_lines(root, (), lines)
        content = yaml.constructor.construct_document(root) if root is not None else None
    except MarkedYAMLError as e:
        mark = e.problem_mark or e.context_mark
        problem = " ".join(str(e.problem or e.context).split("\n")[0].split())
        fault = Fault(
            file=str(path),
            line=None if mark is None else mark.line + 1,
            where="",
            problem=problem,
            remedy="mend the YAML: indentation by spaces, a space after each colon, each key once",
        )
        raise ConfigurationFaults((fault,)) from e
    except Exception as e:  # the parser lets all sorts through, e.g. IndexError for an empty number
        problem = f"not readable as YAML ({str(e) or type(e).__name__})"
        raise ConfigurationFaults((_whole(path, problem, "mend the YAML"),)) from e
    if not isinstance(content, dict):
        raise ConfigurationFaults((_whole(path, "the file holds no mapping", "begin with lines such as `id: cam-1`"),))
    return YamlDocument(path=path, content=content, lines=lines)


def validated(document: YamlDocument, model: type[ModelT]) -> ModelT:
    """Build the model from a file's content.

    Raises:
        ConfigurationFaults: every fault at once, with line and remedy.
    """
    try:
        return model.model_validate(document.content)
    except ValidationError as e:
        raise ConfigurationFaults(faults_of(e, document, model)) from e


def faults_of(
    error: ValidationError, document: YamlDocument, model: type[BaseModel], *, under: Place = ()
) -> tuple[Fault, ...]:
    """Every fault that pydantic found, placed in the file; inputs are not repeated, they may be secret.

    Args:
        error: what pydantic says.
        document: the file.
        model: what was to be built.
        under: where in the file the validated value stands.
    """
    faults = []
    for detail in error.errors(include_url=False, include_input=False):
        problem = _PROBLEMS.get(detail["type"], str(detail["msg"]).removeprefix("Value error, "))
        remedy = _remedy(detail["type"], detail["loc"], model)
        faults.append(document.fault((*under, *detail["loc"]), problem, remedy))
    return tuple(sorted(faults, key=lambda fault: fault.line or 0))


_PROBLEMS = {"missing": "it is missing", "extra_forbidden": "there is no such setting"}


def _remedy(kind: str, place: Place, model: type[BaseModel]) -> str:
    if kind == "missing":
        return f"add `{place[-1]}:`"
    if kind == "extra_forbidden":
        known = _known_keys(model, place[:-1])
        near = difflib.get_close_matches(str(place[-1]), known, n=1)
        return f"did you mean `{near[0]}`?" if near else f"remove it; known here: {', '.join(known)}"
    if kind == "value_error":
        return "correct it as said"
    return "put a value of that kind there"


def _known_keys(model: type[BaseModel], place: Place) -> list[str]:
    """Names of the settings at a place of a model."""
    schema = model.model_json_schema()
    definitions = schema.get("$defs", {})
    node = schema
    for part in place:
        below = node.get("items", {}) if isinstance(part, int) else node.get("properties", {}).get(part, {})
        choices = [below, *below.get("anyOf", ())]
        names = [choice["$ref"].rsplit("/", 1)[-1] for choice in choices if "$ref" in choice]
        node = definitions[names[0]] if names else below
    return sorted(node.get("properties", {}))


def _whole(path: Path, problem: str, remedy: str) -> Fault:
    return Fault(file=str(path), line=None, where="", problem=problem, remedy=remedy)


def _note_lines(node: Node | None, place: Place, lines: dict[Place, int]) -> None:
    """Write down the line of every key and item below a node.

    Raises:
        ValueError: there are too many, as aliases within aliases make them.
    """
    if len(lines) > _MOST_PLACES:
        raise ValueError(f"more than {_MOST_PLACES} values")
    if isinstance(node, MappingNode):
        for key, value in node.value:
            below = (*place, str(key.value))
            lines[below] = key.start_mark.line + 1
            _note_lines(value, below, lines)
    elif isinstance(node, SequenceNode):
        for index, value in enumerate(node.value):
            below = (*place, index)
            lines[below] = value.start_mark.line + 1
            _note_lines(value, below, lines)
