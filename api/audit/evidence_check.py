"""Evidence hashed again, file by file; it takes hours in a city, so it goes on where it was stopped."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import select, tuple_
from sqlalchemy.engine import Row

from api.errors import EvidenceLost
from api.evidence_store.port import EvidenceStore
from api.persistence.store import Store
from api.persistence.tables import evidence_files
from domain.errors import Invalid

_BATCH_ROWS = 200


class EvidenceProgress(BaseModel):
    """How far a check came, and what it found; a small file beside whoever checks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    case_id: str = ""  # the last file that was hashed
    name: str = ""
    files: int = 0
    size_bytes: int = 0
    wrong: tuple[str, ...] = ()
    done: bool = False


def read_progress(path: Path) -> EvidenceProgress:
    """Where an earlier check stopped; the beginning, when there was none or it came to its end.

    Raises:
        Invalid: the file is no progress of ours.
    """
    try:
        found = EvidenceProgress.model_validate_json(path.read_bytes())
    except FileNotFoundError:
        return EvidenceProgress()
    except (OSError, ValidationError) as error:
        raise Invalid(f"{path} does not say how far a check of the evidence came; remove it to begin anew") from error
    return EvidenceProgress() if found.done else found


def write_progress(path: Path, progress: EvidenceProgress) -> None:
    """Keep how far a check came.

    Raises:
        OSError: it cannot be written.
    """
    part = path.with_name(f"{path.name}.part")
    part.write_text(progress.model_dump_json(), "utf-8")
    part.replace(path)


def check_evidence(
    store: Store, files: EvidenceStore, progress: EvidenceProgress, keep: Callable[[EvidenceProgress], None]
) -> EvidenceProgress:
    """Hash every whole file again, in order, from where an earlier check stopped.

    The rows themselves are compared with the signed manifests by ``Audit.verify``.

    Args:
        store: says which files are here, with size and hash.
        files: where the bytes lie.
        progress: where to go on.
        keep: called with the progress after every few hundred files.

    Returns:
        The progress at the end.

    Raises:
        StoreUnavailable: database or store cannot be reached; what was kept so far is right.
    """
    for batch in _batches(store, progress):
        wrong = [problem for row in batch if (problem := _problem(files, row))]
        progress = EvidenceProgress(
            case_id=batch[-1].case_id,
            name=batch[-1].name,
            files=progress.files + len(batch),
            size_bytes=progress.size_bytes + sum(row.size_bytes for row in batch),
            wrong=(*progress.wrong, *wrong),
        )
        keep(progress)
    progress = progress.model_copy(update={"done": True})
    keep(progress)
    return progress


def _batches(store: Store, progress: EvidenceProgress) -> Iterator[list[Row[tuple[object, ...]]]]:
    table, last = evidence_files.c, (progress.case_id, progress.name)
    while True:
        after = select(evidence_files).where(tuple_(table.case_id, table.name) > tuple_(*last), table.complete)
        with store.read() as connection:
            rows = connection.execute(after.order_by(table.case_id, table.name).limit(_BATCH_ROWS)).all()
        if not rows:
            return
        yield list(rows)
        last = (rows[-1].case_id, rows[-1].name)


def _problem(files: EvidenceStore, row: Row[tuple[object, ...]]) -> str | None:
    digest = hashlib.sha256()
    try:
        if row.size_bytes:
            for piece in files.read(row.case_id, row.name, start_byte=0, end_byte=row.size_bytes):
                digest.update(piece)
    except EvidenceLost:
        return f"{row.case_id}/{row.name} is gone or too short"
    return None if digest.hexdigest() == row.sha256 else f"{row.case_id}/{row.name} is not the file that came in"
