"""Searching cases and looking plates up in a real browser: filters that stay, cards that go on, purposes on record."""

import uuid
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from api.cases.plate_look_ups import LookUp
from api.persistence.tables import cases, look_up_alarms, plate_look_ups, saved_filters, sighting_keys
from api.principals import Principal
from api.sightings.keys import SightingKeys
from domain.cases.plate_search import ALARM_AT_LEAST
from domain.cases.roles import Role
from domain.plates.reading import PlateReading
from domain.plates.sightings import Sighting, Sightings, plate_hash
from tests.builders.served_console import RunningCentre, keep, open_console, sign_in

pytestmark = pytest.mark.browser
AUDITOR = Principal(actor="user:kiem", name="Kiểm", role=Role.AUDITOR)
BOX = Principal(actor="key:box-1", name="box-1", role=Role.EDGE, box_id="box-1")
PLATE = "75K198765"


@pytest.fixture(autouse=True)
def people(centre: RunningCentre) -> None:
    known = {account.username for account in centre.builder.centre.accounts.list_users(ADMIN)}
    for name, role in (("kiem", Role.AUDITOR), ("truong", Role.SUPERVISOR)):
        if name not in known:
            centre.builder.user(name, role)
    with centre.builder.database.write() as connection:
        for table in (saved_filters, plate_look_ups, look_up_alarms):
            connection.execute(table.delete())


ADMIN = Principal(actor="user:sep", name="Sếp", role=Role.ADMIN)


def choose(page: Page, field: str, *options: str) -> None:
    page.locator(f".mt-search-{field}").click()
    for option in options:
        page.get_by_role("option", name=option).click()
    page.keyboard.press("Escape")


def many(centre: RunningCentre, number: int) -> None:
    """Copies of one case, which a list can show; they are on no record."""
    one = centre.add_case(500)
    with centre.builder.database.write() as connection:
        row = connection.execute(cases.select().where(cases.c.case_id == one)).one()._asdict()
        copies = [
            row
            | {
                "case_id": str(uuid.UUID(int=10_000 + each)),
                "camera_id": "cam-many",
                "camera_name": "Cầu Trường Tiền",
                "received_at": row["received_at"] + timedelta(seconds=each),
            }
            for each in range(number)
        ]
        connection.execute(cases.insert(), copies)


def test_filters_narrow_the_cards_and_survive_a_reload(page: Page, centre: RunningCentre) -> None:
    red = centre.add_case(501, code="RED_LIGHT")
    pavement = centre.add_case(502)
    open_console(page)
    page.locator(".mt-more summary").click()
    page.get_by_role("link", name="Tìm hồ sơ").click()
    expect(page.get_by_role("heading", name="Tìm hồ sơ")).to_be_visible()
    expect(page.locator(f"[data-case='{red}']")).to_be_visible()
    choose(page, "offence", "Không chấp hành hiệu lệnh của đèn tín hiệu")
    expect(page.locator(f"[data-case='{pavement}']")).to_have_count(0)
    card = page.locator(f"[data-case='{red}']")
    expect(card).to_contain_text("Chờ rà soát")
    page.wait_for_function(
        "id => { const one = document.querySelector(`[data-case='${id}'] img`); return one && one.naturalWidth > 0; }",
        arg=red,
    )
    choose(page, "state", "Chờ rà soát")
    page.wait_for_url("**/search?lang=vi&state=queued&code=RED_LIGHT")
    keep(page, "search")
    page.reload()
    expect(card).to_be_visible()
    expect(page.locator(f"[data-case='{pavement}']")).to_have_count(0)
    page.get_by_label("Tên bộ lọc").fill("đèn đỏ chờ")
    page.get_by_role("button", name="Lưu bộ lọc").click()
    expect(page.get_by_text("Đã lưu bộ lọc")).to_be_visible()
    page.get_by_role("button", name="Bỏ lọc").click()
    expect(page.locator(f"[data-case='{pavement}']")).to_be_visible()
    page.goto("/console/search")
    page.locator(".mt-my-filters").click()
    page.get_by_role("option", name="đèn đỏ chờ").click()
    expect(page.locator(f"[data-case='{pavement}']")).to_have_count(0)
    expect(card).to_be_visible()
    choose(page, "clock", "Đã quá 10 ngày thông báo")
    expect(page.get_by_text("Không có hồ sơ nào khớp. Hãy bỏ bớt điều kiện")).to_be_visible()
    keep(page, "search-empty")
    page.goto("/console/search?state=nonsense&from=9999-99-99&ward=<b>&lang=en")
    expect(card).to_be_visible()
    card.click()
    page.wait_for_url(f"**/console/?lang=en&case={red}")


