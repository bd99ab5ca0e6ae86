"""How well a network tells what riders wear, on heads that are labelled: each told, or not, against what is there."""

from collections.abc import Mapping, Sequence

from detectors.model_specs import HeadSpec
from detectors.riders.head_classifier import HeadClassifier
from detectors.sessions import open_session
from domain.errors import ConfigurationError
from matthan.model_eval.labelled import LabelledPicture
from matthan.model_eval.telling import CANNOT_TELL, Told


def judge_heads(spec: HeadSpec, pictures: Sequence[LabelledPicture], renamed: Mapping[str, str]) -> list[Told]:
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
            Told(
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
