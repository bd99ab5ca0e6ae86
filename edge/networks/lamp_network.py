"""The network that sees whether regions fit their traffic lights."""

import logging
from collections.abc import Callable

from detectors.lamps.fit_network import NOTHING_SEEN, FitLook, LampFitNetwork
from detectors.lamps.looking import RegionPx
from detectors.model_specs import LampFitSpec
from domain.errors import DetectionError
from domain.geometry import ImageBgr
from edge.networks.built_in import BuiltInNetwork, OpenedOnce

logger = logging.getLogger(__name__)

LAMP_FIT = BuiltInNetwork(name="lamp-fit", kind=LampFitSpec, made=LampFitNetwork)
_SENTENCE = "Traffic lights cannot be looked at"


class SharedLampFit:
    """One network for all lights of a process; where it cannot be had or fails, no light is read, which is unknown.

    Args:
        open_network: opens it, at the first look.
    """

    def __init__(self, open_network: Callable[[], LampFitNetwork] = LAMP_FIT.open) -> None:
        self._network = OpenedOnce(open_network, (_SENTENCE, "lamp_network_absent"))
        self._failed = False

    def look(self, picture_bgr: ImageBgr, region_px: RegionPx) -> FitLook:
        """Look at one region; a failure is logged once until a look succeeds again."""
        network = self._network()
        if network is None:
            return NOTHING_SEEN
        try:
            look = network.look(picture_bgr, region_px)
        except DetectionError as error:
            if not self._failed:
                logger.warning(_SENTENCE, extra={"action": "lamp_network_failed", "reason": str(error)})
            self._failed = True
            return NOTHING_SEEN
        self._failed = False
        return look
