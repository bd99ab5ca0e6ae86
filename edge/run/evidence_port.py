"""What a camera's findings need of its evidence: what ``edge.evidence.keeper.EvidenceKeeper`` offers."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from domain.camera import CameraConfig
from domain.cases.case import Case
from domain.event import Hold, Release
from domain.geometry import SizeWh
from domain.seen.timeline import SignalTimeline
from domain.seen.track import Track


class Evidence(Protocol):
    """Evidence of one open stream of one camera."""

    def reconfigure(self, camera: CameraConfig) -> None:
        """From now on cases are of a new configuration of the same stream; earlier ones keep theirs."""
        ...

    def note(
        self, at: datetime, resolution_wh: SizeWh, tracks: Sequence[Track], signals: Mapping[str, SignalTimeline]
    ) -> None:
        """What was seen in one judged picture, for overlays; capture time has come so far."""
        ...

    def collect(self, case: Case) -> None:
        """Take in a case: on the disk when this returns; one that is there already changes nothing.

        Raises:
            MatThanError: it could not be stored.
        """
        ...

    def hold(self, hold: Hold) -> None:
        """Keep the original pictures around a moment until it is released."""
        ...

    def release(self, release: Release) -> None:
        """A held moment is not needed any more."""
        ...

    def forget_holds(self) -> None:
        """No held moment will be asked for any more."""
        ...

    def end_epoch(self) -> None:
        """Times begin anew: what waits for its end is cut now, and no held moment will be asked for any more."""
        ...

    def tick(self) -> None:
        """Start what is due though no pictures come."""
        ...

    def drain(self, timeout_s: float = 15.0) -> bool:
        """Nothing waits any more; whether all is done."""
        ...
