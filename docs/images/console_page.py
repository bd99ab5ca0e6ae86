"""Make the README's picture of the console: ``python -m docs.images.console_page`` (needs Chromium, runs the demo).

The demo's composed junction is served by the product itself: the case in the picture was found by detection.
"""

import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

from playwright.sync_api import sync_playwright

from deploy.demo.operator import Operator
from deploy.demo.place import JUNCTION_CAMERA
from deploy.demo.town import OPERATOR, Town, running_town

OUT: Final = Path(__file__).with_name("console.png")
WITHIN_S: Final = 600.0
_SECONDS_IN: Final = 4.9  # of the clip: the car comes to the line, the lamp shows red


def main() -> None:
    """Run the demo until the junction has a case, and take the picture of its page."""
    with (
        tempfile.TemporaryDirectory() as folder,
        running_town(Path(folder) / "demo", print, stall_stands=False) as town,
    ):
        case_id = red_light_case(town)
        take(town, case_id)


def red_light_case(town: Town) -> str:
    """Wait for a case of the composed junction.

    Raises:
        TimeoutError: none came.
    """
    until_s = time.monotonic() + WITHIN_S
    with Operator(centre_url=town.centre_url, username=OPERATOR, password=town.operator_password) as operator:
        while time.monotonic() < until_s:
            for case in operator.cases():
                if case["camera_id"] == JUNCTION_CAMERA and case["code"] == "RED_LIGHT":
                    return str(case["case_id"])
            town.raise_if_dead()
            time.sleep(1)
    raise TimeoutError("the junction has no case")


def take(town: Town, case_id: str) -> None:
    """Open a case as the demo's operator does, stop its clip at the decisive moment and take the picture."""
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1366, "height": 768})
        page.goto(f"{town.centre_url}/console/login")
        page.locator("input[name=username]").fill(OPERATOR)
        page.locator("input[name=password]").fill(town.operator_password)
        page.get_by_role("button", name="Đăng nhập").click()
        page.wait_for_url("**/console/**lang=vi")
        page.goto(f"{town.centre_url}/console/?lang=vi&case={case_id}")
        page.wait_for_function(f"document.querySelector('.mt-stage video')?.currentTime > {_SECONDS_IN}")
        page.keyboard.press(" ")
        page.mouse.move(683, 760)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=str(OUT))
        browser.close()


if __name__ == "__main__":
    main()
