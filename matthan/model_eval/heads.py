"""How well a network tells what riders wear, on heads that are labelled: each told, or not, against what is there."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from detectors.model_specs import HeadSpec
from detectors.riders.head_classifier import HeadClassifier
from detectors.sessions import open_session
from domain.errors import ConfigurationError
from domain.geometry import BoxPx
from domain.seen.riders import HeadWear
from matthan.model_eval.groups import in_order
from matthan.model_eval.intervals import format_share
from matthan.model_eval.labelled import LabelledPicture

CANNOT_TELL: HeadWear = "cannot_tell"
_WIDTHS_PX = (0.0, 10.0, 16.0, 24.0, 40.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeadResult:
    """One labelled head and what was told of it."""

    picture: str
    folder: str
    box_xyxy_px: BoxPx
    truth: str  # a label of the network, or cannot_tell: a person cannot tell either
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


def judge_heads(spec: HeadSpec, pictures: Sequence[LabelledPicture], renamed: Mapping[str, str]) -> list[HeadResult]:
    """Let a network look at every labelled head as the product does.

    Args:
        spec: of the network.
        pictures: boxes of heads, called as the network's labels or ``cannot_tell``; ignored ones are left out.
        renamed: the network's label -> the labels' word for it.

    Raises:
        ConfigurationError: a label is none of the network's, nothing is labelled, or a picture cannot be read.
        ModelError: the network cannot be opened.
        DetectionError: the inference failed.
    """
    meant = {renamed.get(label, label): label for label in spec.labels} | {CANNOT_TELL: CANNOT_TELL}
    labelled = {box.label for picture in pictures for box in picture.boxes if not box.ignored}
    if strange := sorted(labelled - meant.keys()):
        raise ConfigurationError(
            f"{spec.name} knows no {', '.join(strange)}: label heads {', '.join(meant)}, or say --rename OURS=THEIRS"
        )
    if not labelled:
        raise ConfigurationError("no head is labelled in these pictures: there is nothing to judge by")
    network = HeadClassifier(spec=spec, session=open_session(spec))
    results = []
    for picture in pictures:
        boxes = [box for box in picture.boxes if not box.ignored]
        looks = network.look(picture.read(), [box.box_xyxy_px for box in boxes]) if boxes else ()
        results += [
            HeadResult(
                picture=picture.name,
                folder=picture.folder,
                box_xyxy_px=box.box_xyxy_px,
                truth=meant[box.label],
                told=look.wear,
                confidence=look.confidence,
            )
            for box, look in zip(boxes, looks, strict=True)
        ]
    return results


def confusion_rows(name: str, results: Sequence[HeadResult], labels: Sequence[str]) -> list[tuple[str, ...]]:
    """Truth by truth how often each was told."""
    told = (*labels, CANNOT_TELL)
    seen = Counter((one.truth, one.told) for one in results)
    return [(name, truth, *(str(seen[truth, one]) for one in told)) for truth in told]


def share_rows(
    name: str, results: Sequence[HeadResult], labels: Sequence[str], *, groups: bool
) -> list[tuple[str, ...]]:
    """Precision and recall of each label, also by folder and width; what is told where nobody can tell is wrong."""
    groupings: dict[str, Callable[[HeadResult], str]] = {"all": lambda _: ""}
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


def _right(results: Sequence[HeadResult], label: str) -> int:
    return sum(one.truth == one.told == label for one in results)
