"""The files of a box or worker: read once at start, with every fault of them reported at its line."""

from pathlib import Path

from edge.configuration.settings import BoxSettings, ReportWorkerSettings
from plumbing.yaml_documents import read_yaml, validated


def read_box_settings(path: Path) -> BoxSettings:
    """A box's settings; secrets and camera files are not looked at here.

    Raises:
        ConfigurationFaults: the file or a value in it is wrong; all at once.
    """
    return validated(read_yaml(path), BoxSettings)


def read_worker_settings(path: Path) -> ReportWorkerSettings:
    """Settings of a worker that looks at citizens' pictures.

    Raises:
        ConfigurationFaults: the file or a value in it is wrong; all at once.
    """
    return validated(read_yaml(path), ReportWorkerSettings)
