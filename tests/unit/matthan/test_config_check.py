"""check-config: every fault of every file at once, warnings apart, the kind recognised."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from domain.errors import ConfigurationError
from edge.configuration.camera_files import find_camera_files, read_camera_file, read_camera_files
from edge.networks.street_network import built_in_manifest
from matthan.cli import build_app, main
from matthan.config_check import check_files
from plumbing.signing import generate_key
from tests.builders.box_process import camera_document

EXAMPLE = Path(__file__).resolve().parents[3] / "deploy" / "edge" / "example"


class Desk:
    """A folder with a sound box file and one sound camera."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.box_file = folder / "box.yaml"
        self.box: dict[str, Any] = {
            "box_id": "box-1",
            "cameras": ["cameras/*.yaml"],
            "data_dir": "data",
            "box_key_file": "keys/box.key",
            "model": {"name": "street-n"},
            "centre": {"url": "https://centre.example", "api_key_env": "KEY"},
            "mqtt": {"host": "broker.example"},
        }
        generate_key(folder / "keys")
        (folder / "cameras").mkdir()
        self.camera("one", rules=[parking()], zones=[pavement()])

    def camera(self, camera_id: str, *, file: str | None = None, **changes: Any) -> Path:
        path = self.folder / "cameras" / f"{file or camera_id}.yaml"
        path.write_text(json.dumps(camera_document(camera_id, "rtsp://127.0.0.1/x", **changes), indent=1), "utf-8")
        return path

    def check(self, environ: dict[str, str] | None = None) -> tuple[list[str], list[str], list[str]]:
        self.box_file.write_text(json.dumps(self.box, indent=1), "utf-8")
        found = check_files([self.box_file], {"KEY": "k"} if environ is None else environ)
        faults, warnings = [str(f) for f in found.faults], [str(f) for f in found.warnings]
        return faults, warnings, list(found.sound)


def pavement() -> dict[str, Any]:
    polygon = [[0, 0.5], [1, 0.5], [1, 1]]
    return {"id": "pavement", "kind": "pavement", "polygon_norm": polygon, "instrument": "P.131a, 2025-11-03"}


def parking(**changes: Any) -> dict[str, Any]:
    parameters = {"zones": ["pavement"], "threshold_s": 300.0}
    use = {"rule": "PARK_PAVEMENT", "mode": "enforce", "valid_from": "2026-01-01", "parameters": parameters}
    return {**use, **changes}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_sound_files_have_no_fault_and_no_warning(desk: Desk) -> None:
    faults, warnings, sound = desk.check()
    assert (faults, warnings) == ([], [])
    assert [line.split(": ", 1)[1] for line in sound] == [
        "box box-1",
        "camera one, version 1, PARK_PAVEMENT (enforce); lengths in shares of the picture (ground not calibrated)",
    ]


def test_faults_of_all_files_are_told_at_once(desk: Desk) -> None:
    desk.box["model"]["name"] = "nobody"
    desk.camera("two", rules=[parking(rule="SPEEDING")])
    desk.camera("three", version=0)
    faults, _, _ = desk.check()
    told = "\n".join(faults)
    assert all(word in told for word in ("nobody", "SPEEDING", "three.yaml:3: version"))
    assert len(faults) == 3


def test_a_rule_without_its_zone_is_told_at_the_parameter_s_line(desk: Desk) -> None:
    path = desk.camera("two", rules=[parking()])
    (fault,) = desk.check()[0]
    lines = path.read_text("utf-8").splitlines()
    place = next(number for number, line in enumerate(lines, 1) if '"zones"' in line)
    assert fault.startswith(f"{path}:{place}: rules.0.parameters.zones")


def test_two_files_of_one_camera_are_both_told(desk: Desk) -> None:
    desk.camera("one", file="copy", rules=[parking()], zones=[pavement()])
    faults, _, _ = desk.check()
    assert len(faults) == 2
    assert all("give every camera an id of its own" in fault for fault in faults)
    assert all(any(f"{name}.yaml too" in fault for fault in faults) for name in ("one", "copy"))


