"""The camera model: pose, light, weather, lens, sensor and compression turn flat artwork into a photograph."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from deploy.plate_renderer.artwork import SAMPLES_PER_PHOTO_PX, PlateImage
from deploy.plate_renderer.background import synthetic_background
from deploy.plate_renderer.sensor import exposed, through_the_air
from deploy.plate_renderer.typesetting import Mask
from domain.geometry import ImageBgr
from domain.plates.reading import PlateLayout

Corners = NDArray[np.float32]  # (4, 2): TL, TR, BR, BL

LEAST_PLATE_WIDTH_PX = 8
OVERSAMPLING = 2  # samples per pixel and axis when the plate is laid into the picture
WORTH_SHRINKING = 0.9
TURN_MEAN_DEG = (12.0, 0.0, 0.0)  # pitch, yaw, roll: street cameras look down on plates
TURN_SPREAD_DEG = (16.0, 24.0, 6.0)
MOST_TURN_RAD = 1.0
DISTANCES = (4.0, 25.0)  # from plate to camera, in widths of the plate


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Photograph:
    """A picture of one plate and what is true about it."""

    image_bgr: ImageBgr  # (H, W, 3)
    corners_px: Corners  # of the plate; the picture's top left corner is (0, 0), its first pixel's middle (0.5, 0.5)
    text: str
    layout: PlateLayout
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
    if plate_width_px < LEAST_PLATE_WIDTH_PX:
        raise ValueError(f"plate_width_px is {plate_width_px}; expected at least {LEAST_PLATE_WIDTH_PX}")
    corners = posed_corners(plate_image, rng, severity, plate_width_px)
    corners += _shift(corners, size_wh, rng)
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


def posed_corners(plate_image: PlateImage, rng: np.random.Generator, severity: float, plate_width_px: float) -> Corners:
    """Corners of the plate, centred on the origin, as a pinhole camera sees it turned in space.

    Returns:
        float32 (4, 2): TL, TR, BR, BL in pixels.
    """
    edge = plate_image.corners_px
    width, height = float(edge[1, 0] - edge[0, 0]), float(edge[3, 1] - edge[0, 1])
    half_x, half_y = 0.5, 0.5 * height / width
    flat = np.array([(-half_x, -half_y, 0), (half_x, -half_y, 0), (half_x, half_y, 0), (-half_x, half_y, 0)])
    spread = 0.25 + 0.75 * severity
    turn_deg = rng.normal(TURN_MEAN_DEG, TURN_SPREAD_DEG) * spread
    pitch, yaw, roll = np.radians(turn_deg).clip(-MOST_TURN_RAD, MOST_TURN_RAD).tolist()
    distance = rng.uniform(*DISTANCES)
    turned = flat @ _rotation(pitch, yaw, roll).T
    projected = turned[:, :2] * (distance / (distance + turned[:, 2:]))
    return (projected * plate_width_px).astype(np.float32)


def _rotation(pitch_rad: float, yaw_rad: float, roll_rad: float) -> NDArray[np.float64]:
    """Turn about x, then y, then z."""
    (cx, cy, cz), (sx, sy, sz) = np.cos([pitch_rad, yaw_rad, roll_rad]), np.sin([pitch_rad, yaw_rad, roll_rad])
    about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
    about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
    return np.asarray(about_z @ about_y @ about_x, np.float64)


def _shift(corners_px: Corners, size_wh: tuple[int, int], rng: np.random.Generator) -> Corners:
    """What moves the plate to a place where all of it shows; to the middle where it does not fit."""
    low, high = corners_px.min(axis=0), corners_px.max(axis=0)
    slack = np.array(size_wh, np.float32) - (high - low)
    lead = np.where(slack > 0, slack * rng.uniform(0.1, 0.9, 2), slack / 2)
    return np.asarray(lead - low, np.float32)


def _fitted(background_bgr: ImageBgr, size_wh: tuple[int, int]) -> ImageBgr:
    if (background_bgr.shape[1], background_bgr.shape[0]) == size_wh:
        return background_bgr
    return np.asarray(cv2.resize(background_bgr, size_wh, interpolation=cv2.INTER_AREA), np.uint8)


def laid_in(plate_image: PlateImage, corners_px: Corners, background_bgr: ImageBgr) -> ImageBgr:
    """Lay a plate into a copy of a picture, each pixel averaged over its area.

    Args:
        plate_image: The flat plate.
        corners_px: (4, 2) where the plate's corners go: TL, TR, BR, BL, with the picture's top left corner at (0, 0)
            and the middle of its first pixel at (0.5, 0.5).
        background_bgr: The picture.
    """
    source, alpha, edge = _no_finer_than_needed(plate_image, corners_px)
    x0, y0, x1, y1 = _reach(edge, alpha, corners_px, background_bgr)
    picture = background_bgr.copy()
    if x0 >= x1 or y0 >= y1:
        return picture
    # cv2 counts from the middle of the first pixel.
    into_window = ((corners_px - (x0, y0)) * OVERSAMPLING - 0.5).astype(np.float32)
    window_from_plate = cv2.getPerspectiveTransform((edge - 0.5).astype(np.float32), into_window)
    fine_wh = ((x1 - x0) * OVERSAMPLING, (y1 - y0) * OVERSAMPLING)
    layer = cv2.warpPerspective(source, window_from_plate, fine_wh, borderMode=cv2.BORDER_REPLICATE)
    cover = cv2.warpPerspective(alpha, window_from_plate, fine_wh)
    layer = cv2.resize(layer, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA)
    weight = cv2.resize(cover, (x1 - x0, y1 - y0), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    behind = np.ascontiguousarray(picture[y0:y1, x0:x1])
    picture[y0:y1, x0:x1] = cv2.blendLinear(layer, behind, weight, 1 - weight)
    return picture


def _no_finer_than_needed(plate_image: PlateImage, corners_px: Corners) -> tuple[ImageBgr, Mask, Corners]:
    """Artwork, its mask and the plate's corners in it, shrunk to what the picture can show."""
    source, alpha, edge = plate_image.image_bgr, plate_image.alpha, plate_image.corners_px
    shown_px = float(np.hypot(*(corners_px[1] - corners_px[0])))
    shrink = SAMPLES_PER_PHOTO_PX * shown_px / float(edge[1, 0] - edge[0, 0])
    if shrink > WORTH_SHRINKING:
        return source, alpha, edge
    h, w = alpha.shape
    small_wh = (max(1, round(w * shrink)), max(1, round(h * shrink)))
    scale = np.array([small_wh[0] / w, small_wh[1] / h], np.float32)
    small = np.asarray(cv2.resize(source, small_wh, interpolation=cv2.INTER_AREA), np.uint8)
    return small, np.asarray(cv2.resize(alpha, small_wh, interpolation=cv2.INTER_AREA), np.uint8), edge * scale


def _reach(edge: Corners, alpha: Mask, corners_px: Corners, picture_bgr: ImageBgr) -> tuple[int, int, int, int]:
    """The part of the picture, xyxy in whole pixels, that the artwork with its margin may touch."""
    h, w = alpha.shape
    outline = np.array([[(0, 0), (w, 0), (w, h), (0, h)]], np.float32)
    picture_from_plate = cv2.getPerspectiveTransform(edge, corners_px)
    touched = cv2.perspectiveTransform(outline, picture_from_plate)[0]
    limit = (picture_bgr.shape[1], picture_bgr.shape[0])
    x0, y0 = np.clip(np.floor(touched.min(axis=0)) - 1, 0, limit).astype(int).tolist()
    x1, y1 = np.clip(np.ceil(touched.max(axis=0)) + 1, 0, limit).astype(int).tolist()
    return x0, y0, x1, y1
