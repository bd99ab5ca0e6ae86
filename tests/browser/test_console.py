"""The console in a real browser, on a real centre, with clips that play."""

import os
import shutil
import threading
import uuid
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright

from api.services.review import Decision
from domain.canonical import sha256_of
from domain.cases.case import Case, CaseMoment
from domain.cases.roles import Role
from domain.cases.states import CaseState
from domain.model_ref import ModelRef
from domain.plates.reading import NOT_READ, PlateRead, PlateReading
from tests.builders.cases import NOON, build_case, build_message
from tests.builders.centre import PASSWORD, CentreBuilder
from tests.builders.shown_evidence import SIZE_WH, shown_evidence

pytestmark = pytest.mark.browser
SCREENSHOTS = os.environ.get("CONSOLE_SCREENSHOTS")
PATIENCE_MS = 20_000  # how long a condition is waited for; a busy machine is slow, not wrong
BOX_PX = (100.0, 80.0, 240.0, 300.0)


class RunningCentre:
    """A centre with the console, served on the loopback."""

    def __init__(self, folder: Path) -> None:
        self.builder = CentreBuilder(folder, console=True)
        self.builder.user("lan", Role.OPERATOR)
        self.builder.user("sep", Role.ADMIN)
        config = uvicorn.Config(self.builder.app, host="127.0.0.1", port=0, log_level="warning", ws="websockets-sansio")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, name="centre", daemon=True)
        self._thread.start()
        while not self._server.started:
            assert self._thread.is_alive(), "the centre did not start"
            self._thread.join(0.02)
        port = self._server.servers[0].sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self.builder.close()

    def add_case(
        self,
        minute: int,
        *,
        code: str = "PARK_PAVEMENT",
        with_files: bool = True,
        words: str | None = None,
        plate: PlateReading = NOT_READ,
    ) -> str:
        """A case with playable evidence, and with ``words`` wherever a box may write text; returns its id."""
        began_at = NOON + timedelta(minutes=minute)
        moments = (
            CaseMoment(name="first_sighting", at=began_at, box_xyxy_px=BOX_PX),
            CaseMoment(name="last_sighting", at=began_at + timedelta(seconds=4), box_xyxy_px=BOX_PX),
        )
        case = build_case(
            code=code,
            subject_key=f"track:{minute}",
            began_at=began_at,
            ended_at=began_at + timedelta(seconds=4),
            moments=moments,
            resolution_wh=SIZE_WH,
            plate=plate,
        )
        manifest, contents = shown_evidence(case)
        if words is not None:
            case = written_all_over(case, words)
            manifest = manifest.model_copy(update={"case_sha256": sha256_of(case), "gaps": (words,)})
        message = build_message(case, self.builder.box_key(case.box_id), manifest)
        self.builder.clock.advance(1.0)
        assert self.builder.take_in(message, contents if with_files else {}).on_record
        return str(case.case_id)

    def state(self, case_id: str) -> CaseState:
        """Where a case stands."""
        return self.builder.stored(build_id(case_id)).state


def written_all_over(case: Case, words: str) -> Case:
    site = dict.fromkeys(("camera_name", "road", "ward", "direction", "legal_class"), words) | {
        "camera_id": "cam-words"
    }
    violation = dict.fromkeys(("name_vi", "name_en", "legal_ref"), words)
    return case.model_copy(
        update={
            "site": case.site.model_copy(update=site | {"zone_ids": (words,), "instruments": (words,)}),
            "violation": case.violation.model_copy(update=violation),
            "subject": case.subject.model_copy(update={"label": words, "vehicle_kind": words}),
            "plate": PlateReading(status="agreed", text=words),
            "measurements": {words: words},
            "provenance": case.provenance.model_copy(update={"rule": words, "tracker": words}),
        }
    )


def build_id(text: str) -> uuid.UUID:
    return uuid.UUID(text)


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningCentre]:
    running = RunningCentre(tmp_path_factory.mktemp("console"))
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if chromium is None:
        pytest.skip("no Chromium on this machine: apt-get install chromium")
    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=arguments)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Browser, centre: RunningCentre) -> Iterator[Page]:
    expect.set_options(timeout=PATIENCE_MS)
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=centre.url)
    opened = context.new_page()
    faults: list[str] = []
    opened.on("pageerror", lambda error: faults.append(str(error)))
    yield opened
    context.close()
    assert faults == []


def sign_in(page: Page, name: str = "lan") -> None:
    page.goto("/console/login")
    page.locator("input[name=username]").fill(name)
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url("**/console/?lang=vi")


def keep(page: Page, name: str) -> None:
    """Write a screenshot where somebody asked for them."""
    if SCREENSHOTS:
        page.screenshot(path=str(Path(SCREENSHOTS) / f"{name}.png"))


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
    page.wait_for_url("**/console/login?lang=vi")
    page.locator("input[name=username]").fill("lan")
    page.locator("input[name=password]").fill("wrong")
    page.get_by_role("button", name="Đăng nhập").click()
    expect(page.get_by_role("alert")).to_have_text("Tên đăng nhập hoặc mật khẩu không đúng")
    keep(page, "sign-in")


def test_an_admin_sees_no_case(page: Page, centre: RunningCentre) -> None:
    centre.add_case(1)
    sign_in(page, "sep")
    expect(page.get_by_text("Tài khoản này không được xem hồ sơ")).to_be_visible()
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
    page.locator(".mt-still").last.click()
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
    table.locator("tr").last.scroll_into_view_if_needed()
    expect(table.locator("tr").last).to_be_in_viewport(ratio=1)
    keep(page, "plate")


