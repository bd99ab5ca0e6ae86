"""The network that sees whether regions fit their traffic lights, opened when the first light is looked at."""

import logging

from detectors.lamps.fit_network import NOTHING_SEEN, FitLook, LampFitNetwork
from detectors.lamps.looking import RegionPx
from detectors.manifest import find_model, read_manifest, read_weights
from detectors.model_specs import LampFitSpec
from detectors.sessions import open_session
from domain.errors import ConfigurationError, DetectionError, ModelError
from domain.geometry import ImageBgr
from edge.networks.street_network import built_in_manifest

logger = logging.getLogger(__name__)

NAME = "lamp-fit"


def check_lamp_network() -> None:
    """See that the weight file is the one that the manifest means, without opening it.

    Raises:
        ConfigurationError: the manifest is wrong.
        ModelError: the weight file is missing or another one.
    """
    read_weights(_spec())


def open_lamp_network() -> LampFitNetwork:
    """The network that came with this version, on the CPU.

    Raises:
        ConfigurationError: the manifest is wrong, or the network does not fit it.
        ModelError: the weight file is missing, another one, or cannot be run.
    """
    spec = _spec()
    return LampFitNetwork(spec=spec, session=open_session(spec))


def _spec() -> LampFitSpec:
    return find_model(read_manifest(built_in_manifest()), NAME, LampFitSpec)


class SharedLampFit:
    """One network for all lights of a process; where it cannot be had or fails, no light is read, which is unknown."""

    def __init__(self) -> None:
        self._network: LampFitNetwork | None = None
        self._tried = self._failed = False

    def look(self, picture_bgr: ImageBgr, region_px: RegionPx) -> FitLook:
        """Look at one region; a failure is logged once until a look succeeds again."""
        if not self._tried:
            self._tried = True
            try:
                self._network = open_lamp_network()
            except (ConfigurationError, ModelError) as error:
                self._log("lamp_network_absent", error)
        if self._network is None:
            return NOTHING_SEEN
        try:
            look = self._network.look(picture_bgr, region_px)
        except DetectionError as error:
            if not self._failed:
                self._log("lamp_network_failed", error)
            self._failed = True
            return NOTHING_SEEN
        self._failed = False
        return look

    def _log(self, action: str, error: Exception) -> None:
        logger.warning("Traffic lights cannot be looked at", extra={"action": action, "reason": str(error)})
