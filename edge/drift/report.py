"""What the drift command prints: each camera's last finished day beside its bands."""

from collections.abc import Iterator
from datetime import date

from edge.drift.band import Comparison, judge
from edge.drift.store import CameraDays, ProfileStore


def report(store: ProfileStore, *, today: date) -> Iterator[str]:
    """Lines for people.

    Args:
        store: of a box.
        today: the day that is not finished yet, in Hue.

    Raises:
        ConfigurationError: a profile cannot be read.
    """
    for camera_id in store.camera_ids():
        yield from _of_camera(store.read(camera_id), today)


def _of_camera(camera: CameraDays, today: date) -> Iterator[str]:
    finished = [one for one in camera.days if one.day < today]
    if not finished:
        yield f"{camera.camera_id}: no finished day yet"
        return
    day = finished[-1]
    verdict = judge(day, finished[:-1])
    outside = len(verdict.departures)
    summary = verdict.not_judged_because or (f"{outside} figures outside their band" if outside else "as usual")
    yield f"{camera.camera_id}  {day.day.isoformat()}  {day.pictures} pictures  {summary}"
    yield from (_line(one) for one in verdict.comparisons)


def _line(one: Comparison) -> str:
    mark = "!" if one.has_left else " "
    return f"  {mark} {one.figure:<52} {one.value_before:8.3f} {one.value:8.3f}   {one.low:8.3f} .. {one.high:8.3f}"
