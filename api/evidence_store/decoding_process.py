"""Pictures and clips that the centre writes anew: by a process of its own, since the centre itself decodes nothing."""

import hashlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from api.errors import EvidenceLost
from domain.cases.evidence import EvidenceFile
from domain.errors import Conflict

MARK: Final = "marking_child.py"
HIDE: Final = "hiding_child.py"
_CHILDREN: Final = Path(__file__).parents[2] / "ingest" / "media"  # run, never imported
_WITHIN_S: Final = 900.0  # a clip


def require_decoder() -> None:
    """Look whether this machine can write clips anew.

    Raises:
        Conflict: the extra ``export`` is not installed.
    """
    if importlib.util.find_spec("av") is None:
        raise Conflict("this machine cannot write on clips: install matthan[centre,export]")


def written_anew(
    child: str, folder: Path, file: EvidenceFile, pieces: Iterator[bytes], asked: Mapping[str, Any]
) -> Path:
    """Let a process write a file anew.

    Args:
        child: ``MARK`` or ``HIDE``.
        folder: for the file and what is made of it; whoever calls removes it.
        file: as the manifest lists it.
        pieces: its bytes.
        asked: what the process is told.

    Returns:
        What was made.

    Raises:
        EvidenceLost: the file is not the one that the manifest names, or cannot be decoded.
    """
    source, target = folder / file.name, folder / f"anew-{file.name}"
    digest = hashlib.sha256()
    with source.open("wb") as plain:
        for piece in pieces:
            digest.update(piece)
            plain.write(piece)
    if digest.hexdigest() != file.sha256:
        raise EvidenceLost(f"{file.name} is not the file that was taken in")
    command = (sys.executable, "-I", str(_CHILDREN / child), str(source), str(target))
    try:
        done = subprocess.run(
            command, input=json.dumps(asked).encode(), capture_output=True, timeout=_WITHIN_S, check=False, env={}
        )
    except subprocess.TimeoutExpired:
        raise EvidenceLost(f"{file.name} could not be written anew in {_WITHIN_S:.0f} s") from None
    source.unlink()
    if done.returncode:
        why = done.stderr.decode("utf-8", "replace")[:200] or f"its process ended with {done.returncode}"
        raise EvidenceLost(f"{file.name} could not be written anew: {why}")
    return target
