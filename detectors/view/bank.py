"""References of one view by its light."""

from collections.abc import Sequence
from typing import Final

from detectors.view.finding import SURE_SHARE, Finding, compare
from detectors.view.glance import Glance
from detectors.view.reference import LEARNED_LOOKS, Reference
from domain.geometry import ImageBgr
from domain.seen.view import ViewState

_LIGHT_STEP: Final = 24.0  # mean grey from one kind of light to the next: at most 11 kinds
_MOST_COMPARED: Final = 3  # references of other light, before a look is given up


class ViewBank:
    """What was learned of a view, one reference for every kind of light it was seen in.

    Args:
        config_version: of the camera's file, under which the view was last seen to be as learned.
        height_px: of the small pictures; None: nothing was seen yet.
        references: by kind of light.
        unsound: what stopped the rules when it was looked at last; only a look that fits ends it. None: nothing did.
    """

    def __init__(
        self,
        config_version: int,
        height_px: int | None = None,
        references: dict[int, Reference] | None = None,
        unsound: ViewState | None = None,
    ) -> None:
        self.config_version = config_version
        self.height_px = height_px
        self.references: dict[int, Reference] = references if references is not None else {}
        self.unsound = unsound

    def compare(self, image_bgr: ImageBgr, glance: Glance) -> Finding | None:
        """What a picture shows beside what was learned.

        The reference of its own light has the first word, and the last where it is sure; else the nearest others.

        Returns:
            None: nothing is learned yet.
        """
        least: Finding | None = None
        for reference in self._nearest(glance.light):
            found = compare(image_bgr, glance, reference)
            if found.seen_share >= SURE_SHARE:
                return found
            if least is None or found.seen_share > least.seen_share:
                least = found
        return least

    def knows_light(self, glance: Glance) -> bool:
        """Whether something is learned in this very light."""
        own = self.references.get(_kind(glance.light))
        return own is not None and own.learned

    def reference_for(self, glance: Glance) -> Reference | None:
        """What looks in this light are learned into; None: this one is the first, and has begun it.

        Until one is learned all go into one, whatever their light.
        """
        learned = any(reference.learned for reference in self.references.values())
        kind = _kind(glance.light) if learned or not self.references else next(iter(self.references))
        own = self.references.get(kind)
        if own is None or (own.looks >= LEARNED_LOOKS and not own.learned):
            self.references[kind] = Reference.begun(glance)
            return None
        return own

    def forget_unlearned(self) -> None:
        """What was looked at until now is no view: learn from the next look on."""
        self.references = {kind: one for kind, one in self.references.items() if one.learned}

    def _nearest(self, light: float) -> Sequence[Reference]:
        kind = _kind(light)
        order = sorted(self.references, key=lambda other: (abs(other - kind), other))
        return [self.references[one] for one in order if self.references[one].learned][: 1 + _MOST_COMPARED]


def _kind(light: float) -> int:
    return int(light / _LIGHT_STEP)


def is_learnable(finding: Finding) -> bool:
    """Whether a look is sure to be of the view as it was learned."""
    return finding.state is ViewState.SOUND and finding.seen_share >= SURE_SHARE
