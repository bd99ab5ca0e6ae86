"""Watches a camera's view: learns what stands still in it, and finds it moved, covered, blurred, blinded or frozen."""

from datetime import datetime
from typing import Final

from detectors.view.bank import ViewBank, is_learnable
from detectors.view.belief import ViewBelief
from detectors.view.finding import Finding, hold_to_first, take_in
from detectors.view.glance import Glance, glance_at, small_height_px
from detectors.view.reference import FIRST_LOOKS
from detectors.view.repetition import Repetition
from detectors.view.steadiness import Steadiness
from domain.geometry import ImageBgr
from domain.instants import seconds_between
from domain.seen.frame import Frame
from domain.seen.view import ViewState

LOOK_EVERY_S: Final = 0.5
KEEP_EVERY_LOOKS: Final = 1200
"""So often (ten minutes) what was learned is worth a new copy."""

_LATELY_S: Final = 60.0  # light does not change beyond recognition so fast: what is gone then was taken away
_NOTHING_LEFT: Final = 0.97  # of the picture, dark or bright: nothing can be seen, learned or not


class ViewGuard:
    """One camera's view over time; used by one thread.

    Nothing has to be drawn for it: for the first half minute, and in light that it never saw, the view is unknown and
    learned, while it is held against its own last seconds: one that does not stand still is no fixed camera's. A view
    that moved stays so until it comes back, restarts or not, or until a new version of the camera's file says that it
    was drawn anew: then it is learned from the beginning. A picture that repeats itself teaches nothing; the view is
    frozen until another comes, and is not looked at.

    Args:
        bank: what was learned before.
    """

    def __init__(self, bank: ViewBank | None = None) -> None:
        self.revision = 0  # grows when a new copy is worth keeping
        self.bank = bank
        self._belief = ViewBelief(None if bank is None else bank.unsound)
        self._steadiness = Steadiness()
        self._repetition = Repetition()
        self._fits = False  # the newest look does, to what was learned
        self._looked_at: datetime | None = None
        self._sound_at: datetime | None = None
        self._unkept = 0

    @property
    def finding(self) -> Finding:
        """What is believed now, with its figures."""
        if self._repetition.frozen:
            return Finding(state=ViewState.FROZEN)
        believed = self._belief.finding
        if believed.state is ViewState.UNKNOWN and not self._fits:
            return Finding(state=self._steadiness.state)
        return believed

    @property
    def learned(self) -> bool:
        """Whether anything of the view is, in any light: until then nobody would notice that it moved."""
        return self.bank is not None and any(one.learned for one in self.bank.references.values())

    def see(self, frame: Frame, config_version: int) -> ViewState:
        """Look at a picture if it is time to; what is believed of the view then.

        Args:
            frame: the picture; the zones lie in it by shares of width and height.
            config_version: of the camera's file.
        """
        at, before = frame.captured_at, self._looked_at
        if self._repetition.note(at, frame.image_bgr):
            return self.finding.state
        if before is not None and 0 <= seconds_between(before, at) < LOOK_EVERY_S:
            return self.finding.state
        self._looked_at = at
        if self._sound_at is not None and self._sound_at > at:  # the clock was set
            self._sound_at = None
        self._look(at, frame.image_bgr, config_version)
        return self.finding.state

    def _look(self, at: datetime, image_bgr: ImageBgr, config_version: int) -> None:
        if self.bank is None:
            self.bank = ViewBank(config_version)
        bank = self.bank
        if bank.height_px is None:
            bank.height_px = small_height_px(image_bgr)
        glance = glance_at(image_bgr, bank.height_px)
        finding = self._find(at, image_bgr, glance, bank)
        if finding.state is ViewState.SOUND:
            self._sound_at = at
        self._fits = finding.state is ViewState.SOUND
        if finding.state is ViewState.UNKNOWN and self._steadiness.note(at, glance):
            bank.forget_unlearned()
        elif not self._repetition.repeated and (is_learnable(finding) or finding.state is ViewState.UNKNOWN):
            self._learn(image_bgr, glance, bank)
        self._belief.note(at, finding)
        if self._belief.state is ViewState.SOUND:
            bank.config_version = config_version
        elif self._belief.state is ViewState.MOVED and bank.config_version != config_version:
            self.bank, self._belief, self._sound_at = ViewBank(config_version), ViewBelief(), None
            self._steadiness = Steadiness()
        self._keep_belief(self.bank)

    def _keep_belief(self, bank: ViewBank) -> None:
        """A restart in a light that was never seen must not learn what was found to be unsound."""
        unsound = self._belief.state if self._belief.state.stops_rules else None
        if unsound is not bank.unsound:
            bank.unsound = unsound
            self.revision += 1

    def _find(self, at: datetime, image_bgr: ImageBgr, glance: Glance, bank: ViewBank) -> Finding:
        found = bank.compare(image_bgr, glance)
        if found is None:
            empty = max(glance.dark_share, glance.bright_share) > _NOTHING_LEFT
            return Finding(state=ViewState.BLINDED if empty else ViewState.UNKNOWN)
        if found.fits or bank.knows_light(glance) or self._was_sound_lately(at):
            return found
        return found if found.state is ViewState.BLINDED else Finding(state=ViewState.UNKNOWN)

    def _was_sound_lately(self, at: datetime) -> bool:
        """Or is known to be unsound, which only a look that fits can end."""
        lately = self._sound_at is not None and seconds_between(self._sound_at, at) < _LATELY_S
        return lately or self._belief.state.stops_rules

    def _learn(self, image_bgr: ImageBgr, glance: Glance, bank: ViewBank) -> None:
        reference = bank.reference_for(glance)
        if reference is None:
            return
        was_learned = reference.learned
        take_in(image_bgr, glance, reference)
        self._unkept += 1
        if reference.looks % FIRST_LOOKS == 0:
            hold_to_first(reference)
        if reference.learned and (not was_learned or self._unkept >= KEEP_EVERY_LOOKS):
            self.revision += 1
            self._unkept = 0
