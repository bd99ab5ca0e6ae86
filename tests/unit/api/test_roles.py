"""One process for everything, or many for one kind of work each."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from api.app import API, create_app
from api.jobs import Jobs
from api.persistence.sole_holder import FileHolder
from api.roles import WITHOUT_PAGES, CentreRole
from api.settings import RecordSettings
from domain.cases.roles import Role
from domain.cases.states import CaseState
from domain.errors import ConfigurationError
from matthan.commands import centre as commands_centre
from plumbing.signing import generate_key_pair
from tests.builders.centre import QUEUE, CentreBuilder, SteppedClock


def paths(centre: CentreBuilder, *roles: CentreRole) -> set[str]:
    app = create_app(centre.settings, clock=SteppedClock(), roles=roles, background=False)
    app.state.centre.close()
    return {path.removeprefix(API) for path in app.openapi()["paths"]}


def test_each_process_serves_only_what_its_role_needs(sqlite_centre: CentreBuilder) -> None:
    web, intake = paths(sqlite_centre, CentreRole.WEB), paths(sqlite_centre, CentreRole.INTAKE)
    assert "/police/queues/{queue}/pull" in web
    assert not any(path.startswith("/edge/") for path in web)
    assert intake
    of_reminders = {path for path in intake if not path.startswith("/edge/")}
    assert of_reminders == {"/reminders", "/reminders/{reminder_id}/pictures/{step}"}
    assert paths(sqlite_centre, CentreRole.JOBS) == set()
    assert web | intake == paths(sqlite_centre, *WITHOUT_PAGES)


def test_an_unknown_role_is_refused(tmp_path: Path) -> None:
    done = CliRunner().invoke(commands_centre.app, ["serve", "--config", str(tmp_path / "x.yaml"), "--role", "police"])
    assert done.exit_code == 2
    assert "web, intake, console, jobs" in done.output


def test_only_the_holder_ends_leases_and_signs(sqlite_centre: CentreBuilder, tmp_path: Path) -> None:
    generate_key_pair(tmp_path, key_name="centre.key", public_name="centre.pub")
    record = RecordSettings(key_file=tmp_path / "centre.key", checkpoints=tmp_path / "checkpoints")
    settings = sqlite_centre.settings.model_copy(update={"record": record})
    sqlite_centre.ready_case()
    sqlite_centre.centre.police.pull(sqlite_centre.officer(), QUEUE, n=1, lease_s=60, idempotency_key="k")
    sqlite_centre.clock.advance(61)
    jobs = Jobs(settings, sqlite_centre.centre)
    other = FileHolder(Path(f"{sqlite_centre.database.engine.url.database}.jobs"))
    assert other.holds()
    assert not jobs.round()
    assert sqlite_centre.centre.cases.counts(sqlite_centre.user("lan", Role.OPERATOR))[CaseState.TRANSFERRED] == 1
    other.release()
    assert jobs.round()
    assert jobs.round()
    assert len(list((tmp_path / "checkpoints").glob("checkpoint-*.json"))) == 1, "one an hour"
    sqlite_centre.ready_case()
    sqlite_centre.clock.advance(3600)
    assert jobs.round()
    assert len(list((tmp_path / "checkpoints").glob("checkpoint-*.json"))) == 2
    jobs.close()


def test_a_job_that_fails_keeps_no_other_from_being_done(
    sqlite_centre: CentreBuilder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The checkpoints' folder cannot be written; leases end and the rest is tidied all the same."""
    generate_key_pair(tmp_path, key_name="centre.key", public_name="centre.pub")
    (tmp_path / "checkpoints").write_text("in the way")
    record = RecordSettings(key_file=tmp_path / "centre.key", checkpoints=tmp_path / "checkpoints")
    sqlite_centre.ready_case()
    tidied: list[int] = []
    monkeypatch.setattr(type(sqlite_centre.centre.sign_in), "forget_ended", lambda _: tidied.append(1))
    jobs = Jobs(sqlite_centre.settings.model_copy(update={"record": record}), sqlite_centre.centre)
    assert jobs.round()
    assert tidied == [1]
    (failed,) = sqlite_centre.centre.problems.standing()
    assert (failed.code, failed.subject) == ("job_failed", "checkpoint")
    (tmp_path / "checkpoints").unlink()
    assert jobs.round()
    assert sqlite_centre.centre.problems.standing() == ()
    assert len(list((tmp_path / "checkpoints").iterdir())) == 1, "tried again at once, not after an hour"
    assert tidied == [1]
    jobs.close()


def test_a_missing_key_is_told_before_anything_is_served(sqlite_centre: CentreBuilder, tmp_path: Path) -> None:
    record = RecordSettings(key_file=tmp_path / "nowhere.key", checkpoints=tmp_path)
    settings = sqlite_centre.settings.model_copy(update={"record": record})
    with pytest.raises(ConfigurationError, match="centre keygen"):
        create_app(settings, clock=sqlite_centre.clock)
