"""Reminders, counts and boxes in a real browser, and the row of links that leads to them; on a desk and on a phone."""

import uuid
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from api.console.page_words import PAGE_WORDS
from api.persistence.tables import (
    alerts,
    box_status,
    camera_status,
    ledger_days,
    reminder_answers,
    reminder_pictures,
    reminders,
    traffic_quarters,
)
from api.principals import Principal
from domain.canonical import canonical_bytes
from domain.cases.roles import Role
from domain.fleet.health import HealthEvent, HealthProblem, Heartbeat, StreamState
from domain.fleet.ledger_pages import DayPage, QuarterPage, RuleCount, VehicleCount
from domain.reminder import NoPicture, Reminder, ReminderState
from tests.builders.alerts import build_alert
from tests.builders.ledgers import BOOK, day_page, payload, quarter_page
from tests.builders.reminders import build_reminder, place_picture, with_pictures
from tests.builders.served_console import RunningCentre, keep, open_console, sign_in

pytestmark = pytest.mark.browser
S = ReminderState
PHONE = {"width": 390, "height": 844}
DAY = date(2026, 1, 5)


@pytest.fixture(autouse=True)
def nothing_yet(centre: RunningCentre) -> None:
    centre.builder.box_key("box-1")
    with centre.builder.database.write() as connection:
        for table in (
            alerts,
            reminder_answers,
            reminder_pictures,
            reminders,
            ledger_days,
            traffic_quarters,
            box_status,
            camera_status,
        ):
            connection.execute(table.delete())
    centre.builder.clock.advance(2.0)  # what the pages share is read anew
    services = centre.builder.centre
    if "hoa" not in {account.username for account in services.accounts.list_users(ADMIN)}:
        centre.builder.user("hoa", Role.WARD, wards=("phu-xuan",))


ADMIN = Principal(actor="user:sep", name="Sếp", role=Role.ADMIN)
AUDITOR = Principal(actor="user:kiem", name="Kiểm", role=Role.AUDITOR)


def box() -> Principal:
    return Principal(actor="key:box-1", name="box-1", role=Role.EDGE, box_id="box-1")


def tell(centre: RunningCentre, reminder: Reminder) -> None:
    centre.builder.centre.reminder_intake.take(box(), canonical_bytes(reminder))
    centre.builder.clock.advance(1.0)


def put(centre: RunningCentre, *pages: DayPage | QuarterPage) -> None:
    centre.builder.centre.ledger_intake.take(box(), payload(*pages))
    centre.builder.clock.advance(1.0)


def test_a_ward_is_led_to_its_reminders_and_answers_one_on_a_phone(browser: Browser, centre: RunningCentre) -> None:
    context = browser.new_context(viewport=PHONE, base_url=centre.url, is_mobile=True, has_touch=True)
    page = context.new_page()
    tell(centre, build_reminder())
    tell(centre, build_reminder(ward="Thuận Hóa", place="other:0,0", camera_name="Chợ Bến Ngự"))
    page.goto("/console/login")
    page.locator("input[name=username]").fill("hoa")
    page.locator("input[name=password]").fill("a long enough password")
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url("**/console/reminders?lang=vi")
    card = page.locator(".mt-card")
    expect(card).to_have_count(1)
    expect(card).to_contain_text("Chợ Đông Ba")
    expect(card).to_contain_text("Mới phát hiện")
    expect(page.get_by_role("link", name="Hồ sơ")).to_have_count(0)
    keep(page, "reminders-phone")
    tell(centre, build_reminder(place="second:0,0"))
    expect(card).to_have_count(2)  # by itself
    page.get_by_role("link", name="Chợ Đông Ba").first.click()
    expect(page.get_by_text("Chưa ai nhắc nhở")).to_be_visible()
    page.get_by_role("button", name="Không đúng").click()
    expect(page.get_by_text("Hãy ghi lý do")).to_be_visible()
    page.get_by_label("Ghi chú").fill("đã gặp chủ quán")
    page.get_by_role("button", name="Đã nhắc nhở").click()
    expect(page.locator(".mt-event-what", has_text="đã gặp chủ quán")).to_be_visible()
    keep(page, "reminder-phone")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"], f"the page is {wide} px wide"
    context.close()
    answered = [one for one in centre.builder.centre.reminders.list(AUDITOR).items if one.outcome is not None]
    assert [one.outcome.value for one in answered if one.outcome] == ["reminded"]


