"""The network that tells heads of riders apart: found by name in a manifest, checked, opened; and what was measured."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from detectors.manifest import find_model, read_manifest, read_weights
from detectors.model_specs import HeadSpec, ModelSpec
from detectors.riders.head_classifier import HeadClassifier
from detectors.sessions import open_session
from domain.cases.precision import Precision
from edge.configuration.settings import HeadSettings, ModelSettings
from edge.networks.street_network import built_in_manifest


def find_head_network(settings: HeadSettings, folder: Path) -> HeadSpec:
    """The manifest's entry of the wanted network.

    Args:
        settings: names the manifest and the network.
        folder: a relative manifest path counts from here.

    Raises:
        ConfigurationError: the manifest is wrong, or lists no such network for the task.
    """
    return find_model(_specs(settings.manifest_file, folder), settings.name, HeadSpec)


def check_head_network(settings: HeadSettings, folder: Path) -> None:
    """See that the weight file is the one that the manifest means, without opening it.

    Raises:
        ConfigurationError: the manifest is wrong, or lists no such network for the task.
        ModelError: the weight file is missing or another one.
    """
    read_weights(find_head_network(settings, folder))


def open_head_network(settings: HeadSettings, folder: Path) -> HeadClassifier:
    """The network, on the CPU, for all cameras of a box.

    Raises:
        ConfigurationError: the manifest is wrong, lists no such network for the task, or the network does not fit it.
        ModelError: the weight file is missing, another one, or cannot be run.
    """
    spec = find_head_network(settings, folder)
    return HeadClassifier(spec=spec, session=open_session(spec))


def measured_figures(model: ModelSettings, heads: HeadSettings, folder: Path) -> dict[str, Mapping[str, Precision]]:
    """What the manifests say was measured of the weights that look, by sha256 and by what they tell.

    Raises:
        ConfigurationError: a manifest is wrong.
    """
    return figures_of((*_specs(model.manifest_file, folder), *_specs(heads.manifest_file, folder)))


def figures_of(specs: Iterable[ModelSpec]) -> dict[str, Mapping[str, Precision]]:
    """The measured figures of some networks."""
    return {
        spec.sha256: {told: Precision(right=share.right, judged=share.of) for told, share in spec.measured.items()}
        for spec in specs
    }


def _specs(manifest_file: str | None, folder: Path) -> tuple[ModelSpec, ...]:
    return read_manifest(built_in_manifest() if manifest_file is None else folder / manifest_file)
