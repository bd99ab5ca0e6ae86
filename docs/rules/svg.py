"""The drawing of a rule: its example camera's view, what is drawn there, the act and a drive that is none."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from docs.rules.scene import Act, View, Way
from domain.camera import LineKind, ZoneKind
from domain.coordinates import PointNorm, PointPx
from matthan.drawing.gates import way_between

WIDTH, HEIGHT, LEGEND = 960, 540, 64

_ZONES = {
    ZoneKind.PAVEMENT: "#ffc800",
    ZoneKind.LANE: "#00a0ff",
    ZoneKind.JUNCTION: "#c800c8",
    ZoneKind.PERMITTED_BAY: "#00c800",
    ZoneKind.NO_STOPPING: "#dc2828",
    ZoneKind.NO_PARKING: "#c83c5a",
    ZoneKind.NEAR_JUNCTION: "#dc2896",
    ZoneKind.BRIDGE: "#3c78b4",
    ZoneKind.BESIDE_PARKED: "#dc8c3c",
    ZoneKind.ROADWAY: "#3cb4b4",
    ZoneKind.CROSSWALK: "#ffffff",
    ZoneKind.CLOSED_ROAD: "#ff5050",
    ZoneKind.MEDIAN: "#a0dc3c",
    ZoneKind.LOW_SPOT: "#1478dc",
    ZoneKind.PERMITTED_USE: "#00c8a0",
    ZoneKind.PRIVACY_MASK: "#606060",
    ZoneKind.IGNORE: "#b0b0b0",
}
_LINES = {
    LineKind.STOP_LINE: "#ff3b30",
    LineKind.SOLID_LINE: "#ffffff",
    LineKind.GATE: "#00dce6",
    LineKind.WATERLINE: "#2fa8ff",
}
_BANNED, _ALLOWED, _ACT, _LAWFUL, _GROUND = "#dc0000", "#00aa00", "#ff1744", "#1de07a", "#ff7ad9"
_HORIZON = 0.1
_ROAD_M = [(-7, -2), (-7, 400), (7, 400), (7, -2)]
_CROSSING_M = [(-300, 18), (300, 18), (300, 34), (-300, 34)]


def svg_of(view: View, act: Act) -> str:
    """The whole picture as SVG text, the same for the same input."""
    picture = "\n".join((*background(view, act), *_drawn(view), *_drives(view, act)))
    legend = "\n".join(_legend(act))
    heads = "".join(
        f'<marker id="{name}" markerWidth="9" markerHeight="9" refX="7" refY="4" orient="auto" '
        f'markerUnits="userSpaceOnUse"><path d="M0 0L8 4L0 8" fill="none" stroke="{colour}" stroke-width="2"/></marker>'
        for name, colour in _heads().items()
    )
    return f"""\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT + LEGEND}" font-family="sans-serif" font-size="14">
<defs>{heads}</defs>
<rect width="{WIDTH}" height="{HEIGHT + LEGEND}" fill="#ffffff"/>
<svg width="{WIDTH}" height="{HEIGHT}" overflow="hidden">
{picture}
</svg>
{legend}
</svg>
"""


def background(view: View, act: Act) -> Iterator[str]:
    """The bare road, as SVG elements of the picture's size."""
    yield f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#6f7a68"/>'
    yield _polygon([view.at(place) for place in _ROAD_M], fill="#4a4f55")
    if act.junction:
        yield _polygon([view.at(place) for place in _CROSSING_M], fill="#4a4f55")
    yield f'<rect width="{WIDTH}" height="{HEIGHT * _HORIZON:.1f}" fill="#c9d6df"/>'


def _drawn(view: View) -> Iterator[str]:
    camera = view.camera
    for zone in camera.zones:
        colour = _ZONES[zone.kind]
        yield _polygon(zone.polygon_norm, fill=colour, more=f' fill-opacity="0.25" stroke="{colour}" stroke-width="2"')
        if zone.direction_norm is not None:
            yield _polyline(zone.direction_norm, colour, head="lane")
        only = f" ({', '.join(zone.open_to)})" if zone.open_to else ""
        yield _text(zone.polygon_norm[1], f"{zone.id}{only}", above_px=6)
    for line in camera.lines:
        yield _polyline(line.points_norm, _LINES[line.kind], width=4)
        middle = tuple(sum(axis) / 2 for axis in zip(*line.points_norm, strict=True))
        yield _polyline([(middle[0], middle[1]), _toward(middle, line.beyond_norm)], _LINES[line.kind], head=line.kind)
        yield _text(line.points_norm[1], line.id, above_px=-14)
    for movement in camera.movements:
        gates = [line for name in (movement.from_gate, movement.to_gate) for line in camera.lines if line.id == name]
        kind, colour = ("banned", _BANNED) if movement.banned else ("allowed", _ALLOWED)
        yield _polyline(way_between(*gates), colour, dashes="3 4", head=kind)
    for ground in camera.ground_points:
        x, y = _px(ground.image_norm)
        yield f'<path d="M{x - 4:.1f} {y:.1f}h8M{x:.1f} {y - 4:.1f}v8" stroke="{_GROUND}" stroke-width="1.5"/>'