def test_cards_go_on_without_end_and_none_comes_twice(page: Page, centre: RunningCentre) -> None:
    many(centre, 130)
    sign_in(page)
    page.goto("/console/search?camera=cam-many")
    cards = page.locator(".mt-case-card")
    expect(cards.first).to_be_visible()
    more = page.get_by_role("button", name="Xem thêm hồ sơ")
    while more.count():
        before = cards.count()  # what comes once the end is in sight is not before it
        page.evaluate("document.querySelector('.mt-more-button')?.scrollIntoView()")  # it may have gone meanwhile
        page.wait_for_function(
            "before => document.querySelectorAll('.mt-case-card').length > before"
            " || !document.querySelector('.mt-more-button')",
            arg=before,
        )
    expect(cards).to_have_count(130)
    shown = page.locator("[data-case]").evaluate_all("all => all.map((one) => one.dataset.case)")
    assert len(set(shown)) == 130


def test_a_picture_that_opens_only_in_the_case_is_not_called_none(page: Page, centre: RunningCentre) -> None:
    with_picture, without = (
        centre.add_case(5250, camera_id="cam-closed"),
        centre.add_case(5251, camera_id="cam-closed", with_files=False),
    )
    sign_in(page)
    page.route("**/api/v1/cases/*/files/*", lambda asked: asked.fulfill(status=409))  # as of a case without copies
    page.goto("/console/search?camera=cam-closed")
    for case_id, words in ((with_picture, "Ảnh không mở được ở đây, xem trong hồ sơ"), (without, "Không có ảnh")):
        expect(page.locator(f"[data-case='{case_id}'] .mt-no-picture")).to_have_text(words)


