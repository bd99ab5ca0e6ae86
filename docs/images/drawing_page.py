"""Make the picture of the drawing page anew: ``python -m docs.images.drawing_page`` (needs Chromium)."""

import shutil
import tempfile
import threading
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from docs.rules.acts import ACTS
from docs.rules.scene import example_file, view_of
from docs.rules.svg import HEIGHT, WIDTH, background
from domain.camera import Signal
from matthan.drawing.drawing_file import read_drawing, write_drawing
from matthan.drawing.drawing_page import DrawingPage

_LAMP_NORM = (0.72, 0.03, 0.735, 0.1)
_OUT = Path(__file__).parent / "drawing-page.png"


def junction_with_everything(path: Path) -> None:
    """Write a camera's file with the drawings of several example cameras."""
    path.write_bytes(example_file("UTURN").read_bytes())
    own, *others = (read_drawing(example_file(code)) for code in ("UTURN", "WRONG_LANE", "LANE_CHANGE", "RED_LIGHT"))
    lamp = Signal(id="S1", source="lamp", lamp_region_norm=_LAMP_NORM)
    update = {
        "zones": tuple(zone for other in others for zone in other.zones),
        "lines": own.lines + tuple(line for other in others for line in other.lines),
        "signals": (lamp,),
    }
    write_drawing(path, own.model_copy(update=update))


def still_of(page: Page) -> bytes:
    """The bare road of the example cameras as a PNG, with a lamp."""
    view = view_of("UTURN")
    x1, y1, x2, y2 = _LAMP_NORM
    lamp = (
        f'<rect x="{x1 * WIDTH}" y="{y1 * HEIGHT}" width="{(x2 - x1) * WIDTH}" height="{(y2 - y1) * HEIGHT}" '
        f'fill="#222"/><circle cx="{(x1 + x2) / 2 * WIDTH}" cy="{(y1 + 0.012) * HEIGHT}" r="4" fill="#ff3b30"/>'
    )
    road = "\n".join(background(view, ACTS["UTURN"]))
    page.set_viewport_size({"width": 2 * WIDTH, "height": 2 * HEIGHT})
    page.set_content(f'<body style="margin:0"><svg viewBox="0 0 {WIDTH} {HEIGHT}" width="100%">{road}{lamp}</svg>')
    return page.screenshot()


def main() -> None:
    """Serve the page, look at it, and write what it shows."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        camera_file = Path(folder) / "hung-vuong-junction.yaml"
        junction_with_everything(camera_file)
        served = DrawingPage(camera_file, still=still_of(page), still_type="image/png", token="picture")  # noqa: S106
        threading.Thread(target=served.serve, daemon=True).start()
        page.set_viewport_size({"width": 1366, "height": 768})
        page.goto(served.url)
        page.get_by_role("button", name="no-u-turn").click()
        page.screenshot(path=str(_OUT))
        served.close()
        browser.close()


if __name__ == "__main__":
    main()
