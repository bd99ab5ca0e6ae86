"""Light and dark, Vietnamese and English, dialogs open: axe finds nothing, and the choice is kept."""

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from api.console.access.page_table import PAGES
from api.persistence.tables import cases
from api.principals import ROLES_WITH, Principal
from domain.cases.roles import Role
from domain.cases.states import CaseState
from domain.plates.reading import NOT_READ, PlateReading
from tests.browser.test_console_accessibility import violations
from tests.builders.centre import PASSWORD, QUEUE
from tests.builders.served_console import RunningCentre, keep

pytestmark = pytest.mark.browser
ADMIN = Principal(actor="user:sep", name="Sếp", role=Role.ADMIN)
PEOPLE = {
    Role.SUPERVISOR: "theme-truong",
    Role.AUDITOR: "theme-kiem",
    Role.POLICE: "theme-cong-an",
    Role.WARD: "theme-hoa",
}
SCHEMES = ("light", "dark")
FAINT = Path(__file__).with_name("faint_texts.js").read_text("utf-8")


@contextmanager
def opened(browser: Browser, centre: RunningCentre, role: Role, scheme: str) -> Iterator[Page]:
    """A browser whose system is light or dark, with somebody signed in."""
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
    page.goto("/console/login")
    page.locator("input[name=username]").fill(PEOPLE[role])
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url("**/console/**lang=vi")
    yield page
    context.close()


def brightness(page: Page) -> float:
    """Of the page's ground, 0 to 255."""
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    return sum(float(each) for each in re.findall(r"[\d.]+", colour)[:3]) / 3


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("role", list(PEOPLE))
def test_every_page_in_both_languages(browser: Browser, centre: RunningCentre, role: Role, scheme: str) -> None:
    number = -950 - 2 * list(PEOPLE).index(role) - SCHEMES.index(scheme)
    centre.add_case(number, plate=PlateReading(status="agreed", text="75F195001"))
    found: dict[str, list[str]] = {}
    with opened(browser, centre, role, scheme) as page:
        for path in (each for each in PAGES if role in ROLES_WITH[PAGES[each]]):
            first = next(one for one in PEOPLE if one in ROLES_WITH[PAGES[path]])
            if first is not role:
                continue
            for language in ("vi", "en"):
                page.goto(f"/console{path}?lang={language}")
                expect(page.get_by_role("navigation").first).to_be_visible()
                assert (brightness(page) < 100) == (scheme == "dark"), path
                assert page.locator("main").count() == 1, path
                assert str(page.locator("html").get_attribute("lang"))[:2] == language, path
                if path != "/":
                    assert page.get_by_role("heading", level=1).count() == 1, path
                found[f"{path} {language}"] = violations(page)
                if language == "vi":
                    keep(page, f"{scheme}-{path.strip('/') or 'cases'}")
        page.goto("/console/login")
        found["/login"] = violations(page)
    assert "\n".join(f"{path}: {line}" for path, lines in found.items() for line in lines) == ""


def over_the_page(page: Page) -> list[str]:
    """What axe finds while a dialog stands open, but for contrast, which it takes of buttons against what lies behind
    the dialog's backdrop (white on red reads as white on the page); that is computed here of every text of the dialog.
    """
    found = [line for line in violations(page) if not line.startswith("color-contrast")]
    return found + list(page.locator("[role=dialog]:visible, dialog[open]").first.evaluate(FAINT))