def _toward(start: Sequence[float], end: Sequence[float], length_px: float = 26) -> PointNorm:
    """A point at most so far from the start, on the way to the end."""
    dx, dy = (end[0] - start[0]) * WIDTH, (end[1] - start[1]) * HEIGHT
    share = min(1.0, length_px / max(1e-9, (dx * dx + dy * dy) ** 0.5))
    return (start[0] + share * (end[0] - start[0]), start[1] + share * (end[1] - start[1]))


def _drives(view: View, act: Act) -> Iterator[str]:
    yield from _drive(view, act.lawful, _LAWFUL, head="lawful", dashes="9 5")
    yield from _drive(view, act.act, _ACT, head="act")


def _drive(view: View, way: Way, colour: str, *, head: str, dashes: str = "") -> Iterator[str]:
    width_px, height_px = view.camera.reference_still_wh
    yield _polyline(
        [view.at((east, north)) for _, east, north in way.corners], colour, width=3, head=head, dashes=dashes
    )
    end_s = way.corners[-1][0]
    shown_s = (0.0, end_s / 2, end_s) if way.group == 1 else (end_s,)
    for place in (place for second in shown_s for place in way.places(second)):
        box = view.box_px(place, way.label)
        x1, y1, x2, y2 = (
            value / side * own
            for value, side, own in zip(box, (width_px, height_px) * 2, (WIDTH, HEIGHT) * 2, strict=True)
        )
        yield (
            f'<rect x="{x1:.1f}" y="{y1:.1f}" width="{x2 - x1:.1f}" height="{y2 - y1:.1f}" fill="{colour}" '
            f'fill-opacity="0.18" stroke="{colour}" stroke-width="1.5"/>'
        )


def _legend(act: Act) -> Iterator[str]:
    for row, (way, colour, dashes) in enumerate(((act.act, _ACT, ""), (act.lawful, _LAWFUL, "9 5"))):
        y = HEIGHT + 22 + 26 * row
        yield f'<path d="M14 {y - 5}h40" stroke="{colour}" stroke-width="3" stroke-dasharray="{dashes}" fill="none"/>'
        yield f'<text x="64" y="{y}" fill="#14202b">{escape(way.words.vi)} · {escape(way.words.en)}</text>'


def _heads() -> dict[str, str]:
    return {
        "lane": _ZONES[ZoneKind.LANE],
        **{kind.value: colour for kind, colour in _LINES.items()},
        "banned": _BANNED,
        "allowed": _ALLOWED,
        "act": _ACT,
        "lawful": _LAWFUL,
    }


def _px(point: PointNorm) -> PointPx:
    return (point[0] * WIDTH, point[1] * HEIGHT)


def _points(points: Iterable[PointNorm]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in map(_px, points))


def _polygon(points: Iterable[PointNorm], *, fill: str, more: str = "") -> str:
    return f'<polygon points="{_points(points)}" fill="{fill}"{more}/>'


def _polyline(points: Iterable[PointNorm], colour: str, *, width: int = 2, head: str = "", dashes: str = "") -> str:
    marker = f' marker-end="url(#{head})"' if head else ""
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return (
        f'<polyline points="{_points(points)}" fill="none" stroke="{colour}" stroke-width="{width}" '
        f'stroke-linejoin="round"{dashed}{marker}/>'
    )


def _text(at: PointNorm, text: str, *, above_px: float) -> str:
    x, y = _px(at)
    return (
        f'<text x="{x:.1f}" y="{y - above_px:.1f}" fill="#ffffff" stroke="#000000" stroke-width="3" '
        f'paint-order="stroke">{escape(text)}</text>'
    )
