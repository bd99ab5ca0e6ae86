"""A real box over HTTP: the centre knows what runs and has a still, draws, and the box runs it; also after kill -9."""

import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from api.cameras.pages import CameraPage
from api.principals import Principal
from deploy.demo.footage import PAVEMENT, write_clips
from deploy.local.servers import NatsBroker, RtspServer, box_user
from domain.camera import Zone, ZoneKind
from domain.cases.roles import Role
from domain.errors import NotFound
from tests.builders.box_process import BoxProcess, camera_document, wait_for
from tests.builders.centre import CentreBuilder

pytestmark = pytest.mark.server
ADMIN = Principal(actor="user:sep", name="Sếp", role=Role.ADMIN)
SHOP = Zone(id="shop", kind=ZoneKind.IGNORE, polygon_norm=((0.0, 0.0), (0.2, 0.0), (0.2, 0.2)))
TREE = Zone(id="tree", kind=ZoneKind.IGNORE, polygon_norm=((0.8, 0.0), (1.0, 0.0), (1.0, 0.2)))


class Served:
    """A centre on the loopback."""

    def __init__(self, folder: Path) -> None:
        self.builder = CentreBuilder(folder)
        config = uvicorn.Config(self.builder.app, host="127.0.0.1", port=0, log_level="error")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_for(lambda: self._server.started, "the centre serves")
        self.url = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"

    def close(self) -> None:
        self._server.should_exit = True
        self._thread.join(20)
        self.builder.close()

    def page(self) -> CameraPage | None:
        try:
            return self.builder.centre.camera_pages.page(ADMIN, "box-1", "pavement")
        except NotFound:
            return None


@pytest.fixture
def centre(tmp_path: Path) -> Iterator[Served]:
    served = Served(tmp_path)
    served.builder.box_key("box-1")
    yield served
    served.close()


@pytest.fixture
def box(tmp_path: Path, centre: Served) -> Iterator[BoxProcess]:
    _, key = centre.builder.centre.machines.create_key(ADMIN, name="box", role=Role.EDGE, box_id="box-1")
    folder, clips = tmp_path / "box", tmp_path / "street" / "clips"
    folder.mkdir()
    clips.parent.mkdir()
    (folder / "api.key").write_text(key, "ascii")
    write_clips(clips)
    users = {"centre": "centre-password", "box-1": box_user("box-1", "box-1-password")}
    with (
        RtspServer(clips, [PAVEMENT.file_name]) as cameras,
        NatsBroker(tmp_path / "broker", users=users) as broker,
    ):
        process = BoxProcess(folder, broker, centre={"url": centre.url, "api_key_file": "api.key"})
        process.put_camera(camera_document("pavement", cameras.url(PAVEMENT.file_name)))
        process.start()
        yield process
        process.close()


def test_a_drawing_of_the_centre_runs_at_the_box_and_the_next_one_after_a_kill(box: BoxProcess, centre: Served) -> None:
    def known() -> Any:
        page = centre.page()
        return page is not None and page.running is not None and page.still_at is not None and page

    page = wait_for(known, "the centre knows what runs, and has a still")
    assert centre.builder.centre.camera_pages.still(ADMIN, "box-1", "pavement").startswith(b"\xff\xd8\xff")
    assert page.running.drawing.zones == ()
    drawings = centre.builder.centre.drawings
    for number, zones in ((1, (SHOP,)), (2, (SHOP, TREE))):
        now = wait_for(known, "the centre knows what runs")
        drawings.want(
            ADMIN,
            "box-1",
            "pavement",
            drawing=now.running.drawing.model_copy(update={"zones": zones}),
            base_sha256=now.config_sha256,
            newest=number - 1,
            why="quán bên đường",
        )
        if number == 2:
            box.send(signal.SIGKILL)
            box.wait()
            box.start()
        wait_for(lambda: drawings.versions(ADMIN, "box-1", "pavement")[0].outcome == "running", "it runs")
        version = drawings.versions(ADMIN, "box-1", "pavement")[0]
        assert (version.number, version.words) == (number, ())
        page = wait_for(known, "the centre knows what runs")
        assert page.config_sha256 == version.config_sha256
        assert page.running.drawing.zones == zones
    text = (box.folder / "cameras" / "pavement.yaml").read_text("utf-8")
    assert "tree" in text
