"""Pictures and clips that the centre writes anew: by a process of its own, since the centre itself decodes nothing."""

import hashlib
import importlib.util
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from api.errors import EvidenceLost
from domain.cases.evidence import EvidenceFile
from domain.errors import Conflict

MARK: Final = "marking_child.py"
HIDE: Final = "hiding_child.py"
_CHILDREN: Final = Path(__file__).parents[2] / "ingest" / "media"  # run, never imported
_CUT_OFF: Final = b"cut_off"  # as the process says it
_WITHIN_S: Final = 900.0  # a clip


class NotDrawn(EvidenceLost):
    """A file is here, and is nothing that could be drawn upon."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anew:
    """What was made of a file."""

    path: Path
    cut_off: bool  # a clip that breaks off: its index knows pictures that are not in the file


def require_decoder() -> None:
    """Look whether this machine can write clips anew.

    Raises:
        Conflict: the extra ``export`` is not installed.
    """
    if importlib.util.find_spec("av") is None:
        raise Conflict("this machine cannot write on clips: install matthan[centre,export]")


def written_anew(
    child: str, folder: Path, file: EvidenceFile, pieces: Iterator[bytes], asked: Mapping[str, Any]
) -> Anew:
    """Let a process write a file anew.

    Args:
        child: ``MARK`` or ``HIDE``.
        folder: for the file and what is made of it; whoever calls removes it.
        file: as the manifest lists it.
        pieces: its bytes.
        asked: what the process is told.

    Raises:
        EvidenceLost: the file is not the one that the manifest names.
        NotDrawn: it cannot be decoded.
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
        raise NotDrawn(f"{file.name} could not be written anew in {_WITHIN_S:.0f} s") from None
    source.unlink()
    if done.returncode:
        why = done.stderr.decode("utf-8", "replace")[:200] or f"its process ended with {done.returncode}"
        raise NotDrawn(f"{file.name} could not be written anew: {why}")
    return Anew(path=target, cut_off=done.stdout == _CUT_OFF)
