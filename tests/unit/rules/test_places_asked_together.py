"""All lines and all zones of a camera are asked together: each hears what it would hear by itself."""

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.camera import LineKind, ZoneKind
from rules.facts.crossings import Crossing, LineWatches
from rules.facts.follower import Follower
from rules.facts.ground_plane import GroundPlane
from rules.facts.visits import Visit, ZoneWatches
from tests.builders.drives import SIZE_WH, CameraBuilder, Drive, scenes
from tests.builders.rule_scenes import along, drive

CAMERA = (
    CameraBuilder()
    .line("gate", LineKind.GATE, (0.2, 0.5), (0.8, 0.5), beyond=(0.5, 0.1))
    .line("solid", LineKind.SOLID_LINE, (0.5, 0.1), (0.55, 0.9), beyond=(0.9, 0.5))
    .line("side", LineKind.GATE, (0.3, 0.2), (0.3, 0.8), beyond=(0.1, 0.5))
    .zone("left", ZoneKind.LANE, (0.1, 0.1), (0.45, 0.1), (0.45, 0.9), (0.1, 0.9))
    .zone("middle", ZoneKind.LANE, (0.3, 0.3), (0.7, 0.3), (0.6, 0.7), (0.4, 0.8))
    .build()
)


@st.composite
def ways(draw: st.DrawFn) -> list[Drive]:
    """One to four vehicles on their ways through the picture."""
    place = st.tuples(st.integers(100, 1800), st.integers(150, 1000))
    drives = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        corners = draw(st.lists(place, min_size=2, max_size=3))
        way = along(*((3.0 * step, x, y) for step, (x, y) in enumerate(corners)))
        drives.append(drive(way, track_id=number, seconds=6, label=draw(st.sampled_from(["car", "motorcycle"]))))
    return drives


def _crossed(line_ids: Sequence[str], drives: list[Drive]) -> list[tuple[str, Crossing]]:
    plane = GroundPlane(camera=CAMERA, resolution_wh=SIZE_WH)
    follower, watch = Follower(plane), LineWatches([line for line in CAMERA.lines if line.id in line_ids], plane)
    found = []
    for scene in scenes(drives):
        follower.step(scene)
        found += watch.step(follower.placed, follower.gone)
    return [(one.line_id, one) for one in found]


def _visited(zone_ids: Sequence[str], drives: list[Drive]) -> dict[str, list[tuple[object, ...]]]:
    plane = GroundPlane(camera=CAMERA, resolution_wh=SIZE_WH)
    follower, watch = Follower(plane), ZoneWatches([zone for zone in CAMERA.zones if zone.id in zone_ids], plane)
    found: dict[str, list[tuple[object, ...]]] = {zone_id: [] for zone_id in zone_ids}
    for scene in scenes(drives):
        follower.step(scene)
        for zone_id, visits in watch.step(follower.placed, follower.gone).items():
            found[zone_id] += [_shown(visit) for visit in visits]
    return found


def _shown(visit: Visit) -> tuple[object, ...]:
    track_id, contacts = visit.user.track.track_id, visit.contacts
    return (track_id, visit.came_from, contacts[0], contacts[-1], len(contacts), visit.left_to, visit.end)


def _told(line_id: str, found: list[tuple[str, Crossing]]) -> list[tuple[object, ...]]:
    return [
        (one.user.track.track_id, one.at, one.forward, one.before, one.after, one.touching, one.sure_before)
        for name, one in found
        if name == line_id
    ]


@settings(max_examples=20)
@given(ways())
def test_each_line_hears_what_it_would_hear_by_itself(drives: list[Drive]) -> None:
    together = _crossed(["gate", "solid", "side"], drives)
    for line_id in ("gate", "solid", "side"):
        assert _told(line_id, together) == _told(line_id, _crossed([line_id], drives))


@settings(max_examples=20)
@given(ways())
def test_each_zone_hears_what_it_would_hear_by_itself(drives: list[Drive]) -> None:
    together = _visited(["left", "middle"], drives)
    for zone_id in ("left", "middle"):
        assert together[zone_id] == _visited([zone_id], drives)[zone_id]
