"""Every page of the console against WCAG 2.1 A and AA, by axe-core in a browser.

A page is visited once in each language and judged there: on a desk in light and dark, on a phone, on a 4K wall.
"""

import pytest
from playwright.sync_api import Browser, Page, expect

from api.console.access.page_table import PAGES
from api.principals import ROLES_WITH, Principal
from domain.canonical import canonical_bytes
from domain.cases.roles import Role
from domain.plates.reading import PlateReading
from tests.builders.alerts import build_alert
from tests.builders.judged_pages import PEOPLE, SCHEMES, opened, violations, wear
from tests.builders.reminders import build_reminder
from tests.builders.served_console import RunningCentre, keep

pytestmark = pytest.mark.browser
SIZES = {"desk": (1366, 768), "phone": (390, 844), "wall": (3840, 2160)}
JUDGED = {  # of each language: how wide, in which theme
    "vi": (("desk", "light"), ("desk", "dark"), ("phone", "dark"), ("wall", "light")),
    "en": (("desk", "light"), ("desk", "dark")),
}


@pytest.fixture
def filled(centre: RunningCentre, monkeypatch: pytest.MonkeyPatch) -> RunningCentre:
    """Something on every page."""
    monkeypatch.setattr("api.audit.record_search.MOST_SHOWN", 10)  # its rows are alike, and each is judged
    builder = centre.builder
    box = Principal(actor="key:box-1", name="box-1", role=Role.EDGE, box_id="box-1")
    builder.box_key("box-1")
    builder.centre.alerts.take("box-1", canonical_bytes(build_alert()))
    builder.centre.reminder_intake.take(box, canonical_bytes(build_reminder()))
    return centre


def pages_of(role: Role) -> list[str]:
    """Those that this role is the first of our people to open."""
    return [page for page in PAGES if role is next(one for one in PEOPLE if one in ROLES_WITH[PAGES[page]])]


@pytest.mark.parametrize("role", list(PEOPLE))
def test_every_page_in_every_form(browser: Browser, filled: RunningCentre, role: Role) -> None:
    filled.add_case(-950 - list(PEOPLE).index(role), plate=PlateReading(status="agreed", text="75F195001"))
    found: dict[str, list[str]] = {}
    with opened(browser, filled, role) as page:
        for path in pages_of(role):
            for language, forms in JUDGED.items():
                page.goto(f"/console{path}?lang={language}")
                expect(page.get_by_role("navigation").first).to_be_visible()
                assert page.locator("main").count() == 1, path
                assert str(page.locator("html").get_attribute("lang"))[:2] == language, path
                if path != "/":
                    assert page.get_by_role("heading", level=1).count() == 1, path
                for size, scheme in forms:
                    found[f"{path} {language} {size} {scheme}"] = judged(page, path, size, scheme)
                    if language == "vi":
                        keep(page, f"{size}-{scheme}-{path.strip('/') or 'cases'}")
        page.goto("/console/login")
        for scheme in SCHEMES:
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found[f"/login {scheme}"] = violations(page)
    assert "\n".join(f"{path}: {line}" for path, lines in found.items() for line in lines) == ""


def judged(page: Page, path: str, size: str, scheme: str) -> list[str]:
    """What axe finds on the open page at a size, in a theme; nothing runs over the edge."""
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    wear(page, scheme)
    wide = page.evaluate("document.documentElement.scrollWidth")
    if path != "/":
        assert wide <= width, f"{path} is {wide} px wide on a {size}"
    return violations(page)
