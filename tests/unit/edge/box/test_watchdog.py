"""Signs of life on a real socket, as systemd reads them."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.box.watchdog import Watchdog


@pytest.fixture(params=["file", "abstract"])
def supervisor(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[socket.socket, str]]:
    name = str(tmp_path / "notify") if request.param == "file" else f"@{tmp_path.name}-matthan"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(name if request.param == "file" else f"\0{name[1:]}")
        listening.settimeout(10)
        yield listening, name


def test_each_sign_of_life_reaches_the_supervisor(supervisor: tuple[socket.socket, str]) -> None:
    listening, name = supervisor
    watchdog = Watchdog({"NOTIFY_SOCKET": name})
    for _ in range(2):
        watchdog.sign()
        assert listening.recv(100) == b"WATCHDOG=1"


def test_without_a_supervisor_or_with_one_that_is_gone_nothing_happens(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Watchdog({}).sign()
    assert caplog.records == []
    gone = Watchdog({"NOTIFY_SOCKET": str(tmp_path / "gone")})
    for _ in range(3):
        gone.sign()
    assert [record.message for record in caplog.records] == ["The supervisor does not hear signs of life"]
