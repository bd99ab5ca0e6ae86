"""Cameras on the city's own map tiles: Leaflet as NiceGUI brings it, without the tiles of others that it comes with."""

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Final

from nicegui import ui
from nicegui.elements.leaflet.leaflet_layer import Layer

from api.places.schematic import Mark, MarkKind, in_the_city

_COLOURS: Final[Mapping[MarkKind, str]] = {
    MarkKind.ALERT: "#ff5ca8",
    MarkKind.LOST: "#e53935",
    MarkKind.UNWELL: "#ffb300",
    MarkKind.UNKNOWN: "#9aa4ad",
    MarkKind.WELL: "#4caf50",
}
_RADII: Final[Mapping[MarkKind, int]] = {MarkKind.ALERT: 14, MarkKind.LOST: 11, MarkKind.UNWELL: 9}
_HUE: Final = (16.4637, 107.5909)
_SMALL: Final = 7


class TiledMap:
    """A map in a frame. Its marks are circles: larger where a look is needed, dashed without pictures, empty unknown.

    Args:
        frame: where it lies.
        tiles_path: of tiles on the same host.
    """

    def __init__(self, frame: ui.element, tiles_path: str) -> None:
        with frame:
            self._map = ui.leaflet(center=_HUE, zoom=13).classes("mt-tiles")
        self._map.clear_layers()  # before a browser has seen it: nothing is asked of anybody outside
        self._map.tile_layer(url_template=tiles_path)
        self._shown: list[Layer] = []
        self._centred = False

    def show(self, marks: Sequence[Mark]) -> None:
        """Put other marks on it; the first ones say where it looks."""
        placed = in_the_city((), marks)
        if placed and not self._centred:
            self._centred = True
            points = [mark.position for mark in placed]
            self._map.set_center((fmean(at.latitude_deg for at in points), fmean(at.longitude_deg for at in points)))
        for layer in self._shown:
            self._map.remove_layer(layer)
        self._shown = [self._circle(mark) for mark in reversed(placed)]

    def _circle(self, mark: Mark) -> Layer:
        at = [mark.position.latitude_deg, mark.position.longitude_deg]
        options = {
            "radius": _RADII.get(mark.kind, _SMALL),
            "color": _COLOURS[mark.kind],
            "fillOpacity": 0.0 if mark.kind is MarkKind.UNKNOWN else 0.8,
            "dashArray": "4" if mark.kind is MarkKind.LOST else "",
        }
        return self._map.generic_layer(name="circleMarker", args=[at, options])
