"""Writes the package of a new rule: one that runs, with tests that pass, to be changed from there."""

import re
from importlib import resources
from pathlib import Path

from domain.errors import ConfigurationError, FileError
from rules.registry import RULES

_NAME = re.compile(r"[A-Z][A-Z0-9_]{1,40}")
_PLACES = re.compile("MODULE|NAME|CLASS")  # in one pass: the rule's own name may hold any of these words

# name in the template folder: place in the package; MODULE stands for the module's name
_FILES = {
    "pyproject.toml.txt": "pyproject.toml",
    "rule.py.txt": "MODULE.py",
    "test_rule.py.txt": "test_MODULE.py",
}


def write_package(name: str, folder: Path) -> Path:
    """Write the package.

    Args:
        name: of the rule, as camera files will name it.
        folder: in which the package's own folder is made.

    Returns:
        The package's folder.

    Raises:
        ConfigurationError: the name is no rule's, is taken, or its folder is there already.
        FileError: it cannot be written.
    """
    if not _NAME.fullmatch(name):
        raise ConfigurationError(
            f"a rule is called in capitals, digits and underscores, e.g. BUS_STOP_BLOCKED, got {name}"
        )
    if name in RULES:
        raise ConfigurationError(f"there is a rule {name} already: choose another name")
    module = f"matthan_{name.lower()}"
    made = folder / module.replace("_", "-")
    if made.exists():
        raise ConfigurationError(f"{made} is there already: move it away, or choose another folder with --in")
    words = {"MODULE": module, "NAME": name, "CLASS": name.title().replace("_", "")}
    templates = resources.files("matthan") / "rule_template"
    try:
        made.mkdir(parents=True)
        for template, place in _FILES.items():
            text = (templates / template).read_text(encoding="utf-8")
            target = made / place.replace("MODULE", module)
            target.write_text(_PLACES.sub(lambda match: words[match[0]], text), encoding="utf-8")
    except OSError as error:
        raise FileError(made, "written", error) from error
    return made
