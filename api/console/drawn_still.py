"""A camera's still with what is drawn on it, as SVG: zones, lines, gates and lamps over the picture."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape

from domain.camera import LineKind, ZoneKind
from domain.camera_drawing import Drawing

_WIDTH = 1000
_ZONE_COLOURS: Mapping[ZoneKind, str] = {
    ZoneKind.PAVEMENT: "#ffc800",
    ZoneKind.LANE: "#00a0ff",
    ZoneKind.JUNCTION: "#c800c8",
    ZoneKind.PRIVACY_MASK: "#3c3c3c",
    ZoneKind.IGNORE: "#8c8c8c",
}
_LINE_COLOURS: Mapping[LineKind, str] = {
    LineKind.STOP_LINE: "#ff3b30",
    LineKind.SOLID_LINE: "#ffffff",
    LineKind.GATE: "#00dce6",
}
_OTHER, _LAMP = "#dc2828", "#ffff00"


def drawn_still(drawing: Drawing, still_url: str | None, *, label: str) -> str:
    """The picture.

    Args:
        drawing: in shares of the reference still.
        still_url: of the still; None: there is none, and the drawing stands alone.
        label: what it is, for who does not see it.
    """
    width, height = drawing.reference_still_wh
    tall = round(_WIDTH * height / width)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {tall}" class="mt-still" role="img"'
        f' aria-label="{escape(label)}">'
    ]
    if still_url is not None:
        size = f'width="{_WIDTH}" height="{tall}" preserveAspectRatio="none"'
        parts.append(f'<image href="{escape(still_url)}" {size}/>')
    return "".join([*parts, *_shapes(drawing, tall), "</svg>"])


def _shapes(drawing: Drawing, tall: int) -> Iterator[str]:
    for zone in drawing.zones:
        colour = _ZONE_COLOURS.get(zone.kind, _OTHER)
        yield _shape("polygon", zone.polygon_norm, tall, colour, f"{zone.name or zone.id} ({zone.kind})")
        if zone.direction_norm is not None:
            yield _shape("polyline", zone.direction_norm, tall, colour, f"{zone.id} →")
    for line in drawing.lines:
        yield _shape(
            "polyline", line.points_norm, tall, _LINE_COLOURS.get(line.kind, _OTHER), f"{line.id} ({line.kind})"
        )
    for signal in drawing.signals:
        if signal.lamp_region_norm is not None:
            x1, y1, x2, y2 = signal.lamp_region_norm
            yield _shape("polygon", ((x1, y1), (x2, y1), (x2, y2), (x1, y2)), tall, _LAMP, signal.id)


def _shape(kind: str, points_norm: Sequence[tuple[float, float]], tall: int, colour: str, title: str) -> str:
    points = " ".join(f"{x * _WIDTH:.1f},{y * tall:.1f}" for x, y in points_norm)
    return f'<{kind} class="mt-still-line" stroke="{colour}" points="{points}"><title>{escape(title)}</title></{kind}>'
