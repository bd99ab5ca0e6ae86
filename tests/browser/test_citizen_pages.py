"""The citizens' pages on a phone, without a script: opened, looked at, objected to; nothing runs over the edge."""

import io
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from PIL import Image
from playwright.sync_api import Browser, Locator, Page, WebSocketRoute, expect

from api.citizens.reported import NewReport, ReportState, Upload
from api.police.documents import IssuedNotice
from api.police.steps import Told
from api.principals import Principal
from domain.cases.roles import Role
from domain.cases.states import Action, CaseState
from domain.model_ref import ModelRef
from domain.report_analysis import (
    AnalysedPicture,
    AnalysisFailure,
    AnalysisProblem,
    ReportFindings,
    SeenPlate,
    SeenThing,
)
from tests.builders.citizens import received_case
from tests.builders.judged_pages import violations
from tests.builders.phone_videos import phone_video
from tests.builders.served_console import SCREENSHOTS, RunningCentre, sign_in

LAN = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
MINUTES = iter(range(-800, -700))
PHONE = {"width": 390, "height": 844}


@pytest.fixture(params=["light", "dark"])
def phone(browser: Browser, centre: RunningCentre, request: pytest.FixtureRequest) -> Iterator[Page]:
    context = browser.new_context(
        viewport=PHONE, base_url=centre.url, java_script_enabled=False, color_scheme=request.param
    )
    yield context.new_page()
    context.close()


def noticed(centre: RunningCentre, minute: int) -> tuple[uuid.UUID, IssuedNotice]:
    officer = centre.builder.officer("citizens")
    case_id = uuid.UUID(centre.add_case(minute, with_copy=True))
    received_case(centre.builder, officer, centre.builder.stored(case_id))
    for step in (Action.VERIFY, Action.IDENTIFY_OWNER):
        centre.builder.centre.police_steps.take(officer, case_id, Told(step=step))
    return case_id, centre.builder.centre.notices.issue(officer, case_id)


def keep(page: Page, name: str) -> None:
    if SCREENSHOTS:
        page.screenshot(path=Path(SCREENSHOTS) / f"{name}.png", full_page=True)


def fits(page: Page) -> bool:
    """Whether nothing is wider than the phone (measured by layout: the page itself runs no script)."""
    edges = [box for each in page.locator("body *").all() if (box := each.bounding_box()) is not None]
    return bool(edges) and max(box["x"] + box["width"] for box in edges) <= PHONE["width"]


def test_a_citizen_sees_his_case_and_objects_without_a_script(phone: Page, centre: RunningCentre) -> None:
    case_id, notice = noticed(centre, next(MINUTES))
    phone.goto("/cong-dan")
    phone.get_by_role("link", name="Xem vụ việc của tôi").click()
    phone.get_by_label("Số thông báo").fill(notice.number)
    phone.get_by_label("Mã tra cứu").fill("0" * 12)
    phone.get_by_role("button", name="Xem vụ việc").click()
    expect(phone.get_by_role("alert")).to_contain_text("Không có thông báo nào")
    keep(phone, "citizen-open")
    phone.get_by_label("Số thông báo").fill(notice.number)
    phone.get_by_label("Mã tra cứu").fill(notice.code)
    phone.get_by_role("button", name="Xem vụ việc").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Thông báo số")
    assert fits(phone)
    assert phone.locator("video").get_attribute("src") == "/cong-dan/vu-viec/tep/blurred-clip.mp4"
    assert phone.request.get(phone.url.split("/cong-dan")[0] + "/cong-dan/vu-viec/tep/blurred-clip.mp4").ok
    assert notice.code not in phone.url
    keep(phone, "citizen-case")
    phone.get_by_label("Lý do").fill("Tôi nhường xe cứu thương.")
    phone.get_by_role("button", name="Gửi phản đối").click()
    expect(phone.get_by_text("Đã nhận phản đối")).to_be_visible()
    assert centre.builder.stored(case_id).state is CaseState.CONTESTED
    phone.get_by_role("link", name="English").click()
    expect(phone.get_by_text("The police must answer by")).to_be_visible()
    keep(phone, "citizen-objected")
    phone.get_by_role("button", name="Close the case").click()
    expect(phone.get_by_role("heading", name="For citizens")).to_be_visible()


