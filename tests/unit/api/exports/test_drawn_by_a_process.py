"""What a process of its own was to draw anew and could not is lost in words."""

import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import av
import pytest

from api.errors import EvidenceLost
from api.evidence_store.decoding_process import written_anew
from api.exports.archive import READ_ME_FILE, SHEET_FILE, write_archive
from domain.cases.evidence import EvidenceFile, FileRole
from domain.cases.exporting import mark_of
from tests.builders.phone_videos import phone_video


@pytest.mark.parametrize(
    ("ends", "why"),
    [
        ("import os; os.kill(os.getpid(), 9)", "its process ended with -9"),  # as a machine without memory ends it
        (
            "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass",
            "its process ended with -",
        ),
        ("import sys; sys.exit('no room')", "no room"),
    ],
)
def test_a_process_that_ends_before_its_work_is_done_says_why(tmp_path: Path, ends: str, why: str) -> None:
    content = b"a film"
    (tmp_path / "child.py").write_text(ends)
    sha256 = hashlib.sha256(content).hexdigest()
    file = EvidenceFile(
        name="clip.mp4", role=FileRole.CLIP, media_type="video/mp4", size_bytes=len(content), sha256=sha256
    )
    with pytest.raises(EvidenceLost, match=rf"clip\.mp4 could not be written anew: {why}"):
        written_anew(str(tmp_path / "child.py"), tmp_path, file, iter([content]), {})


def test_an_export_says_of_a_film_that_it_breaks_off() -> None:
    whole = phone_video(form="mp4", seconds=3.0, flags="faststart")
    with av.open(io.BytesIO(whole)) as clip:
        cut = list(clip.streams.video[0].index_entries)[15].pos
    contents = {"clip.mp4": whole, "other.mp4": whole[:cut]}
    files = [
        EvidenceFile(
            name=name,
            role=FileRole.CLIP,
            media_type="video/mp4",
            size_bytes=len(content),
            sha256=hashlib.sha256(content).hexdigest(),
        )
        for name, content in contents.items()
    ]
    mark = mark_of(
        "3F2A9C1B", asked_by="user:a", approved_by="user:b", at=datetime(2026, 1, 5, tzinfo=UTC), recipient="x"
    )
    target = io.BytesIO()
    write_archive(target, files, read=lambda file: iter([contents[file.name]]), mark=mark, sheet={})
    with zipfile.ZipFile(target) as archive:
        told = {each["name"]: each.get("cut_off") for each in json.loads(archive.read(SHEET_FILE))["files"]}
        read_me = archive.read(READ_ME_FILE).decode()
    assert told == {"clip.mp4": None, "other.mp4": True}
    assert "other.mp4: phim gốc bị cắt ngang" in read_me
    assert "clip.mp4" not in read_me
