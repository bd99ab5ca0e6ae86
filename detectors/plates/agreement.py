"""When several reads of a track are one plate.

Two moments agree, nothing speaks for another text, every character is sure (surer where all pictures are the same
picture again) and quite sure in the picture that shows it best, and so is how many there are.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import combinations

from detectors.plates.lattice import character_chances, distance, log_likelihood
from detectors.plates.looks import PlateLook
from detectors.plates.reads import PlateText
from domain.instants import seconds_between
from domain.plates.reading import PlateLayout

NO_READ = "no plate was read in any picture"
NOT_LAWFUL = "no read is a lawful plate for this vehicle"
ONE_READ = "only one picture shows this plate: two must agree"
DISAGREE = "the reads do not agree"
TWO_PLATES = "two different plates were read on this track"
DOUBTFUL = "a character is doubtful"
HIDDEN_CHARACTER = "the characters stand as if one were hidden"
NOWHERE_SURE = "a character is doubtful in every picture: it may be covered or spoilt"
LENGTH_DOUBTFUL = "a character may be missing or read twice"
SAME_PICTURE = "all pictures are of the same view and it is not sure enough"

_LEAST_APART_S = 0.08  # two pictures of a camera with 25 a second: closer ones share their blur and their light
_OTHER_KIND_MOMENTS = 3  # that must show a plate of another kind of vehicle than was told
_OTHER_PLATE = 3  # characters that differ: another plate, not another reading of the same one
_HIDDEN = 0.25  # of the reads of a text: in so many its characters stand as if one were hidden, and it is not believed
_SHARED_ERRORS = 0.5  # correlation of errors between pictures of one plate


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementRules:
    """When a plate counts as read; chosen on simulated visits (``benchmarks/plates.md``)."""

    least_confidence: float = 0.75  # of the weakest character, mean over the reads
    least_surest: float = 0.98  # of every character, in the picture that shows it best
    least_margin: float = 8.0  # nats between the best text and the next one
    least_confidence_of_one_look: float = 0.99  # where all pictures are the same picture again, as of a parked vehicle
    least_length_chance: float = 0.85  # that no character is missing or doubled, mean over the reads of the text


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackRead:
    """One read of a track that is to be weighed."""

    at: datetime
    text: PlateText
    lawful: str | None  # the text, as read or repaired, if it is a lawful plate
    layout: PlateLayout
    hidden: str | None = None  # what it shows, where its characters stand as if one were hidden: that is never lawful
    other_kind: bool = False  # lawful, but only for another kind of vehicle than was told
    look: PlateLook | None = None  # None: it cannot be compared, and counts as another one


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """The verdict over all reads of a track."""

    text: str | None  # None: unread
    confidences: tuple[float, ...] = ()
    reason: str | None = None  # why it is unread
    layout: PlateLayout | None = None

    @property
    def agreed(self) -> bool:
        """Whether there is a plate."""
        return self.text is not None


def agree(reads: Sequence[TrackRead], rules: AgreementRules | None = None) -> Agreement:
    """Weigh all reads of one vehicle's plate.

    Every lawful text that some picture shows is a candidate. Each is judged by all reads, those that show something
    else included; the errors of pictures of one plate are alike, so ten reads do not count ten times.

    Args:
        reads: in any order; those of one moment count once.
        rules: when a plate counts as read.
    """
    rules = rules or AgreementRules()
    if not reads:
        return Agreement(text=None, reason=NO_READ)
    showing: dict[str, list[TrackRead]] = {}
    for read in reads:
        if read.lawful is not None:
            showing.setdefault(read.lawful, []).append(read)
    if not showing:
        return Agreement(text=None, reason=NOT_LAWFUL)
    texts = [read.text for read in reads]
    weight = 1.0 / (1.0 + _SHARED_ERRORS * (len(reads) - 1))
    scores = {text: weight * sum(log_likelihood(read, text) for read in texts) for text in sorted(showing)}
    best, *others = sorted(scores, key=lambda text: (-scores[text], text))
    by_character = tuple(zip(*character_chances(texts, best), strict=True))
    # the mean, not the product: pictures of one plate share their blur and their light, so their errors are alike
    confidences = tuple(sum(chances) / len(texts) for chances in by_character)
    surest = min(max(chances) for chances in by_character)
    reason = (
        _objection(best, others, showing, scores, rules)
        or _doubt(confidences, surest, showing[best], rules)
        or (HIDDEN_CHARACTER if _may_hide_one(reads, best) else None)
    )
    if reason is not None:
        return Agreement(text=None, reason=reason)
    layout = next(read.layout for read in sorted(reads, key=lambda read: read.at) if read.lawful == best)
    return Agreement(text=best, confidences=confidences, layout=layout)


def _objection(
    best: str,
    others: Sequence[str],
    showing: dict[str, list[TrackRead]],
    scores: dict[str, float],
    rules: AgreementRules,
) -> str | None:
    if any(_supported(showing[other]) and distance(best, other) >= _OTHER_PLATE for other in others):
        return TWO_PLATES
    if not _supported(showing[best]):
        return DISAGREE if others else ONE_READ
    if any(read.other_kind for read in showing[best]) and (
        others or len({read.at for read in showing[best]}) < _OTHER_KIND_MOMENTS
    ):
        return NOT_LAWFUL
    margin = scores[best] - scores[others[0]] if others else math.inf
    return DISAGREE if margin < rules.least_margin else None


def _doubt(
    confidences: Sequence[float], surest: float, showing: Sequence[TrackRead], rules: AgreementRules
) -> str | None:
    if min(confidences) < rules.least_confidence:
        return DOUBTFUL
    if surest < rules.least_surest:
        return NOWHERE_SURE  # blur and light come and go from picture to picture; what stays is on the plate
    looks_alike = not any(_is_another_look(one, other) for one, other in combinations(showing, 2))
    if looks_alike and min(confidences) < rules.least_confidence_of_one_look:
        return SAME_PICTURE
    length_chance = sum(read.text.length_chance for read in showing) / len(showing)
    return LENGTH_DOUBTFUL if length_chance < rules.least_length_chance else None


def _may_hide_one(reads: Sequence[TrackRead], best: str) -> bool:
    """Whether reads of one text stand as if a character were hidden in too many pictures to believe the others."""
    standing_so = sum(read.hidden == best for read in reads)
    alike = sum(best in (read.text.text, read.hidden) for read in reads)
    return standing_so > 0 and standing_so >= _HIDDEN * alike


def _supported(showing: Sequence[TrackRead]) -> bool:
    """Whether two pictures of different moments show it."""
    instants = [read.at for read in showing]
    return seconds_between(min(instants), max(instants)) >= _LEAST_APART_S


def _is_another_look(one: TrackRead, other: TrackRead) -> bool:
    if abs(seconds_between(one.at, other.at)) < _LEAST_APART_S:
        return False
    return one.look is None or other.look is None or not one.look.same_again(other.look)
