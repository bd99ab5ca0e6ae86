"""The manifest of networks: what every weight file needs, and whether the file is the one that is meant."""

import hashlib
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from domain.case import ModelRef
from domain.errors import ConfigurationError, ConfigurationFaults, Fault, ModelError, ModelIntegrityError
from domain.geometry import SizeWh

Family = Literal["yolo26-e2e", "yolov8", "yolox"]
FAMILIES: tuple[str, ...] = get_args(Family)

_Share = Annotated[float, Field(ge=0.0, le=1.0)]


class ModelSpec(BaseModel):
    """One network: its file, and how pictures go in and boxes come out."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    file: str  # relative to the folder of the manifest
    task: str  # "detect" finds objects
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    family: Family
    head: str = ""  # the output in words, for people
    input_size_wh: Annotated[tuple[int, int], Field(strict=False)]  # pixels
    stride: Annotated[int, Field(gt=0)] = 32
    color: Literal["rgb", "bgr"]
    scale: Annotated[float, Field(gt=0.0, strict=False)]  # from 0..255 to what the network wants
    pad_value: Annotated[int, Field(ge=0, le=255)]
    labels: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    score_threshold: _Share
    iou_threshold: _Share
    licence: str
    card: str
    folder: Path = Path()  # where ``file`` and ``card`` are; set by the reader

    @model_validator(mode="after")
    def _fits_its_stride(self) -> Self:
        if any(side <= 0 or side % self.stride for side in self.input_size_wh):
            msg = f"input_size_wh must be positive multiples of the stride {self.stride}, got {self.input_size_wh}"
            raise ValueError(msg)
        if len(set(self.labels)) != len(self.labels):
            msg = "labels must differ from one another"
            raise ValueError(msg)
        return self

    @property
    def path(self) -> Path:
        """The weight file."""
        return self.folder / self.file

    @property
    def ref(self) -> ModelRef:
        """Name and hash, for provenance."""
        return ModelRef(name=self.name, sha256=self.sha256)

    @property
    def input_wh(self) -> SizeWh:
        """Width and height of the network's input in pixels."""
        return self.input_size_wh


def read_manifest(path: Path) -> tuple[ModelSpec, ...]:
    """Read every entry of a manifest.

    Args:
        path: the TOML file; weight files are looked for relative to its folder.

    Raises:
        ConfigurationFaults: the file is no manifest; every fault is named with its place.
        ConfigurationError: the file cannot be read.
    """
    try:
        text = path.read_text(encoding="utf-8")
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
        try:
            specs.append(ModelSpec(**{**entry, "folder": path.parent}))
        except ValidationError as e:
            faults.extend(_entry_faults(path, text, index, e))
    names = [spec.name for spec in specs]
    faults.extend(
        _fault(path, None, "model", f"the name {name!r} is used twice", "give every network its own name")
        for name in sorted({name for name in names if names.count(name) > 1})
    )
    if faults:
        raise ConfigurationFaults(tuple(faults))
    return tuple(specs)


def _entry_faults(path: Path, text: str, index: int, error: ValidationError) -> list[Fault]:
    faults = []
    for detail in error.errors():
        keys = [str(part) for part in detail["loc"]]
        key = keys[0] if keys else ""
        where = ".".join([f"model[{index}]", *keys])
        remedy = _REMEDIES.get((key, detail["type"])) or _REMEDIES.get(
            ("", detail["type"]), "see the comments at the top"
        )
        faults.append(_fault(path, _line_of(text, index, key), where, detail["msg"], remedy))
    return faults


_REMEDIES = {
    ("family", "literal_error"): f"supported families: {', '.join(FAMILIES)}",
    ("", "extra_forbidden"): f"known keys: {', '.join(name for name in ModelSpec.model_fields if name != 'folder')}",
    ("", "missing"): "add the key",
}


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


def find_model(specs: Sequence[ModelSpec], name: str) -> ModelSpec:
    """The network of a name.

    Raises:
        ConfigurationError: there is none; the message lists those there are.
    """
    for spec in specs:
        if spec.name == name:
            return spec
    msg = f"no network is called {name!r}; the manifest lists {', '.join(sorted(spec.name for spec in specs))}"
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
