"""Dialogs open in light and dark, Vietnamese and English: axe finds nothing; the reader's choice of a theme is kept."""

import re
import uuid
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from api.persistence.tables import cases
from domain.cases.roles import Role
from domain.cases.states import CaseState
from domain.plates.reading import NOT_READ
from tests.builders.judged_pages import SCHEMES, brightness, opened, violations, wear
from tests.builders.served_console import RunningCentre, keep

pytestmark = pytest.mark.browser
DIALOG = "[role=dialog]:visible, dialog[open]"
FAINT = Path(__file__).with_name("faint_texts.js").read_text("utf-8")


def over_the_page(page: Page, name: str) -> list[str]:
    """What axe finds in light and dark while a dialog stands open, but for contrast.

    That it takes of buttons against what lies behind the dialog's backdrop (white on red reads as white on the page);
    it is computed here of every text of the dialog.
    """
    found: list[str] = []
    for scheme in SCHEMES:
        wear(page, scheme)
        found += [f"{scheme}: {line}" for line in violations(page) if not line.startswith("color-contrast")]
        found += [f"{scheme}: {text}" for text in page.locator(DIALOG).first.evaluate(FAINT)]
        keep(page, f"{scheme}-dialog-{name}")
    return found


def in_both(page: Page) -> list[str]:
    """What axe finds in light and dark."""
    found: list[str] = []
    for scheme in SCHEMES:
        wear(page, scheme)
        found += [f"{scheme}: {line}" for line in violations(page)]
    return found


def test_dialogs_of_the_review(browser: Browser, centre: RunningCentre) -> None:
    case_id = centre.add_case(-960, plate=NOT_READ, entered=False)
    found: dict[str, list[str]] = {}
    with opened(browser, centre, Role.SUPERVISOR) as page:
        for language in ("vi", "en"):
            page.goto(f"/console/?lang={language}&case={case_id}")
            expect(page.locator(".mt-decide").first).to_be_visible()
            found[f"plate {language}"] = in_both(page)  # the field for it stands open, since nobody read one
            for name, key in (("reasons", "x"), ("keys", "?"), ("pictures", "i")):
                page.keyboard.press(key)
                shown = page.locator(DIALOG).first
                expect(shown).to_be_visible()
                found[f"{name} {language}"] = over_the_page(page, f"{language}-{name}")
                page.keyboard.press("Escape")
                expect(shown).to_be_hidden()
    assert "\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines) == ""


def test_dialogs_of_what_asks_for_words(browser: Browser, centre: RunningCentre) -> None:
    """Evidence asked for, a case that waits for the police, one that they returned."""
    case_id = centre.add_case(-2101, entered=False)
    keys = {
        CaseState.QUEUED: ("e",),
        CaseState.READY: ("w",),
        CaseState.RETURNED: ("r", "c"),
    }
    found: dict[str, list[str]] = {}
    with opened(browser, centre, Role.SUPERVISOR) as page:
        for state, pressed in keys.items():
            with centre.builder.database.write() as connection:
                connection.execute(cases.update().where(cases.c.case_id == case_id).values(state=state.value))
            for language in ("vi", "en"):
                page.goto(f"/console/?lang={language}&case={case_id}")
                expect(page.locator(".mt-decide").first).to_be_visible()
                for key in pressed:
                    page.keyboard.press(key)
                    shown = page.locator(DIALOG).first
                    expect(shown).to_be_visible()
                    found[f"{state} {key} {language}"] = over_the_page(page, f"{language}-{state}-{key}")
                    page.keyboard.press("Escape")
                    expect(shown).to_be_hidden()
    assert "\n".join(f"{name}: {line}" for name, lines in found.items() for line in lines) == ""


def test_originals_and_exports_on_a_phone(browser: Browser, centre: RunningCentre) -> None:
    case_id = centre.add_case(-970, with_copy=True, entered=False)
    centre.builder.confirm(centre.builder.stored(uuid.UUID(case_id)))
    found: dict[str, list[str]] = {}
    with opened(browser, centre, Role.SUPERVISOR) as page:
        page.set_viewport_size({"width": 390, "height": 844})
        for language, see in (("vi", "Xem bản gốc"), ("en", "See the originals")):
            page.goto(f"/console/?lang={language}&case={case_id}")
            page.get_by_role("button", name=see).click()
            shown = page.locator(DIALOG).first
            expect(shown).to_be_visible()
            found[f"originals {language}"] = over_the_page(page, f"{language}-phone-originals")
            page.keyboard.press("Escape")
            page.goto(f"/console/exports?lang={language}&case={case_id}")
            expect(page.get_by_role("heading", level=1)).to_be_visible()
            found[f"export {language}"] = in_both(page)
            keep(page, f"{language}-phone-export")
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
