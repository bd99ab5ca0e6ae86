"""From a case to its package: clips, stills, plate, overlay, manifest, signature; what is missing is said in words."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from domain.camera import CameraConfig
from domain.canonical import canonical_bytes
from domain.cases.case import Case
from domain.cases.evidence import FileRole
from domain.errors import EvidenceError, OutboxError
from domain.health import ProblemCode
from domain.instants import Clock
from domain.plates import reasons as plate_reasons
from domain.plates.reading import PlateReading
from edge.box.problems import ProblemBoard
from edge.evidence.clips import CutClip, roll_gaps
from edge.evidence.moment_stills import stills_of
from edge.evidence.overlay import OverlayRow, overlay_document
from edge.evidence.package import OVERLAY_FILE, Content, seal, write_package
from edge.evidence.plates.case_plates import CasePlates, PlateChain, unread
from edge.evidence.shots import Material, shots_of
from edge.evidence.stills import JPEG_QUALITY, file_stem
from edge.outbox.outbox import Outbox
from plumbing.signing import BoxSigner

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Gathered:
    """What could be had for a case."""

    contents: tuple[Content, ...]
    gaps: tuple[str, ...]
    plate: PlateReading


class PackageBuilder:
    """Builds packages and hands them to the outbox; called by the evidence worker only.

    Args:
        outbox: takes the finished package.
        signer: signs manifests.
        clock: stamps manifests.
        problems: told when a package cannot be written at all.
        plate_chain: reads the subject's plate in the package's clips; None where no plate reader is configured.
        on_sealed: told of every case whose package is ready, as it was sealed.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        signer: BoxSigner,
        clock: Clock,
        problems: ProblemBoard,
        plate_chain: PlateChain | None = None,
        on_sealed: Callable[[Case], None] = lambda _case: None,
    ) -> None:
        self.outbox = outbox
        self._signer = signer
        self._clock = clock
        self._problems = problems
        self._plates = CasePlates(chain=plate_chain, problems=problems)
        self._on_sealed = on_sealed

    def build(self, case: Case, camera: CameraConfig | None, material: Material) -> bool:
        """Build the package of a recorded case and make it ready; never raises for want of evidence.

        Returns:
            False when it could not even be written without media: the case stays ``collecting``, to be tried again.
        """
        gathered = self._gather_safely(case, camera, material)
        size_bytes = sum(len(content.content) for content in gathered.contents)
        try:
            if gathered.contents and not self.outbox.has_room_for(size_bytes):
                gathered = self._nothing(case, "the box's store for evidence was full")
            try:
                self._finish(case, gathered)
            except EvidenceError as e:
                self._finish(case, self._nothing(case, str(e)))
        except (EvidenceError, OutboxError) as e:
            self._problems.report(ProblemCode.PACKAGE_FAILED, f"an evidence package cannot be written: {e}")
            return False
        self._problems.clear(ProblemCode.PACKAGE_FAILED)
        return True

    def _finish(self, recorded: Case, gathered: _Gathered) -> None:
        case = recorded.model_copy(update={"plate": gathered.plate})
        message = seal(case, gathered.contents, gathered.gaps, created_at=self._clock.now(), signer=self._signer)
        write_package(self.outbox.package_folder(case.case_id), message, gathered.contents)
        is_taken = self.outbox.make_ready(message)
        logger.info(
            "Case ready",
            extra={
                "action": "case_ready",
                "case_id": str(case.case_id),
                "camera_id": case.site.camera_id,
                "code": case.violation.code,
                "files": len(gathered.contents),
                "gaps": list(gathered.gaps),
                "plate": case.plate.status,
            },
        )
        if is_taken:
            self._on_sealed(case)

    def _gather_safely(self, case: Case, camera: CameraConfig | None, material: Material) -> _Gathered:
        try:
            return self._gather(case, camera, material)
        except Exception as e:
            logger.exception(
                "Evidence could not be gathered", extra={"action": "evidence_failed", "case_id": str(case.case_id)}
            )
            return self._nothing(case, f"evidence could not be gathered ({type(e).__name__})")

    def _nothing(self, case: Case, reason: str) -> _Gathered:
        plate = unread(self._plates.needless(case) or plate_reasons.NO_MEDIA)
        return _Gathered(contents=(), gaps=(f"no media: {reason}",), plate=plate)

    def _gather(self, case: Case, camera: CameraConfig | None, material: Material) -> _Gathered:
        gaps: list[str] = []
        shots = shots_of(case, material, gaps)
        contents = [_clip(shot.clip) for shot in shots]
        stems: list[str] = []
        overlays: list[tuple[CutClip, Sequence[OverlayRow]]] = []
        for shot in shots:
            gaps += roll_gaps(shot.clip)
            for moment in shot.clip.moments:
                stems.append(file_stem(moment.name, stems))
            stills, offsets_s = stills_of(case, shot.clip, stems[-len(shot.clip.moments) :], gaps)
            contents += stills
            overlays.append((replace(shot.clip, offsets_s=offsets_s), shot.rows))
        plate = self._plates.read(case, shots, contents)
        contents += plate.contents
        if shots:
            document = overlay_document(case, camera, overlays, JPEG_QUALITY)
            contents.append(Content(name=OVERLAY_FILE, role=FileRole.OVERLAY, content=canonical_bytes(document)))
        return _Gathered(contents=tuple(contents), gaps=tuple(gaps), plate=plate.reading)


def _clip(cut: CutClip) -> Content:
    return Content(
        name=cut.name,
        role=FileRole.CLIP,
        content=cut.clip.content,
        started_at=cut.clip.started_at,
        ended_at=cut.clip.ended_at,
    )
