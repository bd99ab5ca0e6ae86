"""What networks tell of labelled things, one by one, against what is there: heads, and traffic lights."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from domain.geometry import BoxPx
from matthan.model_eval.groups import in_order
from matthan.model_eval.intervals import format_share

CANNOT_TELL: Final = "cannot_tell"
_WIDTHS_PX = (0.0, 10.0, 16.0, 24.0, 40.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One labelled thing and what was told of it."""

    picture: str
    folder: str
    box_xyxy_px: BoxPx
    truth: str  # or cannot_tell: a person cannot tell either
    told: str
    confidence: float

    @property
    def width(self) -> str:
        """Its group by width."""
        width_px = self.box_xyxy_px[2] - self.box_xyxy_px[0]
        found = next(
            (f"{low:.0f} to {high:.0f} px" for low, high in pairwise(_WIDTHS_PX) if low <= width_px < high), None
        )
        return found or f"from {_WIDTHS_PX[-1]:.0f} px"


def confusion_rows(name: str, results: Sequence[Told], labels: Sequence[str]) -> list[tuple[str, ...]]:
    """Truth by truth how often each was told."""
    told = (*labels, CANNOT_TELL)
    seen = Counter((one.truth, one.told) for one in results)
    return [(name, truth, *(str(seen[truth, one]) for one in told)) for truth in told]


def share_rows(name: str, results: Sequence[Told], labels: Sequence[str], *, groups: bool) -> list[tuple[str, ...]]:
    """Precision and recall of each label, also by folder and width; what is told where nobody can tell is wrong."""
    groupings: dict[str, Callable[[Told], str]] = {"all": lambda _: ""}
    if groups:
        groupings |= {"folder": lambda one: one.folder, "width": lambda one: one.width}
    rows = []
    for by, group_of in groupings.items():
        for group in in_order([group_of(one) for one in results]):
            some = [one for one in results if group_of(one) == group]
            cells = (
                f"{format_share(_right(some, label), sum(one.told == label for one in some))} / "
                f"{format_share(_right(some, label), sum(one.truth == label for one in some))}"
                for label in labels
            )
            rows.append((name, by, group, str(len(some)), *cells))
    return rows


def _right(results: Sequence[Told], label: str) -> int:
    return sum(one.truth == one.told == label for one in results)
