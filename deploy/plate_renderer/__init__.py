"""Render every lawful Vietnamese number plate and photograph it with a simulated camera.

All randomness comes from a passed ``numpy.random.Generator``: the same seed gives the same bytes.
"""

from deploy.plate_renderer.artwork import PlateImage, draw, fitting_scale
from deploy.plate_renderer.camera import Photograph, photograph
from deploy.plate_renderer.formats import PlateText, kind_weights, sample_plate
from deploy.plate_renderer.scene import mounted

__all__ = [
    "Photograph",
    "PlateImage",
    "PlateText",
    "draw",
    "fitting_scale",
    "kind_weights",
    "mounted",
    "photograph",
    "sample_plate",
]