@pytest.mark.parametrize("scheme", SCHEMES)
def test_dialogs_of_the_review(browser: Browser, centre: RunningCentre, scheme: str) -> None:
    case_id = centre.add_case(-960 - SCHEMES.index(scheme), plate=NOT_READ, entered=False)
    found: dict[str, list[str]] = {}
    with opened(browser, centre, Role.SUPERVISOR, scheme) as page:
        for language in ("vi", "en"):
            page.goto(f"/console/?lang={language}&case={case_id}")
            expect(page.locator(".mt-decide").first).to_be_visible()
            found[f"plate {language}"] = violations(page)  # the field for it stands open, since nobody read one
            for name, key in (("reasons", "x"), ("keys", "?"), ("pictures", "i")):
                page.keyboard.press(key)
                shown = page.locator("[role=dialog]:visible, dialog[open]").first
                expect(shown).to_be_visible()
                found[f"{name} {language}"] = over_the_page(page)
                if language == "vi":
                    keep(page, f"{scheme}-dialog-{name}")
                page.keyboard.press("Escape")
                expect(shown).to_be_hidden()
    assert "\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines) == ""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_dialogs_of_what_asks_for_words(browser: Browser, centre: RunningCentre, scheme: str) -> None:
    """Evidence asked for, a case that waits for the police, one that they returned."""
    case_id = centre.add_case(-2101 - SCHEMES.index(scheme), entered=False)
    keys = {
        CaseState.QUEUED: ("e",),
        CaseState.READY: ("w",),
        CaseState.RETURNED: ("r", "c"),
    }
    found: dict[str, list[str]] = {}
    with opened(browser, centre, Role.SUPERVISOR, scheme) as page:
        for state, pressed in keys.items():
            with centre.builder.database.write() as connection:
                connection.execute(cases.update().where(cases.c.case_id == case_id).values(state=state.value))
            for language in ("vi", "en"):
                page.goto(f"/console/?lang={language}&case={case_id}")
                expect(page.locator(".mt-decide").first).to_be_visible()
                for key in pressed:
                    page.keyboard.press(key)
                    shown = page.locator("[role=dialog]:visible, dialog[open]").first
                    expect(shown).to_be_visible()
                    found[f"{state} {key} {language}"] = over_the_page(page)
                    if language == "vi":
                        keep(page, f"{scheme}-dialog-{state}-{key}")
                    page.keyboard.press("Escape")
                    expect(shown).to_be_hidden()
    assert "\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines) == ""


@pytest.mark.parametrize("scheme", SCHEMES)
def test_originals_and_exports_on_a_phone(browser: Browser, centre: RunningCentre, scheme: str) -> None:
    case_id = centre.add_case(-970 - SCHEMES.index(scheme), with_copy=True, entered=False)
    centre.builder.confirm(centre.builder.stored(uuid.UUID(case_id)))
    found: dict[str, list[str]] = {}
    with opened(browser, centre, Role.SUPERVISOR, scheme) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        for language, see in (("vi", "Xem bản gốc"), ("en", "See the originals")):
            page.goto(f"/console/?lang={language}&case={case_id}")
            page.get_by_role("button", name=see).click()
            shown = page.locator("[role=dialog]:visible, dialog[open]").first
            expect(shown).to_be_visible()
            found[f"originals {language}"] = over_the_page(page)
            keep(page, f"{scheme}-{language}-phone-originals")
            page.keyboard.press("Escape")
            page.goto(f"/console/exports?lang={language}&case={case_id}")
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            found[f"export {language}"] = violations(page)
            keep(page, f"{scheme}-{language}-phone-export")
            assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert "\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines) == ""


def test_the_reader_s_choice_stands_over_the_system_s_and_is_kept(browser: Browser, centre: RunningCentre) -> None:
    with opened(browser, centre, Role.AUDITOR, "dark") as page:
        page.goto("/console/account")
        switch = page.locator(".mt-theme")
        expect(switch).to_have_text("Theo máy")
        assert brightness(page) < 100
        switch.click()
        expect(switch).to_have_text("Sáng")
        expect(page.locator("body")).to_have_class(re.compile("body--light"))
        assert brightness(page) > 200
        page.goto("/console/figures")
        expect(page.locator(".mt-theme")).to_have_text("Sáng")
        assert brightness(page) > 200
        plain = page.request.get("/console/login").text()
        assert 'data-theme="light"' in plain
        page.emulate_media(color_scheme="light")
        page.locator(".mt-theme").click()
        expect(page.locator("body")).to_have_class(re.compile("body--dark"))
        assert brightness(page) < 100
        page.locator(".mt-theme").click()
        expect(page.locator(".mt-theme")).to_have_text("Theo máy")
        expect(page.locator("body")).to_have_class(re.compile("body--light"))


def test_what_goes_wrong_is_told_in_the_reader_s_language(browser: Browser, centre: RunningCentre) -> None:
    with opened(browser, centre, Role.AUDITOR, "dark") as page:
        for language, said in (("vi", "Mật khẩu không đúng"), ("en", "the password is wrong")):
            page.goto(f"/console/account?lang={language}")
            page.get_by_label("Mật khẩu" if language == "vi" else "Password", exact=False).first.fill("wrong")
            page.locator(".mt-saved button").first.click()
            expect(page.locator(".q-notification")).to_contain_text(said)


def test_what_is_too_faint_is_found(page: Page) -> None:
    page.set_content(
        "<main style='background:#fff'><p style='color:#999'>faint</p><p style='color:#333'>clear</p></main>"
    )
    assert page.locator("main").evaluate(FAINT) == ["faint: 2.85"]
