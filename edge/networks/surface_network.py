"""The network that looks at the ground of zones, opened when the first camera asks for it."""

import logging

from detectors.manifest import find_model, read_manifest, read_weights
from detectors.model_specs import SurfaceSpec
from detectors.sessions import open_session
from detectors.surface.network import SurfaceNetwork
from domain.errors import ConfigurationError, ModelError
from edge.networks.street_network import built_in_manifest

logger = logging.getLogger(__name__)

NAME = "surface"


def check_surface_network() -> None:
    """See that the weight file is the one that the manifest means, without opening it.

    Raises:
        ConfigurationError: the manifest is wrong.
        ModelError: the weight file is missing or another one.
    """
    read_weights(_spec())


def open_surface_network() -> SurfaceNetwork:
    """The network that came with this version, on the CPU.

    Raises:
        ConfigurationError: the manifest is wrong, or the network does not fit it.
        ModelError: the weight file is missing, another one, or cannot be run.
    """
    spec = _spec()
    return SurfaceNetwork(spec=spec, session=open_session(spec))


def _spec() -> SurfaceSpec:
    return find_model(read_manifest(built_in_manifest()), NAME, SurfaceSpec)


class SharedSurfaceNetwork:
    """One network for all cameras of a process; where it cannot be had they run on and know nothing of the ground."""

    def __init__(self) -> None:
        self._network: SurfaceNetwork | None = None
        self._tried = False

    def __call__(self) -> SurfaceNetwork | None:
        """The network; None where it cannot be had, which is logged once."""
        if not self._tried:
            self._tried = True
            try:
                self._network = open_surface_network()
            except (ConfigurationError, ModelError) as error:
                fields = {"action": "surface_network_absent", "reason": str(error)}
                logger.warning("The ground of zones cannot be looked at", extra=fields)
        return self._network