def test_a_plate_is_looked_up_with_a_purpose_and_auditors_see_it(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(503, plate=PlateReading(status="agreed", text=PLATE))
    sign_in(page)
    page.goto("/console/plates")
    expect(page.get_by_text("Mỗi lần tra cứu được ghi lại")).to_be_visible()
    look = page.get_by_role("button", name="Tra cứu", exact=True)
    page.get_by_label("Biển số").fill("75K1-987.66")
    look.click()
    expect(page.get_by_text("Hãy chọn mục đích tra cứu")).to_be_visible()
    page.locator(".mt-purpose").click()
    page.get_by_role("option", name="Giải quyết khiếu nại").click()
    look.click()
    expect(page.get_by_text("Hãy ghi số văn bản")).to_be_visible()
    page.get_by_label("Số văn bản, ghi chú").fill("KN 12/2026")
    look.click()
    expect(page.get_by_text("Không có hồ sơ nào có biển số như vậy")).to_be_visible()
    page.get_by_text("Cho phép sai một ký tự").click()
    look.click()
    card = page.locator(f"[data-case='{case_id}']")
    expect(card).to_contain_text(PLATE)
    assert PLATE not in page.url
    keep(page, "plates")
    listed = centre.builder.centre.plates.list(AUDITOR)
    assert [(each.pattern, each.near, each.cases) for each in listed] == [
        ("75K198766", True, 1),
        ("75K198766", False, 0),
    ]
    assert all(isinstance(each, LookUp) and each.note == "KN 12/2026" for each in listed)
    for _ in range(ALARM_AT_LEAST):
        look.click()
        expect(page.get_by_text("Lần tra cứu này đã được ghi lại")).to_be_visible()
    page.context.clear_cookies()
    sign_in(page, "kiem")
    page.goto("/console/look-ups")
    expect(page.locator(".mt-alert.bad")).to_contain_text("lan: 10 lần tra cứu trong ca")
    expect(page.locator(".mt-table")).to_contain_text("75K198766 (±1)")
    keep(page, "look-ups")
    page.goto("/console/plates")
    expect(page.get_by_text("Tài khoản này không được xem")).to_be_visible()


def test_search_and_look_up_fit_a_phone(browser: Browser, centre: RunningCentre) -> None:
    centre.add_case(504, words="<b>một cái tên rất dài không có chỗ ngắt" + "x" * 120)
    context = browser.new_context(viewport={"width": 390, "height": 844}, base_url=centre.url, is_mobile=True)
    page = context.new_page()
    sign_in(page)
    for address in ("search", "plates"):
        page.goto(f"/console/{address}")
        expect(page.locator("h1, [role=heading]").first).to_be_visible()
        if address == "search":
            expect(page.locator(".mt-case-card").first).to_be_visible()
        keep(page, f"phone-{address}")
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= 390, f"{address} is {wide} px wide"
    context.close()


def test_a_supervisor_asks_who_answered_and_an_operator_only_for_the_own(page: Page, centre: RunningCentre) -> None:
    sign_in(page)
    page.goto("/console/search")
    page.locator(".mt-search-answered_by").click()
    expect(page.get_by_role("option")).to_have_text(["Bất kỳ ai", "lan"])


def test_a_centre_without_a_basis_says_of_whatever_case_that_it_has_no_sightings(
    page: Page, centre: RunningCentre
) -> None:
    case_id = centre.add_case(505)
    sign_in(page)
    for address in (f"?case={case_id}", f"?case={uuid.uuid4()}", ""):
        page.goto(f"/console/sightings{address}")
        expect(page.get_by_text("chưa có quyết định bằng văn bản cho phép")).to_be_visible()
        expect(page.get_by_role("button", name="Tra cứu", exact=True)).to_have_count(0)
    page.goto(f"/console/?case={case_id}")
    expect(page.locator(".mt-facts")).to_contain_text("Chữ ký hợp lệ")
    expect(page.locator(".mt-facts").get_by_text("Nơi khác đã thấy xe")).to_have_count(0)


@pytest.fixture
def allowed(centre: RunningCentre, monkeypatch: pytest.MonkeyPatch) -> bytes:
    """The served centre with a basis for sightings; the key of this month."""
    keys, on = SightingKeys("0123456789abcdef" * 4), centre.builder.centre
    for part in (on.sightings, on.sighting_intake):
        monkeypatch.setattr(part, "_keys", keys)
        monkeypatch.setattr(part, "_kept", timedelta(days=7))
    monkeypatch.setattr(on.sightings, "basis", "QĐ 12/2026")
    with centre.builder.database.write() as connection:
        connection.execute(sighting_keys.delete())
    return bytes.fromhex(on.sighting_intake.month_keys(BOX).keys[0].key_hex)


def test_sightings_of_one_cases_vehicle_are_found_for_a_purpose_on_record(
    page: Page, centre: RunningCentre, allowed: bytes
) -> None:
    case_id = centre.add_case(506, plate=PlateReading(status="agreed", text="75K155501"))
    seen = Sighting(camera_id="cam-9", seen_at=centre.builder.clock.now(), plate_hash=plate_hash("75K155501", allowed))
    centre.builder.centre.sighting_intake.take(BOX, Sightings(sightings=(seen,)).model_dump_json().encode())
    sign_in(page)
    page.goto(f"/console/?lang=en&case={case_id}")
    page.locator(".mt-facts").get_by_text("Where else it was seen").click()
    page.wait_for_url(f"**/console/sightings?lang=en&case={case_id}")
    expect(page.get_by_text("Allowed by: QĐ 12/2026")).to_be_visible()
    look = page.get_by_role("button", name="Look up", exact=True)
    look.click()
    expect(page.get_by_text("Choose the purpose")).to_be_visible()
    page.locator(".mt-purpose").click()
    page.get_by_role("option").first.click()
    look.click()
    expect(page.locator(".mt-table")).to_contain_text("cam-9")
    expect(page.get_by_text("This look-up is on record")).to_be_visible()
    keep(page, "sightings")
    (on_record,) = centre.builder.centre.plates.list(AUDITOR)
    assert (on_record.case_id, on_record.cases) == (str(case_id), 1)
    page.goto(f"/console/sightings?lang=en&case={uuid.uuid4()}")
    page.locator(".mt-purpose").click()
    page.get_by_role("option").first.click()
    look.click()
    expect(page.get_by_text("there is no case")).to_be_visible()
    assert len(centre.builder.centre.plates.list(AUDITOR)) == 1, "of a case that is not there nothing is asked"
