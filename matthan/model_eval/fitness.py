"""Whether a network fits its entry in the manifest: its hash, its shapes, and what it says to a picture of noise."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.lamps.fit_network import LampFitNetwork
from detectors.manifest import find_model, read_weights
from detectors.model_specs import DetectorSpec, HeadSpec, LampFitSpec, ModelSpec, PlateCornersSpec, SurfaceSpec
from detectors.onnx_detector import OnnxDetector
from detectors.plates.corners import PlateCorners, PlateShape
from detectors.plates.reader import PlatePicture
from detectors.riders.head_classifier import HeadClassifier
from detectors.sessions import open_session
from detectors.surface.network import STRIDE_PX, SurfaceNetwork
from domain.errors import DetectionError, MatThanError, ModelError, ModelIntegrityError
from domain.geometry import BoxPx, ImageBgr, SizeWh
from edge.networks.plate_networks import open_reader
from edge.networks.quantised_network import run_self_test

Run = Callable[[], object]
"""Lets a network look at one picture of its own size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitness:
    """What was found of one network."""

    spec: ModelSpec
    faults: tuple[str, ...]

    @property
    def fits(self) -> bool:
        """Whether the product can run it."""
        return not self.faults


def fitness(spec: ModelSpec, known: Sequence[ModelSpec] = ()) -> Fitness:
    """Try one network; never raises for what is wrong with it.

    Args:
        spec: of the network.
        known: networks among which the one stands that it may be the int8 form of.
    """
    faults = []
    try:
        read_weights(spec)
        trial(spec)()
        if isinstance(spec, DetectorSpec) and spec.quantised_of:
            faults.extend(_unlike(find_model(known, spec.quantised_of, DetectorSpec), spec))
    except MatThanError as error:
        faults.append(f"{error} | {_remedy(error)}")
    if not (spec.folder / spec.card).is_file():
        faults.append(f"its card {spec.card} is missing | say in a text file where the network and its data came from")
    return Fitness(spec=spec, faults=tuple(faults))


def _unlike(full: DetectorSpec, quantised: DetectorSpec) -> list[str]:
    agreement = run_self_test(full, quantised)
    if agreement.right:
        return []
    return [
        f"on this processor it does not see what {full.name} sees: {agreement} | no box of this kind looks with it; "
        "try another version of onnxruntime, and report this with the processor's name"
    ]


def _remedy(error: MatThanError) -> str:
    if isinstance(error, ModelIntegrityError):
        return "put the right file there, or if this one is meant, write its hash into the manifest"
    if isinstance(error, ModelError):
        return "put a readable ONNX file there"
    if isinstance(error, DetectionError):
        return "it runs but does not answer as its family does: choose another family or size, or export it anew"
    return "mend the entry in the manifest, or export the network anew"


def trial(spec: ModelSpec) -> Run:
    """Open a network as the product does, ready to look at noise; plate readers at a plate of each layout.

    Raises:
        ConfigurationError: it does not fit its entry.
        ModelError: the weight file is missing, another one, or cannot be run.
    """
    session = open_session(spec)
    if isinstance(spec, DetectorSpec):
        detector, picture_bgr = OnnxDetector(spec=spec, session=session), noise(*spec.input_wh)
        return lambda: detector.look([picture_bgr])
    if isinstance(spec, PlateCornersSpec):
        corners, plate_bgr = PlateCorners(spec=spec, session=session), noise(*spec.input_size_wh)
        return lambda: corners.locate(plate_bgr, _whole(spec.input_size_wh))
    if isinstance(spec, HeadSpec):
        heads, head_bgr = HeadClassifier(spec=spec, session=session), noise(*spec.input_size_wh)
        return lambda: heads.look(head_bgr, [_whole(spec.input_size_wh)])
    if isinstance(spec, SurfaceSpec):
        surface, crop_bgr = SurfaceNetwork(spec=spec, session=session), noise(2 * STRIDE_PX, STRIDE_PX)
        return lambda: surface.look(crop_bgr)
    if isinstance(spec, LampFitSpec):
        lamps, light_bgr = LampFitNetwork(spec=spec, session=session), noise(16, 48)
        return lambda: lamps.look(light_bgr, (4, 12, 12, 36))
    reader, plates = open_reader(spec), _plates()
    return lambda: reader.read(plates)


def noise(width_px: int, height_px: int) -> ImageBgr:
    """The same noise every time."""
    return np.random.default_rng(0).integers(0, 256, (height_px, width_px, 3)).astype(np.uint8)


def _whole(size_wh: SizeWh) -> BoxPx:
    return (0.0, 0.0, float(size_wh[0]), float(size_wh[1]))


def _plates() -> list[PlatePicture]:
    square = np.array([(0, 0), (96, 0), (96, 64), (0, 64)], np.float32)
    return [
        PlatePicture(
            picture_bgr=noise(96, 64), shape=PlateShape(corners_px=square, layout=layout, layout_confidence=1.0)
        )
        for layout in ("one_line", "two_lines")
    ]
