"""What a process of its own was to draw anew and could not is lost in words."""

import hashlib
from pathlib import Path

import pytest

from api.errors import EvidenceLost
from api.evidence_store.decoding_process import written_anew
from domain.cases.evidence import EvidenceFile, FileRole


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
