"""Lights without their network are unknown, and the log says so once."""

import logging
from dataclasses import replace

import numpy as np
import pytest

from detectors.lamps.fit_network import NOTHING_SEEN, FitLook, LampFitNetwork
from detectors.lamps.looking import RegionPx
from domain.errors import DetectionError, ModelError
from domain.geometry import ImageBgr
from edge.networks.lamp_network import LAMP_FIT, SharedLampFit

PICTURE = np.zeros((40, 40, 3), np.uint8)
REGION = (10, 5, 20, 35)


def test_weights_that_are_absent_leave_every_light_unknown_and_are_told_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def absent() -> LampFitNetwork:
        raise ModelError("the weights of lamp-fit cannot be read")

    shared = SharedLampFit(absent)
    with caplog.at_level(logging.WARNING):
        assert [shared.look(PICTURE, REGION) for _ in range(3)] == [NOTHING_SEEN] * 3
    assert [record.action for record in caplog.records] == ["lamp_network_absent"]  # type: ignore[attr-defined]


class FailingTwice(LampFitNetwork):
    """Fails at two looks of three."""

    _looks = 0

    def look(self, picture_bgr: ImageBgr, region_px: RegionPx) -> FitLook:
        self._looks += 1
        if self._looks % 3:
            raise DetectionError("lamp-fit failed")
        return super().look(picture_bgr, region_px)


def test_a_look_that_fails_leaves_the_light_unknown_and_is_told_until_one_succeeds(
    caplog: pytest.LogCaptureFixture,
) -> None:
    shared = SharedLampFit(replace(LAMP_FIT, made=FailingTwice).open)
    with caplog.at_level(logging.WARNING):
        looks = [shared.look(PICTURE, REGION) for _ in range(6)]
    assert [look is NOTHING_SEEN for look in looks] == [True, True, False] * 2
    assert [record.action for record in caplog.records] == ["lamp_network_failed"] * 2  # type: ignore[attr-defined]
