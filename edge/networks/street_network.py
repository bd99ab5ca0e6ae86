"""The network that a box looks with: found by name in a manifest, checked, opened."""

from importlib import resources
from pathlib import Path

from detectors.manifest import find_model, read_manifest
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.sessions import open_session
from edge.configuration.settings import ModelSettings


def built_in_manifest() -> Path:
    """The manifest of the networks that came with this version, installed or in a checkout."""
    installed = Path(str(resources.files("edge"))) / "data" / "models" / "manifest.toml"
    return installed if installed.is_file() else Path(__file__).resolve().parents[2] / "models" / "manifest.toml"


def manifest_of(settings: ModelSettings, folder: Path) -> Path:
    """The manifest that settings mean; a relative path counts from the folder."""
    return built_in_manifest() if settings.manifest_file is None else folder / settings.manifest_file


def find_network(settings: ModelSettings, folder: Path) -> DetectorSpec:
    """The manifest's entry of the wanted network.

    Args:
        settings: names the manifest and the network.
        folder: a relative manifest path counts from here.

    Raises:
        ConfigurationError: the manifest is wrong or does not list the network.
    """
    return find_model(read_manifest(manifest_of(settings, folder)), settings.name, DetectorSpec)


def open_network(settings: ModelSettings, folder: Path) -> OnnxDetector:
    """The detector of the name that the settings give, whatever other form of it there is.

    Raises:
        ConfigurationError: manifest, name or execution provider are wrong.
        ModelError: the weight file is missing, another one, or cannot be run.
    """
    return open_detector(find_network(settings, folder), settings)


def open_detector(spec: DetectorSpec, settings: ModelSettings) -> OnnxDetector:
    """A network opened as the settings say.

    Raises:
        ConfigurationError: the execution provider is not there, or the network does not fit its entry.
        ModelError: the weight file is missing, another one, or cannot be run.
    """
    session = open_session(spec, provider=settings.provider, threads=settings.threads)
    return OnnxDetector(
        spec=spec, session=session, score_threshold=settings.score_threshold, max_batch=settings.batch_size
    )
