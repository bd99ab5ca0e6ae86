"""What the manifest says of one network: its file, and how pictures go in and answers come out."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from domain.geometry import SizeWh
from domain.model_ref import ModelRef

DetectorFamily = Literal["yolo26-e2e", "yolov8", "yolox", "detr"]
ReaderFamily = Literal["row-ctc", "rapidocr-rec"]

_Share = Annotated[float, Field(ge=0.0, le=1.0)]
_Side = Annotated[int, Field(gt=0, le=4096)]  # pixels; the limit keeps a slip from filling the memory
_SizeField = Annotated[tuple[_Side, _Side], Field(strict=False)]


class MeasuredShare(BaseModel):
    """How often something that a network tells was right, counted by hand on pictures that it never learned from."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    right: Annotated[int, Field(ge=0)]
    of: Annotated[int, Field(gt=0)]  # what a person could not tell counts here too

    @model_validator(mode="after")
    def _is_a_share(self) -> Self:
        if self.right > self.of:
            msg = f"right must not be more than of, got {self.right} of {self.of}"
            raise ValueError(msg)
        return self


class _Spec(BaseModel):
    """What every network has."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    name: str
    file: str  # relative to the folder of the manifest
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    head: str = ""  # the output in words, for people
    color: Literal["rgb", "bgr"]
    scale: Annotated[float, Field(gt=0.0, strict=False)]  # from 0..255 to what the network wants
    licence: str
    card: str
    measured: dict[str, MeasuredShare] = {}  # by what is told, e.g. bare; rules that need more proof stay in shadow
    folder: Path = Path()  # where ``file`` and ``card`` are; set by the reader

    @property
    def path(self) -> Path:
        """The weight file."""
        return self.folder / self.file

    @property
    def ref(self) -> ModelRef:
        """Name and hash, for provenance."""
        return ModelRef(name=self.name, sha256=self.sha256)


class DetectorSpec(_Spec):
    """Finds objects in a picture."""

    task: Literal["detect"]
    family: DetectorFamily
    input_size_wh: _SizeField  # pixels
    stride: Annotated[int, Field(gt=0)] = 32
    pad_value: Annotated[int, Field(ge=0, le=255)]
    labels: Annotated[tuple[str, ...], Field(strict=False, min_length=1)]
    score_threshold: _Share
    iou_threshold: _Share
    quantised_of: str = ""  # the network that this one is the int8 form of: used in its place where both see the same

    @model_validator(mode="after")
    def _fits_its_stride(self) -> Self:
        if any(side % self.stride for side in self.input_size_wh):
            msg = f"input_size_wh must be positive multiples of the stride {self.stride}, got {self.input_size_wh}"
            raise ValueError(msg)
        if len(set(self.labels)) != len(self.labels):
            msg = "labels must differ from one another"
            raise ValueError(msg)
        return self

    @property
    def input_wh(self) -> SizeWh:
        """Width and height of the network's input in pixels."""
        return self.input_size_wh


class PlateCornersSpec(_Spec):
    """Finds a plate's four corners and its number of lines in a crop that is stretched to the input."""

    task: Literal["plate-corners"]
    family: Literal["corner-regression"]
    input_size_wh: _SizeField  # pixels


class PlateReaderSpec(_Spec):
    """Reads a plate that is set straight."""

    task: Literal["plate-read"]
    family: ReaderFamily
    alphabet: str = ""  # row-ctc: the characters in the order of the output, after the blank
    one_line_wh: _SizeField = (128, 32)  # pixels; row-ctc: plates are stretched to it
    two_lines_wh: _SizeField = (96, 64)
    temperature: Annotated[float, Field(gt=0.0, strict=False)] = 1.0  # logits are divided by it: calibration

    @model_validator(mode="after")
    def _knows_its_characters(self) -> Self:
        if (self.family == "row-ctc") != bool(self.alphabet):
            msg = "family row-ctc needs an alphabet; rapidocr-rec brings its own in the file, so give none"
            raise ValueError(msg)
        if len(set(self.alphabet)) != len(self.alphabet):
            msg = "the characters of the alphabet must differ from one another"
            raise ValueError(msg)
        return self


class HeadSpec(_Spec):
    """Tells what somebody wears on the head, in a square crop that is stretched to the input."""

    task: Literal["heads"]
    family: Literal["head-classifier"]
    input_size_wh: _SizeField  # pixels
    labels: Annotated[tuple[str, ...], Field(strict=False, min_length=2)]  # in the order of the output
    temperature: Annotated[float, Field(gt=0.0, strict=False)] = 1.0  # logits are divided by it: calibration
    # By label: a head whose likeliest label is less likely is unknown. To say bare accuses, to say helmet excuses.
    least_confidence: dict[str, _Share]

    @model_validator(mode="after")
    def _labels_differ(self) -> Self:
        if len(set(self.labels)) != len(self.labels):
            msg = "labels must differ from one another"
            raise ValueError(msg)
        wanted = set(self.labels) - {"cannot_tell"}
        if set(self.least_confidence) != wanted:
            msg = f"least_confidence must name each of {', '.join(sorted(wanted))} and nothing else, as in helmet = 0.6"
            raise ValueError(msg)
        return self


class SurfaceSpec(_Spec):
    """Tells how the ground looks, block by block, in a crop of any size."""

    task: Literal["surface"]
    family: Literal["block-vectors"]
    block_px: Annotated[int, Field(gt=0)]  # side of a block in the crop
    channels: Annotated[int, Field(gt=0)]  # numbers of a block, a vector of length 1


class LampFitSpec(_Spec):
    """Sees whether a region fits a traffic light, and what it shows."""

    task: Literal["lamp-fit"]
    family: Literal["fit-and-state"]
    least_here: _Share  # chance of a light in its place below which no state is believed
    least_shown: _Share  # chance of the state itself, likewise


ModelSpec = DetectorSpec | PlateCornersSpec | PlateReaderSpec | HeadSpec | SurfaceSpec | LampFitSpec

SPEC_OF_TASK: dict[str, type[ModelSpec]] = {
    "detect": DetectorSpec,
    "plate-corners": PlateCornersSpec,
    "plate-read": PlateReaderSpec,
    "heads": HeadSpec,
    "surface": SurfaceSpec,
    "lamp-fit": LampFitSpec,
}
