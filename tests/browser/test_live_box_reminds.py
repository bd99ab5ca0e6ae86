"""From a camera's stream to the ward's page: real RTSP, the box's own process, its networks, a real centre, a browser.

The pavement is composed (deploy/demo/composed). What its first two and a half minutes would have left on the box's disk
is made beforehand; the box takes it up as after any restart, and sees the stall stand on.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ViewportSize, expect
from ruamel.yaml import YAML

from api.principals import SYSTEM
from api.reminders.rows import ListedReminder
from deploy.demo.composed.earlier import live_through
from deploy.demo.composed.stall import write_stall, write_standing
from deploy.local.servers import NatsBroker, RtspServer, box_user
from domain.camera import CameraConfig
from domain.cases.roles import Role
from edge.networks.surface_network import SURFACE
from tests.builders.box_process import BoxProcess, wait_for
from tests.builders.centre import PASSWORD
from tests.builders.served_console import RunningCentre, keep

pytestmark = [pytest.mark.browser, pytest.mark.server]
CAMERA_FILE = Path(__file__).resolve().parents[2] / "deploy" / "demo" / "cameras" / "stall.yaml"
STORY_S = 125.0  # the stall stands 95 s then: a slow box, too, watches five seconds before it reminds
PHONE: ViewportSize = {"width": 390, "height": 844}
WARD = "trinh-dien-demo"


@pytest.fixture
def street(tmp_path: Path) -> Iterator[RtspServer]:
    clips = tmp_path / "clips"
    clips.mkdir()
    write_standing(clips / "standing.mp4")
    with RtspServer(clips, ["standing.mp4"]) as server:
        yield server


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[NatsBroker]:
    folder = tmp_path / "broker"
    folder.mkdir()
    with NatsBroker(folder, users={"box-1": box_user("box-1", "box-1-password")}) as server:
        yield server


@pytest.fixture
def box(tmp_path: Path, broker: NatsBroker, centre: RunningCentre, street: RtspServer) -> Iterator[BoxProcess]:
    centre.builder.box_key("box-1")
    _, secret = centre.builder.centre.machines.create_key(SYSTEM, name="box-1", role=Role.EDGE, box_id="box-1")
    folder = tmp_path / "box"
    folder.mkdir()
    key_file = folder / "centre.key"
    key_file.touch(0o600)
    key_file.write_text(secret)
    process = BoxProcess(folder, broker, centre={"url": centre.url, "api_key_file": "centre.key"})
    document = json.loads(json.dumps(YAML(typ="safe").load(CAMERA_FILE), default=str))
    document["stream"]["url"] = street.url("standing.mp4")
    process.put_camera(document)
    story = tmp_path / "story.mp4"
    write_stall(story, stands_times=round(STORY_S / 4), empty_times=1)
    live_through(
        CameraConfig.model_validate_json(json.dumps(document)),
        story,
        folder / "data",
        box_id="box-1",
        network=SURFACE.open(),
        until=datetime.now(UTC),
        story_s=STORY_S,
    )
    process.start()
    yield process
    process.close()


def test_a_stall_before_a_live_camera_is_on_the_wards_phone_with_its_picture(
    box: BoxProcess, centre: RunningCentre, browser: Browser
) -> None:
    services = centre.builder.centre
    ward = centre.builder.user("vy", Role.WARD, wards=(WARD,))

    def told() -> list[ListedReminder]:
        return [one for one in services.reminders.list(ward).items if one.camera_id == "demo-stall"]

    (one,) = wait_for(told, "the centre holds the reminder")
    wait_for(lambda: services.reminders.open(ward, one.reminder_id).pictures, "the picture is there, too")
    context = browser.new_context(viewport=PHONE, base_url=centre.url, is_mobile=True, has_touch=True)
    page = context.new_page()
    page.goto("/console/login")
    page.locator("input[name=username]").fill("vy")
    page.locator("input[name=password]").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url("**/console/reminders?lang=vi")
    page.get_by_role("link", name="vỉa hè dựng hình").first.click()
    image = page.locator(".mt-place img")
    expect(image).to_have_count(1)
    image.scroll_into_view_if_needed()
    page.wait_for_function("image => image.complete && image.naturalWidth > 40", arg=image.element_handle())
    expect(page.locator(".mt-place")).to_contain_text("Mới phát hiện")
    keep(page, "live-box-reminder")
    context.close()
