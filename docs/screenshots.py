"""Make a picture of every page of the console anew: ``python -m docs.screenshots`` (needs Chromium).

A centre of its own with made-up cases is served on the loopback; nobody is in the pictures.
"""

import shutil
import tempfile
import uuid
from datetime import timedelta
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, sync_playwright

from api.cases.review import Decision
from api.console.access.page_table import PAGES
from api.console.words import translate
from api.persistence.tables import cases
from api.principals import ROLES_WITH, Principal
from domain.canonical import canonical_bytes
from domain.cases.exporting import Content
from domain.cases.plate_search import PlatePattern
from domain.cases.roles import Role
from tests.builders.alerts import build_alert
from tests.builders.camera_fleet import BOX, put_cameras
from tests.builders.cases import NOON
from tests.builders.centre import PASSWORD, QUEUE
from tests.builders.ledgers import day_page, payload, quarter_page
from tests.builders.reminders import build_reminder
from tests.builders.served_console import RunningCentre

OUT: Final = Path(__file__).parent / "images" / "pages"
LIST: Final = Path(__file__).parent / "console-pages.md"
PEOPLE: Final = {Role.SUPERVISOR: "truong", Role.AUDITOR: "kiem", Role.POLICE: "canh-sat", Role.WARD: "hoa"}
ON_A_PHONE: Final = {"/reminders": Role.WARD, "/police": Role.POLICE}
DESK, PHONE = {"width": 1366, "height": 768}, {"width": 390, "height": 844}
OF_ONE: Final = {"/camera": "?box=box-1&camera=cam-2"}
NAMES: Final = {"/": "cases", "/look-ups": "look_ups"}


def main() -> None:
    """Fill a centre, look at its pages, and write what they show."""
    OUT.mkdir(parents=True, exist_ok=True)
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        centre = RunningCentre(Path(folder))
        fill(centre, Path(folder))
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for role, name in PEOPLE.items():
            pages = [page for page in PAGES if first_who_opens(page) is role]
            take(browser, centre, name, pages, size=DESK, end="")
        for page, role in ON_A_PHONE.items():
            take(browser, centre, PEOPLE[role], [page], size=PHONE, end="-phone")
        browser.close()
        centre.stop()
    LIST.write_text(list_text(), "utf-8")


def first_who_opens(page: str) -> Role:
    """Whose picture of a page is taken."""
    return next(role for role in PEOPLE if role in ROLES_WITH[PAGES[page]])


def file_name(page: str) -> str:
    """The picture of a page."""
    return NAMES.get(page, page.strip("/").replace("-", "_"))


def take(
    browser: Browser, centre: RunningCentre, name: str, pages: list[str], *, size: dict[str, int], end: str
) -> None:
    """Take the pictures that one person sees."""
    context = browser.new_context(viewport={"width": size["width"], "height": size["height"]}, base_url=centre.url)
    page = context.new_page()
    page.goto("/console/login")
    page.locator("input[name=username]").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url("**/console/**lang=vi")
    for path in pages:
        page.goto(f"/console{path}{OF_ONE.get(path, '')}")
        page.get_by_role("navigation").first.wait_for()
        page.wait_for_load_state("networkidle")
        page.screenshot(path=str(OUT / f"{file_name(path)}{end}.jpg"), type="jpeg", quality=72)
    context.close()


def list_text() -> str:
    """The page that shows them."""
    lines = ["# The console's pages", "", "Made by `python -m docs.screenshots` from made-up cases.", ""]
    for path in PAGES:
        name = file_name(path)
        lines += [f"## {translate('vi', name)} ({translate('en', name)})", ""]
        lines += [f"`/console{path}`", "", f"![{translate('en', name)}](images/pages/{name}.jpg)", ""]
        if path in ON_A_PHONE:
            lines += [f"![{translate('en', name)}, on a phone](images/pages/{name}-phone.jpg)", ""]
    return "\n".join(lines)


def fill(centre: RunningCentre, folder: Path) -> None:
    """Something for every page."""
    builder = centre.builder
    services = builder.centre
    for role, name in PEOPLE.items():
        wards = ("phu-xuan",) if role is Role.WARD else ()
        builder.user(name, role, wards=wards, queues=(QUEUE,) if role is Role.POLICE else ())
    builder.box_key("box-1")
    made = [centre.add_case(minute, code=code) for minute, code in enumerate(("RED_LIGHT", "PARK_PAVEMENT") * 4)]
    lan = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
    for number, case_id in enumerate(made[:4]):
        stored = builder.stored(uuid.UUID(case_id))
        answer = Decision(decision="confirm") if number % 2 else Decision(decision="reject", reason_code="DUPLICATE")
        services.review.decide(lan, stored.case_id, answer, expected_version=stored.version)
    with builder.database.write() as connection:
        late = builder.clock.now() - timedelta(days=2, hours=20)
        connection.execute(cases.update().where(cases.c.case_id == made[5]).values(began_at=late))
        connection.execute(cases.update().where(cases.c.case_id == made[6]).values(plate_key="75F112345"))
    services.plates.find(lan, PlatePattern.of("75F1123*"), purpose="DUPLICATE", note="")
    confirmed = builder.confirm(builder.stored(uuid.UUID(made[7]))).case_id
    court = "Tòa án nhân dân thành phố Huế"
    services.exports.ask(lan, confirmed, content=Content.COPIES, recipient=court, reason_code="COURT", note="")
    services.alerts.take("box-1", canonical_bytes(build_alert()))
    services.reminder_intake.take(BOX, canonical_bytes(build_reminder()))
    services.ledger_intake.take(BOX, payload(day_page(judged=9000, seen=1240, case=3), quarter_page(NOON, car=12)))
    put_cameras(builder, folder)


if __name__ == "__main__":
    main()
