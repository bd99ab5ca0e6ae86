"""How well single looks tell what traffic lights show, where each light's region is labelled with it."""

from collections.abc import Mapping, Sequence

from detectors.lamps.fit_network import LampFitNetwork
from detectors.lamps.looking import ORDER, RegionPx, read_lamps
from detectors.model_specs import LampFitSpec
from detectors.sessions import open_session
from domain.errors import ConfigurationError
from domain.geometry import BoxPx
from domain.seen.timeline import SignalState
from matthan.model_eval.labelled import LabelledPicture
from matthan.model_eval.telling import CANNOT_TELL, Told

STATES = tuple(str(state) for state in ORDER)


def judge_lamps(spec: LampFitSpec, pictures: Sequence[LabelledPicture], renamed: Mapping[str, str]) -> list[Told]:
    """Read every labelled light by one look, as a box does before it asks the looks around it.

    Args:
        spec: of the network that bears readings out.
        pictures: boxes are regions of lights, called ``red``, ``yellow``, ``green``, or ``cannot_tell`` where a light
            is dark, covered or not there; ignored ones are left out.
        renamed: our word -> the labels' word for it.

    Raises:
        ConfigurationError: a label is another one, nothing is labelled, or a picture cannot be read.
        ModelError: the network cannot be opened.
        DetectionError: the inference failed.
    """
    meant = {renamed.get(state, state): state for state in (*STATES, CANNOT_TELL)}
    labelled = {box.label for picture in pictures for box in picture.boxes if not box.ignored}
    if strange := sorted(labelled - meant.keys()):
        raise ConfigurationError(
            f"no light is {', '.join(strange)}: label {', '.join(meant)}, or say --rename OURS=THEIRS"
        )
    if not labelled:
        raise ConfigurationError("no light is labelled in these pictures: there is nothing to judge by")
    network = LampFitNetwork(spec=spec, session=open_session(spec))
    results = []
    for picture in pictures:
        image_bgr = picture.read()
        for box in picture.boxes:
            if box.ignored:
                continue
            region = region_of(box.box_xyxy_px)
            look, state = network.look(image_bgr, region), read_lamps(image_bgr, region).state
            told = state != SignalState.UNKNOWN and look.bears_out(state)
            results.append(
                Told(
                    picture=picture.name,
                    folder=picture.folder,
                    box_xyxy_px=box.box_xyxy_px,
                    truth=meant[box.label],
                    told=str(state) if told else CANNOT_TELL,
                    confidence=look.shown.get(state, 0.0),
                )
            )
    return results


def region_of(box: BoxPx) -> RegionPx:
    """A labelled box in whole pixels."""
    x1, y1, x2, y2 = (round(side) for side in box)
    return x1, y1, max(x2, x1 + 1), max(y2, y1 + 2)
