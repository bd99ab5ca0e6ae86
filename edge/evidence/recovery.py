"""After a crash or power cut: cases that were being collected get a package from what is on the disk."""

import logging
import shutil
import uuid
from datetime import datetime
from pathlib import Path

from domain.cases.case import Case
from domain.cases.evidence import CaseMessage, Manifest, Signature
from domain.errors import ClipUnavailable
from domain.ports import Clip
from edge.evidence.collector import PackageBuilder
from edge.evidence.holds import HeldClip, HoldStore
from edge.evidence.overlay import OverlayRow
from edge.outbox.outbox import Outbox
from plumbing.package_checks import CASE_FILE, MANIFEST_FILE, SIGNATURE_FILE, Overall, verify_package
from plumbing.signing import BoxSigner

logger = logging.getLogger(__name__)

RESTART_GAP = "the box restarted while the evidence was being collected"
HOLDS = "holds"


class _Remains:
    """What a dead process left of one camera."""

    def __init__(self, holds: HoldStore) -> None:
        self._holds = holds

    def cut_clip(self, start: datetime, end: datetime) -> Clip:  # noqa: ARG002 - the port's words
        raise ClipUnavailable(RESTART_GAP)

    def held(self, at: datetime) -> HeldClip | None:
        return self._holds.find(at)

    def why_not_held(self, at: datetime) -> str | None:  # noqa: ARG002 - the port's words
        return None

    def rows(self, start: datetime, end: datetime) -> tuple[OverlayRow, ...]:  # noqa: ARG002 - the port's words
        return ()


def finish_interrupted(outbox: Outbox, builder: PackageBuilder, signer: BoxSigner) -> int:
    """Make every case ready that an earlier process left in ``collecting``, and delete its held clips.

    Call it once at start, before cameras and delivery run.

    Returns:
        How many cases were finished.
    """
    cases = outbox.collecting()
    holds = outbox.directory / HOLDS
    for case in cases:
        message = _whole_package(outbox.package_folder(case.case_id), case.case_id, signer)
        if message is None or not outbox.make_ready(message):
            builder.build(case, None, _Remains(HoldStore.reload(_folders_of(holds, case.site.camera_id))))
        logger.warning(
            "A case was finished after a restart",
            extra={"action": "case_recovered", "case_id": str(case.case_id), "package_was_whole": message is not None},
        )
    shutil.rmtree(holds, ignore_errors=True)
    return len(cases)


def _folders_of(holds: Path, camera_id: str) -> tuple[Path, ...]:
    """A camera's own folder, and those of its later configurations (``CAMERA.NUMBER``; ids hold no dot)."""
    return (holds / camera_id, *sorted(holds.glob(f"{camera_id}.*")))


def _whole_package(folder: Path, case_id: uuid.UUID, signer: BoxSigner) -> CaseMessage | None:
    """The message of a package that was finished just before the crash; None when there is none, or not whole.

    Its case is the package's own: the recorded one was written down before its plate was read.
    """
    if not folder.is_dir():
        return None
    if verify_package(folder, {signer.key_id: signer.public_key}).overall not in {Overall.VALID, Overall.NOT_BOUND}:
        return None
    message = CaseMessage(
        case=Case.model_validate_json((folder / CASE_FILE).read_bytes()),
        manifest=Manifest.model_validate_json((folder / MANIFEST_FILE).read_bytes()),
        signature=Signature.model_validate_json((folder / SIGNATURE_FILE).read_bytes()),
    )
    return message if message.case.case_id == case_id else None
