"""From when to when something was wrong with a box or camera: what heartbeats named, kept for a time."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from api.persistence.store import Work
from api.persistence.tables import problem_spans
from domain.fleet.health import HealthProblem, Heartbeat

MOST_A_BOX: Final = 5000  # the newest are kept
KEPT_FOR: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True, kw_only=True)
class ProblemSpan:
    """One thing that was wrong."""

    code: str
    text: str
    began_at: datetime  # by the box's clock
    ended_at: datetime | None  # by the first heartbeat that named it no more; None: it stands


def note_problems(work: Work, box_id: str, beat: Heartbeat) -> None:
    """Follow what a heartbeat names; a last will names nothing and ends nothing, since nobody looked."""
    if beat.at is None:
        return
    mine = problem_spans.c.box_id == box_id
    open_ones = work.connection.execute(select(problem_spans).where(mine & problem_spans.c.ended_at.is_(None))).all()
    named = {_key(each): each for each in beat.problems}
    known = {(row.camera_id, row.code): row for row in open_ones}
    for key, row in known.items():
        # a heartbeat that leaves some out does not say that they have ended
        if key not in named and not beat.problems_left_out:
            ended = problem_spans.c.id == row.id
            work.connection.execute(update(problem_spans).where(ended).values(ended_at=max(beat.at, row.began_at)))
        elif key in named and named[key].text != row.text:
            same = problem_spans.c.id == row.id
            work.connection.execute(update(problem_spans).where(same).values(text=_plain(named[key].text)))
    for key in named.keys() - known.keys():
        problem = named[key]
        values = {"camera_id": key[0], "code": key[1], "text": _plain(problem.text), "began_at": problem.since}
        newest = work.connection.execute(insert(problem_spans).values(box_id=box_id, **values)).inserted_primary_key
        if newest:
            _forget_most(work, box_id)


def spans_of(connection: Connection, box_id: str, camera_id: str, *, most: int) -> tuple[ProblemSpan, ...]:
    """What was wrong with a camera, the newest first."""
    its = (problem_spans.c.box_id == box_id) & (problem_spans.c.camera_id == camera_id)
    rows = connection.execute(select(problem_spans).where(its).order_by(problem_spans.c.id.desc()).limit(most))
    return tuple(
        ProblemSpan(code=row.code, text=row.text, began_at=row.began_at, ended_at=row.ended_at) for row in rows
    )


def forget_old_spans(work: Work) -> int:
    """Drop what ended long ago.

    Returns:
        How many.
    """
    old = problem_spans.c.ended_at < work.now - KEPT_FOR
    return work.connection.execute(delete(problem_spans).where(old)).rowcount


def _forget_most(work: Work, box_id: str) -> None:
    mine = problem_spans.c.box_id == box_id
    kept = select(problem_spans.c.id).where(mine).order_by(problem_spans.c.id.desc()).offset(MOST_A_BOX - 1).limit(1)
    oldest = work.connection.execute(kept).scalar_one_or_none()
    if oldest is not None:
        work.connection.execute(delete(problem_spans).where(mine & (problem_spans.c.id < oldest)))


def _key(problem: HealthProblem) -> tuple[str, str]:
    return problem.camera_id or "", problem.code


def _plain(text: str) -> str:
    return text.replace("\0", "")
