"""Pages of the console as people of each role see them, judged by axe-core: in light and dark, wide and narrow."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from api.principals import Principal
from domain.cases.roles import Role
from tests.builders.centre import QUEUE
from tests.builders.served_console import RunningCentre, open_console

PEOPLE = {
    Role.SUPERVISOR: "theme-truong",
    Role.AUDITOR: "theme-kiem",
    Role.POLICE: "theme-cong-an",
    Role.WARD: "theme-hoa",
}
SCHEMES = ("light", "dark")
ADMIN = Principal(actor="user:sep", name="Sếp", role=Role.ADMIN)
_RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]},
    "resultTypes": ["violations"],  # of what passes not every node is written out
}
_AXE = Axe()
_SETTLED = """scheme => document.body.classList.contains('body--dark') === (scheme === 'dark')
    && !document.getAnimations().some(each => each instanceof CSSTransition)"""


def violations(page: Page) -> list[str]:
    """What axe finds against WCAG 2.1 A and AA, a line each: rule, how bad, where."""
    if not page.evaluate("'axe' in window"):  # half a megabyte, once a page
        page.evaluate(_AXE.axe_script)
    found = page.evaluate("options => axe.run(options).then(said => said.violations)", _RULES)
    return [
        f"{each['id']} ({each['impact']}): {node['html'][:120]} {node['failureSummary']}"
        for each in found
        for node in each["nodes"][:4]
    ]


@contextmanager
def opened(browser: Browser, centre: RunningCentre, role: Role, scheme: str = "light") -> Iterator[Page]:
    """A browser whose system is light or dark, with somebody of a role signed in."""
    known = {account.username for account in centre.builder.centre.accounts.list_users(ADMIN)}
    if PEOPLE[role] not in known:
        wards, queues = ("phu-xuan",) * (role is Role.WARD), (QUEUE,) * (role is Role.POLICE)
        centre.builder.user(PEOPLE[role], role, wards=wards, queues=queues)
    context = browser.new_context(
        viewport={"width": 1366, "height": 768},
        base_url=centre.url,
        color_scheme=scheme,  # type: ignore[arg-type]
    )
    page = context.new_page()
    open_console(page, PEOPLE[role])
    yield page
    context.close()


def wear(page: Page, scheme: str) -> None:
    """Have the reader's system change to light or dark, until the page has followed."""
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.wait_for_function(_SETTLED, arg=scheme)
    assert (brightness(page) < 100) == (scheme == "dark"), page.url


def brightness(page: Page) -> float:
    """Of the page's ground, 0 to 255."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(float(each) for each in re.findall(r"[\d.]+", colour)[:3]) / 3