def test_a_camera_file_named_by_hand_and_by_its_box_is_one_file(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.check()
    monkeypatch.chdir(desk.folder)
    found = check_files([Path("box.yaml"), Path("cameras/one.yaml")], {"KEY": "k"})
    assert found.faults == ()
    assert len(found.sound) == 2


def test_a_pattern_that_finds_nothing_is_a_fault_at_its_line(desk: Desk) -> None:
    desk.box["cameras"] = ["cameras/*.yaml", "nowhere/*.yaml"]
    (fault,) = desk.check()[0]
    assert "cameras.1" in fault
    assert "nowhere/*.yaml" in fault


def test_secrets_and_keys_that_are_not_there_yet_are_warnings_and_never_their_content(desk: Desk) -> None:
    (desk.folder / "keys" / "box.key").unlink()
    desk.box["mqtt"] |= {"username": "box-1", "password_file": "missing"}
    faults, warnings, _ = desk.check(environ={})
    assert faults == []
    assert [warning.split(": ")[1] for warning in warnings] == [
        "centre.api_key_env",
        "mqtt.password_file",
        "box_key_file",
    ]


def test_unencrypted_lines_and_an_open_health_page_are_warnings_except_on_the_loopback(desk: Desk) -> None:
    desk.box["mqtt"]["tls"] = False
    desk.box["centre"]["url"] = "http://centre.example"
    desk.box["health"] = {"bind_address": "0.0.0.0"}  # noqa: S104 - the point of the test
    assert len(desk.check()[1]) == 3
    desk.box["mqtt"]["host"] = "127.0.0.1"
    desk.box["centre"]["url"] = "http://127.0.0.1:8000"
    desk.box["health"] = {}
    assert desk.check()[1] == []


def test_enforcing_without_a_sign_or_decision_is_a_warning(desk: Desk) -> None:
    desk.camera("one", rules=[parking()], zones=[{**pavement(), "instrument": ""}])
    (warning,) = desk.check()[1]
    assert "names the sign or decision" in warning


@pytest.mark.parametrize(
    ("name", "unsaid"),
    [
        ("direction", ""),
        ("owner", ""),
        ("serial", ""),
        ("installed_on", None),
        ("checked_on", None),
        ("legal_class", "unknown"),
        ("legal_paper", ""),
    ],
)
def test_a_camera_whose_cases_could_not_be_confirmed_for_what_its_file_leaves_out_is_warned_of(
    desk: Desk, name: str, unsaid: str
) -> None:
    desk.camera("one", rules=[parking()], zones=[pavement()], **{name: unsaid})
    (warning,) = desk.check()[1]
    assert "no case without it can be confirmed" in warning
    assert f"add `{name}:`" in warning


@pytest.mark.parametrize(
    ("mode", "remind", "warned"), [("enforce", False, True), ("enforce", True, False), ("shadow", False, False)]
)
def test_cases_without_a_reminder_are_warned_of_since_roadworks_look_like_trade(
    desk: Desk, mode: str, remind: bool, warned: bool
) -> None:
    rule = {"rule": "PAVEMENT_TRADE", "mode": mode, "valid_from": "2026-01-01", "parameters": {"remind": remind}}
    desk.camera("one", rules=[rule], zones=[pavement()])
    faults, warnings, _ = desk.check()
    assert faults == []
    assert any("roadworks" in warning for warning in warnings) == warned


def test_standing_at_a_junction_without_its_signal_is_a_warning(desk: Desk) -> None:
    square = [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5], [0.1, 0.5]]
    zones = [
        {"id": "no-stop", "kind": "no_stopping", "polygon_norm": square, "instrument": "Biển P.130, 2026-01-02"},
        {"id": "lane", "kind": "lane", "polygon_norm": square, "direction_norm": [[0.2, 0.4], [0.2, 0.2]]},
    ]
    rule = {"rule": "STOP_NO_STOPPING", "mode": "shadow", "valid_from": "2026-01-01"}
    more = {"zones": zones, "signals": [{"id": "S1", "source": "feed"}]}
    desk.camera("one", rules=[rule], **more)
    faults, (warning,), _ = desk.check()
    assert faults == []
    assert "who waits alone is told" in warning
    desk.camera("one", rules=[{**rule, "parameters": {"signal": "S1"}}], **more)
    assert desk.check()[:2] == ([], [])


