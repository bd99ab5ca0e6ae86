"""The page of a small police unit: take, look, take over, tell, give back; on a phone and on a desk."""

import uuid

import pytest
from playwright.sync_api import Browser, Page, expect

from api.police.steps import Told
from api.principals import SYSTEM, Principal
from domain.cases.roles import Role
from domain.cases.states import Action, CaseState
from domain.grants import Scope
from tests.builders.centre import QUEUE
from tests.builders.citizens import received_case
from tests.builders.served_console import RunningCentre, keep, open_console, sign_in, sign_in_by_form

pytestmark = pytest.mark.browser
PHONE = {"width": 390, "height": 844}
ADMIN = Principal(actor="user:sep", name="Sếp", role=Role.ADMIN)
TUAN = Principal(
    actor="user:tuan",
    name="Tuan",
    role=Role.POLICE,
    organisation="csgt-hue",
    scope=Scope(queues=frozenset({QUEUE})),
)


@pytest.fixture(autouse=True)
def officer(centre: RunningCentre) -> None:
    accounts = centre.builder.centre.accounts
    if "tuan" not in {account.username for account in accounts.list_users(ADMIN)}:
        centre.builder.user("tuan", Role.POLICE, queues=(QUEUE,), wards=("thuan-hoa",))


def ready(centre: RunningCentre, minute: int) -> str:
    case_id = centre.add_case(minute)
    centre.builder.confirm(centre.builder.stored(uuid.UUID(case_id)))
    return case_id


def test_a_unit_takes_a_case_looks_takes_over_and_tells_on_a_phone(browser: Browser, centre: RunningCentre) -> None:
    case_id = ready(centre, -700)
    context = browser.new_context(viewport=PHONE, base_url=centre.url, is_mobile=True, has_touch=True)
    page = context.new_page()
    sign_in_by_form(page, "tuan")
    expect(page).to_have_url(f"{centre.url}/console/police?lang=vi")
    expect(page.get_by_text("Đơn vị chưa giữ hồ sơ nào")).to_be_visible()
    keep(page, "police-phone-queue")
    page.get_by_role("button", name="Nhận hồ sơ").first.click()
    page.locator(f'a[href*="{case_id}"]').click()
    expect(page.locator("video")).to_be_visible()
    expect(page.get_by_text("Đang chuyển", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "wider than the phone"
    keep(page, "police-phone-case")
    page.get_by_role("button", name="Xác nhận đã nhận đủ").click()
    expect(page.locator(".mt-badge.received")).to_have_text("Công an đã nhận")
    page.get_by_role("button", name="Bắt đầu xác minh").click()
    expect(page.locator(".mt-badge.verifying")).to_have_text("Công an đang xác minh")
    page.get_by_role("button", name="Đã xác định chủ xe").click()
    expect(page.locator(".mt-badge.owner_identified")).to_be_visible()
    assert centre.state(case_id) is CaseState.OWNER_IDENTIFIED
    actors = {event.actor for event in centre.history(case_id) if event.action in {"view", "acknowledge", "verify"}}
    assert actors >= {"user:tuan"}
    page.get_by_text("Trang khác").click()  # who is signed in, and the way out, on a phone that others use too
    expect(page.locator(".mt-more-list .mt-person")).to_have_text("Tuan")
    page.get_by_role("button", name="Đăng xuất").click()
    page.wait_for_url("**/console/login**")
    page.goto("/console/police")
    expect(page.get_by_role("button", name="Đăng nhập")).to_be_visible()
    context.close()


def test_a_unit_gives_a_case_back_with_a_reason_on_a_desk(page: Page, centre: RunningCentre) -> None:
    case_id = ready(centre, -710)
    centre.builder.centre.police.pull(TUAN, QUEUE, n=50, lease_s=900, idempotency_key=f"desk-{case_id}")
    sign_in(page, "tuan")
    page.goto(f"/console/police?lang=vi&case={case_id}")
    page.get_by_label("Ghi chú").fill("ảnh mờ, không rõ biển số")
    page.get_by_role("button", name="Trả lại trung tâm").click()
    expect(page.get_by_text("cần một lý do trong danh sách")).to_be_visible()
    expect(page.get_by_label("Ghi chú")).to_have_value("ảnh mờ, không rõ biển số")  # refused, not forgotten
    page.get_by_label("Lý do, nếu trả lại, không xử lý hoặc hủy").click()
    page.get_by_role("option").first.click()
    keep(page, "police-desk-case")
    page.get_by_role("button", name="Trả lại trung tâm").click()
    page.wait_for_url("**/console/police?lang=vi")
    assert centre.state(case_id) is CaseState.RETURNED
    assert centre.history(case_id)[-1].body["note"] == "ảnh mờ, không rõ biển số"
    assert centre.builder.centre.audit.verify(SYSTEM).fault is None  # of the chain; other files put rows in by hand


def test_a_long_list_says_that_there_is_more_and_goes_on(
    page: Page, centre: RunningCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.console.police_page.MAX_PAGE", 1)
    made = [ready(centre, minute) for minute in (-902, -903)]
    centre.builder.centre.police.pull(TUAN, QUEUE, n=50, lease_s=900, idempotency_key=f"long-{made[0]}")
    open_console(page, "tuan")
    held = page.get_by_role("list").last.locator(".mt-card")
    expect(held).to_have_count(1)
    expect(page.get_by_text("1 hồ sơ đang hiện, còn nữa")).to_be_visible()
    keep(page, "police-more")
    page.get_by_role("button", name="Xem thêm").click()
    expect(held).to_have_count(2)


def test_a_case_of_others_is_not_there(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(-720)
    sign_in(page, "tuan")
    page.goto(f"/console/police?lang=vi&case={case_id}")
    expect(page.get_by_text("Hồ sơ này không ở đơn vị")).to_be_visible()
    assert page.request.get(f"/api/v1/police/cases/{case_id}/files/clip.mp4").status == 404


def test_what_a_citizen_objects_is_read_by_the_unit_that_must_answer_and_that_is_on_record(
    browser: Browser, centre: RunningCentre
) -> None:
    built = centre.builder.centre
    case_id = received_case(centre.builder, TUAN, centre.builder.stored(uuid.UUID(centre.add_case(-730))))
    for step in (Action.VERIFY, Action.IDENTIFY_OWNER):
        built.police_steps.take(TUAN, case_id, Told(step=step))
    notice = built.notices.issue(TUAN, case_id)
    words = "<b>Không phải xe của tôi</b>.\nHôm đó xe ở gara " + "x" * 300
    built.citizens.object(built.citizens.open(notice.number, notice.code, address="192.0.2.7"), words)
    context = browser.new_context(viewport=PHONE, base_url=centre.url, is_mobile=True, has_touch=True)
    page = context.new_page()
    sign_in(page, "tuan")
    page.goto(f"/console/police?lang=vi&case={case_id}")
    expect(page.get_by_text("Công dân phản đối lúc")).to_be_visible()
    expect(page.locator(".mt-objection")).to_contain_text("<b>Không phải xe của tôi</b>.")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), "wider than the phone"
    looks = [event.body["what"] for event in centre.history(str(case_id)) if event.action == "view"]
    assert "objection" in looks
    keep(page, "police-phone-objection")
    page.get_by_label("Ghi chú").fill("đã xem lại")
    page.get_by_role("button", name="Giữ nguyên kết luận").click()
    expect(page.locator(".mt-badge.upheld")).to_be_visible()
    context.close()
