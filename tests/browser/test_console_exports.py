"""Two people let pictures out on the page of exports, in a real browser."""

import uuid
import zipfile

import pytest
from playwright.sync_api import Browser, Page, expect

from api.exports.archive import SHEET_FILE
from api.principals import Principal
from domain.cases.roles import Role
from tests.builders.served_console import RunningCentre, keep, sign_in

pytestmark = pytest.mark.browser
ADMIN = Principal(actor="user:sep", name="Sếp", role=Role.ADMIN)


@pytest.fixture(autouse=True)
def people(centre: RunningCentre) -> None:
    known = {account.username for account in centre.builder.centre.accounts.list_users(ADMIN)}
    for name, role in (("lan", Role.OPERATOR), ("truong", Role.SUPERVISOR)):
        if name not in known:
            centre.builder.user(name, role)


def test_one_asks_another_approves_and_the_first_fetches(page: Page, browser: Browser, centre: RunningCentre) -> None:
    case_id = centre.add_case(-901, with_copy=True, entered=False)
    centre.builder.confirm(centre.builder.stored(uuid.UUID(case_id)))
    sign_in(page, "lan")
    page.goto(f"/console/?lang=vi&case={case_id}")
    page.get_by_role("link", name="Đề nghị xuất").click()
    page.get_by_role("button", name="Đề nghị xuất").click()
    expect(page.get_by_text("Hãy chọn lý do và ghi nơi nhận")).to_be_visible()
    page.get_by_label("Lý do").click()
    page.get_by_role("option", name="Tòa án, cơ quan thanh tra yêu cầu").click()
    recipient = f"Tòa án thành phố Huế {case_id[:8]}"
    page.get_by_label("Nơi nhận").fill(recipient)
    page.get_by_role("button", name="Đề nghị xuất").click()
    own = page.get_by_role("region").filter(has_text=recipient)
    expect(own).to_contain_text("Chờ người thứ hai duyệt")
    expect(own).to_contain_text("Người khác phải duyệt")

    second = browser.new_context(base_url=centre.url).new_page()
    sign_in(second, "truong")
    second.goto("/console/exports?lang=vi")
    asked = second.get_by_role("region").filter(has_text=recipient)
    asked.get_by_role("button", name="Không duyệt").click()
    expect(second.get_by_text("Hãy ghi vì sao không duyệt")).to_be_visible()
    keep(second, "exports")
    asked.get_by_role("button", name="Duyệt", exact=True).click()
    expect(asked).to_contain_text("Đã duyệt, chờ lấy")
    expect(asked.get_by_role("button")).to_have_count(0)
    second.context.close()

    page.goto("/console/exports?lang=en")
    own = page.get_by_role("region").filter(has_text=recipient)
    expect(own).to_contain_text("Approved, to be fetched")
    with page.expect_download(timeout=90_000) as download:
        own.get_by_role("button", name="Fetch").click()
    archive = zipfile.ZipFile(download.value.path())
    assert SHEET_FILE in archive.namelist()
    assert "blurred-clip.mp4" in archive.namelist()
    page.reload()
    expect(page.get_by_role("region").filter(has_text=recipient)).to_contain_text("Exported")
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.get_by_text("Đã xuất ra ngoài")).to_be_visible()
    assert [e.action for e in centre.history(case_id) if e.action.endswith("_export")] == [
        "ask_export",
        "answer_export",
        "produce_export",
    ]
