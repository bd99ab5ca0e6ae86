"""Road networks for SUMO: a four-armed junction with signals, and a straight street."""

import math
import subprocess
from dataclasses import dataclass
from pathlib import Path

import sumo

ARM_M = 220.0
DIRECTIONS = {"s": 180.0, "n": 0.0, "e": 90.0, "w": 270.0}  # bearings of the arms


@dataclass(frozen=True, slots=True, kw_only=True)
class JunctionShape:
    """A junction; the southern arm is the one that is watched, its traffic heads north."""

    lanes: int = 2
    lane_width_m: float = 3.25
    cross_lanes: int = 2
    skew_deg: float = 0.0  # how far the arms to the east and west are turned


def build_junction(shape: JunctionShape, folder: Path) -> Path:
    """Write the network of a junction; returns its file."""
    nodes = ['<node id="c" x="0" y="0" type="traffic_light"/>']
    edges = []
    for arm, bearing in DIRECTIONS.items():
        angle = math.radians(bearing + (shape.skew_deg if arm in "ew" else 0.0))
        x, y = ARM_M * math.sin(angle), ARM_M * math.cos(angle)
        nodes.append(f'<node id="{arm}" x="{x:.2f}" y="{y:.2f}"/>')
        lanes = shape.lanes if arm in "sn" else shape.cross_lanes
        more = f'numLanes="{lanes}" speed="13.9" width="{shape.lane_width_m}"'
        edges.append(f'<edge id="{arm}_in" from="{arm}" to="c" {more}/>')
        edges.append(f'<edge id="{arm}_out" from="c" to="{arm}" {more}/>')
    return _netconvert(nodes, edges, folder)


def build_street(*, lanes: int, lane_width_m: float, two_way: bool, folder: Path) -> Path:
    """Write the network of a street along y; traffic heads north, opposing traffic keeps to x < 0."""
    nodes = ['<node id="s" x="0" y="-250"/>', '<node id="n" x="0" y="250"/>']
    more = f'numLanes="{lanes}" speed="11.1" width="{lane_width_m}"'
    edges = [f'<edge id="north" from="s" to="n" {more}/>']
    if two_way:
        edges.append(f'<edge id="south" from="n" to="s" {more}/>')
    return _netconvert(nodes, edges, folder)


STREET_FROM_Y_M = -250.0


def build_lanes(*, lanes: int, lane_width_m: float, kept_for: tuple[str, ...], folder: Path) -> Path:
    """Write the network of a two-way street whose rightmost lane to the north is kept for some classes."""
    nodes = [f'<node id="s" x="0" y="{STREET_FROM_Y_M}"/>', f'<node id="n" x="0" y="{-STREET_FROM_Y_M}"/>']
    more = f'numLanes="{lanes}" speed="11.1" width="{lane_width_m}"'
    classes = " ".join(label for label in ("bus", "motorcycle") if label in kept_for)
    kept = f'<lane index="0" allow="{classes}"/>'
    edges = [f'<edge id="north" from="s" to="n" {more}>{kept}</edge>', f'<edge id="south" from="n" to="s" {more}/>']
    return _netconvert(nodes, edges, folder)


def _netconvert(nodes: list[str], edges: list[str], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "plain.nod.xml").write_text("<nodes>" + "".join(nodes) + "</nodes>", encoding="utf-8")
    (folder / "plain.edg.xml").write_text("<edges>" + "".join(edges) + "</edges>", encoding="utf-8")
    net = folder / "net.net.xml"
    tool = Path(sumo.SUMO_HOME) / "bin" / "netconvert"
    subprocess.run(
        [tool, "-n", folder / "plain.nod.xml", "-e", folder / "plain.edg.xml", "-o", net,
         "--no-turnarounds", "--offset.disable-normalization", "--no-warnings"],
        check=True, capture_output=True,
    )  # fmt: skip
    return net
