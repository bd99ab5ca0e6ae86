"""Camera files: read, checked against the rules that they name, and every fault reported at its line."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from domain.camera import CameraConfig
from domain.errors import ConfigurationError, ConfigurationFaults, Fault
from plumbing.yaml_documents import Place, YamlDocument, read_yaml, validated
from rules.registry import rule_problems


def read_camera_file(path: Path) -> CameraConfig:
    """One camera's configuration, ready to run.

    Raises:
        ConfigurationFaults: the file, a value, or a rule's use is wrong; all at once.
    """
    document = read_yaml(path)
    camera = validated(document, CameraConfig)
    faults = tuple(fault for index in range(len(camera.rules)) for fault in _rule_faults(document, camera, index))
    if faults:
        raise ConfigurationFaults(faults)
    return camera


def read_camera_files(paths: Iterable[Path]) -> Mapping[str, CameraConfig | ConfigurationError]:
    """Every file's camera, or what is wrong with the file; two files must not name the same camera.

    Returns:
        By path, in order. Of files with the same camera id none is given.
    """
    answers: dict[str, CameraConfig | ConfigurationError] = {}
    for path in paths:
        try:
            answers[str(path)] = read_camera_file(path)
        except ConfigurationError as error:
            answers[str(path)] = error
    ids = {name: answer.id for name, answer in answers.items() if isinstance(answer, CameraConfig)}
    for name, camera_id in ids.items():
        others = [other for other, other_id in ids.items() if other != name and other_id == camera_id]
        if others:
            answers[name] = _used_twice(Path(name), camera_id, others)
    return answers


def find_camera_files(patterns: Iterable[str], folder: Path) -> tuple[Path, ...]:
    """The files that patterns mean, each once, in order of name within a pattern.

    Args:
        patterns: paths or patterns such as ``cameras/*.yaml``, relative to ``folder`` or absolute.
        folder: the folder of the file that holds the patterns.

    Raises:
        ConfigurationError: a pattern finds nothing.
    """
    found: dict[Path, None] = {}
    for pattern in patterns:
        base, relative = _split(pattern, folder)
        paths = sorted(base.glob(relative)) if relative else [base]
        if not paths or (relative and not any(path.is_file() for path in paths)):
            raise ConfigurationError(f"cameras: {pattern} finds no file under {folder}; write the camera's file first")
        found.update(dict.fromkeys(paths))
    return tuple(found)


def _split(pattern: str, folder: Path) -> tuple[Path, str]:
    """A path that is certain, and the pattern below it; the pattern is empty where there is no wildcard."""
    parts = (folder / pattern).parts
    wild = next((i for i, part in enumerate(parts) if any(sign in part for sign in "*?[")), len(parts))
    return Path(*parts[:wild]), "/".join(parts[wild:])


def _rule_faults(document: YamlDocument, camera: CameraConfig, index: int) -> Iterable[Fault]:
    for problem in rule_problems(camera, camera.rules[index]):
        place: Place = ("rules", index)
        if problem.parameter:
            place = (*place, "parameters", *problem.parameter.split("."))
        yield document.fault(place, problem.problem, problem.remedy)


def _used_twice(path: Path, camera_id: str, others: list[str]) -> ConfigurationFaults:
    fault = read_yaml(path).fault(
        ("id",), f"camera {camera_id} stands in {', '.join(others)} too", "give every camera an id of its own"
    )
    return ConfigurationFaults((fault,))
