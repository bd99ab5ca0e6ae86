"""Make a picture of every page anew, the console's and the citizens': ``python -m docs.screenshots`` (needs Chromium).

A centre of its own with made-up cases is served on the loopback; nobody is in the pictures.
"""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Literal

from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from api.console.access.page_table import PAGES
from api.console.words import translate
from api.principals import ROLES_WITH
from docs.screenshots.filled_centre import PEOPLE, Shown, fill
from domain.cases.roles import Role
from tests.builders.centre import PASSWORD
from tests.builders.served_console import RunningCentre

OUT: Final = Path(__file__).parents[1] / "images" / "pages"
LIST: Final = Path(__file__).parents[1] / "console-pages.md"
ON_A_PHONE: Final = {"/reminders": Role.WARD, "/police": Role.POLICE}
IN_THE_DARK: Final = "/"
DESK: Final = ViewportSize(width=1366, height=768)
PHONE: Final = ViewportSize(width=390, height=844)
OF_ONE: Final = {"/camera": "?box=box-1&camera=cam-2"}
NAMES: Final = {"/": "cases", "/look-ups": "look_ups", "/reports": "citizen_reports"}
PATIENCE_MS: Final = 120_000
OF_CITIZENS: Final = {
    "citizen-home": ("Cổng của người dân", "For citizens", "/cong-dan"),
    "citizen-opens": ("Mở vụ việc của mình", "Opening one's case", "/cong-dan/vu-viec"),
    "citizen-case": ("Vụ việc của tôi", "One's own case", "/cong-dan/vu-viec"),
    "citizen-report": ("Gửi phản ánh", "A report", "/cong-dan/phan-anh"),
    "citizen-figures": ("Số liệu công khai", "Public figures", "/cong-dan/so-lieu"),
}
BESIDE: Final = {
    "sign-in": ("Đăng nhập", "Signing in", "/console/login"),
    "one-report": ("Một phản ánh", "One report", "/console/reports?report="),
    "draws": ("Vẽ vùng cho camera", "Drawing a camera's zones", "/console/draw/"),
}


def main() -> None:
    """Fill a centre, look at its pages, and write what they show."""
    OUT.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        centre = RunningCentre(Path(folder))
        shown = fill(centre, Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for role, name in PEOPLE.items():
            pages = [page for page in PAGES if first_who_opens(page) is role]
            take(browser, centre, name, pages, size=DESK)
        for page, role in ON_A_PHONE.items():
            take(browser, centre, PEOPLE[role], [page], size=PHONE, end="-phone")
        take(browser, centre, PEOPLE[Role.SUPERVISOR], [IN_THE_DARK], size=DESK, end="-dark", theme="dark")
        take_beside(browser, centre, shown)
        take_citizens(browser, centre, shown)
        browser.close()
        centre.stop()
    LIST.write_text(list_text(), "utf-8")


def first_who_opens(page: str) -> Role:
    """Whose picture of a page is taken."""
    return next(role for role in PEOPLE if role in ROLES_WITH[PAGES[page]])


def file_name(page: str) -> str:
    """The picture of a page."""
    return NAMES.get(page, page.strip("/").replace("-", "_"))


@contextmanager
def opened(
    browser: Browser, centre: RunningCentre, size: ViewportSize, theme: Literal["light", "dark"] = "light"
) -> Iterator[Page]:
    """A page of a browser that nobody used before."""
    context = browser.new_context(viewport=size, base_url=centre.url, color_scheme=theme, locale="vi-VN")
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


def keep(page: Page, name: str, *, whole: bool = False) -> None:
    """Write what a page shows, once everything that it asked for is there."""
    page.wait_for_load_state("networkidle")
    page.screenshot(path=str(OUT / f"{name}.jpg"), type="jpeg", quality=72, full_page=whole)


def sign_in(page: Page, name: str) -> None:
    """Go through the door, as a person does."""
    page.goto("/console/login")
    page.locator("input[name=username]").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url("**/console/**lang=vi")


def take(
    browser: Browser,
    centre: RunningCentre,
    name: str,
    pages: list[str],
    *,
    size: ViewportSize,
    end: str = "",
    theme: Literal["light", "dark"] = "light",
) -> None:
    """Take the pictures that one person sees."""
    with opened(browser, centre, size, theme) as page:
        sign_in(page, name)
        for path in pages:
            page.goto(f"/console{path}{OF_ONE.get(path, '')}")
            page.get_by_role("navigation").first.wait_for()
            keep(page, f"{file_name(path)}{end}")


def take_beside(browser: Browser, centre: RunningCentre, shown: Shown) -> None:
    """The pages that are of one thing, or before the door."""
    with opened(browser, centre, DESK) as page:
        page.goto(BESIDE["sign-in"][2])
        keep(page, "sign-in")
        sign_in(page, "sep")
        box, camera = shown.camera
        page.goto(f"{BESIDE['draws'][2]}?box={box}&camera={camera}")
        keep(page, "draws")
    with opened(browser, centre, DESK) as page:
        sign_in(page, "lan")
        page.goto(f"{BESIDE['one-report'][2]}{shown.report_id}")
        page.get_by_text("Tiếp nhận và lập hồ sơ vụ việc").click()
        keep(page, "one-report", whole=True)


def take_citizens(browser: Browser, centre: RunningCentre, shown: Shown) -> None:
    """The pages of citizens, on a phone."""
    with opened(browser, centre, PHONE) as page:
        for name, (_, _, path) in OF_CITIZENS.items():
            page.goto(path)
            if name == "citizen-case":
                page.get_by_label("Số thông báo").fill(shown.notice.number)
                page.get_by_label("Mã tra cứu").fill(shown.notice.code)
                page.get_by_role("button", name="Xem vụ việc").click()
                page.get_by_role("heading", level=1).filter(has_text="Thông báo số").wait_for()
            keep(page, name, whole=True)


def list_text() -> str:
    """The page that shows them."""
    lines = ["# The pages", "", "Made by `python -m docs.screenshots` from made-up cases.", ""]
    for path in PAGES:
        name = file_name(path)
        lines += [f"## {translate('vi', name)} ({translate('en', name)})", ""]
        lines += [f"`/console{path}`", "", f"![{translate('en', name)}](images/pages/{name}.jpg)", ""]
        if path == IN_THE_DARK:
            lines += [f"![{translate('en', name)}, in the dark](images/pages/{name}-dark.jpg)", ""]
        if path in ON_A_PHONE:
            lines += [f"![{translate('en', name)}, on a phone](images/pages/{name}-phone.jpg)", ""]
    for name, (vi, en, path) in (BESIDE | OF_CITIZENS).items():
        lines += [f"## {vi} ({en})", "", f"`{path}`", "", f"![{en}](images/pages/{name}.jpg)", ""]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
