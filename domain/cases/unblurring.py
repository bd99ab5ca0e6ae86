"""Why somebody may see an original whose people are blurred in every copy: reasons with words, and for how long."""

from collections.abc import Mapping
from typing import Final

from domain.cases.states import CaseState
from domain.cases.words import Words

REASONS: Final[Mapping[str, Words]] = {
    "COMPLAINT": Words("Giải quyết khiếu nại, phản hồi của người dân", "A complaint or objection is answered"),
    "POLICE_ASKS": Words("Công an đề nghị xem lại", "The police ask for it"),
    "COURT": Words("Tòa án, cơ quan thanh tra yêu cầu", "A court or inspection asks for it"),
    "EVIDENCE_CHECK": Words(
        "Đối chiếu bản gốc khi nghi ngờ", "The original is compared, because something is in doubt"
    ),
}
MAX_MINUTES: Final = 60

IN_REVIEW: Final = frozenset(
    {
        CaseState.DETECTED,
        CaseState.QUEUED,
        CaseState.NEEDS_EVIDENCE,
        CaseState.SECOND_REVIEW,
        CaseState.ADJUDICATION,
        CaseState.SEEDED,
        CaseState.RETURNED,
        *(CaseState.JUDGED_RIGHT, CaseState.JUDGED_WRONG),
    }
)
"""While a case is judged, who judges it sees the originals: judging is the purpose, and each look is on record."""

NEVER: Final = frozenset({CaseState.REJECTED, CaseState.AUTO_DISCARDED})
"""Nobody sees the people of a case that is none."""
