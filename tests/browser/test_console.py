"""The console in a real browser, on a real centre, with clips that play."""

import re
import threading
import uuid
from datetime import timedelta

import pytest
from nicegui import Client
from playwright.sync_api import Locator, Page, Route, expect

from api.cases.holds import Hold
from api.cases.review import Decision
from api.console import live_lists
from api.console.review import review_page
from api.console.review.taken_decisions import UNDO_S
from api.principals import Principal
from detectors.plates.agreement import HIDDEN_CHARACTER
from domain.camera import Mode
from domain.cases.roles import Role
from domain.cases.states import CaseState
from domain.model_ref import ModelRef
from domain.plates.reading import PlateRead, PlateReading
from domain.plates.reasons import MAY_BE_COVERED
from tests.builders.cases import NOON
from tests.builders.served_console import RunningCentre, keep, open_console, sign_in, sign_in_by_form
from tests.builders.shown_evidence import COPY_S

pytestmark = pytest.mark.browser
PATIENCE_MS = 20_000


def overlay_pixels(page: Page) -> int:
    """How many pixels of the overlay are drawn."""
    count = page.evaluate(
        """() => {
            const canvas = document.querySelector(".mt-stage canvas");
            const data = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
            let drawn = 0;
            for (let i = 3; i < data.length; i += 4) drawn += data[i] > 0;
            return drawn;
        }"""
    )
    return int(count)


def wait_for_overlay(page: Page) -> None:
    page.wait_for_function(
        """() => {
            const video = document.querySelector(".mt-stage video");
            return video && video.readyState >= 2;
        }"""
    )


def test_a_stranger_is_led_to_the_sign_in_and_a_wrong_password_is_told(page: Page) -> None:
    page.goto("/")
    expect(page).to_have_url(re.compile(r"/console/login\?lang=vi$"))
    page.locator("input[name=username]").fill("lan")
    page.locator("input[name=password]").fill("wrong")
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("alert")).to_have_text("Tên đăng nhập hoặc mật khẩu không đúng")
    keep(page, "sign-in")


def test_an_admin_sees_no_case(page: Page, centre: RunningCentre) -> None:
    centre.add_case(1)
    sign_in_by_form(page, "sep")
    expect(page).to_have_url(f"{centre.url}/console/boxes?lang=vi")  # a page of his own, no dead end
    expect(page.locator(".mt-row")).to_have_count(0)