def test_a_report_from_a_phone_is_answered_by_an_operator(page: Page, phone: Page, centre: RunningCentre) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), (120, next(MINUTES) % 200, 60)).save(picture, "JPEG")
    phone.goto("/cong-dan/phan-anh")
    phone.get_by_label("Ảnh hoặc phim").set_input_files(
        [{"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": picture.getvalue()}]
    )
    phone.get_by_label("Bạn thấy gì?").fill("Ô tô đỗ trên vỉa hè <b>trước</b> cổng trường")
    phone.get_by_label("Họ tên").fill("Nguyễn Thị Kín")
    keep(phone, "citizen-report")
    assert fits(phone)
    phone.get_by_role("button", name="Gửi phản ánh").click()
    number, code = phone.locator("dd strong").all_inner_texts()
    keep(phone, "citizen-filed")
    sign_in(page)
    page.goto("/console/reports?lang=vi")
    page.get_by_role("link", name=number).click()
    expect(page.get_by_text("<b>trước</b>")).to_be_visible()
    expect(page.get_by_text("ảnh không ghi vị trí")).to_be_visible()
    expect(page.get_by_text("Người gửi", exact=True)).to_have_count(0)  # an operator is not told
    assert "Kín" not in page.content()
    page.wait_for_function("document.querySelector('.mt-still img').naturalWidth === 640")
    page.get_by_label("Ghi chú").fill("không rõ biển số")
    keep(page, "citizen-reports-page")
    page.get_by_role("button", name="Hình ảnh không đủ rõ").click()
    page.wait_for_url("**/console/reports?lang=vi")
    phone.goto("/cong-dan/phan-anh")
    phone.get_by_label("Số phản ánh").fill(number)
    phone.get_by_label("Mã tra cứu").fill(code)
    phone.get_by_role("button", name="Xem kết quả").click()
    expect(phone.get_by_role("status")).to_contain_text("Hình ảnh không đủ rõ")


def test_axe_finds_nothing_on_the_pages_of_citizens_and_of_their_reports(
    browser: Browser, centre: RunningCentre
) -> None:
    _, notice = noticed(centre, next(MINUTES))
    centre.builder.centre.public_figures.publish()
    sent = NewReport(uploads=[Upload(content=b"\xff\xd8\xff no photo")], words="a car", place="")
    centre.builder.centre.report_intake.take(sent)
    context = browser.new_context(viewport=PHONE, base_url=centre.url)
    page = context.new_page()
    found = {}
    for path in ("/cong-dan", "/cong-dan/vu-viec", "/cong-dan/so-lieu", "/cong-dan/phan-anh"):
        page.goto(path)
        found[path] = violations(page)
    page.goto("/cong-dan/vu-viec")
    page.get_by_label("Số thông báo").fill(notice.number)
    page.get_by_label("Mã tra cứu").fill(notice.code)
    page.get_by_role("button", name="Xem vụ việc").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Thông báo số")
    found["own case"] = violations(page)
    sign_in(page)
    page.goto("/console/reports?lang=vi")
    page.get_by_role("listitem").get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Phản ánh số")
    found["a report"] = violations(page)
    context.close()
    assert [f"{path}: {line}" for path, lines in found.items() for line in lines] == []


def test_what_a_machine_saw_stands_beside_a_report_as_help(browser: Browser, centre: RunningCentre) -> None:
    """A photo that was looked at, a video at which the networks failed, and a case that may be the same act."""
    case_id = centre.add_case(-1050)
    stored = centre.builder.stored(uuid.UUID(case_id))
    plate = stored.case.plate.text or "75F198701"
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), (90, 120, 61)).save(picture, "JPEG")
    uploads = [Upload(content=picture.getvalue()), Upload(content=phone_video(form="mp4", seconds=1.0))]
    sent = NewReport(uploads=uploads, words="Ô tô đỗ trên vỉa hè", place="", acted_at=stored.began_at)
    filed = centre.builder.centre.report_intake.take(sent)
    analyses, worker = centre.builder.centre.report_analyses, Principal(actor="key:w", name="w", role=Role.ANALYSER)
    listed = {each.number: each for each in centre.builder.centre.reports.list(LAN, limit=100)}[filed.number]
    while (task := analyses.pull(worker)) is not None:  # also what other tests sent
        if task.media_type == "video/mp4":
            analyses.fail(worker, task.lease_id, AnalysisFailure(problem=AnalysisProblem.NETWORKS_FAILED, again=False))
            continue
        analyses.take_picture(worker, task.lease_id, 1, picture.getvalue())
        analyses.finish(worker, task.lease_id, saw(plate))
    context = browser.new_context(base_url=centre.url)
    page = context.new_page()
    sign_in(page)
    page.goto(f"/console/reports?lang=vi&report={listed.report_id}")
    expect(page.get_by_text(f"máy đọc biển số: {plate} (81,2 %), không rõ")).to_be_visible()
    expect(page.get_by_text("2 ô tô, 1 người")).to_be_visible()
    expect(page.get_by_text("Máy xem không được: mạng nơ-ron bị lỗi")).to_be_visible()
    page.wait_for_function("document.querySelector('.mt-still img').src.endsWith('hidden-1-photo-1.jpg')")
    page.wait_for_function("document.querySelector('.mt-still img').naturalWidth === 640")
    expect(page.get_by_role("link", name="Ảnh không che (có ghi sổ) photo-1.jpg")).to_be_visible()
    if stored.case.plate.text:
        expect(page.locator(f"a[href*='case={case_id}']")).to_be_visible()
    keep(page, "citizen-report-analysed")
    assert violations(page) == []
    context.close()


