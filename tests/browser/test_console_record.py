"""The auditors' page of the record: searched by a case and a person, checked, and nobody else's."""

import pytest
from playwright.sync_api import Page, expect

from domain.cases.roles import Role
from tests.builders.served_console import RunningCentre, keep, open_console, sign_in

pytestmark = pytest.mark.browser


def test_an_auditor_finds_what_was_done_and_has_the_record_checked(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(-4110)
    centre.builder.user("kiem-so", Role.AUDITOR)
    sign_in(page, "kiem-so")
    page.goto("/console/record?lang=vi")
    rows = page.locator("tbody tr")
    expect(rows.first).to_be_visible()
    page.get_by_label("Mã hồ sơ").fill("not a number")
    page.get_by_role("button", name="Tìm", exact=True).click()
    expect(page.get_by_text("Mã hồ sơ không đúng dạng")).to_be_visible()
    page.get_by_label("Mã hồ sơ").fill(case_id)
    page.get_by_label("Mã hồ sơ").press("Enter")
    expect(rows.last).to_contain_text("Thiết bị gửi hồ sơ")
    expect(page.get_by_text("Đã tìm hết sổ")).to_be_visible()
    expect(rows.get_by_role("link", name=case_id)).to_have_count(rows.count())
    keep(page, "record")
    page.get_by_label("Mã hồ sơ").fill("")
    page.get_by_label("Người hoặc máy").fill("kiem-so")
    page.get_by_label("Người hoặc máy").press("Enter")
    expect(rows.last).to_contain_text("Đăng nhập")
    page.get_by_role("button", name="Kiểm tra toàn bộ sổ").click()
    expect(page.get_by_text("Mắt xích cuối")).to_be_visible()
    keep(page, "record-checked")
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "wider than the phone"


def test_an_admin_is_led_to_a_page_of_his_own(page: Page, centre: RunningCentre) -> None:
    open_console(page, "sep")
    expect(page).to_have_url(f"{centre.url}/console/boxes?lang=vi")
    page.goto("/console/record")
    expect(page).to_have_url(f"{centre.url}/console/boxes?lang=vi")