def test_the_clip_plays_with_the_overlay_drawn_apart_from_it(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(2)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    wait_for_overlay(page)
    page.wait_for_function("() => document.querySelector('.mt-stage video').currentTime > 0.5")
    assert overlay_pixels(page) > 100
    keep(page, "case")
    page.keyboard.press("o")
    assert overlay_pixels(page) == 0
    page.keyboard.press("o")
    page.locator(".mt-still-seek").last.click()
    page.wait_for_function("() => Math.abs(document.querySelector('.mt-stage video').currentTime - 6.0) < 0.05")
    assert page.evaluate("() => document.querySelector('.mt-stage video').paused")


def plate_read(minute: int, second: float, text: str = "75F112345", dropped_because: str | None = None) -> PlateRead:
    """A read in the picture of an instant, the fourth character weak."""
    confidences = (0.99, 0.98, 0.97, 0.62, *(0.96 for _ in range(5)))
    return PlateRead(
        at=NOON + timedelta(minutes=minute, seconds=second),
        box_xyxy_px=(140, 240, 200, 284),
        text=text,
        character_confidences=confidences,
        dropped_because=dropped_because,
        layout="two_lines",
    )


def test_the_plate_is_shown_with_its_weak_character_its_pictures_and_all_reads(
    page: Page, centre: RunningCentre
) -> None:
    reads = (
        plate_read(13, 1.0),
        plate_read(13, 1.5),
        plate_read(13, 2.0, "75F172345", "it disagrees with the agreed text"),
    )
    plate = PlateReading(
        status="agreed",
        text="75F112345",
        character_confidences=reads[0].character_confidences,
        reads=reads,
        kind="motorbike",
        colour="white",
        models=(ModelRef(name="plate-reader", sha256="ab" * 32),),
    )
    case_id = centre.add_case(13, plate=plate)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    section = page.locator(".mt-plate")
    expect(section.locator(".mt-sign")).to_have_count(9)
    expect(section.locator(".mt-sign.weak")).to_contain_text("62%")
    expect(section.get_by_text("Xem kỹ ký tự thứ: 4")).to_be_visible()
    expect(section.locator(".mt-plate-signs")).to_have_attribute("aria-label", "75-F1 123.45")
    expect(section.get_by_text("nền trắng")).to_be_visible()
    expect(page.locator(".mt-fact").get_by_text("75-F1 123.45")).to_be_visible()
    expect(section.locator(".mt-plate-crops img")).to_have_count(2)
    page.wait_for_function(
        "() => [...document.querySelectorAll('.mt-plate img')].every(image => image.naturalWidth > 0)"
    )
    expect(section.locator(".mt-plate-mark")).to_have_count(1)
    expect(page.locator(".mt-stills .mt-still")).to_have_count(2)
    expect(page.locator(".mt-mark")).to_have_count(2)
    table = section.locator("table")
    expect(table).to_be_hidden()
    section.get_by_text("Mọi lần đọc (3)").click()
    expect(table).to_be_visible()
    expect(table.locator("tr")).to_have_count(4)
    expect(table).to_contain_text("75F172345")
    page.wait_for_function(  # it opens slowly, so one scroll may come too early
        """() => {
            const row = [...document.querySelectorAll(".mt-plate table tr")].pop();
            row.scrollIntoView({ block: "end" });
            const place = row.getBoundingClientRect();
            return place.top >= 0 && place.bottom <= innerHeight;
        }"""
    )
    keep(page, "plate")


def test_an_unread_plate_says_why_in_the_readers_language(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(14, plate=PlateReading(status="unread", reason="a bicycle carries no number plate"))
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.locator(".mt-plate")).to_contain_text("Không đọc được")
    expect(page.locator(".mt-plate")).to_contain_text("xe đạp không có biển số")
    expect(page.locator(".mt-plate .mt-plate-weak")).to_have_count(0)
    keep(page, "plate-unread")
    page.goto(f"/console/?lang=en&case={case_id}")
    expect(page.locator(".mt-plate")).to_contain_text("a bicycle carries no number plate")


def test_that_a_plate_may_be_covered_stands_out(page: Page, centre: RunningCentre) -> None:
    reads = tuple(plate_read(15, second, "59F42819", HIDDEN_CHARACTER) for second in (1.0, 1.5, 2.0))
    case_id = centre.add_case(15, plate=PlateReading(status="unread", reason=MAY_BE_COVERED, reads=reads))
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.locator(".mt-plate .mt-plate-weak")).to_contain_text("có thể bị che, bẻ cong hoặc bẩn")
    page.locator(".mt-plate").get_by_text("Mọi lần đọc (3)").click()
    expect(page.locator(".mt-plate table")).to_contain_text("các ký tự đứng như thể có một ký tự bị che")
    keep(page, "covered_plate")


def test_a_rejection_needs_a_reason_and_is_done_by_keys_alone(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(3)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.locator(".mt-row.mt-chosen")).to_be_visible()
    page.keyboard.press("r")
    search = page.get_by_label("Gõ để tìm lý do")
    expect(search).to_be_focused()
    expect(page.locator(".mt-reason").first).to_contain_text("1Khu vực/giờ được phép")
    keep(page, "reject")
    page.keyboard.type("nham xe")
    expect(page.locator(".mt-reason")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã từ chối").first).to_be_visible()
    centre.carry_out(case_id, CaseState.REJECTED)


def test_a_digit_takes_one_of_the_offences_own_reasons(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(33)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.locator(".mt-row.mt-chosen")).to_be_visible()
    page.keyboard.press("r")
    expect(page.get_by_label("Gõ để tìm lý do")).to_be_focused()
    page.keyboard.press("3")
    expect(page.get_by_text("Đã từ chối").first).to_be_visible()
    centre.carry_out(case_id, CaseState.REJECTED)
    assert [event.body["reason_code"] for event in centre.history(case_id) if event.action == "reject"] == ["BREAKDOWN"]


def test_a_question_leaves_nothing_behind_once_it_was_answered(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(44)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.locator(".mt-row.mt-chosen")).to_be_visible()
    page.wait_for_load_state("networkidle")
    search = page.get_by_label("Gõ để tìm lý do")
    *_, client = Client.instances.values()
    counted = []
    for _ in range(5):
        page.keyboard.press("r")
        expect(search).to_be_focused()
        page.keyboard.press("Escape")
        expect(search).to_have_count(0)
        counted.append(len(client.elements))
    assert counted[-1] <= counted[0]  # what waited for its time once may have gone meanwhile


def test_a_decision_can_be_taken_back_and_then_nobody_hears_of_it(page: Page, centre: RunningCentre) -> None:
    case_id, other = centre.add_case(34), centre.add_case(35)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.locator(f".mt-row[data-case='{case_id}'].mt-chosen")).to_be_visible()
    page.keyboard.press("r")
    expect(page.get_by_label("Gõ để tìm lý do")).to_be_focused()
    page.keyboard.press("1")
    expect(page.locator(f".mt-row[data-case='{case_id}']")).to_have_count(0)
    keep(page, "undo")
    page.keyboard.press("u")
    expect(page.locator(f".mt-row[data-case='{case_id}'].mt-chosen")).to_be_visible()
    centre.builder.clock.advance(UNDO_S)
    page.locator(f".mt-row[data-case='{other}']").click()
    expect(page.locator(f".mt-row[data-case='{other}'].mt-chosen")).to_be_visible()
    assert centre.state(case_id) is CaseState.QUEUED
    assert "reject" not in [event.action for event in centre.history(case_id)]