def test_a_fast_lane_before_a_light_without_its_signal_is_a_warning(desk: Desk) -> None:
    lane = {"id": "lane", "kind": "lane", "polygon_norm": [[0.1, 0.1], [0.5, 0.1], [0.5, 0.5]]}
    rule = {"rule": "STOPPED_ON_FAST_ROAD", "mode": "warn", "valid_from": "2026-01-01"}
    more = {"zones": [lane], "signals": [{"id": "S1", "source": "feed"}]}
    desk.camera("one", rules=[{**rule, "parameters": {"zones": ["lane"]}}], **more)
    faults, (warning,), _ = desk.check()
    assert faults == []
    assert "STOPPED_ON_FAST_ROAD does not say at which signal" in warning
    desk.camera("one", rules=[{**rule, "parameters": {"zones": ["lane"], "signal": "S1"}}], **more)
    assert desk.check()[:2] == ([], [])


def test_a_weight_file_that_is_another_one_is_a_fault(desk: Desk) -> None:
    manifest = (EXAMPLE.parents[2] / "models" / "manifest.toml").read_text("utf-8")
    (desk.folder / "weights").mkdir()
    (desk.folder / "manifest.toml").write_text(manifest, "utf-8")
    (desk.folder / "weights" / "street-n.onnx").write_bytes(b"not the network")
    desk.box["model"]["manifest_file"] = "manifest.toml"
    (fault,) = desk.check()[0]
    assert "sha256" in fault


@pytest.mark.parametrize("name", ["street-n", "street-n-int8"])
@pytest.mark.parametrize("broken", ["street-n.onnx", "street-n.int8.onnx"])
def test_either_form_of_the_network_that_a_box_looks_with_is_checked(desk: Desk, name: str, broken: str) -> None:
    """Whichever of the two the box names: it looks with the int8 one, and tries it against the other."""
    models = EXAMPLE.parents[2] / "models"
    (desk.folder / "weights").mkdir()
    (desk.folder / "manifest.toml").write_text((models / "manifest.toml").read_text("utf-8"), "utf-8")
    for each in ("street-n.onnx", "street-n.int8.onnx"):
        content = b"not the network" if each == broken else (models / "weights" / each).read_bytes()
        (desk.folder / "weights" / each).write_bytes(content)
    desk.box["model"] = {"name": name, "manifest_file": "manifest.toml"}
    (fault,) = desk.check()[0]
    assert broken in fault
    assert "sha256" in fault
    desk.box["model"] = {"name": name, "manifest_file": "manifest.toml", "provider": "openvino"}
    assert len(desk.check()[0]) == (0 if "int8" in broken else 1)  # no other provider takes the int8 form


def test_plate_networks_are_looked_up_among_those_for_their_task(desk: Desk) -> None:
    desk.box["plates"] = {"enabled": True, "finder": "street-n", "corners": "street-n", "reader": "nobody"}
    (fault,) = desk.check()[0]
    assert "plates: no network for the task 'plate-corners' is called 'street-n'" in fault
    assert "enabled: false" in fault
    desk.box["plates"]["enabled"] = False
    assert desk.check()[0] == []


