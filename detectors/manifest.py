"""The manifest of networks: what every weight file needs, and whether the file is the one that is meant."""

import hashlib
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

from pydantic import ValidationError

from detectors.model_specs import SPEC_OF_TASK, ModelSpec
from domain.errors import ConfigurationError, ConfigurationFaults, Fault, ModelError, ModelIntegrityError
from plumbing.text_files import read_text_file

Spec = TypeVar("Spec", bound=ModelSpec)


def read_manifest(path: Path) -> tuple[ModelSpec, ...]:
    """Read every entry of a manifest.

    Args:
        path: the TOML file; weight files are looked for relative to its folder.

    Raises:
        ConfigurationFaults: the file is no manifest; every fault is named with its place.
        ConfigurationError: the file cannot be read.
    """
    try:
        text = read_text_file(path)
    except (OSError, UnicodeDecodeError) as e:
        msg = f"the model manifest {path} cannot be read: {e}"
        raise ConfigurationError(msg) from e
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as e:
        raise ConfigurationFaults((_fault(path, None, "", f"not valid TOML: {e}", "mend the syntax"),)) from e
    return _specs(path, text, content)


def _specs(path: Path, text: str, content: dict[str, Any]) -> tuple[ModelSpec, ...]:
    faults = [
        _fault(path, _line_of(text, None, key), key, "unknown table", "the manifest holds [[model]] tables only")
        for key in content
        if key != "model"
    ]
    entries = content.get("model", [])
    if not isinstance(entries, list) or not entries:
        faults.append(_fault(path, None, "model", "no network is listed", "add a [[model]] table"))
        entries = []
    specs: list[ModelSpec] = []
    for index, entry in enumerate(entries):
        kind = SPEC_OF_TASK.get(str(entry.get("task")))
        if kind is None:
            faults.append(
                _fault(
                    path,
                    _line_of(text, index, "task"),
                    f"model[{index}].task",
                    f"the task is {entry.get('task')!r}",
                    f"tasks: {', '.join(SPEC_OF_TASK)}",
                )
            )
            continue
        try:
            specs.append(kind(**{**entry, "folder": path.parent}))
        except ValidationError as e:
            faults.extend(_entry_faults(path, text, index, kind, e))
    names = [spec.name for spec in specs]
    faults.extend(
        _fault(path, None, "model", f"the name {name!r} is used twice", "give every network its own name")
        for name in sorted({name for name in names if names.count(name) > 1})
    )
    if faults:
        raise ConfigurationFaults(tuple(faults))
    return tuple(specs)


def _entry_faults(path: Path, text: str, index: int, kind: type[ModelSpec], error: ValidationError) -> list[Fault]:
    faults = []
    for detail in error.errors():
        keys = [str(part) for part in detail["loc"]]
        key = keys[0] if keys else ""
        where = ".".join([f"model[{index}]", *keys])
        remedy = _remedy(kind, key, detail["type"])
        faults.append(_fault(path, _line_of(text, index, key), where, detail["msg"], remedy))
    return faults


def _remedy(kind: type[ModelSpec], key: str, fault: str) -> str:
    if fault == "extra_forbidden":
        return f"known keys: {', '.join(name for name in kind.model_fields if name != 'folder')}"
    if fault == "missing":
        return "add the key"
    if key == "family":
        return f"supported families: {', '.join(get_args(kind.model_fields['family'].annotation))}"
    return "see the comments at the top"


def _fault(path: Path, line: int | None, where: str, problem: str, remedy: str) -> Fault:
    return Fault(file=str(path), line=line, where=where, problem=problem, remedy=remedy)


def _line_of(text: str, entry: int | None, key: str) -> int | None:
    """Line of a key in the n-th [[model]] table, or of the table itself."""
    seen, table_line = -1, None
    for number, line in enumerate(text.splitlines(), start=1):
        stripped = line.strip()
        if stripped.startswith("[[model]]"):
            seen += 1
            table_line = number if seen == entry else table_line
        named = stripped.split("=")[0].strip(" []\"'")
        if key and named == key and (entry is None or seen == entry):
            return number
    return table_line


def find_model(specs: Sequence[ModelSpec], name: str, kind: type[Spec]) -> Spec:
    """The network of a name, of the kind that is needed.

    Raises:
        ConfigurationError: there is none; the message lists those there are.
    """
    fitting = [spec for spec in specs if isinstance(spec, kind)]
    for spec in fitting:
        if spec.name == name:
            return spec
    there = ", ".join(sorted(spec.name for spec in fitting)) or "none"
    task = next(task for task, known in SPEC_OF_TASK.items() if known is kind)
    msg = f"no network for the task {task!r} is called {name!r}; the manifest lists {there}"
    raise ConfigurationError(msg)


def read_weights(spec: ModelSpec) -> bytes:
    """The weight file, if it is the one that the manifest means; what was checked is what is returned.

    Raises:
        ModelError: the file cannot be read.
        ModelIntegrityError: its hash is another one.
    """
    try:
        content = spec.path.read_bytes()
    except OSError as e:
        msg = f"the weights of {spec.name} cannot be read from {spec.path}: {e.strerror or e}"
        raise ModelError(msg) from e
    found = hashlib.sha256(content).hexdigest()
    if found != spec.sha256:
        msg = f"{spec.path} is not the file that the manifest names for {spec.name}: sha256 {found}, not {spec.sha256}"
        raise ModelIntegrityError(msg)
    return content
