"""No configuration field does nothing: whoever fills one in relies on it."""

import ast
import functools
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from pydantic import BaseModel

from api.settings import CentreSettings
from domain.camera import CameraConfig, ZoneKind
from edge.configuration.settings import BoxSettings
from rules.registry import RULES

REPOSITORY = Path(__file__).resolve().parents[2]
ROOMS = ("api", "detectors", "domain", "edge", "ingest", "matthan", "plumbing", "rules")
# Fields that are for people who read a case or a file later: written into every case, or naming the form of the file.
FOR_THE_RECORD = {
    "schema_version": "names the form of the file; another number is refused",
}


def models(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    """A model and every model inside it."""
    seen: list[type[BaseModel]] = []

    def walk(kind: object) -> None:
        if isinstance(kind, type) and issubclass(kind, BaseModel) and kind not in seen:
            seen.append(kind)
            for field in kind.model_fields.values():
                walk(field.annotation)
        for part in get_args(kind):
            walk(part)

    walk(model)
    yield from seen


@functools.cache
def names_read(*, but: Path) -> set[str]:
    """Every attribute that some module of the product reads, but for the one that defines the models."""
    names: set[str] = set()
    for room in ROOMS:
        for path in (REPOSITORY / room).rglob("*.py"):
            if path == but:
                continue
            tree = ast.parse(path.read_text(encoding="utf-8"))
            names |= {
                node.attr
                for node in ast.walk(tree)
                if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load)
            }
    return names


@pytest.mark.parametrize("root", [CameraConfig, BoxSettings, CentreSettings], ids=lambda model: model.__name__)
def test_every_field_is_read_somewhere(root: type[BaseModel]) -> None:
    idle = []
    for model in models(root):
        home = REPOSITORY / (model.__module__.replace(".", "/") + ".py")
        read = names_read(but=home)
        own = ast.parse(home.read_text(encoding="utf-8"))
        methods = {
            node.attr
            for definition in ast.walk(own)
            if isinstance(definition, ast.FunctionDef) and not _is_validator(definition)
            for node in ast.walk(definition)
            if isinstance(node, ast.Attribute)
        }
        idle += [
            f"{model.__name__}.{name}" for name in model.model_fields if name not in read | methods | {*FOR_THE_RECORD}
        ]
    assert idle == []


def _is_validator(definition: ast.FunctionDef) -> bool:
    return any("validator" in ast.unparse(decorator) for decorator in definition.decorator_list)


def test_every_parameter_of_a_rule_is_read() -> None:
    read = names_read(but=Path("nowhere"))
    for code, rule in RULES.items():
        assert [name for name in rule.PARAMETERS.model_fields if name not in read] == [], code


def test_every_kind_of_zone_does_something() -> None:
    """A kind that only the drawing knows would be drawn and relied on for nothing."""
    drawing = REPOSITORY / "matthan" / "drawing"
    sources = [path for room in ROOMS for path in (REPOSITORY / room).rglob("*.py") if drawing not in path.parents]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources)
    by_id = {
        ZoneKind.JUNCTION
    }  # a red-light rule is given such zones by their ids, as the ways out that clear a vehicle
    assert [kind.name for kind in ZoneKind if f"ZoneKind.{kind.name}" not in text and kind not in by_id] == []
