"""The map without a map: every camera that has a place is on it, inside its frame, whatever it is called."""

from pathlib import Path
from xml.etree import ElementTree as ET

from hypothesis import given
from hypothesis import strategies as st

from api.places.schematic import WIDTH, Mark, MarkKind, schematic_svg
from api.places.ward_file import read_wards
from domain.camera import Position
from tests.builders.wards import write_wards

SVG = "{http://www.w3.org/2000/svg}"
degrees = st.tuples(st.floats(16.0, 16.9), st.floats(107.0, 107.9))


def mark(kind: MarkKind = MarkKind.WELL, latitude: float = 16.46, longitude: float = 107.59, title: str = "x") -> Mark:
    return Mark(
        position=Position(latitude_deg=latitude, longitude_deg=longitude),
        kind=kind,
        title=title,
        href="/console/camera",
    )


def numbers(element: ET.Element) -> list[tuple[float, float]]:
    if element.tag == f"{SVG}circle":
        return [(float(element.attrib["cx"]), float(element.attrib["cy"]))]
    pairs = (pair.split(",") for pair in element.attrib["points"].split())
    return [(float(x), float(y)) for x, y in pairs]


@given(places=st.lists(st.tuples(degrees, st.sampled_from(MarkKind)), max_size=8))
def test_every_mark_lies_inside_the_frame(places: list[tuple[tuple[float, float], MarkKind]]) -> None:
    marks = [mark(kind, latitude, longitude) for (latitude, longitude), kind in places if latitude or longitude]
    root = ET.fromstring(schematic_svg((), marks, label="map"))  # noqa: S314 - our own
    height = float(root.attrib["viewBox"].split()[3])
    links = root.findall(f"{SVG}a")
    assert len(links) == len(marks)
    for link in links:
        for shape in link:
            if shape.tag != f"{SVG}title":
                assert all(-20 <= x <= WIDTH + 20 and -20 <= y <= height + 20 for x, y in numbers(shape))


def test_one_wrong_place_makes_no_point_of_all_the_others(tmp_path: Path) -> None:
    near = [mark(longitude=107.58), mark(longitude=107.59), mark(longitude=107.55)]
    far = mark(MarkKind.LOST, 16.46, 10.759)  # a digit was lost
    for wards in ((), read_wards(write_wards(tmp_path)).wards):
        root = ET.fromstring(schematic_svg(wards, [*near, far], label="map"))  # noqa: S314 - our own
        drawn = [numbers(link[1])[0][0] for link in root.findall(f"{SVG}a")]
        assert len(drawn) == len(near), "it is in the list, where its place is said to be wrong"
        assert max(drawn) - min(drawn) > WIDTH / 4


def test_wards_are_drawn_with_their_names_and_the_worst_marks_last(tmp_path: Path) -> None:
    wards = read_wards(write_wards(tmp_path)).wards
    marks = [mark(MarkKind.ALERT, title='<script>"&'), mark(MarkKind.WELL), mark(MarkKind.LOST, 0, 0)]
    root = ET.fromstring(schematic_svg(wards, marks, label="map"))  # noqa: S314 - our own
    assert [text.text for text in root.findall(f"{SVG}text")] == ["Phường Phú Xuân", "Phường Thuận Hóa"]
    assert len(root.findall(f"{SVG}path")) == 2
    links = root.findall(f"{SVG}a")
    assert [link.attrib["class"] for link in links] == ["mt-map-well", "mt-map-alert"], (
        "without a place: in the list only"
    )
    assert links[1].attrib["aria-label"] == '<script>"&'
