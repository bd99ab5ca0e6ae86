"""What one look at a view finds, beside what was learned of it."""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from detectors.view.alignment import SEEN, Alignment, align_far, align_near
from detectors.view.glance import WIDTH_PX, Glance, cell_centres_px, sharpness_at
from detectors.view.reference import LEAST_LANDMARKS, Reference
from domain.geometry import ImageBgr
from domain.seen.view import FROZEN_AFTER_S, ViewState

PRESENT_SHARE: Final = 0.4
"""So much of what stands still has to be seen in its place: traffic hides some of it."""
SURE_SHARE: Final = 0.5
"""So much of it must fit before a pose is believed, or a look learned."""

_BETTER: Final = 0.03  # a pose that drawn lines do not bear must fit so much better than every one that they bear
_COARSER: Final = 0.1  # fits at half the size are not quite those at the whole
_BLUR_OCTAVES: Final = 1.2  # fine detail has lost more than half of its energy beside the coarse
_LIGHT_SHARE: Final = 0.5  # of the picture, so bright that nothing is left in it
_DARK_SHARE: Final = 0.9
_STRUCTURE_SHARE: Final = 0.5  # of the usual; less is a cover, not another view


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One look."""

    state: ViewState
    seen_share: float = 0.0  # of what stands still: what is seen in its place or, of a moved view, in its new one
    shift_share: float = (
        0.0  # of a moved view, in shares of the picture's width; 0 with turn 0: it shows something else
    )
    turn_deg: float = 0.0  # of a moved view
    blur_octaves: float = 0.0  # how much fine detail is weaker than usual, as a power of two; 0: not measured

    @property
    def fits(self) -> bool:
        """Whether what was learned was found, wherever it is."""
        in_place = self.state in {ViewState.SOUND, ViewState.BLURRED}
        return in_place or (self.state is ViewState.MOVED and (self.shift_share > 0 or self.turn_deg != 0))

    @property
    def words(self) -> str:
        """What was found, for people."""
        if self.state is ViewState.MOVED and self.fits:
            return (
                f"the picture is shifted by {self.shift_share:.1%} of its width and turned by "
                f"{abs(self.turn_deg):.1f} degrees against what was learned"
            )
        return {
            ViewState.SOUND: f"{self.seen_share:.0%} of what stands still is in its place",
            ViewState.UNKNOWN: "nothing learned fits this light yet",
            ViewState.NEW: "nothing is known of the view yet",
            ViewState.UNSTEADY: (
                "nothing is known of the view yet, and it does not stand still: the camera moves, or hard rain or "
                "snow leaves too little of it in its place to be learned"
            ),
            ViewState.MOVED: "the picture shows something else than what was learned",
            ViewState.COVERED: f"{1 - self.seen_share:.0%} of what stands still is hidden",
            ViewState.BLURRED: f"fine detail is {2**self.blur_octaves:.1f} times weaker than usual",
            ViewState.BLINDED: "too much light, or too little, leaves nothing to be seen",
            ViewState.FROZEN: f"the same picture has come for more than {FROZEN_AFTER_S:g} s, not one bit differs",
        }[self.state]


def compare(image_bgr: ImageBgr, glance: Glance, reference: Reference) -> Finding:
    """What a picture shows beside one reference.

    Args:
        image_bgr: the picture.
        glance: the same, made small.
        reference: learned, in about this light.
    """
    alignment = align_near(reference, glance)
    if alignment.best.seen_share < SURE_SHARE or not alignment.best.tolerated:
        far = align_far(reference, glance)
        if far.best.fit > alignment.best.fit + (-_COARSER if alignment.at_limit else _COARSER):
            alignment = replace(far, in_place=alignment.in_place)
    if _has_moved(alignment):
        best = alignment.best
        shift_share = float(np.hypot(*best.shift_px)) / WIDTH_PX
        return Finding(
            state=ViewState.MOVED, seen_share=best.seen_share, shift_share=shift_share, turn_deg=best.turn_deg
        )
    in_place = alignment.in_place
    blur_octaves = _blur_octaves(image_bgr, glance, reference, alignment)
    seen_share = in_place.seen_share
    if seen_share >= PRESENT_SHARE:
        state = ViewState.BLURRED if blur_octaves > _BLUR_OCTAVES else ViewState.SOUND
        return Finding(state=state, seen_share=seen_share, blur_octaves=blur_octaves)
    if glance.bright_share > _LIGHT_SHARE or glance.dark_share > _DARK_SHARE:
        return Finding(state=ViewState.BLINDED, seen_share=seen_share)
    if glance.structure > _STRUCTURE_SHARE * reference.structure:
        return Finding(state=ViewState.MOVED, seen_share=seen_share)
    return Finding(state=ViewState.COVERED, seen_share=seen_share)


def take_in(image_bgr: ImageBgr, glance: Glance, reference: Reference) -> None:
    """Learn from a look at the view as it is drawn."""
    reference.take_in(glance)
    if reference.learned:
        cells = reference.landmarks
        height_px = glance.field.shape[0]
        reference.take_in_sharpness(cells, sharpness_at(image_bgr, cell_centres_px(height_px)[cells], height_px))


def hold_to_first(reference: Reference) -> None:
    """Put a mean back that has crept away from what was learned first, so that the next looks find the view moved.

    A mast that sags by a hair a day moves its mean along, and no single look would ever show it.
    """
    if reference.first is None:
        return
    first = Reference(
        reference.first, reference.sharpness, structure=reference.structure, looks=reference.looks, first=None
    )
    if len(first.landmarks) >= LEAST_LANDMARKS and _has_moved(align_near(first, reference)):
        reference.field = reference.first.copy()


def _has_moved(alignment: Alignment) -> bool:
    best = alignment.best
    better = best.fit - alignment.in_place.fit > _BETTER
    return not best.tolerated and better and best.seen_share >= SURE_SHARE and best.fit > SEEN


def _blur_octaves(image_bgr: ImageBgr, glance: Glance, reference: Reference, alignment: Alignment) -> float:
    """The median loss over the landmarks that are seen, or over all where too few are; 0: not known."""
    cells, seen = reference.landmarks, alignment.in_place.seen
    cells = cells[seen] if seen.sum() >= LEAST_LANDMARKS else cells
    cells = cells[~np.isnan(reference.sharpness[cells])]
    if len(cells) < LEAST_LANDMARKS:
        return 0.0
    height_px = glance.field.shape[0]
    now = sharpness_at(image_bgr, cell_centres_px(height_px)[cells], height_px)
    return float(np.median(reference.sharpness[cells] - now))
