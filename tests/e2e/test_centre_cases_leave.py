"""Clones and cases of reports, on PostgreSQL with evidence in a bucket: made, confirmed, let out by two, marked."""

import io
import json
import uuid
import zipfile
from pathlib import Path

import av
import pytest
from PIL import Image

from api.exports.archive import SHEET_FILE
from api.principals import SYSTEM
from deploy.local.servers import S3, Postgres
from domain.cases.evidence import FileRole
from domain.cases.exporting import Answer, Content, Standing
from plumbing.signing import generate_key_pair
from tests.builders.centre import CentreBuilder
from tests.unit.api.cases.test_clone_packages import STILLS, filmed
from tests.unit.api.cases.test_clones import LAN, cloned
from tests.unit.api.citizens.test_report_cases import looked_at, made
from tests.unit.api.conftest import MakeCentre, make_centre
from tests.unit.api.exports.test_exports import BOSS, WHY

__all__ = ["make_centre"]
pytestmark = pytest.mark.server


@pytest.fixture
def centre(
    postgres: Postgres, s3: S3, tmp_path: Path, make_centre: MakeCentre, monkeypatch: pytest.MonkeyPatch
) -> CentreBuilder:
    """A centre with a key, as a city has it."""
    bucket = f"evidence-{uuid.uuid4().hex}"
    s3.client().create_bucket(Bucket=bucket)
    monkeypatch.setenv("MATTHAN_S3_ACCESS", s3.access_key)
    monkeypatch.setenv("MATTHAN_S3_SECRET", s3.secret_key)
    generate_key_pair(tmp_path / "keys", key_name="centre.key", public_name="centre.pub")
    record = {"key_file": tmp_path / "keys" / "centre.key", "checkpoints": tmp_path / "checkpoints"}
    keys = {"access_key": {"env": "MATTHAN_S3_ACCESS"}, "secret_key": {"env": "MATTHAN_S3_SECRET"}}
    evidence = {"s3": {"bucket": bucket, "endpoint_url": s3.endpoint_url, **keys}}
    url = postgres.new_database(f"t{uuid.uuid4().hex}")
    made = make_centre(database_url=url, record=record, evidence=evidence)
    for who in (LAN, BOSS):  # two people, of whom it is known
        made.user(who.actor.removeprefix("user:"), who.role)
    return made


def let_out(centre: CentreBuilder, case_id: uuid.UUID, content: Content) -> zipfile.ZipFile:
    asked = centre.centre.exports.ask(LAN, case_id, content=content, **WHY)
    centre.centre.exports.answer(BOSS, asked.export_id, Answer.APPROVED, note="")
    with centre.centre.exports.produce(LAN, asked.export_id).archive as archive:
        return zipfile.ZipFile(io.BytesIO(archive.read()))


def assert_marked(centre: CentreBuilder, case_id: uuid.UUID, archive: zipfile.ZipFile, expected: set[str]) -> None:
    """The archive holds these files, each with a band below it, and its sheet names the originals' hashes."""
    sheet = json.loads(archive.read(SHEET_FILE))
    assert {each["name"] for each in sheet["files"]} == expected
    by_name = {file.name: file for file in centre.stored(case_id).manifest.files}
    for each in sheet["files"]:
        assert by_name[each["name"]].role is not FileRole.SOURCE
        assert each["of"] == by_name[each["name"]].sha256
        content = archive.read(each["name"])
        files = centre.centre.evidence._files
        plain = b"".join(
            files.read(str(case_id), each["name"], start_byte=0, end_byte=by_name[each["name"]].size_bytes)
        )
        assert height_of(content, each["name"]) > height_of(plain, each["name"]), "a band stands below it"


def height_of(content: bytes, name: str) -> int:
    if name.endswith(".jpg"):
        return Image.open(io.BytesIO(content)).height
    with av.open(io.BytesIO(content)) as clip:
        return next(clip.decode(video=0)).height


def test_a_clone_leaves_by_two_people_with_the_first_vehicle_hidden(centre: CentreBuilder) -> None:
    source_id = filmed(centre)
    clone = cloned(centre, source_id, moments=STILLS)
    centre.confirm(centre.stored(clone.case_id))
    copies = {"blurred-clip.mp4", *(f"blurred-{name}" for name in STILLS.values())}
    assert_marked(centre, clone.case_id, let_out(centre, clone.case_id, Content.COPIES), copies)
    originals = {"clip.mp4", *STILLS.values()}
    assert_marked(centre, clone.case_id, let_out(centre, clone.case_id, Content.ORIGINALS), originals)
    assert {each.standing for each in centre.centre.exports.list(LAN).items} == {Standing.PRODUCED}
    assert centre.centre.audit.verify(SYSTEM).intact


def test_a_report_s_case_leaves_with_its_hidden_pictures(centre: CentreBuilder) -> None:
    case_id = made(centre, looked_at(centre))
    centre.confirm(centre.stored(case_id))
    hidden = {f"hidden-{number}-video-1.jpg" for number in (1, 2, 3)}
    assert_marked(centre, case_id, let_out(centre, case_id, Content.COPIES), hidden)
    assert_marked(centre, case_id, let_out(centre, case_id, Content.ORIGINALS), hidden | {"video-1.mp4"})
    assert centre.centre.audit.verify(SYSTEM).intact
