"""The house keeps its own rules: versions, licences, schemas, words and places agree."""

import importlib.util
import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[2]
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
VAGUE_NAMES = {"utils", "util", "common", "helpers", "helper", "core", "misc"}
STANDARD_NAMES = {"queue", "types", "signal", "time", "logging", "json", "select", "calendar", "email", "code"}
ROOMS = ("api", "detectors", "domain", "edge", "ingest", "matthan", "plumbing", "rules")


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "-c", "safe.directory=*", "ls-files", "-z"], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    return [REPOSITORY / name for name in listed.stdout.split("\0") if name and (REPOSITORY / name).is_file()]


def requirements() -> list[Requirement]:
    lists = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    found = [Requirement(text) for one in lists for text in one]
    return [requirement for requirement in found if requirement.name != PROJECT["name"]]


def test_the_changelog_begins_with_the_packages_version() -> None:
    text = (REPOSITORY / "CHANGELOG.md").read_text(encoding="utf-8")
    versions = re.findall(r"^## \[(\d[^\]]*)\]", text, flags=re.MULTILINE)
    assert versions[0] == PROJECT["version"]


def test_the_licence_is_the_one_that_the_package_names() -> None:
    assert PROJECT["license"] == "AGPL-3.0-or-later"
    lines = (REPOSITORY / "LICENSE").read_text(encoding="utf-8").splitlines()
    assert [line.strip() for line in lines[:2]] == ["GNU AFFERO GENERAL PUBLIC LICENSE", "Version 3, 19 November 2007"]
    assert len(lines) > 600


def test_no_package_marker_lies_under_tests() -> None:
    assert not list((REPOSITORY / "tests").rglob("__init__.py"))


def test_no_two_test_files_share_a_name() -> None:
    names = [path.name for path in (REPOSITORY / "tests").rglob("test_*.py")]
    assert sorted(names) == sorted(set(names))


def test_every_dependency_is_explained_and_nothing_else_is() -> None:
    text = (REPOSITORY / "docs" / "dependencies.md").read_text(encoding="utf-8")
    explained = set(re.findall(r"^\| `([A-Za-z0-9._-]+)` \|", text, flags=re.MULTILINE))
    assert explained == {requirement.name for requirement in requirements()}


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-demo.lock"])
def test_a_lock_file_fits_the_dependencies_and_has_one_opencv(lock: str) -> None:
    text = (REPOSITORY / lock).read_text(encoding="utf-8")
    pinned = re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", text, flags=re.MULTILINE)
    assert {name for name, _ in pinned if name.startswith("opencv")} == {"opencv-python-headless"}
    needed = [*PROJECT["dependencies"]]
    for extra in ("demo",) if "demo" in lock else ("demo", "dev", "postgres", "s3"):
        needed += PROJECT["optional-dependencies"][extra]
    wanted = [Requirement(text) for text in needed]
    for requirement in wanted:
        if requirement.name == PROJECT["name"]:
            continue
        versions = [version for name, version in pinned if name == canonicalize_name(requirement.name)]
        assert versions, f"{requirement.name} is not in {lock}; run make lock"
        assert all(requirement.specifier.contains(version) for version in versions), requirement.name


def test_published_schemas_are_those_of_the_models() -> None:
    folder = REPOSITORY / "docs" / "schemas"
    spec = importlib.util.spec_from_file_location("schemas_generate", folder / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    published = {path.name: path.read_text(encoding="utf-8") for path in folder.glob("*.schema.json")}
    assert published == module.schema_texts(), "stale: run python docs/schemas/generate.py"


def test_no_module_has_a_vague_name_or_one_of_the_standard_library() -> None:
    modules = [path.relative_to(REPOSITORY) for room in ROOMS for path in (REPOSITORY / room).rglob("*.py")]
    wrong = [str(path) for path in modules if {path.stem, *path.parts[:-1]} & (VAGUE_NAMES | STANDARD_NAMES)]
    assert wrong == []


def test_the_repository_names_no_place_of_one_machine() -> None:
    places = re.compile(r"(?<![\w.])/(?:work|root|home/\w+|Users/\w+)/")
    found = []
    for path in tracked_files():
        if path.suffix in {".onnx", ".png", ".jpg", ".mp4", ".lock"} or path == Path(__file__):
            continue
        text = path.read_text(encoding="utf-8", errors="ignore")
        found += [f"{path.relative_to(REPOSITORY)}: {match.group()}" for match in places.finditer(text)]
    assert found == []


def test_recordings_that_may_not_be_published_are_named_only_where_they_are_used() -> None:
    rooms_that_use_them = {"tests", "models", "benchmarks"}
    named = [
        str(path.relative_to(REPOSITORY))
        for path in tracked_files()
        if path.suffix in {".py", ".md", ".toml", ".yaml", ".yml", ".json"}
        and path.relative_to(REPOSITORY).parts[0] not in rooms_that_use_them
        and "../shared" in path.read_text(encoding="utf-8", errors="ignore")
    ]
    assert named == []


def test_every_decision_has_a_number_of_its_own_and_the_parts_that_a_reader_looks_for() -> None:
    pages = sorted((REPOSITORY / "docs" / "adr").glob("[0-9]*.md"))
    numbers = [path.name[:4] for path in pages]
    assert numbers == sorted(set(numbers))
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(path.name[:4])}. "), path.name
        for part in ("Date:", "Status:", "## Context", "## Decision", "## Consequences"):
            assert f"\n{part}" in text, f"{path.name} lacks {part}"


def test_documents_that_the_program_names_are_there() -> None:
    name = re.compile(r"docs/[a-z0-9/-]+\.(?:md|json)")
    sources = [path for path in tracked_files() if path.suffix in {".py", ".toml", ".yaml"}]
    named = {found for path in sources for found in name.findall(path.read_text(encoding="utf-8"))}
    assert sorted(found for found in named if not (REPOSITORY / found).is_file()) == []


def heading_names(page: Path) -> set[str]:
    """What a link to a part of a page ends with, as the sites that show these pages name their headings."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    plain = [re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower() for heading in headings]
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


def leads_somewhere(page: Path, target: str) -> bool:
    name, _, heading = target.partition("#")
    led_to = page.parent / name if name else page
    return led_to.exists() and (led_to.suffix != ".md" or not heading or heading in heading_names(led_to))


def test_links_between_documents_lead_somewhere() -> None:
    link = re.compile(r"\[[^\]]*\]\((?!https?:|mailto:)([^)\s]+)")
    broken = []
    for path in tracked_files():
        if path.suffix != ".md":
            continue
        targets = link.findall(path.read_text(encoding="utf-8"))
        missing = [target for target in targets if not leads_somewhere(path, target)]
        broken += [f"{path.relative_to(REPOSITORY)} -> {target}" for target in missing]
    assert broken == []
