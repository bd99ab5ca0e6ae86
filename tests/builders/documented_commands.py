"""Commands that pages and docstrings name, and how to have a program read one without doing what it says."""

import argparse
import importlib.util
import re
import shlex
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Any

import cv2
import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
_REST = r"((?:[^`\n#&>\\]|\\\n)*)"
_STAND_FOR = {"N": "1", "MOST": "1", "SHARE": "0.5", "$TASK": "reader"}
_NEEDS = {"onnx": ("onnxruntime.quantization",)}  # without the one, the other cannot be imported


class Taken(Exception):
    """The arguments were understood."""


def documented(program: str, patterns: Iterable[str]) -> list[tuple[str, tuple[str, ...]]]:
    """Each program that pages name, with the words behind it.

    Args:
        program: pattern of what is run, with one group: the program's name.
        patterns: of the pages, from the repository's root.
    """
    command = re.compile(r"\bpython\S*\)? " + program + _REST)
    pages = sorted({page for pattern in patterns for page in ROOT.glob(pattern)})
    found = (each for page in pages for each in command.finditer(page.read_text(encoding="utf-8")))
    return list(dict.fromkeys((each[1], _words(each[2])) for each in found))


def _words(text: str) -> tuple[str, ...]:
    """What stands behind the program, each optional part given, each choice its first."""
    text = text.split("$(if", maxsplit=1)[0].replace("\\\n", " ")
    words = (word.split("|", maxsplit=1)[0] for word in shlex.split(re.sub(r"[\[\]]", "", text)) if word != "...")
    return tuple(_STAND_FOR.get(word, word) for word in words)


def read_arguments_only(monkeypatch: pytest.MonkeyPatch, program: str, words: Sequence[str]) -> None:
    """From now on whoever reads the arguments gets these, and is ended by ``Taken`` if they are understood."""
    read = argparse.ArgumentParser.parse_args

    def read_only(parser: argparse.ArgumentParser, *arguments: Any) -> None:
        read(parser, *arguments)
        raise Taken

    monkeypatch.setattr(argparse.ArgumentParser, "parse_args", read_only)
    monkeypatch.setattr(sys, "argv", [program, *words])


@contextmanager
def taken(words: Sequence[str]) -> Iterator[None]:
    """Within it the words are understood; where there are none, a page names the program alone: it gives its help."""
    try:
        with pytest.raises(Taken):
            yield
    except SystemExit as end:
        assert not words and end.code == 0, f"refused: {words}"  # noqa: PT017, PT018 - an exit is how help ends


@contextmanager
def without(names: Iterable[str], forgotten: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Packages that come with environments of their own can be imported, if they are absent, and do nothing.

    Args:
        names: of the packages.
        forgotten: modules of this folder that were imported meanwhile are forgotten at the end.
        monkeypatch: takes everything back.
    """
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        monkeypatch.setenv(name, "1")  # set by who measures CPU time; given back with the others
    monkeypatch.setattr(sys, "path", [*sys.path])
    gone = [name for name in names if importlib.util.find_spec(name) is None]
    absent = _Absent(tuple(each for name in gone for each in (name, *_NEEDS.get(name, ()))))
    monkeypatch.setattr(sys, "meta_path", [absent, *sys.meta_path])
    before, threads = set(sys.modules), cv2.getNumThreads()
    with np.errstate():  # and what a measure sets for its process
        yield
    cv2.setNumThreads(threads)
    for name in set(sys.modules) - before:
        file = getattr(sys.modules[name], "__file__", None)
        if absent.has(name) or (file is not None and Path(file).is_relative_to(forgotten)):
            del sys.modules[name]


class _Absent(MetaPathFinder, Loader):
    """Finds what is absent."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = names

    def has(self, name: str) -> bool:
        return any(name == each or name.startswith(f"{each}.") for each in self._names)

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        return ModuleSpec(fullname, self, is_package=True) if self.has(fullname) else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return _Empty(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        pass


class _AnyType(type):
    """A class that has whatever it is asked for."""

    def __getattr__(cls, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return _AnyType(name, (), {})


class _Empty(ModuleType):
    """A module that has whatever it is asked for."""

    def __getattr__(self, name: str) -> type:
        if name.startswith("__"):
            raise AttributeError(name)
        return _AnyType(name, (), {})
