"""The camera model: pose, light, weather, lens, sensor and compression turn flat artwork into a photograph."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.plate_renderer.artwork import PlateImage
from deploy.plate_renderer.background import synthetic_background
from deploy.plate_renderer.formats import Layout
from deploy.plate_renderer.sensor import exposed, through_the_air
from domain.geometry import ImageBgr

OVERSAMPLING = 2  # samples per pixel and axis when the plate is laid into the picture


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Photograph:
    """A picture of one plate and what is true about it."""

    image_bgr: ImageBgr  # (H, W, 3)
    corners_px: NDArray[np.float32]  # (4, 2) of the plate, TL, TR, BR, BL, in pixel-edge coordinates
    text: str
    layout: Layout
    kind: str


def photograph(
    plate_image: PlateImage,
    rng: np.random.Generator,
    size_wh: tuple[int, int],
    background_bgr: ImageBgr | None = None,
    *,
    severity: float,
    plate_width_px: float,
) -> Photograph:
    """Photograph one plate.

    Args:
        plate_image: The flat plate.
        rng: Where all randomness comes from.
        size_wh: Size of the picture in pixels.
        background_bgr: What lies behind the plate; scaled to the picture. None draws parts of a vehicle.
        severity: 0 is a sharp frontal picture in good light, 1 the worst that is still of use for training.
        plate_width_px: Width of the plate's upper edge in the picture before it is turned.

    Raises:
        ValueError: The severity is outside 0..1 or the plate is narrower than 8 px.
    """
    if not 0 <= severity <= 1:
        raise ValueError(f"severity is {severity}; expected 0..1")
    if plate_width_px < 8:
        raise ValueError(f"plate_width_px is {plate_width_px}; expected at least 8")
    corners = posed_corners(plate_image, rng, severity, plate_width_px)
    corners += _place(corners, size_wh, rng)
    background = synthetic_background(size_wh, rng) if background_bgr is None else _fitted(background_bgr, size_wh)
    scene = laid_in(plate_image, corners, background)
    scene = through_the_air(scene, corners, rng, severity)
    return Photograph(
        image_bgr=exposed(scene, rng, severity, plate_width_px),
        corners_px=corners,
        text=plate_image.plate.text,
        layout=plate_image.plate.layout,
        kind=plate_image.plate.kind,
    )


def posed_corners(
    plate_image: PlateImage, rng: np.random.Generator, severity: float, plate_width_px: float
) -> NDArray[np.float32]:
    """Corners of the plate, centred on the origin, as a pinhole camera sees it turned in space.

    Returns:
        float32 (4, 2): TL, TR, BR, BL in pixels.
    """
    edge = plate_image.corners_px
    width, height = float(edge[1, 0] - edge[0, 0]), float(edge[3, 1] - edge[0, 1])
    half_x, half_y = 0.5, 0.5 * height / width
    flat = np.array([(-half_x, -half_y, 0), (half_x, -half_y, 0), (half_x, half_y, 0), (-half_x, half_y, 0)])
    spread = 0.25 + 0.75 * severity
    pitch, yaw, roll = np.radians(rng.normal(0, (20, 25, 6)) * spread).clip(-1.0, 1.0)
    distance = rng.uniform(4, 25)  # plate widths
    turned = flat @ _rotation(pitch, yaw, roll).T
    projected = turned[:, :2] * (distance / (distance + turned[:, 2:]))
    return (projected * plate_width_px).astype(np.float32)


def _rotation(pitch: float, yaw: float, roll: float) -> NDArray[np.float64]:
    cx, sx, cy, sy, cz, sz = np.cos(pitch), np.sin(pitch), np.cos(yaw), np.sin(yaw), np.cos(roll), np.sin(roll)
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    product: NDArray[np.float64] = about_z @ about_y @ about_x
    return product


def _place(corners: NDArray[np.float32], size_wh: tuple[int, int], rng: np.random.Generator) -> NDArray[np.float32]:
    """A shift that keeps the whole plate in the picture where it fits, and centres it where it does not."""
    low, high = corners.min(axis=0), corners.max(axis=0)
    size = np.array(size_wh, np.float32)
    slack = size - (high - low)
    lead = np.where(slack > 0, slack * rng.uniform(0.1, 0.9, 2), slack / 2)
    return (lead - low).astype(np.float32)


def _fitted(background_bgr: ImageBgr, size_wh: tuple[int, int]) -> ImageBgr:
    if (background_bgr.shape[1], background_bgr.shape[0]) == size_wh:
        return background_bgr
    return cv2.resize(background_bgr, size_wh, interpolation=cv2.INTER_AREA)


def laid_in(plate_image: PlateImage, corners_px: NDArray[np.float32], background_bgr: ImageBgr) -> ImageBgr:
    """Lay a plate into a picture with its corners at the given places, each pixel averaged over its area."""
    h, w = background_bgr.shape[:2]
    source, alpha, edge = plate_image.image_bgr, plate_image.alpha, plate_image.corners_px
    span = float(np.hypot(*(corners_px[1] - corners_px[0])))
    shrink = min(1.0, 1.25 * OVERSAMPLING * span / float(edge[1, 0] - edge[0, 0]))
    if shrink < 0.9:
        small_wh = (max(1, round(source.shape[1] * shrink)), max(1, round(source.shape[0] * shrink)))
        scale = np.array([small_wh[0] / source.shape[1], small_wh[1] / source.shape[0]], np.float32)
        source = cv2.resize(source, small_wh, interpolation=cv2.INTER_AREA)
        alpha = cv2.resize(alpha, small_wh, interpolation=cv2.INTER_AREA)
        edge = edge * scale
    # Pixel centres lie at half-integers in edge coordinates, at integers for cv2.
    target = cv2.getPerspectiveTransform(edge - 0.5, (corners_px * OVERSAMPLING - 0.5).astype(np.float32))
    big_wh = (w * OVERSAMPLING, h * OVERSAMPLING)
    layer = cv2.warpPerspective(source, target, big_wh, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    cover = cv2.warpPerspective(alpha, target, big_wh, flags=cv2.INTER_LINEAR)
    layer = cv2.resize(layer, (w, h), interpolation=cv2.INTER_AREA)
    weight = cv2.resize(cover, (w, h), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    return cv2.blendLinear(layer, background_bgr, weight, 1 - weight)
