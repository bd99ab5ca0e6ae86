"""Imports point inward, and the contracts that say so would notice if they did not."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
ROOMS = ("api", "detectors", "domain", "edge", "ingest", "matthan", "plumbing", "rules")

BREACHES = [
    pytest.param("domain/seen/frame.py", "import matthan.cli", "Imports point inward", id="domain imports the edge"),
    pytest.param("rules/__init__.py", "import detectors", "Imports point inward", id="rooms of one storey import"),
    pytest.param("domain/geometry.py", "import cv2", "The domain does no IO", id="domain imports vision"),
    pytest.param("rules/__init__.py", "import time", "Rules are pure", id="a rule reads the wall clock"),
    pytest.param("api/__init__.py", "import av", "The centre loads no vision code", id="the centre decodes video"),
    pytest.param("detectors/__init__.py", "import ultralytics", "Ultralytics stays outside", id="ultralytics inside"),
]


def lint(folder: Path) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run(
        [str(program), "--no-cache"], cwd=folder, capture_output=True, text=True, check=False, timeout=120
    )


def test_every_import_points_inward() -> None:
    done = lint(REPOSITORY)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def copy_of_the_tree(tmp_path: Path) -> Path:
    for room in ROOMS:
        shutil.copytree(REPOSITORY / room, tmp_path / room, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(REPOSITORY / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(("file", "statement", "contract"), BREACHES)
def test_a_forbidden_import_is_noticed(copy_of_the_tree: Path, file: str, statement: str, contract: str) -> None:
    breached = copy_of_the_tree / file
    breached.write_text(breached.read_text(encoding="utf-8") + f"\n{statement}\n", encoding="utf-8")

    done = lint(copy_of_the_tree)

    assert done.returncode != 0
    broken = [line for line in done.stdout.splitlines() if line.endswith("BROKEN")]
    assert any(line.startswith(contract) for line in broken), done.stdout + done.stderr


def test_the_centre_starts_without_a_vision_library() -> None:
    script = (
        "import sys\n"
        "absent = ('av', 'cv2', 'lap', 'onnxruntime', 'torch', 'ultralytics')\n"
        "for name in absent: sys.modules[name] = None\n"
        "import importlib, pkgutil, api\n"
        "found = [m.name for m in pkgutil.walk_packages(api.__path__, 'api.') if 'migrations' not in m.name]\n"
        "for name in found: importlib.import_module(name)\n"
        "import matthan.cli\n"
        "print(len(found))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.split()[-1]) > 5
