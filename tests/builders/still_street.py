"""Pictures of a fixed view: houses that stand still, traffic that does not, light that changes."""

import cv2
import numpy as np

from domain.geometry import ImageBgr

SIZE_WH = (640, 360)
_RIM_PX = 80


class StillStreet:
    """One view; what a picture shows depends on its number alone.

    Args:
        seed: which street.
    """

    def __init__(self, seed: int = 1) -> None:
        random = np.random.default_rng(seed)
        wide, high = SIZE_WH[0] + 2 * _RIM_PX, SIZE_WH[1] + 2 * _RIM_PX
        scene = np.full((high, wide, 3), 110, np.uint8)
        for _ in range(170):
            x, y = random.integers(0, (wide, high)).tolist()
            w, h = random.integers(8, 70, 2).tolist()
            colour = tuple(int(one) for one in random.integers(20, 220, 3))
            cv2.rectangle(scene, (x, y), (x + w, y + h), colour, -1)
        self._scene = scene
        self._noise = np.clip(random.normal(6, 2, scene.shape), 0, 255).astype(np.uint8)
        self._mean = np.full((SIZE_WH[1], SIZE_WH[0], 3), 6, np.uint8)

    def picture(
        self, number: int, *, across_px: float = 0.0, down_px: float = 0.0, turn_deg: float = 0.0, light: float = 1.0
    ) -> ImageBgr:
        """One picture.

        Args:
            number: says where the traffic is, and what noise there is.
            across_px: by which the camera was moved.
            down_px: likewise.
            turn_deg: by which it was turned.
            light: every grey value is so many times the usual.
        """
        random = np.random.default_rng(number)
        scene = self._scene.copy()
        for _ in range(6):
            x, y = random.integers(0, (scene.shape[1], scene.shape[0])).tolist()
            cv2.rectangle(scene, (x, y), (x + 60, y + 40), (30, 30, int(random.integers(60, 250))), -1)
        middle = (scene.shape[1] / 2, scene.shape[0] / 2)
        pose = cv2.getRotationMatrix2D(middle, turn_deg, 1.0)
        pose[:, 2] -= (across_px, down_px)
        seen = cv2.warpAffine(scene, pose, (scene.shape[1], scene.shape[0]))[_RIM_PX:-_RIM_PX, _RIM_PX:-_RIM_PX]
        x, y = random.integers(0, _RIM_PX, 2).tolist()
        noise = self._noise[y : y + SIZE_WH[1], x : x + SIZE_WH[0]]
        return np.asarray(cv2.subtract(cv2.add(cv2.convertScaleAbs(seen, alpha=light), noise), self._mean), np.uint8)
