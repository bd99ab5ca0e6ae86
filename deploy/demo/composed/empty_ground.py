"""What the box knows of the composed pavement before it starts: how its ground looks when nobody is there."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import cycle, islice

import numpy as np

from detectors.surface.bank_document import document_of
from detectors.surface.network import SurfaceNetwork
from detectors.surface.watch import SurfaceWatch
from detectors.surface.zone_bank import YOUNG_LOOKS, YOUNG_S
from domain.camera import CameraConfig
from domain.geometry import ImageBgr
from domain.seen.detections import Detections
from domain.seen.frame import BgrPicture, Frame
from domain.seen.view import ViewState


def learned_ground(
    camera: CameraConfig, pictures: Sequence[ImageBgr], *, network: SurfaceNetwork, until: datetime
) -> bytes:
    """The file from which a box knows how the ground of a camera's zones looks when it is empty.

    Args:
        camera: whose zones are looked at.
        pictures: of the empty street, in turn; at least one.
        network: what the box looks with.
        until: when the last look was.
    """
    watch = SurfaceWatch()
    nobody = Detections(
        boxes_xyxy_px=np.zeros((0, 4), np.float32),
        scores=np.zeros(0, np.float32),
        class_ids=np.zeros(0, np.int64),
        labels=(),
    )
    for number, image_bgr in enumerate(islice(cycle(pictures), YOUNG_LOOKS + 1)):
        frame = Frame(
            camera_id=camera.id,
            index=number,
            captured_at=until - timedelta(seconds=YOUNG_S) * (1 - number / YOUNG_LOOKS),
            clock_error_ms=None,
            picture=BgrPicture(image_bgr),
        )
        watch.see(frame, nobody, camera.zones, network=network, view=ViewState.SOUND)
    return document_of(watch, camera.id)