def test_a_decision_is_carried_out_though_the_page_is_closed_at_once(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(36)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.locator(".mt-row.mt-chosen")).to_be_visible()
    page.keyboard.press("r")
    expect(page.get_by_label("Gõ để tìm lý do")).to_be_focused()
    page.keyboard.press("1")
    expect(page.locator(f".mt-row[data-case='{case_id}']")).to_have_count(0)
    page.goto("about:blank")
    centre.carry_out(case_id, CaseState.REJECTED)


def test_pictures_open_large_with_zoom_and_keys_there_do_not_decide(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(37)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    page.get_by_role("button", name="Mở ảnh: Thấy lần đầu").click()
    viewer = page.locator("dialog.mt-viewer")
    expect(viewer).to_be_visible()
    before = viewer.locator("img").bounding_box()
    page.keyboard.press("+")
    expect(viewer.locator(".mt-viewer-zoom")).to_have_text("150 %")
    after = viewer.locator("img").bounding_box()
    assert before is not None
    assert after is not None
    assert after["width"] == pytest.approx(1.5 * before["width"], rel=0.02)
    page.mouse.move(600, 400)
    page.mouse.down()
    page.mouse.move(500, 350)
    page.mouse.up()
    moved = viewer.locator("img").bounding_box()
    assert moved is not None
    assert (moved["x"] - after["x"], moved["y"] - after["y"]) == pytest.approx((-100, -50), abs=2)
    keep(page, "picture")
    page.keyboard.press("ArrowRight")
    expect(viewer.get_by_text("Thấy lần cuối")).to_be_visible()
    page.keyboard.press("r")
    expect(page.locator(".mt-reason")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(viewer).to_be_hidden()
    page.keyboard.press("?")
    expect(page.get_by_text("Hoàn tác quyết định vừa rồi (trong 10 giây)")).to_be_visible()
    keep(page, "keys")


def test_the_decisive_seconds_loop_and_the_next_case_is_fetched_ahead(page: Page, centre: RunningCentre) -> None:
    for minute in (38, 39):
        centre.add_case(minute)
    fetched: list[str] = []
    page.on("response", lambda answer: fetched.append(answer.url))
    open_console(page)
    expect(page.locator(".mt-row.mt-chosen")).to_be_visible()
    following = page.locator(".mt-row.mt-chosen ~ .mt-row").first.get_attribute("data-case")
    page.evaluate(
        """() => {
            window.turns = 0;
            let before = 0;
            document.querySelector(".mt-stage video").addEventListener("timeupdate", (event) => {
                if (event.target.currentTime < before - 3) window.turns += 1;
                before = event.target.currentTime;
            });
        }"""
    )
    page.wait_for_function("() => window.turns >= 1", timeout=2 * PATIENCE_MS)
    assert any(f"{following}/files/clip.mp4" in url for url in fetched)
    page.wait_for_load_state("networkidle")
    expect(page.locator("video")).to_have_count(1)  # the next one lies ready outside the document
    page.keyboard.press("j")
    expect(page.locator(f".mt-row[data-case='{following}'].mt-chosen")).to_be_visible()
    page.wait_for_function("() => document.querySelector('.mt-stage video').src.startsWith('blob:')")
    page.evaluate("() => { window.ready = document.querySelector('.mt-stage video'); }")
    page.wait_for_function("() => document.querySelector('.mt-stage video').currentTime > 0.2")
    page.wait_for_load_state("networkidle")
    assert page.evaluate("() => document.querySelector('.mt-stage video') === window.ready")  # not laid out anew
    assert sum(f"{following}/files/clip.mp4" in url for url in fetched) == 1


def test_what_changed_since_the_next_case_was_laid_out_is_shown_with_it(page: Page, centre: RunningCentre) -> None:
    following, case_id = centre.add_case(45, entered=False), centre.add_case(46)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.locator(f".mt-row[data-case='{case_id}'].mt-chosen ~ .mt-row").first).to_have_attribute(
        "data-case", following
    )
    page.wait_for_load_state("networkidle")
    lan = Principal(actor="user:lan", name="Lan", role=Role.OPERATOR)
    centre.builder.centre.entered_plates.enter(lan, uuid.UUID(following), "75F199999")
    page.keyboard.press("j")
    expect(page.locator(f".mt-row[data-case='{following}'].mt-chosen")).to_be_visible()
    expect(page.locator(".mt-plate-field input")).to_have_value("75F199999")


def test_the_originals_of_a_decided_case_are_seen_for_a_reason_that_goes_on_record(
    page: Page, centre: RunningCentre
) -> None:
    case_id = uuid.UUID(centre.add_case(61, with_copy=True, entered=False))
    centre.builder.confirm(centre.builder.stored(case_id))
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.get_by_text("Ảnh và clip đã che mặt người và biển xe khác")).to_be_visible()
    length = "() => document.querySelector('.mt-stage video').duration"
    page.wait_for_function(f"() => ({length})() > 0")
    assert page.evaluate(length) == pytest.approx(COPY_S, abs=0.2)
    page.get_by_role("button", name="Xem bản gốc").click()
    page.locator(".mt-reason").get_by_text("Công an đề nghị xem lại").click()
    page.wait_for_function(f"() => ({length})() > {COPY_S + 1}")
    (act,) = [event for event in centre.history(str(case_id)) if event.action == "unblur"]
    assert (act.actor, act.body["reason_code"]) == ("user:lan", "POLICE_ASKS")


