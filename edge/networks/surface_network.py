"""The network that looks at the ground of zones."""

from collections.abc import Callable

from detectors.model_specs import SurfaceSpec
from detectors.surface.network import SurfaceNetwork
from edge.networks.built_in import BuiltInNetwork, OpenedOnce

SURFACE = BuiltInNetwork(name="surface", kind=SurfaceSpec, made=SurfaceNetwork)


def shared_surface_network(open_network: Callable[[], SurfaceNetwork] = SURFACE.open) -> OpenedOnce[SurfaceNetwork]:
    """One network for all cameras of a process; where it cannot be had they run on and know nothing of the ground."""
    return OpenedOnce(open_network, ("The ground of zones cannot be looked at", "surface_network_absent"))
