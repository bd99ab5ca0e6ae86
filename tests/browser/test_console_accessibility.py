"""Every page of the console against WCAG 2.1 A and AA, by axe-core in a browser; on a desk, a phone and a 4K wall."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from api.console.access.page_table import PAGES
from api.principals import ROLES_WITH, Principal
from domain.canonical import canonical_bytes
from domain.cases.roles import Role
from domain.plates.reading import PlateReading
from tests.builders.alerts import build_alert
from tests.builders.centre import QUEUE
from tests.builders.reminders import build_reminder
from tests.builders.served_console import RunningCentre

pytestmark = pytest.mark.browser
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}
ADMIN = Principal(actor="user:sep", name="Sếp", role=Role.ADMIN)
PEOPLE = {Role.SUPERVISOR: "truong", Role.AUDITOR: "kiem", Role.POLICE: "canh-sat", Role.WARD: "hoa"}
SIZES = {"desk": (1366, 768), "phone": (390, 844), "wall": (3840, 2160)}


def who_opens(page: str) -> Role:
    """The first of our people who may."""
    return next(role for role in PEOPLE if role in ROLES_WITH[PAGES[page]])


@pytest.fixture
def filled(centre: RunningCentre) -> RunningCentre:
    """Something on every page."""
    builder = centre.builder
    known = {account.username for account in builder.centre.accounts.list_users(ADMIN)}
    for role, name in PEOPLE.items():
        if name not in known:
            builder.user(
                name,
                role,
                wards=("phu-xuan",) if role is Role.WARD else (),
                queues=(QUEUE,) if role is Role.POLICE else (),
            )
    box = Principal(actor="key:box-1", name="box-1", role=Role.EDGE, box_id="box-1")
    builder.box_key("box-1")
    builder.centre.alerts.take("box-1", canonical_bytes(build_alert()))
    builder.centre.reminder_intake.take(box, canonical_bytes(build_reminder()))
    return centre


def violations(page: Page) -> list[str]:
    """What axe finds, a line each: rule, how bad, where."""
    found = Axe().run(page, options=RULES).response["violations"]
    return [
        f"{each['id']} ({each['impact']}): {node['html'][:120]} {node['failureSummary']}"
        for each in found
        for node in each["nodes"][:4]
    ]


def pages_of(role: Role) -> list[str]:
    return [page for page in PAGES if who_opens(page) is role]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("role", list(PEOPLE))
def test_axe_finds_nothing(browser: Browser, filled: RunningCentre, role: Role, size: str) -> None:
    number = 700 + 10 * list(PEOPLE).index(role) + list(SIZES).index(size)
    filled.add_case(number, plate=PlateReading(status="agreed", text="75F112345"))
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, base_url=filled.url)
    page = context.new_page()
    page.goto("/console/login")
    found = {"/login": violations(page)}
    page.locator("input[name=username]").fill(PEOPLE[role])
    page.locator("input[name=password]").fill("a long enough password")
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url("**/console/**lang=vi")
    for path in pages_of(role):
        page.goto(f"/console{path}")
        expect(page.get_by_role("navigation").first).to_be_visible()
        found[path] = violations(page)
        wide = page.evaluate("document.documentElement.scrollWidth")
        if path != "/":
            assert wide <= width, f"{path} is {wide} px wide on a {size}"
    context.close()
    assert [f"{path}: {line}" for path, lines in found.items() for line in lines] == []