def test_an_unread_plate_says_why_in_the_readers_language(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(14, plate=PlateReading(status="unread", reason="a bicycle carries no number plate"))
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.locator(".mt-plate")).to_contain_text("Không đọc được")
    expect(page.locator(".mt-plate")).to_contain_text("xe đạp không có biển số")
    keep(page, "plate-unread")
    page.goto(f"/console/?lang=en&case={case_id}")
    expect(page.locator(".mt-plate")).to_contain_text("a bicycle carries no number plate")


def test_a_rejection_needs_a_reason_and_is_done_by_keys_alone(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(3)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.locator(".mt-row.mt-chosen")).to_be_visible()
    page.keyboard.press("r")
    search = page.get_by_label("Gõ để tìm lý do")
    expect(search).to_be_focused()
    page.keyboard.type("nham xe")
    expect(page.locator(".mt-reason")).to_have_count(1)
    keep(page, "reject")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã từ chối").first).to_be_visible()
    assert centre.state(case_id) is CaseState.REJECTED


def test_confirming_waits_for_the_clip_and_then_goes_to_the_police_queue(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(4)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    button = confirm_button(page)
    expect(button).to_be_disabled()
    page.keyboard.press("c")
    expect(page.get_by_text("Hãy xem clip trước khi xác nhận").first).to_be_visible()
    assert centre.state(case_id) is CaseState.QUEUED
    expect(button).to_be_enabled(timeout=PATIENCE_MS)
    page.keyboard.press("c")
    expect(page.get_by_text("Đã xác nhận, chuyển vào hàng chờ công an")).to_be_visible()
    assert centre.state(case_id) is CaseState.READY


def test_a_case_without_its_files_says_so_and_cannot_be_confirmed(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(5, with_files=False)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.get_by_text("Thiếu tệp chứng cứ: thiết bị báo tệp đã hỏng")).to_be_visible()
    expect(page.get_by_text("Không có clip gốc cho hồ sơ này")).to_be_visible()
    expect(confirm_button(page)).to_be_disabled()
    keep(page, "incomplete")


def test_a_new_case_appears_by_itself(page: Page, centre: RunningCentre) -> None:
    sign_in(page)
    expect(page.locator(".mt-filter-state")).to_be_visible()
    before = page.locator(".mt-row").count()
    centre.add_case(6)
    expect(page.locator(".mt-row")).to_have_count(before + 1)
    expect(page.get_by_text("Có hồ sơ mới").first).to_be_visible()


def test_a_decision_made_elsewhere_is_not_made_twice(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(7)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.locator(".mt-row.mt-chosen")).to_be_visible()
    stored = centre.builder.stored(build_id(case_id))
    other = centre.builder.user("minh", Role.OPERATOR)
    centre.builder.centre.review.decide(
        other,
        stored.case_id,
        Decision(decision="reject", reason_code="DUPLICATE"),
        expected_version=stored.version,
    )
    page.get_by_role("button", name="Từ chối · R").click()
    page.locator(".mt-reason").first.click()
    expect(page.get_by_text("Hồ sơ vừa được người khác xử lý, đã tải lại")).to_be_visible()
    history = centre.builder.centre.desk.history(other, stored.case_id)
    assert [event.action for event in history].count("reject") == 1


def test_english_stands_beside_vietnamese(page: Page, centre: RunningCentre) -> None:
    case_id = centre.add_case(8)
    sign_in(page)
    page.goto(f"/console/?lang=en&case={case_id}")
    expect(page.get_by_text("Suspected, nobody is accused by a machine")).to_be_visible()
    expect(confirm_button(page, "Confirm · C")).to_be_visible()
    keep(page, "english")


def test_an_ended_session_leads_back_to_the_sign_in(page: Page, centre: RunningCentre) -> None:
    centre.add_case(9)
    sign_in(page)
    expect(page.locator(".mt-row").first).to_be_visible()
    assert page.request.delete("/api/v1/session", headers={"Origin": centre.url}).status == 204
    page.keyboard.press("j")
    page.wait_for_url("**/console/login?lang=vi")


def test_what_a_box_or_a_person_writes_is_shown_as_text(page: Page, centre: RunningCentre) -> None:
    hostile = "<img src=x onerror='window.hurt=1'>{{window.hurt=1}}<script>window.hurt=1</script>"
    case_id = centre.add_case(12, words=hostile)
    other = centre.builder.user("hanh", Role.OPERATOR)
    stored = centre.builder.stored(build_id(case_id))
    decision = Decision(decision="reject", reason_code="OTHER", note=hostile)
    sign_in(page)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.get_by_text(hostile, exact=True).first).to_be_visible()
    page.locator(".mt-filter-camera").click()
    expect(page.get_by_role("option", name=hostile)).to_be_visible()
    centre.builder.centre.review.decide(other, stored.case_id, decision, expected_version=stored.version)
    page.goto(f"/console/?lang=vi&case={case_id}")
    expect(page.locator(".mt-event-what").get_by_text(hostile)).to_be_visible()
    assert page.evaluate("() => window.hurt") is None
    assert page.locator("img[src=x]").count() == 0


def test_an_open_desk_that_nobody_uses_ends_with_its_session(page: Page, centre: RunningCentre) -> None:
    sign_in(page)
    expect(page.locator(".mt-filter-state")).to_be_visible()
    rows = page.locator(".mt-row").count()
    centre.builder.clock.advance(20 * 60.0)
    centre.add_case(10)  # the page renews its list by itself, which is no use of the session
    expect(page.locator(".mt-row")).to_have_count(rows + 1, timeout=10_000)
    centre.builder.clock.advance(20 * 60.0)
    centre.add_case(11)
    page.wait_for_url("**/console/login?lang=vi")


def confirm_button(page: Page, name: str = "Xác nhận · C") -> Locator:
    return page.get_by_role("button", name=name)
