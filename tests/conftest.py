"""Fixtures that every room may use: real servers, recorded data, clean surroundings."""

import gc
import logging
import os
import re
import threading
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from deploy.local.servers import S3, NatsBroker, Postgres
from tests.builders.metronome import Metronome

REPOSITORY = Path(__file__).resolve().parents[1]
ALLOWED_SKIPS = REPOSITORY / "tests" / "allowed_skips.toml"
_BUSY = [HealthCheck.too_slow]  # says how busy the machine is, nothing of the code
settings.register_profile("here", suppress_health_check=_BUSY, deadline=None)
settings.register_profile(
    "ci", derandomize=True, suppress_health_check=_BUSY, deadline=None
)  # the change, not the luck of the draw
settings.load_profile("ci" if os.environ.get("CI") else "here")
_REMEDY = re.compile(r"apt-get install ([a-z0-9.+-]+)")
CLOSES_WITHIN_S = 20.0
BROKER_USERS = {"centre": "centre-password", "box-1": "box-1-password"}


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees a MATTHAN_* variable of the person or machine that runs it."""
    for name in list(os.environ):
        if name.startswith("MATTHAN_"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def no_log_outlives_its_test() -> Iterator[None]:
    """Where a command run inside a test sends its log is closed with the test; nothing may write there later."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    for handler in [one for one in root.handlers if one not in handlers]:
        root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(autouse=True)
def no_camera_outlives_its_test() -> Iterator[None]:
    """A live source that a test opens, it closes: its threads would go on connecting for ever."""
    before = _camera_watchers()
    yield
    left = _camera_watchers() - before
    for thread in left:
        thread.join(CLOSES_WITHIN_S)
    assert not [thread.name for thread in left if thread.is_alive()], "a live source was not closed"


def _camera_watchers() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith("watch-")}


@pytest.fixture
def metronome(tmp_path: Path) -> Iterator[Metronome]:
    """Counts the seconds of a real-time promise as this machine, however busy, had them."""
    with Metronome(tmp_path) as running:
        yield running


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of recorded street data that lies beside the checkout; skips where there is none."""
    folder = REPOSITORY.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip("recorded street data (../shared/data) are not on this machine")
    return folder


@pytest.fixture(scope="session")
def nats_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsBroker]:
    """An MQTT broker for the whole run; accounts ``centre`` and ``box-1`` as in ``broker.users``.

    Leave it running: a test that kills a broker starts its own.
    """
    with NatsBroker(tmp_path_factory.mktemp("nats"), users=BROKER_USERS) as broker:
        yield broker


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL server for the whole run; take a database of your own with ``postgres.new_database(name)``."""
    quiet = {"autovacuum": "off"}  # it would visit each of some hundred databases every minute
    with Postgres(tmp_path_factory.mktemp("postgres"), settings=quiet) as server:
        yield server


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3]:
    """An S3 server for the whole run; make a bucket of your own with ``s3.client()``."""
    with S3(tmp_path_factory.mktemp("s3")) as server:
        yield server


def pytest_collection_finish() -> None:
    """What was imported and collected stays to the end: the collector need not walk it with every test again."""
    gc.collect()
    gc.freeze()


def _skips(config: pytest.Config) -> list[tuple[str, str]]:
    """Every skipped test with its reason, in the order in which they were met."""
    reporter = config.pluginmanager.get_plugin("terminalreporter")
    reports = reporter.stats.get("skipped", []) if reporter is not None else []
    return [(report.nodeid, _reason(report)) for report in reports]


def _reason(report: pytest.TestReport | pytest.CollectReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ")


def _unexpected(skips: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """The skips that no entry of allowed_skips.toml covers, by test and by reason."""
    allowed = tomllib.loads(ALLOWED_SKIPS.read_text(encoding="utf-8"))["skip"]
    return [
        (test, reason)
        for test, reason in skips
        if not any(fnmatch(test, entry["test"]) and entry["reason"] in reason for entry in allowed)
    ]


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """In CI a skip that is not on the reasoned list is a failure; a laptop may lack things."""
    if os.environ.get("CI") and session.exitstatus == pytest.ExitCode.OK and _unexpected(_skips(session.config)):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was skipped and why; nothing is skipped silently."""
    skips = _skips(config)
    if not skips:
        return
    unexpected = set(_unexpected(skips))
    terminalreporter.section("skipped, and why")
    for test, reason in skips:
        mark = "NOT ON THE LIST" if (test, reason) in unexpected else "allowed"
        terminalreporter.write_line(f"{mark:16} {test}: {reason}")
    remedies = sorted({match.group(1) for _, reason in skips if (match := _REMEDY.search(reason))})
    if remedies:
        terminalreporter.write_line(f"to run them too: apt-get install {' '.join(remedies)}")
    if unexpected and os.environ.get("CI"):
        terminalreporter.write_line("CI fails: a skip is not on tests/allowed_skips.toml", red=True)
