"""Every command that a page, a card or a docstring names is one that its recipe takes."""

import runpy
from collections.abc import Iterator

import pytest

from tests.builders.documented_commands import ROOT, documented, read_arguments_only, taken, without

_ABSENT = ("matplotlib", "onnx", "torch", "torchvision", "ultralytics")
COMMANDS = documented(r"(models/[\w/]+\.py)", ("*.md", "docs/**/*.md", "models/**/*.md", "models/**/*.py"))


@pytest.fixture(autouse=True)
def _own_modules(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with without(_ABSENT, ROOT / "models", monkeypatch):
        yield


@pytest.mark.parametrize(
    ("name", "words"), COMMANDS, ids=lambda part: part if isinstance(part, str) else " ".join(part)
)
def test_a_command_is_taken_as_it_is_documented(
    name: str, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str((ROOT / name).parent))
    read_arguments_only(monkeypatch, name, words or ("--help",))
    with taken(words):
        runpy.run_path(str(ROOT / name), run_name="__main__")


def test_every_recipe_is_documented() -> None:
    begun = {
        str(path.relative_to(ROOT))
        for path in (ROOT / "models").rglob("*.py")
        if '__name__ == "__main__"' in path.read_text(encoding="utf-8")
    }
    assert begun == {name for name, _ in COMMANDS}
