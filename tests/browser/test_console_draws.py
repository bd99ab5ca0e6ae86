"""An admin draws a camera's zones at the centre; its box takes the drawing by HTTP and answers with what runs."""

import random
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
from playwright.sync_api import Page, expect

from api.principals import Principal
from domain.cases.roles import Role
from domain.fleet.camera_reports import drawing_of
from edge.camera_door.door import CameraDoor
from edge.camera_door.sender import CameraSender
from edge.camera_door.stills import WantedStills
from edge.camera_door.wanted_drawings import WantedDrawings
from edge.delivery.centre import Centre, CentreLine
from edge.health.problems import ProblemBoard
from tests.builders.box_fakes import ManualClock
from tests.builders.running_cameras import FilesThatRun
from tests.builders.served_console import RunningCentre, keep, sign_in

pytestmark = pytest.mark.browser
ADMIN = Principal(actor="user:sep", name="Sếp", role=Role.ADMIN)
JUNCTION = Path(__file__).resolve().parents[2] / "deploy" / "edge" / "example" / "cameras" / "hung-vuong-junction.yaml"


class Box:
    """A box with one camera file that tells the centre over the network."""

    def __init__(self, folder: Path, centre: RunningCentre) -> None:
        builder = centre.builder
        builder.box_key("box-draw")
        _, key = builder.centre.machines.create_key(ADMIN, name="box", role=Role.EDGE, box_id="box-draw")
        self.files = FilesThatRun(folder / "cameras")
        self.files.folder.mkdir()
        (self.files.folder / "junction.yaml").write_bytes(JUNCTION.read_bytes())
        self.files.load()
        self.stills, problems = WantedStills(), ProblemBoard(ManualClock())
        self.door = CameraDoor(CentreLine(Centre(url=centre.url, api_key=key)))
        self.sender = CameraSender(
            self.door,
            running=self.files.running,
            stills=self.stills,
            drawings=WantedDrawings(folder / "data", write=self.files.writer(), problems=problems),
            problems=problems,
            clock=ManualClock(),
            randomness=random.Random(1),
        )
        (self.camera_id,) = self.files.cameras
        self.sender.turn()
        picture = np.full((540, 960, 3), 90, np.uint8)
        self.stills.offer(self.camera_id, lambda: bytes(cv2.imencode(".jpg", picture)[1]))
        self.sender.turn()

    def reload(self) -> None:
        """Take what is wanted, run it, and answer."""
        self.sender.turn()
        self.files.load()
        self.sender.turn()


@pytest.fixture
def box(tmp_path: Path, centre: RunningCentre) -> Iterator[Box]:
    made = Box(tmp_path, centre)
    yield made
    made.door.close()


def test_a_line_is_moved_at_the_centre_and_runs_at_the_box(page: Page, centre: RunningCentre, box: Box) -> None:
    before = drawing_of(box.files.cameras[box.camera_id].camera)
    sign_in(page, "sep")
    page.goto(f"/console/camera?box=box-draw&camera={box.camera_id}")
    page.get_by_text("Vẽ vùng và vạch").click()
    expect(page.locator("#tools button")).to_have_count(10)
    (line,) = before.lines
    page.locator("#things button", has_text=line.id).click()
    grip = page.locator("#ink .grip").first
    place = grip.bounding_box()
    assert place is not None
    x, y = place["x"] + place["width"] / 2, place["y"] + place["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 8, y + 12, steps=3)
    page.mouse.up()
    answer = page.locator("#answer")
    page.locator("#save").click()
    expect(answer).to_contain_text("Say why")
    page.locator("#why").fill("vạch dừng kẻ lại ngày 5/1")
    page.locator("#save").click()
    expect(answer).to_contain_text("Version 1")
    box.reload()
    expect(answer).to_contain_text("it runs")
    keep(page, "console-draws")
    after = drawing_of(box.files.cameras[box.camera_id].camera)
    assert after != before
    assert after.reference_still_wh == before.reference_still_wh, "the still of the centre is a small copy"
    assert after.zones == before.zones
    (drawn,) = centre.builder.centre.drawings.versions(ADMIN, "box-draw", box.camera_id)
    assert (drawn.why, drawn.actor, drawn.outcome) == ("vạch dừng kẻ lại ngày 5/1", "user:sep", "running")

    page.locator("#why").fill("thử hai người")
    other = {"drawing": before, "base_sha256": str(drawn.config_sha256), "newest": 1, "why": "người khác"}
    centre.builder.centre.drawings.want(ADMIN, "box-draw", box.camera_id, **other)  # type: ignore[arg-type]
    page.locator("#save").click()
    expect(answer).to_contain_text("Có người vừa vẽ bản số 2")
    page.goto("/console/draw/?box=box-draw&camera=none&lang=en")
    expect(answer).to_contain_text("there is no such camera")


def test_whoever_may_not_draw_sees_no_way_to_and_is_told_by_the_page(
    page: Page, centre: RunningCentre, box: Box
) -> None:
    before = centre.builder.centre.drawings.versions(ADMIN, "box-draw", box.camera_id)
    sign_in(page)
    page.goto(f"/console/camera?box=box-draw&camera={box.camera_id}")
    expect(page.locator("svg.mt-still")).to_have_count(1)
    expect(page.get_by_text("Vẽ vùng và vạch")).to_have_count(0)
    page.goto(f"/console/draw/?box=box-draw&camera={box.camera_id}")
    expect(page.locator("#tools button")).to_have_count(10)
    page.locator("#why").fill("thử")
    page.locator("#save").click()
    expect(page.locator("#answer")).to_contain_text("Chưa lưu")
    assert centre.builder.centre.drawings.versions(ADMIN, "box-draw", box.camera_id) == before
    page.goto("/console/draw/?box=box-draw&camera=none")
    expect(page.locator("#answer")).to_contain_text("Không có camera này")