def test_an_answered_report_shows_people_only_to_who_says_why(page: Page, centre: RunningCentre) -> None:
    report_id, reports = looked_at(centre, 64), centre.builder.centre.reports
    sign_in(page)
    address = f"/console/reports?lang=vi&report={report_id}"
    page.goto(address)
    expect(page.get_by_role("link", name="Tải phim")).to_be_visible()
    expect(page.get_by_role("button", name="Xem bản gốc")).to_have_count(0)
    offence = "NO_HELMET_DRIVER"
    reports.answer(LAN, report_id, ReportState.ACCEPTED, expected_version=1, offence_code=offence, note="đầu trần")
    page.goto(address)
    page.wait_for_function("document.querySelector('.mt-still img').naturalWidth === 640")  # people are hidden on it
    expect(page.get_by_role("link", name="Tải phim")).to_have_count(0)
    page.get_by_role("button", name="Xem bản gốc").click()
    page.get_by_text("Giải quyết khiếu nại").click()
    film = page.get_by_role("link", name="Tải phim")
    expect(film).to_be_visible()
    assert page.request.get(f"{centre.url}{film.get_attribute('href')}").status == 200


def looked_at(centre: RunningCentre, colour: int) -> uuid.UUID:
    """A report of a video in which a worker saw three pictures."""
    services = centre.builder.centre
    sent = NewReport(uploads=[Upload(content=phone_video(form="mov"))], words="Không đội mũ", place="Lê Lợi")
    filed = services.report_intake.take(sent)
    listed = {each.number: each for each in services.reports.list(LAN, limit=100)}[filed.number]
    worker = Principal(actor="key:w", name="w", role=Role.ANALYSER)
    picture = io.BytesIO()
    Image.new("RGB", (640, 480), (90, 120, colour)).save(picture, "JPEG")
    while (task := services.report_analyses.pull(worker)) is not None:  # also what other tests sent
        for number in (1, 2, 3):
            services.report_analyses.take_picture(worker, task.lease_id, number, picture.getvalue())
        pictures = tuple(AnalysedPicture(offset_s=n / 2, resolution_wh=(640, 480), things=()) for n in range(3))
        services.report_analyses.finish(worker, task.lease_id, ReportFindings(pictures=pictures, models=()))
    return listed.report_id


def choose_offence(page: Page, words: str) -> None:
    page.get_by_label("Hành vi (nếu tiếp nhận)").first.fill(words)
    page.get_by_role("option").first.click()
    expect(page.get_by_role("option")).to_have_count(0)


def picture(page: Page, moment: str, place: int) -> Locator:
    return page.get_by_role("region", name=moment).get_by_role("button").nth(place)


