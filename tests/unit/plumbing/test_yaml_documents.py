"""Configuration files: every fault at once, with its line and what to do."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from domain.camera import CameraConfig
from domain.errors import ConfigurationFaults
from edge.configuration.settings import BoxSettings
from plumbing.yaml_documents import read_yaml, validated

GOOD_BOX = """\
box_id: box-1
cameras: [cameras/*.yaml]
data_dir: data
box_key_file: keys/box.key
model:
  name: street-n
centre:
  url: https://centre.example
  api_key_env: MATTHAN_API_KEY
mqtt:
  host: broker.example
"""


def _write(folder: Path, text: str) -> Path:
    path = folder / "box.yaml"
    path.write_text(text, "utf-8")
    return path


def _faults(path: Path) -> ConfigurationFaults:
    with pytest.raises(ConfigurationFaults) as caught:
        validated(read_yaml(path), BoxSettings)
    return caught.value


def test_a_sound_file_gives_settings_with_safe_defaults(tmp_path: Path) -> None:
    box = validated(read_yaml(_write(tmp_path, GOOD_BOX)), BoxSettings)
    assert box.health.bind_address == "127.0.0.1"
    assert box.mqtt.tls
    assert box.ring.seconds == 30


def test_all_faults_are_told_at_once_each_at_its_line(tmp_path: Path) -> None:
    text = GOOD_BOX.replace("name: street-n", "nam: street-n").replace("host:", "hots:").replace("box-1", "'box 1'")
    told = {(fault.line, fault.where) for fault in _faults(_write(tmp_path, text)).faults}
    assert told == {(1, "box_id"), (5, "model.name"), (6, "model.nam"), (10, "mqtt.host"), (11, "mqtt.hots")}


def test_a_misspelt_setting_is_told_with_the_right_spelling(tmp_path: Path) -> None:
    faults = _faults(_write(tmp_path, GOOD_BOX + "  usrename: x\n"))
    assert "did you mean `username`?" in str(faults)


def test_faults_deep_in_lists_have_the_line_of_their_item(tmp_path: Path) -> None:
    path = tmp_path / "camera.yaml"
    path.write_text("zones:\n  - id: a\n    kind: lane\n    polygon_norm: [[0, 0], [1, 0], [2, 1]]\n", "utf-8")
    with pytest.raises(ConfigurationFaults) as caught:
        validated(read_yaml(path), CameraConfig)
    deep = next(fault for fault in caught.value.faults if fault.where.startswith("zones"))
    assert (deep.line, deep.where) == (4, "zones.0.polygon_norm.2.0")


def test_a_secret_in_the_wrong_place_is_not_repeated_in_the_message(tmp_path: Path) -> None:
    text = GOOD_BOX.replace("https://centre.example", "https://user:hunter2@centre.example") + "  password: hunter2\n"
    assert "hunter2" not in str(_faults(_write(tmp_path, text)))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\na: 2\n", 2, "duplicate key"),
        ("a: [1\nb: 2\n", 2, "expected"),
        ("- 1\n", None, "no mapping"),
        ("", None, "no mapping"),
        ("since: 2026-13-40\n", None, "not readable"),
        ("a: \x07\n", None, "not readable"),
    ],
)
def test_what_is_no_configuration_is_refused_in_words(tmp_path: Path, text: str, line: int | None, words: str) -> None:
    with pytest.raises(ConfigurationFaults, match=words) as caught:
        read_yaml(_write(tmp_path, text))
    assert [fault.line for fault in caught.value.faults] == [line]


def test_a_missing_file_and_a_file_that_is_no_text_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationFaults, match="cannot be read"):
        read_yaml(tmp_path / "nothing.yaml")
    (tmp_path / "box.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigurationFaults, match="UTF-8"):
        read_yaml(tmp_path / "box.yaml")


_YAML_BITS = st.sampled_from(
    [
        *("a", "b: ", "- ", "[", "]", "{", "}", ",", "\n", "  ", "&x ", "*x", "!!int ", "!!python/object:os.system "),
        *("|", ">", "'", '"', "#", "%YAML 1.1\n", "---\n", "...\n", "? ", "<<: ", "1e999", ".nan", "2026-01-01"),
        *("12:30", "\t", "\x00", "\x85", "a: &a [*a]"),
    ]
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(_YAML_BITS | st.text(max_size=3), max_size=14))
def test_no_text_whatever_ends_in_anything_but_faults_in_words(tmp_path: Path, parts: list[str]) -> None:
    path = tmp_path / "any.yaml"
    path.write_bytes("".join(parts).encode("utf-8", "replace"))
    try:
        document = read_yaml(path)
        for model in (BoxSettings, CameraConfig):
            with pytest.raises(ConfigurationFaults):
                validated(document, model)
    except ConfigurationFaults:
        return


def test_aliases_within_aliases_are_refused_before_they_fill_the_memory(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(ConfigurationFaults, match="more than"):
        read_yaml(_write(tmp_path, "\n".join(lines)))
