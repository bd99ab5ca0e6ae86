"""How well a detector finds what is labelled, by class and by size of the objects."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from detectors.model_specs import DetectorSpec
from detectors.onnx_detector import OnnxDetector
from detectors.sessions import open_session
from domain.errors import ConfigurationError
from domain.geometry import Float32Array, SizeWh
from domain.seen.detections import Detections
from matthan.model_eval.average_precision import IOU_STEPS, ClassResult, class_result, mean_interval
from matthan.model_eval.labelled import LabelledPicture, resized
from matthan.model_eval.matching import SIZES_PX, Judged, of_size, ranked

_FLOOR = 0.001  # finds below it change no average precision that can be seen
_ENOUGH = 10  # objects of a class below which its figures move by chance


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorFigures:
    """What one network made of a set of pictures at one input size."""

    name: str
    input_size_wh: SizeWh
    working_score: float
    classes: Mapping[str, ClassResult]  # those that are labelled and known to the network
    sizes: Mapping[str, Mapping[str, ClassResult]]  # by size of object, then class
    mean_interval: tuple[float, float] | None  # 95 %, of the mean mAP50; None: too few pictures to tell
    unknown: tuple[str, ...]  # labelled, but not known to the network
    false_per_picture: float  # finds at the working score that hit nothing

    @property
    def recall(self) -> float:
        """Share of all objects that are found at the working score."""
        objects = sum(one.objects for one in self.classes.values())
        return sum(one.recall * one.objects for one in self.classes.values()) / objects if objects else 0.0

    @property
    def precision(self) -> float | None:
        """Share of right ones among all finds at the working score; None without any."""
        right = sum(one.recall * one.objects for one in self.classes.values())
        found = right + sum(one.false for one in self.classes.values())
        return right / found if found else None


def mean(results: Mapping[str, ClassResult], least_objects: int = 1) -> tuple[float, float] | None:
    """Mean mAP50 and mAP50-95 over classes with so many objects; None without any."""
    counted = [one for one in results.values() if one.objects >= least_objects]
    if not counted:
        return None
    return statistics.fmean(one.ap50 for one in counted), statistics.fmean(one.ap for one in counted)


def mean_of_enough(results: Mapping[str, ClassResult]) -> tuple[float, float] | None:
    """The same over the classes that are not moved by chance alone."""
    return mean(results, _ENOUGH)


def with_input_size(spec: DetectorSpec, input_size_wh: SizeWh) -> DetectorSpec:
    """The same network at another input size.

    Raises:
        ConfigurationError: the size is not a multiple of its stride.
    """
    if any(side % spec.stride for side in input_size_wh):
        width, height = input_size_wh
        raise ConfigurationError(f"{spec.name} takes multiples of {spec.stride} pixels, not {width}x{height}")
    return spec.model_copy(update={"input_size_wh": input_size_wh})


def judge_detector(
    spec: DetectorSpec,
    pictures: Sequence[LabelledPicture],
    *,
    input_size_wh: SizeWh,
    working_score: float,
    renamed: Mapping[str, str],
    undo_stretch_wh: SizeWh | None = None,
) -> DetectorFigures:
    """Run a detector as the product does and compare what it says with the labels.

    Args:
        spec: of the network.
        pictures: with their labels.
        input_size_wh: of the network's input, multiples of its stride.
        working_score: from which a find counts.
        renamed: the network's label -> the labels' word for it; two may become one.
        undo_stretch_wh: bring every picture to this size first.

    Raises:
        ConfigurationError: a picture cannot be read, none has a label, the network does not fit, or a renamed label is
            not one of its.
        ModelError: the network cannot be opened.
        DetectionError: the inference failed.
    """
    strange = sorted(set(renamed) - set(spec.labels))
    if strange:
        raise ConfigurationError(f"{spec.name} knows no {', '.join(strange)}; its labels are {', '.join(spec.labels)}")
    fitted = with_input_size(spec, input_size_wh)
    detector = OnnxDetector(spec=fitted, session=open_session(fitted), score_threshold=_FLOOR)
    known = {renamed.get(label, label) for label in spec.labels}
    wanted = {box.label for picture in pictures for box in picture.boxes if not box.ignored}
    if not wanted:
        raise ConfigurationError("no object is labelled in these pictures: there is nothing to judge by")
    judged: dict[str, list[Judged]] = {label: [] for label in sorted(wanted & known)}
    for picture in pictures:
        image_bgr = picture.read()
        if undo_stretch_wh is not None:
            picture, image_bgr = resized(picture, image_bgr, undo_stretch_wh)  # noqa: PLW2901 - the same picture
        found = detector.look([image_bgr])[0]
        labels = np.array([renamed.get(one, one) for one in spec.labels])[found.class_ids]
        for label, pages in judged.items():
            pages.append(_judged(picture, found, labels == label, label))
    classes = {label: class_result(pages, working_score) for label, pages in judged.items()}
    return DetectorFigures(
        name=spec.name,
        input_size_wh=input_size_wh,
        working_score=working_score,
        classes=_kept(classes),
        sizes={
            size: _kept(
                {
                    label: class_result([of_size(page, size) for page in pages], working_score, with_interval=False)
                    for label, pages in judged.items()
                }
            )
            for size in SIZES_PX
        },
        mean_interval=mean_interval([ranked(pages, IOU_STEPS[0]) for pages in judged.values()]) if judged else None,
        unknown=tuple(sorted(wanted - known)),
        false_per_picture=sum(one.false for one in _kept(classes).values()) / len(pictures),
    )


def _kept(results: Mapping[str, ClassResult | None]) -> dict[str, ClassResult]:
    return {label: one for label, one in results.items() if one is not None}


def _judged(
    picture: LabelledPicture, found: Detections, mine: np.ndarray[tuple[int], np.dtype[np.bool_]], label: str
) -> Judged:
    def boxes(*, ignored: bool) -> Float32Array:
        rows = [box.box_xyxy_px for box in picture.boxes if box.label == label and box.ignored is ignored]
        return np.array(rows, np.float32).reshape(-1, 4)

    return Judged(
        truth_xyxy_px=boxes(ignored=False),
        ignored_xyxy_px=boxes(ignored=True),
        found_xyxy_px=found.boxes_xyxy_px[mine],
        scores=found.scores[mine],
    )
