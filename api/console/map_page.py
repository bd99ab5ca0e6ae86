"""The page of the map: where cameras are and how, with alerts that stand, and the same as a list beside it."""

from nicegui import ui

from api.console.camera_marks import SeenCamera, read_cameras
from api.console.misplaced_cameras import place_words
from api.console.tiled_map import TiledMap
from api.console.visitor import Visitor
from api.console.watched_list import WatchedList
from api.places.schematic import MarkKind, schematic_svg
from api.principals import Permission

_RENEW_EVERY_S = 2.0
MOST_LISTED = 200  # those that need a look come first


class MapPage:
    """One person's page.

    Args:
        visitor: who opened the page.
    """

    def __init__(self, visitor: Visitor) -> None:
        self._visitor = visitor
        self._tiles: TiledMap | None = None

    async def build(self) -> None:
        """Lay out the page and keep it up to date."""
        async with self._visitor.page("map", hint="map_hint"):
            watched = WatchedList(
                read=self._read, show=self._show, unread="boxes_unread", language=self._visitor.language
            )
            with ui.element("div").classes("mt-map-page"):
                self._map = ui.element("div").classes("mt-map-frame")
                if (path := self._visitor.centre.map_tiles_path) is not None:
                    self._tiles = TiledMap(self._map, path)
                self._list = ui.element("div").props('role=list aria-live="polite"').classes("mt-map-list")
            await watched.renew()
            ui.timer(_RENEW_EVERY_S, watched.renew)

    def _read(self, *, afresh: bool) -> tuple[SeenCamera, ...]:
        self._visitor.again(in_use=afresh).require(Permission.HEALTH_READ)
        return read_cameras(self._visitor.readings)

    def _show(self, cameras: tuple[SeenCamera, ...]) -> None:
        language, say = self._visitor.language, self._visitor.say
        wards = self._visitor.centre.cameras.wards
        marks = [mark for camera in cameras if (mark := camera.mark(language)) is not None]
        if self._tiles is not None:
            self._tiles.show(marks)
        else:
            self._map.clear()
            with self._map:
                ui.html(schematic_svg(wards, marks, label=say("map")), sanitize=False)
        self._list.clear()
        with self._list:
            ui.label(" · ".join(f"{_count(cameras, kind)} {say(f'mark.{kind}')}" for kind in MarkKind)).classes(
                "mt-hint"
            )
            if not cameras:
                ui.label(say("map_none")).classes("mt-hint")
            for camera in cameras[:MOST_LISTED]:
                self._camera(camera)
            if len(cameras) > MOST_LISTED:
                ui.label(f"+{len(cameras) - MOST_LISTED} {say('map_more')}").classes("mt-hint")

    def _camera(self, camera: SeenCamera) -> None:
        language = self._visitor.language
        calm = camera.kind in {MarkKind.WELL, MarkKind.UNKNOWN}
        with ui.element("div").classes("mt-card" if calm else "mt-card waiting").props("role=listitem"):
            ui.link(camera.name, camera.address(language)).classes("mt-card-title")
            ui.label(camera.words(language))
            place = camera.registered
            where = [place.road, place.place.ward] if place is not None else [self._visitor.say("map_no_place")]
            ui.label(" · ".join([*filter(None, where), camera.box_id])).classes("mt-hint")
            if place is not None and place.place.problem is not None:
                ui.label(place_words(place, language)).classes("mt-hint")


def _count(cameras: tuple[SeenCamera, ...], kind: MarkKind) -> int:
    return sum(1 for camera in cameras if camera.kind is kind)
