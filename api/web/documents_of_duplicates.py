"""What the API answers about cases that may be one act."""

from typing import Self

from api.cases.duplicates import OtherCase
from api.web.documents import CaseSummary, Document
from domain.cases.duplicates import Judgement
from domain.cases.grounds import Ground
from domain.instants import Instant


class OtherCaseDocument(Document):
    """Another case that may be, or is, the same act."""

    other: CaseSummary
    grounds: tuple[Ground, ...]  # why it was proposed
    judgement: Judgement | None  # null: nobody has said yet
    judged_at: Instant | None
    leads: bool  # the other one goes on for both
    merged: bool  # one of the two leads the other

    @classmethod
    def of(cls, found: OtherCase) -> Self:
        """The document of another case."""
        return cls(
            other=CaseSummary.of(found.stored),
            grounds=found.grounds,
            judgement=found.judgement,
            judged_at=found.judged_at,
            leads=found.leads,
            merged=found.merged,
        )
