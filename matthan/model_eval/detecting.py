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
class Finds:
    """What was found in some pictures at the working score, an object being hit from an overlap of 0.5 on."""

    pictures: int = 0
    objects: int = 0
    right: int = 0
    false: int = 0

    def __add__(self, other: "Finds") -> "Finds":
        return Finds(
            pictures=self.pictures + other.pictures,
            objects=self.objects + other.objects,
            right=self.right + other.right,
            false=self.false + other.false,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorFigures:
    """What one network made of a set of pictures at one input size."""

    name: str
    input_size_wh: SizeWh
    working_score: float
    classes: Mapping[str, ClassResult]  # those that are labelled and known to the network
    counted: frozenset[str]  # of them, those that means and sums are over: known to every network that is compared
    sizes: Mapping[str, Mapping[str, ClassResult]]  # by size of object, then class
    mean_interval: tuple[float, float] | None  # 95 %, of the mean mAP50; None: too few pictures to tell
    unknown: tuple[str, ...]  # labelled, but not known to the network
    folders: Mapping[str, Finds]  # at the working score, over the counted classes, by the pictures' folder

    @property
    def finds(self) -> Finds:
        """All of them."""
        return sum(self.folders.values(), start=Finds())

    def of_counted(self, classes: Mapping[str, ClassResult]) -> dict[str, ClassResult]:
        """Those of some classes that means are over."""
        return {label: one for label, one in classes.items() if label in self.counted}


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
    counted: frozenset[str],
    undo_stretch_wh: SizeWh | None = None,
) -> DetectorFigures:
    """Run a detector as the product does and compare what it says with the labels.

    Args:
        spec: of the network.
        pictures: with their labels.
        input_size_wh: of the network's input, multiples of its stride.
        working_score: from which a find counts.
        renamed: the network's label -> the labels' word for it; two may become one.
        counted: classes that means and sums are over, in the labels' words, as of ``known_to_all``.
        undo_stretch_wh: bring every picture to this size first.

    Raises:
        ConfigurationError: a picture cannot be read, none has a label, or the network does not fit.
        ModelError: the network cannot be opened.
        DetectionError: the inference failed.
    """
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
        counted=counted & judged.keys(),
        mean_interval=_mean_interval([pages for label, pages in judged.items() if label in counted]),
        unknown=tuple(sorted(wanted - known)),
        folders=_by_folder(pictures, [pages for label, pages in judged.items() if label in counted], working_score),
    )


def known_to_all(specs: Sequence[DetectorSpec], renamed: Mapping[str, str]) -> frozenset[str]:
    """The classes, in the labels' words, that each of some networks knows: only over these can they be compared.

    Args:
        specs: at least one.
        renamed: the networks' label -> the labels' word for it.

    Raises:
        ConfigurationError: a renamed label is one of none of them.
    """
    labels = {label for spec in specs for label in spec.labels}
    if strange := sorted(set(renamed) - labels):
        names, verb = ", ".join(spec.name for spec in specs), "knows" if len(specs) == 1 else "know"
        raise ConfigurationError(f"{names} {verb} no {', '.join(strange)}; labels are {', '.join(sorted(labels))}")
    return frozenset.intersection(*(frozenset(renamed.get(one, one) for one in spec.labels) for spec in specs))


def _mean_interval(classes: Sequence[Sequence[Judged]]) -> tuple[float, float] | None:
    return mean_interval([ranked(pages, IOU_STEPS[0]) for pages in classes]) if classes else None


def _by_folder(
    pictures: Sequence[LabelledPicture], classes: Sequence[Sequence[Judged]], working_score: float
) -> dict[str, Finds]:
    folders: dict[str, Finds] = {}
    for number, picture in enumerate(pictures):
        of_picture = Finds(pictures=1)
        for pages in classes:
            matched = ranked([pages[number]], IOU_STEPS[0])
            hits = matched.hits[matched.scores >= working_score]
            right, objects = int(hits.sum()), int(matched.objects.sum())
            of_picture += Finds(objects=objects, right=right, false=len(hits) - right)
        folders[picture.folder] = folders.get(picture.folder, Finds()) + of_picture
    return folders


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
