"""An installer draws a camera with the mouse: nobody divides pixels by hand."""

import re
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import httpx
import numpy as np
import pytest
from playwright.sync_api import Page, expect, sync_playwright

from domain.camera import CameraConfig
from domain.low_spots import waterlines_of
from edge.configuration.camera_files import read_camera_file
from matthan.drawing.drawing_page import DrawingPage
from matthan.drawing.new_camera import NewCamera, write_new_camera
from plumbing.yaml_documents import read_yaml, validated

pytestmark = pytest.mark.browser
TOKEN = "token-of-this-run"


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        yield browser.new_page(viewport={"width": 1366, "height": 768})
        browser.close()


@pytest.fixture
def camera_file(tmp_path: Path) -> Path:
    path = tmp_path / "le-loi.yaml"
    camera = NewCamera(
        camera_id="le-loi",
        name="Lê Lợi",
        road="Lê Lợi",
        ward="Thuận Hóa",
        latitude_deg=16.46,
        longitude_deg=107.59,
        heading_deg=0.0,
        url="rtsp://10.0.0.5/main",
        username="",
        password_env="",
        analysed_fps=5.0,
    )
    write_new_camera(path, camera)
    return path


@pytest.fixture
def served(camera_file: Path) -> Iterator[str]:
    picture = np.full((720, 1280, 3), 90, np.uint8)
    cv2.rectangle(picture, (200, 300), (1100, 700), (140, 140, 140), -1)
    _, still = cv2.imencode(".png", picture)
    page = DrawingPage(camera_file, still=still.tobytes(), still_type="image/png", token=TOKEN)
    thread = threading.Thread(target=page.serve, daemon=True)
    thread.start()
    yield page.url
    page.close()
    thread.join(10)


class Pen:
    """Clicks on shares of the picture, whatever its size on the screen."""

    def __init__(self, page: Page, url: str) -> None:
        self.page = page
        page.goto(url)
        expect(page.locator("#tools button")).to_have_count(10)
        page.wait_for_function("document.querySelector('#still').naturalWidth > 0 && sheet.style.transform")

    def tool(self, name: str) -> None:
        self.page.locator(f"#tools button[data-tool={name}]").click()

    def click(self, *points: tuple[float, float]) -> None:
        for x, y in points:
            box = self.page.locator("#still").bounding_box()
            assert box is not None
            self.page.mouse.click(box["x"] + x * box["width"], box["y"] + y * box["height"])

    def choose(self, label: str, value: str) -> None:
        self.page.get_by_label(label).select_option(value)

    def save(self) -> str:
        self.page.keyboard.press("Control+s")
        expect(self.page.locator("#answer")).to_contain_text(re.compile("Đã lưu|Chưa lưu"))
        return self.page.locator("#answer").inner_text()


def test_zones_an_arrow_a_line_and_a_lamp_are_drawn_and_saved(
    browser_page: Page, served: str, camera_file: Path
) -> None:
    pen = Pen(browser_page, served)
    pen.tool("zone")
    pen.click((0.2, 0.5), (0.8, 0.5), (0.9, 0.95), (0.1, 0.95))
    browser_page.keyboard.press("Enter")
    pen.choose("kind", "lane")
    pen.tool("arrow")
    pen.click((0.5, 0.9), (0.5, 0.55))
    pen.tool("lamp")
    pen.click((0.75, 0.1), (0.78, 0.2))
    pen.tool("line")
    pen.click((0.2, 0.6), (0.8, 0.6), (0.5, 0.3))
    pen.choose("governing signal", "S-1")
    pen.tool("ground")
    pen.click((0.4, 0.8))
    browser_page.get_by_label("metres east").fill("3,5")
    browser_page.get_by_label("metres north").fill("12")
    browser_page.keyboard.press("Tab")
    assert "version 2" in pen.save()

    camera = read_camera_file(camera_file)
    (zone,), (line,), (signal,), (ground,) = camera.zones, camera.lines, camera.signals, camera.ground_points
    assert (zone.kind.value, len(zone.polygon_norm)) == ("lane", 4)
    assert zone.polygon_norm[0] == pytest.approx((0.2, 0.5), abs=0.004)
    assert zone.direction_norm is not None
    assert zone.direction_norm[1] == pytest.approx((0.5, 0.55), abs=0.004)
    assert line.beyond_norm == pytest.approx((0.5, 0.3), abs=0.004)
    assert (line.signal, signal.source) == ("S-1", "lamp")
    assert signal.lamp_region_norm == pytest.approx((0.75, 0.1, 0.78, 0.2), abs=0.004)
    assert ground.road_m == (3.5, 12.0)
    assert camera.reference_still_wh == (1280, 720)


