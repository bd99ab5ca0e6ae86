"""Each use installs from the wheel into an empty environment, brings what it needs, and leaves out what it does not."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
NO_INDEX = "no package index can be reached from this machine"
VISION = {"av", "lapx", "onnxruntime", "opencv-python-headless", "torch", "ultralytics"}


class Environment:
    """An environment of its own, with the wheel and one extra in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def matthan(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [str(self.folder / "bin" / "matthan"), *arguments]
        return subprocess.run(
            command, cwd=self.folder, env=_clean(), capture_output=True, text=True, check=False, timeout=120
        )

    def packages(self) -> set[str]:
        listed = (self.folder / "lib").glob("python3*/site-packages/*.dist-info")
        return {re.sub(r"[-_.]+", "-", path.name.split("-")[0]).lower() for path in listed}


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name not in {"PYTHONPATH", "VIRTUAL_ENV"}}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, timeout=120)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lock file as constraints: the same versions, no hashes."""
    text = (REPOSITORY / "requirements.lock").read_text(encoding="utf-8")
    path = tmp_path_factory.mktemp("constraints") / "constraints.txt"
    lines = re.findall(r"^([A-Za-z0-9._-]+==[^\\\n]+)", text, flags=re.MULTILINE)
    path.write_text("\n".join(line.strip() for line in lines) + "\n", encoding="utf-8")
    return path


@pytest.fixture(scope="module")
def install(tmp_path_factory: pytest.TempPathFactory, wheel: Path, versions: Path) -> Callable[[str], Environment]:
    def installed(extra: str) -> Environment:
        folder = tmp_path_factory.mktemp(extra)
        python = str(folder / "bin" / "python")
        uv = shutil.which("uv")
        if uv is not None:
            subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, "--clear", str(folder)], check=True)
            installer = [uv, "pip", "install", "--quiet", "--python", python]
        elif find_spec("pip") is not None:  # ours serves the new environment too
            subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
            installer = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-compile"]
        else:
            subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
            installer = [python, "-m", "pip", "install", "--quiet", "--no-compile"]
        wanted = [f"matthan[{extra}] @ {wheel.as_uri()}", "-c", str(versions)]
        done = subprocess.run(
            [*installer, *wanted], env=_clean(), capture_output=True, text=True, check=False, timeout=500
        )
        if done.returncode != 0 and re.search(r"dns error|Name or service|Failed to establish|timed out", done.stderr):
            pytest.skip(NO_INDEX)
        assert done.returncode == 0, done.stderr
        return Environment(folder)

    return installed


def test_the_police_client_is_httpx_and_pydantic(install: Callable[[str], Environment]) -> None:
    police = install("police")
    assert police.packages().isdisjoint(VISION | {"cryptography", "fastapi", "nicegui", "sqlalchemy", "paho-mqtt"})
    assert police.matthan("police", "pull", "--help").returncode == 0
    key = police.folder / "key"
    key.write_text("not-a-key")
    arguments = ("pull", "--centre", "http://127.0.0.1:9", "--queue", "q", "--out", "cases", "--key-file", str(key))
    away = police.matthan("police", *arguments)
    assert (away.returncode, "TransportError" in away.stderr) == (1, True), away.stderr

    foreign = police.matthan("centre", "migrate", "--config", "centre.yaml")
    assert foreign.returncode == 2
    assert "pip install 'matthan[edge]'" in foreign.stderr


def test_the_centre_brings_no_vision_library(install: Callable[[str], Environment]) -> None:
    centre = install("centre")
    assert centre.packages().isdisjoint(VISION)
    settings = centre.folder / "centre.yaml"
    settings.write_text('{"database": {"url": "sqlite:///c.sqlite3"}, "evidence": {"directory": "evidence"}}')
    for command in (("centre", "migrate"), ("centre", "create-admin"), ("audit", "verify")):
        done = centre.matthan(*command, "--config", str(settings))
        assert done.returncode == 0, done.stderr


def test_a_box_needs_nothing_of_the_centre(install: Callable[[str], Environment]) -> None:
    box = install("edge")
    assert box.packages().isdisjoint({"fastapi", "nicegui", "scipy", "sqlalchemy", "ultralytics", "torch"})
    example = REPOSITORY / "deploy" / "edge" / "example" / "cameras" / "le-loi-pavement.yaml"
    done = box.matthan("check-config", str(example))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "street-n" in box.matthan("models", "list").stdout
