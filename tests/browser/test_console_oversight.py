"""Oversight, figures and one's own account in a real browser."""

import re
import uuid
from datetime import timedelta

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from api.cases.review import Decision
from api.persistence.tables import camera_floods, cases, rule_standings
from api.principals import Principal
from domain.canonical import canonical_bytes
from domain.cases.duplicates import LEAD_ENDED
from domain.cases.roles import Role
from domain.cases.states import CaseState
from domain.fleet.health import HealthEvent, StreamState
from domain.law.rejection import rejection_reasons
from tests.builders.centre import PASSWORD
from tests.builders.served_console import RunningCentre, keep, open_console, sign_in

pytestmark = pytest.mark.browser
ADMIN = Principal(actor="user:sep", name="Sếp", role=Role.ADMIN)


@pytest.fixture(autouse=True)
def people(centre: RunningCentre) -> None:
    known = {account.username for account in centre.builder.centre.accounts.list_users(ADMIN)}
    for name, role in (("kiem", Role.AUDITOR), ("truong", Role.SUPERVISOR)):
        if name not in known:
            centre.builder.user(name, role)


def test_oversight_shows_what_is_late_and_a_supervisor_lets_a_flood_through(page: Page, centre: RunningCentre) -> None:
    builder = centre.builder
    case_id = centre.add_case(601)
    now = builder.clock.now()
    dropped = centre.add_case(602)
    given_back = centre.add_case(-900)
    flood = {"camera_id": "cam-flood", "raised_at": now, "last_hour": 240, "usual_an_hour": 1.5}
    standing = {"code": "PARK_PAVEMENT", "camera_id": "cam-1", "rule_version": "1.0", "fallen_at": now}
    with builder.database.write() as connection:
        late = {"began_at": now - timedelta(days=4)}
        connection.execute(cases.update().where(cases.c.case_id == case_id).values(**late))
        of_ended = cases.update().where(cases.c.case_id == given_back)
        connection.execute(of_ended.values(reason_code=LEAD_ENDED, began_at=now - timedelta(days=11)))
        gone = {"state": CaseState.AUTO_DISCARDED.value, "entered_at": now}
        connection.execute(cases.update().where(cases.c.case_id == dropped).values(**gone))
        connection.execute(camera_floods.insert().values(**flood))
        connection.execute(rule_standings.delete())
        connection.execute(rule_standings.insert().values(**standing, right=3, judged=12))
    open_console(page, "truong")
    page.locator(".mt-more summary").click()
    page.get_by_role("link", name="Điều hành").click()
    late_ones = page.get_by_role("link", name="Đã quá 3 ngày chuyển công an")
    expect(late_ones).to_be_visible()
    assert int(late_ones.locator(".mt-figure-number").inner_text()) >= 1
    expect(page.locator(".mt-page")).to_contain_text("hồ sơ đầu tiên quá 3 ngày vào lúc")
    expect(page.locator(".mt-table").first).to_contain_text(str(now.date()))
    back = page.locator(".mt-card", has=page.locator(f"a[href*='{given_back}']"))
    expect(back).to_contain_text("Đã quá 10 ngày gửi thông báo")
    card = page.locator(".mt-card", has_text="cam-flood")
    expect(card).to_contain_text("240 hồ sơ trong một giờ · mức thường 1,5")
    keep(page, "oversight")
    card.get_by_role("button", name="Cho đi tiếp").click()
    expect(page.get_by_text("Hãy ghi vì sao cho đi tiếp")).to_be_visible()
    card.get_by_label("Đã xem gì").fill("Đã xem 20 hồ sơ, đúng là chợ phiên")
    card.get_by_role("button", name="Cho đi tiếp").click()
    expect(card).to_have_count(0)
    late_ones.click()
    expect(page.locator(f"[data-case='{case_id}']")).to_be_visible()
    answer = page.request.get("/readyz")
    assert any(each["code"] == "queue_full" for each in answer.json()["problems"])
    assert "matthan_cases_dropped_last_day 1.0" in page.request.get("/metrics").text()


def test_a_supervisor_rejects_a_flood_for_one_reason_and_takes_it_back(page: Page, centre: RunningCentre) -> None:
    for minute in (-3001, -3002):  # the oldest: the console opens one of them for whoever signs in
        centre.add_case(minute, camera_id="cam-wet")
    now = centre.builder.clock.now()
    flood = {"camera_id": "cam-wet", "raised_at": now, "last_hour": 25, "usual_an_hour": 0.5}
    with centre.builder.database.write() as connection:
        connection.execute(camera_floods.insert().values(**flood))
    sign_in(page, "truong")
    page.goto("/console/oversight")
    card = page.locator(".mt-card", has_text="cam-wet")
    reject = card.get_by_role("button", name="Loại mọi hồ sơ của đợt này (2)")
    reject.click()
    expect(page.get_by_text("Hãy chọn lý do loại")).to_be_visible()
    card.get_by_label("Lý do loại tất cả").click()
    page.get_by_role("option", name=rejection_reasons()["FALSE_DETECTION"].vi).click()
    keep(page, "flood")
    reject.click()
    expect(card.get_by_role("status")).to_contain_text(rejection_reasons()["FALSE_DETECTION"].vi)
    card.get_by_role("button", name="Hoàn tác").click()
    expect(reject).to_be_visible()
    card.get_by_label("Đã xem gì").fill("mưa ướt ống kính")
    card.get_by_role("button", name="Cho đi tiếp").click()
    expect(card).to_have_count(0)