def test_a_ward_sees_the_place_before_during_and_after_on_a_phone(browser: Browser, centre: RunningCentre) -> None:
    life = build_reminder(S.OBSERVED, S.STILL_THERE, S.BECAME_CASE, S.CLEARED, case_id=uuid.UUID(int=5))
    contents = {0: place_picture(1), 2: place_picture(2), 3: place_picture(3)}
    told = with_pictures(life, {**contents, 1: NoPicture.COVERED})
    tell(centre, told)
    for step in (0, 3):
        centre.builder.centre.reminder_pictures.take(box(), told.reminder_id, step, contents[step])
    context = browser.new_context(viewport=PHONE, base_url=centre.url, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.goto("/console/login")
    page.locator("input[name=username]").fill("hoa")
    page.locator("input[name=password]").fill("a long enough password")
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url("**/console/reminders?lang=vi")
    page.goto(f"/console/reminders?lang=vi&reminder={told.reminder_id}")
    places = page.locator(".mt-place")
    expect(places).to_have_count(4)
    expect(places.nth(0)).to_contain_text("Mới phát hiện")
    expect(places.nth(1)).to_contain_text("Người hoặc xe che gần hết")
    expect(places.nth(2)).to_contain_text("Thiết bị chưa gửi ảnh")
    expect(places.nth(3)).to_contain_text("Đã dọn")
    places.nth(3).scroll_into_view_if_needed()
    for number in (0, 3):
        image = places.nth(number).locator("img")
        page.wait_for_function("image => image.complete && image.naturalWidth > 0", arg=image.element_handle())
    keep(page, "reminder-pictures-phone")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"], f"the page is {wide} px wide"
    context.close()


def test_a_reminder_of_another_ward_is_not_there(page: Page, centre: RunningCentre) -> None:
    other = build_reminder(ward="Thuận Hóa", camera_name="Chợ Bến Ngự")
    tell(centre, other)
    page.goto("/console/login")
    page.locator("input[name=username]").fill("hoa")
    page.locator("input[name=password]").fill("a long enough password")
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url("**/console/reminders?lang=vi")
    expect(page.get_by_text("Không có chỗ nào đang chờ nhắc nhở")).to_be_visible()
    for address in (f"reminders?reminder={other.reminder_id}", "reminders?reminder=nonsense"):
        page.goto(f"/console/{address}")
        expect(page.get_by_text("Không có nhắc nhở này")).to_be_visible()
        expect(page.get_by_text("Chợ Bến Ngự")).to_have_count(0)
    for address in ("alerts", "counts", "boxes", ""):
        page.goto(f"/console/{address}")
        page.wait_for_url("**/console/reminders?lang=vi")


def test_a_case_shows_the_reminder_that_came_before_it(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(77)
    tell(centre, build_reminder(S.OBSERVED, S.CLEARED, began_at=datetime(2026, 1, 4, 5, tzinfo=UTC)))
    tell(centre, build_reminder(S.OBSERVED, S.STILL_THERE, S.BECAME_CASE, case_id=case_id))
    sign_in(page)
    page.goto(f"/console/?case={case_id}")
    before = page.locator(".mt-reminder-of-case")
    expect(before).to_contain_text("chưa thấy ai ghi là đã nhắc nhở")
    expect(before).to_contain_text("Quá hạn, vẫn còn chiếm dụng")
    expect(before).to_contain_text("Đã dọn")
    before.scroll_into_view_if_needed()
    keep(page, "case-with-reminder")
    before.get_by_role("link", name="Nhắc nhở").click()
    expect(page.get_by_role("link", name="Mở hồ sơ")).to_be_visible()
    keep(page, "reminder-desk")


def test_the_links_say_what_waits_and_a_name_with_tags_is_text(page: Page, centre: RunningCentre) -> None:
    open_console(page)
    count = page.locator(".mt-nav .mt-count")
    expect(page.locator(".mt-nav .mt-count:visible")).to_have_count(0)
    alert = build_alert()
    centre.builder.centre.alerts.take("box-1", canonical_bytes(alert))
    tell(centre, build_reminder(camera_name="<b>cam</b>"))
    beat = Heartbeat(box_id="box-1", status="online", at=centre.builder.clock.now())
    centre.builder.centre.health.heartbeat("box-1", canonical_bytes(beat))
    centre.builder.clock.advance(2.0)
    expect(count.nth(0)).to_have_text("1")
    expect(count.nth(1)).to_have_text("1")
    keep(page, "navigation")
    page.get_by_role("link", name="Nhắc nhở").click()
    expect(page.get_by_role("listitem").first).to_contain_text("<b>cam</b>")
    keep(page, "reminders-desk")


def test_what_each_rule_had_before_it_and_who_passed(page: Page, centre: RunningCentre) -> None:
    rules = day_page(judged=9000, seen=1240, case=3, refused_within_grace=17, refused_left_soon=2)
    lines = (
        *rules.counts,
        RuleCount(rule="UTURN", what="judged", count=9000),
        RuleCount(rule="UTURN", what="suspended", reason="view_changed", count=2),
        RuleCount(rule="CROWD", what="alert", count=1),
    )
    six = datetime(2026, 1, 4, 23, tzinfo=UTC)
    quarters = [
        quarter_page(six + timedelta(minutes=15 * number), pictures=pictures, motorcycle=80 + number, car=12, bus=1)
        for number, pictures in enumerate((4500, 4490, 300, 4500))
    ]
    later = quarter_page(six + timedelta(hours=2), pictures=4400, motorcycle=50)
    ahead = VehicleCount(place_id="ahead", direction="through", label="motorcycle", count=70)
    quarters[0] = quarters[0].model_copy(update={"counts": (*quarters[0].counts, ahead)})
    put(centre, rules.model_copy(update={"counts": lines}), *quarters, later)
    put(centre, day_page(camera_id="cam-2", case=1))
    sign_in(page)
    page.goto(f"/console/counts?day={DAY}")
    text = page.locator(".mt-page")
    expect(text).to_contain_text("1240")
    expect(text).to_contain_text("Trong khoảng châm chước sau khi chuyển đỏ (17); Rời lòng đường sớm (2)")
    expect(text).to_contain_text("không đếm")
    expect(text).to_contain_text("300 (ít hình)")
    expect(page.locator(".mt-gap")).to_have_text("07:00 – 08:00không có hình nào được xem")
    row = page.locator(".mt-numbers tr", has_text="06:00").locator("td")
    assert row.all_inner_texts() == ["06:00", "1", "12", "80", "4500"]
    keep(page, "counts")
    page.goto(f"/console/counts?day={DAY}&by=movement")
    expect(page.locator(".mt-numbers th").nth(1)).to_have_text("ahead, đi qua")
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải CSV").last.click()
    assert "cam-1,south,in,lane-1,motorcycle,80,4500" in download.value.path().read_text()
    page.goto("/console/counts?day=2026-01-03&camera=<script>")
    expect(page.get_by_text("Chưa có số liệu của ngày này")).to_be_visible()
    page.goto("/console/counts?day=9999-99-99&by=x&lang=en")
    expect(page.get_by_text("What each rule had before it")).to_be_visible()
    assert BOOK


def test_counts_fit_a_phone(browser: Browser, centre: RunningCentre) -> None:
    put(
        centre,
        day_page(judged=90, seen=12, case=3),
        quarter_page(datetime(2026, 1, 5, tzinfo=UTC), motorcycle=80, car=3),
    )
    context = browser.new_context(viewport=PHONE, base_url=centre.url, is_mobile=True, has_touch=True)
    page = context.new_page()
    sign_in(page)
    for address in (f"counts?day={DAY}", "boxes", "alerts", "reminders"):
        page.goto(f"/console/{address}")
        expect(page.locator(".mt-nav")).to_be_visible()
        wide = page.evaluate("document.documentElement.scrollWidth")
        keep(page, f"phone-{address.split('?', maxsplit=1)[0]}")
        assert wide <= PHONE["width"], f"{address} is {wide} px wide"
    context.close()


def test_boxes_that_are_not_well_come_first_with_what_to_do(page: Page, centre: RunningCentre) -> None:
    services = centre.builder.centre
    now = centre.builder.clock.now()
    problem = HealthProblem(
        code="lamp_region_misfit", camera_id="cam-1", text="S1 does not fit", remedy="Draw it anew.", since=now
    )
    services.health.heartbeat("box-1", canonical_bytes(Heartbeat(box_id="box-1", status="online", at=now)))
    for box_id, more in (("box-2", {"problems": (problem,), "unsent_cases": 4}), ("box-3", {}), ("box-4", {})):
        centre.builder.box_key(box_id)
        beat = Heartbeat(box_id=box_id, status="online", at=now, **more)
        services.health.heartbeat(box_id, canonical_bytes(beat))
    lost = HealthEvent(camera_id="cam-7", state=StreamState.LOST, at=now, reason="no route to host")
    services.health.health_event("box-3", canonical_bytes(lost))
    open_console(page)
    centre.builder.clock.advance(2.0)
    expect(page.locator(".mt-nav .mt-count:visible")).to_have_text("2")
    page.get_by_role("link", name="Thiết bị").click()
    cards = page.get_by_role("listitem")
    expect(cards.nth(0)).to_contain_text("box-2")
    expect(cards.nth(0)).to_contain_text("Draw it anew.")
    expect(cards.nth(0)).to_contain_text("4 hồ sơ chưa gửi")
    expect(page.get_by_text("no route to host")).to_be_visible()
    centre.builder.clock.advance(120.0)
    expect(cards.nth(0)).to_contain_text("Im lặng từ")
    keep(page, "boxes")


def test_every_word_has_both_languages() -> None:
    assert all(words.vi and words.en for words in PAGE_WORDS.values())
