"""Nothing is skipped silently: every skip is told with its reason, and CI fails on one that is not on the list."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parents[1]
LISTED = "recorded street data (../shared/data) are not on this machine"


def run_with_skip(folder: Path, reason: str, *, ci: bool) -> subprocess.CompletedProcess[str]:
    (folder / "tests" / "builders").mkdir(parents=True)
    for name in ("conftest.py", "allowed_skips.toml", "builders/metronome.py"):
        shutil.copy(TESTS / name, folder / "tests" / name)
    (folder / "tests" / "test_one.py").write_text(
        f"import pytest\n\ndef test_one():\n    pytest.skip({reason!r})\n\ndef test_two():\n    pass\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "CI"} | ({"CI": "true"} if ci else {})
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "tests"]
    return subprocess.run(
        command,
        cwd=folder,
        env={**environment, "PYTHONPATH": str(TESTS.parent)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("reason", "ci", "status"),
    [
        pytest.param("I was in a hurry", True, 1, id="unlisted in CI"),
        pytest.param("I was in a hurry", False, 0, id="unlisted on a laptop"),
        pytest.param(LISTED, True, 0, id="listed in CI"),
    ],
)
def test_a_skip_is_told_and_fails_in_ci_unless_listed(tmp_path: Path, reason: str, ci: bool, status: int) -> None:
    done = run_with_skip(tmp_path, reason, ci=ci)
    assert done.returncode == status, done.stdout
    assert f"tests/test_one.py::test_one: {reason}" in done.stdout
    assert ("NOT ON THE LIST" in done.stdout) == (reason != LISTED)
