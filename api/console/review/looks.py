"""What is read of a case to show it."""

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from api.cases.case_reader import HistoryEvent
from api.cases.case_rows import StoredCase, StoredFile
from api.cases.duplicates import OtherCase
from api.principals import Principal
from api.reminders.rows import OpenReminder

if TYPE_CHECKING:
    from api.centre import Centre


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One case as it was read."""

    stored: StoredCase
    files: tuple[StoredFile, ...]
    history: tuple[HistoryEvent, ...]
    reminder: OpenReminder | None
    others: tuple[OtherCase, ...]

    def shows_the_same(self, later: "Look", who: Principal) -> bool:
        """Whether a later look shows nothing else, but that the person himself has looked at more meanwhile."""
        return _but_for_views_of(self, who) == _but_for_views_of(later, who)


def look_at(centre: "Centre", who: Principal, case_id: uuid.UUID) -> Look:
    """Read a case; that it was looked at is put on record.

    Raises:
        NotAllowed: the role may not read cases.
        NotFound: there is no such case for the caller.
        StoreUnavailable: it cannot be read, or the look cannot be put on record.
    """
    stored, files, history = centre.cases.open(who, case_id)
    return Look(
        stored=stored,
        files=files,
        history=history,
        reminder=centre.reminders.of_case(who, case_id),
        others=centre.duplicates.of(who, case_id),
    )


def _but_for_views_of(look: Look, who: Principal) -> Look:
    kept = tuple(each for each in look.history if (each.action, each.actor) != ("view", who.actor))
    return replace(look, history=kept)
