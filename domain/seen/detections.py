"""What a detector saw in one picture."""

from dataclasses import dataclass

import numpy as np

from domain.geometry import Float32Array, Int64Array


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Detections:
    """Columns of N rows; N = 0 is a normal case and means: looked, and saw nothing."""

    boxes_xyxy_px: Float32Array  # (N, 4) pixels of the source picture
    scores: Float32Array  # (N,) in [0, 1]
    class_ids: Int64Array  # (N,) indices into labels
    labels: tuple[str, ...]  # the model's classes, e.g. ("person", "bicycle", ...)

    def __post_init__(self) -> None:
        count = len(self.scores)
        if self.boxes_xyxy_px.shape != (count, 4) or self.class_ids.shape != (count,):
            msg = (
                f"columns must be (N, 4), (N,), (N,), got {self.boxes_xyxy_px.shape}, "
                f"{self.scores.shape}, {self.class_ids.shape}"
            )
            raise ValueError(msg)
        if count and not (int(self.class_ids.min()) >= 0 and int(self.class_ids.max()) < len(self.labels)):
            msg = f"class ids must lie in 0..{len(self.labels) - 1}, got {sorted(set(self.class_ids.tolist()))}"
            raise ValueError(msg)

    def __len__(self) -> int:
        return len(self.scores)

    def label_of(self, row: int) -> str:
        """The class name of one row."""
        return self.labels[int(self.class_ids[row])]

    @classmethod
    def nothing(cls, labels: tuple[str, ...]) -> "Detections":
        """A picture that was looked at and is empty.

        Examples:
            >>> len(Detections.nothing(("car",)))
            0
        """
        return cls(
            boxes_xyxy_px=np.zeros((0, 4), np.float32),
            scores=np.zeros(0, np.float32),
            class_ids=np.zeros(0, np.int64),
            labels=labels,
        )
