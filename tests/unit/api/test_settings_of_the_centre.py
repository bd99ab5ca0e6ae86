from pathlib import Path

import pytest

from api.settings import CentreSettings, Secret, load_settings
from domain.errors import ConfigurationError, ConfigurationFaults

SOUND = """\
listen:
  port: 8080
database:
  url: sqlite:///data/centre.sqlite3
evidence:
  directory: evidence
mqtt:
  host: 127.0.0.1
  username: centre
  password:
    file: secrets/mqtt
"""


def write(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "centre.yaml"
    path.write_text(text, "utf-8")
    return path


def faults(tmp_path: Path, text: str) -> dict[str, tuple[int | None, str]]:
    with pytest.raises(ConfigurationFaults) as told:
        load_settings(write(tmp_path, text))
    return {fault.where: (fault.line, fault.problem) for fault in told.value.faults}


def test_relative_paths_are_meant_from_the_settings_file(tmp_path: Path) -> None:
    settings = load_settings(write(tmp_path, SOUND))
    assert settings.database.url == f"sqlite:///{tmp_path}/data/centre.sqlite3"
    assert settings.evidence.directory == tmp_path / "evidence"
    assert settings.mqtt is not None
    assert settings.mqtt.password is not None
    assert settings.mqtt.password.file == tmp_path / "secrets" / "mqtt"


def test_every_fault_is_told_with_its_line(tmp_path: Path) -> None:
    text = (
        SOUND.replace("port: 8080", "port: 99999")
        .replace("host:", "hots:")
        .replace("evidence\n", "evidence\n  s3: 1\n")
    )
    told = faults(tmp_path, text)
    assert told["listen.port"][0] == 2
    assert told["mqtt.hots"] == (9, "there is no such setting")
    assert told["mqtt.host"][1] == "it is missing"
    assert told["evidence.s3"][0] == 7


@pytest.mark.parametrize(
    ("text", "where", "problem"),
    [
        ("database: {url: 'postgresql+psycopg://u:secret@h/d'}\nevidence: {directory: e}\n", "database", "password"),
        ("database: {url: 'mysql://h/d'}\nevidence: {directory: e}\n", "database", "expected sqlite"),
        ("database: {url: 'sqlite:///c'}\nevidence: {}\n", "evidence", "give directory or s3"),
        (SOUND + "listen: {}\n", "", "duplicate key"),
        ("- a\n", "", "no mapping"),
        ("", "", "no mapping"),
        ("a: [\n", "", "expected the node content"),
        (SOUND.replace("    file: secrets/mqtt", "    plain: secret"), "mqtt.password", "no such setting"),
        (SOUND.replace("    file: secrets/mqtt", "    {}"), "mqtt.password", "give env"),
        (SOUND.replace("port: 8080", "public_url: ftp://x"), "listen", "https://"),
    ],
)
def test_wrong_settings_are_told_without_telling_a_secret(tmp_path: Path, text: str, where: str, problem: str) -> None:
    told = faults(tmp_path, text)
    assert any(found.startswith(where) and problem in said for found, (_, said) in told.items()), told
    assert not any("secret@" in said or ": secret" in said for _, said in told.values())


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationFaults, match="cannot be read"):
        load_settings(tmp_path / "none.yaml")


def test_secrets_come_from_a_file_or_the_environment_and_are_never_empty(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret").write_text("from a file\n")
    assert Secret(file=tmp_path / "secret").read() == "from a file"
    monkeypatch.setenv("CENTRE_TEST_SECRET", "from outside")
    assert Secret(env="CENTRE_TEST_SECRET").read() == "from outside"
    monkeypatch.setenv("CENTRE_TEST_SECRET", "")
    for missing in (Secret(env="CENTRE_TEST_SECRET"), Secret(file=tmp_path / "none")):
        with pytest.raises(ConfigurationError):
            missing.read()


def test_the_database_password_is_put_in_only_for_the_driver(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("p@ss/word")
    settings = CentreSettings.model_validate(
        {
            "database": {"url": "postgresql+psycopg://centre@db/matthan", "password": {"file": tmp_path / "secret"}},
            "evidence": {"directory": tmp_path},
        }
    )
    assert settings.database_url() == "postgresql+psycopg://centre:p%40ss%2Fword@db/matthan"
    assert "p@ss" not in repr(settings)


@pytest.mark.parametrize(
    "path",
    [
        "https://tile.osm.org/{z}/{x}/{y}.png",
        "//tile.osm.org/{z}/{x}/{y}",
        "/\\tile.osm.org/{z}/{x}/{y}",  # a browser reads it as the one before
        "/tiles",
    ],
)
def test_map_tiles_come_from_the_same_host_or_not_at_all(tmp_path: Path, path: str) -> None:
    told = faults(tmp_path, SOUND + f"places:\n  tiles_path: '{path}'\n")
    assert "never another's" in told["places"][1]
