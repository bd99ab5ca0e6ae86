"""What is drawn on a camera's still, read from its file and written back: comments and everything else stay."""

import os
from collections.abc import Mapping
from io import StringIO
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from domain.camera import CameraConfig
from domain.camera_drawing import Drawing
from domain.errors import ConfigurationError, ConfigurationFaults, Fault
from domain.fleet.camera_reports import drawing_of
from edge.configuration.camera_files import read_camera_file
from matthan.drawing.mistakes import drawing_mistakes
from plumbing.yaml_documents import YamlDocument, read_yaml, validated

_ACROSS = frozenset(
    {
        *("polygon_norm", "direction_norm", "points_norm", "beyond_norm", "lamp_region_norm", "image_norm", "road_m"),
        *("open_to", "banned_for"),
    }
)


def read_drawing(path: Path) -> Drawing:
    """What a camera's file places in the picture; rules may still be wrong.

    Raises:
        ConfigurationFaults: the file is wrong, each fault with its line.
    """
    camera = validated(read_yaml(path), CameraConfig)
    return drawing_of(camera)


def named_by(path: Path) -> dict[str, list[str]]:
    """Which rules' parameters name what is drawn: by its id, e.g. ``{"kerb": ["PARK_PAVEMENT zones"]}``.

    Raises:
        ConfigurationFaults: the file is wrong, each fault with its line.
    """
    camera = validated(read_yaml(path), CameraConfig)
    drawn = {zone.id for zone in camera.zones} | {line.id for line in camera.lines}
    drawn |= {movement.id for movement in camera.movements}
    naming: dict[str, list[str]] = {}
    for use in camera.rules:
        for parameter, value in use.parameters.items():
            for name in drawn.intersection(str(each) for each in (value if isinstance(value, list) else [value])):
                naming.setdefault(name, []).append(f"{use.rule} {parameter}")
    return naming


def write_drawing(path: Path, drawing: Drawing) -> tuple[int, tuple[Fault, ...]]:
    """Put a drawing into a camera's file and raise the file's version; an unchanged drawing changes nothing.

    Args:
        path: the camera's file.
        drawing: what it is to hold from now on.

    Returns:
        The file's version, what its rules still lack (a zone that a rule names may not be drawn yet), and the
        drawing's mistakes.

    Raises:
        ConfigurationFaults: the camera would be wrong with it; the file is as it was.
        ConfigurationError: the file cannot be written.
    """
    before = validated(read_yaml(path), CameraConfig)
    if read_drawing(path) == drawing:
        return before.version, _still_wrong(path)
    yaml = YAML(typ="rt")
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    try:
        document = yaml.load(path.read_text("utf-8"))
        _put(document, drawing, before.version + 1)
        text = StringIO()
        yaml.dump(document, text)
        _check(path, document)
        _replace(path, text.getvalue())
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written ({error.strerror}); check who may write there") from error
    return before.version + 1, _still_wrong(path)


def _put(document: CommentedMap, drawing: Drawing, version: int) -> None:
    document["version"] = version
    document["reference_still_wh"] = _flow(list(drawing.reference_still_wh))
    for name in ("zones", "lines", "movements", "signals", "ground_points"):
        items: tuple[BaseModel, ...] = getattr(drawing, name)
        if items or name in document:
            document[name] = _merged(document.get(name), items)


def _merged(old: Any, items: tuple[BaseModel, ...]) -> CommentedSeq:
    """The new items; one whose id was there before keeps its comments, its order of keys, and what did not change."""
    before = {item["id"]: item for item in old or () if isinstance(item, CommentedMap) and "id" in item}
    merged = CommentedSeq()
    for item in items:
        whole, given = item.model_dump(mode="json"), item.model_dump(mode="json", exclude_defaults=True)
        kept = before.get(whole.get("id", ""), CommentedMap())
        for key in [key for key in kept if key not in given and kept[key] != whole.get(key)]:
            del kept[key]
        for key, value in given.items():
            if key not in kept or _plain(kept[key]) != value:
                kept[key] = _flow(value) if key in _ACROSS else value
        merged.append(kept)
    return merged


def _flow(value: list[Any]) -> CommentedSeq:
    """A list on one line, with shares of the picture to four decimals."""
    seq = CommentedSeq([_flow(part) if isinstance(part, list) else _rounded(part) for part in value])
    seq.fa.set_flow_style()
    return seq


def _rounded(value: Any) -> Any:
    return round(value, 4) if isinstance(value, float) else value


def _check(path: Path, document: CommentedMap) -> None:
    """Refuse what would be no camera any more, before anything is written.

    Raises:
        ConfigurationFaults: every fault at once.
    """
    validated(YamlDocument(path=path, content=_plain(document), lines={}), CameraConfig)


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    return [_plain(each) for each in value] if isinstance(value, list) else value


def _replace(path: Path, text: str) -> None:
    """Write the whole file beside and put it in place at once, so that a running box never reads half of it."""
    beside = path.with_name(f".{path.name}.new")
    with beside.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    beside.chmod(path.stat().st_mode & 0o777)
    beside.replace(path)


def _still_wrong(path: Path) -> tuple[Fault, ...]:
    """What rules lack, and what is or may be wrong with the drawing."""
    document = read_yaml(path)
    camera = validated(document, CameraConfig)
    mistakes = tuple(document.fault(item.place, item.problem, item.remedy) for item in drawing_mistakes(camera))
    try:
        read_camera_file(path)
    except ConfigurationFaults as error:
        return (*error.faults, *mistakes)
    return mistakes
