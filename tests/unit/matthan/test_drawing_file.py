"""What is drawn comes back into the camera's file: nothing else of it changes, and nothing wrong is ever written."""

import stat
from importlib import resources
from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML
from typer.testing import CliRunner

from domain.camera import CameraConfig, Line, LineKind, Movement, Signal, Turn, Zone, ZoneKind
from domain.camera_drawing import Drawing
from domain.errors import ConfigurationError, ConfigurationFaults
from edge.configuration.camera_files import read_camera_file
from matthan.cli import build_app
from matthan.drawing.drawing_file import named_by, read_drawing, write_drawing
from matthan.drawing.new_camera import NewCamera, write_new_camera
from matthan.drawing.zone_drawing import draw_camera
from plumbing.yaml_documents import read_yaml, validated
from tests.builders.drives import CameraBuilder

JUNCTION = Path(__file__).resolve().parents[3] / "deploy" / "edge" / "example" / "cameras" / "hung-vuong-junction.yaml"


@pytest.fixture
def camera_file(tmp_path: Path) -> Path:
    path = tmp_path / "junction.yaml"
    path.write_bytes(JUNCTION.read_bytes())
    return path


def camera_of(path: Path) -> CameraConfig:
    return validated(read_yaml(path), CameraConfig)


def moved(drawing: Drawing) -> Drawing:
    (line,) = drawing.lines
    return drawing.model_copy(update={"lines": (line.model_copy(update={"points_norm": ((0.31, 0.7), (0.69, 0.71))}),)})


def test_an_unchanged_drawing_leaves_every_byte(camera_file: Path) -> None:
    before = camera_file.read_bytes()
    version, faults = write_drawing(camera_file, read_drawing(camera_file))
    assert (version, faults) == (1, ())
    assert camera_file.read_bytes() == before


def test_a_moved_line_keeps_comments_rules_and_secrets_and_raises_the_version(camera_file: Path) -> None:
    camera_file.chmod(0o640)
    text = camera_file.read_text("utf-8")
    version, faults = write_drawing(camera_file, moved(read_drawing(camera_file)))
    assert (version, faults) == (2, ())
    after = camera_file.read_text("utf-8")
    assert "points_norm: [[0.31, 0.7], [0.69, 0.71]]" in after
    for kept in (
        "# any point on the junction's side",
        "# from tail to head of the arrow",
        "password_env",
        "max_age_s: 5",
    ):
        assert kept in text
        assert kept in after
    camera = read_camera_file(camera_file)
    assert (camera.version, camera.rules[0].rule, camera.lines[0].signal) == (2, "RED_LIGHT", "S1")
    assert stat.S_IMODE(camera_file.stat().st_mode) == 0o640
    assert list(camera_file.parent.iterdir()) == [camera_file]


def test_new_things_stand_on_one_line_each_with_four_decimals(camera_file: Path) -> None:
    drawing = read_drawing(camera_file)
    zone = Zone(id="pavement-1", kind=ZoneKind.PAVEMENT, polygon_norm=((1 / 3, 0.5), (0.5, 0.5), (0.4, 0.9)))
    lamp = Signal(id="S2", source="lamp", lamp_region_norm=(0.1, 0.1, 0.12, 0.15))
    changed = drawing.model_copy(update={"zones": (*drawing.zones, zone), "signals": (*drawing.signals, lamp)})
    write_drawing(camera_file, changed)
    assert "polygon_norm: [[0.3333, 0.5], [0.5, 0.5], [0.4, 0.9]]" in camera_file.read_text("utf-8")
    camera = camera_of(camera_file)
    assert [zone.id for zone in camera.zones] == ["northbound", "pavement-1"]
    assert camera.signals[1].lamp_region_norm == (0.1, 0.1, 0.12, 0.15)


def test_what_a_rule_still_lacks_is_said_and_kept(camera_file: Path) -> None:
    drawing = read_drawing(camera_file)
    _, faults = write_drawing(camera_file, drawing.model_copy(update={"lines": ()}))
    assert [fault.where for fault in faults] == ["rules.0.parameters.line"]
    assert camera_of(camera_file).lines == ()


def test_what_is_wrong_with_a_drawing_is_said_when_it_is_saved(camera_file: Path) -> None:
    drawing = read_drawing(camera_file)
    bow = Zone(id="bow", kind=ZoneKind.LANE, polygon_norm=((0.2, 0.2), (0.6, 0.6), (0.6, 0.2), (0.2, 0.6)))
    version, (fault,) = write_drawing(camera_file, drawing.model_copy(update={"zones": (*drawing.zones, bow)}))
    assert version == 2
    assert "crosses itself" in fault.problem
    assert fault.line is not None


def test_movements_are_written_on_few_lines_and_keep_their_comments(camera_file: Path) -> None:
    drawing = read_drawing(camera_file)
    gate = Line(id="g", kind=LineKind.GATE, points_norm=((0.2, 0.7), (0.8, 0.7)), beyond_norm=(0.5, 0.3))
    back = Movement(id="m", from_gate="g", to_gate="g", turn=Turn.AROUND, banned=True, banned_for=("car", "truck"))
    write_drawing(camera_file, drawing.model_copy(update={"lines": (*drawing.lines, gate), "movements": (back,)}))
    text = camera_file.read_text("utf-8")
    assert "banned_for: [car, truck]" in text
    camera_file.write_text(text.replace("turn: around", "turn: around   # by the sign"), "utf-8")
    again = read_drawing(camera_file)
    assert again.movements == (back,)
    write_drawing(camera_file, again.model_copy(update={"movements": (back.model_copy(update={"banned_for": ()}),)}))
    text = camera_file.read_text("utf-8")
    assert "turn: around   # by the sign" in text
    assert "banned_for" not in text


