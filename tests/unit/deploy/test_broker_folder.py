"""Making a broker's files: names that would be somebody else's are refused before anything is written."""

from pathlib import Path

import bcrypt
import pytest

from deploy.broker.folder import BrokerFolder
from domain.errors import ConfigurationError


@pytest.fixture
def folder(tmp_path: Path) -> BrokerFolder:
    made = BrokerFolder(tmp_path / "broker")
    made.create(cert_file=tmp_path / "cert.pem", key_file=tmp_path / "key.pem", store_dir=tmp_path / "data")
    return made


@pytest.mark.parametrize(
    "name",
    [
        "centre",
        "police-traffic",
        "ward-phu-xuan",
        "signals-box-1",
        "../x",
        "a.b",
        "a b",
        "*",
        ">",
        "#",
        "",
        "$MQTT",
        "x" * 64,
    ],
)
def test_a_name_that_is_reserved_or_a_wildcard_gets_no_account(folder: BrokerFolder, name: str) -> None:
    before = folder.config_file.read_text()
    with pytest.raises(ConfigurationError):
        folder.add_box(name)
    assert folder.config_file.read_text() == before
    assert [path.name for path in (folder.root / "secrets").iterdir()] == ["centre"]


def test_adding_a_box_again_gives_it_another_password(folder: BrokerFolder) -> None:
    first = folder.add_box("box-1").read_text().strip()
    second = folder.add_box("box-1").read_text().strip()
    stored = folder.plan().boxes["box-1"].encode()
    assert first != second
    assert bcrypt.checkpw(second.encode(), stored)
    assert not bcrypt.checkpw(first.encode(), stored)


def test_removing_leaves_neither_account_nor_password(folder: BrokerFolder) -> None:
    password = folder.add_box("box-1")
    folder.add_queue("traffic_police")
    folder.remove(box_id="box-1")
    ward_password = folder.add_ward("phu-xuan")
    folder.remove(queue="traffic_police")
    folder.remove(ward="phu-xuan")
    assert (folder.plan().boxes, folder.plan().queues, folder.plan().wards) == ({}, {}, {})
    assert not ward_password.exists()
    assert not password.exists()
    assert "box-1" not in folder.config_file.read_text()


def test_the_controllers_of_a_box_come_after_it_and_go_with_it(folder: BrokerFolder) -> None:
    with pytest.raises(ConfigurationError, match="add-box"):
        folder.add_controller("box-1")
    folder.add_box("box-1")
    password = folder.add_controller("box-1")
    assert password.name == "signals-box-1"
    folder.remove(controller="box-1")
    assert (set(folder.plan().boxes), folder.plan().controllers, password.exists()) == ({"box-1"}, {}, False)
    assert "signals" not in folder.config_file.read_text()
    folder.add_controller("box-1")
    folder.remove(box_id="box-1")
    assert (folder.plan().boxes, folder.plan().controllers, password.exists()) == ({}, {}, False)


def test_a_second_broker_in_the_same_folder_is_refused(folder: BrokerFolder, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="already"):
        folder.create(cert_file=tmp_path / "c", key_file=tmp_path / "k", store_dir=tmp_path)
