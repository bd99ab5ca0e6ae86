"""What is shipped works: the wheel alone holds every module, page, migration, list and network."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
ROOMS = ("api", "detectors", "domain", "edge", "ingest", "matthan", "plumbing", "rules")


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel's contents, unpacked far from the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, timeout=120)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def run(shipped: Path, *arguments: str) -> str:
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=shipped,
        env={**os.environ, "PYTHONPATH": str(shipped)},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_only_the_rooms_are_shipped(shipped: Path) -> None:
    folders = {path.name for path in shipped.iterdir() if not path.name.endswith(".dist-info")}
    assert folders == set(ROOMS)


def test_every_file_of_a_room_is_shipped(shipped: Path) -> None:
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", *ROOMS],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    there = [name for name in listed.stdout.split() if (REPOSITORY / name).is_file()]
    assert [name for name in there if not (shipped / name).is_file()] == []


def test_the_shipped_networks_are_those_of_the_shipped_manifest(shipped: Path) -> None:
    script = (
        "from detectors.manifest import read_manifest, read_weights\n"
        "from edge.networks.street_network import built_in_manifest\n"
        "print(built_in_manifest())\n"
        "for spec in read_manifest(built_in_manifest()): read_weights(spec); print(spec.name)\n"
    )
    manifest, *names = run(shipped, "-c", script).split()
    assert Path(manifest).is_relative_to(shipped)
    assert "street-n" in names


def test_the_shipped_command_line_makes_a_centre(shipped: Path, tmp_path: Path) -> None:
    settings = tmp_path / "centre.yaml"
    settings.write_text('{"database": {"url": "sqlite:///c.sqlite3"}, "evidence": {"directory": "evidence"}}')
    main = "import sys; from matthan.cli import main; main()"
    run(shipped, "-c", main, "centre", "migrate", "--config", str(settings))
    run(shipped, "-c", main, "centre", "create-admin", "--config", str(settings))
    assert "events whole" in run(shipped, "-c", main, "audit", "verify", "--config", str(settings))
