"""The map of cameras, its list, and the page of one camera, in a real browser; nothing is asked of anybody outside."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, Request, expect

from api.console import map_page
from api.persistence.tables import alerts, box_status, camera_drawings, camera_reports, camera_status, cameras
from api.principals import Principal
from domain.canonical import canonical_bytes
from domain.cases.roles import Role
from domain.fleet.camera_reports import CameraReport, CameraReports, DrawingAnswer
from domain.seen.view import ViewState
from tests.builders.alerts import build_alert
from tests.builders.camera_fleet import BOX, DRAWING, put_cameras
from tests.builders.reminders import place_picture
from tests.builders.served_console import RunningCentre, keep, sign_in

pytestmark = pytest.mark.browser
ADMIN = Principal(actor="user:sep", name="Sếp", role=Role.ADMIN)
PHONE = {"width": 390, "height": 844}


@pytest.fixture(autouse=True)
def fleet(centre: RunningCentre, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four cameras: one well, one with a problem, one without pictures, one outside of every ward, and an alert."""
    builder, services = centre.builder, centre.builder.centre
    builder.box_key("box-1")
    with builder.database.write() as connection:
        for table in (alerts, box_status, camera_drawings, camera_reports, camera_status, cameras):
            connection.execute(table.delete())
    monkeypatch.setattr(services.cameras._router, "wards", None)
    put_cameras(builder, tmp_path)


def test_the_map_shows_every_camera_by_shape_and_in_a_list_and_asks_nobody_outside(
    page: Page, centre: RunningCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def note(request: Request) -> None:
        asked.append(request.url)

    page.on("request", note)
    sign_in(page)
    page.goto("/console/map")
    shapes = page.locator("svg.mt-map a")
    expect(shapes).to_have_count(4)
    expect(page.locator(".mt-map-lost polygon")).to_have_count(1)
    expect(page.locator(".mt-map-unwell polygon")).to_have_count(1)
    expect(page.locator(".mt-map-well circle")).to_have_count(2)
    expect(page.locator(".mt-map-name")).to_have_text(["Phường Phú Xuân", "Phường Thuận Hóa"])
    cards = page.locator(".mt-map-list [role=listitem]")
    expect(cards).to_have_count(4)
    expect(cards.nth(0)).to_contain_text("Cầu Trường Tiền")
    expect(cards.nth(1)).to_contain_text("xoay lệch 30 px")
    expect(page.locator(".mt-map-list")).to_contain_text("<b>Kim Long</b>")
    alert = build_alert(camera_id="cam-1", began_at=centre.builder.clock.now())
    centre.builder.centre.alerts.take("box-1", canonical_bytes(alert))
    centre.builder.clock.advance(2.0)
    expect(page.locator(".mt-map-alert .mt-map-ring")).to_have_count(1)
    expect(cards.nth(0)).to_contain_text("Lê Lợi 1")
    keep(page, "console-map")
    monkeypatch.setattr(map_page, "MOST_LISTED", 3)
    page.reload()
    expect(cards).to_have_count(3)
    expect(page.locator(".mt-map-list")).to_contain_text("+1 camera nữa")
    own = centre.url
    assert all(url.startswith((own, own.replace("http", "ws"), "data:", "blob:")) for url in asked), asked


@pytest.fixture
def tiled(centre: RunningCentre) -> Iterator[None]:
    """The centre has map tiles; its services are one frozen bundle that all browser tests share."""
    object.__setattr__(centre.builder.centre, "map_tiles_path", "/tiles/{z}/{x}/{y}.png")
    yield
    object.__setattr__(centre.builder.centre, "map_tiles_path", None)


@pytest.mark.usefixtures("tiled")
def test_with_tiles_of_its_own_the_map_asks_only_the_same_host(page: Page, centre: RunningCentre) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.route("**/tiles/**", lambda route: route.fulfill(body=place_picture(), content_type="image/jpeg"))
    sign_in(page)
    page.goto("/console/map")
    expect(page.locator(".mt-tiles path.leaflet-interactive")).to_have_count(4)
    expect(page.locator(".mt-tiles img.leaflet-tile").first).to_be_attached()
    own = centre.url
    assert any("/tiles/" in url for url in asked)
    assert all(url.startswith((own, own.replace("http", "ws"), "data:", "blob:")) for url in asked), asked


def test_keys_lead_from_the_map_to_a_camera_with_its_still_and_problems(page: Page, centre: RunningCentre) -> None:
    services = centre.builder.centre
    services.drawings.want(ADMIN, "box-1", "cam-2", drawing=DRAWING, base_sha256="a" * 64, newest=0, why="kẻ lại vạch")
    answer = DrawingAnswer(number=1, outcome="refused", config_sha256="a" * 64, words=("làn chồng lên nhau | vẽ lại",))
    told = CameraReport(camera_id="cam-2", config_sha256="a" * 64, view=ViewState.MOVED, view_words="", answer=answer)
    at = centre.builder.clock.now() + timedelta(seconds=1)
    services.camera_intake.take(BOX, CameraReports(at=at, cameras=(told,)).model_dump_json().encode())
    sign_in(page)
    page.goto("/console/map")
    link = page.locator(".mt-map-list a", has_text="Chợ Đông Ba")
    link.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Chợ Đông Ba")
    expect(page.locator("svg.mt-still polygon")).to_have_count(1)
    expect(page.locator("svg.mt-still image")).to_have_count(1)
    body = page.locator(".mt-body")
    for words in (
        "bị xoay lệch",
        "xoay lệch 30 px",
        "chỉnh lại",
        "chạy thử",
        "thiết bị từ chối",
        "vẽ lại",
        "kẻ lại vạch",
    ):
        expect(body).to_contain_text(words)
    keep(page, "console-camera")


def test_a_camera_outside_of_every_ward_says_so_and_one_that_is_not_there_too(
    browser: Browser, centre: RunningCentre
) -> None:
    context = browser.new_context(viewport=PHONE, base_url=centre.url, is_mobile=True, has_touch=True)
    page = context.new_page()
    sign_in(page)
    page.goto("/console/camera?box=box-1&camera=cam-4")
    expect(page.locator(".mt-body")).to_contain_text("không nằm trong ranh giới phường nào")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.goto("/console/map")
    expect(page.locator("svg.mt-map a")).to_have_count(4)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.goto("/console/camera?box=box-1&camera=none")
    expect(page.locator(".mt-body")).to_contain_text("Không có camera này")
    context.close()


@pytest.mark.usefixtures("tiled")
def test_the_place_of_an_act_is_shown_on_the_citys_own_tiles(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(-5200)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.route("**/tiles/**", lambda route: route.fulfill(body=place_picture(), content_type="image/jpeg"))
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.locator(f".mt-case[data-case='{case_id}']")).to_be_visible()
    page.keyboard.press("b")
    dialog = page.locator(".mt-place-dialog")
    expect(dialog.locator("path.leaflet-interactive")).to_have_count(1)
    expect(dialog.locator("img.leaflet-tile-loaded").first).to_be_attached()
    expect(dialog.locator("svg.mt-map")).to_have_count(0)
    size = dialog.locator(".mt-tiles").bounding_box()
    assert size is not None
    assert min(size["width"] / 600, size["height"] / 300) > 1, "the map can be seen"
    own = centre.url
    assert all(url.startswith((own, own.replace("http", "ws"), "data:", "blob:")) for url in asked), asked
