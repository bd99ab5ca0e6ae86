"""The network that a box looks with: found by name in a manifest, checked, opened."""

from importlib import resources
from pathlib import Path

from detectors.manifest import find_model, read_manifest, read_weights
from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.sessions import open_session
from edge.configuration.settings import ModelSettings


def built_in_manifest() -> Path:
    """The manifest of the networks that came with this version, installed or in a checkout."""
    installed = Path(str(resources.files("edge"))) / "data" / "models" / "manifest.toml"
    return installed if installed.is_file() else Path(__file__).resolve().parents[2] / "models" / "manifest.toml"


def find_network(settings: ModelSettings, folder: Path) -> DetectorSpec:
    """The manifest's entry of the wanted network.

    Args:
        settings: names the manifest and the network.
        folder: a relative manifest path counts from here.

    Raises:
        ConfigurationError: the manifest is wrong or does not list the network.
    """
    path = built_in_manifest() if settings.manifest_file is None else folder / settings.manifest_file
    return find_model(read_manifest(path), settings.name, DetectorSpec)


def check_network(settings: ModelSettings, folder: Path) -> None:
    """See that the weight file is the one that the manifest means, without opening it.

    Raises:
        ConfigurationError: the manifest is wrong or does not list the network.
        ModelError: the weight file is missing or another one.
    """
    read_weights(find_network(settings, folder))


def open_network(settings: ModelSettings, folder: Path) -> OnnxDetector:
    """The detector of a box, shared by its cameras.

    Raises:
        ConfigurationError: manifest, name or execution provider are wrong.
        ModelError: the weight file is missing, another one, or cannot be run.
    """
    spec = find_network(settings, folder)
    session = open_session(spec, provider=settings.provider, threads=settings.threads)
    return OnnxDetector(
        spec=spec, session=session, score_threshold=settings.score_threshold, max_batch=settings.batch_size
    )
