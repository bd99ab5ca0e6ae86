"""After a crash or power cut: cases that were being collected get a package from what is on the disk."""

import logging
import threading
import uuid
from datetime import datetime
from functools import partial
from itertools import count
from pathlib import Path

from domain.cases.case import Case
from domain.cases.evidence import CaseMessage, Manifest, Signature
from domain.errors import ClipUnavailable, EvidenceError, FileError, MatThanError, OutboxError
from domain.ports import Clip
from edge.evidence.evidence_line import EvidenceLine
from edge.evidence.seen_rows import OverlayRow
from edge.evidence.video.cutting import without_media
from edge.evidence.video.holds import HeldClip, HoldStore
from plumbing.files import file_faults, make_private_folder, read_bytes, remove
from plumbing.package_checks import CASE_FILE, MANIFEST_FILE, SIGNATURE_FILE, Overall, verify_package
from plumbing.signing import BoxSigner

logger = logging.getLogger(__name__)

RESTART_GAP = "the box restarted while the evidence was being collected"
HOLDS = "holds"
_HOLDS_BEFORE = "holds.before"  # of processes that are gone; new ones begin their own


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


class Recovery:
    """Finishes what an earlier process left in ``collecting``; begun once at start, before cameras and delivery run.

    Args:
        line: of the box's evidence.
        signer: knows the box's own packages.
    """

    def __init__(self, line: EvidenceLine, signer: BoxSigner) -> None:
        self._line = line
        self._signer = signer
        self._before = line.outbox.directory / _HOLDS_BEFORE
        self._lock = threading.Lock()
        self._left: set[uuid.UUID] = set()

    def begin(self) -> int:
        """Hand every such case to the stages; what the disk does not take at once is tried until it does.

        Returns:
            How many cases there are.

        Raises:
            FileError: the folder of held clips cannot be used.
            OutboxError: the outbox cannot be read.
        """
        cases = self._line.outbox.collecting()
        self._line.spool.sweep([case.case_id for case in cases])
        self._set_holds_aside()
        self._left = {case.case_id for case in cases}
        for case in cases:
            self._line.stages.cutting.submit(partial(self._recover, case))
        if not cases:
            remove(self._before)
        return len(cases)

    def _recover(self, case: Case) -> bool:
        message = _whole_package(self._line.outbox.package_folder(case.case_id), case.case_id, self._signer)
        try:
            if message is not None and self._line.outbox.make_ready(message):
                self._finished(case, package_was_whole=True)
                return True
            cut = self._line.spool.find(case.case_id)
            if cut is None:
                held = HoldStore.reload(self._folders_of(case.site.camera_id))
                cut = self._line.cutter.cut(case, None, _Remains(held))
        except (FileError, OutboxError):
            return False
        except EvidenceError as e:
            cut = without_media(case, None, str(e))

        def build() -> bool:
            done = self._line.builder.build(case, cut)
            if done:
                self._finished(case, package_was_whole=False)
            return done

        self._line.stages.packaging.submit(build)
        return True

    def _finished(self, case: Case, *, package_was_whole: bool) -> None:
        self._line.spool.forget(case.case_id)
        fields = {"action": "case_recovered", "case_id": str(case.case_id), "package_was_whole": package_was_whole}
        logger.warning("A case was finished after a restart", extra=fields)
        with self._lock:
            self._left.discard(case.case_id)
            is_last = not self._left
        if is_last:
            remove(self._before)

    def _set_holds_aside(self) -> None:
        holds = self._line.outbox.directory / HOLDS
        if not holds.is_dir():
            return
        make_private_folder(self._before)
        with file_faults(holds, "moved"):
            for folder in sorted(holds.iterdir()):
                names = (f"{folder.name}.{number}" for number in count(1))
                folder.rename(next(self._before / name for name in names if not (self._before / name).exists()))
        remove(holds)

    def _folders_of(self, camera_id: str) -> tuple[Path, ...]:
        """Those of all configurations of a camera (``CAMERA.NUMBER``; ids hold no dot)."""
        return (self._before / camera_id, *sorted(self._before.glob(f"{camera_id}.*")))


def _whole_package(folder: Path, case_id: uuid.UUID, signer: BoxSigner) -> CaseMessage | None:
    """The message of a package that was finished just before the crash; None when there is none, or not whole.

    Its case is the package's own: the recorded one was written down before its plate was read.
    """
    if not folder.is_dir():
        return None
    try:
        checked = verify_package(folder, {signer.key_id: signer.public_key})
        if checked.overall not in {Overall.VALID, Overall.NOT_BOUND}:
            return None
        message = CaseMessage(
            case=Case.model_validate_json(read_bytes(folder / CASE_FILE)),
            manifest=Manifest.model_validate_json(read_bytes(folder / MANIFEST_FILE)),
            signature=Signature.model_validate_json(read_bytes(folder / SIGNATURE_FILE)),
        )
    except (MatThanError, ValueError) as e:  # it is made anew
        fields = {"action": "package_unreadable", "case_id": str(case_id), "reason": str(e)[:300]}
        logger.warning("A package of before cannot be used", extra=fields)
        return None
    return message if message.case.case_id == case_id else None