def test_weights_that_a_rule_about_the_ground_needs_and_that_are_absent_are_a_warning(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    road = {**pavement(), "kind": "lane"}
    rule = parking(rule="OBJECT_ON_ROAD", mode="shadow", parameters={"zones": ["pavement"]})
    desk.camera("one", rules=[rule], zones=[road])
    assert desk.check()[1] == []

    absent = built_in_manifest().read_text(encoding="utf-8").replace("weights/surface.onnx", "weights/none.onnx")
    (tmp_path / "manifest.toml").write_text(absent, encoding="utf-8")
    monkeypatch.setattr("edge.networks.built_in.built_in_manifest", lambda: tmp_path / "manifest.toml")
    faults, (warning,), _ = desk.check()
    assert faults == []
    assert "the weights of surface cannot be read" in warning
    desk.camera("one", rules=[parking()], zones=[pavement()])
    assert desk.check()[1] == []


def test_a_file_of_neither_kind_is_told(tmp_path: Path) -> None:
    path = tmp_path / "centre.yaml"
    path.write_text("listen: {port: 1}\n")
    assert "neither a box file nor a camera file" in str(check_files([path], {}).faults[0])


def test_the_examples_have_no_fault() -> None:
    found = check_files([EXAMPLE / "box.yaml"], {})
    assert found.faults == ()
    assert len(found.sound) == 3


def test_the_command_ends_with_two_on_faults_and_zero_on_warnings(desk: Desk) -> None:
    desk.check()
    run = CliRunner()
    sound = run.invoke(build_app(), ["check-config", str(desk.box_file)])
    assert (sound.exit_code, "warning" in sound.output) == (0, True)
    faulty = run.invoke(build_app(), ["check-config", str(desk.folder / "none.yaml")])
    assert faulty.exit_code == 2
    assert "none.yaml" in faulty.output


@pytest.mark.parametrize("command", [["edge", "run", "--config"], ["edge", "keygen", "--out"]])
def test_configuration_errors_end_as_words_with_code_two(
    desk: Desk, command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = desk.folder / "none.yaml" if command[1] == "run" else desk.folder / "keys"
    monkeypatch.setattr("sys.argv", ["matthan", *command, str(target)])
    monkeypatch.setattr("plumbing.log_format.start_logging", lambda: None)
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2
    error = capsys.readouterr().err
    assert error.startswith("matthan: ")
    assert "Traceback" not in error


def test_a_camera_file_is_read_as_what_it_says(desk: Desk) -> None:
    camera = read_camera_file(desk.folder / "cameras" / "one.yaml")
    assert (camera.id, camera.rules[0].rule) == ("one", "PARK_PAVEMENT")


def test_patterns_find_each_file_once_and_absolute_paths_work(desk: Desk) -> None:
    one = desk.folder / "cameras" / "one.yaml"
    assert find_camera_files(["cameras/*.yaml", "cameras/one.yaml", str(one)], desk.folder) == (one,)
    with pytest.raises(ConfigurationError, match="finds no file"):
        find_camera_files(["cameras/*.yml"], desk.folder)


def test_a_bad_file_does_not_hide_the_good_ones(desk: Desk) -> None:
    bad = desk.camera("bad", version=0)
    answers = read_camera_files([bad, desk.folder / "cameras" / "one.yaml"])
    assert [isinstance(answer, ConfigurationError) for answer in answers.values()] == [True, False]


def at_a_line(desk: Desk, rule: str, sees: str | None, **more: Any) -> tuple[list[str], list[str]]:
    desk.camera(
        "two",
        rules=[{"rule": rule, "mode": "shadow", "valid_from": "2026-01-01", "parameters": {"line": "stop"}}],
        lines=[{"id": "stop", "kind": "stop_line", "points_norm": [[0, 0.5], [1, 0.5]], "beyond_norm": [0.5, 0.1],
                "signal": "S1"}],
        signals=[{"id": "S1", "source": "feed"}],
        **({} if sees is None else {"sees": sees}),
        **more,
    )  # fmt: skip
    return desk.check()[:2]


@pytest.mark.parametrize("sees", ["fronts", "rears", "both", None])
def test_a_rule_at_a_line_asks_what_the_camera_sees(desk: Desk, sees: str | None) -> None:
    faults, warnings = at_a_line(desk, "RED_LIGHT", sees)
    assert faults == []
    assert [("RED_LIGHT must know" in warning, "sees: fronts" in warning) for warning in warnings] == (
        [(True, True)] if sees is None else []
    )


GROUND = [
    {"image_norm": [x, y], "road_m": [east, north]}
    for (x, y), (east, north) in {
        (0.2, 0.8): (0, 0), (0.8, 0.8): (7, 0), (0.3, 0.4): (0, 20), (0.7, 0.4): (7, 20),
    }.items()
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "sees", "points", "warned"),
    [
        ("STOP_LINE", "rears", 0, True),
        ("STOP_LINE", "rears", 3, True),
        ("STOP_LINE", "rears", 4, False),
        ("STOP_LINE", "fronts", 0, False),
        ("STOP_LINE", "both", 0, False),
        ("RED_LIGHT", "rears", 0, False),
    ],
)
def test_who_stands_over_a_line_seen_from_behind_needs_a_calibrated_ground(
    desk: Desk, rule: str, sees: str, points: int, *, warned: bool
) -> None:
    faults, warnings = at_a_line(desk, rule, sees, ground_points=GROUND[:points])
    assert faults == []
    assert any("finds only who stands far over the line" in warning for warning in warnings) == warned


def test_mistakes_of_a_drawing_are_named_with_their_line_and_remedy(desk: Desk) -> None:
    bow = {**pavement(), "polygon_norm": [[0.2, 0.2], [0.6, 0.6], [0.6, 0.2], [0.2, 0.6]]}
    tiny = {"id": "tiny", "kind": "permitted_bay", "polygon_norm": [[0.5, 0.5], [0.51, 0.5], [0.51, 0.51]]}
    path = desk.camera("two", rules=[parking()], zones=[bow, tiny])
    faults, warnings, sound = desk.check()
    lines = path.read_text("utf-8").splitlines()
    places = [number for number, line in enumerate(lines, 1) if '"polygon_norm"' in line]
    (fault,), (warning,) = faults, warnings
    assert fault.startswith(f"{path}:{places[0]}: zones.0.polygon_norm: zone pavement: its border crosses itself")
    assert fault.endswith("draw its corners in order, around it")
    assert warning.startswith(f"{path}:{places[1]}: zones.1.polygon_norm: zone tiny covers")
    assert not any("two.yaml" in line for line in sound), "what has a fault is not called sound"


def test_the_sign_of_a_movement_is_an_instrument_too(desk: Desk) -> None:
    gate = {"kind": "gate", "points_norm": [[0.2, 0.7], [0.8, 0.7]], "beyond_norm": [0.5, 0.3]}
    movement = {"id": "m", "from_gate": "g", "to_gate": "g", "turn": "around", "banned": True, "instrument": "P.124a"}
    use = {"rule": "UTURN", "mode": "enforce", "valid_from": "2026-01-01"}
    desk.camera("two", rules=[use], lines=[{"id": "g", **gate}], movements=[movement])
    assert desk.check()[:2] == ([], [])


def test_rules_at_one_line_that_name_different_ways_out_are_warned_of(desk: Desk) -> None:
    mouth = {"id": "right", "kind": "junction", "polygon_norm": [[0.8, 0.2], [1, 0.2], [1, 0.45]]}
    line = {
        "id": "stop",
        "kind": "stop_line",
        "points_norm": [[0.1, 0.5], [0.9, 0.5]],
        "beyond_norm": [0.5, 0.1],
        "signal": "S1",
    }
    use = {"mode": "shadow", "valid_from": "2026-01-01"}
    names = {"line": "stop", "lawful_exit_zones": ["right"]}
    more = {"zones": [mouth], "lines": [line], "signals": [{"id": "S1", "source": "feed"}], "sees": "fronts"}
    red_light = {**use, "rule": "RED_LIGHT", "parameters": names}
    desk.camera("one", rules=[red_light, {**use, "rule": "STOP_LINE", "parameters": {"line": "stop"}}], **more)
    faults, (warning,), _ = desk.check()
    assert faults == []
    assert "STOP_LINE does not name right as lawful_exit_zones, as RED_LIGHT at the same line does" in warning
    desk.camera("one", rules=[red_light, {**use, "rule": "STOP_LINE", "parameters": names}], **more)
    assert desk.check()[:2] == ([], [])