def test_review_needs_no_scrolling_on_a_usual_screen(page: Page, centre: RunningCentre) -> None:
    reads = (plate_read(40, 1.0), plate_read(40, 1.5))
    plate = PlateReading(
        status="agreed", text="75F112345", character_confidences=reads[0].character_confidences, reads=reads
    )
    case_id = centre.add_case(40, plate=plate)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    parts = (".mt-sentence", ".mt-player", ".mt-still >> nth=1", ".mt-decide >> nth=0")
    plate_parts = (".mt-plate-signs", ".mt-plate-picture >> nth=0", ".mt-plate-picture >> nth=2")
    for part in (*parts, *plate_parts):
        expect(page.locator(part)).to_be_in_viewport(ratio=1)
    keep(page, "one-screen")


def test_confirming_waits_for_the_clip_and_then_goes_on(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(4)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    button = confirm_button(page)
    expect(button).to_be_disabled()
    page.keyboard.press("c")
    expect(page.get_by_text("Hãy xem hết đoạn quyết định").first).to_be_visible()
    assert centre.state(case_id) is CaseState.QUEUED
    expect(button).to_be_enabled(timeout=2 * PATIENCE_MS)
    page.keyboard.press("c")
    expect(page.get_by_text("Đã ghi xác nhận")).to_be_visible()
    assert centre.state(case_id) is CaseState.QUEUED
    centre.carry_out(case_id, CaseState.SECOND_REVIEW)  # a plate that is read by hand is read by two
    watched = [event.body["watched"] for event in centre.history(case_id) if event.action == "confirm"]
    assert watched[0]["of_s"] == pytest.approx(7.9)
    assert watched[0]["played_s"] >= 0.95 * 7.9


def test_who_presses_often_confirms_once_takes_it_back_and_never_confirms_the_next_unseen(
    page: Page, centre: RunningCentre
) -> None:
    case_id, following = centre.add_case(42), centre.add_case(41)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    page.locator(f".mt-row[data-case='{following}']").wait_for()
    expect(confirm_button(page)).to_be_enabled(timeout=2 * PATIENCE_MS)
    for _ in range(12):
        page.keyboard.press("c")
    expect(page.locator(f".mt-row[data-case='{case_id}']")).to_have_count(0)
    expect(page.locator(".mt-row.mt-chosen")).to_have_count(1)
    page.keyboard.press("u")
    expect(page.locator(f".mt-row[data-case='{case_id}'].mt-chosen")).to_be_visible()
    centre.builder.clock.advance(2 * UNDO_S)
    page.keyboard.press("u")
    expect(page.get_by_text("Không có quyết định nào để hoàn tác")).to_be_visible()
    page.locator(f".mt-row[data-case='{following}']").click()
    expect(page.locator(f".mt-row[data-case='{following}'].mt-chosen")).to_be_visible()
    steps = [event.action for each in (case_id, following) for event in centre.history(each)]
    assert "confirm" not in steps


def test_what_another_person_has_open_is_not_decided_by_key_either(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(43)
    other = Principal(actor="user:other", name="Other", role=Role.OPERATOR)
    assert centre.builder.centre.holds.take(other, uuid.UUID(case_id)) is not None
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.locator(f".mt-row[data-case='{case_id}'].mt-chosen")).to_be_visible()
    page.keyboard.press("r")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_have_count(1)
    expect(page.get_by_label("Gõ để tìm lý do")).to_have_count(0)


def test_jumping_a_hidden_page_and_a_forged_count_are_no_watching(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(20)
    sign_in(page)
    page.add_init_script("Object.defineProperty(document, 'visibilityState', {get: () => window.shown || 'hidden'})")
    page.goto(f"/console/?lang=vi&case={case_id}")
    page.wait_for_function(
        "() => document.querySelector('.mt-stage video').currentTime > 5"
    )  # it plays, nobody sees it
    expect(page.locator(".mt-watched")).to_have_text("Đã xem đoạn quyết định: 0 / 8 s")
    page.locator(".mt-still-seek").last.click()
    page.wait_for_function("() => document.querySelector('.mt-stage video').paused")  # else it plays and is seen
    page.evaluate("window.shown = 'visible'")
    for _ in range(3):
        page.locator(".mt-still-seek").last.click()
        page.wait_for_function("() => Math.abs(document.querySelector('.mt-stage video').currentTime - 6.0) < 0.05")
        page.locator(".mt-still-seek").first.click()
        page.wait_for_function("() => Math.abs(document.querySelector('.mt-stage video').currentTime - 2.0) < 0.05")
    page.evaluate(
        """() => {
            const id = Number(document.querySelector(".mt-player").id.slice(1));
            for (const forged of [1e9, -1, "8", null, {}]) getElement(id).$emit("progress", forged);
        }"""
    )
    page.keyboard.press("c")
    expect(page.get_by_text("Hãy xem hết đoạn quyết định").nth(1)).to_be_visible()
    assert centre.state(case_id) is CaseState.QUEUED
    expect(page.locator(".mt-watched")).to_have_text("Đã xem đoạn quyết định: 0 / 8 s")


def pixel(page: Page, x_share: float, y_share: float) -> list[int]:
    """RGBA of the canvas over the video."""
    found: list[int] = page.evaluate(
        """([x, y]) => {
            const canvas = document.querySelector(".mt-stage canvas");
            return [...canvas.getContext("2d").getImageData(canvas.width * x, canvas.height * y, 1, 1).data];
        }""",
        [x_share, y_share],
    )
    return found


def test_privacy_masks_cover_the_video_whatever_the_overlay_switch_says(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(21, masks=[[[0.5, 0.5], [0.9, 0.5], [0.9, 0.9], [0.5, 0.9]]])
    sign_in(page)
    held: list[Route] = []
    overlay = f"**/{case_id}/files/overlay.json"
    page.route(overlay, lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks the handler
    with page.expect_request(overlay):
        page.goto(f"/console/?lang=vi&case={case_id}")
    video = page.locator(".mt-stage video")
    expect(video).to_be_attached()
    wait_for_overlay(page)
    expect(video).to_be_hidden()  # nothing is shown before the masks are known
    page.keyboard.press(" ")
    assert page.evaluate("() => document.querySelector('.mt-stage video').currentTime") == 0
    held[-1].continue_()
    expect(video).to_be_visible()
    page.wait_for_function("() => document.querySelector('.mt-stage video').currentTime > 0.3")
    assert pixel(page, 0.7, 0.7) == [0, 0, 0, 255]
    assert pixel(page, 0.2, 0.95)[3] == 0
    page.keyboard.press("o")
    page.wait_for_function("() => document.querySelector('.mt-stage video').currentTime > 1")
    assert pixel(page, 0.7, 0.7) == [0, 0, 0, 255]
    keep(page, "masked")


def test_a_video_whose_overlay_cannot_be_loaded_is_not_shown(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(22)
    sign_in(page)
    page.route("**/files/overlay.json", lambda route: route.abort())
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.get_by_role("alert").get_by_text("Chưa tải được lớp phủ")).to_be_visible()
    expect(page.locator(".mt-stage video")).to_be_hidden()


def choose(page: Page, name: str, option: str) -> None:
    """Choose in one of the filters."""
    page.locator(f".mt-filter-{name}").click()
    page.get_by_role("option", name=option).click()


def test_shadow_cases_are_listed_apart_judged_by_keys_and_counted(page: Page, centre: RunningCentre) -> None:
    right, wrong = (centre.add_case(minute, mode=Mode.SHADOW) for minute in (23, 24))
    open_console(page)
    expect(page.locator(f".mt-row[data-case='{right}']")).to_have_count(0)
    choose(page, "real_or_shadow", "Chạy thử, để đo")
    expect(page.locator(".mt-row")).to_have_count(2)
    page.locator(f".mt-row[data-case='{wrong}']").click()
    expect(page.get_by_text("Chế độ thử nghiệm").first).to_be_visible()
    expect(confirm_button(page)).to_have_count(0)
    keep(page, "shadow")
    page.keyboard.press("r")
    page.get_by_label("Gõ để tìm lý do").fill("nham xe")
    expect(page.locator(".mt-reason")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã ghi đánh giá")).to_be_visible()
    page.locator(f".mt-row[data-case='{right}']").click()
    expect(page.locator(f".mt-row[data-case='{right}'].mt-chosen")).to_be_visible()
    page.keyboard.press("c")
    expect(page.locator(f".mt-row[data-case='{right}']")).to_have_count(0)
    centre.carry_out(right, CaseState.JUDGED_RIGHT)
    centre.carry_out(wrong, CaseState.JUDGED_WRONG)
    page.get_by_role("link", name="Độ chính xác khi chạy thử").click()
    row = page.locator(".mt-table tr").last
    expect(row).to_contain_text("1 / 2")
    expect(row).to_contain_text("9,5 % – 90,5 %")
    keep(page, "precision")


def test_a_key_pressed_for_one_case_never_decides_another_that_is_opened_meanwhile(
    page: Page, centre: RunningCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = (centre.add_case(minute, mode=Mode.SHADOW) for minute in (47, 48))
    open_console(page)
    choose(page, "real_or_shadow", "Chạy thử, để đo")
    page.locator(f".mt-row[data-case='{second}']").click()
    expect(page.locator(f".mt-row[data-case='{second}'].mt-chosen ~ .mt-row").first).to_have_attribute(
        "data-case", first
    )
    page.wait_for_load_state("networkidle")
    holds, may_go_on = centre.builder.centre.holds, threading.Event()
    take = holds.take

    def take_late(who: Principal, case_id: uuid.UUID) -> Hold | None:
        assert may_go_on.wait(20)
        return take(who, case_id)

    monkeypatch.setattr(holds, "take", take_late)
    page.keyboard.press("j")
    expect(page.locator(f".mt-row[data-case='{first}'].mt-chosen")).to_be_visible()
    page.keyboard.press("c")  # for the first, which is shown, and not yet known to be as it is shown
    page.keyboard.press("k")
    expect(page.locator(f".mt-row[data-case='{second}'].mt-chosen")).to_have_count(0)
    may_go_on.set()
    expect(page.get_by_text("chưa quyết định gì")).to_be_visible()
    expect(page.locator(f".mt-row[data-case='{second}'].mt-chosen")).to_be_visible()
    page.keyboard.press("u")
    expect(page.get_by_text("Không có quyết định nào để hoàn tác")).to_be_visible()
    assert {centre.state(each) for each in (first, second)} == {CaseState.DETECTED}


def test_what_the_police_return_is_sent_again_or_closed(page: Page, centre: RunningCentre) -> None:
    again, closed = (centre.add_returned_case(minute) for minute in (25, 26))
    open_console(page)
    choose(page, "state", "Bị trả lại")
    page.locator(f".mt-row[data-case='{again}']").click()
    expect(page.get_by_text("Công an trả lại: Không đọc được biển số · blurred")).to_be_visible()
    keep(page, "returned")
    page.keyboard.press("c")
    note = page.get_by_label("Đã sửa hay xem lại điều gì?")
    expect(note).to_be_focused()
    page.keyboard.press("Enter")
    expect(note).to_be_visible()  # a note is needed
    page.keyboard.type("xem lai bien so")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã đưa về rà soát lại")).to_be_visible()
    expect(page.locator(f".mt-row[data-case='{closed}'].mt-chosen")).to_be_visible()
    page.locator(f".mt-row[data-case='{closed}']").dblclick()  # opened already as the next one, and by each click
    page.keyboard.press("r")
    page.locator(".mt-reason").first.click()
    expect(page.get_by_text("Đã đóng hồ sơ")).to_be_visible()
    centre.carry_out(again, CaseState.QUEUED)
    centre.carry_out(closed, CaseState.CLOSED)


def test_texts_at_their_longest_do_not_break_the_page(page: Page, centre: RunningCentre) -> None:
    words = "Đường" + "x" * 290 + " cuối"  # 300 letters: the most that a message may bring
    case_id = centre.add_case(27, words=words, long=words + "y" * 1700)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    row = page.locator(f".mt-row[data-case='{case_id}']")
    expect(row).to_contain_text("…")
    assert row.bounding_box()["height"] < 120  # type: ignore[index]
    expect(page.locator(".mt-facts")).to_contain_text("cuối")
    wider = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wider == 0
    for part in (".mt-list", ".mt-main", ".mt-facts"):
        assert (
            page.evaluate(
                "name => { const e = document.querySelector(name); return e.scrollWidth - e.clientWidth }", part
            )
            <= 0
        )
    expect(page.locator(".mt-player")).to_be_in_viewport()
    expect(page.locator(".mt-decide").first).to_be_in_viewport()
    keep(page, "longest")


def test_a_case_without_its_files_says_so_and_cannot_be_confirmed(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(5, with_files=False)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.get_by_text("Thiếu tệp chứng cứ: thiết bị báo tệp đã hỏng")).to_be_visible()
    expect(page.get_by_text("Không có clip gốc cho hồ sơ này")).to_be_visible()
    expect(confirm_button(page)).to_be_disabled()
    keep(page, "incomplete")


def test_a_new_case_appears_by_itself(page: Page, centre: RunningCentre) -> None:
    centre.add_case(31)
    open_console(page)
    expect(page.locator(".mt-row.mt-chosen")).to_be_visible()
    case_id = centre.add_case(-2001)  # the oldest: the list shows a hundred, and other tests leave more
    expect(page.locator(f".mt-row[data-case='{case_id}']")).to_be_visible()
    expect(page.get_by_text("Có hồ sơ mới").first).to_be_visible()


def test_a_decision_made_elsewhere_is_not_made_twice(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(7)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.locator(".mt-row.mt-chosen")).to_be_visible()
    stored = centre.builder.stored(uuid.UUID(case_id))
    other = centre.builder.user("minh", Role.OPERATOR)
    centre.builder.clock.advance(10 * 60.0)  # the page's hold has ended
    centre.builder.centre.review.decide(
        other,
        stored.case_id,
        Decision(decision="reject", reason_code="DUPLICATE"),
        expected_version=stored.version,
    )
    page.get_by_role("button", name="Từ chối · R").click()
    page.locator(".mt-reason").first.click()
    expect(page.get_by_text("Đã từ chối").first).to_be_visible()
    centre.builder.clock.advance(UNDO_S)
    expect(page.get_by_text("Hồ sơ vừa được người khác xử lý, đã tải lại")).to_be_visible()
    history = centre.builder.centre.cases.history(other, stored.case_id)
    assert [event.action for event in history].count("reject") == 1


def test_english_stands_beside_vietnamese(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(8)
    sign_in(page)
    page.goto(f"/console/?lang=en&case={case_id}")
    expect(page.get_by_text("Suspected, nobody is accused by a machine")).to_be_visible()
    expect(confirm_button(page, "Confirm · C")).to_be_visible()
    keep(page, "english")


def test_who_decides_a_case_that_newer_ones_pushed_off_the_list_goes_on_with_the_list(
    page: Page, centre: RunningCentre
) -> None:
    listed = centre.add_case(702, code="PARK_BRIDGE")
    offence = centre.builder.stored(uuid.UUID(listed)).case.violation.name_vi
    gone = centre.add_case(703)
    sign_in(page)
    page.goto(f"/console/?case={gone}")
    expect(page.locator(".mt-row.mt-chosen")).to_have_attribute("data-case", gone)
    page.locator(".mt-filter-offence").click()
    page.get_by_role("option", name=offence).click()
    expect(page.locator(".mt-row")).to_have_count(1)
    page.locator(".mt-title").click()  # keys belong to the page again
    page.keyboard.press("r")
    page.locator(".q-dialog input:focus").wait_for()
    page.keyboard.press("1")
    expect(page.locator(".mt-row.mt-chosen")).to_have_attribute("data-case", listed)


def test_the_case_that_lies_ready_is_next_though_newer_ones_pushed_it_off_the_list(
    page: Page, centre: RunningCentre, monkeypatch: pytest.MonkeyPatch
) -> None:
    older, newer = (centre.add_case(minute, code="PARK_ROADWAY") for minute in (-4203, -4202))
    offence = centre.builder.stored(uuid.UUID(older)).case.violation.name_vi
    sign_in(page)
    with page.expect_response(lambda answer: f"{older}/files/clip" in answer.url):  # lies ready
        page.goto(f"/console/?case={newer}")
    page.locator(".mt-filter-offence").click()
    page.get_by_role("option", name=offence[:30]).click()
    expect(page.locator(".mt-row")).to_have_count(2)
    for module in (live_lists, review_page):
        monkeypatch.setattr(module, "LISTED", 2)
    newest = centre.add_case(-4201, code="PARK_ROADWAY")
    expect(page.locator(f".mt-row[data-case='{newest}']")).to_be_visible()
    expect(page.locator(f".mt-row[data-case='{older}']")).to_have_count(0)
    page.locator(".mt-title").first.click()  # keys belong to the page again
    page.keyboard.press("r")
    page.locator(".q-dialog input:focus").wait_for()
    page.keyboard.press("1")
    expect(page.locator(f".mt-case[data-case='{older}']")).to_be_visible()


def test_an_ended_session_leads_back_to_the_sign_in(page: Page, centre: RunningCentre) -> None:
    centre.add_case(9)
    sign_in_by_form(page)
    expect(page.locator(".mt-row").first).to_be_visible()
    assert page.request.delete("/api/v1/session", headers={"Origin": centre.url}).status == 204
    page.keyboard.press("j")
    expect(page).to_have_url(re.compile(r"/console/login\?lang=vi$"))


def test_what_a_box_or_a_person_writes_is_shown_as_text(page: Page, centre: RunningCentre) -> None:
    hostile = "<img src=x onerror='window.hurt=1'>{{window.hurt=1}}<script>window.hurt=1</script>"
    case_id = centre.add_case(12, words=hostile)
    other = centre.builder.user("hanh", Role.OPERATOR)
    stored = centre.builder.stored(uuid.UUID(case_id))
    decision = Decision(decision="reject", reason_code="OTHER", note=hostile)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.get_by_text(hostile, exact=True).first).to_be_visible()
    page.locator(".mt-filter-camera").click()
    expect(page.get_by_role("option", name=hostile[:50])).to_be_visible()
    centre.builder.clock.advance(10 * 60.0)  # the page's hold has ended
    centre.builder.centre.review.decide(other, stored.case_id, decision, expected_version=stored.version)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.locator(".mt-event-what").get_by_text(hostile)).to_be_visible()
    assert page.evaluate("() => window.hurt") is None
    assert page.locator("img[src=x]").count() == 0


def test_an_open_desk_that_nobody_uses_ends_with_its_session(page: Page, centre: RunningCentre) -> None:
    centre.add_case(32)
    open_console(page)
    expect(page.locator(".mt-row.mt-chosen")).to_be_visible()
    page.wait_for_load_state("networkidle")  # the next case is fetched ahead, which belongs to the opening
    centre.builder.clock.advance(20 * 60.0)
    case_id = centre.add_case(-2002)  # the page renews its list by itself, which is no use of the session
    expect(page.locator(f".mt-row[data-case='{case_id}']")).to_be_visible()
    centre.builder.clock.advance(20 * 60.0)
    centre.add_case(11)
    expect(page).to_have_url(re.compile(r"/console/login\?lang=vi$"))


def confirm_button(page: Page, name: str = "Xác nhận · C") -> Locator:
    return page.get_by_role("button", name=name)