def test_the_rules_that_name_what_is_drawn_are_listed(camera_file: Path) -> None:
    assert named_by(camera_file) == {"stop-north": ["RED_LIGHT line"]}


def test_a_drawing_that_makes_no_camera_is_refused_and_the_file_stays(camera_file: Path) -> None:
    before = camera_file.read_bytes()
    drawing = read_drawing(camera_file)
    stray = Line(id="l2", kind="stop_line", points_norm=((0, 0), (1, 0)), beyond_norm=(0.5, 0.5), signal="S9")
    with pytest.raises(ConfigurationFaults, match="S9 is not among signals"):
        write_drawing(camera_file, drawing.model_copy(update={"lines": (*drawing.lines, stray)}))
    assert camera_file.read_bytes() == before


def new_camera(**changes: object) -> NewCamera:
    values = {
        "camera_id": "le-loi-1",
        "name": 'Lê Lợi, "vỉa hè" \\ số 1',
        "road": "Lê Lợi",
        "ward": "Thuận Hóa",
        "latitude_deg": 16.46,
        "longitude_deg": 107.59,
        "heading_deg": 90.0,
        "url": "rtsp://10.0.0.5/main",
        "username": "matthan",
        "password_env": "CAM_1",
        "analysed_fps": 5.0,
    }
    return NewCamera(**{**values, **changes})  # type: ignore[arg-type]


def test_a_new_cameras_file_is_sound_and_takes_a_drawing(tmp_path: Path) -> None:
    path = tmp_path / "cameras" / "le-loi.yaml"
    write_new_camera(path, new_camera())
    camera = read_camera_file(path)
    assert (camera.name, camera.stream.password_env) == ('Lê Lợi, "vỉa hè" \\ số 1', "CAM_1")
    zone = Zone(id="he", kind=ZoneKind.PAVEMENT, polygon_norm=((0.0, 0.5), (1.0, 0.5), (1.0, 1.0)))
    write_drawing(path, Drawing(reference_still_wh=(1280, 720), zones=(zone,)))
    assert camera_of(path).reference_still_wh == (1280, 720)
    assert YAML(typ="safe").load(path.read_text("utf-8"))["zones"][0]["kind"] == "pavement"


def test_a_new_camera_never_overwrites_and_never_leaves_a_wrong_file(tmp_path: Path) -> None:
    path = tmp_path / "le-loi.yaml"
    with pytest.raises(ConfigurationFaults, match=r"le-loi\.yaml:\d+: stream.url"):
        write_new_camera(path, new_camera(url="http://10.0.0.5"))
    with pytest.raises(ConfigurationFaults, match="must not hold a user or password"):
        write_new_camera(path, new_camera(url="rtsp://u:p@10.0.0.5/"))
    assert list(tmp_path.iterdir()) == []
    write_new_camera(path, new_camera())
    with pytest.raises(ConfigurationError, match="exists already"):
        write_new_camera(path, new_camera(name="other"))
    assert "other" not in path.read_text("utf-8")


@pytest.mark.parametrize("kind", [*ZoneKind, *LineKind])
def test_every_kind_has_its_colour_and_word(kind: ZoneKind | LineKind) -> None:
    folder = resources.files("plumbing.drawing_page")
    assert f".{kind.value} {{ --c:" in (folder / "page.css").read_text("utf-8")
    assert f"{kind.value}: " in (folder / "words.js").read_text("utf-8")


def test_every_kind_and_movements_are_drawn_on_a_copy() -> None:
    still = np.zeros((270, 480, 3), np.uint8)
    builder = CameraBuilder()
    for number, kind in enumerate(ZoneKind):
        x = 0.02 + 0.055 * number
        builder.zone(kind.value, kind, (x, 0.6), (x + 0.05, 0.6), (x + 0.05, 0.9))
    builder.line("solid", LineKind.SOLID_LINE, (0.1, 0.1), (0.1, 0.3), beyond=(0.2, 0.2))
    builder.line("gate", LineKind.GATE, (0.3, 0.3), (0.6, 0.3), beyond=(0.5, 0.1)).movement(
        "back", "gate", "gate", Turn.AROUND
    )
    camera = builder.ground_points(((0.8, 0.2), (1.0, 2.0))).build()
    drawn = draw_camera(camera, still)
    assert not still.any()
    assert len(np.unique(drawn.reshape(-1, 3), axis=0)) > len(ZoneKind)


def test_the_command_asks_for_what_is_not_given(tmp_path: Path) -> None:
    path = tmp_path / "cam.yaml"
    answers = "cam-7\nCầu Trường Tiền\nLê Lợi\nThuận Hóa\n91\n16.468\n107.588\n12\nrtsp://10.1.1.1/s1\nviewer\n"
    done = CliRunner().invoke(build_app(), ["camera", "new", "--out", str(path)], input=answers)
    assert done.exit_code == 0, done.output
    camera = read_camera_file(path)
    assert (camera.id, camera.position.latitude_deg, camera.stream.username) == ("cam-7", 16.468, "viewer")
    assert "matthan camera zones" in done.output