def test_solid_lines_gates_movements_and_who_a_lane_is_open_to(
    browser_page: Page, served: str, camera_file: Path, tmp_path: Path
) -> None:
    pen = Pen(browser_page, served)
    pen.tool("zone")
    pen.click((0.6, 0.5), (0.8, 0.5), (0.85, 0.95), (0.62, 0.95))
    browser_page.keyboard.press("Enter")
    pen.choose("kind", "lane")
    browser_page.get_by_label("bus").check()
    browser_page.get_by_label("truck").check()
    pen.tool("zone")
    pen.click((0.05, 0.2), (0.2, 0.2), (0.2, 0.35), (0.05, 0.35))
    browser_page.keyboard.press("Enter")
    pen.choose("kind", "closed_road")
    pen.tool("solid")
    pen.click((0.5, 0.95), (0.5, 0.75), (0.6, 0.85))
    for start, end in (((0.2, 0.7), (0.45, 0.7)), ((0.5, 0.7), (0.8, 0.7))):
        pen.tool("gate")
        pen.click(start, end, (0.5, 0.4))
    pen.tool("movement")
    pen.click((0.3, 0.72), (0.7, 0.72))
    pen.choose("turn", "around")
    pen.choose("banned", "yes")
    browser_page.get_by_label("car").check()
    browser_page.get_by_label("instrument").fill("P.124a, 2026-01-02")
    browser_page.get_by_role("button", name="gate-1").click()
    browser_page.get_by_label("Mã · id").fill("south-in")
    browser_page.keyboard.press("Tab")
    expect(browser_page.locator("#named-by")).to_contain_text("movement move-1")
    assert "version 2" in pen.save()
    assert browser_page.locator("#ink .gate").count() == 2
    assert browser_page.locator("#ink .banned .head").count() == 1
    browser_page.screenshot(path=str(tmp_path / "drawing.png"))

    camera = read_camera_file(camera_file)
    lane, closed = camera.zones
    assert (lane.open_to, closed.kind.value) == (("bus", "truck"), "closed_road")
    assert [line.kind.value for line in camera.lines] == ["solid_line", "gate", "gate"]
    (movement,) = camera.movements
    assert (movement.from_gate, movement.to_gate, movement.turn.value) == ("south-in", "gate-2", "around")
    assert (movement.banned, movement.banned_for, movement.instrument) == (True, ("car",), "P.124a, 2026-01-02")
    browser_page.reload()
    expect(browser_page.get_by_role("button", name="move-1")).to_contain_text("quay đầu")
    assert "version 2" in pen.save(), "what is read back and saved again is the same"


def test_a_low_spot_gets_its_waterline(browser_page: Page, served: str, camera_file: Path) -> None:
    pen = Pen(browser_page, served)
    pen.tool("zone")
    pen.click((0.2, 0.5), (0.8, 0.5), (0.8, 0.95), (0.2, 0.95))
    browser_page.keyboard.press("Enter")
    pen.choose("kind", "low_spot")
    assert "Mực nước" in browser_page.locator("#tools").inner_text()
    assert "has 0 lines of kind waterline across it" in pen.save()
    pen.tool("waterline")
    pen.click((0.15, 0.7), (0.85, 0.7), (0.5, 0.9))
    assert "waterline" not in pen.save()
    camera = read_camera_file(camera_file)
    (line,) = camera.lines
    assert (line.id, line.kind.value) == ("water-1", "waterline")
    assert line.beyond_norm == pytest.approx((0.5, 0.9), abs=0.004)
    assert browser_page.locator("#ink .waterline").count() == 1
    assert [kept.id for kept in waterlines_of(camera, camera.zones[0])] == ["water-1"]


