"""What is encoded of the same pictures is the same, whatever lay in the memory that the encoder got."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.builders.numbered_video import write_numbered_video

ROOT = Path(__file__).parents[2]
_PICTURES = """
import sys
from pathlib import Path
import av, font_roboto
source, made = Path(sys.argv[1]), Path(sys.argv[2])
def pictures():
    with av.open(str(source)) as clip:
        for frame in clip.decode(video=0):
            yield frame.to_ndarray(format="bgr24"), float(frame.pts * frame.time_base)
"""
_ENCODERS = {
    "blurred film": """
from edge.evidence.redaction.blurred_clip import BlurredClip
film = BlurredClip()
for image_bgr, offset_s in pictures():
    film.add(image_bgr, offset_s)
made.write_bytes(film.finish())
""",
    "marked clip": """
from ingest.media.marking_child import OPTIONS, marking
from ingest.media.redrawing import redrawn
font = str(Path(font_roboto.__file__).parent / "files" / "Roboto-Regular.ttf")
asked = {"lines": ("BẢN XUẤT SỐ 3F2A9C1B",), "across": "BẢN XUẤT", "font": font}
marked = made.with_suffix(".mp4")
redrawn(source, marked, marking(asked), OPTIONS)
marked.rename(made)
""",
    "still": """
from edge.evidence.stills import to_jpeg
made.write_bytes(b"".join(to_jpeg(image_bgr) for image_bgr, _ in pictures()))
""",
}


@pytest.mark.parametrize("encoder", sorted(_ENCODERS))
def test_memory_that_was_used_before_changes_no_byte(tmp_path: Path, encoder: str) -> None:
    write_numbered_video(tmp_path / "clip.mp4", [n / 25 for n in range(120)])
    made = set()
    for fill in ("0", "1", "85", "255"):  # glibc fills fresh memory with the complement of each but the first
        subprocess.run(
            [sys.executable, "-c", _PICTURES + _ENCODERS[encoder], tmp_path / "clip.mp4", tmp_path / "made"],
            env=os.environ | {"MALLOC_PERTURB_": fill},
            cwd=ROOT,
            check=True,
        )
        made.add((tmp_path / "made").read_bytes())
    assert len(made) == 1
