"""Who can make somebody out on a blurred copy says so on the page of the case, and those who watch see the count."""

import uuid

import pytest
from playwright.sync_api import Page, expect

from tests.builders.served_console import RunningCentre, keep, sign_in

pytestmark = pytest.mark.browser


def test_what_redaction_missed_is_said_on_the_case_and_counted_for_its_camera(
    page: Page, centre: RunningCentre
) -> None:
    case_id = centre.add_case(-4001, camera_id="cam-misses", with_copy=True, entered=False)
    centre.builder.confirm(centre.builder.stored(uuid.UUID(case_id)))
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    page.get_by_text("Còn nhận ra mặt hoặc đọc được biển xe khác?").click()
    page.get_by_role("button", name="Nhận ra mặt: blurred-clip.mp4").click()
    expect(page.get_by_text("Đã ghi nhận")).to_be_visible()
    keep(page, "readable")
    (said,) = [event for event in centre.history(case_id) if event.action == "redaction_missed"]
    assert said.body == {"file": "blurred-clip.mp4", "readable": "face"}
    shown = page.request.get(f"/api/v1/cases/{case_id}/files/clip.mp4")
    assert shown.status == 409
    page.goto("/console/oversight?lang=vi")
    row = page.get_by_role("row").filter(has_text="cam-misses").filter(has_text="1")
    expect(row.first).to_be_visible()
    expect(page.get_by_text("Bản che còn nhận ra được")).to_be_visible()
    page.goto(f"/console/?lang=vi&case={case_id}")
    page.get_by_text("Còn nhận ra mặt hoặc đọc được biển xe khác?").click()
    page.get_by_role("button", name="Rút lại: không nhận ra mặt: blurred-clip.mp4").click()
    page.get_by_label("Vì sao đó là nhầm lẫn").fill("đó là cái cây")
    page.get_by_role("button", name="Rút lại lời báo").click()
    expect(page.get_by_text("Đã ghi nhận")).to_be_visible()
    back = centre.history(case_id)[-1]
    assert (back.action, back.body["note"]) == ("redaction_miss_withdrawn", "đó là cái cây")
    assert page.request.get(f"/api/v1/cases/{case_id}/files/clip.mp4").status == 200


def test_of_a_case_without_copies_nothing_is_shown_before_somebody_says_why(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(-5101, camera_id="cam-no-copies", entered=False)
    centre.builder.confirm(centre.builder.stored(uuid.UUID(case_id)))
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.get_by_text("Hồ sơ không có bản che mặt và biển xe khác")).to_be_visible()
    keep(page, "no_copies")
    clip = f"/api/v1/cases/{case_id}/files/clip.mp4"
    assert page.request.get(clip).status == 409
    page.get_by_role("button", name="Xem bản gốc").click()
    page.get_by_text("Tòa án, cơ quan thanh tra yêu cầu").click()
    expect(page.locator(f"video[src^='{clip}']").first).to_have_js_property("readyState", 4, timeout=20_000)
    assert page.request.get(clip).status == 200