def test_what_was_chosen_stays_while_answers_are_late(page: Page, centre: RunningCentre) -> None:
    """The offence is changed, and a picture chosen before the centre's answer to that has come."""
    report_id = looked_at(centre, 63)
    late: list[tuple[WebSocketRoute, str | bytes]] = []
    holds = False

    def connect(line: WebSocketRoute) -> None:
        server = line.connect_to_server()
        server.on_message(lambda message: late.append((line, message)) if holds else line.send(message))

    page.route_web_socket("**/socket.io/**", connect)
    sign_in(page)
    page.goto(f"/console/reports?lang=vi&report={report_id}")
    page.get_by_text("Tiếp nhận và lập hồ sơ vụ việc").click()
    choose_offence(page, "không đội")
    first, second = picture(page, "Nhìn lần đầu", 0), picture(page, "Nhìn lần giữa", 1)
    first.click()
    expect(first).to_have_attribute("aria-pressed", "true")
    holds = True
    choose_offence(page, "điện thoại")
    second.click()
    holds = False
    for line, message in late:
        line.send(message)
    page.get_by_label("Thấy gì trong ảnh").fill("gọi điện thoại")
    page.get_by_label("Vĩ độ, kinh độ").fill("ở đâu đó")
    page.get_by_role("button", name="Lập hồ sơ", exact=True).click()
    expect(page.get_by_text("Hãy ghi vị trí dạng vĩ độ, kinh độ")).to_be_visible()
    for chosen in (first, second):
        expect(chosen).to_have_attribute("aria-pressed", "true")


def test_an_operator_makes_a_case_of_a_report(
    page: Page, centre: RunningCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = centre.builder.centre
    monkeypatch.setattr(services.report_cases._cases, "_key", Ed25519PrivateKey.generate())
    report_id = looked_at(centre, 62)
    sign_in(page)
    page.goto(f"/console/reports?lang=vi&report={report_id}")
    page.get_by_text("Tiếp nhận và lập hồ sơ vụ việc").click()
    assert page.get_by_label("Lúc (ngày/tháng/năm").input_value(), "as the file says"
    choose_offence(page, "không đội")
    for place, moment in enumerate(("Nhìn lần đầu", "Nhìn lần giữa", "Nhìn lần cuối")):
        picture(page, moment, place).press("Enter")
        expect(picture(page, moment, place)).to_have_attribute("aria-pressed", "true")
    for label, words in (
        ("Đường, số nhà", "Lê Lợi"),
        ("Phường, xã", "Thuận Hóa"),
        ("Hướng đi", "về cầu Trường Tiền"),
        ("Biển báo, vạch", "Luật 36/2024"),
        ("Vĩ độ, kinh độ", "ở đâu đó"),
        ("Thấy gì trong ảnh", "không đội mũ bảo hiểm"),
    ):
        page.get_by_label(label).fill(words)
    page.get_by_role("button", name="Lập hồ sơ", exact=True).click()
    expect(page.get_by_text("Hãy ghi vị trí dạng vĩ độ, kinh độ")).to_be_visible()
    page.get_by_label("Vĩ độ, kinh độ").fill("16.4637, 107.5909")
    keep(page, "citizen-report-case")
    page.get_by_role("button", name="Lập hồ sơ", exact=True).click()
    page.wait_for_url("**case=*")
    made = services.reports.open(LAN, report_id)
    assert str(made.case_id) in page.url
    expect(page.get_by_text("Phản ánh của người dân").first).to_be_visible()
    expect(page.get_by_text("video-1.mp4: tệp của người dân, đã bỏ âm thanh")).to_be_visible()
    page.wait_for_function("() => document.querySelector('.mt-case video')?.currentTime > 0")
    expect(page.locator(".mt-still-open img").first).to_be_visible()
    keep(page, "case-of-a-report")
    page.goto(f"/console/reports?lang=vi&report={report_id}")
    expect(page.get_by_role("link", name="Mở hồ sơ đã lập")).to_be_visible()
    film = page.get_by_role("link", name="Tải phim").get_attribute("href")
    assert page.request.get(f"{centre.url}{film}").status == 200


def saw(plate: str) -> ReportFindings:
    read = SeenPlate(text=plate, confidence=0.812, reason="")
    unread = SeenPlate(text="", confidence=0.0, reason="the plate is too small to read")
    box = (10.0, 10.0, 200.0, 200.0)
    things = [
        SeenThing(label="car", score=0.9, box_xyxy_px=box, plate=read),
        SeenThing(label="car", score=0.8, box_xyxy_px=box, plate=unread),
        SeenThing(label="person", score=0.7, box_xyxy_px=box),
    ]
    picture = AnalysedPicture(offset_s=0.0, resolution_wh=(640, 480), things=tuple(things))
    return ReportFindings(pictures=(picture,), models=(ModelRef(name="street-n", sha256="0" * 64),))