def test_figures_count_as_the_city_does_and_export(page: Page, centre: RunningCentre) -> None:
    builder = centre.builder
    builder.box_key("box-1")
    case_id = uuid.UUID(centre.add_case(603))
    reviewer = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
    builder.centre.holds.take(reviewer, case_id)
    builder.clock.advance(20.0)
    decided = Decision(decision="reject", reason_code="DUPLICATE")
    version = builder.stored(case_id).version
    builder.centre.review.decide(reviewer, case_id, decided, expected_version=version)
    lost = HealthEvent(camera_id="cam-7", state=StreamState.LOST, at=builder.clock.now(), reason="no route")
    builder.centre.health.health_event("box-1", canonical_bytes(lost))
    builder.clock.advance(3 * 3600.0)
    sign_in(page)
    day = "2026-01-05"
    page.goto(f"/console/figures?from={day}&to={day}")
    expect(page.locator(".mt-chart svg").first).to_be_visible()
    text = page.locator(".mt-page")
    expect(text).to_contain_text(rejection_reasons()["DUPLICATE"].vi)
    expect(text).to_contain_text(re.compile(r"Thời gian rà soát một hồ sơ\s*\d+,\d giây"))  # of all that day
    expect(page.locator(".mt-table", has_text="cam-7")).to_contain_text("3,0")
    row = page.locator(".mt-table tr", has_text="Đỗ, để xe ở vỉa hè trái phép").first
    assert int(row.locator("td").nth(1).inner_text()) >= 1
    keep(page, "figures")
    with page.expect_download() as download:
        page.get_by_role("link", name="Tải CSV").click()
    lines = download.value.path().read_text("utf-8").splitlines()
    assert lines[0] == "day,offence,name_vi,name_en,ward,state,cases"
    assert any(line.startswith(f"{day},PARK_PAVEMENT") and ",detected," in line for line in lines)
    page.goto("/console/figures?from=nonsense&to=1999-01-01&lang=en")
    expect(page.get_by_role("heading", name="Figures")).to_be_visible()
    page.goto("/console/figures?from=2020-01-01&to=2020-01-31")
    expect(page.get_by_text("Không có hồ sơ nào trong những ngày này")).to_be_visible()
    page.goto("/console/figures?from=2020-01-01&to=2026-01-31")
    expect(page.get_by_text("Mỗi lần xem tối đa 366 ngày")).to_be_visible()


def test_a_person_turns_the_second_factor_on_and_ends_other_sessions(
    browser: Browser, page: Page, centre: RunningCentre
) -> None:
    other = browser.new_context(base_url=centre.url)
    sign_in(other.new_page(), "kiem")
    sign_in(page, "kiem")
    page.goto("/console/account")
    cards = page.locator(".mt-card")
    expect(page.get_by_text("Phiên này")).to_be_visible()
    before = cards.count()
    assert before >= 2
    page.get_by_role("button", name="Kết thúc mọi phiên khác").click()
    expect(cards).to_have_count(1)
    other.close()
    page.get_by_role("button", name="Bật xác thực hai lớp").click()
    expect(page.locator(".q-notification").first).to_be_visible()  # no password
    page.get_by_label("Nhập lại mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Bật xác thực hai lớp").click()
    expect(page.locator(".mt-secret")).to_be_visible()
    keep(page, "account")
    secret = page.locator(".mt-secret").inner_text().replace(" ", "")
    page.get_by_label("Mã xác thực").fill(pyotp.TOTP(secret).at(centre.builder.clock.now()))
    page.get_by_role("button", name="Xác nhận mã").click()
    expect(page.get_by_text("Ghi lại các mã dự phòng")).to_be_visible()
    codes = page.locator(".mt-secret li").all_inner_texts()
    assert len(codes) >= 8
    page.get_by_label("Nhập lại mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Tắt xác thực hai lớp").click()
    expect(page.get_by_text("Chưa bật")).to_be_visible()


def test_these_pages_fit_a_phone(browser: Browser, centre: RunningCentre) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=centre.url, is_mobile=True)
    page = context.new_page()
    sign_in(page, "truong")
    for address in ("oversight", "figures?from=2026-01-05&to=2026-01-05", "account"):
        page.goto(f"/console/{address}")
        expect(page.locator("[role=heading]").first).to_be_visible()
        keep(page, f"phone-{address.split('?', maxsplit=1)[0]}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, f"{address} is {wide} px wide"
    context.close()
