import stat
import threading
from typing import Any

import pytest

from api.app import create_app
from api.background import Background
from api.cases.notifier import CaseChanged
from api.centre import open_database
from api.errors import StoreUnavailable
from api.police.queue_of_cases import PoliceQueue
from api.roles import WITHOUT_PAGES
from api.settings import MqttSettings, PoliceSettings
from domain.cases.states import CaseState
from domain.errors import ConfigurationError
from tests.builders.centre import QUEUE, CentreBuilder


def test_ended_leases_go_back_by_themselves_even_after_a_failed_sweep(
    sqlite_centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id = sqlite_centre.ready_case().case_id
    sqlite_centre.centre.police.pull(sqlite_centre.officer(), QUEUE, n=1, lease_s=60, idempotency_key="k")
    sqlite_centre.clock.advance(61)
    failures = iter([StoreUnavailable("away")])
    sweep = PoliceQueue.expire_leases

    def faltering(police: PoliceQueue) -> int:
        for failure in failures:
            raise failure
        return sweep(police)

    monkeypatch.setattr(PoliceQueue, "expire_leases", faltering)
    back = threading.Event()

    def heard(change: CaseChanged) -> None:
        if (change.case_id, change.state) == (case_id, CaseState.READY):
            back.set()

    sqlite_centre.centre.notifier.subscribe(heard)
    settings = sqlite_centre.settings.model_copy(update={"police": PoliceSettings(sweep_every_s=0.02)})
    background = Background(settings, sqlite_centre.centre, WITHOUT_PAGES)
    background.start()
    try:
        assert back.wait(20)
    finally:
        background.close()
    assert sqlite_centre.stored(case_id).state == CaseState.READY


def test_the_database_files_are_their_owners_only(sqlite_centre: CentreBuilder, tmp_path: Any) -> None:
    """Also those that SQLite makes beside it, and those that lay open before."""
    sqlite_centre.queued_case()
    files = list(tmp_path.glob("centre.sqlite3*"))
    assert {"centre.sqlite3", "centre.sqlite3-wal", "centre.sqlite3-shm"} <= {file.name for file in files}
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    for file in files:
        file.chmod(0o644)
    open_database(sqlite_centre.settings).close()
    assert {stat.S_IMODE(file.stat().st_mode) for file in files if file.exists()} == {0o600}


@pytest.mark.parametrize(
    "mqtt", [{"username": "centre", "password": {"file": "/nowhere/password"}}, {"ca_file": "/nowhere/ca.pem"}]
)
def test_a_wrong_broker_setting_is_told_before_anything_is_served(
    sqlite_centre: CentreBuilder, mqtt: dict[str, Any]
) -> None:
    broker = MqttSettings.model_validate({"host": "127.0.0.1"} | mqtt)
    settings = sqlite_centre.settings.model_copy(update={"mqtt": broker})
    with pytest.raises(ConfigurationError, match="/nowhere/"):
        create_app(settings, clock=sqlite_centre.clock)
