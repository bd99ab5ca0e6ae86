"""A backup while cases come in, as docs/operate-the-centre.md says: evidence, database, evidence again."""

import shutil
import sqlite3
import subprocess
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

import pytest
from sqlalchemy import insert, make_url, select, text

from api.audit.evidence_check import EvidenceProgress, check_evidence
from api.cases.review import Decision
from api.centre import open_evidence_store
from api.persistence.sightings import keep_sightings
from api.persistence.tables import sighting_keys, sightings
from api.principals import SYSTEM, Principal
from api.retention import Retention
from api.retention_limits import RetentionLimits
from deploy.local.servers import S3, Postgres
from domain.cases.evidence import CaseMessage
from domain.cases.roles import Role
from tests.builders.centre import CentreBuilder
from tests.builders.citizens import WORDS, objected_case

REVIEWER = Principal(actor="user:reviewer", name="Reviewer", role=Role.OPERATOR)
CLIP = "clip.mp4"
MONTH_S = 31 * 86_400.0
WITHIN_S = 60.0


class Databases(Protocol):
    """A database that is in use, a backup of it, and the empty place that the backup is restored to."""

    url: str
    restored_url: str

    def dump(self) -> None: ...

    def restore(self) -> None: ...


class SqliteFiles:
    def __init__(self, folder: Path) -> None:
        self._used, self._backup, self._restored = folder / "c.sqlite3", folder / "backup.sqlite3", folder / "r.sqlite3"
        self.url, self.restored_url = f"sqlite:///{self._used}", f"sqlite:///{self._restored}"

    def dump(self) -> None:
        link = sqlite3.connect(self._used, timeout=WITHIN_S)
        link.execute("VACUUM INTO ?", (str(self._backup),))
        link.close()
        with sqlite3.connect(self._backup) as copy:
            copy.executescript("DELETE FROM sightings; DELETE FROM sighting_keys;")
        copy.execute("VACUUM")
        copy.close()

    def restore(self) -> None:
        shutil.copy(self._backup, self._restored)


class PostgresDatabases:
    def __init__(self, server: Postgres, folder: Path) -> None:
        self._server, self._backup = server, folder / "backup.dump"
        self.url, self.restored_url = (server.new_database(f"t{uuid.uuid4().hex}") for _ in range(2))

    def dump(self) -> None:
        self._run("pg_dump", self.url, "--format=custom", "--exclude-table-data=sighting*", f"--file={self._backup}")

    def restore(self) -> None:
        options = ("--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction")
        self._run("pg_restore", self.restored_url, *options, str(self._backup))

    def _run(self, program: str, url: str, *arguments: str) -> None:
        to = make_url(url)
        where = (f"--host={to.host}", f"--port={to.port}", f"--username={to.username}", f"--dbname={to.database}")
        command = [self._server.program(program), *where, *arguments]
        subprocess.run(command, env={"PGPASSWORD": str(to.password)}, check=True, capture_output=True, timeout=WITHIN_S)


class Evidence(Protocol):
    """Evidence in a store, and a copy of it elsewhere, which the restored centre uses."""

    used: dict[str, Any]
    copied: dict[str, Any]

    def copy(self, *, forget: bool) -> None: ...


class Folders:
    def __init__(self, folder: Path) -> None:
        self._from, self._to = folder / "used", folder / "copied"
        self.used, self.copied = {"directory": self._from}, {"directory": self._to}

    def copy(self, *, forget: bool) -> None:
        """As rsync does: what vanishes while it looks is left out."""
        if forget and self._to.exists():
            shutil.rmtree(self._to)
        for path in sorted(self._from.rglob("*")):
            try:
                if path.is_file():
                    target = self._to / path.relative_to(self._from)
                    target.parent.mkdir(parents=True, exist_ok=True)
                    shutil.copy2(path, target)
            except FileNotFoundError:
                assert path.suffix == ".part" or not path.exists()


