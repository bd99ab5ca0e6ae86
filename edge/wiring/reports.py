"""A worker that looks at citizens' pictures, built."""

from collections.abc import Mapping
from pathlib import Path

from domain.errors import ConfigurationError
from edge.configuration.connections import centre_of
from edge.configuration.settings import ReportWorkerSettings
from edge.delivery.centre import CentreLine
from edge.networks.plate_networks import open_plate_pipeline
from edge.networks.street_network import open_network
from edge.reports.door import AnalysisDoor
from edge.reports.look import Look
from edge.reports.stills import decode_stills
from edge.reports.worker import ReportWorker
from edge.wiring.site import randomness
from plumbing.system_clock import SystemClock


def report_worker(settings: ReportWorkerSettings, *, folder: Path, environ: Mapping[str, str]) -> ReportWorker:
    """The worker; ``run`` works until it is asked to stop.

    Args:
        settings: of the worker.
        folder: the settings file's folder; relative paths count from here.
        environ: where the key may stand.

    Raises:
        ConfigurationError: the key or a network is missing or wrong, or plates are switched off.
        ModelError: a weight file cannot be used.
    """
    plates = open_plate_pipeline(settings.plates, folder)
    if plates is None:
        raise ConfigurationError("plates: a worker that reads no plates is of no use; leave enabled out")
    return ReportWorker(
        AnalysisDoor(CentreLine(centre_of(settings.centre, folder, environ))),
        look=Look(open_network(settings.model, folder), plates, SystemClock()),
        decode=decode_stills,
        randomness=randomness(),
    )