def test_what_others_name_is_deleted_only_when_asked_twice(browser_page: Page, served: str, camera_file: Path) -> None:
    text = camera_file.read_text("utf-8").replace(
        "rules: []", "rules:\n  - {rule: LANE_CHANGE, valid_from: 2026-01-01, parameters: {lines: [solid-1]}}\n"
    )
    camera_file.write_text(text, "utf-8")
    pen = Pen(browser_page, served)
    pen.tool("solid")
    pen.click((0.5, 0.95), (0.5, 0.75), (0.6, 0.85))
    pen.tool("gate")
    pen.click((0.2, 0.7), (0.45, 0.7), (0.5, 0.4))
    pen.tool("movement")
    pen.click((0.3, 0.72), (0.3, 0.72))
    pen.save()
    pen = Pen(browser_page, served)
    browser_page.get_by_role("button", name="gate-1").click()
    browser_page.get_by_role("button", name="Delete").click()
    expect(browser_page.locator("#answer")).to_contain_text("movement move-1")
    expect(browser_page.locator("#things button")).to_have_count(3)
    browser_page.get_by_role("button", name="Delete all the same").click()
    expect(browser_page.locator("#things button")).to_have_count(1)
    browser_page.get_by_role("button", name="solid-1").click()
    expect(browser_page.locator("#named-by")).to_contain_text("rule LANE_CHANGE lines")
    browser_page.get_by_label("Mã · id").fill("kerb side")
    browser_page.keyboard.press("Tab")
    expect(browser_page.locator("#answer")).to_contain_text("An id has letters")
    browser_page.get_by_label("Mã · id").fill("kerb")
    browser_page.keyboard.press("Tab")
    expect(browser_page.locator("#answer")).to_contain_text("Rules still name solid-1")
    answer = pen.save()
    assert "version 3" in answer
    assert "solid-1" in answer, "what the rule lacks now"
    camera = validated(read_yaml(camera_file), CameraConfig)
    assert ([line.id for line in camera.lines], camera.movements) == (["kerb"], ())


def test_a_corner_is_dragged_after_zooming_in_and_a_thing_is_deleted(
    browser_page: Page, served: str, camera_file: Path
) -> None:
    pen = Pen(browser_page, served)
    for offset in (0.0, 0.4):
        pen.tool("zone")
        pen.click((0.1 + offset, 0.4), (0.3 + offset, 0.4), (0.3 + offset, 0.7), (0.1 + offset, 0.7))
        browser_page.keyboard.press("Enter")
    browser_page.locator("#things button").nth(1).click()
    browser_page.locator("#things button").nth(1).focus()
    browser_page.keyboard.press("Delete")
    browser_page.locator("#things button").nth(0).click()
    browser_page.mouse.move(400, 400)
    browser_page.mouse.wheel(0, -300)
    grip = browser_page.locator("#ink circle.grip").nth(2).bounding_box()
    still = browser_page.locator("#still").bounding_box()
    assert grip is not None
    assert still is not None
    browser_page.mouse.move(grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2)
    browser_page.mouse.down()
    browser_page.mouse.move(still["x"] + 0.35 * still["width"], still["y"] + 0.6 * still["height"], steps=4)
    browser_page.mouse.up()
    assert "version 2" in pen.save()
    (zone,) = validated(read_yaml(camera_file), CameraConfig).zones
    assert zone.polygon_norm[2] == pytest.approx((0.35, 0.6), abs=0.004)


def test_a_wrong_drawing_is_refused_in_words_and_nothing_is_lost(
    browser_page: Page, served: str, camera_file: Path
) -> None:
    before = camera_file.read_bytes()
    pen = Pen(browser_page, served)
    pen.tool("line")
    pen.click((0.2, 0.6), (0.8, 0.6), (0.5, 0.6))
    assert "names no side" in pen.save()
    assert camera_file.read_bytes() == before
    expect(browser_page.locator("#things button")).to_have_count(1)


def test_only_a_page_of_this_run_on_this_machine_can_save(served: str, camera_file: Path) -> None:
    before = camera_file.read_bytes()
    body = {"reference_still_wh": [10, 10]}
    wrong = [
        {"X-Matthan-Token": "guessed"},
        {},
        {"X-Matthan-Token": TOKEN, "Origin": "https://evil.example"},
        {"X-Matthan-Token": TOKEN, "Host": "evil.example"},
    ]
    for headers in wrong:
        assert httpx.put(f"{served}drawing", json=body, headers=headers).status_code == 403
    assert httpx.get(served, headers={"Host": "evil.example"}).status_code == 403
    assert (
        httpx.put(f"{served}drawing", content=b" " * 1_000_001, headers={"X-Matthan-Token": TOKEN}).status_code == 413
    )
    assert httpx.get(f"{served}../../etc/passwd").status_code == 404
    assert camera_file.read_bytes() == before
