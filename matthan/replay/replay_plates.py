"""Plates of replayed cases: read in the recording's own clips, by the code that reads them live."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from domain.cases.case import Case
from domain.event import Hold, Release
from domain.geometry import SizeWh
from domain.ports import Clip
from domain.timeline import SignalTimeline
from domain.track import Track
from edge.evidence.case_clips import cut_clips
from edge.evidence.clips import POST_ROLL_S, PRE_ROLL_S, CutFunction, last_moment_at
from edge.evidence.holds import HeldClip
from edge.evidence.plates.case_plates import CasePlates, unread, why_no_plate
from edge.evidence.seen_rows import KEEP_S, OverlayRow, row_of

_AROUND = timedelta(seconds=max(PRE_ROLL_S, POST_ROLL_S) + 1.0)  # kept on both sides of a held moment
_RELEASED_STAYS = timedelta(seconds=30.0)  # a case and the release of its moment may come in any order


class NoPlates:
    """Takes cases whose plates cannot be read.

    Args:
        reason: why not, for the subjects that do carry a plate.
    """

    def __init__(self, reason: str) -> None:
        self._reason = reason
        self._cases: list[Case] = []

    def take(self, finding: Case | Hold | Release) -> None:
        """What the rules found."""
        if isinstance(finding, Case):
            plate = unread(why_no_plate(finding) or self._reason)
            self._cases.append(finding.model_copy(update={"plate": plate}))

    def note(
        self, at: datetime, resolution_wh: SizeWh, tracks: Sequence[Track], signals: Mapping[str, SignalTimeline]
    ) -> None:
        """What was seen is not looked at again."""

    def finish(self) -> tuple[Case, ...]:
        """All cases in the order in which they were taken."""
        return tuple(self._cases)


class ReplayPlates:
    """Keeps what was seen while a clip may need it, and reads each case's plate when its clip has ended.

    Args:
        plates: reads them.
        cut_clip: of the recording; reaches every part of it.
    """

    def __init__(self, *, plates: CasePlates, cut_clip: CutFunction) -> None:
        self._plates = plates
        self._cut_clip = cut_clip
        self._rows: list[OverlayRow] = []
        self._held: dict[str, datetime] = {}
        self._released: list[tuple[datetime, datetime]] = []  # (held moment, when it was released)
        self._waiting: list[tuple[int, Case]] = []  # with its place among the cases
        self._read: dict[int, Case] = {}
        self._pruned_at: datetime | None = None

    def take(self, finding: Case | Hold | Release) -> None:
        """What the rules found in the newest picture, before that picture is noted."""
        match finding:
            case Case():
                self._waiting.append((len(self._waiting) + len(self._read), finding))
            case Hold():
                self._held[finding.key] = finding.at
            case Release():
                held_at = self._held.pop(finding.key, None)
                if held_at is not None and self._rows:
                    self._released.append((held_at, self._rows[-1].at))

    def note(
        self, at: datetime, resolution_wh: SizeWh, tracks: Sequence[Track], signals: Mapping[str, SignalTimeline]
    ) -> None:
        """Take down a judged picture, and read the plates of cases whose clip ends here."""
        if self._rows and at <= self._rows[-1].at:
            return
        self._rows.append(row_of(at, resolution_wh, tracks, signals))
        self._read_all([one for one in self._waiting if _ends_at(one[1]) <= at])
        if self._pruned_at is None or at - self._pruned_at >= timedelta(seconds=KEEP_S):
            self._prune(at)

    def finish(self) -> tuple[Case, ...]:
        """The recording ends: all cases in the order in which they were taken, their plates read."""
        self._read_all(list(self._waiting))
        return tuple(self._read[place] for place in sorted(self._read))

    # what a case's clips are made of

    def cut_clip(self, start: datetime, end: datetime) -> Clip:
        """Original video of a span; see ``ClipSource.cut_clip``."""
        return self._cut_clip(start, end)

    def held(self, at: datetime) -> HeldClip | None:  # noqa: ARG002 - the port's words
        """Nothing need be held of a recording."""
        return None

    def why_not_held(self, at: datetime) -> str | None:  # noqa: ARG002 - the port's words
        """Nobody asked."""
        return None

    def rows(self, start: datetime, end: datetime) -> tuple[OverlayRow, ...]:
        """What was seen in a span."""
        return tuple(row for row in self._rows if start <= row.at <= end)

    # inside

    def _read_all(self, due: Sequence[tuple[int, Case]]) -> None:
        for place, case in due:
            reading = self._plates.read_in(case, cut_clips(case, self, []))
            self._read[place] = case.model_copy(update={"plate": reading})
            self._waiting.remove((place, case))

    def _prune(self, now: datetime) -> None:
        """Forget what no case will ask for: as live, the last minute stays, and what lies around held moments."""
        self._pruned_at = now
        self._released = [one for one in self._released if now - one[1] <= _RELEASED_STAYS]
        wanted = [*self._held.values(), *(held_at for held_at, _ in self._released)]
        wanted += [moment.at for _, case in self._waiting for moment in case.moments]
        self._rows = [
            row
            for row in self._rows
            if row.at >= now - timedelta(seconds=KEEP_S) or any(abs(row.at - at) <= _AROUND for at in wanted)
        ]


def _ends_at(case: Case) -> datetime:
    return last_moment_at(case) + timedelta(seconds=POST_ROLL_S)
