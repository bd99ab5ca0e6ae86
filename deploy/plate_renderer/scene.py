"""Put a plate onto a vehicle of a picture that is there already."""

from dataclasses import replace

import numpy as np

from deploy.plate_renderer.artwork import PlateImage
from deploy.plate_renderer.camera import Photograph, laid_in, posed_corners
from domain.geometry import ImageBgr


def mounted(
    picture_bgr: ImageBgr,
    plate_image: PlateImage,
    rng: np.random.Generator,
    *,
    centre_px: tuple[float, float],
    plate_width_px: float,
    severity: float = 0.0,
    light: float = 1.0,
) -> Photograph:
    """Mount a plate at a place of a picture, turned a little as a real one would be.

    The picture's own lens and noise are not imitated: a caller who wants them sends the result through
    ``sensor.exposed``.

    Args:
        picture_bgr: The vehicle (H, W, 3); it is not written to.
        plate_image: The flat plate.
        rng: Where the pose comes from.
        centre_px: Where the plate's middle goes.
        plate_width_px: Width of the plate's upper edge before it is turned.
        severity: 0..1: how far the plate is turned.
        light: How bright the plate is beside its artwork; about the mean of a white surface there over 255.
    """
    corners = posed_corners(plate_image, rng, severity, plate_width_px) + np.array(centre_px, np.float32)
    lit = np.clip(plate_image.image_bgr * light, 0, 255).astype(np.uint8)
    return Photograph(
        image_bgr=laid_in(replace(plate_image, image_bgr=lit), corners, picture_bgr),
        corners_px=corners,
        text=plate_image.plate.text,
        layout=plate_image.plate.layout,
        kind=plate_image.plate.kind,
    )
