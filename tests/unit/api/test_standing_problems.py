"""What is wrong beyond one process is read by every process, and stands from the first time until it is gone."""

from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from api.job_watch import JobWatch
from api.jobs import Jobs
from api.standing_problems import (
    JOB_FAILED,
    JOB_LONG,
    JOBS_SILENT_AFTER,
    JOBS_STOPPED,
    PROVIDER_DOWN,
    StandingProblem,
    StandingProblems,
)
from domain.cases.roles import Role
from tests.builders.centre import CentreBuilder
from tests.builders.watching import wait_until


def test_another_process_reads_it_with_the_first_instant(centre: CentreBuilder) -> None:
    began, here = centre.clock.now(), centre.centre.problems
    other = StandingProblems(centre.centre.store)
    for each in (here, other):
        each.note(PROVIDER_DOWN)
        centre.clock.advance(60)
    here.note(JOB_FAILED, "retention")
    found = [(each.code, each.subject, each.since) for each in other.standing()]
    assert found == [(PROVIDER_DOWN, "", began), (JOB_FAILED, "retention", began + timedelta(minutes=2))]
    other.clear(PROVIDER_DOWN)
    other.clear(PROVIDER_DOWN)
    here.clear(JOB_FAILED, "checkpoint")
    assert [each.subject for each in here.standing()] == ["retention"]


def test_ready_and_metrics_tell_each_kind_once_with_all_its_jobs(centre: CentreBuilder) -> None:
    client = centre.client()
    assert client.get("/readyz").json()["problems"] == []
    for job in ("checkpoint", "retention"):
        centre.centre.problems.note(JOB_FAILED, job)
    (problem,) = client.get("/readyz").json()["problems"]
    assert problem["code"] == JOB_FAILED
    assert "checkpoint" in problem["text"]
    assert "retention" in problem["text"]
    assert client.get("/metrics").text.count('matthan_centre_problem{code="job_failed"}') == 1


def test_jobs_that_nobody_does_any_more_are_a_problem(sqlite_centre: CentreBuilder) -> None:
    problems = sqlite_centre.centre.problems
    sqlite_centre.clock.advance(JOBS_SILENT_AFTER.total_seconds() * 2)
    assert problems.standing() == (), "where none were ever done, e.g. before the first start, nothing is missed"
    jobs = Jobs(sqlite_centre.settings, sqlite_centre.centre)
    assert jobs.round()
    done_at = sqlite_centre.clock.now()
    sqlite_centre.clock.advance(JOBS_SILENT_AFTER.total_seconds() + 1)
    (stopped,) = problems.standing()
    assert (stopped.code, stopped.since) == (JOBS_STOPPED, done_at)
    assert jobs.round()
    assert problems.standing() == ()
    jobs.close()


def test_a_job_that_takes_long_is_named_and_not_taken_for_jobs_that_nobody_does(
    sqlite_centre: CentreBuilder, monkeypatch: pytest.MonkeyPatch
) -> None:
    centre, problems, told = sqlite_centre.centre, sqlite_centre.centre.problems, list[tuple[StandingProblem, ...]]()
    quick = sqlite_centre.settings.police.model_copy(update={"sweep_every_s": 0.05})
    jobs = Jobs(sqlite_centre.settings.model_copy(update={"police": quick}), centre)

    def slow(_: object) -> None:
        for _ in range(4):
            sqlite_centre.clock.advance(JOBS_SILENT_AFTER.total_seconds() * 0.6)
            wait_until(lambda: [each.code for each in problems.standing()] == [JOB_LONG])
        told.append(problems.standing())

    monkeypatch.setattr(type(centre.rules), "review", slow)
    jobs.start()
    wait_until(lambda: told)
    (long,) = told[0]
    assert (long.code, long.subject) == (JOB_LONG, "rules")
    wait_until(lambda: problems.standing() == ())
    jobs.close()


def test_jobs_that_are_long_together_are_not_taken_for_jobs_that_nobody_does(sqlite_centre: CentreBuilder) -> None:
    problems, clock = sqlite_centre.centre.problems, sqlite_centre.clock
    problems.jobs_alive()
    watch = JobWatch(problems, clock, every_s=60)
    for name in ("rules", "floods", "review_queue", "tidying"):
        with watch.doing(name):
            for _ in range(4):
                clock.advance(JOBS_SILENT_AFTER.total_seconds() * 0.1)
                watch.look()
                assert problems.standing() == (), name


def test_what_was_taken_out_of_the_settings_is_no_problem_any_more(sqlite_centre: CentreBuilder) -> None:
    problems = sqlite_centre.centre.problems
    assert sqlite_centre.centre.provider is None
    assert sqlite_centre.settings.retention is None
    problems.note(PROVIDER_DOWN)
    problems.note(JOB_FAILED, "retention")
    jobs = Jobs(sqlite_centre.settings, sqlite_centre.centre)
    assert jobs.round()
    assert problems.standing() == ()
    jobs.close()


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SUPERVISOR])
def test_accounts_without_a_person_are_counted_in_the_metrics(centre: CentreBuilder, role: Role) -> None:
    centre.user("lan", role)
    assert _accounts(centre) == 0
    with centre.database.write() as connection:
        connection.exec_driver_sql("UPDATE users SET person = NULL")
    assert _accounts(centre) == 1


def _accounts(centre: CentreBuilder) -> float:
    found = text_string_to_metric_families(centre.client().get("/metrics").text)
    return next(each.samples[0].value for each in found if each.name == "matthan_accounts_without_person")
