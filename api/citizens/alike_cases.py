"""Cases that may show the act of a citizen's report: by the plate that was read, the time and the place. People say."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Row

from api.cases.case_columns import plate_key
from api.citizens.reported import AlikeCase
from api.persistence.case_queries import acts_of_plate, cases_near
from api.principals import Permission, Principal
from domain.camera import Position
from domain.cases.case import Case
from domain.cases.duplicates import apart, cells_around
from domain.cases.states import AWAITING_REVIEW, CaseState
from domain.instants import seconds_between

SAME_PLATE_WITHIN: Final = timedelta(hours=2)  # a telephone's clock, and an act that lasts
UNTIMED_PLATE_WITHIN: Final = timedelta(days=10)  # before it came, where nobody says when
NEAR_WITHIN: Final = timedelta(minutes=15)
NEAR_WITHIN_M: Final = 150.0
MOST_SHOWN: Final = 5
_MOST_PLATES: Final = 5
_MOST_ASKED: Final = 50


def alike_cases(
    connection: Connection,
    actor: Principal,
    *,
    plates: Sequence[str],
    times: Sequence[datetime],
    places: Sequence[Position],
    received_at: datetime,
) -> tuple[AlikeCase, ...]:
    """Cases of the caller's scope, those of a plate that was read first, then those nearest in time.

    Args:
        connection: of the database.
        actor: who looks; nothing is shown to who may read no cases.
        plates: as the networks read them.
        times: that the sender or a file names.
        places: that files name.
        received_at: when the report came.
    """
    if not actor.may(Permission.CASES_READ):
        return ()
    found: dict[str, AlikeCase] = {}
    for row, same_plate in _candidates(connection, plates, times, places, received_at):
        if row.case_id in found or not actor.sees_case(row):
            continue
        alike = _alike(row, times, places, same_plate=same_plate)
        if same_plate or (alike.apart_m is not None and alike.apart_m <= NEAR_WITHIN_M):
            found[row.case_id] = alike
    order = sorted(found.values(), key=lambda each: (not each.same_plate, each.apart_s or 0.0, each.case_id))
    return tuple(order[:MOST_SHOWN])


def _candidates(
    connection: Connection,
    plates: Sequence[str],
    times: Sequence[datetime],
    places: Sequence[Position],
    received_at: datetime,
) -> Iterable[tuple[Row[Any], bool]]:
    first, last = (min(times), max(times)) if times else (received_at - UNTIMED_PLATE_WITHIN, received_at)
    slack = SAME_PLATE_WITHIN if times else timedelta(0)
    for plate in plates[:_MOST_PLATES]:
        key = plate_key(plate) or ""
        for row in connection.execute(acts_of_plate(key, first - slack, last + slack, _MOST_ASKED)):
            if row.plate_by_hand is None or CaseState(row.state) not in AWAITING_REVIEW:
                yield row, True  # what one of two reviewers entered is not told before both have answered
    if not times or not places:
        return
    cells = sorted({cell for place in places for cell in cells_around(place)})
    for row in connection.execute(cases_near(cells, first - NEAR_WITHIN, last + NEAR_WITHIN, _MOST_ASKED)):
        yield row, False


def _alike(row: Row[Any], times: Sequence[datetime], places: Sequence[Position], *, same_plate: bool) -> AlikeCase:
    camera = Case.model_validate_json(row.case_json).site.position
    return AlikeCase(
        case_id=row.case_id,
        code=row.code,
        name_vi=row.name_vi,
        name_en=row.name_en,
        camera_name=row.camera_name,
        began_at=row.began_at,
        same_plate=same_plate,
        apart_s=min((abs(seconds_between(row.began_at, at)) for at in times), default=None),
        apart_m=min((apart(camera, place) for place in places), default=None),
    )