class Buckets:
    def __init__(self, server: S3, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("BACKUP_TEST_ACCESS", server.access_key)
        monkeypatch.setenv("BACKUP_TEST_SECRET", server.secret_key)
        self._client = server.client()
        self._from, self._to = f"used-{uuid.uuid4().hex}", f"copied-{uuid.uuid4().hex}"
        for name in (self._from, self._to):
            self._client.create_bucket(Bucket=name)
        keys = {"access_key": {"env": "BACKUP_TEST_ACCESS"}, "secret_key": {"env": "BACKUP_TEST_SECRET"}}
        plain = {"prefix": "centre", "endpoint_url": server.endpoint_url} | keys
        self.used, self.copied = ({"s3": plain | {"bucket": name}} for name in (self._from, self._to))

    def copy(self, *, forget: bool) -> None:
        there = set(self._keys(self._to))
        here = set(self._keys(self._from))
        for key in sorted(here - there):  # what is published never changes
            try:
                content = self._client.get_object(Bucket=self._from, Key=key)["Body"].read()
            except self._client.exceptions.NoSuchKey:
                continue
            self._client.put_object(Bucket=self._to, Key=key, Body=content)
        for key in there - here if forget else ():
            self._client.delete_object(Bucket=self._to, Key=key)

    def _keys(self, bucket: str) -> Iterator[str]:
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            yield from (each["Key"] for each in page.get("Contents", ()))


class Feeder:
    """Cases come in all the while, as from a box."""

    def __init__(self, centre: CentreBuilder) -> None:
        self.acknowledged: list[CaseMessage] = []
        self._centre = centre
        self._more = threading.Condition()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._feed)
        self._thread.start()

    def _feed(self) -> None:
        while not self._stop.is_set():
            message = self._centre.message()
            assert self._centre.take_in(message).on_record
            with self._more:
                self.acknowledged.append(message)
                self._more.notify_all()

    def wait_for_more(self) -> None:
        with self._more:
            wanted = len(self.acknowledged) + 2
            assert self._more.wait_for(lambda: len(self.acknowledged) >= wanted, WITHIN_S)

    def stop(self) -> None:
        self._stop.set()
        self._thread.join(WITHIN_S)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.server)])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Databases:
    if request.param == "sqlite":
        return SqliteFiles(tmp_path)
    return PostgresDatabases(request.getfixturevalue("postgres"), tmp_path)


@pytest.fixture
def evidence(
    request: pytest.FixtureRequest, databases: Databases, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Evidence:
    """A bucket beside PostgreSQL, folders beside SQLite."""
    if isinstance(databases, SqliteFiles):
        return Folders(tmp_path)
    return Buckets(request.getfixturevalue("s3"), monkeypatch)


def expire(centre: CentreBuilder) -> int:
    files = open_evidence_store(centre.settings.evidence)
    report = Retention(centre.centre.store, files=files, notifier=centre.centre.notifier, limits=RetentionLimits()).run(
        apply=True
    )
    return sum(each.files for each in report.values())


def wrong_files(centre: CentreBuilder) -> tuple[str, ...]:
    files = open_evidence_store(centre.settings.evidence)
    return check_evidence(centre.centre.store, files, EvidenceProgress(), lambda _: None).wrong


def test_a_backup_while_cases_come_in_holds_every_file_that_its_record_names(
    databases: Databases, evidence: Evidence, tmp_path: Path
) -> None:
    centre = CentreBuilder(tmp_path, database_url=databases.url, evidence=evidence.used)
    officer = centre.officer()
    objected, _ = objected_case(centre, officer)
    rejected = centre.queued_case()
    no = Decision(decision="reject", reason_code="PLATE_UNREADABLE", note="")
    centre.centre.review.decide(REVIEWER, rejected.case_id, no, expected_version=rejected.version)
    centre.clock.advance(MONTH_S)
    with centre.database.write() as connection:
        key = {"month": "2026-02", "key_sealed": "sealed", "made_at": centre.clock.now()}
        connection.execute(insert(sighting_keys).values(key))
        seen = {"plate_hash": "0" * 16, "seen_at": centre.clock.now(), "camera_id": "cam-1", "box_id": "box-1"}
        assert keep_sightings(connection, [seen]) == 1
    feeder = Feeder(centre)
    try:
        feeder.wait_for_more()
        evidence.copy(forget=True)
        feeder.wait_for_more()
        before = [message.case.case_id for message in feeder.acknowledged]
        databases.dump()
        assert expire(centre) > 0, "the rejected case's media end between the record and its evidence"
        feeder.wait_for_more()
        evidence.copy(forget=False)
    finally:
        feeder.stop()
    late = feeder.acknowledged[len(before) :]
    databases.restore()
    restored = CentreBuilder(tmp_path, database_url=databases.restored_url, evidence=evidence.copied)
    restored.keys = centre.keys
    assert restored.centre.audit.verify(SYSTEM).intact
    assert wrong_files(restored) == ()
    with restored.database.read() as connection:
        for table in (sightings, sighting_keys):
            assert not connection.execute(select(table)).all(), "a backup would outlive their month"
    assert [each.words for each in restored.centre.police_steps.open(officer, objected).objections] == [WORDS]
    for case_id in before:
        assert restored.stored(case_id).files_missing == 0
    assert {message.case.case_id for message in late} - here(restored), "cases came in after the record was copied"
    for message in late:  # boxes that still hold them offer them again
        assert restored.take_in(message).on_record
    restored.clock.advance(MONTH_S)
    assert expire(restored) > 0, "what ended after the backup ends once more"
    assert restored.centre.audit.verify(SYSTEM).intact
    assert wrong_files(restored) == ()
    assert here(restored) == here(centre)
    restored.close()
    centre.close()


def here(centre: CentreBuilder) -> set[uuid.UUID]:
    with centre.database.read() as connection:
        return {uuid.UUID(each) for each in connection.execute(text("SELECT case_id FROM cases")).scalars()}
