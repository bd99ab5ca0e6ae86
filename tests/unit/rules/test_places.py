"""A vehicle's place: what is decided quickly is decided as a close look would."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from domain.geometry import BoxPx
from rules.facts.stays.place import Place
from rules.kit.stays.standing import is_part_of, off_sizes

NOON = datetime(2026, 1, 5, 12, tzinfo=UTC)


@st.composite
def boxes(draw: st.DrawFn, farthest_px: float = 300.0) -> BoxPx:
    x, y = (draw(st.floats(0, farthest_px)) for _ in range(2))
    width, height = (draw(st.floats(5, 200)) for _ in range(2))
    return (x, y, x + width, y + height)


def close_look(place: Place, box: BoxPx) -> float:
    if off_sizes(box, place.first_px) <= place.tolerance_sizes:
        return 1.0 - off_sizes(box, place.now_px)
    return 0.5 if is_part_of(box, place.first_px, place.tolerance_sizes) else 0.0


def place_of(*seen: BoxPx) -> Place:
    place = Place()
    for number, box in enumerate(seen):
        place.add(box, NOON + timedelta(seconds=number))
    return place


@given(boxes(), st.lists(boxes(farthest_px=40.0), max_size=4), boxes())
def test_a_box_that_reaches_out_of_a_place_is_refused_only_where_a_close_look_refuses_it(
    first: BoxPx, more: list[BoxPx], box: BoxPx
) -> None:
    place = place_of(first, *more)
    assert place.fit(box) == close_look(place, box)


@given(boxes(), st.tuples(*[st.floats(-0.25, 0.25)] * 4))
def test_the_same_holds_where_edges_are_just_within_and_just_without(
    first: BoxPx, off: tuple[float, float, float, float]
) -> None:
    place = place_of(first)
    size_px = ((first[2] - first[0]) * (first[3] - first[1])) ** 0.5
    x1, y1, x2, y2 = (edge + share * size_px for edge, share in zip(first, off, strict=True))
    assert place.fit((x1, y1, x2, y2)) == close_look(place, (x1, y1, x2, y2))
