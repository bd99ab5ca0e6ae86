"""Two cases that may be one act, in a real browser: shown side by side, judged by a key, split again."""

import uuid
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from playwright.sync_api import Page, expect

from domain.cases.states import CaseState
from tests.builders.cases import NOON
from tests.builders.served_console import RunningCentre, keep, sign_in
from tests.builders.watching import wait_until

pytestmark = pytest.mark.browser


def open_case(page: Page, case_id: str) -> None:
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.locator(".mt-case")).to_be_visible()


def test_one_act_is_merged_by_a_key_and_split_with_a_reason(page: Page, centre: RunningCentre) -> None:
    first = centre.add_case(-631)
    second = centre.add_case(-631, camera_id="cam-2")
    sign_in(page)
    open_case(page, second)
    other = page.locator(".mt-other")
    expect(other.get_by_text("Có thể cùng một hành vi với hồ sơ khác")).to_be_visible()
    expect(other.get_by_text("cùng nút giao")).to_be_visible()
    expect(other.locator(".mt-pair img")).to_have_count(4)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.mt-pair img')].every(each => each.complete && each.naturalWidth > 0)"
    )
    expect(page.get_by_text("Có thể trùng hồ sơ khác, chưa ai kết luận")).to_be_visible()
    assert page.evaluate("() => document.documentElement.scrollWidth <= innerWidth")
    keep(page, "maybe-one-act")
    page.keyboard.press("g")
    both = (first, second)
    wait_until(lambda: CaseState.DUPLICATE in map(centre.state, both), timeout_s=20, what="the cases are one")
    closed, lead = sorted(both, key=lambda each: centre.state(each) is not CaseState.DUPLICATE)
    assert centre.state(lead) is CaseState.QUEUED
    open_case(page, lead)
    expect(page.locator(".mt-other").get_by_text("Hồ sơ trùng đã gộp vào đây")).to_be_visible()
    keep(page, "leads-another")
    open_case(page, closed)
    expect(page.locator(".mt-other").get_by_text("Đã gộp vào hồ sơ này")).to_be_visible()
    page.keyboard.press("t")
    page.get_by_label("Vì sao là hai hành vi?").fill("hai xe khác nhau")
    page.keyboard.press("Enter")
    wait_until(lambda: centre.state(closed) is CaseState.QUEUED, timeout_s=20, what="the case is split off")
    assert "split" in [event.action for event in centre.history(closed)]


def test_two_acts_are_said_to_be_two_and_the_case_goes_on(page: Page, centre: RunningCentre) -> None:
    centre.add_case(-633)
    second = centre.add_case(-633, camera_id="cam-2")
    sign_in(page)
    open_case(page, second)
    page.get_by_role("button", name="Hai hành vi khác nhau · D").click()
    expect(page.locator(".mt-other")).to_have_count(0)
    expect(page.get_by_text("Có thể trùng hồ sơ khác, chưa ai kết luận")).to_have_count(0)
    assert centre.builder.stored(uuid.UUID(second)).began_at == NOON + timedelta(minutes=-633)


@pytest.mark.parametrize(("key", "then"), [("w", CaseState.WITHDRAWN), ("x", CaseState.CANCELLED)])
def test_what_stops_a_case_waits_for_no_undo(page: Page, centre: RunningCentre, key: str, then: CaseState) -> None:
    stored = centre.builder.stored(uuid.UUID(centre.add_case(-635 if key == "w" else -636)))
    assert centre.builder.confirm(stored).state is CaseState.READY
    centre.supervisor()
    sign_in(page, "boss")
    open_case(page, str(stored.case_id))
    page.keyboard.press(key)
    page.locator(".mt-reason").first.click()
    wait_until(lambda: centre.state(str(stored.case_id)) is then, timeout_s=20, what=f"the case is {then}")
    expect(page.locator(".mt-undo")).to_be_hidden()


def test_an_unread_plate_is_entered_by_hand(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(-638, entered=False)
    sign_in(page)
    open_case(page, case_id)
    expect(page.get_by_text("Chưa có biển số: máy không đọc được, hãy nhập tay")).to_be_visible()
    page.keyboard.press("p")
    field = page.locator(".mt-plate-field input")
    expect(field).to_be_focused()
    field.fill("75A-1")
    field.press("Enter")
    expect(page.get_by_text("Biển số Việt Nam của loại xe này không viết như vậy")).to_be_visible()
    field.fill("75-f1 123.45")
    field.press("Enter")
    expect(page.locator(".mt-sentence")).to_contain_text("75-F1 123.45 ✎")
    expect(page.get_by_text("Chưa có biển số")).to_have_count(0)
    keep(page, "plate-by-hand")


def test_a_second_act_is_taken_out_by_the_keyboard_alone(
    page: Page, centre: RunningCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(centre.builder.centre.centre_cases, "_key", Ed25519PrivateKey.generate())
    source_id = centre.add_case(-2201, with_copy=True, seen=("first_sighting", "first_look", "last_sighting"))
    sign_in(page)
    open_case(page, source_id)
    expect(page.get_by_role("button", name="Tách hành vi thứ hai · A")).to_be_visible()
    page.keyboard.press("a")
    dialog = page.locator(".mt-clone-dialog")
    expect(dialog.get_by_role("heading", name="Tách hành vi thứ hai")).to_be_visible()
    offence = dialog.get_by_label("Hành vi thứ hai")
    offence.focus()
    page.keyboard.type("điện thoại")
    page.get_by_role("option").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("option")).to_have_count(0)
    groups = dialog.locator(".mt-moment:visible")
    expect(groups).to_have_count(3)
    for place, still in ((0, 0), (1, 1), (2, 2)):
        picture = groups.nth(place).get_by_role("button").nth(still)
        picture.focus()
        page.keyboard.press("Enter")
        expect(picture).to_have_attribute("aria-pressed", "true")
    page.wait_for_function(
        "() => [...document.querySelectorAll('.mt-moment:not(.hidden) img')].every(each => each.naturalWidth > 0)"
    )
    keep(page, "second-act")
    dialog.get_by_role("button", name="Lập hồ sơ thứ hai").press("Enter")
    expect(page.get_by_text("Hãy chọn hành vi, một ảnh cho mỗi thời điểm và ghi thấy gì")).to_be_visible()
    dialog.get_by_label("Thấy gì trong bằng chứng?").focus()
    page.keyboard.type("người đi sau gọi điện thoại")
    dialog.get_by_role("button", name="Lập hồ sơ thứ hai").press("Enter")
    expect(page.get_by_text("Đã lập hồ sơ thứ hai, đang mở")).to_be_visible()
    expect(page.get_by_text("Bản che do trung tâm làm từ hồ sơ đầu")).to_be_visible()
    expect(page.get_by_role("button", name="Tách hành vi thứ hai · A")).to_have_count(0)
    page.wait_for_function("() => document.querySelector('.mt-case video')?.readyState >= 2")
    keep(page, "clone")
    assert "cloned" in [event.action for event in centre.history(source_id)]
