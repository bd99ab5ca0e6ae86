"""The networks that read number plates: found by name in a manifest, checked, opened."""

from dataclasses import dataclass
from pathlib import Path

from detectors.manifest import find_model, read_manifest, read_weights
from detectors.model_specs import DetectorSpec, PlateCornersSpec, PlateReaderSpec
from detectors.onnx_detector import OnnxDetector
from detectors.plates.corners import PlateCorners
from detectors.plates.cuts import ReaderOfCuts
from detectors.plates.finder import PlateFinder
from detectors.plates.pipeline import PlatePipeline
from detectors.plates.rapidocr_reader import RapidOcrReader
from detectors.plates.reader import PlateReader, RowCtcReader
from detectors.sessions import open_session
from domain.plates.grammar import plate_grammar
from edge.configuration.settings import PlateSettings
from edge.networks.street_network import built_in_manifest


@dataclass(frozen=True, slots=True, kw_only=True)
class PlateNetworks:
    """The manifest's entries of one plate pipeline."""

    finder: DetectorSpec
    corners: PlateCornersSpec
    reader: PlateReaderSpec


def find_plate_networks(settings: PlateSettings, folder: Path) -> PlateNetworks:
    """The manifest's entries of the wanted networks.

    Args:
        settings: names the manifest and the networks.
        folder: a relative manifest path counts from here.

    Raises:
        ConfigurationError: the manifest is wrong, or lists no such network for the task.
    """
    specs = read_manifest(built_in_manifest() if settings.manifest_file is None else folder / settings.manifest_file)
    return PlateNetworks(
        finder=find_model(specs, settings.finder, DetectorSpec),
        corners=find_model(specs, settings.corners, PlateCornersSpec),
        reader=find_model(specs, settings.reader, PlateReaderSpec),
    )


def check_plate_networks(settings: PlateSettings, folder: Path) -> None:
    """See that the weight files are those that the manifest means, without opening them.

    Raises:
        ConfigurationError: the manifest is wrong, or lists no such network for the task.
        ModelError: a weight file is missing or another one.
    """
    if settings.enabled:
        networks = find_plate_networks(settings, folder)
        for spec in (networks.finder, networks.corners, networks.reader):
            read_weights(spec)


def open_plate_pipeline(settings: PlateSettings, folder: Path) -> PlatePipeline | None:
    """The networks that read plates, on the CPU; None where the settings switch reading off.

    Raises:
        ConfigurationError: the manifest is wrong, lists no such network for the task, or a network does not fit it.
        ModelError: a weight file is missing, another one, or cannot be run.
    """
    if not settings.enabled:
        return None
    networks = find_plate_networks(settings, folder)
    finder = OnnxDetector(spec=networks.finder, session=open_session(networks.finder))
    return PlatePipeline(
        finder=PlateFinder(finder),
        corners=PlateCorners(spec=networks.corners, session=open_session(networks.corners)),
        reader=open_reader(networks.reader),
        grammar=plate_grammar(),
    )


def open_reader(spec: PlateReaderSpec) -> PlateReader:
    """The reader of a family; our own reads each plate in several cuts, which costs RapidOCR's a tenth of a second.

    Raises:
        ConfigurationError: the network does not fit its entry in the manifest.
        ModelError: the weight file is missing, another one, or cannot be run.
    """
    if spec.family == "rapidocr-rec":
        return RapidOcrReader(spec=spec, session=open_session(spec))
    return ReaderOfCuts(RowCtcReader(spec=spec, session=open_session(spec)))
