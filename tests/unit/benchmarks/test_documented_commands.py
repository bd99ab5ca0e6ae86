"""Every command that a page, a docstring or the Makefile names is one that its measure takes."""

import importlib
import importlib.util
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest
import typer

from tests.builders.documented_commands import ROOT, Taken, documented, read_arguments_only, taken, without

_ABSENT = ("libsumo", "sumo", "torch", "transformers")
_PAGES = ("*.md", "Makefile", "benchmarks/**/*.md", "benchmarks/**/*.py", "docs/**/*.md", "models/**/*.md")
COMMANDS = documented(r"-m (benchmarks(?:\.\w+)*)", _PAGES)


@pytest.fixture(autouse=True, scope="module")
def _own_modules() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as monkeypatch, without(_ABSENT, ROOT / "benchmarks", monkeypatch):
        yield


def _taken(*_: Any, **__: Any) -> None:
    raise Taken


def _take(module: ModuleType, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    if isinstance(app := getattr(module, "app", None), typer.Typer):
        group: Any = typer.main.get_command(app)
        for command in group.commands.values():
            command.callback = _taken
        group.main([*words], standalone_mode=not words[1:])
        return
    assert hasattr(module, "argparse"), "it would begin to measure whatever it is told"
    read_arguments_only(monkeypatch, module.__name__, words)
    module.main()


@pytest.mark.parametrize(
    ("name", "words"), COMMANDS, ids=lambda part: part if isinstance(part, str) else " ".join(part)
)
def test_a_command_is_taken_as_it_is_documented(
    name: str, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    start = f"{name}.__main__" if spec.submodule_search_locations is not None else name
    with taken(words):
        _take(importlib.import_module(start), words or ("--help",), monkeypatch)


def test_every_measure_is_documented() -> None:
    begun = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__")
        for path in (ROOT / "benchmarks").rglob("*.py")
        if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
    }
    assert begun - {name for name, _ in COMMANDS} == {"benchmarks.edge_pipeline.peer"}  # another measure begins it
