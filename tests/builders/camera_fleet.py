"""Four cameras on the map: one well, one with a problem, one without pictures, one outside of every ward."""

from pathlib import Path

from api.places.ward_file import read_wards
from api.principals import Principal
from domain.camera import Mode, Position, RuleUse, Zone, ZoneKind
from domain.camera_drawing import Drawing
from domain.canonical import canonical_bytes
from domain.cases.roles import Role
from domain.fleet.camera_reports import CameraReport, CameraReports, RunningCamera
from domain.fleet.health import HealthEvent, HealthProblem, Heartbeat, StreamState
from domain.seen.view import ViewState
from tests.builders.centre import CentreBuilder
from tests.builders.reminders import place_picture
from tests.builders.wards import write_wards

BOX = Principal(actor="key:box-1", name="box-1", role=Role.EDGE, box_id="box-1")
LANE = Zone(id="lane-1", kind=ZoneKind.LANE, polygon_norm=((0.2, 0.3), (0.6, 0.3), (0.8, 0.9), (0.1, 0.9)))
DRAWING = Drawing(reference_still_wh=(1920, 1080), zones=(LANE,))


def running(camera_id: str, name: str, latitude: float, longitude: float) -> RunningCamera:
    return RunningCamera(
        id=camera_id,
        version=3,
        name=name,
        road="Lê Lợi",
        ward="Thuận Hóa",
        direction="cả hai hướng",
        position=Position(latitude_deg=latitude, longitude_deg=longitude),
        heading_deg=90.0,
        drawing=DRAWING,
        rules=(RuleUse(rule="RED_LIGHT", mode=Mode.SHADOW, valid_from="2026-01-01"),),  # type: ignore[arg-type]
    )


FLEET = (
    running("cam-1", "Lê Lợi 1", 16.4637, 107.5909),
    running("cam-2", "Chợ Đông Ba", 16.4700, 107.5600),
    running("cam-3", "Cầu Trường Tiền", 16.4600, 107.5750),
    running("cam-4", "<b>Kim Long</b>", 16.4000, 107.7000),
)


def put_cameras(builder: CentreBuilder, folder: Path) -> None:
    """Let a box with a key tell of the four, in a town of two wards; ``folder`` takes the file of the wards."""
    services = builder.centre
    services.cameras._router.wards = read_wards(write_wards(folder))
    builder.clock.advance(5.0)
    now = builder.clock.now()
    reports = tuple(
        CameraReport(
            camera_id=each.id,
            config_sha256="a" * 64,
            view=ViewState.MOVED if each.id == "cam-2" else ViewState.SOUND,
            view_words="",
            running=each,
        )
        for each in FLEET
    )
    services.camera_intake.take(BOX, CameraReports(at=now, cameras=reports).model_dump_json().encode())
    services.camera_intake.take_still(BOX, "cam-2", place_picture())
    for each in FLEET:
        state = StreamState.LOST if each.id == "cam-3" else StreamState.LIVE
        event = HealthEvent(camera_id=each.id, state=state, at=now, reason="")
        services.health.health_event("box-1", canonical_bytes(event))
    problem = HealthProblem(code="view_moved", camera_id="cam-2", text="xoay lệch 30 px", remedy="chỉnh lại", since=now)
    beat = Heartbeat(box_id="box-1", status="online", at=now, problems=(problem,))
    services.health.heartbeat("box-1", canonical_bytes(beat))
    builder.clock.advance(2.0)
