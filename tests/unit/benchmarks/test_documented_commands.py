"""Every command that a page, a docstring or the Makefile names is one that its measure takes."""

import argparse
import importlib
import importlib.util
import re
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

ROOT = Path(__file__).resolve().parents[3]
_COMMAND = re.compile(r"\bpython\S*\)? -m (benchmarks(?:\.\w+)*)((?:[^`\n#&>\\]|\\\n)*)")
_NUMBERS = {"N", "MOST"}  # stand for one
_ABSENT = ("libsumo", "sumo", "torch", "transformers")  # come with environments of their own
_PAGES = ("*.md", "Makefile", "benchmarks/**/*.md", "benchmarks/**/*.py", "docs/**/*.md", "models/**/*.md")


class _Taken(Exception):
    """The arguments were understood."""


class _AnyType(type):
    def __getattr__(cls, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return _AnyType(name, (), {})


class _Absent(ModuleType):
    __path__: list[str] = []  # noqa: RUF012 - as modules have it

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return _AnyType(name, (), {})


def _words(text: str) -> tuple[str, ...]:
    """What stands behind the module, each optional part given, each choice its first."""
    text = text.split("$(if", maxsplit=1)[0].replace("\\\n", " ")
    words = (word.split("|")[0] for word in shlex.split(re.sub(r"[\[\]]", "", text)) if word != "...")
    return tuple("1" if word in _NUMBERS else word for word in words)


def _documented() -> Iterator[tuple[str, tuple[str, ...]]]:
    pages = sorted({page for pattern in _PAGES for page in ROOT.glob(pattern)})
    found = (each for page in pages for each in _COMMAND.finditer(page.read_text(encoding="utf-8")))
    yield from dict.fromkeys((each[1], _words(each[2])) for each in found)


@contextmanager
def _help() -> Iterator[None]:
    """A page that names a measure alone: it tells what it wants."""
    try:
        yield
    except SystemExit as end:
        assert end.code == 0  # noqa: PT017 - an exit is no exception that raises matches well


@pytest.fixture(autouse=True)
def _as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What a measure sets for its process, and modules that were given to it, end with the test."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")
    before = set(sys.modules)
    for name in _ABSENT:
        if importlib.util.find_spec(name) is None:
            monkeypatch.setitem(sys.modules, name, _Absent(name))
            if name == "transformers":
                for part in ("models", "models.hgnet_v2", "models.hgnet_v2.configuration_hgnet_v2"):
                    monkeypatch.setitem(sys.modules, f"transformers.{part}", _Absent(part))
    yield
    for name in set(sys.modules) - before:
        if name.startswith("benchmarks"):
            del sys.modules[name]


def _taken(*_: Any, **__: Any) -> None:
    raise _Taken


def _take(module: ModuleType, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch) -> None:
    """Read the words as the measure does, and go no further."""
    if isinstance(app := getattr(module, "app", None), typer.Typer):
        group: Any = typer.main.get_command(app)
        for command in group.commands.values():
            command.callback = _taken
        group.main([*words], standalone_mode=False)
        return
    read = argparse.ArgumentParser.parse_args

    def read_only(parser: argparse.ArgumentParser, *arguments: Any) -> None:
        read(parser, *arguments)
        raise _Taken

    assert hasattr(module, "argparse"), "it would begin to measure whatever it is told"
    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", read_only)
    monkeypatch.setattr(sys, "argv", [module.__name__, *words])
    module.main()


@pytest.mark.parametrize(
    ("name", "words"), [*_documented()], ids=lambda part: part if isinstance(part, str) else " ".join(part)
)
def test_a_command_is_taken_as_it_is_documented(
    name: str, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.find_spec(name)
    assert spec is not None
    start = f"{name}.__main__" if spec.submodule_search_locations is not None else name
    with pytest.raises(_Taken) if words else _help():
        _take(importlib.import_module(start), words or ("--help",), monkeypatch)


def test_every_measure_is_documented() -> None:
    begun = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__main__")
        for path in (ROOT / "benchmarks").rglob("*.py")
        if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
    }
    assert begun - {name for name, _ in _documented()} == {"benchmarks.edge_pipeline.peer"}  # another measure begins it
