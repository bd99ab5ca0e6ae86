"""The box file: read once at start, with every fault of it reported at its line."""

from pathlib import Path

from edge.configuration.settings import BoxSettings
from plumbing.yaml_documents import read_yaml, validated


def read_box_settings(path: Path) -> BoxSettings:
    """A box's settings; secrets and camera files are not looked at here.

    Raises:
        ConfigurationFaults: the file or a value in it is wrong; all at once.
    """
    return validated(read_yaml(path), BoxSettings)
